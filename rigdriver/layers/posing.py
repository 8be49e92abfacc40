"""Posing: curves as a mixture of whole poses (visemes), or as the one pose that is nearest.

A mixture is found for every frame by bounded least squares: the weights w, 0..1 each and 1 together, for which

    Σ_curve measure × (curve − Σ_pose w × pose)²  +  what it costs to show poses at all

is least, by coordinate descent (each weight in turn to its best place), which here needs a dozen rounds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction

import numpy as np

from rigdriver.wiring import Poses

ROUNDS = 12
RIDGE = 0.02  # of a pose's own size: of two poses that look alike each gets a part
THRIFT = 0.02  # likewise: a few poses that explain a mouth are shown before many that explain it a little better

PATIENCE_S = 0.03  # a pose is shown alone when it has been nearest for so long: lips that shut pass many on their way
FEW = 8  # frames
TINY = 1e-9  # a pose of curves that the clip lacks has no size at all


class Posing:
    """Poses against the columns of a clip. sources: names of those columns; fps: frames a second."""

    def __init__(self, poses: Poses, sources: tuple[str, ...], fps: Fraction):
        self._show, self._rest = poses.show, poses.rest
        self._shown: int | None = None  # the one pose of the frame before
        self._nearer = (-1, 0)  # which has been nearest, and for how many frames
        self._patience = max(1, math.ceil(PATIENCE_S * fps))
        curves = [curve for curve, weight in poses.measure.items() if weight > 0 and curve in sources]
        self._columns = [sources.index(curve) for curve in curves]
        self._measure = np.array([poses.measure[curve] for curve in curves], np.float32)
        self._names = [name for name in poses.of if poses.show == "one" or name != self._rest]
        at = np.array([[poses.of[name].get(curve, 0.0) for curve in curves] for name in self._names], np.float32)
        self._at = at.reshape(len(self._names), len(curves))  # (poses, curves)
        self._pull = (self._at * self._measure).T.astype(np.float64)  # (curves, poses)
        gram = self._at @ self._pull
        self._thrift = THRIFT * gram.diagonal()
        self._gram = gram + np.diag(RIDGE * gram.diagonal())

    def weights(self, sources: np.ndarray) -> dict[str, np.ndarray]:
        """Pose → (frames,) float32 of how much it is shown."""
        return self._nearest(sources) if self._show == "one" else self._mixture(sources)

    def _nearest(self, sources: np.ndarray) -> dict[str, np.ndarray]:
        distance = np.zeros((len(sources), len(self._names)), np.float32)
        for column, measure, at in zip(self._columns, self._measure, self._at.T):
            distance += measure * (sources[:, column, None] - at) ** 2
        chosen = np.array([self._next(row) for row in distance], np.int64)
        return {name: (chosen == k).astype(np.float32) for k, name in enumerate(self._names)}

    def _next(self, distance: np.ndarray) -> int:
        """The pose of the next frame, from its distance to each."""
        best = int(distance.argmin())
        self._nearer = (best, self._nearer[1] + 1 if best == self._nearer[0] else 1)
        if self._shown is None or self._nearer[1] >= self._patience:
            self._shown = best
        return self._shown

    def _mixture(self, sources: np.ndarray) -> dict[str, np.ndarray]:
        pull = np.zeros((len(sources), len(self._names)))
        for column, part in zip(self._columns, self._pull):
            pull += sources[:, column, None] * part
        weights = _descend(self._gram, pull - self._thrift).astype(np.float32)
        total = np.zeros(len(sources), np.float32)
        for column in weights.T:
            total += column
        weights = weights / np.maximum(total, np.float32(1))[:, None]
        shown: Mapping[str, np.ndarray] = dict(zip(self._names, weights.T))
        return {**shown, **({self._rest: np.maximum(1 - total, np.float32(0))} if self._rest else {})}


def _descend(gram: np.ndarray, pull: np.ndarray) -> np.ndarray:
    """(frames, poses): the least of ½ wᵀ gram w − pullᵀ w for 0 ≤ w ≤ 1, frame by frame.

    The same double-precision arithmetic in the same order for one frame and for many: a live hop has one, and there
    plain numbers are ten times as quick as arrays.
    """
    steps = 1 / np.maximum(gram.diagonal(), TINY)
    if len(pull) > FEW:
        return _descend_together(gram, steps, pull)
    alone = [_descend_alone(gram.tolist(), steps.tolist(), frame) for frame in pull.tolist()]
    return np.array(alone, np.float64).reshape(pull.shape)


def _descend_together(gram: np.ndarray, steps: np.ndarray, pull: np.ndarray) -> np.ndarray:
    weights, slope = np.zeros_like(pull), -pull
    for _ in range(ROUNDS):
        for k, row in enumerate(gram):
            better = np.minimum(np.maximum(weights[:, k] - slope[:, k] * steps[k], 0), 1)
            change = better - weights[:, k]
            if change.any():
                slope += change[:, None] * row
                weights[:, k] = better
    return weights


def _descend_alone(gram: list[list[float]], steps: list[float], pull: list[float]) -> list[float]:
    weights, slope = [0.0] * len(pull), [-value for value in pull]
    for _ in range(ROUNDS):
        for k, row in enumerate(gram):
            better = min(max(weights[k] - slope[k] * steps[k], 0.0), 1.0)
            change = better - weights[k]
            if change:
                slope = [down + change * part for down, part in zip(slope, row)]
                weights[k] = better
    return weights
