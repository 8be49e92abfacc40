"""The tongue: a lofted body whose shapes are other spines for the same rings."""

from __future__ import annotations

import numpy as np

from rigdriver.sculpt import shapes_jaw
from rigdriver.sculpt.mesh import Mesh, grid_triangles, round_grid
from rigdriver.sculpt.mouth import SEAM_Y

AROUND = 12
# Spine at rest from root to tip: y below the lips' line, z, half width, half thickness (mm).
REST = np.array([
    [-14, 30, 17, 9.0], [-11, 38, 20, 9.5], [-9, 46, 21.5, 9.0], [-8, 54, 21.5, 8.0],
    [-7.6, 62, 20.5, 7.0], [-7.6, 69, 18.5, 6.0], [-7.8, 75, 15.5, 5.0], [-8.0, 80, 11.5, 3.8],
    [-8.2, 83.4, 6.5, 2.4],
])  # fmt: skip
# Tip to the ridge behind the upper teeth.
TIP_UP = np.array([
    [-14, 30, 17, 9], [-11, 38, 20, 9.5], [-9, 46, 21.5, 8.5], [-8, 54, 21, 7.5],
    [-6.4, 62, 19.5, 6.2], [-3.4, 69, 17, 5.0], [1.2, 75, 14, 4.0], [5.2, 79, 10.5, 3.0],
    [8.4, 81, 6, 2.0],
])  # fmt: skip
# Body to the palate, tip behind the lower teeth.
BODY_UP = np.array([
    [-14, 30, 17, 9], [-8, 37, 20, 10], [-2.6, 45, 22.5, 10], [0.8, 54, 23, 9.2],
    [1.4, 62, 22, 8], [-0.8, 69.5, 19, 6.2], [-4.6, 76, 15.5, 4.8], [-8, 81, 11.5, 3.6],
    [-9.4, 84.2, 6.5, 2.4],
])  # fmt: skip
# Back to the velum, tip drawn in.
BACK_UP = np.array([
    [-8, 29, 18, 10], [-0.6, 36, 21.5, 10.5], [2.6, 44, 22.5, 10], [0.2, 52, 22, 8.5],
    [-4, 59.5, 20.5, 7], [-7, 66, 18.5, 6], [-9, 71.6, 15.5, 5], [-10, 76, 11.5, 3.8],
    [-10.6, 79, 6.5, 2.4],
])  # fmt: skip
# Flat on the floor of the mouth, as in an open "a".
DOWN = np.array([
    [-17, 30, 17, 8], [-15.6, 38, 20.5, 7.5], [-14.6, 46, 22.5, 6.6], [-14, 54, 22.5, 5.8],
    [-13.4, 61.6, 21.5, 5.2], [-12.8, 68, 19.5, 4.6], [-12.2, 73.6, 16.5, 4], [-11.8, 78, 12.5, 3.2],
    [-11.6, 81.2, 7, 2.2],
])  # fmt: skip
# Out between the teeth and over the lip, at the opening below.
OUT = np.array([
    [-12, 38, 17, 8], [-9, 50, 19.5, 8], [-7, 61, 20, 6.8], [-5.4, 71, 19, 5.2],
    [-4.8, 81, 17.5, 3.6], [-5.2, 92, 16.5, 3.2], [-7.4, 103, 15, 3.6], [-12.4, 112, 11.5, 3.4],
    [-17, 116.5, 6.5, 2.2],
])  # fmt: skip
SPINES = {"tongueTipUp": TIP_UP, "tongueBodyUp": BODY_UP, "tongueBackUp": BACK_UP, "tongueDown": DOWN}
OUT_JAW = 0.35  # jawOpen at which tongueOut clears teeth and lips
GROOVE = 0.22  # depth of the middle furrow, as a share of the half thickness
TINT = (1.0, 0.82)  # shade of the top and of the underside


def tongue() -> Mesh:
    """The tongue with its own shapes and the jaw's."""
    points = _loft(REST)
    shapes = shapes_jaw.bone_shapes(points)
    shapes["tongueOut"] = _loft(OUT) - points - OUT_JAW * shapes["jawOpen"] * 0.55
    shapes |= {name: _loft(spine) - points for name, spine in SPINES.items()}
    return Mesh("Tongue", "Tongue", points, _triangles(), _tints(), shapes)


def _loft(spine: np.ndarray) -> np.ndarray:
    """Rings (9 × AROUND, 3) square to the spine, and a point at each end."""
    turn = 2 * np.pi * np.arange(AROUND) / AROUND
    middle = np.stack([np.zeros(len(spine)), SEAM_Y + spine[:, 0], spine[:, 1]], axis=1)
    along = np.gradient(middle, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    up = np.stack([np.zeros(len(spine)), along[:, 2], -along[:, 1]], axis=1)
    wide, thick = np.sin(turn), np.cos(turn)
    groove = GROOVE * np.clip(thick, 0, 1) ** 4 * np.linspace(0.6, 1.0, len(spine))[:, None]
    rings = middle[:, None] + spine[:, 2, None, None] * wide[:, None] * [1.0, 0, 0]
    rings = rings + (spine[:, 3, None] * (thick - groove))[..., None] * up[:, None]
    ends = np.stack([middle[0] - along[0] * 4, middle[-1] + along[-1] * 1.6])
    return np.vstack([rings.reshape(-1, 3), ends])


def _triangles() -> np.ndarray:
    grid = round_grid(len(REST), AROUND)
    root, tip = len(REST) * AROUND, len(REST) * AROUND + 1
    first, last = grid[0], grid[-1]
    back = [[root, first[k], first[k + 1]] for k in range(AROUND)]
    front = [[tip, last[k + 1], last[k]] for k in range(AROUND)]
    return np.vstack([grid_triangles(grid), back, front])


def _tints() -> np.ndarray:
    turn = np.cos(2 * np.pi * np.arange(AROUND) / AROUND)
    shade = TINT[1] + (TINT[0] - TINT[1]) * (0.5 + 0.5 * turn)
    depth = np.linspace(0.45, 1.0, len(REST))[:, None] ** 1.6
    body = (shade * depth).reshape(-1)
    return np.append(body, [0.35, 1.0])[:, None] * np.ones(3)
