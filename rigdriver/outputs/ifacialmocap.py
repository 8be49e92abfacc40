"""iFacialMocap: the text of the iPhone app, for VSeeFace, Warudo, VTube Studio, Blender and Maya add-ons.

Specification: https://www.ifacialmocap.com/for-developer/ and one recorded packet of each version. Names with percent
as whole numbers, `mouthSmile_L-34|`, then degrees (pitch, yaw, roll; for the head also a position, here 0) of head and
eyes. Signs are ours: in recordings an eye that looks down has a positive pitch, one that looks to the character's right
a negative yaw; for the head and for rolls nothing but the common axes says so. Loses: hundredths of a weight's
hundredth, and curves beyond ARKit's 52 and the nine angles.

Receivers ask: they send a word to the phone, and the phone sends frames to port 49983 of whoever asked. So
`ifacialmocap://:49983` waits to be asked like the phone, and `ifacialmocap://host` sends without being asked, which
receivers take as well, and which is the only way where both run on one machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from rigdriver.clip import Clip
from rigdriver.errors import InputError
from rigdriver.outputs.address import Address
from rigdriver.outputs.answers import Answers, Asked
from rigdriver.outputs.columns import Columns
from rigdriver.outputs.datagrams import Datagrams
from rigdriver.outputs.listener import Listener
from rigdriver.outputs.output import Output
from rigdriver.outputs.packet import Packet
from rigdriver.outputs.turning import ANGLES, HEAD, LEFT_EYE, RIGHT_EYE
from rigdriver.rig import Channel, canonical

PORT = 49983
ASK = b"iFacialMocap_sahuasouryya9218sauhuiayeta91555dy3719"
STOP = b"iFacialMocap_UDPTCPSTOP_sahuasouryya9218sauhuiayeta91555dy3719"
VERSION_2 = b"sendDataVersion=v2"  # what some receivers add when they ask
_PARTS = {"head": (HEAD[1], HEAD[0], HEAD[2]), "rightEye": (RIGHT_EYE[1], RIGHT_EYE[0], RIGHT_EYE[2]),
          "leftEye": (LEFT_EYE[1], LEFT_EYE[0], LEFT_EYE[2])}


@dataclass(frozen=True)
class Settings:
    """version: of the text, 1 (`name-34`) or 2 (`name&34`), where the receiver does not ask for one."""

    version: int = 1

    def __post_init__(self) -> None:
        if self.version not in (1, 2):
            raise ValueError(f"version should be 1 or 2, not {self.version}")


@cache
def shapes() -> dict[str, str]:
    """The app's name of each of our 52: sides of the face as _L and _R, directions as they are."""
    channels = [channel for channel in canonical().channels if channel.unit == "weight"]
    ours = channels[: [channel.name for channel in channels].index("tongueOut") + 1]
    return {channel.name: _app_name(channel) for channel in ours}


def _app_name(channel: Channel) -> str:
    if not channel.side:
        return channel.name
    return f"{channel.name.removesuffix(channel.side.title())}_{channel.side[0].upper()}"


class Encoder:
    """Raises InputError for a header without any of its curves."""

    def __init__(self, header: Clip, settings: Settings = Settings()):
        factors = np.array([100.0] * len(shapes()) + [180 / np.pi] * len(ANGLES))
        self._columns = Columns(header.names, (*shapes(), *ANGLES), factors).or_refuse("ifacialmocap", "arkit")
        self._text = _template(settings.version)

    def encode(self, frame: np.ndarray, index: int, time_s: float) -> list[bytes]:
        values = self._columns(frame)
        numbers = np.rint(values[:-9]).astype(np.int64).tolist()
        head, left, right = ((pitch, yaw, roll) for yaw, pitch, roll in values[-9:].reshape(3, 3).tolist())
        return [self._text % (*numbers, *head, *right, *left)]


def _template(version: int) -> bytes:
    """A frame's text with a place for each number."""
    between = "-" if version == 1 else "&"
    names = [f"{name}{between}%d" for name in shapes().values()]
    framed = ["trackingStatus-1", *names, "hapihapi-0"] if version == 1 else names
    turns = "=head#%f,%f,%f,0,0,0|rightEye#%f,%f,%f|leftEye#%f,%f,%f|"
    return ("|".join(framed) + "|" + turns).encode()


def open_output(address: Address, header: Clip, settings: Settings, write: object) -> Output:
    """Sends to the host, or, without one, to those who ask."""
    encoder = Encoder(header, settings)
    if address.host:
        return Datagrams(address.text, header, encoder, address.host, address.port or PORT)
    second = Encoder(header, Settings(2))
    return Answers(address.text, header, lambda word: second if VERSION_2 in word else encoder, _asked,
                   PORT if address.port is None else address.port, PORT)


def _asked(word: bytes) -> Asked:
    if word.startswith(STOP):
        return Asked.STOP
    return Asked.START if word.startswith(ASK) else Asked.NOTHING


def open_listener(address: Address, settings: Settings) -> Listener:
    """Hears frames at 49983; with a host (the phone's) it asks it, again and again while nothing comes."""
    port = PORT if address.port is None else address.port
    listener = Listener(address.text, decode, "", port)
    if address.host:
        listener.ask(ASK, address.host, port)
    return listener


def decode(data: bytes, settings: Settings = Settings()) -> Packet | None:
    """A frame of either version, or of Facemotion3d, whose names are whole; None for a receiver that asks.

    Raises InputError for anything else.
    """
    if data.startswith((ASK, STOP)):
        return None
    try:
        shapes_, equals, turns = data.decode().partition("=")
    except UnicodeDecodeError:
        raise InputError("not iFacialMocap: is no text") from None
    values = dict(_number(item) for item in shapes_.split("|") if item)
    status = values.pop("trackingStatus", 1.0)
    values.pop("hapihapi", None)
    if not values:
        raise InputError("not iFacialMocap: has no name-number pairs")
    for item in turns.split("|") if equals else ():
        values.update(_turn(item) if item.strip("\0\r\n ") else {})
    return Packet.of(values, notes=() if status else ("no face",))


def _number(item: str) -> tuple[str, float]:
    """Our name and 0..1 of `mouthSmile_L-34` or `mouthSmile_L&34`."""
    name, between, number = item.partition("&" if "&" in item else "-")
    try:
        value = float(number) / (1 if name in ("trackingStatus", "hapihapi") else 100)
    except ValueError:
        raise InputError(f"not iFacialMocap: {item[:40]!r} is no name with a number") from None
    if not between or not name:
        raise InputError(f"not iFacialMocap: {item[:40]!r} is no name with a number")
    return _our_name(name), value


def _our_name(name: str) -> str:
    sides = {"_L": "Left", "_R": "Right"}
    return name[:-2] + sides[name[-2:]] if name[-2:] in sides else name


def _turn(item: str) -> dict[str, float]:
    """Angles in radians of `head#p,y,r,x,y,z` or `leftEye#p,y,r`; {} of a part that is not ours."""
    part, _, text = item.partition("#")
    try:
        numbers = [float(number) for number in text.split(",")]
    except ValueError:
        raise InputError(f"not iFacialMocap: {item[:40]!r} holds no angles") from None
    if part in _PARTS and len(numbers) < 3:
        raise InputError(f"not iFacialMocap: {item[:40]!r} holds {len(numbers)} angles and not 3")
    return dict(zip(_PARTS.get(part, ()), np.radians(numbers[:3]).tolist()))
