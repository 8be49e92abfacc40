"""Rouse: a roused voice moves head and brows more, a flat one less; all that a voice's emotion does unasked.

Arousal can be heard; which emotion it is hardly (model card). Ordinary speech of any speaker reads .38 to .6, so that
range changes nothing.
"""

from collections.abc import Sequence

import numpy as np

EVERYDAY = (0.38, 0.6)
CALM, ROUSED = 0.25, 0.85  # where the change is full
LESS, MORE = -0.3, 0.5  # of the size, at full share


def enlivened(arousal: Sequence[float], share: float) -> np.ndarray:
    """(frames,) factors on the size of a motion, as `roused` gives them."""
    return np.array([roused(heard, share) for heard in arousal])


def roused(arousal: float, share: float) -> float:
    """A factor on the size of a motion; 1 where the clip carries no arousal (0), or share is 0."""
    low, high = EVERYDAY
    if arousal > high:
        return 1 + share * MORE * min(1.0, (arousal - high) / (ROUSED - high))
    if 0 < arousal < low:
        return 1 + share * LESS * min(1.0, (low - arousal) / (low - CALM))
    return 1.0
