"""A clock that never waits, and is late when it is told to be."""

from collections.abc import Callable


class ManualClock:
    """Jumps to whatever moment is waited for. late: how much later than asked it wakes, by the number of the wait."""

    def __init__(self, late: Callable[[int], float] = lambda k: 0.0):
        self._now, self._late, self._waits = 100.0, late, 0

    def now(self) -> float:
        return self._now

    def wait_until(self, moment: float) -> None:
        self._now = max(self._now, moment) + self._late(self._waits)
        self._waits += 1


class Kept:
    """A sink that remembers."""

    def __init__(self, clock: ManualClock):
        self._clock = clock
        self.frames, self.indices, self.sent_at = [], [], []

    def send(self, frame, index, time_s) -> None:
        self.frames.append(frame)
        self.indices.append(index)
        self.sent_at.append(self._clock.now())
