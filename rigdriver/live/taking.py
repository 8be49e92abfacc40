"""Taking: packets of one sender as a clip, at an even rate, whatever the network did to them.

Times are the sender's own where it says any and they run forwards, else those of arrival.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from rigdriver.clip import Clip
from rigdriver.errors import InputError
from rigdriver.outputs import Packet
from rigdriver.outputs.packet import MOST

USUAL_FPS = Fraction(60)
LONGEST_S = 24 * 3600.0


class Taking:
    """Keeps one sender's packets, that of the first that sends values; `clip` lays them on an even beat."""

    def __init__(self, subject: str | None = None):
        self.subject, self._whose = subject, ""
        self._columns: dict[str, int] = {}
        self._times: list[tuple[float, float | None]] = []  # of arrival, and the sender's own
        self._rows: list[tuple[tuple[str, ...], np.ndarray]] = []
        self._fps: Fraction | None = None

    def take(self, packet: Packet, now: float) -> None:
        if not packet.names or (self.subject and packet.subject != self.subject):
            return
        self._whose = self._whose or f"{packet.sender}/{packet.subject}"
        if f"{packet.sender}/{packet.subject}" != self._whose:
            return
        for name in packet.names:
            if len(self._columns) < MOST:
                self._columns.setdefault(name, len(self._columns))
        self._fps = packet.fps or self._fps
        self._times.append((now, packet.time_s))
        self._rows.append((packet.names, packet.values))

    def __len__(self) -> int:
        return len(self._rows)

    def clip(self, fps: Fraction | None = None) -> Clip:
        """At `fps`, else the sender's rate, else 60; straight lines between packets. The first packet is frame 0.

        Raises InputError where nothing was taken.
        """
        if not self._rows:
            raise InputError("no packet with values came; there is nothing to record")
        rate, times = fps or self._fps or USUAL_FPS, self._seconds()
        last = min(times[-1], LONGEST_S)
        at = np.arange(math.ceil(last * float(rate) - 1e-3) + 1) / float(rate)  # so that the last packet is in it
        values = np.stack([np.interp(at, times, column) for column in self._table().T], 1)
        return Clip(tuple(self._columns), values.astype(np.float32), rate)

    def _table(self) -> np.ndarray:
        """(packets, names): a value that a packet leaves out is what it was; before it was ever sent it is 0."""
        table, row = np.zeros((len(self._rows), len(self._columns)), np.float32), np.zeros(len(self._columns))
        for k, (names, values) in enumerate(self._rows):
            for name, value in zip(names, values):
                if name in self._columns:
                    row[self._columns[name]] = value
            table[k] = row
        return table

    def _seconds(self) -> np.ndarray:
        """(packets,) rising, from 0."""
        own = [said for _, said in self._times]
        if None not in own and bool((np.diff(np.array(own, float)) > 0).all()):
            return np.array(own, float) - float(own[0] or 0.0)
        arrived = np.array([now for now, _ in self._times])
        return np.maximum.accumulate(arrived - arrived[0] + 1e-9 * np.arange(len(arrived)))
