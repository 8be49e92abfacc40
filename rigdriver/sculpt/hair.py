"""Hair: a short cap with a side parting, combed into strands; and the brows, strips that lie on the skin."""

from __future__ import annotations

import numpy as np

from rigdriver.sculpt.face import HUB
from rigdriver.sculpt.field import Field, cast
from rigdriver.sculpt.mesh import Mesh, grid_triangles, round_grid
from rigdriver.sculpt.shapes_upper import upper_shapes
from rigdriver.sculpt.strokes import Skin

AROUND = 60
# The hairline: turn from the front (degrees) and elevation seen from the hub.
HAIRLINE = ((0, 44), (18, 45), (34, 42), (46, 36), (56, 27), (64, 16), (71, 0), (76, -12), (82, -12), (88, 4),
            (96, 14), (106, 15), (116, 6), (126, -12), (140, -24), (156, -30), (180, -30))  # fmt: skip
ROW_PLACES = (-0.02, 0.0, 0.035, 0.09, 0.16, 0.25, 0.35, 0.46, 0.57, 0.69, 0.81, 0.92)  # hairline 0, crown 1
TIPS_DEG = 1.6  # the hairline's zigzag: ends of strands
VOLUME, TOP_VOLUME, QUIFF = 5.5, 10.0, 9.0  # mm of hair at the sides, on top, and more of it above the brow
STRAND_DEPTH, STRANDS = 2.4, 20
SWEEP = 0.40  # radians: how far strands above the brow lean away from the parting
PARTING_DEG = 38.0  # to the character's left

# The brow: x, y on the face, half height (mm), from its inner to its outer end.
BROW = ((11.4, 15.3, 0.35), (15.5, 16.2, 2.1), (21, 17.6, 2.6), (27, 18.9, 2.5), (33, 19.7, 2.1), (39, 19.2, 1.6),
        (45, 17.0, 1.0), (50, 14.2, 0.3))  # fmt: skip
BROW_LIFT = (0.3, 1.7, 0.3)  # mm above the skin: lower edge, ridge, upper edge
BROW_COLUMNS = 15


def hair(field: Field) -> Mesh:
    """The cap, from a tucked hem up to the crown."""
    turn = np.radians(np.arange(AROUND) * 360.0 / AROUND)
    line = np.radians(_hairline(turn))
    rows, shades = [], []
    for place in ROW_PLACES:
        rise = line + (np.pi / 2 - line) * place
        sweep = SWEEP * np.exp(-((_signed(turn) / 0.9) ** 2)) * (1 - np.exp(-max(place, 0) / 0.25))
        points = _on_head(field, turn + sweep, rise)
        out = points - HUB
        out /= np.linalg.norm(out, axis=1, keepdims=True)
        rows.append(points + out * _thickness(turn, place)[:, None])
        shades.append(_shade(turn, place))
    crown = _on_head(field, np.zeros(1), np.full(1, np.pi / 2)) + np.array([0, TOP_VOLUME, 0])
    points = np.vstack([*rows[::-1], crown])
    grid = round_grid(len(rows), AROUND)
    fan = np.array([[len(points) - 1, grid[0, k], grid[0, k + 1]] for k in range(AROUND)])
    tint = np.append(np.concatenate(shades[::-1]), 0.9)[:, None] * np.ones(3)
    return Mesh("Hair", "Hair", points, np.vstack([grid_triangles(grid), fan]), tint)


def _hairline(turn: np.ndarray) -> np.ndarray:
    """Elevation of the hairline, degrees."""
    line = np.interp(np.degrees(np.abs(_signed(turn))), *np.array(HAIRLINE).T)
    return line + TIPS_DEG * np.cos(STRANDS * turn + 0.7) + 0.6 * TIPS_DEG * np.cos(7 * turn + 2.0)


def _signed(turn: np.ndarray) -> np.ndarray:
    return (turn + np.pi) % (2 * np.pi) - np.pi


def _thickness(turn: np.ndarray, place: float) -> np.ndarray:
    """Hair's height (mm) over the scalp: nothing at the hem, full a finger's breadth above it."""
    front = np.exp(-((_signed(turn) / 0.75) ** 2))
    grow = 1 - np.exp(-max(place, 0) / (0.14 - 0.10 * front))  # cropped at sides and nape, full above the brow
    quiff = QUIFF * front * np.exp(-(((place - 0.15) / 0.25) ** 2))
    body = VOLUME + (TOP_VOLUME - VOLUME) * np.clip(place * 1.5, 0, 1) + quiff
    strand = STRAND_DEPTH * _strand(turn, place)
    return np.where(place < 0, -2.5, 0.9 + grow * (body + strand))


def _strand(turn: np.ndarray, place: float) -> np.ndarray:
    """Ridges −1..1 that run away from the parting, bending as they go."""
    flow = turn + 0.5 * np.sin(turn - np.radians(PARTING_DEG)) * place
    return 0.65 * np.cos(STRANDS * flow + 2.1 * np.sin(5 * turn)) + 0.35 * np.cos(17 * flow + 1.3)


def _shade(turn: np.ndarray, place: float) -> np.ndarray:
    return np.clip(0.70 + 0.30 * _strand(turn, place), 0.4, 1.0) * (0.65 if place <= 0 else 1.0)


def _on_head(field: Field, turn: np.ndarray, rise: np.ndarray) -> np.ndarray:
    level = np.cos(rise)
    direction = np.stack([np.sin(turn) * level, np.sin(rise), np.cos(turn) * level], axis=1)
    return cast(field, np.broadcast_to(HUB, direction.shape), direction)


def brows(field: Field) -> Mesh:
    """Both brows, moved by the same strokes as the skin beneath them."""
    along = np.linspace(0, 1, BROW_COLUMNS)
    x, y, half = (np.interp(along, np.linspace(0, 1, len(BROW)), column) for column in np.array(BROW).T)
    rows = []
    for edge, lift in zip((1.0, 0.0, -1.0), BROW_LIFT[::-1], strict=True):
        start = np.stack([x + 0.15 * half * edge, y + half * edge, np.full_like(x, 20.0)], axis=1)
        row = cast(field, start, np.broadcast_to([0.0, 0.0, 1.0], start.shape))
        rows.append(row + lift * np.array([0.35, 0.0, 0.94]))
    left = np.vstack(rows)
    faces = grid_triangles(np.arange(len(left)).reshape(3, -1))
    points = np.vstack([left, left * [-1, 1, 1]])
    triangles = np.vstack([faces, faces[:, ::-1] + len(left)])
    shapes = upper_shapes(Skin(points, np.zeros(len(points))))
    moving = {name: shape for name, shape in shapes.items() if np.abs(shape).max() > 0.05}
    return Mesh("Brows", "Brow", points, triangles, np.ones_like(points), moving)
