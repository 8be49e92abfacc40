"""What a character in the scene has that can be moved: shape keys of its meshes, bones of its armatures.

A character is an object of it: an armature and all that hangs on it or is deformed by it, a mesh and the armature that
deforms it, an empty and what hangs below. What has a driver, or comes from another file, is listed and left alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import bpy
import numpy as np

from . import bones, turning
from .copied import spelling
from .turning import Joint

TURNED = ("QUATERNION", *turning.EULER)


@dataclass
class Face:
    """One mesh's shape keys. moves: shape key → the curve that moves it."""

    key: bpy.types.Key
    label: str
    moves: dict[str, str] = field(default_factory=dict)


@dataclass
class Character:
    """faces and joints are what is moved; missing are curves that nothing shows; left: what is left alone, and why."""

    root: bpy.types.Object
    faces: list[Face] = field(default_factory=list)
    joints: list[Joint] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    @property
    def shown(self) -> set[str]:
        """The curves that move something."""
        shapes = {curve for face in self.faces for curve in face.moves.values()}
        return shapes | {curve for joint in self.joints for curve in turning.moved_by(joint)}


def of(root: bpy.types.Object, curves: Sequence[str], jaw_bone: bool = True) -> Character:
    """The character that an object belongs to, and which of these curves move what of it.

    jaw_bone: a jaw bone opens with jawOpen, where no shape key does.
    """
    found = Character(root)
    objects = list(belonging(root))
    weights = [curve for curve in curves if curve not in angles()]
    for face in faces(objects):
        _match(found, face, weights)
    for thing in objects:
        if thing.type == "ARMATURE":
            _joints(found, thing, set(curves), jaw_bone)
    found.missing = [curve for curve in curves if curve not in found.shown]
    return found


def angles() -> set[str]:
    return {head + part for head in turning.ANGLES.values() for part in turning.PARTS}


def belonging(root: bpy.types.Object) -> Iterator[bpy.types.Object]:
    """The objects of a character, each once."""
    top = _armature_of(root) or root
    deformed = [thing for thing in bpy.data.objects if top.type == "ARMATURE" and _armature_of(thing) == top]
    yield from dict.fromkeys([top, root, *top.children_recursive, *deformed])


def _armature_of(thing: bpy.types.Object) -> bpy.types.Object | None:
    if thing.type == "ARMATURE":
        return thing
    by_modifier = [modifier.object for modifier in thing.modifiers if modifier.type == "ARMATURE" and modifier.object]
    if by_modifier:
        return by_modifier[0]
    return thing.parent if thing.parent and thing.parent.type == "ARMATURE" else None


def faces(objects: Iterable[bpy.types.Object]) -> Iterator[Face]:
    """Meshes with shape keys; two objects of one mesh are one face."""
    seen = set()
    for thing in objects:
        key = getattr(thing.data, "shape_keys", None) if thing.type in ("MESH", "CURVE", "LATTICE") else None
        if key and key.name not in seen:
            seen.add(key.name)
            yield Face(key, thing.name)


def _match(found: Character, face: Face, curves: Sequence[str]) -> None:
    if face.key.library:
        found.left.append(f"{face.label}: comes from {face.key.library.filepath}; make a library override of it")
        return
    driven = drivers(face.key)
    names = [block.name for block in face.key.key_blocks if block != face.key.reference_key]
    matched = spelling.match(names, curves)
    for name, curve in zip(names, matched.channels):
        if curve and path_of_shape(name) in driven:
            found.left.append(f"{face.label}: {name} has a driver")
        elif curve:
            face.moves[name] = curve
    found.left += [f"{face.label}: {name} could be {curve} as well as another" for name, curve in matched.ambiguous]
    if face.moves:
        found.faces.append(face)


def drivers(owner: bpy.types.ID) -> set[str]:
    """The paths of an ID's properties that have drivers."""
    return {driver.data_path for driver in owner.animation_data.drivers} if owner.animation_data else set()


def path_of_shape(name: str) -> str:
    return f'key_blocks["{bpy.utils.escape_identifier(name)}"].value'


def path_of_bone(joint: Joint) -> str:
    kind = "quaternion" if joint.mode == "QUATERNION" else "euler"
    return f'pose.bones["{bpy.utils.escape_identifier(joint.bone)}"].rotation_{kind}'


def _joints(found: Character, armature: bpy.types.Object, curves: set[str], jaw_bone: bool) -> None:
    if armature.library:
        found.left.append(f"{armature.name}: comes from {armature.library.filepath}; make a library override of it")
        return
    named = bones.find([bone.name for bone in armature.data.bones])
    open_shape = any(turning.JAW in face.moves.values() for face in found.faces)
    usable = {}
    for role, name in named.items():
        if role == "jaw" and (open_shape or not jaw_bone):
            continue
        joint = _joint(armature, name, role)
        why = _obstacle(armature, joint)
        if why:
            found.left.append(f"{armature.name}: {name} {why}")
        elif curves & set(turning.moved_by(joint)):
            usable[role] = joint
    found.joints += _shared(usable, armature)


def _joint(armature: bpy.types.Object, name: str, role: str) -> Joint:
    rest = armature.data.bones[name].matrix_local.to_quaternion()
    return Joint(armature.name, name, role, np.array([rest.x, rest.y, rest.z, rest.w]), upright(armature),
                 armature.pose.bones[name].rotation_mode)


def upright(armature: bpy.types.Object) -> bool:
    """Whether the armature's own Y is up in the scene, as in characters that came through FBX."""
    up = armature.matrix_world.to_3x3().inverted_safe().col[2]
    return abs(up.y) > abs(up.z)


def _obstacle(armature: bpy.types.Object, joint: Joint) -> str:
    bone = armature.pose.bones[joint.bone]
    if joint.mode not in TURNED:
        return f"is turned by {joint.mode.lower().replace('_', ' ')}, which is not keyed"
    if path_of_bone(joint) in drivers(armature):
        return "has a driver"
    turning_it = [each.type for each in bone.constraints if (not each.mute and "ROT" in each.type) or each.type == "IK"]
    return f"is turned by a constraint ({turning_it[0]})" if turning_it else ""


def _shared(usable: dict[str, Joint], armature: bpy.types.Object) -> Iterator[Joint]:
    """The neck takes its share of the head's turn, where it carries the head."""
    if "neck" in usable and not _carries(armature, usable):
        usable.pop("neck")
    for role, joint in usable.items():
        share = {"neck": turning.NECK_SHARE, "head": 1 - turning.NECK_SHARE}.get(role, 1.0) if "neck" in usable else 1.0
        yield Joint(joint.armature, joint.bone, role, joint.rest, joint.upright, joint.mode, share)


def _carries(armature: bpy.types.Object, usable: dict[str, Joint]) -> bool:
    if "head" not in usable:
        return False
    above = armature.data.bones[usable["head"].bone].parent_recursive
    return usable["neck"].bone in [bone.name for bone in above]
