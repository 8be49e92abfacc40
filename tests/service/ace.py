"""A client of Audio2Face-3D that shares nothing with our server: bytes on the wire, written and read by hand.

Numbers as in NVIDIA's public definitions, wire format as in https://protobuf.dev/programming-guides/encoding/.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import grpc
import numpy as np

PATH = "/nvidia_ace.services.a2f_controller.v1.A2FControllerService/ProcessAudioStream"
HEALTH = "/grpc.health.v1.Health/Check"
WAIT_S = 30.0
END = b"\x1a\x00"  # field 3, length 0


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def part(number: int, raw: bytes) -> bytes:
    """A field that holds bytes, text or a message."""
    return varint(number << 3 | 2) + varint(len(raw)) + raw


def single(number: int, value: float) -> bytes:
    return varint(number << 3 | 5) + struct.pack("<f", value)


def double(number: int, value: float) -> bytes:
    return varint(number << 3 | 1) + struct.pack("<d", value)


def whole(number: int, value: int) -> bytes:
    return varint(number << 3) + varint(value)


def by_name(number: int, values: Mapping[str, float]) -> bytes:
    """map<string, float>."""
    return b"".join(part(number, part(1, name.encode()) + single(2, value)) for name, value in values.items())


def header(rate: int = 16000, bits: int = 16, channels: int = 1, format: int = 0, *more: bytes) -> bytes:
    sound = (whole(1, format) if format else b"") + whole(2, channels) + whole(3, rate) + whole(4, bits)
    return part(1, part(1, sound) + b"".join(more))


def face(**values: float) -> bytes:
    return part(2, by_name(1, values))


def strength(value: float, live_blend_coef: float = 0.7) -> bytes:
    return part(3, single(2, live_blend_coef) + single(5, value))


def blendshapes(multipliers: Mapping[str, float], offsets: Mapping[str, float]) -> bytes:
    return part(4, by_name(1, multipliers) + by_name(2, offsets))


def transition(seconds: float) -> bytes:
    return part(5, single(1, seconds))


def emotion(at_s: float, **weights: float) -> bytes:
    return part(2, double(1, at_s) + by_name(2, weights))


def sound(raw: bytes, *emotions: bytes) -> bytes:
    return part(2, part(1, raw) + b"".join(emotions))


def parted(raw: bytes) -> dict[int, list]:
    """The fields of a message: numbers as int, fixed ones as their bytes."""
    fields: dict[int, list] = {}
    at = 0
    while at < len(raw):
        key, at = _varint(raw, at)
        if key & 7 == 0:
            value, at = _varint(raw, at)
        else:
            size, at = {1: (8, at), 5: (4, at)}.get(key & 7) or _varint(raw, at)
            value, at = raw[at : at + size], at + size
        fields.setdefault(key >> 3, []).append(value)
    return fields


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        number |= (raw[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not raw[at - 1] & 0x80:
            return number, at


def named(entries: Iterable[bytes]) -> dict[str, bytes]:
    return {pair[1][0].decode(): pair[2][0] for pair in map(parted, entries)}


@dataclass
class Heard:
    """All that a call was answered."""

    kinds: list[int] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    rate: int = 0
    began_s: float = 0.0
    times: list[float] = field(default_factory=list)
    values: list[np.ndarray] = field(default_factory=list)
    sounds: list[tuple[float, bytes]] = field(default_factory=list)
    emotions: list[dict[str, float]] = field(default_factory=list)
    said: list[tuple[float, dict[str, float]]] = field(default_factory=list)
    status: tuple[int, str] | None = None
    error: grpc.RpcError | None = None
    ignored: str = ""

    @property
    def sound(self) -> bytes:
        return b"".join(raw for _, raw in self.sounds)

    def take(self, raw: bytes) -> None:
        ((kind, (body,)),) = parted(raw).items()
        self.kinds.append(kind)
        fields = parted(body)
        if kind == 1:
            self.names = [name.decode() for name in parted(fields[2][0])[1]]
            self.rate = parted(fields[1][0])[3][0]
            (self.began_s,) = struct.unpack("<d", fields[3][0])
        elif kind == 2:
            self._frame(fields)
        elif kind == 4:
            self.status = fields.get(1, [0])[0], fields[2][0].decode()

    def _frame(self, fields: dict[int, list]) -> None:
        (weights,) = parted(fields[1][0])[1]
        weighed, heard = parted(weights), parted(fields[2][0])
        self.times.append(struct.unpack("<d", weighed[1][0])[0])
        self.values.append(np.frombuffer(weighed[2][0], "<f4"))
        self.sounds.append((struct.unpack("<d", heard[1][0])[0], heard[2][0]))
        packed = parted(named(fields[4])["emotion_aggregate"])
        assert packed[1] == [b"type.googleapis.com/nvidia_ace.emotion_aggregate.v1.EmotionAggregate"]
        aggregate = parted(packed[2][0])
        self.said += [_felt(each) for each in aggregate.get(1, [])]
        self.emotions.append(_felt(aggregate[3][0])[1])


def _felt(raw: bytes) -> tuple[float, dict[str, float]]:
    fields = parted(raw)
    return (struct.unpack("<d", fields[1][0])[0],
            {name: struct.unpack("<f", value)[0] for name, value in named(fields[2]).items()})


def channel(port: int) -> grpc.Channel:
    return grpc.insecure_channel(f"127.0.0.1:{port}", options=(("grpc.use_local_subchannel_pool", 1),))


def talk(to: grpc.Channel, messages: Iterable[bytes], token: str = "") -> Heard:
    """A whole call."""
    metadata = (("authorization", f"Bearer {token}"),) if token else ()
    call = to.stream_stream(PATH)(iter(messages), timeout=WAIT_S, metadata=metadata)
    heard = Heard()
    try:
        for raw in call:
            heard.take(raw)
    except grpc.RpcError as error:
        heard.error = error
    heard.ignored = dict(call.initial_metadata() or ()).get("rigdriver-ignored", "")
    return heard


def spoken(raw: bytes, size: int = 32000, *first: bytes, start: bytes | None = None) -> Iterator[bytes]:
    """The messages of a whole sound, emotions with the first portion."""
    yield header() if start is None else start
    for k in range(0, len(raw), size):
        yield sound(raw[k : k + size], *(first if not k else ()))
    yield END
