"""Curves out of UDP packets: rigdriver's plain OSC (`osc://`) and JSON Live Link. Knows nothing of Blender.

OSC: bundles of `/rigdriver/frame ,if number seconds` and one message a curve, `/rigdriver/jawOpen ,f 0.25`; with
layout=array `/rigdriver/names ,ss…` and `/rigdriver/values ,ff…`. A frame may come in several bundles; each says its
number.
JSON: `{"subject": {"Parameter": [{"Name": "JawOpen", "Value": 0.25}, …]}}`, one object a frame.
What is neither is passed over: anybody may send anything to a port.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

BUNDLE = b"#bundle\0"
DEEPEST = 4  # bundles within bundles
MOST = 4096  # curves of one face
PLAIN = {"f": ">f", "i": ">i", "d": ">d", "h": ">q"}
WORDLESS = {"T": 1.0, "F": 0.0}
BACK = 1000  # frames that a number may go back before it means that the sender began anew


@dataclass
class Packet:
    """frame: the sender's number of it, None where it sends none; names: what an array's places mean, where told."""

    values: dict[str, float] = field(default_factory=dict)
    frame: int | None = None
    array: list[float] | None = None
    names: list[str] | None = None


def read(data: bytes) -> Packet | None:
    """One datagram, or None for what is none of ours."""
    try:
        packet = _json(data) if data[:1] == b"{" else _osc(data)
    except (ValueError, KeyError, TypeError, IndexError, struct.error, RecursionError, AttributeError):
        return None
    count = len(packet.values) + len(packet.array or ())
    return packet if count <= MOST else None


def _json(data: bytes) -> Packet:
    subject = next(iter(json.loads(data).values()))
    packet = Packet()
    for item in subject["Parameter"]:
        _put(packet.values, str(item["Name"]), float(item["Value"]))
    return packet


def _put(values: dict[str, float], name: str, value: float) -> None:
    if math.isfinite(value):
        values[name] = value


def _osc(data: bytes) -> Packet:
    packet = Packet()
    for address, arguments in _messages(data, 0):
        name = address.rsplit("/", 1)[-1]
        numbers = [each for each in arguments if isinstance(each, float)]
        if name == "frame" and len(numbers) == 2:
            packet.frame = int(numbers[0])
        elif name == "values" and len(numbers) != 1:
            packet.array = [each if math.isfinite(each) else 0.0 for each in numbers]
        elif name == "names" and not numbers:
            packet.names = [str(each) for each in arguments]
        elif len(numbers) == 1:
            _put(packet.values, name, numbers[0])
    return packet


def _messages(data: bytes, depth: int) -> Iterator[tuple[str, list]]:
    if not data.startswith(BUNDLE):
        if data[:1] != b"/":
            raise ValueError("neither a message nor a bundle")
        yield _message(data)
        return
    if depth == DEEPEST:
        raise ValueError("bundles too deep")
    at = 16
    while at < len(data):
        (size,) = struct.unpack_from(">i", data, at)
        if not 0 < size <= len(data) - at - 4:
            raise ValueError("a size that does not fit")
        yield from _messages(data[at + 4 : at + 4 + size], depth + 1)
        at += 4 + size


def _message(data: bytes) -> tuple[str, list]:
    address, at = _text(data, 0)
    tags, at = _text(data, at)
    found: list = []
    for tag in tags[1:]:
        if tag in WORDLESS:
            found.append(WORDLESS[tag])
        elif tag == "s":
            word, at = _text(data, at)
            found.append(word)
        else:
            found.append(float(struct.unpack_from(PLAIN[tag], data, at)[0]))
            at += struct.calcsize(PLAIN[tag])
    return address, found


def _text(data: bytes, at: int) -> tuple[str, int]:
    end = data.index(b"\0", at)
    return data[at:end].decode(), end + 4 - (end - at) % 4


class Newest:
    """The newest value of every curve: of what comes late, nothing is shown. `JawOpen` and `jawOpen` are one."""

    def __init__(self) -> None:
        self.values: dict[str, float] = {}
        self._first: dict[str, str] = {}  # a name in lower case → as it first came
        self._frame: int | None = None
        self._names: list[str] = []

    def take(self, packet: Packet) -> bool:
        """Whether the packet was new enough to count."""
        if packet.frame is not None:
            if self._frame is not None and self._frame - BACK < packet.frame < self._frame:
                return False
            self._frame = packet.frame
        if packet.names is not None:
            self._names = packet.names
        for name, value in (*packet.values.items(), *zip(self._names, packet.array or ())):
            self.values[self._first.setdefault(name.lower(), name)] = value
        return True
