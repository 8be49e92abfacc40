"""A protocol's own list of values out of a frame, whatever order the frame's curves stand in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rigdriver.errors import InputError


class Columns:
    """names: the curves wanted, found in `available` in any case (`JawOpen` is `jawOpen`); one that is lacking is 0.

    factors: (names,) what each is multiplied by: a unit or a sign, never a taste.
    """

    def __init__(self, available: Sequence[str], names: Sequence[str], factors: np.ndarray | None = None):
        at = {name.lower(): k for k, name in enumerate(available)}
        self.found = [name for name in names if name.lower() in at]
        self._columns = np.array([at.get(name.lower(), len(available)) for name in names], np.intp)
        self._row = np.zeros(len(available) + 1, np.float32)  # its last place is the 0 of those that are lacking
        self._factors = None if factors is None else factors.astype(np.float32)

    def __call__(self, frame: np.ndarray) -> np.ndarray:
        """(names,) float32."""
        self._row[:-1] = frame
        values = self._row[self._columns]
        return values if self._factors is None else values * self._factors

    def or_refuse(self, what: str, rig: str) -> Columns:
        """Raises InputError where the clip has none of the curves."""
        if not self.found:
            raise InputError(f"{what}: the clip has none of its curves; retarget it to the rig {rig!r}")
        return self
