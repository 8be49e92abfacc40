"""Shadows of the key light: the head drawn once from where the light stands, and compared with what the camera sees."""

from __future__ import annotations

import numpy as np

from rigdriver.preview.actor import Posed
from rigdriver.preview.raster import Camera, rasterise

MAP_SIZE = 640  # pixels: about 0.7 mm of head each
REACH = 0.46  # metres that the map spans, a bust and a little more
FAR = 6.0  # metres to the light: far enough for shadows that hardly spread
LIFT = 0.0025  # metres off the skin before the test, so that a facet does not shade itself
SOFTNESS = 2  # pixels of blur each way


def lit_share(posed: Posed, points: np.ndarray, normals: np.ndarray, towards: np.ndarray) -> np.ndarray:
    """0..1 for each point (n, 3) with unit normal: how much of a light in direction `towards` reaches it."""
    light = _camera(posed.positions, towards)
    depth = _depths(posed, light)
    seen = light.project(points + LIFT * normals, MAP_SIZE, MAP_SIZE)
    column, row = (seen[:, k].astype(int) for k in (0, 1))
    steps = range(-SOFTNESS, SOFTNESS + 1)
    lit = np.zeros(len(points))
    for down in steps:
        for right in steps:
            y, x = np.clip(row + down, 0, MAP_SIZE - 1), np.clip(column + right, 0, MAP_SIZE - 1)
            lit += seen[:, 2] <= depth[y, x]
    return lit / len(steps) ** 2


def _camera(points: np.ndarray, towards: np.ndarray) -> Camera:
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    x, y, z = towards / np.linalg.norm(towards)
    target = (float(middle[0]), float(middle[1]), float(middle[2]))
    return Camera(target, FAR, float(np.arctan2(x, z)), float(np.arcsin(y)), REACH)


def _depths(posed: Posed, light: Camera) -> np.ndarray:
    """Metres from the light to the nearest surface, (MAP_SIZE, MAP_SIZE); infinite where there is none."""
    screen = light.project(posed.positions, MAP_SIZE, MAP_SIZE)
    hits = rasterise(screen, posed.triangles, posed.two_sided, MAP_SIZE, MAP_SIZE)
    depth = np.full(MAP_SIZE * MAP_SIZE, np.inf)
    depth[hits.pixel] = (screen[posed.triangles[hits.triangle], 2] * hits.corner).sum(axis=1)
    return depth.reshape(MAP_SIZE, MAP_SIZE)
