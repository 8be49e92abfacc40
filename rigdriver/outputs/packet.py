"""What a listener makes of a datagram: named values in our names and units, and the sender's own time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from rigdriver.errors import InputError

MOST = 4096  # values of one datagram, more than any face has


@dataclass(frozen=True, eq=False)
class Packet:
    """names: ARKit's curves and our angles where the protocol has them, else the sender's own.

    values: (names,) float32, weights 0..1 as sent, angles in radians about our axes (`rigs/arkit.yaml`).
    frame, fps: the sender's frame number, with its fraction, and rate; time_s: its clock. None where it sends none.
    sender: host:port it came from. notes: what else the datagram says, in words.
    ends: False where the rest of the frame is still to come in another datagram.
    """

    names: tuple[str, ...]
    values: np.ndarray
    subject: str = ""
    frame: float | None = None
    fps: Fraction | None = None
    time_s: float | None = None
    sender: str = ""
    notes: tuple[str, ...] = ()
    ends: bool = field(default=True)

    def __getitem__(self, name: str) -> float:
        return float(self.values[self.names.index(name)])

    def __contains__(self, name: str) -> bool:
        return name in self.names

    @classmethod
    def of(cls, values: Mapping[str, float], **others: Any) -> Packet:
        """Raises InputError for more values than a face has, or one that is not a number."""
        if len(values) > MOST:
            raise InputError(f"the datagram holds {len(values)} values, more than {MOST}")
        with np.errstate(over="ignore"):
            numbers = np.array(list(values.values()), np.float32)
        if not np.isfinite(numbers).all():
            raise InputError("the datagram holds a value that is not a number")
        return cls(tuple(values), numbers, **others)

    @property
    def timecode(self) -> str:
        """HH:MM:SS:FF of `frame`, counted from midnight; "" where the sender gives none."""
        if self.frame is None or self.fps is None:
            return ""
        rate = max(1, round(self.fps))
        seconds, frames = divmod(int(self.frame), rate)
        return f"{seconds // 3600 % 24:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}:{frames:02d}"
