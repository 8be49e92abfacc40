"""Gate: how far lips must do what a hint says. Nothing up to one level of it, all of it from another; and the time
that they take to do it."""

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
        risen = (values[:, self.hint] - self.low) / (self.high - self.low)
        return np.minimum(np.maximum(risen, 0), 1) * self.strength  # type: ignore[no-any-return]


class Pace:
    """A share 0..1 that is where it is wanted as soon as it can: a hint may jump, a lip or a jaw takes its time."""

    def __init__(self, frame_s: float, move_s: float, back_s: float | None = None):
        """move_s, back_s: seconds from 0 to 1, and from 1 to 0 where that is another time."""
        self._share = 0.0
        self._up, self._down = frame_s / move_s, -frame_s / (back_s or move_s)

    def idle(self, wanted: np.ndarray) -> bool:
        """Whether it is 0 and stays there."""
        return not self._share and not wanted.any()

    def follow(self, wanted: np.ndarray) -> np.ndarray:
        """(frames,) → (frames,) float32."""
        return np.array([self._moved(share) for share in wanted.tolist()], np.float32)

    def _moved(self, wanted: float) -> float:
        self._share += min(max(wanted - self._share, self._down), self._up)
        return self._share
