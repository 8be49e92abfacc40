"""A face that only listens: the measures on curves of known faults, and the layers held against them."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from rigdriver.clip import PARTNER, Clip
from rigdriver.evaluation import lasting
from rigdriver.evaluation.blinks import blinks
from rigdriver.evaluation.saccades import saccades
from rigdriver.evaluation.turns import Acted, turns
from rigdriver.layers import Layers
from rigdriver.performance import Performance
from rigdriver.stage import run
from tests.layers.speech_like import silent, speech_like

FPS = 60
SECONDS = 300


def listening(seed: int, partner: bool) -> Clip:
    clip = silent(SECONDS, FPS, seed)
    if partner:
        clip = clip.with_column(PARTNER, speech_like(SECONDS, FPS, seed + 10)["voice"])
    return run(Layers(Performance()), clip, seed)


SEEN = {(seed, partner): listening(seed, partner) for seed in (1, 2) for partner in (False, True)}


def looped(clip: Clip, seconds: float) -> Clip:
    part = clip.values[: round(seconds * FPS)]
    return replace(clip, values=np.resize(part, clip.values.shape))


@pytest.mark.parametrize("which", SEEN)
def test_it_lives_without_repeating_or_drifting(which) -> None:
    clip = SEEN[which]
    assert max(lasting.recurrence(curve, FPS) for curve in lasting.moving(clip).T) < 0.5
    assert lasting.nearest(clip) > 0.1
    assert lasting.drift(clip) < 0.6
    assert len(lasting.moving(clip).T) >= 9  # eyes, lids, head, brows and nostrils all move


@pytest.mark.parametrize("which", SEEN)
def test_every_minute_has_its_blinks_glances_and_breaths(which) -> None:
    clip = SEEN[which]
    for times, low, high in ((np.array([blink.onset_s for blink in blinks(clip)]), 6, 34),
                             (np.array([saccade.begin_s for saccade in saccades(clip)]), 15, 90),
                             (lasting.breaths_s(clip), 11, 19)):
        minutes = lasting.counts(times, clip)
        assert len(minutes) == 5 and low <= minutes.min() and minutes.max() <= high
    assert (len(lasting.nods_s(clip)) > 10) == which[1]  # nods are for somebody


def test_a_loop_is_found() -> None:
    loop = looped(SEEN[1, True], 40)
    assert max(lasting.recurrence(curve, FPS) for curve in lasting.moving(loop).T) > 0.95
    assert lasting.nearest(loop) < 0.001


def test_one_moment_that_comes_back_is_found() -> None:
    clip = SEEN[1, False]
    values = clip.values.copy()
    values[9000:9150] = values[3000:3150]
    assert lasting.nearest(replace(clip, values=values)) < 0.01 < lasting.nearest(clip)


def test_what_drifts_is_found() -> None:
    clip = SEEN[1, False]
    values = clip.values.copy()
    values[:, clip.column("headRoll")] += np.linspace(0, 0.1, len(clip))
    assert lasting.drift(replace(clip, values=values)) > 1.5


def test_breaths_and_nods_of_a_known_number() -> None:
    t = np.arange(120 * FPS) / FPS
    air = np.maximum(0, np.sin(2 * np.pi * t / 4))  # 15 a minute
    pitch = np.radians(3) * np.maximum(0, np.sin(2 * np.pi * (t % 10) / 0.8)) * (t % 10 < 0.4)
    clip = Clip((*lasting.NOSE, "headPitch"), np.column_stack([air, air, pitch]), Fraction(FPS))
    assert lasting.counts(lasting.breaths_s(clip), clip).tolist() == [15, 15]
    assert lasting.counts(lasting.nods_s(clip), clip).tolist() == [6, 6]


def test_figures_are_of_the_stretches_that_listen() -> None:
    clip = SEEN[1, True]
    got = lasting.figures([Acted(clip, turns(clip))])
    assert got["listening to somebody: nods a minute"] > 2
    assert 0 < got["listening: mouth speed, 1/s"] < 0.05
    short = clip.cut(0, 6000)
    assert all(np.isnan(figure) for figure in lasting.figures([Acted(short, turns(short))]).values())
