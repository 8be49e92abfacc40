"""Sync, separation, dynamics and aperture on made-up curves."""

from fractions import Fraction

import numpy as np
import pytest

from rigdriver.clip import Clip
from rigdriver.evaluation import aperture, dynamics, separation
from rigdriver.evaluation.sync import lag_s
from rigdriver.take import Phone

TRUE = np.arange(0, 6, 1 / 25)
MADE = np.arange(0, 6, 1 / 60)


def wave(times: np.ndarray) -> np.ndarray:
    return np.sin(2 * np.pi * 1.7 * times) + 0.5 * np.sin(2 * np.pi * 0.6 * times + 1)


@pytest.mark.parametrize("late", (-0.05, 0.0, 0.0125, 0.1))
def test_lag_is_finer_than_a_frame_and_positive_for_what_comes_late(late: float) -> None:
    assert lag_s([(MADE, wave(MADE - late))], [(TRUE, wave(TRUE))]) == pytest.approx(late, abs=0.003)


def test_lag_pools_takes() -> None:
    made = [(MADE, wave(MADE - 0.03)), (MADE, -wave(MADE - 0.03))]
    assert lag_s(made, [(TRUE, wave(TRUE)), (TRUE, -wave(TRUE))]) == pytest.approx(0.03, abs=0.003)


def test_what_does_not_move_or_peak_has_no_lag() -> None:
    assert np.isnan(lag_s([(MADE, np.zeros(len(MADE)))], [(TRUE, wave(TRUE))]))
    assert np.isnan(lag_s([(MADE, MADE**2)], [(TRUE, wave(0.2 * TRUE))], 0.05))


def test_auc_counts_pairs() -> None:
    assert separation.auc([3, 4], [1, 2]) == 1
    assert separation.auc([1, 2], [3, 4]) == 0
    assert separation.auc([1, 3], [2]) == 0.5
    assert separation.auc([1, 1], [1]) == 0.5
    assert separation.auc([2, 2, 1], [1, 2]) == pytest.approx((0.5 + 1 + 0.5 + 1 + 0 + 0.5) / 6)
    assert np.isnan(separation.auc([], [1]))


def test_centres_take_the_nearest_frame_and_add_up_channels() -> None:
    values = np.stack([np.arange(60), 100 * np.arange(60)], 1).astype(np.float32)
    clip = Clip(("mouthPucker", "mouthFunnel"), values, Fraction(60))
    phones = (Phone("UW", 0.1, 0.3), Phone("IY", 0.3, 0.5), Phone("UW", 0.9, 1.5))
    got = separation.at_centres(clip, phones, ("UW",), ("mouthPucker", "mouthFunnel"))
    np.testing.assert_allclose(got, [12 * 101, 59 * 101])  # the last centre lies after the clip's end
    assert len(separation.at_centres(clip, phones, ("AA",), ("mouthPucker",))) == 0


def test_dynamics_of_a_known_curve() -> None:
    curve = np.linspace(0, 1, 101)
    figures = dynamics.of([curve], 60)
    assert figures == pytest.approx({"p50": 0.5, "p90": 0.9, "p99": 0.99, "speed p95": 0.6})
    halved = dynamics.ratios(dynamics.of([0.5 * curve], 60), figures)
    assert halved == pytest.approx(dict.fromkeys(dynamics.FIGURES, 0.5))


def test_pieces_are_not_joined_by_a_leap() -> None:
    assert dynamics.of([np.zeros(50), np.ones(50)], 60)["speed p95"] == 0


def test_nothing_over_nothing_is_not_a_number() -> None:
    ratios = dynamics.ratios(dynamics.real("jawOpen"), dynamics.of([np.zeros(9)], 60))
    assert all(np.isnan(ratio) for ratio in ratios.values())
    assert all(np.isnan(figure) for figure in dynamics.figures([], []).values())


def test_sides_are_averaged() -> None:
    values = np.tile(np.float32([0.2, 0.4]), (3, 1))
    clip = Clip(("mouthStretchLeft", "mouthStretchRight"), values, Fraction(60))
    np.testing.assert_allclose(dynamics.curve(clip, "mouthStretch"), 0.3, rtol=1e-6)
    assert not dynamics.curve(clip, "jawOpen").any()


def test_aperture_finds_the_line_and_skips_what_was_not_tracked() -> None:
    rng = np.random.default_rng(3)
    values = rng.random((200, 2))
    lips = 0.5 * values[:, 0] - 0.3 * values[:, 1] + 0.02
    lips[::7] = np.nan
    found = aperture.fit(("jawOpen", "mouthClose"), values, lips)
    np.testing.assert_allclose([*found.weights, found.bias], [0.5, -0.3, 0.02], atol=1e-9)
    clip = Clip(("mouthClose", "other", "jawOpen"), np.float32([[0.1, 9, 1.0]]), Fraction(60))
    assert found.of(clip)[0] == pytest.approx(0.5 - 0.03 + 0.02, abs=1e-6)
