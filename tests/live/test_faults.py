"""What goes wrong in a show: input that stalls or comes at once, receivers that die, outputs that fail, clocks that
jump. Nothing hangs, and whoever is not concerned goes on."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import rigdriver
from rigdriver import outputs
from rigdriver.choose import way as chosen
from rigdriver.errors import OutputError
from rigdriver.live.clock import SystemClock
from rigdriver.live.intake import MOST_AIR_S, SURPLUS_S, TARGET_S, Intake
from rigdriver.live.loop import Loop
from rigdriver.live.performer import Performer
from rigdriver.live.show import Place, Show
from rigdriver.outputs import Output
from rigdriver.pipeline import Drive
from tests.live.manual_clock import Kept, ManualClock
from tests.speech import hello

RATE, STEP = 16000, 266
SPEECH = hello().samples[: 2 * RATE]


@pytest.fixture(scope="module")
def way() -> Drive:
    return chosen()


def begun(way: Drive) -> tuple[Intake, ManualClock, Loop, Kept]:
    intake, clock = Intake(RATE), ManualClock()
    loop, kept = Loop(Performer(way, intake), [], clock), Kept(clock)
    loop.sinks.append((kept, 0))
    return intake, clock, loop, kept


def jaw(loop: Loop, kept: Kept) -> np.ndarray:
    return np.array(kept.frames)[:, loop.performer.headers[0].column("jawOpen")]


def test_input_that_stalls_for_five_seconds(way: Drive) -> None:
    """The face rests and lives meanwhile, and speaks on where the sound goes on."""
    intake, clock, loop, kept = begun(way)
    intake.push(SPEECH, RATE)
    loop.run(lambda: clock.now() < 107)
    stalled = len(kept.frames)
    intake.push(SPEECH, RATE)
    loop.run(lambda: clock.now() < 110)
    moved = jaw(loop, kept)
    assert np.diff(kept.indices).max() == 1 and loop.pulse.dropped == loop.pulse.restarts == 0
    assert np.diff(kept.sent_at).max() < 1.1 / 60
    assert moved[:150].max() > 0.1 and moved[240 : stalled].max() < 0.03 and moved[stalled:].max() > 0.1


def test_sentences_that_come_at_once_are_spoken_one_after_the_other(way: Drive) -> None:
    """An agent sends a sentence in a moment, the next before that is said, and then nothing."""
    intake, clock, loop, kept = begun(way)
    for _ in range(3):
        intake.push(SPEECH, RATE)
    assert intake.waiting_s == pytest.approx(6)
    loop.run(lambda: clock.now() < 108)
    moved = jaw(loop, kept)
    assert all(moved[120 * k : 120 * (k + 1)].max() > 0.1 for k in range(3)) and moved[420:].max() < 0.03
    assert intake.waiting_s == 0 and loop.pulse.dropped == 0


def test_a_receiver_that_dies_and_comes_back(way: Drive) -> None:
    _, clock, loop, kept = begun(way)
    listener = outputs.open_listener("livelink://127.0.0.1:0")
    port = listener.port
    with outputs.open_output(f"livelink://127.0.0.1:{port}", loop.performer.headers[0]) as output:
        loop.sinks.append((output, 0))
        loop.run(lambda: clock.now() < 101)
        heard = [packet.frame for packet in iter(lambda: listener.receive(0.05), None)]
        listener.close()
        loop.run(lambda: clock.now() < 102)
        assert output.counters.failed > 20 and "nobody listens" in output.counters.last_error
        with outputs.open_listener(f"livelink://127.0.0.1:{port}") as listener:
            loop.run(lambda: clock.now() < 103)
            again = [packet.frame for packet in iter(lambda: listener.receive(0.05), None)]
    assert heard == list(range(len(heard))) and len(heard) > 50
    assert len(again) > 50 and min(again) > 110, "what it missed is not sent again"
    assert np.diff(kept.indices).max() == 1


class Failing(Output):
    """A disk that is full, and a file that cannot be written at the end."""

    def _send(self, frame: np.ndarray, index: int, time_s: float) -> None:
        raise OSError(28, "No space left on device")

    def _close(self) -> None:
        raise OutputError("the disk is full")


class Silence:
    free_running = False

    def run(self, intake: Intake, *_: object) -> None:
        intake.push(SPEECH, RATE)


def test_one_of_three_outputs_fails_and_the_others_do_not_notice(way: Drive, tmp_path: Path) -> None:
    places = [Place(f"npz:{tmp_path / name}.npz") for name in ("before", "broken", "after")]
    show = Show(way, Silence(), places, lambda line: None, ManualClock())
    broken = Failing("npz:broken", show.outputs[1].header)
    show.outputs[1].close()
    show.outputs[1] = broken
    show.loop.sinks[1] = broken, show.loop.sinks[1][1]
    with pytest.raises(OutputError, match="the disk is full"), show:
        show.run(lambda: True)
    assert broken.counters.failed > 100 and "No space left" in broken.counters.last_error
    assert len(rigdriver.read(tmp_path / "before.npz")) == len(rigdriver.read(tmp_path / "after.npz")) > 100


def test_a_source_that_breaks_ends_the_show_and_is_told(way: Drive) -> None:
    class Broken(Silence):
        def run(self, intake: Intake, *_: object) -> None:
            super().run(intake)
            raise OSError("the device is on fire")

    with Show(way, Broken(), [Place("print:?every=1000")], lambda line: None, ManualClock()) as show, \
            pytest.raises(OSError, match="on fire"):
        show.run(lambda: True)
    assert show.loop.pulse.frames > 100, "what it gave before is shown"


def test_the_systems_time_may_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody sets the clock, or NTP does: our own neither stands still nor jumps."""
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() - 86400)
    clock = SystemClock()
    began = clock.now()
    clock.wait_until(began + 0.05)
    assert 0.05 <= clock.now() - began < 1


