"""Neck and bust: a loft from the jaw line down through profiles at the front, the side and the back."""

from __future__ import annotations

import numpy as np

# Where each profile passes, from the jaw line (row 0 is replaced by the jaw itself) to the hem, mm.
FRONT = np.array([  # y, z
    [-114, 78], [-121, 50], [-133, 27], [-160, 20], [-188, 16], [-210, 30], [-226, 50],
], float)  # fmt: skip
BACK = np.array([  # y, z
    [-70, -64], [-92, -66], [-118, -67], [-150, -72], [-178, -82], [-203, -93], [-224, -97],
], float)  # fmt: skip
SIDE = np.array([  # y, x
    [-75, 52], [-98, 49], [-124, 48], [-150, 55], [-170, 78], [-190, 110], [-220, 128],
], float)  # fmt: skip
CORD, PIT, LARYNX = 3.2, 4.5, 1.6  # mm
CORD_WIDTH = 0.22  # radians
MIDDLE_Z = np.array([-12, -18, -22, -28, -32, -34, -34], float)


def neck_loft(jaw: np.ndarray, turn: np.ndarray, down: np.ndarray) -> np.ndarray:
    """Skin points (n, 3) at a turn (radians, 0 is front) and a share `down` of the way to the hem."""
    rows = [_ring(row, turn) for row in range(len(FRONT))]
    rows[0] = jaw
    stack = np.stack([2 * rows[0] - rows[1], *rows, 2 * rows[-1] - rows[-2]])
    skin = _spline(stack, down * (len(FRONT) - 1))
    return skin + _relief(turn, down)[:, None] * np.stack([np.sin(turn), np.zeros_like(turn), np.cos(turn)], axis=1)


def _relief(turn: np.ndarray, down: np.ndarray) -> np.ndarray:
    """Millimetres outwards: the sternomastoid's cord from ear to breastbone, and the pit and larynx between the two."""
    cord = np.radians(np.interp(down, [0.10, 0.35, 0.60, 0.80], [104, 68, 32, 9]))
    shown = np.interp(down, [0.05, 0.25, 0.75, 0.88], [0, 1, 1, 0])
    ridge = CORD * np.exp(-(((turn - cord) / CORD_WIDTH) ** 2)) * shown
    pit = PIT * np.exp(-((turn / 0.16) ** 2) - ((down - 0.80) / 0.06) ** 2)
    larynx = LARYNX * np.exp(-((turn / 0.30) ** 2) - ((down - 0.44) / 0.10) ** 2)
    return ridge - pit + larynx


def _ring(row: int, turn: np.ndarray) -> np.ndarray:
    """One ring of the loft: half ellipses before and behind, its height blended between the profiles."""
    forward = np.cos(turn)
    end = np.where(forward[:, None] > 0, FRONT[row], BACK[row])
    share = forward**2
    height = share * end[:, 0] + (1 - share) * SIDE[row, 0]
    depth = MIDDLE_Z[row] + (end[:, 1] - MIDDLE_Z[row]) * np.abs(forward)
    return np.stack([SIDE[row, 1] * np.sin(turn), height, depth], axis=1)


def _spline(stack: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Catmull–Rom along the first axis of (rows + 2, n, 3), each column at its own place 0..rows − 1."""
    first = np.minimum(place.astype(int), len(stack) - 4)
    column, t = np.arange(stack.shape[1]), (place - first)[:, None]
    p0, p1, p2, p3 = (stack[first + k, column] for k in range(4))
    return p1 + 0.5 * t * (p2 - p0 + t * (2 * p0 - 5 * p1 + 4 * p2 - p3 + t * (3 * (p1 - p2) + p3 - p0)))
