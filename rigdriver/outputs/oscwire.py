"""Open Sound Control on the wire: bundles whose layout is fixed and whose numbers change, and what others send.

Specification: https://opensoundcontrol.stanford.edu/spec-1_0.html
Our own in both directions, measured: python-osc takes 0.6 ms to build a frame's bundle of 60 messages, and one datagram
with a negative size in it keeps its 1.10.2 reading for ever. In the tests it is the independent reader.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rigdriver.errors import InputError

MTU = 1400  # bytes of a bundle, below what networks carry unbroken
BUNDLE = b"#bundle\0"
IMMEDIATELY = BUNDLE + (1).to_bytes(8, "big")  # other time tags make some receivers wait and others wonder
DEEPEST = 8  # bundles within bundles
LARGEST = float(np.finfo(np.float32).max)
_FORBIDDEN = {ord(sign): "_" for sign in " #*,?[]{}"}  # signs that mean something in an address
_PLAIN = {"i": ">i", "f": ">f", "h": ">q", "d": ">d", "c": ">i", "t": ">Q"}  # arguments of a fixed size
_WORDLESS = {"T": True, "F": False, "N": None, "I": math.inf, "[": None, "]": None}  # arguments of none


@dataclass(frozen=True)
class Slot:
    """A float that changes: the k-th value of a frame."""

    k: int


@dataclass(frozen=True)
class Index:
    """A whole number that changes: the frame's place."""


@dataclass(frozen=True)
class Flag:
    """A truth value that changes: whether the k-th value of a frame is above a half. It stands among the tags."""

    k: int


Argument = str | int | float | Slot | Index | Flag  # a bool is a truth value that stays


@dataclass(frozen=True)
class Message:
    """An address and its arguments: text, whole numbers, floats, truth values, and what changes."""

    address: str
    arguments: tuple[Argument, ...] = ()

    def pack(self) -> tuple[bytes, dict[int, Slot | Index | Flag]]:
        """Its bytes with zeros for what changes, and at which byte that stands."""
        tags = "," + "".join(_tag(argument) for argument in self.arguments)
        start = text(self.address)
        data = start + text(tags)
        places: dict[int, Slot | Index | Flag] = {}
        for k, argument in enumerate(self.arguments):
            if isinstance(argument, (Slot, Index)):
                places[len(data)] = argument
            if isinstance(argument, Flag):
                places[len(start) + 1 + k] = argument
            data += _packed(argument)
        return data, places


def _tag(argument: Argument) -> str:
    if isinstance(argument, (bool, Flag)):
        return "T" if argument is True else "F"
    if isinstance(argument, str):
        return "s"
    return "i" if isinstance(argument, (int, Index)) else "f"


def _packed(argument: Argument) -> bytes:
    if isinstance(argument, (bool, Flag)):
        return b""
    if isinstance(argument, str):
        return text(argument)
    if isinstance(argument, int):
        return argument.to_bytes(4, "big", signed=True)
    return np.array(argument if isinstance(argument, float) else 0, ">f4").tobytes()


def text(string: str) -> bytes:
    """A string on the wire: ended by a zero, filled up to four bytes."""
    data = string.encode() + b"\0"
    return data + b"\0" * (-len(data) % 4)


def address(name: str) -> str:
    """A curve's name as a part of an address: what OSC reserves, and what is not ASCII, becomes `_`."""
    return "".join(sign if sign.isascii() and sign.isprintable() else "_" for sign in name.translate(_FORBIDDEN))


class Bundles:
    """Messages laid out once in as many bundles as keep under the MTU, filled anew for each frame.

    each: messages that every bundle begins with.
    """

    def __init__(self, messages: Sequence[Message], each: Sequence[Message] = (), mtu: int = MTU):
        self._bundles = [_Bundle(share) for share in _shares(messages, each, mtu)]

    def fill(self, values: np.ndarray, index: int = 0) -> list[bytes]:
        """values: what the slots take their floats from."""
        return [bundle.fill(values, index) for bundle in self._bundles]


def _shares(messages: Sequence[Message], each: Sequence[Message], mtu: int) -> Iterator[list[Message]]:
    """The messages in order, cut so that each share is a bundle within the MTU."""
    start = len(IMMEDIATELY) + sum(_size(message) for message in each)
    share, size = list(each), start
    for message in messages:
        if size + _size(message) > mtu and len(share) > len(each):
            yield share
            share, size = list(each), start
        share.append(message)
        size += _size(message)
    yield share


def _size(message: Message) -> int:
    return 4 + len(message.pack()[0])


