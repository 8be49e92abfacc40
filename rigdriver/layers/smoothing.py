"""Smoothing: two cascaded exponential averages, as Audio2Face has them.

Off unless asked for: the network's curves have little grain, and Audio2Face's half-lives (.001 and .006 s) would make
the jaw 8 ms later and 5 % slower.
"""

import numpy as np

from rigdriver import rig
from rigdriver.clip import Clip
from rigdriver.layers.in_place import InPlace
from rigdriver.performance import Performance

UPPER_REGIONS = ("eyes", "brows")
LOWER_REGIONS = ("jaw", "mouth", "cheeks", "nose", "tongue")


class SmoothingStream(InPlace):
    def __init__(self, performance: Performance, header: Clip, seed: int):
        super().__init__(performance, header, seed)
        self._upper, self._lower = (
            header.columns(rig.canonical().of_region(*regions)) if _on(performance, f"{part}_face_smoothing") else []
            for part, regions in (("upper", UPPER_REGIONS), ("lower", LOWER_REGIONS)))
        self._columns = self._upper + self._lower
        self.direct(performance)
        self._first: np.ndarray | None = None  # (columns,) state of the two averages: none before the first frame
        self._second: np.ndarray | None = None

    def direct(self, performance: Performance) -> None:
        settings = performance.smoothing
        self._share = np.array([self._new_share(settings.upper_face_smoothing)] * len(self._upper)
                               + [self._new_share(settings.lower_face_smoothing)] * len(self._lower), np.float32)

    def _new_share(self, half_life_s: float) -> float:
        """How much of the way to the newest value an average goes in one frame; all of it where smoothing is off."""
        return 1.0 if not half_life_s else 1 - 0.5 ** (self.frame_s / half_life_s)

    def change(self, values: np.ndarray, start: int) -> None:
        if self._columns:
            values[:, self._columns] = self._averaged(values[:, self._columns])

    def _averaged(self, targets: np.ndarray) -> np.ndarray:
        """(frames, columns), frame by frame: sums over many frames at once would round by chunk size."""
        if self._first is None or self._second is None:
            self._first, self._second = targets[0].copy(), targets[0].copy()
        first, second, share, step = self._first, self._second, self._share, np.zeros_like(self._share)
        for row in targets:
            np.subtract(row, first, out=step)
            step *= share
            first += step
            np.subtract(first, second, out=step)
            step *= share
            second += step
            row[:] = second
        return targets


def _on(performance: Performance, key: str) -> bool:
    return bool(getattr(performance.smoothing, key)) or f"smoothing.{key}" in performance.tracks
