"""Mouths of two seconds whose every closure is known, and the phones that they belong to."""

from fractions import Fraction

import numpy as np

from rigdriver.clip import Clip
from rigdriver.lips import PARTING
from rigdriver.take import Phone

NAMES = ("jawOpen", "mouthClose", *PARTING, "mouthRollLower")
PHONES = (Phone("SIL", 0, 0.5), Phone("B", 0.5, 0.6), Phone("AA", 0.6, 0.8), Phone("M", 0.8, 0.9), Phone("SIL", 0.9, 2))


def mouth(*shut: tuple[float, float], fps: int = 60, jaw: float = 0.2) -> Clip:
    """An open jaw, with lips that meet from … up to … seconds."""
    times = np.arange(2 * fps + 1) / fps
    values = np.zeros((len(times), len(NAMES)), np.float32)
    values[:, 0] = jaw
    for first, last in shut:
        values[(times >= first) & (times < last), 1] = jaw
    return Clip(NAMES, values, Fraction(fps))
