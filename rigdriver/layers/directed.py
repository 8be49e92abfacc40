"""Directed: a layer whose numbers change over time, by a performance's tracks."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from rigdriver.clip import Clip
from rigdriver.layers.in_place import InPlace
from rigdriver.layers.scene import Scene
from rigdriver.performance import Performance
from rigdriver.tracks import Track


class DirectedStream(InPlace):
    """Gives a layer its settings anew wherever they change, for a frame or for many, so that any chunking hears the
    same curve of them."""

    def __init__(self, layer: InPlace, section: str, tracks: dict[str, Track], performance: Performance,
                 header: Clip, seed: int):
        super().__init__(performance, header, seed)
        self._layer, self._section, self._tracks = layer, section, tracks
        layer.join(self.scene)

    def redirect(self, performance: Performance) -> None:
        self._performance = performance
        self._layer.redirect(performance)

    def follow(self, tracks: dict[str, Track]) -> None:
        """Other curves from the next frame on."""
        self._tracks = tracks

    def join(self, scene: Scene) -> None:
        super().join(scene)
        self._layer.join(scene)

    def change(self, values: np.ndarray, start: int) -> None:
        if not self._tracks:
            return self._layer.change(values, start)
        times = self.times(values, start)
        numbers = np.stack([track.at(times) for track in self._tracks.values()], 1)  # (frames, tracks)
        changes = np.flatnonzero((numbers[1:] != numbers[:-1]).any(1)) + 1
        for first, last in pairwise([0, *changes.tolist(), len(values)]):
            self._layer.direct(self._at(numbers[first].tolist()))
            self._layer.change(values[first:last], start + first)

    def _at(self, numbers: list[float]) -> Performance:
        section = replace(getattr(self._performance, self._section), **dict(zip(self._tracks, numbers)))
        return replace(self._performance, tracks={}, **{self._section: section})
