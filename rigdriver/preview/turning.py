"""The clip's head and eye angles as rotations of the built-in head's nodes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rigdriver.formats.gltf.turning import NECK_SHARE
from rigdriver.rotation import from_angles, part

NODES = {"head": (("Neck", NECK_SHARE), ("Head", 1 - NECK_SHARE)), "leftEye": (("LeftEye", 1.0),),
         "rightEye": (("RightEye", 1.0),)}  # fmt: skip


def rotations(angles: Mapping[str, float]) -> dict[str, np.ndarray]:
    """Node name -> quaternion (x, y, z, w), from canonical angles such as headYaw, in radians; missing ones are 0."""
    turned: dict[str, np.ndarray] = {}
    for of, nodes in NODES.items():
        yaw, pitch, roll = (np.array([float(angles.get(of + axis, 0.0))]) for axis in ("Yaw", "Pitch", "Roll"))
        whole = from_angles(yaw, pitch, roll)
        turned |= {node: part(whole, share)[0] for node, share in nodes}
    return turned
