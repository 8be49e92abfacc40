"""The lids' shapes: each is a pose of the lid rings, less the pose at rest, with the skin around drawn along.

Gaze itself turns the eyeball's joint; these shapes are only the lids that follow it. ARKit's eyeLook weights of 1
stand for about 35 degrees in, 36 out, 24 up and 41 down.
"""

from __future__ import annotations

import numpy as np

from rigdriver.sculpt.eyes import LidPose, lid_grid
from rigdriver.sculpt.field import Field
from rigdriver.sculpt.strokes import Skin, stroke

# Degrees, as LidPose counts them. A lid makes about two thirds of the eye's way down and a third up.
POSES = {
    "eyeBlink": LidPose(blink=1.0),
    "eyeLookDown": LidPose(upper=-24.0, lower=-6.0),
    "eyeLookIn": LidPose(sideways=-3.0),
    "eyeLookOut": LidPose(sideways=3.0),
    "eyeLookUp": LidPose(upper=6.5, lower=4.0),
    "eyeSquint": LidPose(upper=-7.0, lower=9.0),
    "eyeWide": LidPose(upper=10.0, lower=-3.0),
}


def eye_shapes(skin: Skin, field: Field, lids: np.ndarray) -> dict[str, np.ndarray]:
    """All lid shapes of the skin. `lids` (2 sides, rows, columns) numbers the ring vertices, left first."""
    shapes = {}
    around = _around(skin)
    rest = lid_grid(field)
    for side, name in enumerate(("Left", "Right")):
        mirror = np.array([1.0, 1.0, 1.0] if side == 0 else [-1.0, 1.0, 1.0])
        near = (skin.points[:, 0] * mirror[0] > 0)[:, None]
        for shape, pose in POSES.items():
            moved = np.where(near, around.get(shape, 0.0), 0.0) * np.ones_like(skin.points)
            moved[lids[side]] += (lid_grid(field, pose) - rest) * mirror
            shapes[shape + name] = moved
    return shapes


def _around(skin: Skin) -> dict[str, np.ndarray]:
    """What the skin outside the rings does, for both eyes at once."""
    return {
        "eyeBlink": stroke(skin, (33, 14, 82), (18, 8, 24), up=-0.8) + stroke(skin, (33, -17, 80), (18, 8, 24), up=0.5),
        "eyeLookDown": stroke(skin, (33, 14, 82), (18, 8, 24), up=-0.8),
        "eyeLookUp": stroke(skin, (33, 16, 82), (20, 14, 24), up=1.2),
        "eyeSquint": stroke(skin, (34, -18, 80), (24, 12, 28), up=2.4, forward=1.0)
        + stroke(skin, (34, 15, 82), (22, 10, 26), up=-1.2),
        "eyeWide": stroke(skin, (33, 17, 82), (22, 14, 26), up=1.8),
    }
