"""Manners: their range, their draw, and the factors between."""

import numpy as np
import pytest

from rigdriver.training.teacher.articulation import default_teacher
from rigdriver.training.teacher.manner import Manner, manner_factors


def test_numbers_stay_in_their_range() -> None:
    with pytest.raises(ValueError, match=r"lips should be from -1 to 1, not 1\.5"):
        Manner(lips=1.5)


def test_the_array_is_in_the_order_of_the_names() -> None:
    array = Manner(0.1, 0.2, 0.3, 0.4, 0.5).as_array()
    assert array.dtype == np.float32
    np.testing.assert_allclose(array, [getattr(Manner(0.1, 0.2, 0.3, 0.4, 0.5), name) for name in Manner.names])


def test_draws_are_mostly_near_neutral_and_cover_the_range() -> None:
    rng = np.random.default_rng(0)
    drawn = np.array([Manner.drawn(rng).as_array() for _ in range(2000)])
    assert np.mean(np.abs(drawn) < 0.5, axis=0).min() > 0.6
    assert drawn.max(0).min() > 0.9 and drawn.min(0).max() < -0.9
    assert np.abs(drawn.mean(0)).max() < 0.05


def test_factors_are_one_at_neutral_and_the_files_at_the_ends() -> None:
    manners = default_teacher().manner
    assert set(manner_factors(Manner(), manners).values()) == {1.0}
    low, high = manners.jaw["jaw"]
    assert manner_factors(Manner(jaw=1), manners)["jaw"] == pytest.approx(high)
    assert manner_factors(Manner(jaw=-0.5), manners)["jaw"] == pytest.approx(low**0.5)
