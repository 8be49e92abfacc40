"""What comes live, kept as keys: a row for each frame at its second, and from them a clip at the scene's rate."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import numpy as np

from .copied.clip import Clip

AHEAD_S = 0.5  # of our clock no sender's seconds are, unless it began anew; behind they are when Blender stalls
LONGEST_S = 3600.0


class Recording:
    """Knows nothing of Blender. start: the scene's frame that the first row belongs to."""

    def __init__(self, start: int):
        self.start = start
        self._names: tuple[str, ...] = ()
        self._times: list[float] = []
        self._rows: list[np.ndarray] = []
        self._origin: float | None = None  # our clock's time of the first row
        self._shift, self._second = 0.0, 0.0  # of the sender's seconds to ours; its last one

    @property
    def seconds(self) -> float:
        return self._times[-1] if self._times else 0.0

    def add(self, values: Mapping[str, float], now: float, second: float | None) -> None:
        """One frame. values: curves only ever come to them; now: our clock; second: the sender's, which keeps time
        better than the network; of several rows of one time the last counts."""
        if self._origin is None:
            self._origin, self._shift, self._second = now, -(second or 0.0), second or 0.0
        since = now - self._origin
        if second is not None:
            if second < self._second or second + self._shift > since + AHEAD_S:
                self._shift = since - second
            self._second, since = second, second + self._shift
        if since > LONGEST_S:
            return
        self._names = tuple(values)
        while self._times and self._times[-1] >= since:
            self._times.pop()
            self._rows.pop()
        self._times.append(since)
        self._rows.append(np.fromiter(values.values(), np.float32, len(values)))

    def clip(self, fps: Fraction) -> Clip | None:
        """Straight lines between the rows; None where nothing came."""
        if not self._times:
            return None
        table = np.zeros((len(self._rows), len(self._names)), np.float32)
        for row, values in zip(table, self._rows):
            row[: len(values)] = values
        at = np.arange(int(self.seconds * fps) + 1) / float(fps)
        columns = [np.interp(at, self._times, table[:, k]) for k in range(len(self._names))]
        return Clip(self._names, np.stack(columns, axis=1).astype(np.float32), fps)
