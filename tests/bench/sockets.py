"""`rigdriver serve` as its clients have it: `python -m tests.bench.serve --sockets [SECONDS [OPTIONS OF SERVE …]]`.

The server is a process of its own on the last core, its clients are one loop on another: what they cost is not in the
figures. Everybody speaks, and they push sound as agents do: in real time, 20 ms or 100 ms at once, or a sentence in a
tenth of a second and then nothing for as long as it lasts.

`others`: what else ran on the server's core meanwhile, as a share of it. Lateness says nothing about the server where
that is more than a little, so such a run is repeated, and the quietest counts.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import struct
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import numpy as np

from tests.speech import hello

RATE = 16000
COUNTS = (1, 8, 16, 24, 30, 32, 40)
SETTLE_S = 2.0
QUIET, TRIES = 0.03, 4  # share of others that a run may have; after so many it is printed as it is
MASK = bytes((0x37, 0xFA, 0x21, 0x3D))
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10  # opcodes of RFC 6455
PUSHES = {"20 ms": (0.02, 1), "100 ms": (0.1, 1), "bursts": (0.4, 5)}
"""Seconds of a piece, and how many pieces go out at once, 20 ms apart; as long as they last, then nothing."""


@dataclass(frozen=True)
class Curve:
    """What so many streams got. lateness_ms: p50 and p99 of each frame's against the earliest of its stream. core:
    share that the server used, all of its threads. others: that other processes did. lost: frames that never came.
    disordered: that came out of turn."""

    streams: int
    lateness_ms: tuple[float, float]
    core: float
    others: float
    lost: int
    disordered: int
    frames: int

    @property
    def a_core(self) -> float:
        """Streams that would fill a core; of one that loses frames, as many as those that came make up."""
        return self.streams * self.frames / (self.frames + self.lost) / self.core


class Client(asyncio.Protocol):
    """As little as a WebSocket client can be: it notes when each frame came. Answers pings."""

    def __init__(self, hello: dict[str, object], sound: bytes, push: tuple[float, int], port: int):
        self._hello, self._sound, self._push, self._port = json.dumps(hello).encode(), sound, push, port
        self.arrived: list[tuple[int, float, float]] = []  # frame number, its time, when it came
        self.ready = self.error = ""
        self._buffer, self._upgraded, self._at = b"", False, 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        transport.write((f"GET /v1/stream HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nUpgrade: websocket\r\n"
                         "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                         "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n").encode())

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        self._buffer += data
        if not self._upgraded:
            _, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            self._buffer, self._upgraded = rest, True
            self._transport.write(masked(TEXT, self._hello))
        while (frame := self._next()) is not None:
            self._take(*frame, now)

    def _next(self) -> tuple[int, bytes] | None:
        raw = self._buffer
        if len(raw) < 2:
            return None
        size, start = raw[1], 2
        if size >= 126:
            start = 4 if size == 126 else 10
            if len(raw) < start:
                return None
            size = int.from_bytes(raw[2:start], "big")
        if len(raw) < start + size:
            return None
        self._buffer = raw[start + size :]
        return raw[0] & 15, raw[start : start + size]

    def _take(self, kind: int, payload: bytes, now: float) -> None:
        if kind == BINARY:
            self.arrived.append((*struct.unpack_from("<qd", payload), now))
        elif kind == TEXT and payload.startswith(b'{"frame"'):
            self.arrived.append((*_numbers(payload), now))
        elif kind == TEXT and b'"ready"' in payload[:12]:
            self.ready = payload.decode()
        elif kind == PING:
            self._transport.write(masked(PONG, payload))
        else:
            self.error = payload.decode(errors="replace")

    def connection_lost(self, error: Exception | None) -> None:
        self.error = self.error or "closed"

    async def speak(self) -> None:
        """Until it is cancelled."""
        seconds, at_once = self._push
        size = 2 * round(seconds * RATE)
        due = time.perf_counter()
        while True:
            for _ in range(at_once):
                piece = self._sound[self._at : self._at + size]
                self._at = (self._at + size) % (len(self._sound) - size)
                self._transport.write(head(BINARY, size) + piece)
                if at_once > 1:
                    await asyncio.sleep(0.02)
            due += seconds * at_once
            await asyncio.sleep(max(0.0, due - time.perf_counter()))

    def close(self) -> None:
        self._transport.abort()


def _numbers(payload: bytes) -> tuple[int, float]:
    frame, moment = payload[:60].split(b",", 2)[:2]
    return int(frame.partition(b":")[2]), float(moment.partition(b":")[2])


def head(kind: int, size: int) -> bytes:
    """Of a client's frame; its payload is masked already."""
    length = bytes([0x80 | size]) if size < 126 else struct.pack(">BH", 0xFE, size)
    return bytes([0x80 | kind]) + length + MASK


