"""A live voice whose sound was held up is heard now again, and little of it is missed; a synthesiser waits its turn."""

import socket

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rigdriver.choose import way as chosen
from rigdriver.errors import SettingsError
from rigdriver.live.catching_up import faded_past, without_pauses
from rigdriver.live.intake import PREFILL_S, SPARE_S, Intake
from rigdriver.live.loop import Loop
from rigdriver.live.performer import Performer
from rigdriver.live.sources import open_source
from rigdriver.pipeline import Drive
from tests.live.manual_clock import Kept, ManualClock
from tests.speech import hello

RATE, STEP, CHUNK_S = 16000, 266, 0.02
SPEECH = np.tile(hello().samples, 4)


@pytest.fixture(scope="module")
def way() -> Drive:
    return chosen()


def network(live: bool) -> Intake:
    intake = Intake(RATE, free_running=live)
    intake.wait_for(PREFILL_S)  # as `sources.network` does
    return intake


class Line:
    """A microphone far away: chunks that arrive when they are made, but for a stall, after which all come at once."""

    def __init__(self, intake: Intake, clock: ManualClock, stall: tuple[float, float], sound: np.ndarray = SPEECH):
        self.intake, self.clock, self.stall, self.sound = intake, clock, stall, sound
        self.began, self.at = clock.now(), 0

    def going(self, seconds: float) -> bool:
        now = self.clock.now() - self.began
        if not self.stall[0] <= now < self.stall[1]:
            size = round(CHUNK_S * RATE)
            while (self.at + size) / RATE <= now:
                self.intake.push(self.sound[self.at : self.at + size], RATE)
                self.at += size
        return now < seconds


def performed(way: Drive, live: bool, stall: tuple[float, float], seconds: float) -> tuple[Intake, Loop, Kept]:
    clock, intake = ManualClock(), network(live)
    loop, kept = Loop(Performer(way, intake), [], clock), Kept(clock)
    loop.sinks.append((kept, 0))
    line = Line(intake, clock, stall)
    loop.run(lambda: line.going(seconds))
    return intake, loop, kept


@pytest.mark.parametrize("stalled_s", [0.4, 5.0])
def test_a_live_source_that_stalled_is_heard_now_again(way: Drive, stalled_s: float) -> None:
    """Within a moment of the stall's end, and for good; the frames never stop."""
    intake, loop, kept = performed(way, True, (3.0, 3.0 + stalled_s), 12.0)
    assert intake.waiting_s < PREFILL_S + SPARE_S + 2 * CHUNK_S
    assert 0.5 * stalled_s < intake.skipped_s < stalled_s + 0.1
    assert np.diff(kept.indices).max() == 1 and loop.pulse.dropped == 0
    jaw = np.array(kept.frames)[:, loop.performer.headers[0].column("jawOpen")]
    assert jaw[-120:].max() > 0.1 and np.abs(np.diff(jaw)).max() < 0.15


def test_a_synthesiser_that_stalled_loses_nothing(way: Drive) -> None:
    """Its burst waits its turn, as late as it was."""
    intake, *_ = performed(way, False, (3.0, 5.0), 9.0)
    assert intake.skipped_s == 0 and intake.waiting_s == pytest.approx(2.0, abs=0.15)


def pulled(intake: Intake, line: Line, clock: ManualClock, seconds: float) -> tuple[np.ndarray, np.ndarray]:
    """What was heard, and what waited after each step."""
    heard, waits = [], []
    while line.going(seconds):
        heard.append(intake.pull(STEP + (len(heard) % 3 > 0)))
        waits.append(intake.waiting_s)
        clock.wait_until(line.began + len(heard) / 60)
    return np.concatenate(heard), np.array(waits)


def test_a_lag_too_small_to_skip_goes_in_the_next_pause() -> None:
    """An eighth of a second stays after a stall: it is left out where nobody speaks, and no word is lost."""
    tone = 0.3 * np.sin(2 * np.pi * 300 * np.arange(RATE) / RATE).astype(np.float32)
    said = np.concatenate([np.tile(tone, 5), np.zeros(RATE // 2, np.float32), np.tile(tone, 6)])
    intake, clock = network(True), ManualClock()
    heard, waits = pulled(intake, Line(intake, clock, (2.0, 2.14), said), clock, 11.0)
    assert waits[200:290].min() > 0.09, "while somebody speaks it stays"
    assert waits[-120:].max() < waits[200:290].min() - 0.03 and 0.03 < intake.skipped_s < 0.15
    voiced = np.abs(heard).reshape(-1)[: len(heard) // 160 * 160].reshape(-1, 160).max(1) > 0.1
    assert voiced.sum() * 0.01 == pytest.approx(10.4, abs=0.15), "nothing but the pause is shorter"


def test_without_a_pause_a_lag_is_skipped_in_the_end_and_faded_over() -> None:
    tone = 0.3 * np.sin(2 * np.pi * 200 * np.arange(20 * RATE) / RATE).astype(np.float32)
    intake, clock = network(True), ManualClock()
    heard, waits = pulled(intake, Line(intake, clock, (2.0, 2.14), tone), clock, 14.0)
    assert waits[-60:].max() < waits[200:290].min() - 0.03 and 0.03 < intake.skipped_s < 0.15
    after = heard[round(3.0 * RATE) :]
    assert np.abs(np.diff(after)).max() < 0.05, "no click: a tone of 200 Hz moves by .024 a sample"


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 3000), st.integers(-10, 4000), st.floats(0, 1), st.integers(0, 2**32 - 1))
def test_no_more_is_left_out_than_asked(size: int, most: int, loudest: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    sound = (rng.uniform(-1, 1, size) * np.repeat(rng.choice([0, 0.001, 0.5], size // 100 + 1), 100)[:size])
    sound = sound.astype(np.float32)
    kept = without_pauses(sound, most, RATE, loudest)
    assert len(sound) - len(kept) <= max(0, most) and kept.dtype == np.float32
    assert (kept[np.abs(kept) > 0.01] == sound[np.abs(sound) > 0.01]).all(), "what is said stays, in its order"
    rest = faded_past(sound, most, RATE)
    assert len(rest) == len(sound) - min(size, max(0, most)) and np.abs(rest).max(initial=0) <= 1


@pytest.mark.parametrize("query", ["live=perhaps", "lively=yes", "live="])
def test_what_an_address_cannot_say(query: str) -> None:
    with pytest.raises(SettingsError, match=r"live|lively"):
        open_source(f"tcp://127.0.0.1:5005?{query}")


def test_an_address_says_who_is_live() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    source = open_source(f"tcp://127.0.0.1:{port}?live=yes&pcm=f32le@48000")
    assert source.free_running
    source._server.close()
    source = open_source(f"tcp://127.0.0.1:{port}?live=no")
    assert not source.free_running
    source._server.close()
