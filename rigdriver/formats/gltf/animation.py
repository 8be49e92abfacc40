"""One animation, made of tracks whose bytes are computed only while the file is written.

A clip may be hours long and lie in a memory map, so every size is known first and the tracks are streamed in
blocks. Tracks are LINEAR: readers disagree about CUBICSPLINE weights (Unreal's Interchange, Godot 3, Blender).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from rigdriver import __version__
from rigdriver.clip import Clip
from rigdriver.errors import InputError, SettingsError
from rigdriver.formats.gltf import reduction
from rigdriver.formats.gltf.asset import Payload

BLOCK_FRAMES = 8192
FLOAT = 5126
WIDTHS = {1: "SCALAR", 3: "VEC3", 4: "VEC4"}


@dataclass(frozen=True)
class Keys:
    """Which frames of a clip become keys, and when.

    glTF knows no time before 0, so frames before the sound are dropped; a clip that begins later holds its first
    frame from 0 on, because readers disagree about what is shown before the first key.
    """

    clip: Clip
    skip: int
    holds: bool
    times: np.ndarray  # (keys,) float32 seconds, strictly increasing from 0

    def rows_of(self, frames: Sequence[int]) -> np.ndarray:
        """Rows of frames by the clip's own count, of those that are keys."""
        rows = np.unique(np.array(frames, np.int64)) - self.clip.start - self.skip + self.holds
        return rows[(rows >= 0) & (rows < len(self.times))]

    @classmethod
    def of(cls, clip: Clip) -> Keys:
        """Raises InputError for a clip with no frame at or after time 0, or too long for float32 times."""
        skip = max(0, -clip.start)
        times = clip.times[skip:].astype(np.float32)
        if not len(times):
            raise InputError("the clip has no frames at or after time 0, so there is nothing to write")
        holds = bool(times[0] > 0)
        times = np.concatenate([[np.float32(0)], times]) if holds else times
        if not (np.diff(times) > 0).all():
            end = f"{clip.times[-1]:.0f} s"
            raise InputError(f"the clip ends at {end}, where glTF's 32-bit times cannot tell its frames apart")
        return cls(clip, skip, holds, times)

    def rows(self, columns: Sequence[int]) -> Iterator[np.ndarray]:
        """(n, columns) float32 blocks that together hold one row a key."""
        values = self.clip.values
        if self.holds:
            yield values[:1, columns]
        for at in range(self.skip, len(values), BLOCK_FRAMES):
            yield values[at : at + BLOCK_FRAMES][:, columns]


@dataclass(frozen=True)
class Track:
    """Keyed values of one path of some nodes, which share one sampler.

    rows: makes (n, width) float32 blocks; is_vector: whether a key is one VEC3 or VEC4 and not `width` scalars.
    kept: which of the frames are keys, increasing; None: all of them.
    share: of an error that this track may have, where several make one movement.
    """

    nodes: tuple[int, ...]
    path: str
    width: int
    rows: Callable[[], Iterator[np.ndarray]]
    is_vector: bool = False
    kept: np.ndarray | None = None
    share: float = 1.0

    def reduced(self, times: np.ndarray, tolerance: float, pinned: np.ndarray = reduction.NONE) -> Track:
        """The same track with only the keys that hold every value within the tolerance; all of them for 0.

        pinned: rows that are keys of weights whatever they need.

        Raises SettingsError for a tolerance that is none.
        """
        if not 0 <= tolerance < math.inf:
            raise SettingsError(f"keys={tolerance:g} should be the largest error of a weight, as in .01; 0 keeps all")
        if tolerance == 0:
            return self
        kept = reduction.kept(self.rows(), times, tolerance * self.share, self.path == "rotation",
                              pinned if self.path == "weights" else reduction.NONE)
        return replace(self, kept=kept, rows=lambda: reduction.only(self.rows(), kept))


def append(
    document: dict[str, Any], name: str, keys: Keys, tracks: Sequence[Track], buffer: int, base: int, place: int
) -> list[Payload]:
    """Add the animation at that place of the list; returns the bytes that belong at `base` of that buffer, in order.

    Tracks that keep the same keys share their times.
    """
    store = _Store(document, buffer, base)
    inputs: dict[bytes | None, int] = {}
    samplers: list[dict[str, Any]] = []
    channels: list[dict[str, Any]] = []
    for track in tracks:
        which = None if track.kept is None else track.kept.tobytes()
        if which not in inputs:
            inputs[which] = store.times(keys.times if track.kept is None else keys.times[track.kept])
        output = store.values(track, len(keys.times) if track.kept is None else len(track.kept))
        channels += [{"sampler": len(samplers), "target": {"node": node, "path": track.path}} for node in track.nodes]
        samplers.append({"input": inputs[which], "output": output, "interpolation": "LINEAR"})
    document["buffers"][buffer]["byteLength"] = store.end
    animation = {"name": name, "channels": channels, "samplers": samplers, "extras": _extras(keys)}
    document.setdefault("animations", []).insert(place, animation)
    return store.payloads


class _Store:
    """Float accessors that grow at the end of one buffer, each with a bufferView of its own."""

    def __init__(self, document: dict[str, Any], buffer: int, base: int):
        self._document, self._buffer, self.end = document, buffer, base
        self.payloads: list[Payload] = []

    def times(self, times: np.ndarray) -> int:
        bounds = {"min": [float(times[0])], "max": [float(times[-1])]}
        return self._add(len(times), 1, lambda: iter([times.astype("<f4").tobytes()]), bounds)

    def values(self, track: Track, keys: int) -> int:
        width = track.width if track.is_vector else 1
        return self._add(keys * track.width // width, width, _encoder(track), {})

    def _add(self, count: int, width: int, blocks: Callable[[], Iterator[bytes]], bounds: dict[str, Any]) -> int:
        """Index of an accessor of `count` elements of `width` floats."""
        views = self._document.setdefault("bufferViews", [])
        accessors = self._document.setdefault("accessors", [])
        size = 4 * count * width
        views.append({"buffer": self._buffer, "byteOffset": self.end, "byteLength": size})
        kind = {"componentType": FLOAT, "count": count, "type": WIDTHS[width]}
        accessors.append({"bufferView": len(views) - 1, **kind, **bounds})
        self.payloads.append(Payload(size, blocks))
        self.end += size
        return len(accessors) - 1


def _extras(keys: Keys) -> dict[str, Any]:
    return {"rigdriver": {"version": __version__, "fps": str(keys.clip.fps)}}


def _encoder(track: Track) -> Callable[[], Iterator[bytes]]:
    return lambda: (np.ascontiguousarray(rows, "<f4").tobytes() for rows in track.rows())


def unique_name(document: dict[str, Any], name: str) -> str:
    """The name, or `name.001` and on where an animation has it already."""
    taken = {animation.get("name") for animation in document.get("animations", [])}
    candidates = (f"{name}.{k:03d}" for k in range(1, len(taken) + 2))
    return name if name not in taken else next(candidate for candidate in candidates if candidate not in taken)