def masked(kind: int, payload: bytes) -> bytes:
    return head(kind, len(payload)) + bytes(byte ^ mask for byte, mask in zip(payload, cycle(MASK)))


def sounds(count: int) -> list[bytes]:
    """Masked PCM, s16le, another beginning for each; pieces of whole masks may be cut out of it."""
    samples = np.tile(hello().samples, 4)
    samples = samples[: len(samples) // 2 * 2]
    told = [(np.roll(samples, -1777 * k) * 32767).astype("<i2").view("<u4") for k in range(count)]
    return [(words ^ np.uint32(int.from_bytes(MASK, "little"))).tobytes() for words in told]


@contextlib.contextmanager
def server(*options: str) -> Iterator[tuple[int, int]]:
    """Port and process id of one on the last core."""
    command = [sys.executable, "-m", "rigdriver", "serve", "--port", "0", "--sessions", "100", *options]
    place = {max(os.sched_getaffinity(0))}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True,
                          preexec_fn=lambda: os.sched_setaffinity(0, place)) as process:
        try:
            assert process.stderr is not None
            line = process.stderr.readline()
            yield int(line.split("127.0.0.1:")[1].split("/")[0]), process.pid
        finally:
            process.kill()


def used_s(pid: int) -> np.ndarray:
    """Seconds: of a process, all of its threads, and of the last core altogether."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    rows = [line.split() for line in Path("/proc/stat").read_text(encoding="ascii").splitlines()]
    (row,) = (row for row in rows if row[0] == f"cpu{max(os.sched_getaffinity(pid))}")
    user, nice, system, _, _, irq, softirq, steal = map(int, row[1:9])
    busy = user + nice + system + irq + softirq + steal
    return np.array([int(fields[11]) + int(fields[12]), busy]) / os.sysconf("SC_CLK_TCK")


async def measured(port: int, pid: int, count: int, seconds: float, format: str = "json") -> Curve:
    loop = asyncio.get_running_loop()
    clients = [Client({"format": format, "seed": k}, sound, push, port)
               for k, (sound, push) in enumerate(zip(sounds(count), cycle(PUSHES.values())))]
    for client in clients:
        await loop.create_connection(lambda client=client: client, "127.0.0.1", port)
        while not (client.ready or client.error):
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.037)
    speaking = [asyncio.ensure_future(client.speak()) for client in clients]
    await asyncio.sleep(SETTLE_S)
    began, used = time.perf_counter(), used_s(pid)
    await asyncio.sleep(seconds)
    own, busy = ((used_s(pid) - used) / (time.perf_counter() - began)).tolist()
    for task in speaking:
        task.cancel()
    for client in clients:
        client.close()
    if any(client.error for client in clients):
        raise RuntimeError(next(client.error for client in clients if client.error))
    return _curve(clients, began, own, max(0.0, busy - own))


def _curve(clients: list[Client], began: float, core: float, others: float) -> Curve:
    late, lost, disordered, frames = [], 0, 0, 0
    for client in clients:
        number, moment, arrived = np.array([each for each in client.arrived if each[2] >= began]).T
        behind = arrived - moment
        late.append(behind - behind.min())
        steps = np.diff(number)
        lost, disordered = lost + int((steps[steps > 1] - 1).sum()), disordered + int((steps < 1).sum())
        frames += len(number)
    p50, p99 = np.percentile(1000 * np.concatenate(late), (50, 99)).tolist()
    return Curve(len(clients), (p50, p99), core, others, lost, disordered, frames)


def run(count: int, seconds: float, format: str = "json", options: Sequence[str] = (),
        tries: int = TRIES) -> Curve:
    """The quietest of some."""
    cores, best = os.sched_getaffinity(0), None
    for _ in range(tries):
        with server(*options) as (port, pid):
            os.sched_setaffinity(0, cores - {max(cores)} or cores)
            try:
                got = asyncio.run(measured(port, pid, count, seconds, format))
            finally:
                os.sched_setaffinity(0, cores)
        best = got if best is None or got.others < best.others else best
        if best.others < QUIET:
            break
    assert best is not None
    return best


def main(seconds: float, options: Sequence[str] = (), formats: Sequence[str] = ("json", "float32"),
         counts: Sequence[int] = COUNTS) -> None:
    print(f"{'':10}{'streams':>8}{'p50 ms':>8}{'p99 ms':>8}{'core %':>8}{'others %':>10}{'a core':>8}{'lost':>6}"
          f"{'order':>7}")
    for format in formats:
        for count in counts:
            got = run(count, seconds, format, options)
            print(f"{format:10}{count:8}{got.lateness_ms[0]:8.1f}{got.lateness_ms[1]:8.1f}{100 * got.core:8.0f}"
                  f"{100 * got.others:10.0f}{got.a_core:8.1f}{got.lost:6}{got.disordered:7}", flush=True)
