"""What `rigdriver drive --report` tells of a recording, on faces and hints of our own making."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from rigdriver import pipeline, rig
from rigdriver.choose import way
from rigdriver.clip import HINTS, Clip
from rigdriver.evaluation import driven
from rigdriver.evaluation.driven import Driven, Watch
from rigdriver.performance import Performance, parse
from rigdriver.pipeline import Drive
from tests.evaluation.mouths import mouth
from tests.speech import hello


@pytest.fixture(scope="module")
def usual() -> Drive:
    return way()


def watched(*closures: tuple[float, float], voice: tuple[float, float] = (0.2, 1.2)) -> Watch:
    """Two seconds of hints, shown in pieces."""
    times = np.arange(121) / 60
    values = np.zeros((121, len(HINTS)), np.float32)
    values[(times >= voice[0]) & (times < voice[1]), 0] = 1
    for first, last in closures:
        values[(times >= first) & (times < last), 1] = 1
    watch = Watch(Performance())
    for first in range(0, 121, 17):
        watch(Clip(HINTS, values[first : first + 17], Fraction(60), first))
    return watch


def test_closures_that_were_heard_are_looked_for(usual: Drive) -> None:
    watch = watched((0.5, 0.6), (0.8, 0.9), (1.0, 1.05))
    expected = [(0.5, 0.5833), (0.8, 0.8833), (1.0, 1.0333)]
    np.testing.assert_allclose(watch.closures, expected, atol=1e-3)
    got = driven.measure("a.wav", mouth((0.5, 0.6), (1.02, 1.04)), watch, usual)
    assert (got.closures, got.sealed, got.missed_s) == (3, 2, (0.8,))
    assert "2 of 3 closures sealed (missed at 0.80 s)" in got.line()


@pytest.mark.parametrize("fps", (24, 30, 120))
def test_at_any_rate_a_frame_lies_in_every_closure(usual: Drive, fps: int) -> None:
    shut = [(first, first + 0.05) for first in np.arange(0.2, 1.2, 0.13)]
    whole = mouth((0, 2), fps=fps)
    assert driven.measure("a.wav", whole, watched(*shut), usual).missed == 0
    assert driven.measure("a.wav", mouth(fps=fps), watched(*shut), usual).missed == len(shut)


def test_only_silence_counts_as_silence(usual: Drive) -> None:
    moving = mouth()
    moving.values[12:72:2, 0] = 0.4  # while the voice is heard
    assert driven.measure("a.wav", moving, watched(), usual).silence == 0
    moving.values[100, 0] = 0.5
    quiet = sum(not 0.2 - 0.3 <= k / 60 < 1.2 + 0.3 for k in range(1, 121))
    expected = 2 * 0.3 * 60 / quiet / len(driven._mouth(moving))
    assert driven.measure("a.wav", moving, watched(), usual).silence == pytest.approx(expected, rel=1e-4)


def test_no_silence_no_figure(usual: Drive) -> None:
    got = driven.measure("a.wav", mouth(), watched(voice=(0, 3)), usual)
    assert got.silence is None and "silence –" in got.line()


def test_size_is_told_against_real_speech(usual: Drive) -> None:
    got = driven.measure("a.wav", mouth(jaw=0.44), watched(), usual)
    assert got.jaw_size == pytest.approx(2, rel=1e-3)  # .220 is the p90 of a real jaw
    assert got.jaw_speed == 0 and got.lips_size == 0
    assert driven.measure("a.wav", mouth(), watched(voice=(5, 6)), usual).jaw_size is None


def test_clipped_frames(usual: Drive) -> None:
    clip = mouth()
    clip.values[10:20, 0] = 1
    assert driven.measure("a.wav", clip, watched(), usual).clipped == pytest.approx(10 / 121)
    limited = replace(usual, performance=parse("version: 1\nlimits: {weight_limits: {jawOpen: [0, 0.2]}}"))
    assert driven.measure("a.wav", clip, watched(), limited).clipped == 1


def test_a_rig_that_can_be_read_back_is(usual: Drive) -> None:
    watch = Watch(usual.performance)
    plain = driven.measure("a.wav", pipeline.drive(hello(), usual, witness=watch), watch, usual)
    assert plain.closures > 5 and plain.sealed == plain.closures
    maya = replace(usual, rig=rig.load("facegood"))
    watch = Watch(usual.performance)
    other = driven.measure("a.wav", pipeline.drive(hello(), maya, witness=watch), watch, maya)
    assert (other.closures, other.sealed) == (plain.closures, plain.sealed)
    assert other.jaw_size == pytest.approx(plain.jaw_size, rel=0.02)


def test_a_rig_that_cannot_says_so(usual: Drive) -> None:
    clip = Clip(("smirk",), np.zeros((9, 1), np.float32), Fraction(60))
    got = driven.measure("a.wav", clip, watched((0.5, 0.6)), replace(usual, rig=replace(usual.rig, name="mine")))
    assert got == Driven("a.wav", 0.15, 1) and "no `to_arkit` map" in got.line()


def test_a_witness_changes_nothing(usual: Drive) -> None:
    seen: list[Clip] = []
    shown = pipeline.drive(hello(), usual, witness=seen.append)
    np.testing.assert_array_equal(shown.values, pipeline.drive(hello(), usual).values)
    assert sum(map(len, seen)) == len(shown) and "closure" in seen[0]
