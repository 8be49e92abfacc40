"""From shapes frame by frame to cues and back; how the shapes were found is no matter here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np

from rigdriver.clip import Clip

SHAPES = tuple("ABCDEFGHX")
SHUT, REST = "A", "X"
PLACES = 100  # a second: Rhubarb's times have two decimals


@dataclass(frozen=True)
class Cue:
    """One shape, seen from start to end, in hundredths of a second after the sound begins."""

    start: int
    end: int
    shape: str


def shapes_of(clip: Clip, allowed: Iterable[str] = SHAPES) -> np.ndarray:
    """(frames,) of the strongest shape's letter; where all are 0 the mouth rests: X, or A where X is not allowed."""
    letters = tuple(allowed)
    weights = clip.pick(letters).values
    resting = REST if REST in letters else SHUT
    strongest = np.array(letters)[np.argmax(weights, axis=1)] if len(clip) else np.zeros(0, "<U1")
    return np.where(weights.max(axis=1, initial=0) > 0, strongest, resting)


def held(shapes: np.ndarray, weights: Clip, shortest: int) -> tuple[np.ndarray, int]:
    """The same with no shape that is seen for fewer frames than `shortest`, and how many went to their neighbours.

    A shut mouth (A) stays however short it is, since p, b and m are. The shortest go first, each to the neighbour that
    has more weight under it.
    """
    runs = _runs(shapes)
    before = len(runs)
    for size in range(1, shortest):
        runs = _without(runs, size, weights)
    return _frames(runs, len(shapes)), before - len(runs)


Run = tuple[int, int, str]  # first frame, frame after the last, shape


def _runs(shapes: np.ndarray) -> list[Run]:
    edges = [0, *(np.flatnonzero(shapes[1:] != shapes[:-1]) + 1).tolist(), len(shapes)]
    return [(first, last, str(shapes[first])) for first, last in pairwise(edges) if last > first]


def _without(runs: list[Run], size: int, weights: Clip) -> list[Run]:
    """The runs without those of up to `size` frames; neighbours that are then the same shape are one."""
    kept: list[Run] = []
    left = runs[::-1]
    while left:
        first, last, shape = left.pop()
        if kept and kept[-1][2] == shape:
            first = kept.pop()[0]
        alone = not kept and not left
        if last - first > size or shape == SHUT or alone:
            kept.append((first, last, shape))
        elif kept and (not left or _under(weights, kept[-1], first, last) >= _under(weights, left[-1], first, last)):
            kept[-1] = (kept[-1][0], last, kept[-1][2])
        else:
            left[-1] = (first, left[-1][1], left[-1][2])
    return kept


def _under(weights: Clip, neighbour: Run, first: int, last: int) -> float:
    """How much of a neighbour's shape there is in these frames."""
    return float(weights[neighbour[2]][first:last].sum())


def _frames(runs: list[Run], count: int) -> np.ndarray:
    shapes = np.full(count, REST)
    for first, last, shape in runs:
        shapes[first:last] = shape
    return shapes


def cues_of(shapes: np.ndarray, fps: Fraction) -> list[Cue]:
    """Cues of shapes whose first frame lies at 0; each lasts until the next begins."""
    runs = _runs(shapes)
    edges = [round(first * PLACES / fps) for first, _, _ in runs] + [round(len(shapes) * PLACES / fps)]
    spans = [Cue(start, end, shape) for (_, _, shape), start, end in zip(runs, edges, edges[1:])]
    return [cue for cue in spans if cue.end > cue.start]  # above 100 fps a frame may be no hundredth long


def clip_of(cues: list[Cue], fps: Fraction) -> Clip:
    """(frames, nine shapes): 1 for the shape that is seen, 0 for the others."""
    frames = round(cues[-1].end * fps / PLACES)
    values = np.zeros((frames, len(SHAPES)), np.float32)
    for cue in cues:
        first, last = round(cue.start * fps / PLACES), round(cue.end * fps / PLACES)
        values[first:last, SHAPES.index(cue.shape)] = 1
    return Clip(SHAPES, values, fps)
