"""Hair: a short cap with a side parting, combed into strands, and a few locks over the brow."""

from __future__ import annotations

import numpy as np

from rigdriver.sculpt.face import HUB
from rigdriver.sculpt.field import Field, cast
from rigdriver.sculpt.mesh import Mesh, grid_triangles, joined, round_grid

Piece = tuple[np.ndarray, np.ndarray]
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

# Locks over the front edge: turn of the root, drift to the tip (degrees), tip's place below the hairline, half width.
LOCKS = ((34.0, -16.0, -0.10, 8.0), (18.0, -17.0, -0.17, 9.0), (1.0, -16.0, -0.13, 8.5), (-16.0, -15.0, -0.17, 8.0))
LOCK_ROOT = 0.34
LOCK_SHADES = (0.80, 0.95, 1.0, 0.95, 0.85, 0.75)  # root to tip
LOCK_ROOF = (-1.5, 1.6, -1.5)  # mm: edges lie lower than the ridge between them
LOCK_HEIGHT = ((0.0, 10.0), (0.3, 17.0), (0.6, 15.5), (0.85, 8.0), (1.0, 3.0))  # share of the way, mm off the skin


def hair(field: Field) -> Mesh:
    """The cap and the locks over its front edge."""
    cap, cap_tint = _cap(field)
    locks = [_lock(field, *lock) for lock in LOCKS]
    points, triangles = joined([cap, *locks])
    tint = np.concatenate([cap_tint, *[np.repeat(LOCK_SHADES, 3)] * len(locks)])
    return Mesh("Hair", "Hair", points, triangles, tint[:, None] * np.ones(3))


def _lock(field: Field, start_deg: float, drift_deg: float, tip: float, half_deg: float) -> Piece:
    """A pointed lock: rows from root to tip, each a left edge, a ridge and a right edge."""
    along = np.linspace(0, 1, len(LOCK_SHADES))
    place = LOCK_ROOT + (tip - LOCK_ROOT) * along
    middle = start_deg + drift_deg * along**1.5
    half = half_deg * np.sin(np.pi * (0.12 + 0.88 * along)) ** 0.8 + 0.01
    turn = np.radians(np.stack([middle - half, middle, middle + half], axis=1))  # seen from ahead: left to right
    line = np.radians(np.interp(np.abs(np.degrees(turn)), *np.array(HAIRLINE).T))
    rise = line + (np.pi / 2 - line) * place[:, None]
    points = _on_head(field, turn.ravel(), rise.ravel())
    height = np.interp(along, *np.array(LOCK_HEIGHT).T)[:, None]
    body = height + np.array(LOCK_ROOF) * (1 - 0.6 * along[:, None])
    out = (points - HUB) / np.linalg.norm(points - HUB, axis=1, keepdims=True)
    grid = np.arange(3 * len(along)).reshape(-1, 3)
    return points + out * body.reshape(-1, 1), grid_triangles(grid)


def _cap(field: Field) -> tuple[Piece, np.ndarray]:
    """The cap from a tucked hem up to the crown, and its brightness."""
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
    return (points, np.vstack([grid_triangles(grid), fan])), np.append(np.concatenate(shades[::-1]), 0.9)


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
