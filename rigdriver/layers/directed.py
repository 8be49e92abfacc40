"""Directed: a layer whose numbers change over time, by a performance's tracks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rigdriver.clip import Clip
from rigdriver.layers.in_place import InPlace
from rigdriver.layers.scene import Scene
from rigdriver.performance import Performance
from rigdriver.tracks import Track


class DirectedStream(InPlace):
    """Gives a layer its settings anew for every frame, so that any chunking hears the same curve of them."""

    def __init__(self, layer: InPlace, section: str, tracks: dict[str, Track], performance: Performance,
                 header: Clip, seed: int):
        super().__init__(performance, header, seed)
        self._layer, self._section, self._tracks = layer, section, tracks
        layer.join(self.scene)

    def join(self, scene: Scene) -> None:
        super().join(scene)
        self._layer.join(scene)

    def change(self, values: np.ndarray, start: int) -> None:
        times = self.times(values, start)
        curves = {name: track.at(times).tolist() for name, track in self._tracks.items()}
        for k in range(len(values)):
            self._layer.direct(self._at({name: curve[k] for name, curve in curves.items()}))
            self._layer.change(values[k : k + 1], start + k)

    def _at(self, numbers: dict[str, float]) -> Performance:
        section = replace(getattr(self._performance, self._section), **numbers)
        return replace(self._performance, tracks={}, **{self._section: section})
