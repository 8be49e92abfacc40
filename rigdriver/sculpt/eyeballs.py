"""The eyeballs, turned by their joints, and the lashes, which ride on the upper lids."""

from __future__ import annotations

import numpy as np

from rigdriver.sculpt.eyes import MARGIN_ROW, SEGMENTS, LidPose, lid_grid
from rigdriver.sculpt.field import Field
from rigdriver.sculpt.mesh import JOINTS, Mesh, grid_triangles, mirrored, round_grid
from rigdriver.sculpt.shapes_eyes import POSES
from rigdriver.sculpt.skull import EYE_CENTRE, EYE_RADIUS

MERIDIANS = 20
PUPIL, IRIS = 10.5, 29.0  # degrees from the eye's axis: an iris 12.2 mm across, pupil 4.6 mm
# Rings from pole to back: degrees, and a grey or brown factor on the material's colour.
IRIS_RINGS = ((0.0, 0.02), (PUPIL - 0.6, 0.02), (PUPIL + 0.6, 0.50), (16.0, 1.0), (23.5, 0.62), (IRIS - 2.0, 0.30),
              (IRIS + 0.8, 0.14))  # fmt: skip
WHITE_RINGS = ((IRIS - 0.5, 0.55), (IRIS + 2.0, 0.88), (40.0, 1.0), (56.0, 0.95), (74.0, 0.80), (110.0, 0.5),
               (180.0, 0.3))  # fmt: skip
PINK = np.array([1.0, 0.80, 0.76])  # the white's rim near the lids
IRIS_LIFT = 0.03  # mm that the iris lies before the white, so that their rims do not fight

LASH_LENGTH = 2.9


def eyeballs() -> list[Mesh]:
    """White and iris of both eyes, each wholly on its eye's joint."""
    meshes = []
    for name, side in (("Left", 1.0), ("Right", -1.0)):
        centre = EYE_CENTRE * [side, 1, 1]
        meshes.append(_cap(f"{name}EyeWhite", "EyeWhite", WHITE_RINGS, centre, 0.0, f"{name}Eye"))
        meshes.append(_cap(f"{name}EyeIris", "EyeIris", IRIS_RINGS, centre, IRIS_LIFT, f"{name}Eye"))
    return meshes


Rings = tuple[tuple[float, float], ...]


def _cap(name: str, material: str, rings: Rings, centre: np.ndarray, lift: float, joint: str) -> Mesh:
    """A part of a sphere about +Z, from its first ring to its last."""
    tilt = np.radians([angle for angle, _ in rings])[:, None]
    turn = 2 * np.pi * np.arange(MERIDIANS) / MERIDIANS
    axes = (np.sin(tilt) * np.cos(turn), np.sin(tilt) * np.sin(turn), np.cos(tilt))
    unit = np.stack(np.broadcast_arrays(*axes), axis=-1)
    shade = np.array([shade for _, shade in rings])[:, None, None]
    redness = np.clip((tilt[..., None] - np.radians(42)) / np.radians(30), 0, 1)
    tint = shade * (1 + redness * (PINK - 1)) * np.ones_like(unit)
    grid = round_grid(len(rings), MERIDIANS)
    weights = np.zeros((unit.shape[0] * unit.shape[1], len(JOINTS)))
    weights[:, JOINTS.index(joint)] = 1.0
    points = centre + (EYE_RADIUS + lift) * unit.reshape(-1, 3)
    return Mesh(
        name, material, points, _without_slivers(points, grid_triangles(grid)), tint.reshape(-1, 3), {}, weights
    )


def _without_slivers(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Drops the triangles that a pole squeezes to nothing."""
    a, b, c = (points[triangles[:, k]] for k in range(3))
    return triangles[np.linalg.norm(np.cross(b - a, c - a), axis=1) > 1e-6]


def lashes(field: Field) -> Mesh:
    """A dark fringe on both upper lids, with every lid shape."""
    grid = np.arange(3 * (SEGMENTS - 1)).reshape(3, -1)
    rest, triangles, _ = mirrored(_fringe(field, LidPose()), grid_triangles(grid))
    shapes = {}
    count = len(rest) // 2
    for name, pose in POSES.items():
        moved = _fringe(field, pose) - rest[:count]
        none = np.zeros_like(moved)
        shapes[name + "Left"] = np.vstack([moved, none])
        shapes[name + "Right"] = np.vstack([none, moved * [-1, 1, 1]])
    return Mesh("Lashes", "Lash", rest, triangles, np.ones_like(rest), shapes)


def _fringe(field: Field, pose: LidPose) -> np.ndarray:
    """Three rows on the left upper lid's front edge: root behind, root, tips."""
    grid = lid_grid(field, pose)[:, 1:SEGMENTS]
    root, inner = grid[MARGIN_ROW - 1], grid[MARGIN_ROW]
    place = np.linspace(0, 1, SEGMENTS - 1)
    out = root - EYE_CENTRE
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    lean = np.array([0.9, 0.0, 0.0]) * (place[:, None] - 0.35) + [0, 0.35, 0.15]
    length = LASH_LENGTH * np.sin(np.pi * np.clip(0.04 + 0.82 * place, 0, 1))[:, None] ** 0.7
    tip = root + (0.7 * out + lean) * length
    thin = np.sin(np.pi * np.clip(0.05 + 0.9 * place, 0, 1))[:, None]  # the fringe runs out at both corners
    return np.vstack([tip, root + 0.25 * out, root + 0.55 * thin * (inner - root) + 0.35 * out])
