"""The jaw: it swings and slides as one rigid bone, and skin, lower teeth and tongue follow by their share."""

from __future__ import annotations

import numpy as np

from rigdriver.sculpt.mouth import SEAM_Y
from rigdriver.sculpt.strokes import Skin, bump, ramp, stroke

HINGE = np.array([0.0, -14.0, 8.0])  # the condyles, 12 mm before the ear canal
OPEN_ANGLE = np.radians(16.5)
OPEN_SLIDE = np.array([0.0, -2.0, 9.0])  # condyles glide forward as the jaw drops, so the chin does not swing back
FORWARD, SIDEWAYS = 7.0, 8.0  # mm at weight 1
DRAGGED = 0.7  # share of a sideways or forward jaw that both lips follow
CORNERS_IN = -2.5  # mm: an opening mouth draws its corners to the middle


def jaw_open(points: np.ndarray) -> np.ndarray:
    """Displacements of bone at jawOpen 1: about 27 mm between the incisors."""
    c, s = np.cos(OPEN_ANGLE), np.sin(OPEN_ANGLE)
    turn = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    return (points - HINGE) @ turn.T + HINGE + OPEN_SLIDE - points


def jaw_forward(points: np.ndarray) -> np.ndarray:
    """Displacements of bone at jawForward 1."""
    return np.broadcast_to([0.0, 0.0, FORWARD], points.shape)


def jaw_left(points: np.ndarray) -> np.ndarray:
    """Displacements of bone at jawLeft 1: the chin swings to the character's left about the far condyle."""
    reach = np.clip((points[:, 2] - HINGE[2]) / 85.0, 0, 1.2)  # 85 mm: condyle to incisors
    return np.stack([SIDEWAYS * reach, 0 * reach, -0.04 * points[:, 0] * reach], axis=1)


def bone_shapes(points: np.ndarray) -> dict[str, np.ndarray]:
    """All jaw shapes for what is fixed to the bone: lower teeth, the tongue's root."""
    mirror = np.array([-1.0, 1.0, 1.0])
    return {
        "jawForward": jaw_forward(points),
        "jawLeft": jaw_left(points),
        "jawRight": jaw_left(points * mirror) * mirror,
        "jawOpen": jaw_open(points),
    }


def skin_shapes(skin: Skin) -> dict[str, np.ndarray]:
    """The jaw shapes of the skin. Sideways and forward the lips stay together: the upper one is dragged along."""
    share = {"jawOpen": skin.lower * follow(skin.points)}
    lips = np.minimum(1, 2 * bump(skin, (0, SEAM_Y, 92), (44, 24, 60)))
    together = (skin.lower + lips * (DRAGGED - skin.lower)) * follow(skin.points)
    shapes = {name: share.get(name, together)[:, None] * shape for name, shape in bone_shapes(skin.points).items()}
    shapes["jawOpen"] = shapes["jawOpen"] + stroke(skin, (25, SEAM_Y, 86), (16, 18, 30), out=CORNERS_IN)
    return shapes


def follow(points: np.ndarray) -> np.ndarray:
    """Fades the jaw's pull out towards the ears, and down the throat where skin slides over the larynx."""
    ears = ramp(points[:, 2], -14.0, 26.0)
    throat = ramp(points[:, 2], 22.0, 66.0)
    below_chin = ramp(points[:, 1], -98.0, -122.0)
    return ears * (1 - below_chin * (1 - throat)) * ramp(points[:, 1], -180.0, -126.0)
