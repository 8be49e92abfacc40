"""Solid shapes as signed distance fields, melted into one another: the clay of the head.

A field takes points (n, 3) in millimetres and gives distances (n,), negative inside. The smooth union is the
usual polynomial one; the ellipsoid's distance is the common first-order bound, exact on its surface.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Field = Callable[[np.ndarray], np.ndarray]
Vector = tuple[float, float, float]


def ellipsoid(centre: Vector, radii: Vector, tilt_deg: float = 0.0) -> Field:
    """An ellipsoid, leaned forward by `tilt_deg` about the axis from ear to ear."""
    turn = _about_x(tilt_deg)

    def distance(points: np.ndarray) -> np.ndarray:
        local = (points - centre) @ turn
        inner = np.linalg.norm(local / radii, axis=1)
        outer = np.linalg.norm(local / np.square(radii), axis=1)
        return inner * (inner - 1) / np.maximum(outer, 1e-9)

    return distance


def capsule(start: Vector, end: Vector, start_radius: float, end_radius: float) -> Field:
    """A rod with round ends whose radius runs from one value to the other."""
    a, axis = np.array(start), np.subtract(end, start)

    def distance(points: np.ndarray) -> np.ndarray:
        along = np.clip((points - a) @ axis / (axis @ axis), 0, 1)
        return np.linalg.norm(points - a - along[:, None] * axis, axis=1) - (
            start_radius + along * (end_radius - start_radius)
        )

    return distance


def melt(a: np.ndarray, b: np.ndarray, reach: float) -> np.ndarray:
    """The smooth union of two distances: surfaces nearer than `reach` mm flow together."""
    overlap = np.maximum(reach - np.abs(a - b), 0) / reach
    return np.minimum(a, b) - overlap * overlap * reach / 4


def carve(a: np.ndarray, b: np.ndarray, reach: float) -> np.ndarray:
    """Distance `a` with the solid `b` taken away, its rim rounded over `reach` mm."""
    return -melt(-a, b, reach)


def cast(field: Field, origins: np.ndarray, directions: np.ndarray, far: float = 260.0) -> np.ndarray:
    """Where rays from inside leave the solid for good: marched from `far` mm back towards their origins."""
    travelled = np.full(len(origins), far)
    for _ in range(90):
        travelled = np.maximum(travelled - 0.7 * field(origins + travelled[:, None] * directions), 0.0)
    return origins + travelled[:, None] * directions


def gradient(field: Field, points: np.ndarray, step: float = 0.25) -> np.ndarray:
    """Unit outward directions (n, 3) by central differences."""
    slopes = [field(points + step * axis) - field(points - step * axis) for axis in np.eye(3)]
    direction = np.stack(slopes, axis=1)
    return direction / np.maximum(np.linalg.norm(direction, axis=1, keepdims=True), 1e-9)


def openness(field: Field, points: np.ndarray, reach: float) -> np.ndarray:
    """How freely light reaches surface points: 1 in the open, towards 0 in folds up to `reach` mm deep."""
    out = gradient(field, points)
    heights = reach * np.array([0.15, 0.35, 0.65, 1.0])
    seen = [np.clip(field(points + height * out) / height, 0, 1) for height in heights]
    return np.mean(seen, axis=0)


def _about_x(degrees: float) -> np.ndarray:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
