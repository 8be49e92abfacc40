"""Face Cap: the OSC of Bannaflak's iPhone app, for its Unity, MotionBuilder and Blender receivers.

Specification: https://www.bannaflak.com/face-cap/livemode.html. `/W index value` for 52 shapes; head as `/HT`
(position, here 0), `/HR` (degrees) and `/HRQ` (quaternion), eyes as `/ELR` and `/ERR` (degrees, pitch and yaw). The
app's axes are ARKit's, which are ours. Loses: our tongue shapes and the eyes' roll.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from rigdriver.clip import Clip
from rigdriver.errors import InputError
from rigdriver.outputs import oscwire
from rigdriver.outputs.columns import Columns
from rigdriver.outputs.oscwire import Bundles, Message, Slot
from rigdriver.outputs.packet import Packet
from rigdriver.outputs.turning import ANGLES, HEAD, LEFT_EYE, RIGHT_EYE, quaternion

_PAIRED = (
    "browInnerUp browDown* browOuterUp* eyeLookUp* eyeLookDown* eyeLookIn* eyeLookOut* eyeBlink* eyeSquint* eyeWide* "
    "cheekPuff cheekSquint* noseSneer* jawOpen jawForward jawLeft jawRight mouthFunnel mouthPucker mouthLeft "
    "mouthRight mouthRollUpper mouthRollLower mouthShrugUpper mouthShrugLower mouthClose mouthSmile* mouthFrown* "
    "mouthDimple* mouthUpperUp* mouthLowerDown* mouthPress* mouthStretch* tongueOut"
)


@cache
def shapes() -> tuple[str, ...]:
    """Our names of the 52 shapes, at the app's indices; the left one of a pair is first."""
    both = (("Left", "Right") if word.endswith("*") else ("",) for word in _PAIRED.split())
    return tuple(word.rstrip("*") + side for word, sides in zip(_PAIRED.split(), both) for side in sides)


@dataclass(frozen=True)
class Settings:
    """Nothing to choose."""


class Encoder:
    """One bundle of 1.3 kB a frame. Raises InputError for a header without any of its curves."""

    def __init__(self, header: Clip, settings: Settings = Settings()):
        self._columns = Columns(header.names, (*shapes(), *ANGLES)).or_refuse("facecap", "arkit")
        count = len(shapes())
        turns = [Message("/HT", (0.0, 0.0, 0.0)), Message("/HR", (Slot(count + 1), Slot(count), Slot(count + 2))),
                 Message("/HRQ", tuple(Slot(count + 9 + k) for k in range(4))),
                 Message("/ELR", (Slot(count + 4), Slot(count + 3))),
                 Message("/ERR", (Slot(count + 7), Slot(count + 6)))]
        self._bundles = Bundles([*turns, *(Message("/W", (k, Slot(k))) for k in range(count))])
        self._row = np.zeros(count + 13, np.float32)

    def encode(self, frame: np.ndarray, index: int, time_s: float) -> list[bytes]:
        values = self._columns(frame)
        angles = values[-9:]
        self._row[-4:] = quaternion(*angles[:3].tolist())
        self._row[-13:-4] = np.degrees(angles)
        self._row[:-13] = values[:-9]
        return self._bundles.fill(self._row)


_TURNS = {"/HR": (HEAD[1], HEAD[0], HEAD[2]), "/ELR": (LEFT_EYE[1], LEFT_EYE[0]), "/ERR": (RIGHT_EYE[1], RIGHT_EYE[0])}


def decode(data: bytes, settings: Settings = Settings()) -> Packet:
    """Raises InputError for what is no OSC, or has none of the app's addresses."""
    values: dict[str, float] = {}
    known = False
    for where, arguments in oscwire.read(data):
        found = oscwire.numbers(arguments)
        known |= where in ("/W", "/HT", "/HRQ", *_TURNS)
        if where == "/W" and len(found) == 2:
            if not 0 <= found[0] < len(shapes()):
                raise InputError(f"Face Cap has no shape {found[0]:g}; they are 0 to {len(shapes()) - 1}")
            values[shapes()[int(found[0])]] = found[1]
        elif where in _TURNS and len(found) == len(_TURNS[where]):
            values.update(zip(_TURNS[where], np.radians(found).tolist()))
    if not known:
        raise InputError("OSC, but not of Face Cap: no /W, /HT, /HR, /HRQ, /ELR, /ERR")
    return Packet.of(values)
