"""Live is drive, at its own pace: the same frames, each when it is due; late ones are dropped."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from rigdriver import pipeline
from rigdriver import rig as rigs
from rigdriver.audio import Audio
from rigdriver.live.intake import Intake
from rigdriver.live.loop import Loop
from rigdriver.live.performer import Performer
from rigdriver.model.runtime import Model, engine_for_one
from rigdriver.pipeline import Drive
from tests.live.manual_clock import Kept, ManualClock
from tests.speech import hello

RATE = 16000


@pytest.fixture(scope="module")
def way() -> Drive:
    return Drive(Model.load())


def spoken(seconds: float = 4.0) -> np.ndarray:
    return hello().samples[: round(seconds * RATE)]


def performed(way: Drive, sound: np.ndarray, clock: ManualClock) -> tuple[Loop, Kept]:
    intake = Intake(RATE)
    loop = Loop(Performer(way, intake), [], clock)
    kept = Kept(clock)
    loop.sinks.append((kept, 0))
    intake.push(sound, RATE)
    intake.end()
    loop.run(lambda: True)
    return loop, kept


@pytest.mark.parametrize("fps", [Fraction(60), Fraction(30), Fraction(24), Fraction(30000, 1001), Fraction(120)])
def test_the_frames_of_drive_leave_when_they_are_due(way: Drive, fps: Fraction) -> None:
    """By another engine than drive's: the one that `rigdriver live` takes."""
    way, clock = replace(way, fps=fps), ManualClock()
    assert engine_for_one(None) == "alone"
    loop, kept = performed(replace(way, model=Model.load(engine="alone")), spoken(), clock)
    clip = pipeline.drive(Audio(spoken(), RATE), way)
    count = len(clip) - 3  # the last hear the end of the sound, or the silence after it
    assert kept.indices == list(range(len(kept.indices))) and len(kept.indices) >= len(clip) - 1
    np.testing.assert_allclose(kept.frames[:count], clip.values[:count], atol=1e-4)
    due = 100 + loop.performer.latency_s + np.arange(len(kept.sent_at)) / float(fps)
    assert np.abs(np.array(kept.sent_at) - due).max() < 2e-4
    assert loop.pulse.dropped == 0


def test_a_loop_that_was_held_up_sends_the_newest_frame(way: Drive) -> None:
    clock = ManualClock(lambda k: 0.2 if k == 100 else 0.0)
    loop, kept = performed(way, spoken(), clock)
    assert loop.pulse.dropped == 12 and loop.pulse.restarts == 0
    steps = np.diff(kept.indices)
    assert sorted(steps)[-2:] == [1, 13]
    plain = performed(way, spoken(), ManualClock())[1]
    for frame, index in zip(kept.frames, kept.indices):
        np.testing.assert_allclose(frame, plain.frames[index], atol=1e-4)  # and nothing of the sound was lost


def test_a_machine_that_slept_begins_a_new_time(way: Drive) -> None:
    clock = ManualClock(lambda k: 60.0 if k == 60 else 0.0)
    loop, kept = performed(way, spoken(8.0), clock)
    assert loop.pulse.restarts == 1 and loop.pulse.dropped == 0
    assert np.diff(kept.indices).max() == 1


def test_nobody_speaks_and_the_face_lives(way: Drive) -> None:
    intake, clock = Intake(RATE), ManualClock()
    loop, kept = Loop(Performer(way, intake), [], clock), Kept(clock)
    loop.sinks.append((kept, 0))
    loop.run(lambda: clock.now() < 130)
    clip = loop.performer.headers[0]
    frames = np.array(kept.frames)
    assert len(frames) > 29 * 60 and frames[:, clip.column("eyeBlinkLeft")].max() > 0.7
    mouth = frames[:, clip.columns(("jawOpen", "mouthPucker", "mouthFunnel"))]
    assert np.abs(np.diff(mouth, axis=0)).mean() * 60 < 0.05


def test_a_flush_in_the_middle_of_a_word_eases_the_face_to_rest(way: Drive) -> None:
    intake, clock = Intake(RATE), ManualClock()
    loop, kept = Loop(Performer(way, intake), [], clock), Kept(clock)
    loop.sinks.append((kept, 0))
    intake.push(spoken(8.0), RATE)
    loop.run(lambda: clock.now() < 101.3)
    intake.clear()
    flushed = len(kept.frames)
    loop.run(lambda: clock.now() < 103)
    jaw = np.array(kept.frames)[:, loop.performer.headers[0].column("jawOpen")]
    assert jaw[:flushed].max() > 0.1 and jaw[flushed + 30 :].max() < 0.03
    assert np.abs(np.diff(jaw[flushed - 2 :])).max() < 0.12  # no snap


def test_several_rigs_are_shown_from_one_performance(way: Drive) -> None:
    intake, clock = Intake(RATE), ManualClock()
    performer = Performer(way, intake, [rigs.load("arkit"), rigs.load("oculus")])
    loop, faces = Loop(performer, [], clock), [Kept(clock), Kept(clock)]
    loop.sinks = [(faces[1], 1), (faces[0], 0)]
    intake.push(spoken(), RATE)
    intake.end()
    loop.run(lambda: True)
    for face, name in zip(faces, ("arkit", "oculus")):
        clip = pipeline.drive(Audio(spoken(), RATE), replace(way, rig=rigs.load(name)))
        np.testing.assert_allclose(face.frames[: len(clip) - 3], clip.values[: len(clip) - 3], atol=1e-4)
