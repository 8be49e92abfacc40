"""Breath and asymmetry: what a face does that nobody directs."""

import numpy as np
import pytest

from rigdriver.evaluation.metrics import runs
from rigdriver.layers import Layer
from rigdriver.layers.canonical import Canonical
from rigdriver.performance import Asymmetry, Breath, Performance
from rigdriver.stage import run
from tests.layers.speech_like import silent, speech_like
from tests.layers.test_mouth import constant


def breath(clip, **settings):
    return run(Layer("breath", Performance(breath=Breath(**settings))), run(Canonical(), clip))


@pytest.mark.parametrize("rate", [10.0, 18.0])
def test_at_rest_it_comes_as_often_as_it_should(rate):
    air = breath(silent(300), quiet_per_min=rate)["noseSneerLeft"]
    breaths = len(runs(air > 0.5 * air.max()))
    assert breaths / 5 == pytest.approx(rate, rel=0.1)


def test_it_is_taken_in_pauses_and_not_within_a_phrase():
    clip = speech_like(120, pauses=(0.9, 1.4))
    out = breath(clip, quiet_per_min=0.0)
    rising = np.diff(out["noseSneerLeft"], prepend=0) > 1e-4
    begins = [first for first, _ in runs(rising)]
    phrases = len(runs(clip["voice"] > 0.5))
    assert 0.8 * phrases <= len(begins) <= phrases
    assert (clip["voice"][begins] < 0.5).all()


def test_a_breath_is_small_and_at_rest_leaves_the_mouth_alone():
    for clip, least, most in ((silent(60), 0, 0), (speech_like(60, pauses=(0.9, 1.4)), 0.01, 0.06)):
        assert least <= (breath(clip)["jawOpen"] - clip["jawOpen"]).max() <= most


def test_sides_differ_a_little_for_each_seed_and_their_mean_stays():
    clip = run(Canonical(), constant(3600, mouthSmileLeft=0.5, mouthSmileRight=0.5, mouthLeft=0.2))
    leans = []
    for seed in range(30):
        out = run(Layer("asymmetry", Performance(asymmetry=Asymmetry(mouth=0.1))), clip, seed)
        np.testing.assert_allclose(out["mouthSmileLeft"] + out["mouthSmileRight"], 1, atol=1e-5)
        assert (out["mouthLeft"] == np.float32(0.2)).all()
        leans.append((out["mouthSmileLeft"] - 0.5) / 0.5)
    leans = np.array(leans)
    assert 0.05 < leans.std() < 0.12
    assert leans.std(1).min() > 0.005  # none is frozen
