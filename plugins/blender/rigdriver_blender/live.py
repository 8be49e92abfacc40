"""A voice drives the character now: curves from a UDP port, looked at by a timer, the newest packet wins.

What stood before comes back when frames stop coming, and when it is switched off. Nothing is keyed unless it is
recorded, and what has a driver is left alone.
"""

import contextlib
import socket
import time

import bpy

from . import character, recording, settings, take, timeline
from .copied.clip import Clip
from .packets import Newest, Packet, read
from .posing import Pose
from .process import Driven, Order

RATE_S = 0.005  # between looks: a frame is shown when it comes, and not half a frame later
LARGEST = 65536
MOST_AT_ONCE = 2000  # packets of one tick: a flood does not hold Blender
PATIENCE_S = 0.5  # without a frame, and then the face eases to rest
EASE_S = 0.4
TELL_S = 0.25  # between two drawings of what is told
NAME = "live"


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
        self.newest, self.recording = Newest(), None
        self._pose: Pose | None = None
        self._names: tuple[str, ...] = ()
        self.packets, self._heard, self._ticked = 0, 0.0, time.monotonic()
        self._presence = 0.0  # 0 at rest, 1 while frames come

    def tick(self) -> bool:
        """Everything that has come, of which the newest is shown, or the way to rest; whether the face moved."""
        now = time.monotonic()
        came = self._receive(now)
        silent, step = now - self._heard, (now - self._ticked) / EASE_S
        self._ticked = now
        if came:
            self._presence = 1.0
            self._show()
        elif self._presence and silent > PATIENCE_S:
            self._presence = max(0.0, self._presence - step)
            self._ease()
        else:
            return False
        return True

    def _receive(self, now: float) -> bool:
        came = False
        for _ in range(MOST_AT_ONCE):
            try:
                data = self._socket.recv(LARGEST)
            except (BlockingIOError, InterruptedError):
                break
            except ConnectionResetError:
                continue  # Windows tells of an earlier answer that nobody took
            packet = read(data)
            came |= packet is not None and self._take(packet, now)
        return came

    def _take(self, packet: Packet, now: float) -> bool:
        if now - self._heard > PATIENCE_S:
            self.newest.forget_order()
        if not self.newest.take(packet) or not self.newest.values:
            return False
        self.packets, self._heard = self.packets + 1, now
        if self.recording is not None:
            self.recording.add(self.newest.values, now, self.newest.second)
        return True

    @property
    def root(self) -> bpy.types.Object | None:
        return bpy.data.objects.get(self._root)

    @property
    def told(self) -> str:
        """For people, in a line."""
        if not self.packets:
            return f"listening on port {self.port}; nothing has come yet"
        if self.root is None:
            return f"{self._root} is no longer in this file"
        silent = "" if self._presence else f"; none for {time.monotonic() - self._heard:.0f} s, the face rests"
        return f"{self.packets} packets{silent}"

    @property
    def unshown(self) -> list[str]:
        """Curves that came and that the character has nothing for."""
        return self._pose.found.missing if self._pose else []

    def _show(self) -> None:
        values = {_ours(name): value for name, value in self.newest.values.items()}
        if self._pose is None or tuple(values) != self._names:
            self._rest()
            if self.root is None:
                return
            self._pose, self._names = Pose(self.root, list(values), self._jaw_bone, self._jaw_deg), tuple(values)
        self._pose.show(values)

    def _ease(self) -> None:
        if self._presence and self._pose:
            self._pose.show({_ours(name): value for name, value in self.newest.values.items()}, self._presence)
        else:
            self._rest()

    def _rest(self) -> None:
        if self._pose is not None:
            self._pose.restore()
        self._pose = None

    def close(self) -> None:
        """The port is free again, and what was shown before is shown again. May be called again."""
        self._socket.close()
        self._rest()


def _ours(name: str) -> str:
    """Our angles by their own names, which Unreal's way of writing gave a capital: bones have no spellings."""
    lower = name[:1].lower() + name[1:]
    return lower if lower in character.angles() else name


class Session:
    """The one receiver of this Blender, and its timer."""

    def __init__(self) -> None:
        self.receiver: Receiver | None = None
        self._told, self._told_at = "", 0.0
        self._timer = self.tick  # one object: Blender knows a timer by it, and each `self.tick` is a new one

    def start(self, receiver: Receiver) -> None:
        self.stop()
        self.receiver = receiver
        bpy.app.timers.register(self._timer)
        bpy.app.handlers.load_pre.append(_file_changes)

    def tick(self) -> float | None:
        if self.receiver is None:
            return None
        self.receiver.tick()  # what it moves is drawn by itself
        if self.receiver.told != self._told and time.monotonic() - self._told_at > TELL_S:
            self._told, self._told_at = self.receiver.told, time.monotonic()
            _redraw()
        return RATE_S

    def stop(self) -> None:
        if self.receiver is not None:
            self.receiver.close()
            self.receiver = None
        if bpy.app.timers.is_registered(self._timer):
            bpy.app.timers.unregister(self._timer)
        with contextlib.suppress(ValueError):
            bpy.app.handlers.load_pre.remove(_file_changes)


def _redraw() -> None:
    """The panels, for what they tell."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()


SESSION = Session()  # one per Blender, as its timers are


@bpy.app.handlers.persistent
def _file_changes(*_: object) -> None:
    """Another file is opened: its scene has another character, and timers do not outlive this one."""
    SESSION.stop()


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


class RIGDRIVER_OT_record(bpy.types.Operator):
    """Keep what comes from now on, from the current frame on"""

    bl_idname = "rigdriver.record"
    bl_label = "Record"

    @classmethod
    def poll(cls, _: bpy.types.Context) -> bool:
        return SESSION.receiver is not None and SESSION.receiver.recording is None

    def execute(self, context: bpy.types.Context) -> set:
        SESSION.receiver.recording = recording.Recording(context.scene.frame_current)
        return {"FINISHED"}


class RIGDRIVER_OT_keep(bpy.types.Operator):
    """Stop listening, and make keys of what was recorded, on a track of its own"""

    bl_idname = "rigdriver.keep"
    bl_label = "Keep as keys"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012

    @classmethod
    def poll(cls, _: bpy.types.Context) -> bool:
        return SESSION.receiver is not None and SESSION.receiver.recording is not None

    def execute(self, context: bpy.types.Context) -> set:
        made, chosen = SESSION.receiver.recording, settings.of(context)
        root = SESSION.receiver.root
        SESSION.stop()
        clip = made.clip(timeline.fps(context.scene))
        if root is None or clip is None:
            self.report({"WARNING"}, "nothing was recorded")
            return {"CANCELLED"}
        report = _keep(clip, made.start, root, chosen)
        timeline.reach(context.scene, made.start + clip.end - 1)
        settings.state(context).told = "\n".join([report.line(), *report.notes])
        return {"FINISHED"}


def _keep(clip: Clip, start: int, root: bpy.types.Object, chosen: settings.Settings) -> take.Report:
    """The recording as a take, with a name that nothing has yet."""
    clip = Clip(tuple(map(_ours, clip.names)), clip.values, clip.fps)
    taken = {action.name.split(" live")[0] for action in bpy.data.actions}
    name = next(each for number in range(1, len(taken) + 2) if (each := f"recorded {number}") not in taken)
    wanted = take.Take(name, Order(name, clip.fps), start, chosen.error, chosen.jaw_deg)
    return take.put(wanted, character.of(root, list(clip.names), chosen.jaw_bone), Driven({NAME: clip}))


CLASSES = (RIGDRIVER_OT_live, RIGDRIVER_OT_record, RIGDRIVER_OT_keep)
