"""Live, end to end, measured from outside: `rigdriver live` in a process of its own, sound at the pace of speech in,
packets on the loopback out, stamped by the kernel as they arrive.

    python -m tests.bench.live                       a minute, sound over TCP
    python -m tests.bench.live --microphone          through PulseAudio's null sink, as from a sound card
    python -m tests.bench.live --hours 1 --json soak.json

When a sound was heard is known (we speak it; beside a microphone another program listens), and which sound a frame
shows is found by laying its jaw over the jaw that `drive` gives of the same sound: so latency is measured from the
sound to the packet, with everything between.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import IO

import numpy as np

import rigdriver
from rigdriver.audio import Audio
from rigdriver.outputs import livelink
from tests.programs.virtual_microphone import DEVICE, VirtualMicrophone
from tests.speech import hello

RATE, FPS = 16000, 60
BLOCK_S = 0.01  # of sound, as a device gives it
PAUSE_S = 0.5  # between two times of the recording
SETTLE_S = 3.0  # of the beginning that is not looked at
WINDOW_S = 20.0  # in which one lag is found
STAMP = getattr(socket, "SO_TIMESTAMPNS", 35)  # Linux; Python names it from 3.13 or so on


@dataclass
class Packets:
    """What arrived: frame numbers, seconds of the system's clock, and the jaw."""

    frames: list[int] = field(default_factory=list)
    at_s: list[float] = field(default_factory=list)
    jaw: list[float] = field(default_factory=list)

    def arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return np.array(self.frames), np.array(self.at_s), np.array(self.jaw)


@dataclass(frozen=True)
class Figures:
    """One run. latency: from a sound to the packet that shows it. lost: frames that left and never came. late: frames
    that the loop dropped. drift: of the latency, from the first window to the last."""

    seconds: float
    frames: int
    lost: int
    late: int
    latency_p50_ms: float
    latency_p99_ms: float
    jitter_p99_ms: float
    drift_ms: float
    cpu_percent: float
    memory_mb: float
    memory_growth_mb: float
    load: float


class Receiver:
    """A port that Live Link packets come to, stamped by the kernel."""

    def __init__(self) -> None:
        self.packets, self._going = Packets(), True
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, STAMP, 1)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(0.2)
        self.port = self._socket.getsockname()[1]
        self._jaw = livelink.names().index("jawOpen") - len(livelink.names())
        self._thread = threading.Thread(target=self._receive, daemon=True)
        self._thread.start()

    def _receive(self) -> None:
        while self._going:
            with contextlib.suppress(TimeoutError):
                data, ancillary, *_ = self._socket.recvmsg(2048, 256)
                self._keep(data, ancillary)

    def _keep(self, data: bytes, ancillary: list) -> None:
        stamps = [struct.unpack("qq", raw[:16]) for _, kind, raw in ancillary if kind == STAMP]
        at_s = stamps[0][0] + stamps[0][1] / 1e9 if stamps else time.time()
        (jaw,) = struct.unpack_from(">f", data, len(data) + 4 * self._jaw)
        (frame,) = struct.unpack_from(">i", data, len(data) - 61 * 4 - 1 - 16)
        self.packets.frames.append(frame)
        self.packets.at_s.append(at_s)
        self.packets.jaw.append(jaw)

    def close(self) -> None:
        self._going = False
        self._thread.join()
        self._socket.close()


class Speaker:
    """Says the recording over and over into `write`, each block when its last sample has sounded."""

    def __init__(self, sound: np.ndarray, write: Callable[[bytes], object]):
        self._raw, self._write = (sound * 32767).astype("<i2").tobytes(), write
        self._going, self.began_s = True, 0.0
        self._thread = threading.Thread(target=self._speak, daemon=True)

    def start(self) -> None:
        self.began_s = time.time()
        self._thread.start()

    def _speak(self) -> None:
        size, at, began = 2 * int(RATE * BLOCK_S), 0, time.monotonic()
        with contextlib.suppress(OSError, ValueError):
            while self._going:
                time.sleep(max(0, began + (at + size) / 2 / RATE - time.monotonic()))
                first = at % len(self._raw)
                self._write((self._raw + self._raw[:size])[first : first + size] if first + size > len(self._raw)
                            else self._raw[first : first + size])
                at += size

    def stop(self) -> None:
        self._going = False
        self._thread.join()


