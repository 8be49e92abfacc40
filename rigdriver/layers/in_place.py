"""The shape that every layer shares: a stream without delay that changes a copy of each chunk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import ClassVar

import numpy as np

from rigdriver.clip import HINTS, PARTNER, SHIFT, Clip
from rigdriver.layers.scene import Cue, Scene
from rigdriver.performance import Performance

Columns = slice | np.ndarray


class InPlace:
    """Gives back all frames of a push at once; a layer overrides `change`."""

    needs: ClassVar[tuple[str, ...]] = ()
    """Hints without which the layer has nothing to go by and leaves the clip as it is."""
    keyed: ClassVar[tuple[str, ...]] = ()
    """Numbers of its section that the layer itself reads from tracks."""

    def __init__(self, performance: Performance, header: Clip, seed: int):
        self.header = header.empty()
        self.frame_s = header.fps.denominator / header.fps.numerator  # seconds that a frame lasts
        self._end, self._performance = header.end, performance
        self._hints = {name: header.column(name) for name in (*HINTS, PARTNER, SHIFT) if name in header}

    def push(self, clip: Clip) -> Clip:
        if clip.start != self._end:
            raise ValueError(f"chunks do not meet: frame {self._end} is next, not {clip.start}")
        if not len(clip):
            return clip
        values = clip.values.copy()
        self.scene.hear(values, clip.start)
        self.change(values, clip.start)
        self._end = clip.end
        return clip.holding(values, clip.start)

    def flush(self) -> Clip:
        return replace(self.header, start=self._end)

    def change(self, values: np.ndarray, start: int) -> None:
        """Change (frames, names) values in place; `start` is the index of their first frame."""
        raise NotImplementedError

    def direct(self, performance: Performance) -> None:
        """Other settings from the next frame on; a layer that keeps none of its own has nothing to do."""

    def redirect(self, performance: Performance) -> None:
        """Another performance in the middle of a stream, with its tracks and moments; what has begun goes on."""
        self._performance = performance
        self.direct(performance)

    @cached_property
    def scene(self) -> Scene:
        """What the layer goes by: its own, unless it joined that of a row."""
        return Scene(self._performance, self.header)

    def join(self, scene: Scene) -> None:
        """Go by a scene that others share, who see to it that it hears every push."""
        self.scene = scene

    def cues(self, values: np.ndarray, start: int) -> list[Cue]:
        """What each of these frames gives to act on."""
        return self.scene.cues(start, len(values))

    def times(self, values: np.ndarray, start: int) -> np.ndarray:
        """(frames,) float64: seconds after audio sample 0, the same for every chunking."""
        frames = np.arange(start, start + len(values), dtype=np.float64)
        return frames * self.header.fps.denominator / self.header.fps.numerator

    def hint(self, values: np.ndarray, name: str) -> list[float]:
        """A hint for each frame, as Python numbers; zeros where the clip does not carry it."""
        column = self._hints.get(name)
        hint: list[float] = [0.0] * len(values) if column is None else values[:, column].tolist()
        return hint


class Untouched(InPlace):
    """A layer that is switched off, or lacks the hint it goes by."""

    def change(self, values: np.ndarray, start: int) -> None:
        pass


class Row(InPlace):
    """Layers one after the other on one copy of each chunk: what a chain of them gives, for less."""

    def __init__(self, layers: Sequence[InPlace], performance: Performance, header: Clip, seed: int):
        super().__init__(performance, header, seed)
        self._layers = list(layers)
        for layer in self._layers:
            layer.join(self.scene)

    def replace(self, layers: Sequence[InPlace]) -> None:
        """The same layers from the next frame on, some of them wrapped perhaps."""
        self._layers = list(layers)
        for layer in self._layers:
            layer.join(self.scene)

    @property
    def layers(self) -> tuple[InPlace, ...]:
        return tuple(self._layers)

    def change(self, values: np.ndarray, start: int) -> None:
        for layer in self._layers:
            layer.change(values, start)


def columns(header: Clip, names: Iterable[str]) -> Columns:
    """Columns to take or set at once: a slice where they lie side by side, which costs a third of an index."""
    found = header.columns(names)
    if found == list(range(found[0], found[0] + len(found))):
        return slice(found[0], found[-1] + 1)
    return np.array(found)
