"""Strokes: the two shapes that faces and eyes move in, as functions of time and so of no frame rate."""

from __future__ import annotations

import math
from typing import Generic, TypeVar

T = TypeVar("T", float, complex)


def minimum_jerk(share: float) -> float:
    """The way gone (0..1) after that share of the time: the smoothest start and stop, as limbs and eyes have it."""
    if share <= 0:
        return 0.0
    if share >= 1:
        return 1.0
    return share * share * share * (10 + share * (6 * share - 15))


class Glide(Generic[T]):
    """A value that moves to new targets in minimum-jerk strokes."""

    __slots__ = ("_begin_s", "_from", "_took_s", "target")

    def __init__(self, value: T):
        self._from: T = value
        self.target: T = value
        self._begin_s, self._took_s = -math.inf, 0.0

    def to(self, target: T, begin_s: float, take_s: float) -> None:
        """Leave for a target at begin_s, from wherever it is then."""
        self._from, self.target = self.at(begin_s), target
        self._begin_s, self._took_s = begin_s, take_s

    def at(self, time_s: float) -> T:
        since_s = time_s - self._begin_s
        if since_s >= self._took_s:
            return self.target
        return self._from + (self.target - self._from) * minimum_jerk(since_s / self._took_s)


class Pulse:
    """Up to a size, there for a while, and down again: a nod, a raise of the brows, lips pressed."""

    __slots__ = ("_begin_s", "_fall_begins_s", "_peak_s", "_size", "end_s")

    def __init__(self, size: float, begin_s: float, rise_s: float, fall_s: float, hold_s: float = 0.0):
        self._size, self._begin_s = size, begin_s
        self._peak_s = begin_s + rise_s
        self._fall_begins_s = self._peak_s + hold_s
        self.end_s = self._fall_begins_s + fall_s

    def at(self, time_s: float) -> float:
        if time_s < self._peak_s:
            return self._size * minimum_jerk((time_s - self._begin_s) / (self._peak_s - self._begin_s))
        since_s = time_s - self._fall_begins_s
        return self._size * (1 - minimum_jerk(since_s / (self.end_s - self._fall_begins_s)))