Began = Callable[[float, float], float]
"""When the sound began that was heard from one second to another."""


class Witness:
    """Another listener at the microphone, that knows when each sound could be heard there."""

    def __init__(self, stream: IO[bytes]):
        self._stream, self._parts, self._at = stream, [], []
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            while raw := os.read(self._stream.fileno(), 4096):
                self._at.append(time.time())
                self._parts.append(raw)

    def began_s(self, sound: np.ndarray, first_s: float, last_s: float) -> float:
        """When sample 0 of the sound, which is said over and over, was heard: any of the times, as it was meanwhile.

        A player that was held up plays on later; so this is asked for each window.
        """
        inside = [k for k, at in enumerate(self._at) if first_s <= at < last_s]
        heard = np.frombuffer(b"".join(self._parts[k] for k in inside), "<i2").astype(np.float64)
        ends = np.cumsum([len(self._parts[k]) // 2 for k in inside])
        start = float(np.percentile(np.array(self._at)[inside] - ends / RATE, 5))  # parts may come late, never early
        size = len(heard) + len(sound)
        alike = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(sound.astype(np.float64), size)), size)
        return start + int(alike[: max(1, len(heard) - len(sound))].argmax()) / RATE


def said() -> np.ndarray:
    """The recording and a pause, what is said over and over: a whole number of frames and of blocks."""
    sound = hello().samples
    whole = int(np.ceil((len(sound) / RATE + PAUSE_S) * 10)) * RATE // 10
    return np.pad(sound, (0, whole - len(sound)))


def reference(sound: np.ndarray) -> np.ndarray:
    """The jaw of one period of the sound, at 60 fps, as it is once everything has settled."""
    clip = rigdriver.drive(Audio(np.tile(sound, 3), RATE), fps=FPS)
    period = len(sound) * FPS // RATE
    return clip["jawOpen"][period : 2 * period].astype(np.float64)


def lag_s(frames: np.ndarray, jaw: np.ndarray, period: np.ndarray) -> float:
    """Which second of the sound frame 0 shows, within its period: where the two jaws fit best, to a millisecond."""
    grid = np.arange(0, len(period), 0.06)  # frames
    errors = [np.square(_at(period, frames + shift) - jaw).sum() for shift in grid]
    return float(grid[int(np.argmin(errors))]) / FPS


def _at(period: np.ndarray, frames: np.ndarray) -> np.ndarray:
    return np.interp(frames % len(period), np.arange(len(period) + 1), np.append(period, period[0]))


def latencies_ms(packets: Packets, period: np.ndarray, said_s: float, began_s: Began) -> Iterator[np.ndarray]:
    """For each window, of each frame: from its sound to its packet. said_s: when it was first said."""
    frames, at_s, jaw = packets.arrays()
    after = at_s > max(said_s, at_s[0]) + SETTLE_S
    frames, at_s, jaw = frames[after], at_s[after], jaw[after]
    for first in np.arange(at_s[0], at_s[-1] - WINDOW_S / 2, WINDOW_S):
        inside = (at_s >= first) & (at_s < first + WINDOW_S)
        began = began_s(first, first + WINDOW_S)
        shown = lag_s(frames[inside], jaw[inside], period) + frames[inside] / FPS - (at_s[inside] - began)
        length = len(period) / FPS
        middle = np.median(-shown % length)  # no latency is as long as the recording
        yield 1000 * (middle + (-shown - middle + length / 2) % length - length / 2)


