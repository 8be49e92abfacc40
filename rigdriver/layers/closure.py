"""Closure: on p, b and m the lips meet.

Lips are shut where mouthClose equals jawOpen and nothing parts them, at whatever jaw the moment has. So this
runs after all that changes jaw or lips, and holds at any strength: at a full hint mouthClose is at least jawOpen
and mouthLowerDown and mouthUpperUp are 0. The hint is a soft gate with ramps of its own.
"""

import numpy as np

from rigdriver.clip import Clip
from rigdriver.layers.gate import Gate
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
        said = performance.closure
        self._gate = Gate(self._hint, said.open_below, said.shut_above, said.closure_strength)

    def change(self, values: np.ndarray, start: int) -> None:
        shut = self._gate.shares(values)
        values[:, self._close] = np.maximum(values[:, self._close], shut * values[:, self._jaw])
        values[:, self._parting] *= (1 - shut)[:, None]
