"""The nouns check their shape and meet only where they meet."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rigdriver.audio import Audio
from rigdriver.clip import Clip, concatenate

NAMES = ("jawOpen", "mouthClose")


def clip(frames: int = 10, start: int = 0, fps: Fraction | int = 30) -> Clip:
    rows = np.arange(start, start + frames, dtype=np.float32)
    return Clip(NAMES, np.stack([rows, -rows], 1), Fraction(fps), start)


def test_columns_go_by_name() -> None:
    np.testing.assert_array_equal(clip()["mouthClose"], -np.arange(10))
    assert "jawOpen" in clip() and "jaw" not in clip()
    with pytest.raises(KeyError, match="no curve 'jaw'"):
        clip()["jaw"]


def test_frames_know_their_time() -> None:
    late = clip(3, start=-2, fps=Fraction(30000, 1001))
    np.testing.assert_allclose(late.times, np.array([-2, -1, 0]) * 1001 / 30000)
    assert (late.start, late.end, late.duration) == (-2, 1, Fraction(1001, 10000))


@given(st.lists(st.integers(0, 10), max_size=6), st.integers(-5, 5))
def test_cut_pieces_meet_again(edges: list[int], start: int) -> None:
    whole = clip(10, start)
    at = [start, *sorted(start + edge for edge in edges), start + 10]
    pieces = [whole.cut(a, b) for a, b in pairwise(at)]
    joined = concatenate(pieces)
    np.testing.assert_array_equal(joined.values, whole.values)
    assert joined.start == start


def test_pieces_that_do_not_meet_are_refused() -> None:
    with pytest.raises(ValueError, match="do not meet: one ends at frame 10, the next starts at 11"):
        clip().then(clip(start=11))
    with pytest.raises(ValueError, match="do not meet"):
        concatenate([clip(), clip(start=11)])
    with pytest.raises(ValueError, match="do not meet"):
        clip().then(clip(start=10, fps=60))
    with pytest.raises(ValueError, match="lie outside"):
        clip().cut(0, 11)


@pytest.mark.parametrize("names, shape, fps, says", [
    (NAMES, (3, 3), 30, "do not fit"), (NAMES, (6,), 30, "do not fit"), (("a", "a"), (3, 2), 30, "stand twice: a"),
    (NAMES, (3, 2), 0, "fps must be above 0"),
])
def test_what_does_not_fit_is_refused(names: tuple, shape: tuple, fps: int, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Clip(names, np.zeros(shape), Fraction(fps))


def test_picking_fills_what_is_missing_with_rest() -> None:
    picked = clip().pick(["tongueOut", "jawOpen"])
    assert picked.names == ("tongueOut", "jawOpen")
    assert not picked["tongueOut"].any()
    assert clip().without(["jawOpen"]).names == ("mouthClose",)


def test_audio_is_mono_with_a_rate() -> None:
    assert Audio(np.zeros(8000), 16000).duration == Fraction(1, 2)
    with pytest.raises(ValueError, match="mono"):
        Audio(np.zeros((100, 2)), 16000)
    with pytest.raises(ValueError, match="rate"):
        Audio(np.zeros(100), 0)