class _Bundle:
    """One datagram, as words of 4 bytes: everything in OSC begins at one."""

    def __init__(self, messages: Sequence[Message]):
        data, found = IMMEDIATELY, {}
        for message in messages:
            packed, places = message.pack()
            found.update({len(data) + 4 + at: slot for at, slot in places.items()})
            data += len(packed).to_bytes(4, "big") + packed
        self._words = np.frombuffer(data, ">f4").copy()
        self._floats, self._slots = _columns({at // 4: slot.k for at, slot in found.items() if isinstance(slot, Slot)})
        self._tags, self._flags = _columns({at: slot.k for at, slot in found.items() if isinstance(slot, Flag)})
        self._wholes = [at // 4 for at, slot in found.items() if isinstance(slot, Index)]

    def fill(self, values: np.ndarray, index: int) -> bytes:
        self._words[self._floats] = values[self._slots]
        if len(self._tags):
            self._words.view(np.uint8)[self._tags] = np.where(values[self._flags] > 0.5, ord("T"), ord("F"))
        if self._wholes:
            self._words.view(">i4")[self._wholes] = (index + 2**31) % 2**32 - 2**31
        return self._words.tobytes()


def _columns(places: dict[int, int]) -> tuple[np.ndarray, np.ndarray]:
    return np.array(list(places), np.intp), np.array(list(places.values()), np.intp)


def read(data: bytes, depth: int = 0) -> list[tuple[str, list[Any]]]:
    """Addresses and arguments of a message, or of all messages in a bundle, in order. Raises InputError."""
    if data.startswith(BUNDLE):
        if depth == DEEPEST:
            raise InputError(f"OSC bundles nest deeper than {DEEPEST}")
        return [message for part in _parts(data) for message in read(part, depth + 1)]
    if not data.startswith(b"/"):
        raise InputError("not OSC: begins neither with / nor with #bundle")
    where, at = _text(data, 0)
    if at >= len(data):  # senders of old left the tags out where there are no arguments
        return [(where, [])]
    tags, at = _text(data, at)
    if not tags.startswith(","):
        raise InputError(f"OSC message {where!r} has no type tags")
    return [(where, list(_arguments(data, at, tags[1:])))]


def _parts(data: bytes) -> Iterator[bytes]:
    """The contents of a bundle."""
    at = len(IMMEDIATELY)
    if len(data) < at:
        raise InputError("OSC bundle ends within its time tag")
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big", signed=True)
        if not 0 < size <= len(data) - at - 4:
            raise InputError(f"OSC bundle announces {size} bytes where {max(len(data) - at - 4, 0)} follow")
        yield data[at + 4 : at + 4 + size]
        at += 4 + size


def _text(data: bytes, at: int) -> tuple[str, int]:
    """A string and the place after it."""
    end = data.find(b"\0", at)
    if end < 0:
        raise InputError("OSC message ends within a string")
    try:
        return data[at:end].decode(), end + 4 - (end - at) % 4
    except UnicodeDecodeError:
        raise InputError("OSC message has a string that is not UTF-8") from None


def _arguments(data: bytes, at: int, tags: str) -> Iterator[Any]:
    """Arguments in order; those of arrays among the others, blobs as bytes."""
    for tag in tags:
        if tag in _WORDLESS:
            value: Any = _WORDLESS[tag]
        elif tag in "sS":
            value, at = _text(data, at)
        elif tag == "b":
            value, at = _blob(data, at)
        elif tag in "rm":
            value, at = data[at : at + 4], at + 4
        elif tag in _PLAIN and at + struct.calcsize(_PLAIN[tag]) <= len(data):
            (value,) = struct.unpack_from(_PLAIN[tag], data, at)
            at += struct.calcsize(_PLAIN[tag])
        else:
            known = tag in _PLAIN
            raise InputError("OSC message ends within its arguments" if known else f"OSC type {tag!r} is not known")
        if tag not in "[]":
            yield value


def _blob(data: bytes, at: int) -> tuple[bytes, int]:
    size = int.from_bytes(data[at : at + 4], "big", signed=True)
    if at + 4 > len(data) or not 0 <= size <= len(data) - at - 4:
        raise InputError("OSC message ends within a blob")
    return data[at + 4 : at + 4 + size], at + 4 + size + -size % 4


def numbers(arguments: Sequence[Any]) -> list[float]:
    """Those arguments that are numbers or truth values, as floats. Raises InputError where one is not finite."""
    found = [float(argument) for argument in arguments if isinstance(argument, (int, float))]
    if not all(abs(number) <= LARGEST for number in found):
        raise InputError("OSC message holds a value that is not a number")
    return found
