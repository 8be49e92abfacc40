"""Limits: every channel ends in the rig's range, and in the user's where that is narrower."""

import numpy as np

from rigdriver import rig
from rigdriver.clip import Clip
from rigdriver.layers.in_place import InPlace
from rigdriver.performance import Performance


class LimitsStream(InPlace):
    def __init__(self, performance: Performance, header: Clip, seed: int):
        super().__init__(performance, header, seed)
        limits = {channel.name: (channel.low, channel.high) for channel in rig.canonical().channels}
        for name, (low, high) in performance.limits.weight_limits.items():
            limits[name] = (max(low, limits[name][0]), min(high, limits[name][1]))
        unlimited = (-np.inf, np.inf)  # hints
        self._low, self._high = np.array([limits.get(name, unlimited) for name in header.names], np.float32).T

    def change(self, values: np.ndarray, start: int) -> None:
        np.maximum(values, self._low, out=values)
        np.minimum(values, self._high, out=values)
