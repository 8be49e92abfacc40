"""What live curves move of a character, and what stood there before: shape keys, bones, and heads that are objects.

Everything is looked up by its name each time: an undo puts other data in the place of what Python holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import bpy
import numpy as np

from . import bones, character, turning
from .copied import rotation
from .copied.clip import Clip
from .turning import Joint

MARGIN = 0.5  # of a mesh's size: a head may turn about a point below its chin, not about the character's feet
WXYZ = [3, 0, 1, 2]
ROTATIONS = {"rotation_quaternion", "rotation_euler"}


@dataclass(frozen=True)
class Place:
    """Where a value stands. owner: a shape keys' datablock or an object; part: a shape key or a bone, "" where the
    object itself turns; mode: "value", "QUATERNION", or an order of Euler angles."""

    owner: str
    part: str
    mode: str

    def read(self) -> np.ndarray | None:
        """(1,), (4,) w x y z or (3,); None where it is no longer there."""
        holder, attribute = self._holder()
        return None if holder is None else np.array(getattr(holder, attribute), float).reshape(-1)

    def write(self, value: np.ndarray) -> None:
        holder, attribute = self._holder()
        if holder is not None:
            setattr(holder, attribute, value.tolist() if len(value) > 1 else float(value[0]))

    def _holder(self) -> tuple[object | None, str]:
        if self.mode == "value":
            key = bpy.data.shape_keys.get(self.owner)
            return (key.key_blocks.get(self.part) if key else None), "value"
        thing = bpy.data.objects.get(self.owner)
        holder = thing.pose.bones.get(self.part) if thing and thing.pose and self.part else None if self.part else thing
        return holder, "rotation_quaternion" if self.mode == "QUATERNION" else "rotation_euler"


class Pose:
    """A character as it stood when this was made, and what of it these curves move."""

    def __init__(self, root: bpy.types.Object, curves: Sequence[str], jaw_bone: bool, jaw_deg: float):
        self._jaw_deg = jaw_deg
        self.found = character.of(root, list(curves), jaw_bone)
        self._shapes = {Place(face.key.name, shape, "value"): curve
                        for face in self.found.faces for shape, curve in face.moves.items()}
        joints = [*self.found.joints, *_objects(root, self.found, set(curves))]
        self._joints = {Place(joint.armature, joint.bone, joint.mode): joint for joint in joints}
        before = {place: place.read() for place in (*self._shapes, *self._joints)}
        self._before = {place: value for place, value in before.items() if value is not None}

    def show(self, values: Mapping[str, float], share: float = 1.0) -> None:
        """share: 0 what stood before, 1 what the curves say."""
        told = dict(self._told(values))
        for place, value in told.items():
            place.write(value if share == 1 else _mixed(self._before[place], value, share))

    def restore(self) -> None:
        for place, value in self._before.items():
            place.write(value)

    def _told(self, values: Mapping[str, float]) -> Iterator[tuple[Place, np.ndarray]]:
        for place, curve in self._shapes.items():
            if place in self._before and curve in values:
                yield place, np.array([values[curve]])
        if not self._joints or not values:
            return
        clip = Clip(tuple(values), np.array([list(values.values())], np.float32), 60)
        for place, joint in self._joints.items():
            if place in self._before:
                yield place, self._turned(joint, turning.basis(joint, clip, self._jaw_deg))

    def _turned(self, joint: Joint, basis: np.ndarray) -> np.ndarray:
        if not joint.bone:
            basis = rotation.multiply(_quaternion(joint, self._before[_place(joint)]), basis)
        return basis[0, WXYZ] if joint.mode == "QUATERNION" else turning.euler(basis, joint.mode)[0]


def _place(joint: Joint) -> Place:
    return Place(joint.armature, joint.bone, joint.mode)


def _quaternion(joint: Joint, value: np.ndarray) -> np.ndarray:
    """(1, 4) x y z w of what an object's rotation holds."""
    if joint.mode == "QUATERNION":
        return value[None, [1, 2, 3, 0]] / (np.linalg.norm(value) or 1.0)
    turned = rotation.IDENTITY[None]
    for axis in turning.EULER[joint.mode]:
        about = np.zeros((1, 4))
        about[0, axis], about[0, 3] = np.sin(value[axis] / 2), np.cos(value[axis] / 2)
        turned = rotation.multiply(about, turned)
    return turned


def _mixed(before: np.ndarray, now: np.ndarray, share: float) -> np.ndarray:
    if len(before) == 4 and before @ now < 0:
        now = -now
    mixed = before + share * (now - before)
    return mixed / np.linalg.norm(mixed) if len(before) == 4 else mixed


def _objects(root: bpy.types.Object, found: character.Character, curves: set[str]) -> Iterator[Joint]:
    """Heads and eyes that are objects, where no bone is one: a glTF's nodes without a skin."""
    wanted = {"head", "left_eye", "right_eye"} - {joint.role for joint in found.joints}
    free = {thing.name: thing for thing in character.belonging(root) if _is_free(thing)}
    for role, name in bones.find(list(free)).items():
        joint = Joint(name, "", role, rotation.IDENTITY, False, free[name].rotation_mode)
        if role in wanted and curves & set(turning.moved_by(joint)):
            yield replace(joint, **_rest(free[name], root))


def _is_free(thing: bpy.types.Object) -> bool:
    """Whether turning the object turns what its name says, and nobody else turns it: no armature, nothing that one
    deforms, no driver, no origin far off."""
    if thing.rotation_mode not in character.TURNED or character.drivers(thing) & ROTATIONS:
        return False
    deformed = thing.parent_type in ("ARMATURE", "LATTICE") or any(each.type == "ARMATURE" for each in thing.modifiers)
    if thing.type == "ARMATURE" or thing.library or deformed:
        return False
    if thing.type != "MESH":
        return True
    corners = np.array([corner[:] for corner in thing.bound_box])
    low, high = corners.min(axis=0), corners.max(axis=0)
    reach = MARGIN * (high - low).max()
    return bool(((low - reach <= 0) & (high + reach >= 0)).all())


def _rest(thing: bpy.types.Object, root: bpy.types.Object) -> dict:
    """The object's orientation in its character's, whose own way up is told apart as for armatures."""
    frame = root if root != thing else thing.parent
    world = thing.matrix_world.to_quaternion()
    rest = frame.matrix_world.to_quaternion().inverted() @ world if frame else world
    return {"rest": np.array([rest.x, rest.y, rest.z, rest.w]), "upright": bool(frame) and character.upright(frame)}
