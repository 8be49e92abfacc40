"""Sync: by how much one curve comes after another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rigdriver.evaluation.metrics import pearson

MOST_S = 0.2  # BEHAVIOUR: ± 200 ms
STEP_S = 1 / 240

Curve = tuple[np.ndarray, np.ndarray]
"""Times in seconds, rising, and the values there."""


def lag_s(made: Sequence[Curve], true: Sequence[Curve], most_s: float = MOST_S) -> float:
    """Seconds by which the made curves come after the true ones, pairwise, where the pooled correlation is highest.

    The made curve is read between its frames, so the answer is finer than either frame rate. Not a number where
    there is no peak: one side does not move, or the best lag is the farthest one tried.
    """
    lags = np.arange(-round(most_s / STEP_S), round(most_s / STEP_S) + 1) * STEP_S
    wanted = np.concatenate([values for _, values in true])
    scores = [pearson(_moved(made, true, lag), wanted) for lag in lags]
    best = int(np.argmax(scores))
    return float(lags[best]) if 0 < best < len(lags) - 1 else float("nan")


def _moved(made: Sequence[Curve], true: Sequence[Curve], lag: float) -> np.ndarray:
    return np.concatenate([np.interp(at + lag, times, values) for (times, values), (at, _) in zip(made, true)])
