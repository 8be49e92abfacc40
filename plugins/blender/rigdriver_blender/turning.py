"""rigdriver's angles as rotations of bones, in each bone's own space and rotation mode. NumPy only.

Angles are radians about glTF's axes (the face looks along +Z, +Y is up). A quaternion here is (n, 4) in rigdriver's
order x y z w until it is handed to Blender, which puts w first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .copied import rotation
from .copied.clip import Clip

NECK_SHARE = 0.35  # of the head's turn, where there is a neck, as rigdriver gives a glTF's neck
ANGLES = {"head": "head", "neck": "head", "left_eye": "leftEye", "right_eye": "rightEye"}
PARTS = ("Yaw", "Pitch", "Roll")
JAW, CLOSE = "jawOpen", "mouthClose"
EULER = {"XYZ": (0, 1, 2), "XZY": (0, 2, 1), "YXZ": (1, 0, 2), "YZX": (1, 2, 0), "ZXY": (2, 0, 1), "ZYX": (2, 1, 0)}


@dataclass(frozen=True)
class Joint:
    """A bone that is turned. rest: (4,) its rest orientation in its armature; upright: whether the armature's own up is
    +Y, as glTF's, and not +Z; mode: QUATERNION or an order of Euler angles; share: of the part's rotation; shuts: a jaw
    that shuts where lips meet, because no shape of the character closes them."""

    armature: str
    bone: str
    role: str
    rest: np.ndarray
    upright: bool
    mode: str
    share: float = 1.0
    shuts: bool = False


def moved_by(joint: Joint) -> tuple[str, ...]:
    """The curves that a joint needs."""
    if joint.role == "jaw":
        return (JAW, CLOSE) if joint.shuts else (JAW,)
    return tuple(ANGLES[joint.role] + part for part in PARTS)


def basis(joint: Joint, clip: Clip, jaw_deg: float = 0.0) -> np.ndarray:
    """(frames, 4) the bone's rotation from rest, in its own space; a curve that the clip lacks counts as 0."""
    columns = [clip[name].astype(np.float64) if name in clip else np.zeros(len(clip)) for name in moved_by(joint)]
    if joint.role == "jaw":
        opened = np.maximum(columns[0] - columns[1], 0) if joint.shuts else columns[0]
        columns = [np.zeros(len(clip)), opened * np.radians(jaw_deg), np.zeros(len(clip))]
    return local(joint, rotation.from_angles(*columns))


def local(joint: Joint, turned: np.ndarray) -> np.ndarray:
    """(n, 4) rotations about the character's axes → about the bone's."""
    shared = rotation.part(turned, joint.share) if joint.share != 1 else turned
    x, y, z, w = np.moveaxis(shared, -1, 0)
    in_armature = np.stack([x, y, z, w] if joint.upright else [x, -z, y, w], axis=-1)
    return rotation.multiply(rotation.multiply(rotation.inverse(joint.rest), in_armature), joint.rest)


def channels(joint: Joint, layers: Mapping[str, Clip], jaw_deg: float) -> dict[str, np.ndarray]:
    """Layer → (frames, 3 or 4) what its NLA strip holds, so that the strips on each other give the sum of the layers.

    Euler angles add up. Quaternions multiply, lowest first: a layer's is what leads from those below it to their sum.
    """
    found, below, angles = {}, None, None
    whole = None
    for layer, clip in layers.items():
        whole = clip.values if whole is None else whole + clip.values
        now = basis(joint, Clip(clip.names, whole, clip.fps, clip.start), jaw_deg)
        if joint.mode == "QUATERNION":
            step = now if below is None else rotation.multiply(rotation.inverse(below), now)
            step = np.where(step[:, 3:] < 0, -step, step)
            found[layer] = step[:, [3, 0, 1, 2]]
        else:
            turned = euler(now, joint.mode)
            found[layer] = turned if angles is None else turned - angles
            angles = turned
        below = now
    return found


def euler(turned: np.ndarray, order: str) -> np.ndarray:
    """(n, 4) → (n, 3) Blender's x, y, z angles of that order (the first letter turns first), within ±90°."""
    i, j, k = EULER[order]
    odd = -1.0 if order in ("XZY", "YXZ", "ZYX") else 1.0
    matrix = _matrix(turned)
    middle = np.hypot(matrix[:, i, i], matrix[:, j, i])
    angles = np.zeros((len(turned), 3))
    angles[:, i] = odd * np.arctan2(matrix[:, k, j], matrix[:, k, k])
    angles[:, j] = odd * np.arctan2(-matrix[:, k, i], middle)
    angles[:, k] = odd * np.arctan2(matrix[:, j, i], matrix[:, i, i])
    return angles


def _matrix(turned: np.ndarray) -> np.ndarray:
    """(n, 3, 3) of (n, 4) unit quaternions."""
    x, y, z, w = np.moveaxis(turned, -1, 0)
    rows = [[1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)]]
    return np.moveaxis(np.array(rows), -1, 0)
