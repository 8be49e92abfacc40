"""A film strip: the head at some moments of a clip, each with its time, so that a take can be looked at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rigdriver.clip import Clip
from rigdriver.preview.actor import Actor
from rigdriver.preview.frame import render
from rigdriver.preview.lettering import DOTS, width_of, write_text
from rigdriver.preview.raster import Camera
from rigdriver.preview.turning import rotations

CELL_WIDTH, CELL_HEIGHT = 200, 232
INK, PAPER = (236, 238, 242), (58, 63, 71)
FACE = Camera(target=(0.0, 0.19, 0.04), distance=1.1, height=0.25, yaw=0.22)


def strip(
    actor: Actor, clip: Clip, times: Sequence[float], words: Sequence[str] = (), camera: Camera = FACE
) -> np.ndarray:
    """(height, width, 3) uint8: the actor at these seconds of a clip on the canonical rig, side by side.

    words: what is written under each picture; its time in seconds where there are none.
    """
    words = words or [f"{time:.2f} s" for time in times]
    return np.hstack([_cell(actor, at(clip, time), word, camera) for time, word in zip(times, words, strict=True)])


def at(clip: Clip, time: float) -> dict[str, float]:
    """The curves of the frame nearest to a time in seconds."""
    frame = int(np.clip(round(time * clip.fps) - clip.start, 0, len(clip) - 1))
    return dict(zip(clip.names, map(float, clip.values[frame])))


def _cell(actor: Actor, curves: dict[str, float], word: str, camera: Camera) -> np.ndarray:
    picture = render(actor, curves, rotations(curves), width=CELL_WIDTH, height=CELL_HEIGHT, camera=camera)
    return np.vstack([picture, _label(word)])


def _label(word: str) -> np.ndarray:
    """A line of text, its dots two pixels wide, in a bar as wide as a picture."""
    bar = np.full((DOTS + 4, CELL_WIDTH // 2, 3), PAPER, np.uint8)
    write_text(bar, word, max(0, (CELL_WIDTH // 2 - width_of(word)) // 2), 2, INK)
    return bar.repeat(2, 0).repeat(2, 1)
