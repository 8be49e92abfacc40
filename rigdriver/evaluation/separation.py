"""Separation: do sounds that look unlike each other get unlike mouths? Areas under ROC curves at phone centres."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rigdriver.clip import Clip
from rigdriver.take import Phone

# Monophthongs and those diphthongs whose first target, which a centre still lies in, is of the class.
ROUNDED, SPREAD = ("UW", "UH", "OW", "AO"), ("IY", "IH", "EY", "EH", "AE")
OPEN, CLOSE = ("AA", "AE", "AY", "AW"), ("IY", "IH", "UW", "UH")


def auc(high: Sequence[float] | np.ndarray, low: Sequence[float] | np.ndarray) -> float:
    """Chance that a value of `high` lies above one of `low`, ties counting half (Mann and Whitney's U, scaled).

    Not a number where one of them is empty.
    """
    if not len(high) or not len(low):
        return float("nan")
    ordered = np.sort(np.asarray(low, np.float64))
    below = np.searchsorted(ordered, high, "left") + np.searchsorted(ordered, high, "right")
    return float(below.mean() / 2 / len(ordered))


def at_centres(clip: Clip, phones: Sequence[Phone], kinds: Sequence[str], names: Sequence[str]) -> np.ndarray:
    """(phones of these kinds,): sum of these curves at the frame nearest to each phone's centre."""
    total = clip.values[:, clip.columns(names)].sum(1)
    centres = np.array([(phone.start + phone.end) / 2 for phone in phones if phone.name in kinds])
    frames = np.round(centres * float(clip.fps)).astype(int) - clip.start
    return total[np.clip(frames, 0, len(total) - 1)]
