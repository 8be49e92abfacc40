"""A crew-neck shirt over the bust's hem, so that the figure ends in cloth and not in a cut."""

from __future__ import annotations

import numpy as np

from rigdriver.sculpt.face import ACROSS, BOTTOM, JAW_LINE, UP, head_from_chart
from rigdriver.sculpt.field import Field
from rigdriver.sculpt.mesh import Mesh, grid_triangles, mirrored, smooth_normals

AROUND = 17  # columns of a half
COLLAR_FRONT, COLLAR_BACK = 0.80, 0.60  # the collar's place between jaw line (0) and hem (1)
# Rows: share of the way from collar to hem, mm off the skin, brightness. A folded collar, then plain cloth.
HEM_BELOW, HEM_DROP = -215.0, 3.5  # mm: the last rows hang lower than the skin's edge
ROWS = ((-0.04, 0.6, 0.35), (-0.03, 2.4, 0.8), (0.02, 3.4, 1.0), (0.13, 3.2, 0.95), (0.17, 2.0, 0.72),
        (0.24, 2.4, 1.0), (0.6, 3.0, 1.0), (1.0, 3.4, 0.9), (1.0, -3.0, 0.6))  # fmt: skip


def shirt(field: Field) -> Mesh:
    """The shirt at rest; it hangs on the same joints as the skin below it."""
    turn = np.pi * np.arange(AROUND) / (AROUND - 1)
    collar = COLLAR_BACK + (COLLAR_FRONT - COLLAR_BACK) * (0.5 + 0.5 * np.cos(turn)) ** 1.3
    rows = []
    for share, _, _ in ROWS:
        rows.append(_skin_at(field, turn, collar + share * (1 - collar)))
    grid = np.arange(len(ROWS) * AROUND).reshape(len(ROWS), AROUND)
    half = np.vstack(rows)
    skin, triangles, _ = mirrored(half, grid_triangles(grid))
    tint = np.repeat([shade for _, _, shade in ROWS], AROUND)
    off = np.repeat([off for _, off, _ in ROWS], AROUND)
    across = half[:, 0] > 0
    tint, off = np.append(tint, tint[across]), np.append(off, off[across])
    points = skin + smooth_normals(skin, triangles) * off[:, None]
    points[skin[:, 1] < HEM_BELOW, 1] -= HEM_DROP
    return Mesh("Shirt", "Cloth", points, triangles, tint[:, None] * np.ones(3))


def _skin_at(field: Field, turn: np.ndarray, down: np.ndarray) -> np.ndarray:
    """Skin points at a share `down` of the neck's chart."""
    top = UP * JAW_LINE
    return head_from_chart(field, np.stack([ACROSS * turn, top + (BOTTOM - top) * down], axis=1))
