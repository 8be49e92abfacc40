"""Delaunay triangulation in the plane (Bowyer and Watson, 1981), so that the sculptor needs NumPy alone.

Each new point deletes the triangles whose circumcircle holds it and fans the hole that is left. One vector test
per point is quick enough for the two thousand points of half a head.
"""

from __future__ import annotations

import numpy as np


def delaunay(points: np.ndarray) -> np.ndarray:
    """Counter-clockwise triangles (m, 3) of distinct points (n, 2)."""
    count = len(points)
    everything = np.vstack([points, _frame(points)])
    triangles = np.array([[count, count + 1, count + 2]])
    circles = _circles(everything, triangles)
    for index in range(count):
        away = ((everything[index] - circles[:, :2]) ** 2).sum(axis=1)
        hit = away < circles[:, 2]
        fan = _fan(triangles[hit], index)
        triangles = np.vstack([triangles[~hit], fan])
        circles = np.vstack([circles[~hit], _circles(everything, fan)])
    return triangles[(triangles < count).all(axis=1)]


def _frame(points: np.ndarray) -> np.ndarray:
    """A counter-clockwise triangle far outside all points."""
    middle, reach = points.mean(axis=0), 300 * np.ptp(points, axis=0).max()
    return middle + reach * np.array([[-1.0, -1.0], [1.0, -1.0], [0.0, 1.0]])


def _fan(removed: np.ndarray, index: int) -> np.ndarray:
    """Triangles from the hole's rim to a point: the rim is made of the edges that no neighbour shares."""
    edges = np.vstack([removed[:, [0, 1]], removed[:, [1, 2]], removed[:, [2, 0]]])
    known = {(int(a), int(b)) for a, b in edges}
    rim = [(a, b) for a, b in map(tuple, edges.tolist()) if (b, a) not in known]
    return np.array([[a, b, index] for a, b in rim])


def _circles(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Circumcentre and squared radius (m, 3) of each triangle."""
    a, b, c = (points[triangles[:, k]] for k in range(3))
    along, across = b - a, c - a
    doubled = 2 * (along[:, 0] * across[:, 1] - along[:, 1] * across[:, 0])
    along_2, across_2 = (along**2).sum(axis=1), (across**2).sum(axis=1)
    x = (across[:, 1] * along_2 - along[:, 1] * across_2) / doubled
    y = (along[:, 0] * across_2 - across[:, 0] * along_2) / doubled
    return np.stack([a[:, 0] + x, a[:, 1] + y, x * x + y * y], axis=1)


def inside(polygon: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Which points (n, 2) lie inside a closed polygon (m, 2), by counting crossings to the right."""
    odd = np.zeros(len(points), bool)
    for (x0, y0), (x1, y1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        spans = (y0 > points[:, 1]) != (y1 > points[:, 1])
        with np.errstate(divide="ignore", invalid="ignore"):
            crossing = x0 + (points[:, 1] - y0) * (x1 - x0) / (y1 - y0)
        odd ^= spans & (points[:, 0] < crossing)
    return odd
