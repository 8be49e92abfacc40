"""Gathering: the curves of one part of a face come to be keyed on the same few frames, so that a pose can be grabbed.

Poses lie where most of it happens: extremes of the part's curves speak for a frame by how far they stand out, and
moments that mean something (the middle of a vowel, a closure, an accent) speak for theirs. The frame that most speaks
for is a pose, and what lies within reach of it needs none of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

import numpy as np

PARTS = {"eyeBlink": "lids", "eyeSquint": "lids", "eyeWide": "lids", "eye": "eyes", "brow": "brows", "head": "head",
         "neck": "head"}
"""The part of the face that a name's beginning stands for; a name that begins otherwise is of the mouth's."""

MOUTH = "mouth"

Anchors = Iterable[float] | Mapping[str, Iterable[float]]
"""Seconds that mean something: to the whole face, or by part of it."""

BESIDE_S = 1 / 30  # so near to a frame that another one does as well

WIDEST = 2.0
ANCHORED = 0.5  # how much an anchor speaks for its frame, beside the mean extreme


def parts(names: Iterable[str]) -> dict[str, list[str]]:
    """Names by the part of the face that they move, each in the order given."""
    found: dict[str, list[str]] = {}
    for name in names:
        part = next((part for start, part in PARTS.items() if name.startswith(start)), MOUTH)
        found.setdefault(part, []).append(name)
    return found


def anchors_of(part: str, anchors: Anchors) -> Iterable[float]:
    """Those of one part of the face."""
    return anchors.get(part, ()) if isinstance(anchors, Mapping) else anchors


def reach(fps: Fraction, looser: float = 1.0) -> int:
    """How many frames to each side a pose stands for; looser: how many times more than usual a curve may be off."""
    return max(1, round(BESIDE_S * float(np.clip(np.sqrt(looser), 1.0, WIDEST)) * float(fps)))


def poses(weight: np.ndarray, anchors: np.ndarray, forced: np.ndarray, reach: int) -> np.ndarray:
    """Rows of the poses, rising.

    weight: (T,) how much speaks for a key at each frame. anchors: rows that mean something; each is a pose, or has one
    within reach. forced: rows that are poses whatever speaks for others.
    """
    speaks = weight.astype(np.float64)
    some = weight[weight > 0]
    speaks[anchors] += ANCHORED * (some.mean() if len(some) else 1.0)
    slope = np.bartlett(2 * reach + 3)[1:-1]
    total = np.convolve(np.pad(speaks, reach), slope, "valid")  # (T,) what speaks for a frame and those around it
    taken = np.zeros(len(weight) + 2 * reach, bool)  # within reach of a pose; row r lies at r + reach
    for row in forced:
        taken[row : row + 2 * reach + 1] = True
    chosen = set(forced.tolist())
    speaking, some = np.pad(speaks > 0, reach), np.flatnonzero(total > 0)
    for row in some[np.argsort(-total[some], kind="stable")].tolist():
        beside = slice(row, row + 2 * reach + 1)
        if not taken[row + reach] and (speaking[beside] & ~taken[beside]).any():
            chosen.add(row)
            taken[beside] = True
    return np.array(sorted(chosen), int)


def nearest(poses: np.ndarray, frames: int, reach: int) -> np.ndarray:
    """(frames,) the row of the pose within reach of each row, or the row itself where none is."""
    rows = np.arange(frames)
    if not len(poses):
        return rows
    after = np.clip(np.searchsorted(poses, rows), 0, len(poses) - 1)
    before = np.maximum(after - 1, 0)
    near = np.where(rows - poses[before] < np.abs(poses[after] - rows), poses[before], poses[after])
    return np.where(np.abs(near - rows) <= reach, near, rows)
