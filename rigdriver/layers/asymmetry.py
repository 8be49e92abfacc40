"""Asymmetry: no mouth moves alike on both sides. A leaning of its own for each face, and a slow drift about it."""

import numpy as np

from rigdriver import rig
from rigdriver.clip import Clip
from rigdriver.layers.chance import generator
from rigdriver.layers.in_place import InPlace
from rigdriver.layers.wander import Ahead, Wander
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
        self._drift = Ahead(Wander(generator(seed, "asymmetry drift"), (DRIFT_TAU_S,), DRIFT_STEP_S,
                                   header.start * self.frame_s), header)
        left = [name for name in rig.canonical().of_region("mouth", "cheeks")
                if name.endswith("Left") and name not in WHOLE]
        right = [name.removesuffix("Left") + "Right" for name in left]
        self._sides = np.array(header.columns([*left, *right]))
        self._sign = np.repeat([1.0, -1.0], len(left))

    def direct(self, performance: Performance) -> None:
        self._size = performance.asymmetry.mouth

    def change(self, values: np.ndarray, start: int) -> None:
        drift = np.minimum(np.maximum(self._drift.at(start, len(values)), -TOP), TOP)
        lean = self._size * (LEANING**0.5 * self._lean + (1 - LEANING) ** 0.5 * drift)  # (frames, 1)
        values[:, self._sides] *= 1 + lean * self._sign
