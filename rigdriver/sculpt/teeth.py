"""Two rows of teeth with their gums, as one band each along the dental arch."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rigdriver.sculpt import shapes_jaw
from rigdriver.sculpt.mesh import Mesh, grid_triangles, mirrored
from rigdriver.sculpt.mouth import SEAM_Y

# Crown widths and heights from the middle outwards, mm (Wheeler): incisors, canine, premolars; molars are never seen.
UPPER_WIDTHS, UPPER_HEIGHTS = (8.4, 6.6, 7.4, 6.8, 6.6), (10.0, 9.0, 9.8, 8.2, 7.6)
LOWER_WIDTHS, LOWER_HEIGHTS = (5.3, 5.8, 6.7, 6.9, 8.0), (8.6, 8.8, 9.6, 8.4, 7.8)
UPPER_FRONT, LOWER_FRONT = 91.0, 87.8  # z of the incisors: the upper ones bite over the lower
UPPER_EDGE, LOWER_EDGE = SEAM_Y - 1.6, SEAM_Y - 0.9
ARCH = 0.033  # the arch is a parabola: mm back per mm² from the middle
# Columns of one tooth: place across it, recession into the gap (mm), shortening of the edge (mm).
TOOTH = ((0.0, 1.3, 1.0), (0.18, 0.15, 0.15), (0.5, -0.15, 0.0), (0.82, 0.15, 0.15))
GUM = np.array([0.72, 0.30, 0.28])
GRINDER = 3.0  # thickness of premolars against incisors
SHADE = np.array([0.80, 0.74, 0.66])  # teeth in the gaps and towards the back
# Rows: height above the edge as a share of the crown (or mm above the neck), mm inwards, whether gum.
ROWS = ((1.0, 7.0, 2.4, True), (1.0, 2.2, -0.6, True), (1.0, 0.25, -0.35, True), (1.0, -0.25, 0.1, False),
        (0.55, 0.0, -0.35, False), (0.12, 0.0, 0.1, False), (0, 0.0, 0.9, False), (0.25, 0.0, 2.6, False))  # fmt: skip


def teeth() -> list[Mesh]:
    """The upper row, which never moves against the head, and the lower one, which is the jaw's."""
    upper = _row("UpperTeeth", UPPER_WIDTHS, UPPER_HEIGHTS, UPPER_FRONT, UPPER_EDGE, 1.0)
    lower = _row("LowerTeeth", LOWER_WIDTHS, LOWER_HEIGHTS, LOWER_FRONT, LOWER_EDGE, -1.0)
    return [upper, replace(lower, shapes=shapes_jaw.bone_shapes(lower.points))]


def _row(
    name: str, widths: tuple[float, ...], heights: tuple[float, ...], front: float, edge: float, up: float
) -> Mesh:
    """One row; `up` is +1 where the gums lie above."""
    along, recess, shorten, crown = _columns(widths, heights)
    x, z, out = _arch(along, front)
    rows, tints = [], []
    for share, extra, inwards, gum in ROWS:
        height = crown * share + extra + shorten * (1 - share)
        if share == 1.0:
            height = height + np.where(recess > 1, -1.4, 0)  # gums dip between the teeth
        depth = inwards * _broad(along, share, gum) + recess * (0.4 if gum else 1.0)
        rows.append(np.stack([x - out[:, 0] * depth, edge + up * height, z - out[:, 1] * depth], axis=1))
        tints.append(_tint(recess, along, gum))
    grid = np.arange(len(rows) * len(along)).reshape(len(rows), -1)
    faces = grid_triangles(grid if up > 0 else grid[::-1])
    half, tint = np.vstack(rows), np.vstack(tints)
    points, faces, _ = mirrored(half, faces)
    return Mesh(name, "Teeth", points, faces, np.vstack([tint, tint[half[:, 0] > 0]]))


def _broad(along: np.ndarray, share: float, gum: bool) -> np.ndarray:
    """How much thicker teeth are than incisors at their biting edge: behind the canine they become grinders."""
    biting = share < 0.3 and not gum
    return 1 + (GRINDER - 1) * np.clip((along - 20.0) / 8.0, 0, 1) if biting else np.ones_like(along)


def _tint(recess: np.ndarray, along: np.ndarray, gum: bool) -> np.ndarray:
    base = GUM if gum else 1 + np.clip(recess, 0, 1)[:, None] * (SHADE - 1)
    return base * (1 - 0.45 * np.clip(along / 42.0, 0, 1) ** 1.5)[:, None]


def _columns(
    widths: tuple[float, ...], heights: tuple[float, ...]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Along-the-arch place, recession, shortening and crown height of each column of half a row."""
    columns, start = [], 0.0
    for width, height in zip(widths, heights, strict=True):
        columns += [(start + place * width, recess, shorten, height) for place, recess, shorten in TOOTH]
        start += width
    columns.append((start, 1.3, 1.0, heights[-1]))
    return tuple(np.array(columns).T)  # type: ignore[return-value]


def _arch(along: np.ndarray, front: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x, z and outward direction (x, z) at lengths along the parabola."""
    fine = np.linspace(0, 40, 400)
    length = np.concatenate([[0], np.cumsum(np.hypot(np.diff(fine), np.diff(ARCH * fine**2)))])
    x = np.interp(along, length, fine)
    slope = 2 * ARCH * x
    out = np.stack([slope, np.ones_like(x)], axis=1) / np.hypot(slope, 1)[:, None]
    out[along == 0] = [0, 1]
    return x, front - ARCH * x * x, out
