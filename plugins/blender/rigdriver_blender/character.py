"""What a character in the scene has that can be moved: shape keys of its meshes, bones of its armatures.

A character is an object of it: an armature and all that hangs on it or is deformed by it, a mesh and the armature that
deforms it, an empty and what hangs below. What has a driver, or comes from another file, is listed and left alone; what
moves and will not be seen is listed, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import bpy
import numpy as np

from . import bones, turning
from .copied import spelling
from .turning import Joint

TURNED = ("QUATERNION", *turning.EULER)
AIMING = ("DAMPED_TRACK", "TRACK_TO", "LOCKED_TRACK", "IK")  # constraints that look at where a bone is
NAMED = 3  # of many, in a line for people


@dataclass
class Face:
    """One mesh's shape keys. moves: shape key → the curve that moves it; pinned: whether the mesh shows one only."""

    key: bpy.types.Key
    label: str
    pinned: bool = False
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
    if root.type == "EMPTY" and root.instance_type == "COLLECTION":
        found.left.append(f"{root.name} only shows a collection; make a library override of it, or make it real")
    objects = list(belonging(root))
    weights = [curve for curve in curves if curve not in angles()]
    found.left += _elsewhere(list(faces(objects)))
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
            yield Face(key, thing.name, thing.show_only_shape_key)


def linked(objects: Iterable[bpy.types.Object]) -> list[bpy.types.Object]:
    """Objects of this file whose shape keys lie in another: Blender overrides an object without its mesh."""
    return [thing for thing in objects if not thing.library and getattr(thing.data, "library", None)
            and getattr(thing.data, "shape_keys", None)]


def several(names: Sequence[str]) -> str:
    """Some of them, and how many more."""
    if len(names) <= NAMED + 1:
        return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    return f"{', '.join(names[:NAMED])} and {len(names) - NAMED} more"


def _match(found: Character, face: Face, curves: Sequence[str]) -> None:
    if face.key.library:
        return
    if not face.key.use_relative:
        found.left.append(f"{face.label}: its shape keys follow each other in time; switch Relative on")
        return
    driven = drivers(face.key)
    names = [block.name for block in face.key.key_blocks if block != face.key.reference_key]
    matched = spelling.match(names, curves)
    meant = {name: curve for name, curve in zip(names, matched.channels) if curve}
    face.moves = {name: curve for name, curve in meant.items() if path_of_shape(name) not in driven}
    theirs = [name for name in meant if name not in face.moves]
    if theirs:
        found.left.append(f"{face.label}: {several(theirs)} {'has a driver' if len(theirs) == 1 else 'have drivers'}")
    found.left += _unseen(face)
    found.left += [f"{face.label}: {name} could be {curve} as well as another" for name, curve in matched.ambiguous]
    if face.moves:
        found.faces.append(face)


def _elsewhere(every: Sequence[Face]) -> Iterator[str]:
    """Which shape keys lie in other files, by file."""
    for path in dict.fromkeys(face.key.library.filepath for face in every if face.key.library):
        labels = [face.label for face in every if face.key.library and face.key.library.filepath == path]
        yield f"{several(labels)}: shape keys come from {path}; a library override of the mesh itself is needed"


def _unseen(face: Face) -> Iterator[str]:
    """Why what moves does not show."""
    muted = [name for name in face.moves if face.key.key_blocks[name].mute]
    if muted:
        yield f"{face.label}: {several(muted)} {'is' if len(muted) == 1 else 'are'} muted"
    if face.moves and face.pinned:
        yield f"{face.label}: Shape Key Lock is on, so one shape key shows and nothing moves"


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
    open_shape, shut_shape = (any(curve in face.moves.values() for face in found.faces)
                              for curve in (turning.JAW, turning.CLOSE))
    usable = {}
    for role, name in named.items():
        if role == "jaw" and (open_shape or not jaw_bone):
            continue
        joint = replace(_joint(armature, name, role), shuts=role == "jaw" and not shut_shape)
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
    aiming = next((each.name for each in armature.pose.bones for aim in each.constraints
                   if aim.type in AIMING and not aim.mute and aim.subtarget == joint.bone), None)
    if aiming:
        return f"is what {aiming} looks at; turning it would do nothing"
    turning_it = [each.type for each in bone.constraints if (not each.mute and "ROT" in each.type) or each.type == "IK"]
    return f"is turned by a constraint ({turning_it[0]})" if turning_it else ""


def _shared(usable: dict[str, Joint], armature: bpy.types.Object) -> Iterator[Joint]:
    """The neck takes its share of the head's turn, where it carries the head."""
    if "neck" in usable and not _carries(armature, usable):
        usable.pop("neck")
    for role, joint in usable.items():
        share = {"neck": turning.NECK_SHARE, "head": 1 - turning.NECK_SHARE}.get(role, 1.0) if "neck" in usable else 1.0
        yield replace(joint, share=share)


def _carries(armature: bpy.types.Object, usable: dict[str, Joint]) -> bool:
    if "head" not in usable:
        return False
    above = armature.data.bones[usable["head"].bone].parent_recursive
    return usable["neck"].bone in [bone.name for bone in above]
