"""Anchoring: the moments of a recording that an animator would key, by the part of the face that shows them."""

from __future__ import annotations

import numpy as np

from rigdriver.clip import Clip
from rigdriver.gathering import MOUTH
from rigdriver.phones import moments

ACCENTED = 0.5  # of the hint `accent`
APART_S = 0.15  # accents nearer than that are one
DIGITS = 3  # of seconds


class Accents:
    """Watches what a model hears, for the moments that it hears stressed."""

    def __init__(self) -> None:
        self._times: list[np.ndarray] = []
        self._values: list[np.ndarray] = []

    def __call__(self, clip: Clip) -> None:
        if "accent" in clip and len(clip):
            self._times.append(clip.times)
            self._values.append(clip["accent"])

    def seconds(self) -> list[float]:
        """Peaks of what was heard, rising."""
        if not self._times:
            return []
        times, values = np.concatenate(self._times), np.concatenate(self._values)
        padded = np.concatenate([[-1.0], values, [-1.0]])
        peaks = np.flatnonzero((values > ACCENTED) & (padded[:-2] < values) & (values >= padded[2:]))
        found: list[float] = []
        for peak in peaks[np.argsort(-values[peaks], kind="stable")]:
            if all(abs(times[peak] - other) >= APART_S for other in found):
                found.append(float(times[peak]))
        return sorted(found)


def anchors(heard: np.ndarray, accents: Accents | None = None) -> dict[str, list[float]]:
    """Seconds by part of the face: middles of phones and edges of silence for the mouth, accents for brows, head.

    heard: (frames, phones) log probabilities, as `Model.phones` gives them; none where nothing is known.
    """
    stressed = [round(at, DIGITS) for at in accents.seconds()] if accents else []
    said = [round(at, DIGITS) for at in moments(heard).tolist()] if len(heard) else []
    return {MOUTH: said, "brows": stressed, "head": stressed}
