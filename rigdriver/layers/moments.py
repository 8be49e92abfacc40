"""Moments: times at which a director wants something to happen once."""

from collections.abc import Sequence


class Moments:
    """Asked frame by frame, in order; a moment belongs to the first frame that is not before it."""

    def __init__(self, times: Sequence[float]):
        self._left = sorted(times, reverse=True)

    def now(self, time_s: float, frame_s: float) -> bool:
        """Whether one falls into the frame that ends at `time_s`; those before the stream began are let go."""
        happens = False
        while self._left and self._left[-1] <= time_s + 1e-9:
            happens |= self._left.pop() > time_s - frame_s + 1e-9
        return happens
