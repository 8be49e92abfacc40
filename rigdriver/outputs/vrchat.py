"""VRChat: parameters of an avatar with face tracking, and where it looks, over OSC.

Specification: https://docs.vrchat.com/docs/osc-avatar-parameters and osc-eye-tracking, https://docs.vrcft.io. Names of
VRCFaceTracking's unified expressions come with the rig `vrchat`. A frame is `/avatar/parameters/FT/v2/JawOpen ,f 0.25`
for each curve, in as many bundles of up to 1400 bytes as it takes; where the clip has the eyes' angles also
`v2/EyeLeftX` and its like (1 is 45 degrees, to the right and up), and VRChat's own `/tracking/eye/LeftRightPitchYaw`
(degrees, to the right and down). What stands before `v2/` is the avatar's choice: `prefix`. With `avatar`, the file
that VRChat wrote about it, only what it listens to is sent, as it wants it, bits too.
Loses: the head, which VRChat takes from the headset or the camera.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rigdriver.clip import Clip
from rigdriver.errors import InputError
from rigdriver.outputs import avatar, oscwire
from rigdriver.outputs.avatar import Bits, Input
from rigdriver.outputs.columns import Columns
from rigdriver.outputs.oscwire import Bundles, Flag, Message, Slot
from rigdriver.outputs.packet import Packet
from rigdriver.outputs.turning import ANGLES, LEFT_EYE, RIGHT_EYE

PARAMETERS = "/avatar/parameters/"
GAZE = "/tracking/eye/LeftRightPitchYaw"
EYES_CLOSED = "/tracking/eye/EyesClosedAmount"
ACTIVE = ("EyeTrackingActive", "ExpressionTrackingActive", "LipTrackingActive")  # avatars wait for one of them
_GAZE_ANGLES = (LEFT_EYE[1], LEFT_EYE[0], RIGHT_EYE[1], RIGHT_EYE[0])
_GAZE_FACTORS = np.degrees([1.0, -1.0, 1.0, -1.0])  # VRChat's yaw is positive to the right
_LOOKS = ("v2/EyeLeftX", "v2/EyeLeftY", "v2/EyeRightX", "v2/EyeRightY")
_LOOKS_ANGLES = (LEFT_EYE[0], LEFT_EYE[1], RIGHT_EYE[0], RIGHT_EYE[1])
_LOOKS_FACTORS = np.full(4, -4 / np.pi)  # VRCFaceTracking: 45 degrees are 1, positive to the right and up
_CLOSED = "v2/EyeClosed"


@dataclass(frozen=True)
class Settings:
    """prefix: what the avatar's parameters begin with. gaze: whether /tracking/eye is sent, which turns VRChat's own
    looking about and blinking off. avatar: VRChat's file about the avatar; it knows the prefix."""

    prefix: str = "FT/"
    gaze: bool = True
    avatar: str = ""

    def __post_init__(self) -> None:
        if oscwire.address(self.prefix) != self.prefix:
            raise ValueError(f"prefix should be a part of an OSC address like FT/, not {self.prefix!r}")


class Encoder:
    """Raises InputError for a header that has angles alone, or none of what the avatar listens to."""

    def __init__(self, header: Clip, settings: Settings = Settings()):
        names = [name for name in header.names if name not in ANGLES]
        self._columns = Columns(header.names, names).or_refuse("vrchat", "vrchat")
        self._gaze = Columns(header.names, _GAZE_ANGLES, _GAZE_FACTORS)
        self._looks = Columns(header.names, _LOOKS_ANGLES, _LOOKS_FACTORS)
        looks = _LOOKS if self._looks.found and not set(_LOOKS) & set(names) else ()
        curves = [*names, *looks]
        inputs = avatar.read(settings.avatar) if settings.avatar else None
        self._bits = avatar.Bits(inputs or [], curves)
        self._kept = len(curves)
        messages = _listed(curves, inputs, self._bits, settings) if inputs is not None else _all(curves, settings)
        self._bundles = Bundles([*messages, *(self._native(names, settings) if settings.gaze else ())])

    def _native(self, names: list[str], settings: Settings) -> list[Message]:
        """VRChat's own eyes."""
        first = self._kept + len(self._bits.addresses)
        gaze = [Message(GAZE, tuple(Slot(first + k) for k in range(4)))] if self._gaze.found else []
        return [*gaze, *([Message(EYES_CLOSED, (Slot(names.index(_CLOSED)),))] if _CLOSED in names else [])]

    def encode(self, frame: np.ndarray, index: int, time_s: float) -> list[bytes]:
        curves = np.concatenate([self._columns(frame), self._looks(frame)])[: self._kept]
        return self._bundles.fill(np.concatenate([curves, self._bits(curves), self._gaze(frame)]))


def _all(curves: list[str], settings: Settings) -> list[Message]:
    """Every curve as a float, and that the face is tracked."""
    address = f"{PARAMETERS}{settings.prefix}"
    floats = [Message(f"{address}{oscwire.address(name)}", (Slot(k),)) for k, name in enumerate(curves)]
    return [*(Message(f"{PARAMETERS}{name}", (True,)) for name in ACTIVE), *floats]


def _listed(curves: list[str], inputs: list[Input], bits: Bits, settings: Settings) -> list[Message]:
    """What the avatar listens to, at its own addresses."""
    floats = [(each.address, k) for k, name in enumerate(curves) if (each := avatar.of_curve(inputs, name))]
    if not floats and not bits.addresses:
        raise InputError(f"{settings.avatar}: the avatar listens to none of the clip's {len(curves)} curves; "
                         "is it made for face tracking?")
    active = [each.address for each in inputs if each.is_bool and each.name.rpartition("/")[2] in ACTIVE]
    return [*(Message(address, (True,)) for address in active),
            *(Message(address, (Slot(k),)) for address, k in floats),
            *(Message(address, (Flag(len(curves) + k),)) for k, address in enumerate(bits.addresses))]


def decode(data: bytes, settings: Settings = Settings()) -> Packet:
    """Parameters without their prefix, the eyes as angles. Raises InputError for what is no OSC, or not VRChat's."""
    values: dict[str, float] = {}
    known = False
    for where, arguments in oscwire.read(data):
        numbers = oscwire.numbers(arguments)
        known |= where.startswith((PARAMETERS, "/tracking/"))
        if where == GAZE and len(numbers) == 4:
            values.update(zip(_GAZE_ANGLES, (np.array(numbers) / _GAZE_FACTORS).tolist()))
        elif where.startswith(PARAMETERS) and len(numbers) == 1 and where.removeprefix(PARAMETERS) not in ACTIVE:
            values[where.removeprefix(PARAMETERS).removeprefix(settings.prefix)] = numbers[0]
    if not known:
        raise InputError(f"OSC, but not of VRChat: no address begins with {PARAMETERS} or /tracking/")
    return Packet.of(values)
