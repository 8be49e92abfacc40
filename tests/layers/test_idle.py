"""Idle: a mouth that says nothing swallows, presses its lips and draws in a corner, seldom, and never in speech."""

import numpy as np
import pytest

from rigdriver.evaluation.metrics import mean_speed, runs
from rigdriver.layers import Layer, Layers
from rigdriver.layers.canonical import Canonical
from rigdriver.layers.idle import CHANNELS, HABITS, YIELD_S
from rigdriver.performance import Idle, Performance
from rigdriver.rig import canonical
from rigdriver.stage import run
from tests.layers.speech_like import silent, speech_like

NONE = dict.fromkeys(HABITS, 0.0)


def idle(clip, seed: int = 0, **settings):
    """What the layer adds."""
    wide = run(Canonical(), clip)
    return run(Layer("idle", Performance(idle=Idle(**settings))), wide, seed).pick(CHANNELS).values - \
        wide.pick(CHANNELS).values


@pytest.mark.parametrize("fps", [24, 60])
@pytest.mark.parametrize("habit", HABITS)
def test_each_habit_comes_as_often_as_it_should(fps, habit):
    added = idle(silent(1200, fps), **{**NONE, habit: 4.0})
    times = len(runs(np.abs(added).max(1) > 0.01))
    assert times / 20 == pytest.approx(3.6, rel=0.15)  # less what passes while one is under way
    assert np.abs(added).max() <= 0.23


def test_one_corner_is_drawn_on_either_side():
    added = idle(silent(600, 24), **{**NONE, "corners_per_min": 6.0})
    left, right = (added[:, [name.endswith(side) for name in CHANNELS]].any(1) for side in ("Left", "Right"))
    assert left.any() and right.any() and not (left & right).any()


def test_it_gives_way_to_the_voice_and_waits_for_calm():
    clip = speech_like(300, 60, pauses=(0.3, 4.0))
    added = np.abs(idle(clip, presses_per_min=20.0, swallows_per_min=20.0)).max(1)
    voiced = clip["voice"] > 0.5
    assert added[~voiced].any()
    late = voiced & np.roll(voiced, round((YIELD_S + 0.02) * 60))
    assert not added[late].any()
    assert (np.abs(np.diff(added)) * 60).max() < 4  # no jump where the voice cuts it short


def test_silence_stays_still_with_it():
    for seed in range(3):
        speed = mean_speed(run(Layers(Performance()), silent(300, 60), seed), canonical().of_region("jaw", "mouth"))
        assert 0 < speed.mean() < 0.01


def test_strength_0_is_nothing():
    assert not idle(silent(60), idle_strength=0.0, presses_per_min=20.0).any()
