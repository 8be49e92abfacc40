"""One frame of an actor as an RGB picture: pose, rasterise at twice the size, light, average down."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rigdriver.preview.actor import Actor, Posed
from rigdriver.preview.raster import Camera, Hits, rasterise
from rigdriver.preview.shadow import lit_share

SUPERSAMPLING = 2
BACKGROUND = (0.235, 0.255, 0.285)  # display values 0..1, a photographer's grey
# Studio lights: direction towards the light (camera space), and linear RGB strength.
KEY_LIGHT = ((-0.50, 0.52, 0.70), (1.04, 0.98, 0.90))
FILL_LIGHT = ((0.75, 0.10, 0.65), (0.26, 0.29, 0.35))
RIM_LIGHT = ((0.60, 0.45, -0.65), (0.55, 0.57, 0.62))
SKY, GROUND = (0.30, 0.32, 0.36), (0.17, 0.14, 0.12)
WRAP = 0.22  # how far diffuse light creeps round the edge, as in skin; 0 is stone
FACE_CAMERA = Camera(target=(0.0, 0.225, 0.02), distance=1.1, height=0.31)


def render(
    actor: Actor,
    weights: Mapping[str, float],
    rotations: Mapping[str, np.ndarray] | None = None,
    *,
    width: int = 256,
    height: int = 320,
    camera: Camera = FACE_CAMERA,
    background: tuple[int, int, int] | None = None,
    shadows: bool = False,
) -> np.ndarray:
    """A picture (height, width, 3) uint8 sRGB. `rotations`: node name -> quaternion (x, y, z, w).

    `background` is one plain colour; without it the head stands before a soft grey. `shadows` of the key light
    take as long again as the frame.
    """
    posed = actor.pose(weights, rotations)
    wide, high = width * SUPERSAMPLING, height * SUPERSAMPLING
    screen = camera.project(posed.positions, wide, high)
    hits = rasterise(screen, posed.triangles, posed.two_sided, wide, high)
    image = _backdrop(wide, high) if background is None else np.tile(np.array(background) / 255, (wide * high, 1))
    image[hits.pixel] = _display(_lit(posed, hits, camera, shadows))
    image = image.reshape(height, SUPERSAMPLING, width, SUPERSAMPLING, 3).mean(axis=(1, 3))
    return np.round(image * 255).astype(np.uint8)


def _backdrop(width: int, height: int) -> np.ndarray:
    """(pixels, 3) display values: grey, a little darker towards the bottom."""
    shade = np.linspace(1.12, 0.80, height)[:, None, None]
    return np.broadcast_to(shade * np.array(BACKGROUND), (height, width, 3)).reshape(-1, 3).copy()


def _lit(posed: Posed, hits: Hits, camera: Camera, shadows: bool) -> np.ndarray:
    """Linear RGB of every hit."""
    corners = posed.triangles[hits.triangle]
    point = _blend(posed.positions, corners, hits.corner)
    normal = _unit(_blend(posed.normals, corners, hits.corner)) @ camera.axes().T
    view = _unit(camera.eye() - point) @ camera.axes().T
    behind = posed.two_sided[hits.triangle] & ((normal * view).sum(axis=1) < 0)
    normal[behind] *= -1
    shine = _blend(posed.shine[:, None], corners, hits.corner)[:, 0]
    light, gloss = _ambient(normal), np.zeros_like(normal)
    for direction, strength in (KEY_LIGHT, FILL_LIGHT, RIM_LIGHT):
        towards = np.array(direction) / np.linalg.norm(direction)
        reach = np.ones(len(point))
        if shadows and direction == KEY_LIGHT[0]:
            reach = lit_share(posed, point, normal @ camera.axes(), towards @ camera.axes())
        facing = normal @ towards
        diffuse = reach * np.clip((facing + WRAP) / (1 + WRAP), 0, None) ** 1.3
        light += diffuse[:, None] * strength
        gloss += (reach * _highlight(normal, view, towards, facing, shine))[:, None] * strength
    return _blend(posed.colours, corners, hits.corner) * light + gloss


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


def _ambient(normal: np.ndarray) -> np.ndarray:
    up = 0.5 + 0.5 * normal[:, 1:2]
    return up * SKY + (1 - up) * np.array(GROUND)


def _highlight(
    normal: np.ndarray, view: np.ndarray, towards: np.ndarray, facing: np.ndarray, shine: np.ndarray
) -> np.ndarray:
    """Blinn–Phong with an exponent grown from the material's smoothness."""
    half = view + towards
    half /= np.linalg.norm(half, axis=1, keepdims=True)
    power = 4.0 * 2.0 ** (7.0 * shine)
    peak = 0.10 * shine + 0.75 * shine**3
    return np.where(facing > 0, peak * np.clip((normal * half).sum(axis=1), 0, 1) ** power, 0)


def _blend(values: np.ndarray, corners: np.ndarray, weight: np.ndarray) -> np.ndarray:
    return np.einsum("nk,nkc->nc", weight, values[corners])


def _display(linear: np.ndarray) -> np.ndarray:
    """Linear light to sRGB display values, with a soft shoulder so that highlights do not clip."""
    soft = linear / (1 + 0.18 * linear)
    curve = 1.055 * np.clip(soft, 1e-9, None) ** (1 / 2.4) - 0.055  # IEC 61966-2-1
    return np.clip(np.where(soft <= 0.0031308, 12.92 * soft, curve), 0, 1)
