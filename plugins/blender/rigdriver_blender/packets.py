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
MOST = 4096  # curves of one face, also of all that strangers send to the port
PLAIN = {"f": ">f", "i": ">i", "d": ">d", "h": ">q"}
WORDLESS = {"T": 1.0, "F": 0.0}
BACK = 1000  # frames that a number may go back before it means that the sender began anew


@dataclass
class Packet:
    """frame: the sender's number of it, and second: of sound that it belongs to, None where none is told; names: what
    an array's places mean, where told."""

    values: dict[str, float] = field(default_factory=dict)
    frame: int | None = None
    second: float | None = None
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
            packet.frame, packet.second = int(numbers[0]), numbers[1] if math.isfinite(numbers[1]) else None
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
    """The newest value of every curve: of what comes late, nothing is shown. `JawOpen` and `jawOpen` are one.

    A frame that comes in several packets is shown when it is whole, for sealed lips are so in one frame alone: when it
    has as many curves as the two before it had, or at the latest when the next one begins.
    """

    def __init__(self) -> None:
        self.values: dict[str, float] = {}
        self.frame: int | None = None  # the number of what `values` shows, and its second, where they are told
        self.second: float | None = None
        self._first: dict[str, str] = {}  # a name in lower case → as it first came
        self._names: list[str] = []
        self._coming: dict[str, float] = {}
        self._number: int | None = None  # of the frame that is coming
        self._told_second: float | None = None
        self._last = self._usual = 0  # curves of the frame before, and the most of the two before

    def take(self, packet: Packet) -> bool:
        """Whether the packet was new enough to count."""
        if packet.frame is not None and not self._is_next(packet.frame):
            return False
        if packet.frame is not None and packet.frame != self._number:
            self._show()
            self._usual, self._last, self._coming = max(self._last, len(self._coming)), len(self._coming), {}
            self._number, self._told_second = packet.frame, packet.second
        if packet.names is not None:
            self._names = packet.names
        place = self.values if packet.frame is None else self._coming
        for name, value in (*packet.values.items(), *zip(self._names, packet.array or ())):
            if name.lower() in self._first or len(self._first) < MOST:
                place[self._first.setdefault(name.lower(), name)] = value
        if packet.frame is not None and len(self._coming) >= self._usual:
            self._show()
        return True

    def _is_next(self, frame: int) -> bool:
        return self._number is None or not self._number - BACK < frame < self._number

    def _show(self) -> None:
        if self._coming:
            self.values.update(self._coming)
            self.frame, self.second = self._number, self._told_second

    def forget_order(self) -> None:
        """After a silence any number counts: whoever sends next may have begun anew."""
        self._number = None
