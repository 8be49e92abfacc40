"""Rest: does the mouth keep still while nobody speaks?"""

from __future__ import annotations

import numpy as np

from rigdriver import rig as rigs
from rigdriver.audio import Audio
from rigdriver.clip import Clip
from rigdriver.evaluation import disturbances, metrics
from rigdriver.evaluation.hearing import Product
from rigdriver.evaluation.report import Rows
from rigdriver.take import Take

SECONDS = 20.0
SETTLED_S = 0.6  # after the sound of speech ends: twice what the silence layer's hold and release take


def table(product: Product, before: Take | None) -> Rows:
    """Mean mouth speed in each kind of sound without speech, from the start and right after someone has spoken."""
    return {name: _row(product, disturbances.resting(name, SECONDS), before) for name in disturbances.RESTING}


def _row(product: Product, sound: np.ndarray, before: Take | None) -> dict[str, float]:
    row = _speeds(product(Audio(sound, disturbances.RATE))[0], 0.0, "alone")
    if before is not None and before.audio.rate == disturbances.RATE:
        spoken = Audio(np.concatenate([before.audio.samples, sound]), disturbances.RATE)
        row |= _speeds(product(spoken)[0], float(before.audio.duration) + SETTLED_S, "after speech")
    return row


def _speeds(clip: Clip, after_s: float, when: str) -> dict[str, float]:
    mouth = rigs.canonical().of_region("jaw", "mouth")
    at_rest = clip.times >= after_s
    return {f"{when}: mouth 1/s": float(metrics.mean_speed(clip, mouth)[at_rest[1:]].mean()),
            f"{when}: widest jaw": float(clip["jawOpen"][at_rest].max())}
