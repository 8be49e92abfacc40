"""VMC: Virtual Motion Capture's OSC, for VSeeFace, Warudo, VNyan, EVMC4U and other hosts of VRM avatars.

Specification: https://protocol.vmc.info/ (performer to marionette, port 39539). A frame is `/VMC/Ext/OK`, `/VMC/Ext/T`
(seconds), `/VMC/Ext/Bone/Pos` for head and eyes where the clip has their angles, `/VMC/Ext/Blend/Val` for each
expression and `/VMC/Ext/Blend/Apply` at its very end: one bundle, or several of up to 1400 bytes. Loses: other bones.

Bones are Unity's: left-handed, +Y up, the avatar looks along +Z, so that +X is its right where ours is its left; a
rotation (x, y, z, w) of ours is (x, −y, −z, w) there. Receivers that also apply positions want the avatar's own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rigdriver import rotation
from rigdriver.clip import Clip
from rigdriver.errors import InputError
from rigdriver.outputs import oscwire
from rigdriver.outputs.columns import Columns
from rigdriver.outputs.oscwire import Bundles, Message, Slot
from rigdriver.outputs.packet import Packet
from rigdriver.outputs.turning import ANGLES, HEAD, LEFT_EYE, RIGHT_EYE, quaternion
from rigdriver.rig import canonical

VRM0 = ("Neutral", "A", "I", "U", "E", "O", "Blink", "Joy", "Angry", "Sorrow", "Fun", "LookUp", "LookDown", "LookLeft",
        "LookRight", "Blink_L", "Blink_R")
VRM1 = ("happy", "angry", "sad", "relaxed", "surprised", "aa", "ih", "ou", "ee", "oh", "blink", "blinkLeft",
        "blinkRight", "lookUp", "lookDown", "lookLeft", "lookRight", "neutral")
BONES = {"Head": HEAD, "LeftEye": LEFT_EYE, "RightEye": RIGHT_EYE}
NAMES = ("perfectsync", "vrm0", "vrm1", "own")


@dataclass(frozen=True)
class Settings:
    """names: "perfectsync" sends ARKit's 52 as `JawOpen`, "vrm0" and "vrm1" a clip of those presets, "own" any clip's
    curves as they are called. bones: "head", "all" (and eyes), "none", or "auto": all, but with perfectsync the head
    alone, whose EyeLook… expressions move the eyes already. head_at, eye_at: where the avatar's head lies from its neck
    and its left eye from its head at rest, metres about our axes (+X the character's left); the right eye is its mirror
    image. The defaults are the built-in head's."""

    names: str = "perfectsync"
    bones: str = "auto"
    head_at: tuple[float, float, float] = (0.0, 0.116, 0.024)
    eye_at: tuple[float, float, float] = (0.032, 0.052, 0.0822)

    def __post_init__(self) -> None:
        if self.names not in NAMES:
            raise ValueError(f"names should be {', '.join(NAMES[:-1])} or {NAMES[-1]}, not {self.names!r}")
        if self.bones not in ("auto", "head", "all", "none"):
            raise ValueError(f"bones should be auto, head, all or none, not {self.bones!r}")

    @property
    def turned(self) -> tuple[str, ...]:
        """The bones that may be sent."""
        head_alone = self.bones == "head" or (self.bones == "auto" and self.names == "perfectsync")
        return () if self.bones == "none" else ("Head",) if head_alone else tuple(BONES)


def rig(settings: Settings) -> str:
    """The rig that these names are of; "" where any will do."""
    return "" if settings.names == "own" else settings.names


class Encoder:
    """Raises InputError for a header without any of the chosen names."""

    def __init__(self, header: Clip, settings: Settings = Settings()):
        names = _names(header, settings)
        self._columns = Columns(header.names, (*names, *ANGLES))
        self._bones = _bones(header, settings)
        self._row = np.zeros(len(names) + 4 * len(self._bones) + 1, np.float32)
        first = [Message("/VMC/Ext/OK", (1,)), Message("/VMC/Ext/T", (Slot(len(self._row) - 1),))]
        bones = [Message("/VMC/Ext/Bone/Pos", (bone, *_place(bone, settings), *_turn(len(names) + 4 * k)))
                 for k, bone in enumerate(self._bones)]
        values = [Message("/VMC/Ext/Blend/Val", (name, Slot(k))) for k, name in enumerate(names)]
        self._bundles = Bundles([*first, *bones, *values, Message("/VMC/Ext/Blend/Apply")])

    def encode(self, frame: np.ndarray, index: int, time_s: float) -> list[bytes]:
        values = self._columns(frame)
        count, angles = len(values) - 9, values[-9:].tolist()
        self._row[:count] = values[:-9]
        for k, bone in enumerate(self._bones):
            at = list(BONES).index(bone) * 3
            self._row[count + 4 * k : count + 4 * k + 4] = _unity(*quaternion(*angles[at : at + 3]))
        self._row[-1] = time_s
        return self._bundles.fill(self._row)


def _names(header: Clip, settings: Settings) -> tuple[str, ...]:
    """Expressions to send, as the avatar calls them."""
    if settings.names == "own":
        known = tuple(name for name in header.names if name.lower() not in map(str.lower, ANGLES))
    elif settings.names == "perfectsync":
        shapes = canonical().names[: canonical().names.index("tongueOut") + 1]
        known = tuple(name[0].upper() + name[1:] for name in shapes)
    else:
        known = VRM0 if settings.names == "vrm0" else VRM1
    found = Columns(header.names, known).or_refuse(f"vmc with names={settings.names}", settings.names).found
    return tuple(found)


def _bones(header: Clip, settings: Settings) -> list[str]:
    """Bones that the clip turns."""
    return [bone for bone in settings.turned if Columns(header.names, BONES[bone]).found]


def _place(bone: str, settings: Settings) -> tuple[float, float, float]:
    """At rest, from its parent, on Unity's axes."""
    x, y, z = settings.head_at if bone == "Head" else settings.eye_at
    return (x if bone == "RightEye" else -x, y, z)


def _turn(first: int) -> tuple[Slot, ...]:
    return tuple(Slot(first + k) for k in range(4))


def _unity(x: float, y: float, z: float, w: float) -> tuple[float, float, float, float]:
    """Our rotation on Unity's axes, and back."""
    return x, -y, -z, w


def decode(data: bytes, settings: Settings = Settings()) -> Packet:
    """Expressions by the sender's names, and head and eyes as angles. A frame ends with Apply.

    Raises InputError for what is no OSC, or not VMC's.
    """
    values: dict[str, float] = {}
    time_s, ends, others = None, False, 0
    messages = oscwire.read(data)
    if not any(where.startswith("/VMC/") for where, _ in messages):
        raise InputError("OSC, but not of VMC: no address begins with /VMC/")
    for where, arguments in messages:
        numbers = oscwire.numbers(arguments)
        if where == "/VMC/Ext/Blend/Val" and _is(arguments, numbers, 1):
            values[arguments[0]] = numbers[0]
        elif where == "/VMC/Ext/Bone/Pos" and _is(arguments, numbers, 7) and arguments[0] in BONES:
            values.update(_angles(arguments[0], numbers[3:]))
        elif where == "/VMC/Ext/T" and len(numbers) == 1:
            time_s = numbers[0]
        elif where == "/VMC/Ext/Blend/Apply":
            ends = True
        else:
            others += where not in ("/VMC/Ext/OK", "/VMC/Ext/Root/Pos")
    notes = (f"{others} messages of bodies and devices",) if others else ()
    return Packet.of(values, time_s=time_s, notes=notes, ends=ends)


def _is(arguments: list, numbers: list[float], count: int) -> bool:
    """Whether a message holds a name and so many numbers."""
    return len(arguments) == count + 1 and isinstance(arguments[0], str) and len(numbers) == count


def _angles(bone: str, numbers: list[float]) -> dict[str, float]:
    length = float(np.linalg.norm(numbers))
    if length < 1e-6:
        raise InputError(f"VMC bone {bone} has a rotation of no length")
    turns = rotation.to_angles(np.array(_unity(*numbers)) / length)
    return dict(zip(BONES[bone], map(float, turns)))
