"""Live, end to end, measured from outside: `rigdriver live` in a process of its own, sound at the pace of speech in,
packets on the loopback out, stamped by the kernel as they arrive.

    python -m tests.bench.live                       a minute, sound over TCP
    python -m tests.bench.live --microphone          through PulseAudio's null sink, as from a sound card
    python -m tests.bench.live --microphone --hours 1 --json soak.json --table soak.md

A long run says every two minutes how it stands; one that is interrupted, or whose parts die, tells what it has found.

When a sound was heard is known (we speak it; beside a microphone another program listens), and which sound a frame
shows is found by laying its jaw over the jaw that `drive` gives of the same sound: so latency is measured from the
sound to the packet, with everything between.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import signal
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
from tests.bench.soak import Figures, Row, Watched, Window, drift, rows, table
from tests.programs.virtual_microphone import DEVICE, VirtualMicrophone
from tests.speech import hello

RATE, FPS = 16000, 60
BLOCK_S = 0.01  # of sound, as a device gives it
PAUSE_S = 0.5  # between two times of the recording
SETTLE_S = 3.0  # of the beginning that is not looked at
WINDOW_S = 20.0  # in which one lag is found
HELD_UP_S = 0.004  # by which a witness's two halves of a window may differ in when the sound began
MISFIT = 0.1  # of a jaw's movement that may be another than in the recording
EARLY_S = 1.0  # that a latency may seem below 0, for the witness errs too
LOOK_S = 5.0  # between two looks at what the process takes
TOLD_S = 120.0  # between two lines about how a run stands; a fifth of a short one
STAMP = getattr(socket, "SO_TIMESTAMPNS", 35)  # Linux; Python names it from 3.13 or so on


@dataclass
class Packets:
    """What arrived: frame numbers, seconds of the system's clock, and the jaw."""

    frames: list[int] = field(default_factory=list)
    at_s: list[float] = field(default_factory=list)
    jaw: list[float] = field(default_factory=list)

    def arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return np.array(self.frames), np.array(self.at_s), np.array(self.jaw)


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

    def going(self) -> bool:
        return self._thread.is_alive()

    def stop(self) -> None:
        self._going = False
        self._thread.join(5)


Began = Callable[[float, float], float | None]
"""When the sound began that was heard from one second to another; None where nobody can say."""


