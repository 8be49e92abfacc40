"""Bounded least squares for maps: few weights, none of them wild."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rigdriver.errors import MissingExtra

RIDGE = 1e-4  # of each column's own size: what is told by two columns alike is shared by both
FAINT = 0.03  # of the result's size: what adds less is left out, and the rest fitted again;
TRUST = 0.4  # and what adds less than this share of the error, for a poor fit clutches at straws


@dataclass(frozen=True, eq=False)
class Fit:
    """weights: (columns,). error: what is left over, as a share of what was to be shown; 0 is exact, 1 is nothing."""

    weights: np.ndarray
    error: float


@dataclass(frozen=True, eq=False)
class Basis:
    """Columns that many results are made of, known by their Gram matrix (columns, columns). faint: see FAINT."""

    gram: np.ndarray
    faint: float = FAINT

    def fit(self, pull: np.ndarray, square: float, low: float | np.ndarray, high: float | np.ndarray) -> Fit:
        """The weights within bounds that come nearest. pull: (columns,) columnsᵀ · result; square: result · result."""
        count = len(self.gram)
        low, high = np.broadcast_to(low, count), np.broadcast_to(high, count)
        kept = np.flatnonzero(self.gram.diagonal() > 0)
        for _ in range(2):
            weights = np.zeros(count)
            if len(kept):
                weights[kept] = self._bounded(kept, pull[kept], low[kept], high[kept])
            left = square - 2 * weights @ pull + weights @ self.gram @ weights
            error = float(np.sqrt(max(left, 0) / max(square, 1e-30)))
            adds = np.abs(weights) * np.sqrt(self.gram.diagonal() / max(square, 1e-30))
            kept = np.flatnonzero(adds > max(self.faint, min(TRUST * error, 0.99 * adds.max(initial=0))))  # never all
        return Fit(weights, error)

    def _bounded(self, kept: np.ndarray, pull: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
        try:
            from scipy.optimize import lsq_linear
        except ImportError:
            raise MissingExtra("fitting a rig", "solve") from None
        gram = self.gram[np.ix_(kept, kept)]
        size = np.sqrt(gram.diagonal())
        scaled = gram / size / size[:, None] + RIDGE * np.eye(len(kept))
        root = np.linalg.cholesky(scaled)  # root rootᵀ = scaled, so ‖rootᵀ x − root⁻¹ pull‖ is the same problem, small
        found = lsq_linear(root.T, np.linalg.solve(root, pull / size), bounds=(low * size, high * size), method="bvls")
        return np.clip(found.x / size, low, high)
