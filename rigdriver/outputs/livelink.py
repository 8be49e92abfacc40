"""Live Link Face: the UDP packets of Apple's ARKit capture app, version 6, as Unreal's AppleARKit plugin reads them.

Specification: none; Unreal's AppleARKitLiveLinkSource and recorded packets of the app. Big-endian: version, device id
and subject with their lengths, frame number with its fraction, rate, and 61 values; a packet without values says that
no face is seen. Loses: curves beyond ARKit's 52 and the nine angles.

Two traps. Jaw and mouth stand left before right here, right before left in the app's CSV. And Unreal knows a subject by
device *and* name: two subjects of one device id drive each other out, so each subject has an id of its own.
"""

from __future__ import annotations

import struct
import uuid
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from functools import cache
from platform import node

import numpy as np

from rigdriver.clip import Clip
from rigdriver.errors import InputError
from rigdriver.outputs.columns import Columns
from rigdriver.outputs.packet import Packet
from rigdriver.rig import canonical

VERSION = 6
COUNT = 61
LONGEST_NAME = 255  # bytes; Unreal's buffer ends at 1286
_TIME = struct.Struct(">ifii")
MIRRORED = ("Yaw", "Roll")  # as in the app's recordings, see `rigdriver.formats.livelink_csv`


@dataclass(frozen=True)
class Settings:
    """subject: its name in Unreal, ASCII. device: an id, by default one of subject and machine, 36 characters long.

    timecode: "stream" counts frames from the sound's beginning, "clock" from midnight, as the app does.
    """

    subject: str = "rigdriver"
    device: str = ""
    timecode: str = "stream"

    def __post_init__(self) -> None:
        for key, text in (("subject", self.subject), ("device", self.device or "-")):
            if not text or not text.isascii() or not text.isprintable() or len(text) > LONGEST_NAME:
                raise ValueError(f"{key} should be 1 to {LONGEST_NAME} ASCII characters, not {text!r}")
        if self.timecode not in ("stream", "clock"):
            raise ValueError(f"timecode should be stream or clock, not {self.timecode!r}")

    @property
    def device_id(self) -> str:
        # 36 characters: PyLiveLinkFace reads no other length
        return self.device or str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{node()}/{self.subject}")).upper()


@cache
def names() -> tuple[str, ...]:
    """Our names of the 61 values in the packet's order: that of ARKit's rig, without our own tongue shapes."""
    own = canonical().names
    angles = [channel.name for channel in canonical().channels if channel.unit == "radian"]
    return (*own[: own.index("tongueOut") + 1], *angles)


@cache
def signs() -> np.ndarray:
    """(61,) −1 where our sign and the packet's differ."""
    angles = names()[names().index("tongueOut") + 1 :]
    return np.array([-1.0 if name in angles and name.endswith(MIRRORED) else 1.0 for name in names()], np.float32)


class Encoder:
    """Raises InputError for a header without any of the 61 curves."""

    def __init__(self, header: Clip, settings: Settings = Settings()):
        self._columns = Columns(header.names, names(), signs()).or_refuse("livelink", "arkit")
        self._rate = header.fps.numerator, header.fps.denominator
        self._first = _frames_since_midnight(header.fps) if settings.timecode == "clock" else 0
        device, subject = settings.device_id.encode(), settings.subject.encode()
        layout = f">Bi{len(device)}si{len(subject)}s"
        self._head = struct.pack(layout, VERSION, len(device), device, len(subject), subject)

    def encode(self, frame: np.ndarray, index: int, time_s: float) -> list[bytes]:
        """One datagram. Frames lie on whole frame numbers, so the fraction is 0."""
        time = _TIME.pack(_int32(self._first + index), 0.0, *self._rate)
        return [b"".join([self._head, time, b"\x3d", self._columns(frame).astype(">f4").tobytes()])]


def _frames_since_midnight(fps: Fraction) -> int:
    now = datetime.now()
    return int((now - now.replace(hour=0, minute=0, second=0, microsecond=0)).total_seconds() * fps)


def _int32(number: int) -> int:
    return (number + 2**31) % 2**32 - 2**31


def decode(data: bytes, settings: Settings = Settings()) -> Packet:
    """Raises InputError for anything but a packet of version 6."""
    if not data or data[0] != VERSION:
        what = f"version {data[0]}" if data else "nothing"
        raise InputError(f"not a Live Link Face packet: begins with {what}, and not with version {VERSION}")
    device, at = _text(data, 1, "device id")
    subject, at = _text(data, at, "subject")
    if len(data) < at + _TIME.size:
        raise InputError("Live Link Face packet ends within its time")
    frame, part, numerator, denominator = _TIME.unpack_from(data, at)
    rest = data[at + _TIME.size :]
    fps = Fraction(numerator, denominator) if numerator > 0 and denominator > 0 else None
    notes = [f"device {device}"] if device else []
    notes += [] if fps else [f"its rate is {numerator}/{denominator}"]
    notes += [] if len(rest) > 1 else ["no face"]
    at_frame = frame + part if 0 <= part < 1 else float(frame)
    names_, values = (names(), _values(rest)) if len(rest) > 1 else ((), np.zeros(0, np.float32))
    return Packet(names_, values, subject, at_frame, fps, float(at_frame / fps) if fps else None, notes=tuple(notes))


def _text(data: bytes, at: int, what: str) -> tuple[str, int]:
    """A string with its length before it, and the place after it."""
    length = int.from_bytes(data[at : at + 4], "big", signed=True)
    if len(data) < at + 4 or not 0 <= length <= len(data) - at - 4:
        raise InputError(f"Live Link Face packet ends within its {what}")
    try:
        return data[at + 4 : at + 4 + length].decode().rstrip("\0"), at + 4 + length
    except UnicodeDecodeError:
        raise InputError(f"Live Link Face packet's {what} is not UTF-8") from None


def _values(block: bytes) -> np.ndarray:
    """(61,) in our signs."""
    if block[0] != COUNT or len(block) != 1 + 4 * COUNT:
        held = f"says {block[0]} values and has {(len(block) - 1) / 4:g}"
        raise InputError(f"Live Link Face packet {held}; {COUNT} are due")
    values = np.frombuffer(block, ">f4", COUNT, 1)
    if not np.isfinite(values).all():
        raise InputError("Live Link Face packet holds a value that is not a number")
    return (values * signs()).astype(np.float32)
