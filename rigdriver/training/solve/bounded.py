"""Bounded least squares over all frames at once: one Gram matrix, a box, a prior, and smoothness in time.

For each clip it minimises, over weights x between 0 and `upper`,

    Σ_t (½ x_tᵀ (G + P) x_t − y_tᵀ x_t)  +  ½ Σ_t Σ_c s_c (x_{t−1,c} − 2 x_{t,c} + x_{t+1,c})²

by accelerated projected gradients that restart where they overshoot (Beck and Teboulle 2009; O'Donoghue and Candès
2015).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

BEND = 16.0  # largest eigenvalue of the squared second difference, at half the frame rate


@dataclass(frozen=True, eq=False)
class Problem:
    """gram, prior: (C, C). bend: (C,) price of the squared second difference. upper: (C,), the lower bound is 0."""

    gram: np.ndarray
    prior: np.ndarray
    bend: np.ndarray
    upper: np.ndarray


def solve(problem: Problem, pull: np.ndarray, steps: int = 200) -> np.ndarray:
    """Weights (clips, frames, C) float32 of clips whose right-hand sides y, `pull`, of that shape, share one Gram."""
    scale = 1 / np.sqrt(np.diag(problem.gram + problem.prior) + BEND * problem.bend)
    curve = ((problem.gram + problem.prior) * scale * scale[:, None]).astype(np.float32)
    bend = (problem.bend * scale**2).astype(np.float32)
    rate = np.float32(1 / (np.linalg.eigvalsh(curve.astype(float))[-1] + BEND * bend.max()))
    data, top = (pull * scale).astype(np.float32), (problem.upper / scale).astype(np.float32)

    x: np.ndarray = np.zeros_like(data)
    momentum: np.ndarray = np.ones((len(data), 1, 1), np.float32)
    ahead = x
    for _ in range(steps):
        slope = ahead @ curve - data + bend * squared_bend(ahead)
        new = np.clip(ahead - rate * slope, 0, top)
        uphill = ((ahead - new) * (new - x)).sum((1, 2), keepdims=True) > 0
        momentum[uphill] = 1
        longer = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = new + (momentum - 1) / longer * (new - x)
        x, momentum = new, longer
    return x * scale.astype(np.float32)


def squared_bend(x: np.ndarray) -> np.ndarray:
    """DᵀD x along axis 1, D the second difference; its ends are free."""
    result = np.zeros_like(x)
    if x.shape[1] > 2:
        second = x[:, :-2] - 2 * x[:, 1:-1] + x[:, 2:]
        result[:, :-2] += second
        result[:, 1:-1] -= 2 * second
        result[:, 2:] += second
    return result
