"""Keyed glTF tracks sampled at whole frames: STEP, LINEAR and CUBICSPLINE, by the formulas of the specification's
appendix C."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from rigdriver.formats import rates
from rigdriver.keys import hermite
from rigdriver.rotation import between

SNAP = 0.05  # of a frame: keys this near to a frame stand for it; float32 times of a 3-hour clip at 60 fps err by 0.03
SMALLEST = 1e-12  # length of a quaternion between two that cancel each other
FASTEST = 1000.0  # frames a second; a file that says more is not believed
SLOWEST = Fraction(1)


@dataclass(frozen=True)
class Curve:
    """Keys of one track. times: (keys,) s; values: (keys, width), or (keys, 3, width) with tangents for CUBICSPLINE."""

    times: np.ndarray
    values: np.ndarray
    interpolation: str
    is_rotation: bool = False

    def sample(self, fps: Fraction, first: int, last: int) -> np.ndarray:
        """(frames, width) float32 at frames first ≤ k ≤ last; before the first key and after the last it holds."""
        places = snapped(self.times, fps)
        frames = np.arange(first, last + 1, dtype=np.float64)
        left = np.clip(np.searchsorted(places, frames, "right") - 1, 0, len(places) - 1)
        right = np.minimum(left + 1, len(places) - 1)
        gap = places[right] - places[left]
        share = np.clip(np.divide(frames - places[left], gap, out=np.zeros_like(frames), where=gap > 0), 0, 1)
        return self._blend(left, right, share, gap / float(fps)).astype(np.float32)

    def _blend(self, left: np.ndarray, right: np.ndarray, share: np.ndarray, gap_s: np.ndarray) -> np.ndarray:
        if self.interpolation == "CUBICSPLINE":
            start, end, gap = self.values[left], self.values[right], gap_s[:, None]  # each: in-tangent, value, out
            mixed = hermite(start[:, 1], end[:, 1], start[:, 2] * gap, end[:, 0] * gap, share[:, None])
            length = np.linalg.norm(mixed, axis=1, keepdims=True)
            return mixed / np.maximum(length, SMALLEST) if self.is_rotation else mixed
        if self.interpolation == "STEP":
            return self.values[left]
        if self.is_rotation:
            return between(self.values[left], self.values[right], share)
        return self.values[left] + (self.values[right] - self.values[left]) * share[:, None]


def snapped(times: np.ndarray, fps: Fraction) -> np.ndarray:
    """(keys,) float64 frame places of key times, whole where a key stands for a frame."""
    places = np.asarray(times, np.float64) * float(fps)
    whole = np.round(places)
    return np.where(np.abs(places - whole) < SNAP, whole, places)


def frame_rate(times: Iterable[np.ndarray]) -> Fraction:
    """The rate that key times were made at: of the densest track, what its usual step comes to."""
    densest = max(times, key=len)
    if len(densest) < 2:
        return Fraction(30)
    steps = np.diff(np.asarray(densest, np.float64))
    rate = min(1.0 / float(np.mean(steps[steps < 1.5 * np.median(steps)])), FASTEST)
    return max(rates.usual(rate) or SLOWEST, SLOWEST)
