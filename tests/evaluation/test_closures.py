"""Closures: their times, those that nobody asked for, lips under teeth, and two clips compared."""

import pytest

from rigdriver.evaluation import closures
from rigdriver.evaluation.closures import Agreement
from rigdriver.take import Phone
from tests.evaluation.mouths import NAMES, PHONES, mouth

LONG = (Phone("SIL", 0, 0.2), Phone("B", 0.2, 0.3), Phone("AA", 0.3, 1.3), Phone("SIL", 1.3, 2))


def test_timing_is_from_middle_to_middle() -> None:
    late = mouth((0.55, 0.65), (0.8, 0.9))
    errors = closures.timing_errors(late, PHONES)
    assert errors[0] == pytest.approx(0.05, abs=0.01)  # half a frame either way
    assert errors[1] == pytest.approx(0, abs=0.01)


def test_a_bilabial_that_is_missed_has_no_timing() -> None:
    assert closures.timing_errors(mouth((1.5, 1.6)), PHONES) == []


def test_lips_that_rest_before_a_word_are_not_early() -> None:
    resting = mouth((0.5, 0.6))
    resting.values[:30, 0] = 0  # nobody speaks: shut, with nothing to hold
    assert closures.timing_errors(resting, PHONES)[0] == pytest.approx(0, abs=0.01)


def test_false_closures_a_second() -> None:
    count, seconds = closures.false_runs(mouth((0.2, 0.3)), LONG)
    assert (count, seconds) == (0, pytest.approx(1.3 - 0.06 - 0.36, abs=0.02))
    assert closures.false_runs(mouth((0.2, 0.3), (0.6, 0.7), (0.9, 0.95)), LONG)[0] == 2
    assert closures.false_runs(mouth((0.2, 0.35), (1.3, 2)), LONG)[0] == 0  # the ramp out, and rest


def test_lower_lip_under_the_teeth() -> None:
    phones = (Phone("F", 0.5, 0.6), Phone("AA", 0.6, 0.8), Phone("V", 0.8, 0.9))
    clip = mouth()
    assert closures.tucked(clip, phones) == (0, 2)
    clip.values[30:36, NAMES.index("mouthRollLower")] = 0.3
    assert closures.tucked(clip, phones) == (1, 2)
    clip.values[:, NAMES.index("mouthLowerDownRight")] = 0.1  # a lip drawn down is under nothing
    assert closures.tucked(clip, phones) == (0, 2)


def test_two_clips_agree_at_any_rate() -> None:
    true = mouth((0.5, 0.6), (1.2, 1.3))
    assert closures.agreement(true, true) == Agreement(2, 0, 0)
    assert closures.agreement(mouth((0.5, 0.6), (1.2, 1.3), fps=25), true) == Agreement(2, 0, 0)
    assert closures.agreement(mouth((0.5, 0.6), (0.8, 0.9), (1.7, 1.8)), true) == Agreement(1, 1, 2)


def test_rest_is_no_closure_to_be_found_but_shuts_the_lips() -> None:
    resting, held = mouth((0.5, 0.6), jaw=0.0), mouth((0.5, 0.6))
    assert closures.agreement(held, resting) == Agreement(0, 0, 0)
    assert closures.agreement(resting, held) == Agreement(1, 0, 0)


def test_clips_without_lips_cannot_agree() -> None:
    assert closures.agreement(mouth().pick(["jawOpen"]), mouth()) is None
