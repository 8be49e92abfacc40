"""A z-buffered triangle rasteriser in NumPy: a frame of a head in a fraction of a second, with no GPU at all.

Triangles become lists of candidate pixels, all at once; candidates outside their triangle are dropped, and of
those left on one pixel the nearest wins. Nothing here knows what a face is.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

CHUNK = 400_000  # candidate pixels worked on together: bounds memory at about 50 MB


@dataclass(frozen=True)
class Camera:
    """A perspective camera that looks at `target` (metres) from `distance` metres away; angles in radians."""

    target: tuple[float, float, float]
    distance: float = 1.0
    yaw: float = 0.0
    """Turn about +Y: positive sees the character's left side."""
    pitch: float = 0.0
    """Positive looks down on the head."""
    height: float = 0.32
    """Metres that fit the picture's height at the target."""

    def axes(self) -> np.ndarray:
        """Rows: the camera's right, up and backward directions in world space."""
        cos_yaw, sin_yaw, cos_pitch, sin_pitch = *_cos_sin(self.yaw), *_cos_sin(self.pitch)
        right = (cos_yaw, 0.0, -sin_yaw)
        backward = (sin_yaw * cos_pitch, sin_pitch, cos_yaw * cos_pitch)
        return np.array([right, np.cross(backward, right), backward])

    def eye(self) -> np.ndarray:
        """Where the camera stands, metres."""
        return np.asarray(self.target) + self.axes()[2] * self.distance

    def project(self, points: np.ndarray, width: int, height: int) -> np.ndarray:
        """World points (n, 3) to pixels: columns x, y (down) and depth in metres from the camera."""
        seen = (points - self.eye()) @ self.axes().T
        depth = np.maximum(-seen[:, 2], 1e-3)
        scale = height / self.height * self.distance / depth
        return np.stack([width / 2 + seen[:, 0] * scale, height / 2 - seen[:, 1] * scale, depth], axis=1)


@dataclass(frozen=True)
class Hits:
    """What each covered pixel sees: flat pixel number, triangle number, and the corner weights (n, 3)."""

    pixel: np.ndarray
    triangle: np.ndarray
    corner: np.ndarray


def rasterise(screen: np.ndarray, triangles: np.ndarray, two_sided: np.ndarray, width: int, height: int) -> Hits:
    """The nearest triangle at every pixel. `screen` (n, 3) from Camera.project, `two_sided` one bool a triangle."""
    chosen = _facing(screen, triangles, two_sided)
    low, size = _boxes(screen[triangles[chosen]], width, height)
    area = size[:, 0] * size[:, 1]
    found = []
    for part in _parts(area):
        found.append(_cover(screen, triangles, chosen[part], low[part], size[part], width))
    pixel, triangle, corner, depth = (np.concatenate(column) for column in zip(*found, strict=True))
    return _nearest(pixel, triangle, corner, depth, width * height)


def _cos_sin(angle: float) -> tuple[float, float]:
    return float(np.cos(angle)), float(np.sin(angle))


def _facing(screen: np.ndarray, triangles: np.ndarray, two_sided: np.ndarray) -> np.ndarray:
    """Numbers of the triangles that show their front (counter-clockwise seen with y up) or have no back."""
    a, b, c = (screen[triangles[:, k], :2] for k in range(3))
    doubled = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (c[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1])
    return np.flatnonzero((doubled < -1e-9) | (two_sided & (doubled > 1e-9)))


def _boxes(corners: np.ndarray, width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """First pixel and size of each triangle's bounding box, clipped to the picture: both (n, 2) int."""
    limit = np.array([width, height])
    low = np.clip(np.ceil(corners[:, :, :2].min(axis=1) - 0.5), 0, limit).astype(np.int64)
    high = np.clip(np.floor(corners[:, :, :2].max(axis=1) - 0.5) + 1, 0, limit).astype(np.int64)
    return low, np.maximum(high - low, 0)


def _parts(area: np.ndarray) -> list[slice]:
    """Runs of triangles whose boxes hold about CHUNK pixels together."""
    group = np.cumsum(area) // CHUNK
    edges = [0, *(np.flatnonzero(np.diff(group)) + 1), len(area)]
    return [slice(a, b) for a, b in itertools.pairwise(edges)]


def _cover(
    screen: np.ndarray, triangles: np.ndarray, chosen: np.ndarray, low: np.ndarray, size: np.ndarray, width: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Pixels inside the chosen triangles: flat number, triangle, perspective-correct corner weights, depth."""
    area = size[:, 0] * size[:, 1]
    owner = np.repeat(np.arange(len(chosen)), area)
    within = np.arange(len(owner)) - np.repeat(np.cumsum(area) - area, area)
    row, column = np.divmod(within, np.maximum(size[owner, 0], 1))
    x, y = low[owner, 0] + column, low[owner, 1] + row
    plane = _planes(screen[triangles[chosen]])[owner]  # (m, 2, 3)
    second = plane[:, 0, 0] * (x + 0.5) + plane[:, 0, 1] * (y + 0.5) + plane[:, 0, 2]
    third = plane[:, 1, 0] * (x + 0.5) + plane[:, 1, 1] * (y + 0.5) + plane[:, 1, 2]
    first = 1.0 - second - third
    inside = (first >= 0) & (second >= 0) & (third >= 0)
    flat = np.stack([first[inside], second[inside], third[inside]], axis=1)
    owner = chosen[owner[inside]]
    corner = flat / screen[triangles[owner], 2]
    depth = 1.0 / corner.sum(axis=1)
    return (y * width + x)[inside], owner, corner * depth[:, None], depth


def _planes(corners: np.ndarray) -> np.ndarray:
    """Coefficients (n, 2, 3) that give a pixel's weights at the second and third corner: w = a·x + b·y + c."""
    a, b, c = corners[:, 0, :2], corners[:, 1, :2], corners[:, 2, :2]
    along, across = b - a, c - a
    doubled = along[:, 0] * across[:, 1] - across[:, 0] * along[:, 1]
    second = np.stack([across[:, 1], -across[:, 0]], axis=1) / doubled[:, None]
    third = np.stack([-along[:, 1], along[:, 0]], axis=1) / doubled[:, None]
    rows = [np.column_stack([edge, -(edge * a).sum(axis=1)]) for edge in (second, third)]
    return np.stack(rows, axis=1)


def _nearest(pixel: np.ndarray, triangle: np.ndarray, corner: np.ndarray, depth: np.ndarray, pixels: int) -> Hits:
    order = np.argsort(-depth, kind="stable")  # far to near: the last write on a pixel is the nearest
    winner = np.full(pixels, -1, np.int64)
    winner[pixel[order]] = order
    won = winner[winner >= 0]
    return Hits(pixel[won], triangle[won], corner[won])
