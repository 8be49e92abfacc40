"""The ears: rings from the rim inwards to the bowl, bent onto the side of the head."""

from __future__ import annotations

import numpy as np

from rigdriver.sculpt.field import Field, cast
from rigdriver.sculpt.mesh import grid_triangles, round_grid

AROUND = 22
MIDDLE = np.array([-15.0, -9.0])  # y, z of the ear's middle; its canal lies at z = 0
HALF_HEIGHT, HALF_WIDTH = 31.0, 17.5
TILT_DEG, FLARE_DEG = 12.0, 24.0  # leaned back; its rear edge stands away from the skull
# Rings: size against the outline, mm out of the ear's plane, brightness. From behind, over the helix, to the bowl.
RINGS = ((0.80, -7.0, 0.80), (0.97, -1.5, 0.92), (1.00, 2.2, 1.0), (0.90, 3.4, 1.0), (0.80, 0.6, 0.86),
         (0.62, 3.2, 1.0), (0.50, 1.0, 0.85), (0.38, -4.5, 0.62))  # fmt: skip
BOWL_FORWARD, BOWL_DOWN = 5.0, 8.0  # mm by which the inner rings lie forward of the outline's middle, and lower


def ears(field: Field) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Both ears: points, triangles, and brightness of each point."""
    flat, shade = _rings()
    left = _placed(field, flat)
    triangles = _triangles()
    mirror = left * [-1, 1, 1]
    return np.vstack([left, mirror]), np.vstack([triangles, triangles[:, ::-1] + len(left)]), np.tile(shade, 2)


def _rings() -> tuple[np.ndarray, np.ndarray]:
    """Ear-plane points (n, 3): forward, up, outwards; the last one is the bowl's floor."""
    turn = 2 * np.pi * np.arange(AROUND) / AROUND
    points, shades = [], []
    for size, out, shade in RINGS:
        inward = 1 - size
        forward = HALF_WIDTH * _outline(turn) * size * np.cos(turn) + inward * BOWL_FORWARD
        up = HALF_HEIGHT * size * np.sin(turn) - inward * BOWL_DOWN
        front = np.clip((np.cos(turn) - 0.10) / 0.62, 0, 1)  # towards the face the rim melts into the cheek
        front = front * front * (3 - 2 * front)
        lift = out * (1 - front) - 2.6 * front
        lobe = np.clip(-np.sin(turn) - 0.6, 0, 1) / 0.4  # the lobe is plain: no rim, no groove
        lift = lift * (1 - 0.7 * lobe) + 0.8 * lobe
        points.append(np.stack([forward, up, lift], axis=1))
        shades.append(np.full(AROUND, shade) ** (1 - 0.8 * lobe))
    floor = np.array([[3.5, -7.0, -7.0]])
    return np.vstack([*points, floor]), np.append(np.concatenate(shades), 0.5)


def _outline(turn: np.ndarray) -> np.ndarray:
    """The ear is broad above and behind, narrow at the lobe."""
    return 1.0 - 0.30 * np.clip(-np.sin(turn), 0, 1) ** 1.5 + 0.06 * np.sin(turn)


def _placed(field: Field, flat: np.ndarray) -> np.ndarray:
    """Ear-plane points in head space, its front edge just under the skin."""
    tilt, flare = np.radians(TILT_DEG), np.radians(FLARE_DEG)
    forward = flat[:, 0] * np.cos(tilt) - flat[:, 1] * np.sin(tilt)
    up = flat[:, 1] * np.cos(tilt) + flat[:, 0] * np.sin(tilt)
    y, z = MIDDLE[0] + up, MIDDLE[1] + forward * np.cos(flare) + flat[:, 2] * 0.2
    behind = np.clip(HALF_WIDTH * 0.7 - forward, 0, None)
    anchor = _side(field, MIDDLE[0] + 0.4 * up, np.full_like(y, MIDDLE[1] + HALF_WIDTH * 0.7))
    x = anchor + behind * np.sin(flare) + flat[:, 2] - 1.2
    return np.stack([x, y, z], axis=1)


def _side(field: Field, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """x of the head's left side."""
    origins = np.stack([np.zeros_like(y), y, z], axis=1)
    return cast(field, origins, np.broadcast_to([1.0, 0.0, 0.0], origins.shape))[:, 0]


def _triangles() -> np.ndarray:
    grid = round_grid(len(RINGS), AROUND)
    floor = len(RINGS) * AROUND
    fan = np.array([[floor, grid[-1, k + 1], grid[-1, k]] for k in range(AROUND)])
    return np.vstack([grid_triangles(grid), fan])
