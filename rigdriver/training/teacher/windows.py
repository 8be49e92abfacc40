"""Windows in time with soft edges, and smoothing that keeps time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def smooth(curve: np.ndarray, omega: float) -> np.ndarray:
    """Zero-phase, two-sided critically damped smoothing; omega in radians a frame."""
    reach = int(np.ceil(8 / omega))
    distance = np.abs(np.arange(-reach, reach + 1)) * omega
    kernel = (1 + distance) * np.exp(-distance)
    return np.convolve(np.pad(curve, reach, mode="edge"), kernel / kernel.sum(), mode="valid")


def ramped(times: np.ndarray, spans: Sequence[tuple[float, float]], ramp_s: float) -> np.ndarray:
    """(frames,): 1 inside the spans, raised-cosine ramps of ramp_s around them, 0 elsewhere."""
    value = np.zeros(len(times))
    for first, last in spans:
        near = slice(*np.searchsorted(times, (first - ramp_s, last + ramp_s)))
        outside = np.clip(np.maximum(first - times[near], times[near] - last) / ramp_s, 0, 1)
        value[near] = np.maximum(value[near], 0.5 + 0.5 * np.cos(np.pi * outside))
    return value
