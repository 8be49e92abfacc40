"""Blinks, measured on twenty minutes as a viewer would: rate, gaps, length, size, company."""

import math
from dataclasses import replace

import numpy as np
import pytest

from rigdriver.layers import Layer
from rigdriver.layers.canonical import Canonical
from rigdriver.performance import Blink, Performance
from rigdriver.stage import run
from tests.layers.speech_like import silent, speech_like

MINUTES = 20
SETTINGS = Blink()
CLIPS = {(kind, fps): run(Canonical(), make(60 * MINUTES, fps))
         for kind, make in (("speech", speech_like), ("idle", silent)) for fps in (24, 60)}
RATES = {"speech": SETTINGS.speaking_per_min, "idle": SETTINGS.idle_per_min}


def blinked(kind: str, fps: int, seed: int = 0, settings: Blink = SETTINGS):
    return run(Layer("blink", Performance(blink=settings)), CLIPS[kind, fps], seed)


def onsets_s(clip) -> np.ndarray:
    lid = clip["eyeBlinkLeft"]
    return np.flatnonzero((lid[1:] >= 0.3) & (lid[:-1] < 0.3)) / float(clip.fps)


def distance(gaps: np.ndarray, mean: float, sigma: float) -> float:
    """Kolmogorov-Smirnov distance of gaps from the log-normal with that mean."""
    z = (np.log(np.sort(gaps)) - math.log(mean) + sigma**2 / 2) / sigma
    below = np.array([0.5 * (1 + math.erf(v / math.sqrt(2))) for v in z])
    steps = np.arange(len(gaps) + 1) / len(gaps)
    return max(abs(below - steps[1:]).max(), abs(below - steps[:-1]).max())


@pytest.mark.parametrize(("kind", "fps"), CLIPS)
def test_rate_and_gaps_are_those_of_the_settings(kind, fps):
    runs = [onsets_s(blinked(kind, fps, seed)) for seed in range(3)]
    assert np.mean([len(run) for run in runs]) / MINUTES == pytest.approx(RATES[kind], rel=0.1)
    for run_s in runs:
        assert len(run_s) / MINUTES == pytest.approx(RATES[kind], rel=0.2)
    gaps = np.concatenate([np.diff(run) for run in runs])
    assert distance(gaps, 60 / RATES[kind], SETTINGS.spread) < 0.15


def test_no_pauses_and_many_pauses_give_the_same_rate():
    for pauses in ((0.05, 0.06), (0.6, 1.4)):
        clip = run(Canonical(), speech_like(60 * MINUTES, 24, pauses=pauses))
        out = run(Layer("blink", Performance()), clip)
        assert len(onsets_s(out)) / MINUTES == pytest.approx(SETTINGS.speaking_per_min, rel=0.2)


@pytest.mark.parametrize("fps", [24, 60])
def test_a_blink_lasts_and_closes_as_people_do(fps):
    lid = blinked("idle", fps, settings=replace(SETTINGS, full_share=1, double_share=0))["eyeBlinkLeft"]
    starts = np.flatnonzero((lid[1:] > 0) & (lid[:-1] == 0))
    stretches = [lid[start + 1 : start + 1 + fps // 2] for start in starts[:-1]]
    assert min(stretch.max() for stretch in stretches) >= 0.9  # seen shut, even at 24 frames a second
    half = [(stretch > stretch.max() / 2).sum() / fps for stretch in stretches]
    assert 0.1 <= np.mean(half) <= 0.15  # measured 100 to 133 ms at half height
    visible = [(stretch > 0.05 * stretch.max()).sum() / fps for stretch in stretches]
    assert 0.2 <= np.mean(visible) <= 0.32  # viewers prefer 233 to 300 ms
    rise = [stretch.argmax() / fps for stretch in stretches]
    assert np.mean(rise) < np.mean(visible) / 2  # quick down, slow up


def test_most_blinks_close_and_some_do_not():
    lid = blinked("idle", 60, settings=replace(SETTINGS, double_share=0))["eyeBlinkLeft"]
    peaks = lid[1:-1][(lid[1:-1] > 0.3) & (lid[1:-1] >= lid[2:]) & (lid[1:-1] > lid[:-2])]
    assert (peaks >= 0.95).mean() == pytest.approx(SETTINGS.full_share, abs=0.08)
    assert peaks.min() >= 0.5


def test_doubles_come_as_often_as_asked():
    gaps = np.concatenate([np.diff(onsets_s(blinked("idle", 60, seed))) for seed in range(3)])
    assert ((gaps < 0.6).sum() / (gaps >= 0.6).sum()) == pytest.approx(SETTINGS.double_share, abs=0.04)


def test_blinks_seek_the_pauses():
    out = blinked("speech", 60)
    paused = CLIPS["speech", 60]["voice"] < 0.3
    in_pause = np.mean([paused[round(at * 60)] for at in onsets_s(out)])
    assert in_pause > 1.4 * paused.mean()


def test_a_blink_brings_squint_and_brow_and_leaves_the_gaze():
    out = blinked("idle", 60)
    top = out["eyeBlinkLeft"].argmax()
    assert out["eyeSquintLeft"][top] == pytest.approx(0.05, rel=0.1)
    assert out["browDownRight"][top] == pytest.approx(0.02, rel=0.1)
    np.testing.assert_array_equal(out["eyeBlinkLeft"], out["eyeBlinkRight"])
    looks = [name for name in out.names if name.startswith("eyeLook")]
    assert not out.pick(looks).values.any()


def test_strength_and_offset():
    assert not blinked("idle", 24, settings=Blink(blink_strength=0))["eyeBlinkLeft"].any()
    assert blinked("idle", 24, settings=Blink(eyelid_open_offset=-0.2))["eyeBlinkLeft"].min() == pytest.approx(0.2)
    wide = blinked("idle", 60, settings=Blink(eyelid_open_offset=0.3))
    shut = wide["eyeBlinkLeft"] > 0.95
    assert wide["eyeWideLeft"][~shut].max() == pytest.approx(0.3)
    assert wide["eyeWideLeft"][shut].max() < 0.02


def test_no_blinks_at_rate_0():
    assert not len(onsets_s(blinked("idle", 24, settings=Blink(idle_per_min=0))))
