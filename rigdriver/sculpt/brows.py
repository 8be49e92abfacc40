"""The brows: tapered strips that lie on the skin and move by the same strokes as it does."""

from __future__ import annotations

import numpy as np

from rigdriver.sculpt.field import Field, cast
from rigdriver.sculpt.mesh import Mesh, grid_triangles
from rigdriver.sculpt.shapes_upper import upper_shapes
from rigdriver.sculpt.strokes import Skin

# The brow: x, y on the face, half height (mm), from its inner to its outer end.
BROW = ((11.4, 15.3, 0.35), (15.5, 16.2, 2.1), (21, 17.6, 2.6), (27, 18.9, 2.5), (33, 19.7, 2.1), (39, 19.2, 1.6),
        (45, 17.0, 1.0), (50, 14.2, 0.3))  # fmt: skip
LIFT = (0.3, 1.7, 0.3)  # mm above the skin: lower edge, ridge, upper edge
COLUMNS = 15
VISIBLE = 0.05  # mm: shapes that move the brows less are not theirs


def brows(field: Field) -> Mesh:
    """Both brows, moved by the same strokes as the skin beneath them."""
    along = np.linspace(0, 1, COLUMNS)
    x, y, half = (np.interp(along, np.linspace(0, 1, len(BROW)), column) for column in np.array(BROW).T)
    rows = []
    for edge, lift in zip((1.0, 0.0, -1.0), LIFT[::-1], strict=True):
        start = np.stack([x + 0.15 * half * edge, y + half * edge, np.full_like(x, 20.0)], axis=1)
        row = cast(field, start, np.broadcast_to([0.0, 0.0, 1.0], start.shape))
        rows.append(row + lift * np.array([0.35, 0.0, 0.94]))
    left = np.vstack(rows)
    faces = grid_triangles(np.arange(len(left)).reshape(3, -1))
    points = np.vstack([left, left * [-1, 1, 1]])
    triangles = np.vstack([faces, faces[:, ::-1] + len(left)])
    shapes = upper_shapes(Skin(points, np.zeros(len(points))))
    moving = {name: shape for name, shape in shapes.items() if np.abs(shape).max() > VISIBLE}
    return Mesh("Brows", "Brow", points, triangles, np.ones_like(points), moving)
