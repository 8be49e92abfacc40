"""The metrics say what their names say, on curves whose answer is known."""

import numpy as np
import pytest

from rigdriver.evaluation import metrics
from tests.evaluation.mouths import NAMES, PHONES, mouth


def test_closures_are_counted_where_they_belong() -> None:
    assert metrics.closures(mouth(), PHONES) == (0, 2)
    assert metrics.closures(mouth((0.5, 0.55)), PHONES) == (1, 2)
    assert metrics.closures(mouth((0.5, 0.9)), PHONES) == (2, 2)
    assert metrics.closures(mouth((0.3, 0.45)), PHONES) == (0, 2)


def test_vowels_are_sealed_only_by_mistake() -> None:
    assert metrics.false_closures(mouth((0.5, 0.6)), PHONES) == (0, 1)
    assert metrics.false_closures(mouth((0.5, 0.9)), PHONES) == (1, 1)


def test_a_lip_drawn_away_is_no_closure() -> None:
    open_lip = mouth((0.5, 0.9))
    open_lip.values[:, NAMES.index("mouthUpperUpLeft")] = 0.1
    assert metrics.closures(open_lip, PHONES) == (0, 2)


def test_speed_in_silence_leaves_speech_out() -> None:
    moving = mouth()
    moving.values[30:54:2, 0] = 0.4  # only in speech
    assert metrics.silent_speed(moving, PHONES, NAMES)[0] == 0
    moving.values[100, 0] = 0.5
    speed, _ = metrics.silent_speed(moving, PHONES, ["jawOpen"])
    assert speed == pytest.approx(2 * 0.3 * 60, rel=1e-5)


def test_correlation_of_what_does_not_move_is_nothing() -> None:
    assert metrics.pearson(np.zeros(9), np.arange(9.0)) == 0
    assert metrics.pearson(np.arange(9.0), 3 * np.arange(9.0) + 1) == pytest.approx(1)


def test_error_velocity_and_jitter() -> None:
    ramp = np.arange(10) / 10
    assert metrics.mae(ramp + 0.2, ramp) == pytest.approx(0.2)
    np.testing.assert_allclose(metrics.velocity(ramp, 60), 6)
    assert metrics.jitter(ramp, 60) == pytest.approx(0, abs=1e-9)  # however fast, a straight line has no grain
    assert metrics.jitter(np.array([0, 1, 0, 1.0]), 10) == pytest.approx(2 * 100)
    assert metrics.jitter(np.zeros(2), 60) == 0


def test_runs() -> None:
    assert metrics.runs(np.array([1, 1, 0, 1, 0], bool)) == [(0, 2), (3, 4)]
    assert metrics.runs(np.zeros(4, bool)) == []
    assert metrics.runs(np.ones(4, bool)) == [(0, 4)]
