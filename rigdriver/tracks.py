"""Tracks: numbers of a performance that change over time, keyed as an animator keys them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

BETWEEN = 8
Keys = Sequence[Sequence[float]]


@dataclass(frozen=True, eq=False)
class Track:
    """Keys (seconds, value) at rising times; two at one time make a step. Between keys the value eases from one to the
    next (smoothstep), before the first and after the last it holds. Raises ValueError for keys out of order."""

    times: np.ndarray
    values: np.ndarray

    @classmethod
    def of(cls, keys: Keys) -> Track:
        if not keys:
            raise ValueError("holds no keys; write [[seconds, value], …]")
        times, values = np.array(keys, np.float64).T
        if not (np.isfinite(times).all() and np.isfinite(values).all()):
            raise ValueError("holds a time or value that is no number")
        back = np.flatnonzero(np.diff(times) < 0)
        if len(back):
            raise ValueError(f"key at {times[back[0] + 1]:g} s comes after the one at {times[back[0]]:g} s; sort them")
        return cls(times, values)

    def at(self, times: np.ndarray | Sequence[float]) -> np.ndarray:
        """(frames,) values at these seconds."""
        times = np.asarray(times, np.float64)
        after = np.searchsorted(self.times, times, side="right")  # a step has happened at its own time
        before = np.clip(after - 1, 0, len(self.times) - 1)
        after = np.clip(after, 0, len(self.times) - 1)
        length = np.maximum(self.times[after] - self.times[before], 1e-9)
        share = np.clip((times - self.times[before]) / length, 0, 1)
        eased = share * share * (3 - 2 * share)
        one, other = self.values[before], self.values[after]
        eased = one + (other - one) * eased
        return np.clip(eased, np.minimum(one, other), np.maximum(one, other))  # not past a key by a rounding error


def led(keys: Keys, at_s: float, value: float, over_s: float) -> list[tuple[float, float]]:
    """Keys that from `at_s` on lead to a value within `over_s` seconds. A change that is cut short leaves from where it
    had come by then; later keys go."""
    now = float(Track.of(keys).at([at_s])[0])
    return [(time_s, was) for time_s, was in keys if time_s < at_s] + [(at_s, now), (at_s + over_s, value)]


class Tracks(dict[str, Track]):
    """Tracks by `section.key`."""

    def __init__(self, keys: Mapping[str, Keys | Track]):
        super().__init__({name: each if isinstance(each, Track) else Track.of(each) for name, each in keys.items()})

    def moments(self) -> np.ndarray:
        """Rising times, seconds: every key's, and some between each two."""
        keys = np.unique(np.concatenate([np.zeros(1), *(track.times for track in self.values())]))
        between = [np.linspace(one, other, BETWEEN, endpoint=False) for one, other in pairwise(keys)]
        return np.concatenate([*between, keys[-1:]])

    def of(self, section: str) -> Tracks:
        """Those of one section, by key."""
        parts = ((name.partition("."), track) for name, track in self.items())
        return Tracks({key: track for (first, _, key), track in parts if first == section})
