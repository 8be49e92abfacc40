"""Where a line's moments lie in another recording of it."""

import numpy as np
import pytest
import soxr
from hypothesis import given
from hypothesis import strategies as st

from rigdriver import pipeline
from rigdriver.audio import Audio
from rigdriver.edits import identity, warp
from rigdriver.phones import PHONES
from rigdriver.pipeline import Drive
from tests.speech import EXAMPLES, hello, hello_phones

MIDDLES = np.array([(phone.start + phone.end) / 2 for phone in hello_phones() if phone.name != "SIL"])


def slower(by: float) -> Audio:
    return Audio(soxr.resample(hello().samples, 16000, 16000 * by), 16000)


def test_a_recording_lies_on_itself(heard: np.ndarray) -> None:
    times = np.linspace(0, 8.9, 300)
    np.testing.assert_allclose(warp(heard, heard)(times), times, atol=1e-6)
    assert warp(heard, heard).price.max() < 1e-3


@pytest.mark.parametrize("by", [0.8, 0.9, 1.1, 1.2])
def test_another_pace(by: float, heard: np.ndarray, usual: Drive) -> None:
    laid = warp(heard, pipeline.phones(slower(by), usual.model))
    off_ms = 1e3 * np.abs(laid(MIDDLES) - by * MIDDLES)
    assert np.quantile(off_ms, 0.9) < 35  # two frames
    assert not any(laid.lost(phone.start, phone.end) for phone in hello_phones())


def test_a_pause_that_was_put_in_moves_what_comes_after(heard: np.ndarray, usual: Drive) -> None:
    sound = hello().samples
    at = int(2.66 * 16000)
    paused = Audio(np.concatenate([sound[:at], np.zeros(24000, np.float32), sound[at:]]), 16000)
    laid = warp(heard, pipeline.phones(paused, usual.model))
    moved = laid(MIDDLES) - MIDDLES
    assert np.abs(moved[MIDDLES < 2.3]).max() < 0.05
    assert np.abs(moved[MIDDLES > 3.0] - 1.5).max() < 0.05


def test_words_that_were_left_out_are_missed(heard: np.ndarray, usual: Drive) -> None:
    sound = hello().samples
    first, last = int(2.7 * 16000), int(5.0 * 16000)
    shorter = Audio(np.concatenate([sound[:first], sound[last:]]), 16000)
    laid = warp(heard, pipeline.phones(shorter, usual.model))
    assert laid.lost(3.2, 4.5)
    assert not laid.lost(1.0, 2.0)
    assert not laid.lost(6.0, 7.0)


def test_another_line_is_known_as_one(heard: np.ndarray, usual: Drive) -> None:
    laid = warp(heard, pipeline.phones(EXAMPLES / "moons.wav", usual.model))
    assert sum(bool(laid.lost(at_s, at_s + 0.5)) for at_s in np.arange(1.0, 8.0, 0.5)) > 7


@given(st.integers(0, 10_000), st.integers(1, 90), st.integers(1, 90))
def test_a_warp_rises_from_end_to_end_and_leads_back(seed: int, old: int, new: int) -> None:
    rng = np.random.default_rng(seed)
    one, other = (np.log(rng.dirichlet(np.full(len(PHONES), 0.05), n) + 1e-9).astype(np.float32) for n in (old, new))
    laid = warp(one, other)
    assert (np.diff(laid.old) > 0).all()
    assert (np.diff(laid.new) >= 0).all() if new == 1 else (np.diff(laid.new) > 0).all()
    assert laid(0.0) == pytest.approx(0, abs=1e-9)
    if new > 1 and old > 1:
        assert laid((old - 1) / 60) == pytest.approx((new - 1) / 60)
        times = np.linspace(-1, old / 60 + 1, 50)
        np.testing.assert_allclose(laid.back(laid(times)), times, atol=1e-6)


def test_beyond_the_ends_time_runs_on() -> None:
    assert identity()(-3.0) == -3.0
    assert identity()(77.0) == 77.0


def test_no_frames_are_no_recording(heard: np.ndarray) -> None:
    with pytest.raises(ValueError, match="no frames"):
        warp(heard, heard[:0])
