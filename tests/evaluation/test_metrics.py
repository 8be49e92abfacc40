"""The metrics say what their names say, on curves whose answer is known."""

from fractions import Fraction

import numpy as np
import pytest

from rigdriver.clip import Clip
from rigdriver.evaluation import metrics
from rigdriver.take import Phone

NAMES = ("jawOpen", "mouthClose", *metrics.PARTING)
PHONES = (Phone("SIL", 0, 0.5), Phone("B", 0.5, 0.6), Phone("AA", 0.6, 0.8), Phone("M", 0.8, 0.9), Phone("SIL", 0.9, 2))


def clip(shut: tuple[float, float] | None = None) -> Clip:
    times = np.arange(121) / 60
    values = np.zeros((121, len(NAMES)), np.float32)
    values[:, 0] = 0.2
    if shut:
        within = (times >= shut[0]) & (times < shut[1])
        values[within, 1] = 0.2
    return Clip(NAMES, values, Fraction(60))


def test_closures_are_counted_where_they_belong() -> None:
    assert metrics.closures(clip(), PHONES) == (0, 2)
    assert metrics.closures(clip((0.5, 0.55)), PHONES) == (1, 2)
    assert metrics.closures(clip((0.5, 0.9)), PHONES) == (2, 2)
    assert metrics.closures(clip((0.3, 0.45)), PHONES) == (0, 2)


def test_vowels_are_sealed_only_by_mistake() -> None:
    assert metrics.false_closures(clip((0.5, 0.6)), PHONES) == (0, 1)
    assert metrics.false_closures(clip((0.5, 0.9)), PHONES) == (1, 1)


def test_a_lip_drawn_away_is_no_closure() -> None:
    open_lip = clip((0.5, 0.9))
    open_lip.values[:, NAMES.index("mouthUpperUpLeft")] = 0.1
    assert metrics.closures(open_lip, PHONES) == (0, 2)


def test_speed_in_silence_leaves_speech_out() -> None:
    moving = clip()
    moving.values[30:54:2, 0] = 0.4  # only in speech
    assert metrics.silent_speed(moving, PHONES, NAMES)[0] == 0
    moving.values[100, 0] = 0.5
    speed, _ = metrics.silent_speed(moving, PHONES, ["jawOpen"])
    assert speed == pytest.approx(2 * 0.3 * 60, rel=1e-5)


def test_lag_is_positive_for_what_comes_late() -> None:
    true = np.sin(np.arange(300) / 7) + 0.1 * np.sin(np.arange(300) / 3)
    assert metrics.best_lag_s(np.roll(true, 3), true, 60) == pytest.approx(3 / 60)
    assert metrics.best_lag_s(np.roll(true, -2), true, 60) == pytest.approx(-2 / 60)


def test_correlation_of_what_does_not_move_is_nothing() -> None:
    assert metrics.pearson(np.zeros(9), np.arange(9.0)) == 0
    assert metrics.pearson(np.arange(9.0), 3 * np.arange(9.0) + 1) == pytest.approx(1)
