"""Closure: on p, b and m the lips meet.

Lips are shut where mouthClose equals jawOpen and nothing parts them, at whatever jaw the moment has. So this
runs after all that changes jaw or lips, and holds at any strength: at a full hint mouthClose is at least jawOpen
and mouthLowerDown and mouthUpperUp are 0. The hint is a soft gate with ramps of its own.
"""

import numpy as np

from rigdriver.clip import Clip
from rigdriver.layers.in_place import InPlace
from rigdriver.lips import PARTING
from rigdriver.performance import Performance


class ClosureStream(InPlace):
    needs = ("closure",)

    def __init__(self, performance: Performance, header: Clip, seed: int):
        super().__init__(performance, header, seed)
        self._hint, self._jaw = header.column("closure"), header.column("jawOpen")
        self._close, self._parting = header.column("mouthClose"), header.columns(PARTING)
        self.direct(performance)

    def direct(self, performance: Performance) -> None:
        settings = performance.closure
        self._strength, self._low = settings.closure_strength, settings.open_below
        self._span = settings.shut_above - settings.open_below

    def change(self, values: np.ndarray, start: int) -> None:
        shut = np.clip((values[:, self._hint] - self._low) / self._span, 0, 1) * self._strength
        values[:, self._close] = np.maximum(values[:, self._close], shut * values[:, self._jaw])
        values[:, self._parting] *= (1 - shut)[:, None]
