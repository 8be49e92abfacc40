"""Rouse: a roused voice moves head and brows more, a flat one less; all that a voice's emotion does unasked.

Arousal can be heard; which emotion it is hardly (model card). Ordinary speech of any speaker reads .38 to .6, so that
range changes nothing.
"""

import numpy as np

EVERYDAY = (0.38, 0.6)
CALM, ROUSED = 0.25, 0.85  # where the change is full
LESS, MORE = -0.3, 0.5  # of the size, at full share


def enlivened(arousal: list[float], share: float) -> np.ndarray:
    """(frames,) factors on the size of a motion; 1 where the clip carries no arousal (zeros), or share is 0."""
    heard = np.array(arousal)
    more = np.clip((heard - EVERYDAY[1]) / (ROUSED - EVERYDAY[1]), 0, 1) * MORE
    less = np.clip((EVERYDAY[0] - heard) / (EVERYDAY[0] - CALM), 0, 1) * LESS
    return np.where(heard > 0, 1 + share * (more + less), 1.0)
