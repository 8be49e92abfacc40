"""VRChat: parameters of an avatar with face tracking, and where it looks, over OSC.

Specification: https://docs.vrchat.com/docs/osc-avatar-parameters and osc-eye-tracking; names of VRCFaceTracking's
unified expressions come with the rig `vrchat`. A frame is `/avatar/parameters/FT/v2/JawOpen ,f 0.25` for each curve,
and, where the clip has the eyes' angles, `/tracking/eye/LeftRightPitchYaw` (degrees, positive down and to the right);
in as many bundles of up to 1400 bytes as it takes. What stands before `v2/` is the avatar's choice: `prefix`.
Loses: the head, which VRChat takes from the headset or the camera.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rigdriver.clip import Clip
from rigdriver.errors import InputError
from rigdriver.outputs import oscwire
from rigdriver.outputs.columns import Columns
from rigdriver.outputs.oscwire import Bundles, Message, Slot
from rigdriver.outputs.packet import Packet
from rigdriver.outputs.turning import ANGLES, LEFT_EYE, RIGHT_EYE

PARAMETERS = "/avatar/parameters/"
GAZE = "/tracking/eye/LeftRightPitchYaw"
EYES_CLOSED = "/tracking/eye/EyesClosedAmount"
_GAZE_ANGLES = (LEFT_EYE[1], LEFT_EYE[0], RIGHT_EYE[1], RIGHT_EYE[0])
_GAZE_FACTORS = np.degrees([1.0, -1.0, 1.0, -1.0])  # VRChat's yaw is positive to the right
_CLOSED = "v2/EyeClosed"


@dataclass(frozen=True)
class Settings:
    """prefix: what the avatar's parameters begin with. gaze: whether /tracking/eye is sent, which turns VRChat's own
    looking about and blinking off."""

    prefix: str = "FT/"
    gaze: bool = True

    def __post_init__(self) -> None:
        if oscwire.address(self.prefix) != self.prefix:
            raise ValueError(f"prefix should be a part of an OSC address like FT/, not {self.prefix!r}")


class Encoder:
    """Raises InputError for a header that has angles alone."""

    def __init__(self, header: Clip, settings: Settings = Settings()):
        names = [name for name in header.names if name not in ANGLES]
        self._columns = Columns(header.names, names).or_refuse("vrchat", "vrchat")
        self._gaze = Columns(header.names, _GAZE_ANGLES, _GAZE_FACTORS)
        address = f"{PARAMETERS}{settings.prefix}"
        messages = [Message(f"{address}{oscwire.address(name)}", (Slot(k),)) for k, name in enumerate(names)]
        if settings.gaze and self._gaze.found:
            messages.append(Message(GAZE, tuple(Slot(len(names) + k) for k in range(4))))
        if settings.gaze and _CLOSED in names:
            messages.append(Message(EYES_CLOSED, (Slot(names.index(_CLOSED)),)))
        self._bundles = Bundles(messages)

    def encode(self, frame: np.ndarray, index: int, time_s: float) -> list[bytes]:
        return self._bundles.fill(np.concatenate([self._columns(frame), self._gaze(frame)]))


def decode(data: bytes, settings: Settings = Settings()) -> Packet:
    """Parameters without their prefix, the eyes as angles. Raises InputError for what is no OSC, or not VRChat's."""
    values: dict[str, float] = {}
    known = False
    for where, arguments in oscwire.read(data):
        numbers = oscwire.numbers(arguments)
        known |= where.startswith((PARAMETERS, "/tracking/"))
        if where == GAZE and len(numbers) == 4:
            values.update(zip(_GAZE_ANGLES, (np.array(numbers) / _GAZE_FACTORS).tolist()))
        elif where.startswith(PARAMETERS) and len(numbers) == 1:
            values[where.removeprefix(PARAMETERS).removeprefix(settings.prefix)] = numbers[0]
    if not known:
        raise InputError(f"OSC, but not of VRChat: no address begins with {PARAMETERS} or /tracking/")
    return Packet.of(values)
