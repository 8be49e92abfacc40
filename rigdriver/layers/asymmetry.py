"""Asymmetry: no mouth moves alike on both sides. A leaning of its own for each face, and a slow drift about it."""

import numpy as np

from rigdriver import rig
from rigdriver.clip import Clip
from rigdriver.layers.chance import generator
from rigdriver.layers.in_place import InPlace
from rigdriver.layers.wander import Wander
from rigdriver.performance import Performance

DRIFT_TAU_S, DRIFT_STEP_S = 4.0, 1.0
LEANING = 0.7  # how much of its variance stays as it is; the rest drifts
WHOLE = ("mouthLeft",)  # a shape of the whole mouth, not of its left side
TOP = 2.0  # standard deviations at most


class AsymmetryStream(InPlace):
    def __init__(self, performance: Performance, header: Clip, seed: int):
        super().__init__(performance, header, seed)
        self.direct(performance)
        self._lean = float(np.clip(generator(seed, "asymmetry").standard_normal(), -TOP, TOP))
        self._drift = Wander(generator(seed, "asymmetry drift"), (DRIFT_TAU_S,), DRIFT_STEP_S,
                             header.start * self.frame_s)
        left = [name for name in rig.canonical().of_region("mouth", "cheeks")
                if name.endswith("Left") and name not in WHOLE]
        self._left = header.columns(left)
        self._right = header.columns([name.removesuffix("Left") + "Right" for name in left])

    def direct(self, performance: Performance) -> None:
        self._size = performance.asymmetry.mouth

    def change(self, values: np.ndarray, start: int) -> None:
        drift = np.clip(self._drift.at(self.times(values, start)), -TOP, TOP)
        lean = self._size * (LEANING**0.5 * self._lean + (1 - LEANING) ** 0.5 * drift)  # (frames, 1)
        values[:, self._left] *= 1 + lean
        values[:, self._right] *= 1 - lean
