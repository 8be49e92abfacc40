"""The sculptor's hand: smooth masks and pushes from which every face shape is made, left and right alike.

Displacements are in millimetres. A push speaks of `out` (away from the middle), `up` and `forward`, so that one
description serves both sides; `halved` then splits a symmetric shape so that left plus right give it back.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rigdriver.sculpt.field import Vector
from rigdriver.sculpt.mouth import CORNER_X, seam_height

MIDDLE_BLEND = 9.0  # mm each side of the middle over which a one-sided shape fades


@dataclass(frozen=True)
class Skin:
    """Points (n, 3) that a shape moves, and for each the share 0..1 by which it belongs to the lower lip and jaw."""

    points: np.ndarray
    lower: np.ndarray

    @property
    def upper(self) -> np.ndarray:
        """The rest of `lower`."""
        return 1 - self.lower

    @property
    def half(self) -> np.ndarray:
        """The points with x folded onto the left side."""
        return np.column_stack([np.abs(self.points[:, 0]), self.points[:, 1:]])


def ramp(values: np.ndarray, zero: float, one: float) -> np.ndarray:
    """A smooth step from 0 at `zero` to 1 at `one`, which may lie either way round."""
    t = np.clip((values - zero) / (one - zero), 0, 1)
    return t * t * (3 - 2 * t)


def bump(skin: Skin, centre: Vector, radii: Vector) -> np.ndarray:
    """A soft mask: 1 at the centre (given for the left side, and mirrored), 0 beyond the radii."""
    if centre[0] == 0:
        return _kernel(((skin.points - centre) / radii) ** 2)
    both = [_kernel(((skin.points - np.multiply(centre, [side, 1, 1])) / radii) ** 2) for side in (1, -1)]
    overlap = max(0.0, 1 - (2 * centre[0] / radii[0]) ** 2) ** 2  # what the mirror image adds at the centre
    return (both[0] + both[1]) / (1 + overlap)


def _kernel(squares: np.ndarray) -> np.ndarray:
    """1 in the middle, 0 with a level end where the squared distances (n, 3) add up to 1."""
    return np.clip(1 - squares.sum(axis=1), 0, None) ** 2


def push(skin: Skin, mask: np.ndarray, out: float = 0.0, up: float = 0.0, forward: float = 0.0) -> np.ndarray:
    """Displacements (n, 3) of a masked move."""
    outward = np.clip(skin.points[:, 0] / 5.0, -1, 1) * out  # 5 mm: no tear at the middle
    return mask[:, None] * np.stack([outward, np.full_like(outward, up), np.full_like(outward, forward)], axis=1)


def stroke(
    skin: Skin, centre: Vector, radii: Vector, out: float = 0.0, up: float = 0.0, forward: float = 0.0
) -> np.ndarray:
    """A push with a soft round mask."""
    return push(skin, bump(skin, centre, radii), out, up, forward)


def halved(skin: Skin, shape: np.ndarray) -> dict[str, np.ndarray]:
    """A symmetric shape as its two sides, "Left" and "Right", which add up to it."""
    left = ramp(skin.points[:, 0], -MIDDLE_BLEND, MIDDLE_BLEND)[:, None]
    return {"Left": shape * left, "Right": shape * (1 - left)}


def jaw_share(points: np.ndarray, side: np.ndarray) -> np.ndarray:
    """How far points follow the jaw. `side`: +1 known upper lip, −1 known lower lip, 0 by position.

    Between the lips it is a cut; from the corners to the ears the skin stretches over a growing span.
    """
    x = np.abs(points[:, 0])
    beyond = ramp(x, 20.0, 52.0)
    line = seam_height(np.clip(x / CORNER_X, 0, 1)) + 10.0 * beyond
    span = 5.0 + 9.0 * ramp(x, 8.0, 26.0) + 22.0 * beyond
    known = -side * np.clip(1 - (x / CORNER_X) ** 2, 0, 1) ** 0.75  # an oval opening
    return ramp((line - points[:, 1]) / span + known, -1.0, 1.0)
