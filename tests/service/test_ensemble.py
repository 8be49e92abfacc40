"""Many voices on one clock, without sockets: the faces of `drive`, on time, whatever the clock and the others do."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from rigdriver import pipeline
from rigdriver import rig as rigs
from rigdriver.audio import Audio
from rigdriver.errors import InputError
from rigdriver.model.runtime import Model
from rigdriver.pipeline import Drive
from rigdriver.service.ensemble import Ensemble, delay_steps
from rigdriver.service.voice import Voice
from tests.live.manual_clock import ManualClock
from tests.speech import hello

RATE = 16000
ORIGIN = 100.0  # of the manual clock


@pytest.fixture(scope="module", params=["onnx", "steps"])
def way(request: pytest.FixtureRequest) -> Drive:
    return Drive(Model.load(engine=request.param))


class Stage:
    """An ensemble whose frames are kept."""

    def __init__(self, way: Drive, clock: ManualClock | None = None, **options) -> None:
        self.clock, self.frames, self.errors = clock or ManualClock(), {}, {}
        self.ensemble = Ensemble(way.model.engine, self.clock, self.errors.__setitem__, **options)

    def enter(self, way: Drive, sound: np.ndarray) -> Voice:
        voice = Voice(way, delay_steps(self.ensemble.hop), 60.0)
        voice.listen(sound, RATE)
        self.frames[voice] = []
        self.ensemble.join(voice)
        return voice

    def turns(self, count: int) -> None:
        """Ticks."""
        for _ in range(count):
            self.ensemble.wait_for_tick()
            for voice, shown in self.ensemble.leaving():
                self.frames[voice] += [(each, self.clock.now()) for each in shown]
            if round((self.clock.now() - ORIGIN) * 60) >= self.ensemble.ticks + self.ensemble.hop:
                self.ensemble.turn()

    def values(self, voice: Voice) -> np.ndarray:
        return np.array([each.frame.values[0] for each, _ in self.frames[voice]])


def sounds(count: int, seconds: float = 1.0) -> list[np.ndarray]:
    return [np.roll(hello().samples, -5000 * k)[: round(seconds * RATE)] for k in range(count)]


@pytest.mark.parametrize("options", [{"hop": 1}, {"hop": 4}, {"batched": False}])
def test_everyone_looks_as_drive_has_them_whoever_comes_and_goes(way: Drive, options: dict) -> None:
    """Voices of other rigs, rates and lookaheads; some come later, and one leaves in the middle."""
    ways = [way, replace(way, rig=rigs.load("vrm1"), fps=Fraction(30)), replace(way, lookahead=0), way]
    stage = Stage(way, **options)
    leaver = stage.enter(way, sounds(1)[0])
    voices = []
    for own, sound in zip(ways, sounds(len(ways))):
        voices.append(stage.enter(own, sound))
        voices[-1].intake.end()
        stage.turns(7)
    stage.ensemble.leave(leaver)
    stage.turns(110)
    for own, voice, sound in zip(ways, voices, sounds(len(ways))):
        clip = pipeline.drive(Audio(sound, RATE), own)
        count = len(clip) - 3  # the last hear the end of the sound, or the silence after it
        np.testing.assert_allclose(stage.values(voice)[:count], clip.values[:count], atol=1e-4)
        assert [each.frame.index for each, _ in stage.frames[voice]] == list(range(len(stage.frames[voice])))
        assert voice.dropped == 0


@pytest.mark.parametrize("hop", [1, 2, 4])
def test_frames_leave_on_the_tick_that_was_promised(way: Drive, hop: int) -> None:
    stage = Stage(way, hop=hop)
    voice = stage.enter(way, sounds(1)[0])
    stage.turns(90)
    for shown, left_at in stage.frames[voice]:
        assert left_at - ORIGIN == pytest.approx(shown.time_s + voice.latency_s, abs=1e-6)
    assert len(stage.frames[voice]) > 75


def test_a_clock_that_was_held_up_is_caught_up_with_and_nothing_of_the_sound_is_lost(way: Drive) -> None:
    stage = Stage(way, ManualClock(lambda k: 0.3 if k == 40 else 0.0), hop=1)
    plain = Stage(way, hop=1)
    voice, other = (each.enter(way, sounds(1)[0]) for each in (stage, plain))
    stage.turns(110)
    plain.turns(130)
    assert 5 < voice.dropped < 20
    all_of_them = plain.values(other)
    for shown, _ in stage.frames[voice]:
        np.testing.assert_allclose(shown.frame.values[0], all_of_them[shown.frame.index], atol=1e-4)


def test_a_machine_that_slept_begins_a_new_time(way: Drive) -> None:
    stage = Stage(way, ManualClock(lambda k: 3600.0 if k == 40 else 0.0), hop=1)
    voice = stage.enter(way, sounds(1)[0])
    stage.turns(100)
    left_at = np.array([moment for _, moment in stage.frames[voice]])
    assert np.diff(left_at)[-50:].max() < 0.02 and voice.dropped < 60
    assert stage.ensemble.ticks > 216_000
    due = np.array([shown.time_s for shown, _ in stage.frames[voice]]) + voice.latency_s
    assert np.ptp((left_at - due)[-50:]) < 1e-3 and voice.intake.waiting_s == 0


def test_a_voice_that_breaks_leaves_and_the_others_go_on(way: Drive) -> None:
    stage = Stage(way)
    good, bad = (stage.enter(way, sound) for sound in sounds(2))
    stage.turns(20)
    bad.performer.intake = None
    stage.turns(40)
    assert isinstance(stage.errors[bad], AttributeError) and good not in stage.errors
    assert len(stage.ensemble) == 1 and len(stage.frames[good]) > 45


def test_what_waits_has_an_end(way: Drive) -> None:
    voice = Voice(way, 1, 2.0)
    voice.listen(np.zeros((RATE, 1), np.float32), RATE)
    with pytest.raises(InputError, match=r"more than 2 s"):
        voice.listen(np.zeros((RATE + 1, 1), np.float32), RATE)


def test_a_stream_may_be_directed_for_days(way: Drive) -> None:
    """What is long past is forgotten; too many at once are not taken, and one that cannot be followed is told."""
    stage = Stage(way)
    voice = stage.enter(way, np.zeros(1, np.float32))
    for k in range(24):
        voice.direct(f"joy {0.1 * (k % 9):.1f} over .1; blink; look {'left' if k % 2 else 'camera'}")
        stage.turns(12)
    performance = voice.performer._performance
    assert max(map(len, performance.tracks.values())) < 30 and len(performance.blink.at_s) < 12
    lid = voice.header.column("eyeBlinkLeft")
    shut = stage.values(voice)[:, lid] > 0.5
    assert (np.diff(shut.astype(int)) == 1).sum() > 8
    voice.direct("dance")
    with pytest.raises(InputError, match="directions at once"):
        for _ in range(100):
            voice.direct("blink")
    stage.turns(12)
    (refused,) = voice.refused
    assert "dance" in refused and not stage.errors and len(stage.ensemble) == 1
