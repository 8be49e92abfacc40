"""Show: the model's mouth in solved poses beside the talker's landmarks, so that a person can judge the weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rigdriver.errors import InputError, MissingExtra
from rigdriver.formats.atomic import replacing
from rigdriver.training.solve.face import ict_head
from rigdriver.training.solve.grid import FPS, Solution
from rigdriver.training.takes.sources import aligned

TELLING = {  # what is shown: title → phones, and the channel by which a marked example is found
    "open vowel": ("AA AE AO AY", "jawOpen"), "rounded": ("UW W", "mouthPucker"), "p b m": ("P B M", "mouthClose"),
    "f v": ("F V", "mouthUpperUpLeft"), "silence": ("SIL", "mouthLowerDownLeft"),
}  # fmt: skip
MARKED = 0.75  # quantile of the channel among its phones' centres, so that the example is neither the best nor dull
OUTER = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146, 61)
INNER = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95, 78)
CROP = ((-5.0, 5.0), (-10.5, -0.5), (6.0, 15.0))  # of the model: X, Y, Z, model units
VIEW = ((-3.2, 3.2), (-7.0, -2.6))  # of the lips: X and Y
LIGHT = np.array([0.2, 0.5, 0.85])
TOLD = ("jawOpen", "mouthClose", "mouthPucker", "mouthFunnel", "mouthUpperUpLeft", "mouthLowerDownLeft")


@dataclass(frozen=True)
class Example:
    title: str
    clip: int
    frame: int


def examples(solution: Solution, data: Path) -> Iterator[Example]:
    """One marked frame of each kind in TELLING, at a phone's centre."""
    rows = aligned(data / "grid_s1", "alignments_phones.jsonl.gz")
    for title, (phones, channel) in TELLING.items():
        found = [(clip, min(solution.seen.shape[1] - 1, round((start + end) / 2 * FPS)))
                 for clip, name in enumerate(solution.utterances) if name in rows
                 for phone, start, end, *_ in rows[name]["phones"] if phone in phones.split()]
        if not found:
            continue
        column = solution.face.names.index(channel)
        values = np.array([solution.weights[clip, frame, column] for clip, frame in found])
        clip, frame = found[int(np.argsort(values)[int(MARKED * (len(found) - 1))])]
        yield Example(f"{title}: {solution.utterances[clip]} at {frame / FPS:.2f} s", clip, frame)


def draw(solution: Solution, data: Path, path: Path) -> None:
    """Writes a picture: above, lips as tracked (black), as fitted (blue) and as the weights pose the model (red) on the
    talker's own rest; in the middle and below, the model's head so posed, from the front and from the side."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtra("a picture", "plots") from None
    shown = list(examples(solution, data))
    if not shown:
        raise InputError(f"{data}: has no aligned phones in grid_s1/ to choose frames by; leave the picture out")
    figure = Figure(figsize=(3.4 * len(shown), 10.5), layout="constrained")
    axes = figure.subplots(3, len(shown), squeeze=False)
    names, rest, deltas, faces = ict_head(data / "ict_facekit")
    used = np.stack([deltas[names.index(name)] for name in solution.face.names if name in names])
    columns = [k for k, name in enumerate(solution.face.names) if name in names]
    for column, example in zip(axes.T, shown):
        weights = solution.weights[example.clip, example.frame]
        _lips(column[0], solution, example)
        posed = rest + np.tensordot(weights[columns], used, 1)
        _head(column[1], posed, faces, (0, 1, 2))
        _head(column[2], posed, faces, (2, 1, 0))
        told = "\n".join(f"{name} {weights[solution.face.names.index(name)]:.2f}" for name in TOLD)
        column[1].text(0.0, 0.0, told, fontsize=7, va="top", transform=column[1].transAxes)
    with replacing(path) as file:
        figure.savefig(file, dpi=90, format="png")


def _lips(axis: Any, solution: Solution, example: Example) -> None:
    face, at = solution.face, {mark: k for k, mark in enumerate(solution.face.landmarks)}
    here = (example.clip, example.frame)
    rest = solution.neutral[example.clip]
    posed = rest + np.tensordot(solution.weights[here], face.shapes, 1)
    layers = ((rest, "0.8", 1.0), (solution.points[here], "k", 1.6), (solution.told[here], "b", 0.8), (posed, "r", 0.8))
    for points, color, width in layers:
        for ring in (OUTER, INNER):
            line = points[[at[mark] for mark in ring if mark in at]]
            axis.plot(line[:, 0], line[:, 1], color=color, lw=width)
    axis.set_title(example.title, fontsize=9)
    axis.set(xlim=VIEW[0], ylim=VIEW[1], aspect="equal")


def _head(axis: Any, points: np.ndarray, faces: np.ndarray, order: tuple[int, int, int]) -> None:
    """Quads of the mouth's region, far ones first, shaded; `order` says which axes lie right, up and near."""
    from matplotlib.collections import PolyCollection

    corners = points[np.where(faces < 0, faces[:, :1], faces)]  # a triangle has −1 for its fourth corner
    least, most = np.array(CROP).T
    corners = corners[((corners > least) & (corners < most)).all((1, 2))]
    normal = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    shade = np.clip(0.35 + 0.6 * normal @ LIGHT, 0, 1)
    corners, shade = corners[near := normal @ np.eye(3)[order[2]] > 0], shade[near]
    far_first = np.argsort(corners[:, :, order[2]].mean(1))
    axis.add_collection(PolyCollection(corners[far_first][:, :, list(order[:2])],
                                       facecolors=[(c, 0.85 * c, 0.78 * c) for c in shade[far_first]]))
    axis.set(xlim=CROP[order[0]], ylim=CROP[order[1]], aspect="equal")
    axis.set_axis_off()