class Witness:
    """Another listener at the microphone, that knows when each sound could be heard there."""

    def __init__(self, stream: IO[bytes]):
        self._stream, self._parts, self._at = stream, [], []
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            while raw := os.read(self._stream.fileno(), 4096):
                self._at.append(time.time())  # first, so that no part is without a time
                self._parts.append(raw)

    def began_s(self, sound: np.ndarray, first_s: float, last_s: float) -> float | None:
        """When sample 0 of the sound, which is said over and over, was heard: any of the times, as it was meanwhile.
        None where the witness was held up itself.

        A player that was held up plays on later; so this is asked for each window.
        """
        known = len(self._parts)  # of each there is a time already
        inside = [k for k, at in enumerate(self._at[:known]) if first_s <= at < last_s]
        if len(inside) < 2:
            return None
        heard = np.frombuffer(b"".join(self._parts[k] for k in inside), "<i2").astype(np.float64)
        ends = np.cumsum([len(self._parts[k]) // 2 for k in inside])
        starts = np.array(self._at)[inside] - ends / RATE  # parts may come late, never early
        half = len(starts) // 2
        start, before, after = (float(np.percentile(each, 5)) for each in (starts, starts[:half], starts[half:]))
        if abs(after - before) > HELD_UP_S or len(heard) <= len(sound):
            return None
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
    """Which second of the sound frame 0 shows, within its period: where the two jaws fit best, to a millisecond. NaN
    where they fit nowhere: the sound broke off on its way, on a machine that was too busy."""
    grid = np.arange(0, len(period), 0.06)  # frames
    errors = [np.square(_at(period, frames + shift) - jaw).sum() for shift in grid]
    if min(errors) > MISFIT * np.square(jaw - jaw.mean()).sum():
        return float("nan")
    return float(grid[int(np.argmin(errors))]) / FPS


def _at(period: np.ndarray, frames: np.ndarray) -> np.ndarray:
    return np.interp(frames % len(period), np.arange(len(period) + 1), np.append(period, period[0]))


def windows(packets: Packets, period: np.ndarray, said_s: float, began_s: Began) -> Iterator[Window | None]:
    """Of each frame, from its sound to its packet. said_s: when it was first said. None where nobody can say."""
    frames, at_s, jaw = packets.arrays()
    after = at_s > max(said_s, at_s[0]) + SETTLE_S
    frames, at_s, jaw = frames[after], at_s[after], jaw[after]
    length = len(period) / FPS
    for first in np.arange(at_s[0], at_s[-1] - WINDOW_S / 2, WINDOW_S) if len(at_s) else ():
        inside = (at_s >= first) & (at_s < first + WINDOW_S)
        began = began_s(first, first + WINDOW_S)
        lag = lag_s(frames[inside], jaw[inside], period) if inside.sum() > FPS else float("nan")
        if began is None or np.isnan(lag):
            yield None
            continue
        shown = lag + frames[inside] / FPS - (at_s[inside] - began)
        middle = np.median((EARLY_S - shown) % length) - EARLY_S  # no latency is as long as the recording
        latency = middle + (-shown - middle + length / 2) % length - length / 2
        yield Window(first + WINDOW_S / 2 - packets.at_s[0], 1000 * latency)


def jitter_ms(packets: Packets) -> np.ndarray:
    """How far each packet came from the even beat of its second, by the median of a minute around it."""
    frames, at_s, _ = packets.arrays()
    offset = at_s - frames / FPS
    return np.concatenate([1000 * np.abs(part - np.median(part))
                           for part in np.array_split(offset, max(1, len(offset) // (60 * FPS)))])


class Usage:
    """What a process takes, by /proc."""

    def __init__(self, process: int):
        self._process, self._began, self.watched = process, time.monotonic(), Watched()

    def look(self) -> None:
        """Raises OSError where the process is gone."""
        words = Path(f"/proc/{self._process}/stat").read_text().rpartition(")")[2].split()
        status = Path(f"/proc/{self._process}/status").read_text().splitlines()
        resident = [int(line.split()[1]) for line in status if line.startswith("VmRSS")]
        if not resident:
            raise ProcessLookupError("it is ending")
        self.watched.at_s.append(time.monotonic() - self._began)
        self.watched.cpu_s.append((int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK"))
        self.watched.memory_mb.append(resident[0] / 1024)


def run(seconds: float, microphone: bool = False) -> tuple[Figures, list[Row]]:
    sound = said()
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        made = stack.enter_context(VirtualMicrophone(Path(folder))) if microphone else None
        return _measured(seconds, sound, made)


def _measured(seconds: float, sound: np.ndarray, microphone: VirtualMicrophone | None) -> tuple[Figures, list[Row]]:
    receiver, port = Receiver(), _free_port()
    source = f"mic:{DEVICE}" if microphone else f"tcp://127.0.0.1:{port}?pcm=s16le@{RATE}"
    command = [sys.executable, "-m", "rigdriver", "live", "--from", source,
               "--to", f"livelink://127.0.0.1:{receiver.port}"]
    live = subprocess.Popen(command, env=microphone.env if microphone else None, stderr=subprocess.PIPE, text=True,
                            start_new_session=True)  # an interrupt is for us alone
    try:
        speech = _speaking(sound, microphone, port, live)
        usage = _watch(seconds, speech, live, receiver)
        live.terminate()
        told = live.communicate(timeout=20)[1]
        speech.stop()
    finally:
        live.kill()
        receiver.close()
    found = re.search(r"(\d+) frames, (\d+) dropped", told)
    if not found:
        print(f"rigdriver live did not end well:\n{told}", file=sys.stderr)
    return _figures(receiver.packets, sound, speech, int(found[2]) if found else 0, usage.watched)


@dataclass
class Speech:
    """What is said and who hears it, and when sample 0 was heard. helpers: programs that play and listen."""

    speaker: Speaker
    began_s: Began
    helpers: tuple[subprocess.Popen[bytes], ...] = ()

    def going(self) -> bool:
        return self.speaker.going() and all(each.poll() is None for each in self.helpers)

    def stop(self) -> None:
        for process in self.helpers:  # first: a speaker may wait for a player that plays no more
            process.kill()
            process.wait()
        self.speaker.stop()


def _speaking(sound: np.ndarray, microphone: VirtualMicrophone | None, port: int,
              live: subprocess.Popen[str]) -> Speech:
    """Begins to say it, once `rigdriver live` is there."""
    assert live.stderr
    while "behind the voice" not in (line := live.stderr.readline()):
        if not line:
            raise RuntimeError("rigdriver live does not begin")
    if microphone:
        time.sleep(1.0)
        player, other = microphone.play(RATE), microphone.hear(RATE)
        assert player.stdin and other.stdout
        stdin, witness = player.stdin, Witness(other.stdout)
        time.sleep(0.5)
        speech = Speech(Speaker(sound, lambda raw: (stdin.write(raw), stdin.flush())),
                        partial(witness.began_s, sound), (player, other))
    else:
        line = socket.create_connection(("127.0.0.1", port))
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        speech = Speech(speaker := Speaker(sound, line.sendall), lambda first_s, last_s: speaker.began_s)
    speech.speaker.start()
    return speech


def _watch(seconds: float, speech: Speech, live: subprocess.Popen[str], receiver: Receiver) -> Usage:
    """For so long, or until somebody interrupts, or a part of it is gone."""
    usage = Usage(live.pid)
    try:
        time.sleep(SETTLE_S)
        usage = Usage(live.pid)
        until, every = time.monotonic() + seconds, max(LOOK_S, min(TOLD_S, seconds / 5))
        tell = time.monotonic() + every
        while time.monotonic() < until:
            usage.look()
            if live.poll() is not None or not speech.going():
                print("a part of it is gone; what it had is told", file=sys.stderr)
                break
            if time.monotonic() >= tell:
                _tell(usage.watched, receiver.packets, every)
                tell += every
            time.sleep(min(LOOK_S, max(0.0, until - time.monotonic())))
        usage.look()
    except KeyboardInterrupt:
        print("interrupted; what it had is told", file=sys.stderr)
    except OSError:
        print("rigdriver live is gone; what it had is told", file=sys.stderr)
    return usage


def _tell(watched: Watched, packets: Packets, seconds: float) -> None:
    """How it stands, of the last seconds."""
    count = int(seconds * FPS)
    last = Packets(packets.frames[-count:], packets.at_s[-count:], packets.jaw[-count:])
    now = watched.at_s[-1]
    missing = last.frames[-1] - last.frames[0] + 1 - len(set(last.frames)) if last.frames else 0
    jitter = float(np.percentile(jitter_ms(last), 99)) if last.frames else float("nan")
    print(f"{now / 60:5.1f} min  {len(packets.frames)} frames, {missing} missing lately  jitter p99 {jitter:.2f} ms  "
          f"CPU {watched.cpu_percent(now - seconds):.1f} %  memory {watched.memory_mb[-1]:.1f} MB  "
          f"load {os.getloadavg()[0]:.1f}", file=sys.stderr, flush=True)


def _figures(packets: Packets, sound: np.ndarray, speech: Speech, late: int,
             watched: Watched) -> tuple[Figures, list[Row]]:
    frames, at_s, _ = packets.arrays()
    if not len(frames):
        raise RuntimeError("no packet came")
    found = list(windows(packets, reference(sound), speech.speaker.began_s, speech.began_s))
    sure = [each for each in found if each is not None]
    latency = np.concatenate([each.latency_ms for each in sure]) if sure else np.full(1, np.nan)
    jitter, (slope, ends), memory = jitter_ms(packets), drift(sure), watched.memory_mb or [float("nan")]
    figures = Figures(
        seconds=at_s[-1] - at_s[0], frames=len(frames), late=late,
        lost=int(frames.max() - frames.min() + 1 - len(np.unique(frames))) - late,
        latency_p50_ms=float(np.percentile(latency, 50)), latency_p99_ms=float(np.percentile(latency, 99)),
        jitter_p99_ms=float(np.percentile(jitter, 99)), drift_ms_per_hour=slope, drift_ms=ends,
        cpu_percent=watched.cpu_percent(), memory_first_mb=memory[0], memory_mb=memory[-1],
        memory_growth_mb=memory[-1] - memory[min(len(memory) - 1, 6)], unsure=len(found) - len(sure),
        load=os.getloadavg()[0])
    return figures, rows(sure, at_s - at_s[0], jitter, watched)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hours", type=float, default=1 / 60)
    parser.add_argument("--microphone", action="store_true", help="through PulseAudio's null sink")
    parser.add_argument("--json", type=Path, help="the figures")
    parser.add_argument("--table", type=Path, help="the table of Markdown")
    choices = parser.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # what was started in the background ignores it
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    figures, parts = run(3600 * choices.hours, choices.microphone)
    for name, value in asdict(figures).items():
        print(f"{name:20} {value:10.2f}")
    print(table(figures, parts), end="")
    if choices.json:
        whole = {**asdict(figures), "parts": [asdict(row) for row in parts]}
        choices.json.write_text(json.dumps(whole, indent=1) + "\n")
    if choices.table:
        choices.table.write_text(table(figures, parts))


if __name__ == "__main__":
    main()
