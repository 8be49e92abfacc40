"""Which frames of a track must be keys so that straight lines between them stay near all the others.

From each key on, every frame narrows the slopes that a line from that key may have; where a frame's own slope lies
outside what is left, the frame before it becomes the next key ("swing door", Bristol 1990). Keys are frames, never
new values, so extremes of the reduced track are extremes of the clip. One pass, block by block, any length.

All targets of a mesh share one sampler in glTF, so a key is kept where any of them needs it. Rotations are judged as
readers blend them: a slerp from key to key is a straight line in the logarithm of the rotation since the first, and
two rotations are no further apart than their logarithms.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from rigdriver.rotation import inverse, multiply

NONE = np.zeros(0, np.int64)
SHORTEST, LONGEST = 8, 512  # frames looked at in one step; doubled while no key is needed


def kept(blocks: Iterable[np.ndarray], times: np.ndarray, tolerance: float, is_rotation: bool = False,
         pinned: np.ndarray = NONE) -> np.ndarray:
    """(keys,) indices of the frames to keep, the first and the last among them.

    blocks: (n, width) values that together hold a row for each time; tolerance: in the values' unit, for a rotation
    the angle in radians. pinned: indices, rising, of frames that are kept whatever they need.
    """
    door = _Door(tolerance / np.sqrt(3) if is_rotation else tolerance, is_rotation)
    at = 0
    for block in blocks:
        inside = pinned[(pinned >= at) & (pinned < at + len(block))] - at
        for part in np.split(block, inside + 1):
            door.pass_through(part.astype(np.float64), times[at : at + len(part)].astype(np.float64), at)
            at += len(part)
            if at - 1 in pinned:
                door.close(at - 1)
    if door.keys[-1] != at - 1:
        door.keys.append(at - 1)
    return np.array(door.keys, np.int64)


def only(blocks: Iterable[np.ndarray], indices: np.ndarray) -> Iterator[np.ndarray]:
    """The rows of these increasing indices, block by block."""
    at = 0
    for block in blocks:
        first, last = np.searchsorted(indices, (at, at + len(block)))
        if last > first:
            yield block[indices[first:last] - at]
        at += len(block)


class _Door:
    """The last key, and the slopes that a line from it may have so far."""

    def __init__(self, tolerance: float, is_rotation: bool):
        self._tolerance, self._is_rotation = tolerance, is_rotation
        self.keys: list[int] = []
        self._last: tuple[np.ndarray, float] | None = None

    def pass_through(self, rows: np.ndarray, times: np.ndarray, first: int) -> None:
        """The next rows, of which the first has this index."""
        at, reach = 0, SHORTEST
        while at < len(rows):
            if not self.keys:
                self._begin(first, rows[0], times[0])
                self._last, at = (rows[0], times[0]), 1
                continue
            window = slice(at, at + reach)
            fits = self._fitting(rows[window], times[window])
            at += fits
            if fits:
                self._last = rows[at - 1], times[at - 1]
            if fits < len(rows[window]):
                assert self._last is not None, "a frame after a key always fits"
                self._begin(first + at - 1, *self._last)
                reach = SHORTEST
            else:
                reach = min(2 * reach, LONGEST)

    def close(self, index: int) -> None:
        """Makes the last frame that passed, of this index, a key."""
        if self.keys and self.keys[-1] != index and self._last is not None:
            self._begin(index, *self._last)

    def _begin(self, index: int, row: np.ndarray, time: float) -> None:
        self.keys.append(index)
        self._row, self._time = row, time
        width = 3 if self._is_rotation else len(row)
        self._low, self._high = np.full(width, -np.inf), np.full(width, np.inf)

    def _fitting(self, rows: np.ndarray, times: np.ndarray) -> int:
        """How many of the rows a line from the key may still end at; narrows the slopes by those."""
        away = _logarithm(multiply(inverse(self._row), rows)) if self._is_rotation else rows - self._row
        since = (times - self._time)[:, None]
        low = np.maximum.accumulate(np.vstack([self._low, (away - self._tolerance) / since]))
        high = np.minimum.accumulate(np.vstack([self._high, (away + self._tolerance) / since]))
        slope = away / since
        fits = ((slope >= low[:-1]) & (slope <= high[:-1])).all(axis=1)
        count = len(rows) if fits.all() else int(fits.argmin())
        self._low, self._high = low[count], high[count]
        return count


def _logarithm(rotations: np.ndarray) -> np.ndarray:
    """(n, 3) rotation vectors in radians of (n, 4) unit quaternions, the short way round."""
    rotations = rotations * np.where(rotations[:, 3:] < 0, -1.0, 1.0)
    length = np.linalg.norm(rotations[:, :3], axis=1)
    angle = 2 * np.arctan2(length, rotations[:, 3])
    return rotations[:, :3] * np.divide(angle, length, out=np.full_like(length, 2.0), where=length > 1e-12)[:, None]
