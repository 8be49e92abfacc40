"""Keys: a curve as an animator keys it, few values with a slope into and out of each and a cubic through them.

It is what Unity, Maya and Blender call a keyed curve, and glTF CUBICSPLINE. `rigdriver.keying` makes keys of a clip.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from .clip import Clip

HALVINGS = 40  # of 0..1: past what a double can tell apart in a curve


@dataclass(frozen=True, eq=False)
class Keys:
    """Keys of one curve. Before the first and after the last the curve holds.

    times: (keys,) float64 s, rising.
    values: (keys,) float64.
    in_slopes, out_slopes: (keys,) float64 per second; where one is infinite the curve steps: it holds to the next key.
    reach: (keys, 2) float64, how far the handles into and out of a key reach, 0..1 of the stretch there; None where
        all reach a third, which makes the cubic a plain function of time.
    Raises ValueError for no keys, keys that do not rise in time, numbers that are none and shapes that do not fit.
    """

    times: np.ndarray
    values: np.ndarray
    in_slopes: np.ndarray
    out_slopes: np.ndarray
    reach: np.ndarray | None = None

    def __post_init__(self) -> None:
        for name in ("times", "values", "in_slopes", "out_slopes"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), np.float64))
        shapes = {self.times.shape, self.values.shape, self.in_slopes.shape, self.out_slopes.shape}
        if self.times.ndim != 1 or len(shapes) > 1 or not len(self.times):
            raise ValueError(f"keys of shapes {sorted(shapes)} do not fit each other")
        if np.isnan([self.in_slopes, self.out_slopes]).any() or not np.isfinite([self.times, self.values]).all():
            raise ValueError("a key holds what is not a number")
        if not (np.diff(self.times) > 0).all():
            raise ValueError("key times do not rise")
        if self.reach is not None:
            object.__setattr__(self, "reach", np.clip(np.asarray(self.reach, np.float64), 0.0, 1.0))
            if self.reach.shape != (len(self.times), 2) or np.isnan(self.reach).any():
                raise ValueError("the reach of handles is (keys, 2) numbers")

    def __len__(self) -> int:
        return len(self.times)

    def at(self, times: np.ndarray) -> np.ndarray:
        """(frames,) float64 values at these seconds."""
        times = np.asarray(times, np.float64)
        if len(self) == 1:
            return np.full(times.shape, self.values[0])
        left = np.clip(np.searchsorted(self.times, times, "right") - 1, 0, len(self) - 2)
        gap = self.times[left + 1] - self.times[left]
        share = np.clip((times - self.times[left]) / gap, 0.0, 1.0)
        start, end = self.values[left], self.values[left + 1]
        leaving, arriving = self.out_slopes[left] * gap, self.in_slopes[left + 1] * gap
        step = ~np.isfinite(leaving) | ~np.isfinite(arriving)
        leaving, arriving = np.where(step, 0.0, leaving), np.where(step, 0.0, arriving)
        if self.reach is None:
            curved = hermite(start, end, leaving, arriving, share)
        else:
            curved = _bezier(start, end, leaving, arriving, share, self.reach[left, 1], self.reach[left + 1, 0])
        return np.where(share >= 1, end, np.where(step, start, curved))


def hermite(start: np.ndarray, end: np.ndarray, leaving: np.ndarray, arriving: np.ndarray,
            share: np.ndarray) -> np.ndarray:
    """The cubic between two values with two slopes, per stretch; share: 0..1 of the stretch. Shapes broadcast."""
    rise = end - start
    bend, twist = 3 * rise - 2 * leaving - arriving, leaving + arriving - 2 * rise
    return start + share * (leaving + share * (bend + share * twist))


def _bezier(start: np.ndarray, end: np.ndarray, leaving: np.ndarray, arriving: np.ndarray, share: np.ndarray,
            out: np.ndarray, into: np.ndarray) -> np.ndarray:
    """The same with handles that reach `out` and `into` of the stretch; its parameter is found by halving."""
    low, high = np.zeros_like(share), np.ones_like(share)
    for _ in range(HALVINGS):
        u = (low + high) / 2
        early = _bernstein(0.0, out, 1 - into, 1.0, u) < share
        low, high = np.where(early, u, low), np.where(early, high, u)
    return _bernstein(start, start + leaving * out, end - arriving * into, end, (low + high) / 2)


def _bernstein(a: np.ndarray | float, b: np.ndarray, c: np.ndarray, d: np.ndarray | float, u: np.ndarray) -> np.ndarray:
    v = 1 - u
    return v * v * v * a + 3 * v * u * (v * b + u * c) + u * u * u * d


def sampled(curves: Mapping[str, Keys], fps: Fraction, first: int, last: int) -> Clip:
    """Keyed curves as a clip: frames first ≤ k ≤ last."""
    times = np.arange(first, last + 1) * fps.denominator / fps.numerator
    values = np.zeros((len(times), len(curves)), np.float32)
    for k, keys in enumerate(curves.values()):
        values[:, k] = keys.at(times)
    return Clip(tuple(curves), values, fps, first)