def flow(blocks: list[tuple[float, int]], seconds: float) -> tuple[Intake, list[float], np.ndarray]:
    """A device that gives so many samples at those seconds; what waits after each step, and what was heard."""
    intake, waits, heard = Intake(RATE, free_running=True), [], []
    ramp, at = np.linspace(0.1, 0.9, sum(size for _, size in blocks) + 1, dtype=np.float32), 0
    for k in range(int(seconds * 60)):
        while blocks and blocks[0][0] <= k / 60:
            size = blocks.pop(0)[1]
            intake.push(ramp[at : at + size], RATE)
            at += size
        heard.append(intake.pull(STEP + (k % 3 > 0)))
        waits.append(intake.waiting_s)
    return intake, waits, np.concatenate(heard)


def test_a_device_that_gives_its_sound_in_big_pieces_gets_enough_air() -> None:
    """Every tenth of a second: it runs dry some times, and then no more."""
    intake, waits, _ = flow([(k / 10, RATE // 10) for k in range(600)], 60)
    settled = intake.gaps
    assert 1 <= settled < 12 and max(waits) < MOST_AIR_S + 0.15
    again, _, heard = flow([(k / 10, RATE // 10) for k in range(600)], 30)
    assert again.gaps == settled, "it went on running dry"
    assert (heard[10 * RATE :] != 0).all()


def test_sound_that_a_device_held_back_is_left_out() -> None:
    """The system stood still for two seconds, or a device gave everything at once: the face is not late for ever."""
    steady = [(k / 200, RATE // 200) for k in range(600)]
    late = [(5.0, 2 * RATE), *((5 + k / 200, RATE // 200) for k in range(1000))]
    intake, waits, heard = flow(steady + late, 10)
    assert intake.skipped_s == pytest.approx(2, abs=0.1)
    assert max(waits[-200:]) < TARGET_S + SURPLUS_S
    assert heard[-1] > 0.85, "the newest is heard"


def test_a_catching_up_loop_hears_all_that_waits() -> None:
    """Held up for a second, with a step less of sound than of time: the sound is heard now and not a second late."""
    intake = Intake(RATE, free_running=True)
    intake.push(np.full(RATE // 10, 0.5, np.float32), RATE)
    intake.pull(STEP)
    intake.push(np.full(4 * RATE // 5, 0.5, np.float32), RATE)
    heard = intake.pull(RATE)
    assert np.count_nonzero(heard) > 0.8 * RATE and intake.waiting_s < 0.01


def piped(raw: bytes, *arguments: object) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "rigdriver", "live", "--from", "-", *map(str, arguments)], input=raw,
                          capture_output=True, timeout=60)


HALF = (SPEECH[:8000] * 32767).astype("<i2").tobytes()[:-1]


@pytest.mark.parametrize("raw", [b"", b"R", b"RIFF\0\0\0\0WAVEfmt ", HALF],
                         ids=["nothing", "a byte", "half a header", "half a sample"])
def test_stdin_that_ends_anywhere(raw: bytes, tmp_path: Path) -> None:
    """Without a word, within a header, within a sample: what came is shown, and the show is over."""
    done = piped(raw, "--to", f"npz:{tmp_path / 'a.npz'}")
    assert done.returncode == 0, done.stderr.decode()
    assert len(rigdriver.read(tmp_path / "a.npz")) == pytest.approx(len(raw) / 2 / RATE * 60, abs=6)


@pytest.mark.skipif(sys.platform == "win32", reason="pipes")
def test_a_reader_of_lines_that_goes_away(tmp_path: Path) -> None:
    """`rigdriver live --to print: | head -1`: the other outputs go on to the end."""
    reading, writing = os.pipe()
    process = subprocess.Popen([sys.executable, "-m", "rigdriver", "live", "--from", "-", "--to", "print:", "--to",
                                f"npz:{tmp_path / 'a.npz'}"], stdin=subprocess.PIPE, stdout=writing,
                               stderr=subprocess.PIPE)
    os.close(writing)
    os.read(reading, 10)
    os.close(reading)
    told = process.communicate((SPEECH * 32767).astype("<i2").tobytes(), timeout=60)[1].decode()
    assert process.returncode == 0 and "Traceback" not in told and "Exception" not in told, told
    assert len(rigdriver.read(tmp_path / "a.npz")) > 110


def test_a_port_of_the_source_in_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        done = subprocess.run([sys.executable, "-m", "rigdriver", "live", "--from",
                               f"tcp://127.0.0.1:{other.getsockname()[1]}", "--to", "print:"], capture_output=True,
                              text=True, timeout=60)
    assert done.returncode == 2 and "cannot be listened on" in done.stderr and "Traceback" not in done.stderr
