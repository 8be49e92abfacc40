"""Channels: the user's own gain and offset for single channels, after everything that moves them."""

import numpy as np

from rigdriver.clip import Clip
from rigdriver.layers.in_place import InPlace
from rigdriver.lips import PARTING
from rigdriver.performance import Performance


class ChannelsStream(InPlace):
    def __init__(self, performance: Performance, header: Clip, seed: int):
        super().__init__(performance, header, seed)
        self._gains = np.ones(len(header.names), np.float32)
        for name, gain in performance.channels.weight_multipliers.items():
            self._gains[header.column(name)] = gain
        self.direct(performance)

    def direct(self, performance: Performance) -> None:
        settings = performance.channels
        self._offsets = np.zeros(len(self.header.names), np.float32)
        self._offsets[self.header.columns(PARTING)] = settings.lip_open_offset
        for name, offset in settings.weight_offsets.items():
            self._offsets[self.header.column(name)] += offset

    def change(self, values: np.ndarray, start: int) -> None:
        values *= self._gains
        values += self._offsets
