"""Rotations between the clip's angles and quaternions.

A quaternion is (..., 4) float64 in glTF's order x y z w. Angles follow `rigs/arkit.yaml`: yaw about +Y, pitch
about +X, roll about +Z, in radians. They are put together as yaw · pitch · roll: the head first rolls, then
nods, then turns, so that a nod of a turned head still goes up and down along its own nose.
"""

from __future__ import annotations

import numpy as np

IDENTITY = np.array([0.0, 0.0, 0.0, 1.0])


def from_angles(yaw: np.ndarray, pitch: np.ndarray, roll: np.ndarray) -> np.ndarray:
    """(..., 4): the rotation yaw · pitch · roll."""
    return multiply(multiply(_about(1, yaw), _about(0, pitch)), _about(2, roll))


def to_angles(rotation: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Yaw, pitch and roll, each (...). Beyond ±90° of pitch the same rotation has other angles."""
    x, y, z, w = np.moveaxis(np.asarray(rotation, np.float64), -1, 0)
    yaw = np.arctan2(2 * (x * z + w * y), 1 - 2 * (x * x + y * y))
    pitch = np.arcsin(np.clip(-2 * (y * z - w * x), -1.0, 1.0))
    roll = np.arctan2(2 * (x * y + w * z), 1 - 2 * (x * x + z * z))
    return yaw, pitch, roll


def _about(axis: int, angle: np.ndarray) -> np.ndarray:
    half = np.asarray(angle, np.float64) / 2
    rotation = np.zeros((*half.shape, 4))
    rotation[..., axis] = np.sin(half)
    rotation[..., 3] = np.cos(half)
    return rotation


def multiply(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """first · second: the second acts first. Shapes broadcast."""
    a, b = np.asarray(first, np.float64), np.asarray(second, np.float64)
    av, aw, bv, bw = a[..., :3], a[..., 3:], b[..., :3], b[..., 3:]
    vector = aw * bv + bw * av + np.cross(av, bv)
    scalar = aw * bw - np.sum(av * bv, axis=-1, keepdims=True)
    return np.concatenate([vector, scalar], axis=-1)


def inverse(rotation: np.ndarray) -> np.ndarray:
    """The opposite of a unit quaternion."""
    return np.asarray(rotation, np.float64) * [-1.0, -1.0, -1.0, 1.0]


def part(rotation: np.ndarray, share: float | np.ndarray) -> np.ndarray:
    """That share (0..1, or one a row) of a rotation about its own axis, the short way round.

    part(r, .35) · part(r, .65) is r again.
    """
    short = np.where(rotation[..., 3:] < 0, -rotation, rotation)
    length = np.linalg.norm(short[..., :3], axis=-1, keepdims=True)
    half = np.arctan2(length, short[..., 3:]) * np.asarray(share)[..., None]
    axis = np.divide(short[..., :3], length, out=np.zeros_like(short[..., :3]), where=length > 0)
    return np.concatenate([axis * np.sin(half), np.cos(half)], axis=-1)


def between(first: np.ndarray, second: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Spherical interpolation, row by row. first, second: (n, 4); share: (n,) 0..1."""
    return multiply(part(multiply(second, inverse(first)), share), first)


def continuous(rotations: np.ndarray, before: np.ndarray) -> np.ndarray:
    """The same rotations with signs chosen so that each lies nearest to the one before it: (n, 4).

    A quaternion and its negative are one rotation; an importer that blends keys component by component needs
    neighbours of the same sign. `before` (4,) is the key that precedes the first row.
    """
    previous = np.concatenate([before[None], rotations[:-1]])
    flips = np.where(np.sum(previous * rotations, axis=-1) < 0, -1.0, 1.0)
    return rotations * np.cumprod(flips)[:, None]
