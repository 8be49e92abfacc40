"""One animation, made of tracks whose bytes are computed only while the file is written.

A clip may be hours long and lie in a memory map, so every size is known first and the tracks are streamed in
blocks. Tracks are LINEAR: readers disagree about CUBICSPLINE weights (Unreal's Interchange, Godot 3, Blender).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rigdriver import __version__
from rigdriver.clip import Clip
from rigdriver.errors import InputError
from rigdriver.formats.gltf.asset import Payload

BLOCK_FRAMES = 8192
FLOAT = 5126
WIDTHS = {1: "SCALAR", 4: "VEC4"}


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

    rows: makes (n, width) float32 blocks; is_vector: whether a key is one VEC4 and not `width` scalars.
    """

    nodes: tuple[int, ...]
    path: str
    width: int
    rows: Callable[[], Iterator[np.ndarray]]
    is_vector: bool = False


def append(
    document: dict[str, Any], name: str, keys: Keys, tracks: Sequence[Track], buffer: int, base: int, first: bool
) -> list[Payload]:
    """Add the animation to the document; returns the bytes that belong at `base` of that buffer, in order."""
    count = len(keys.times)
    payloads = [Payload(4 * count, lambda: iter([keys.times.astype("<f4").tobytes()]))]
    bounds = {"min": [float(keys.times[0])], "max": [float(keys.times[-1])]}
    times = _accessor(document, buffer, base, count, 1, bounds)
    samplers: list[dict[str, Any]] = []
    channels: list[dict[str, Any]] = []
    for track in tracks:
        at = base + sum(payload.size for payload in payloads)
        scalars = 1 if track.is_vector else track.width
        output = _accessor(document, buffer, at, count * scalars, 4 if track.is_vector else 1, {})
        for node in track.nodes:
            target = {"node": node, "path": track.path}
            channels.append({"sampler": len(samplers), "target": target})
        samplers.append({"input": times, "output": output, "interpolation": "LINEAR"})
        payloads.append(Payload(4 * count * track.width, _encoder(track)))
    document["buffers"][buffer]["byteLength"] = base + sum(payload.size for payload in payloads)
    animation = {"name": name, "channels": channels, "samplers": samplers, "extras": _extras(keys)}
    animations = document.setdefault("animations", [])
    animations.insert(0 if first else len(animations), animation)
    return payloads


def _extras(keys: Keys) -> dict[str, Any]:
    return {"rigdriver": {"version": __version__, "fps": str(keys.clip.fps)}}


def _encoder(track: Track) -> Callable[[], Iterator[bytes]]:
    return lambda: (np.ascontiguousarray(rows, "<f4").tobytes() for rows in track.rows())


def _accessor(
    document: dict[str, Any], buffer: int, offset: int, count: int, width: int, bounds: dict[str, Any]
) -> int:
    """A float accessor with a bufferView of its own; returns its index."""
    views = document.setdefault("bufferViews", [])
    accessors = document.setdefault("accessors", [])
    views.append({"buffer": buffer, "byteOffset": offset, "byteLength": 4 * count * width})
    kind = {"componentType": FLOAT, "count": count, "type": WIDTHS[width]}
    accessors.append({"bufferView": len(views) - 1, **kind, **bounds})
    return len(accessors) - 1


def unique_name(document: dict[str, Any], name: str) -> str:
    """The name, or `name.001` and on where an animation has it already."""
    taken = {animation.get("name") for animation in document.get("animations", [])}
    candidates = (f"{name}.{k:03d}" for k in range(1, len(taken) + 2))
    return name if name not in taken else next(candidate for candidate in candidates if candidate not in taken)