def jitter_ms(packets: Packets) -> np.ndarray:
    """How far each packet came from the even beat of its second, by the median of a minute around it."""
    frames, at_s, _ = packets.arrays()
    offset = at_s - frames / FPS
    return np.concatenate([1000 * np.abs(part - np.median(part))
                           for part in np.array_split(offset, max(1, len(offset) // (60 * FPS)))])


class Usage:
    """What a process takes, by /proc."""

    def __init__(self, process: int):
        self._process, self.memory_mb = process, []
        self._cpu, self._at = self._seconds(), time.monotonic()

    def _seconds(self) -> float:
        words = Path(f"/proc/{self._process}/stat").read_text().rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def look(self) -> None:
        status = Path(f"/proc/{self._process}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        self.memory_mb.append(int(line.split()[1]) / 1024)

    def cpu_percent(self) -> float:
        return 100 * (self._seconds() - self._cpu) / (time.monotonic() - self._at)


def run(seconds: float, microphone: bool = False) -> Figures:
    sound = said()
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        made = stack.enter_context(VirtualMicrophone(Path(folder))) if microphone else None
        return _measured(seconds, sound, made)


def _measured(seconds: float, sound: np.ndarray, microphone: VirtualMicrophone | None) -> Figures:
    receiver, port = Receiver(), _free_port()
    source = f"mic:{DEVICE}" if microphone else f"tcp://127.0.0.1:{port}?pcm=s16le@{RATE}"
    command = [sys.executable, "-m", "rigdriver", "live", "--from", source,
               "--to", f"livelink://127.0.0.1:{receiver.port}"]
    live = subprocess.Popen(command, env=microphone.env if microphone else None, stderr=subprocess.PIPE, text=True)
    try:
        said_s, began_s = _speak(seconds, sound, microphone, port, live, usage := Used())
        live.terminate()  # an interrupt is not heard by what was started in the background
        told = live.communicate(timeout=20)[1]
    finally:
        live.kill()
        receiver.close()
    late = int(told.strip().splitlines()[-1].split(", ")[1].split()[0])
    return _figures(receiver.packets, sound, said_s, began_s, late, usage)


@dataclass
class Used:
    """What the process took. memory_mb: every five seconds."""

    cpu_percent: float = 0.0
    memory_mb: list[float] = field(default_factory=list)


def _speak(seconds: float, sound: np.ndarray, microphone: VirtualMicrophone | None, port: int,
           live: subprocess.Popen[str], usage: Used) -> tuple[float, Began]:
    """Says it for so long; when it was first said, and when sample 0 was heard."""
    assert live.stderr
    while "behind the voice" not in live.stderr.readline():
        pass
    if microphone:
        time.sleep(1.0)
        player, other = microphone.play(RATE), microphone.hear(RATE)
        assert player.stdin and other.stdout
        stdin, witness = player.stdin, Witness(other.stdout)
        time.sleep(0.5)
        speaker = Speaker(sound, lambda raw: (stdin.write(raw), stdin.flush()))
    else:
        line = socket.create_connection(("127.0.0.1", port))
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        speaker, witness = Speaker(sound, line.sendall), None
    speaker.start()
    time.sleep(SETTLE_S)
    watch = Usage(live.pid)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        watch.look()
        time.sleep(min(5.0, max(0.0, until - time.monotonic())))
    watch.look()
    usage.cpu_percent, usage.memory_mb = watch.cpu_percent(), watch.memory_mb
    speaker.stop()
    for process in (player, other) if microphone else ():
        process.kill()
        process.wait()
    if witness:
        return speaker.began_s, partial(witness.began_s, sound)
    return speaker.began_s, lambda first_s, last_s: speaker.began_s


def _figures(packets: Packets, sound: np.ndarray, said_s: float, began_s: Began, late: int, usage: Used) -> Figures:
    frames = np.array(packets.frames)
    windows = list(latencies_ms(packets, reference(sound), said_s, began_s))
    latency = np.concatenate(windows)
    middles = [float(np.median(window)) for window in windows]
    lost = int(frames.max() - frames.min() + 1 - len(np.unique(frames))) - late
    memory = usage.memory_mb
    return Figures(
        seconds=packets.at_s[-1] - packets.at_s[0], frames=len(frames), lost=lost, late=late,
        latency_p50_ms=float(np.percentile(latency, 50)), latency_p99_ms=float(np.percentile(latency, 99)),
        jitter_p99_ms=float(np.percentile(jitter_ms(packets), 99)), drift_ms=middles[-1] - middles[0],
        cpu_percent=usage.cpu_percent, memory_mb=memory[-1],
        memory_growth_mb=memory[-1] - memory[min(len(memory) - 1, 6)],  # the first half minute fills caches
        load=os.getloadavg()[0])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hours", type=float, default=1 / 60)
    parser.add_argument("--microphone", action="store_true", help="through PulseAudio's null sink")
    parser.add_argument("--json", type=Path)
    choices = parser.parse_args()
    figures = asdict(run(3600 * choices.hours, choices.microphone))
    for name, value in figures.items():
        print(f"{name:20} {value:10.2f}")
    if choices.json:
        choices.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
