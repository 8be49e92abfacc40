"""Wander: smooth noise on its own clock, so that 24 and 120 frames a second show the same path.

An Ornstein-Uhlenbeck walk sampled at the frame rate trembles, the more the higher the rate. Here the walk has
knots at a fixed spacing, and a cubic B-spline through them gives a path without corners.
"""

from __future__ import annotations

import math

import numpy as np

from rigdriver.clip import Clip

AHEAD = 240  # frames


class Wander:
    """Paths of mean 0 and standard deviation 1, correlated over about tau_s.

    tau_s: one for each path, seconds.
    step_s: spacing of the knots; nothing faster than about 1 / (3 step_s) Hz remains.
    """

    def __init__(self, rng: np.random.Generator, tau_s: tuple[float, ...], step_s: float, begin_s: float):
        self._rng, self._step_s = rng, step_s
        self._keep = np.array([math.exp(-step_s / tau) for tau in tau_s])
        self._kick = np.array([math.sqrt(1 - keep * keep) for keep in self._keep.tolist()])
        self._gain = np.array([1 / math.sqrt(_spline_variance(keep)) for keep in self._keep.tolist()])
        self._origin = math.floor(begin_s / step_s)
        self._knots = rng.standard_normal((1, len(tau_s)))  # (knots, paths); the first is knot self._origin

    def at(self, times: np.ndarray) -> np.ndarray:
        """(frames, paths) float64 at rising times in seconds; earlier times are forgotten."""
        position = times / self._step_s
        whole = np.floor(position)
        knot = whole.astype(np.int64)
        self._draw_until(int(knot[-1]) + 4)
        at = knot - self._origin
        path = sum(weight[:, None] * self._knots[at + k] for k, weight in enumerate(_weights(position - whole)))
        self._forget_before(int(knot[-1]))
        return np.asarray(path * self._gain)

    def _draw_until(self, end: int) -> None:
        new = [self._knots[-1]]
        for _ in range(end - self._origin - len(self._knots)):
            new.append(new[-1] * self._keep + self._rng.standard_normal(len(self._keep)) * self._kick)
        if len(new) > 1:
            self._knots = np.concatenate([self._knots, new[1:]])

    def _forget_before(self, knot: int) -> None:
        self._knots = self._knots[knot - self._origin :]
        self._origin = knot


class Ahead:
    """A wander at the frames of a stream. It hangs on nothing but time, so it is worked out some seconds ahead, and a
    single frame costs a slice."""

    def __init__(self, wander: Wander, header: Clip):
        self._wander, self._fps = wander, header.fps
        self._first = self._end = header.end
        self._path = np.zeros((0, 0))

    def at(self, start: int, frames: int) -> np.ndarray:
        """(frames, paths) from frame `start` on, which lies nowhere before that of the last call."""
        if start + frames > self._end:
            self._go_on(start, start + frames)
        return self._path[start - self._first : start - self._first + frames]

    def _go_on(self, start: int, end: int) -> None:
        frames = np.arange(self._end, max(end, self._end + AHEAD), dtype=np.float64)
        new = self._wander.at(frames * self._fps.denominator / self._fps.numerator)
        kept = self._path[start - self._first :]
        self._path = np.concatenate([kept, new]) if len(kept) else new
        self._first, self._end = start, int(frames[-1]) + 1


def _weights(x: np.ndarray) -> tuple[np.ndarray, ...]:
    """Uniform cubic B-spline: shares of four knots at place x (0..1) between the middle two."""
    y = 1 - x
    first, last = y * y * y / 6, x * x * x / 6
    second = (4 - 6 * x * x + 3 * x * x * x) / 6
    third = (4 - 6 * y * y + 3 * y * y * y) / 6
    return first, second, third, last


def _spline_variance(keep: float) -> float:
    """Variance of the spline where neighbouring knots correlate by `keep`: the B-spline's own autocorrelation."""
    return 151 / 315 + 397 / 840 * keep + keep * keep / 21 + keep * keep * keep / 2520
