"""Gate: how far lips must do what a hint says. Nothing up to one level of it, all of it from another."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Gate:
    """hint: its column. low, high: levels of it, 0..1, low < high. strength: of the whole, 0..1."""

    hint: int
    low: float
    high: float
    strength: float

    def shares(self, values: np.ndarray) -> np.ndarray:
        """(frames, names) → (frames,) 0..1."""
        return np.asarray(np.clip((values[:, self.hint] - self.low) / (self.high - self.low), 0, 1) * self.strength)
