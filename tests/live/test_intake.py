"""Sound comes in any portions and leaves in steps: nothing is lost, nothing is made up but silence."""

import threading
import time

import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from rigdriver.errors import InputError
from rigdriver.live.intake import MOST_DRIFT, PREFILL_S, TARGET_S, Intake
from rigdriver.live.resampling import Resampler

RATE, STEP = 16000, 266


def noise(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-0.5, 0.5, count).astype(np.float32)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.one_of(st.integers(0, 400), st.just(-1)), max_size=60))
def test_what_was_pushed_comes_out_in_order_whatever_the_portions(pushes: list[int]) -> None:
    """−1 stands for a pull between the pushes."""
    intake, sound, at, heard = Intake(RATE), noise(30000), 0, []
    for size in pushes:
        if size < 0:
            heard.append(intake.pull(STEP))
        else:
            intake.push(sound[at : at + size], RATE)
            at += size
    intake.end()
    while not intake.finished:
        heard.append(intake.pull(STEP))
    everything = np.concatenate(heard) if heard else np.zeros(0)
    spoken = everything[everything != 0]
    assert (spoken == sound[:at][sound[:at] != 0]).all()
    assert all(len(step) == STEP for step in heard)


def test_silence_where_nothing_is_and_a_little_is_waited_for() -> None:
    intake = Intake(RATE)
    assert not intake.pull(STEP).any()
    intake.push(noise(STEP), RATE)
    assert not intake.pull(STEP).any()  # a chunk of a synthesiser: the next may be late
    intake.push(noise(round(PREFILL_S * RATE)), RATE)
    assert intake.pull(STEP).all() and intake.gaps == 0
    for _ in range(5):
        intake.pull(STEP)
    assert intake.gaps == 1 and intake.waiting_s < STEP / RATE


def test_a_flush_forgets_what_waits() -> None:
    intake = Intake(RATE)
    intake.push(noise(RATE), RATE)
    assert intake.pull(STEP).any()
    intake.clear()
    assert not intake.pull(STEP).any() and intake.waiting_s == 0


def test_who_pushes_too_much_has_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rigdriver.live.intake.MOST_S", 0.1)
    intake, done = Intake(RATE), threading.Event()
    threading.Thread(target=lambda: (intake.push(noise(3200), RATE), intake.push(noise(10), RATE), done.set()),
                     daemon=True).start()
    assert not done.wait(0.2)
    for _ in range(12):
        intake.pull(STEP)
    assert done.wait(2)


def test_samples_that_are_none_are_refused() -> None:
    with pytest.raises(InputError, match="NaN"):
        Intake(RATE).push(np.array([0, np.nan], np.float32), RATE)


@pytest.mark.parametrize("drift", [1e-4, -3e-4, 1.5e-3])
def test_a_card_whose_clock_drifts_is_followed(drift: float) -> None:
    """Five minutes at most of it: what waits stays about what it was, and nothing runs dry."""
    intake, block, waits = Intake(RATE, free_running=True), 80, []
    pushed_s = pulled_s = 0.0
    while pulled_s < 300:
        while pushed_s <= pulled_s + TARGET_S:
            intake.push(np.full(block, 0.1, np.float32), RATE)
            pushed_s += block / RATE / (1 + drift)  # the card is fast by `drift`
        intake.pull(STEP)
        pulled_s += STEP / RATE
        waits.append(intake.waiting_s)
    assert abs(drift) < MOST_DRIFT and intake.gaps <= 1
    assert np.abs(np.array(waits[len(waits) // 2 :]) - TARGET_S).max() < 0.02
    unfollowed_s = abs(drift) * 300
    assert abs(waits[-1] - waits[len(waits) // 2]) < max(0.006, unfollowed_s / 10)


@pytest.mark.parametrize("source_rate", [8000, 22050, 44100, 48000])
def test_another_rate_is_resampled_as_soxr_does_and_at_once(source_rate: int) -> None:
    time = np.arange(source_rate) / source_rate
    sound = (0.3 * np.sin(2 * np.pi * 440 * time) + 0.2 * np.sin(2 * np.pi * 2500 * time)).astype(np.float32)
    resampler, made = Resampler(source_rate, RATE), []
    for at in range(0, len(sound), 333):
        made.append(resampler.push(sound[at : at + 333]))
        heard_s, given_s = min(at + 333, len(sound)) / source_rate, sum(map(len, made)) / RATE
        assert heard_s - given_s < 0.0025
    made = np.concatenate(made)
    true = soxr.resample(sound, source_rate, RATE)[: len(made)]
    assert np.abs(made - true)[200:-200].max() < 1e-3


@pytest.mark.parametrize("rate", [22050, 48000])
def test_a_speech_that_came_at_once_is_resampled_as_it_is_spoken(rate: int) -> None:
    """A minute took half a second of the thread that all voices of a service share."""
    intake, sound, took_s, heard = Intake(RATE), noise(60 * rate), [], []
    for piece in np.array_split(sound, 100):
        intake.push(piece, rate)
    assert intake.waiting_s == pytest.approx(60)
    for k in range(600):
        began = time.perf_counter()
        heard.append(intake.pull(STEP))
        took_s.append(time.perf_counter() - began)
        assert intake.waiting_s == pytest.approx(60 - (k + 1) * STEP / RATE, abs=0.005)
    assert max(took_s) < 0.1 and np.median(took_s) < 0.01
    spoken = np.concatenate(heard)
    np.testing.assert_allclose(spoken, Resampler(rate, RATE).push(sound[: 11 * rate])[: len(spoken)], atol=1e-5)
