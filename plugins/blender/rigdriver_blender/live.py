"""A voice drives the character now: curves from a UDP port, looked at by a timer, the newest packet wins.

What stood before comes back when it stops. Nothing is keyed, and what has a driver is left alone.
"""

import socket
import time

import bpy
import numpy as np

from . import character, settings, turning
from .copied.clip import Clip
from .packets import Newest, read

RATE_S = 1 / 60
LARGEST = 65536
MOST_AT_ONCE = 2000  # packets of one tick: a flood does not hold Blender
SILENT_S = 1.0


class Receiver:
    """Open from making to `close`. Raises OSError where the port is taken."""

    def __init__(self, root: bpy.types.Object, port: int, jaw_bone: bool = True, jaw_deg: float = 18.0, host: str = ""):
        self._root, self._jaw_bone, self._jaw_deg = root.name, jaw_bone, jaw_deg
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._socket.bind((host, port))
        except OSError:
            self._socket.close()
            raise
        self._socket.setblocking(False)
        self.port = self._socket.getsockname()[1]
        self._newest, self._names = Newest(), ()
        self._found: character.Character | None = None
        self._before: dict = {}
        self.packets, self._heard = 0, 0.0

    def tick(self) -> bool:
        """Everything that has come, of which the newest is shown; whether anything came."""
        came = False
        for _ in range(MOST_AT_ONCE):
            try:
                data = self._socket.recv(LARGEST)
            except (BlockingIOError, InterruptedError):
                break
            except ConnectionResetError:
                continue  # Windows tells of an earlier answer that nobody took
            packet = read(data)
            if packet is not None and self._newest.take(packet):
                self.packets, came = self.packets + 1, True
        if came:
            self._heard = time.monotonic()
            self._show()
        return came

    @property
    def told(self) -> str:
        if not self.packets:
            return f"listening on port {self.port}; nothing has come yet"
        silent = time.monotonic() - self._heard
        return f"{self.packets} packets" + (f"; none for {silent:.0f} s" if silent > SILENT_S else "")

    def _show(self) -> None:
        root = bpy.data.objects.get(self._root)
        if root is None:
            return
        values = {_ours(name): value for name, value in self._newest.values.items()}
        if self._found is None or tuple(values) != self._names:
            self._found, self._names = character.of(root, list(values), self._jaw_bone), tuple(values)
        for face in self._found.faces:
            for shape, curve in face.moves.items():
                block = face.key.key_blocks.get(shape)
                if block is not None:
                    self._before.setdefault((face.key.name, shape), block.value)
                    block.value = values[curve]
        if self._found.joints and values:
            self._turn(Clip(tuple(values), np.array([list(values.values())], np.float32), 60))

    def _turn(self, clip: Clip) -> None:
        for joint in self._found.joints:
            armature = bpy.data.objects.get(joint.armature)
            bone = armature.pose.bones.get(joint.bone) if armature else None
            if bone is None:
                continue
            turned = turning.basis(joint, clip, self._jaw_deg)
            if joint.mode == "QUATERNION":
                self._before.setdefault((joint.armature, joint.bone, ""), tuple(bone.rotation_quaternion))
                bone.rotation_quaternion = turned[0, [3, 0, 1, 2]].tolist()
            else:
                self._before.setdefault((joint.armature, joint.bone, "euler"), tuple(bone.rotation_euler))
                bone.rotation_euler = turning.euler(turned, joint.mode)[0].tolist()

    def close(self) -> None:
        """The port is free again, and what was shown before is shown again. May be called again."""
        self._socket.close()
        for place, value in self._before.items():
            _restore(place, value)
        self._before.clear()


def _restore(place: tuple, value: object) -> None:
    if len(place) == 2:
        key = bpy.data.shape_keys.get(place[0])
        if key and place[1] in key.key_blocks:
            key.key_blocks[place[1]].value = value
        return
    armature = bpy.data.objects.get(place[0])
    bone = armature.pose.bones.get(place[1]) if armature else None
    if bone is not None:
        setattr(bone, "rotation_euler" if place[2] else "rotation_quaternion", value)


def _ours(name: str) -> str:
    """Our angles by their own names, which Unreal's way of writing gave a capital: bones have no spellings."""
    lower = name[:1].lower() + name[1:]
    return lower if lower in character.angles() else name


class Session:
    """The one receiver of this Blender, and its timer."""

    def __init__(self) -> None:
        self.receiver: Receiver | None = None

    def start(self, receiver: Receiver) -> None:
        self.stop()
        self.receiver = receiver
        bpy.app.timers.register(self.tick)

    def tick(self) -> float | None:
        if self.receiver is None:
            return None
        if self.receiver.tick():
            for window in bpy.context.window_manager.windows:
                for area in window.screen.areas:
                    if area.type == "VIEW_3D":
                        area.tag_redraw()
        return RATE_S

    def stop(self) -> None:
        if self.receiver is not None:
            self.receiver.close()
            self.receiver = None
        if bpy.app.timers.is_registered(self.tick):
            bpy.app.timers.unregister(self.tick)


SESSION = Session()  # one per Blender, as its timers are


class RIGDRIVER_OT_live(bpy.types.Operator):
    """Show live curves on the character, or stop"""

    bl_idname = "rigdriver.live"
    bl_label = "Listen"

    def execute(self, context: bpy.types.Context) -> set:
        if SESSION.receiver is not None:
            SESSION.stop()
            return {"FINISHED"}
        chosen = settings.of(context)
        root = chosen.character or context.active_object
        if root is None:
            self.report({"ERROR"}, "choose a character first")
            return {"CANCELLED"}
        try:
            SESSION.start(Receiver(root, chosen.port, chosen.jaw_bone, chosen.jaw_deg))
        except OSError as error:
            self.report({"ERROR"}, f"port {chosen.port} cannot be heard ({error.strerror}); is another program on it?")
            return {"CANCELLED"}
        return {"FINISHED"}


CLASSES = (RIGDRIVER_OT_live,)
