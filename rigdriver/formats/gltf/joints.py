"""Which nodes turn the head, the neck and the eyes, and why a node that looks right may not be used.

A VRM says it in its humanoid table and is believed. Everywhere else the name decides: what is left of it when
the words that rigging tools add (mixamorig, Bip01, J_Bip_C, CC_Base, DEF …) are taken away.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rigdriver.formats.gltf.nodes import Graph, decompose
from rigdriver.spelling import words

NOISE = frozenset((
    "mixamorig", "bip", "j", "c", "cc", "base", "rl", "def", "org", "jnt", "joint", "bone", "bn", "b", "m", "node",
    "rig", "skel", "skeleton", "armature", "adj", "face", "facial", "character", "ball",
))  # fmt: skip
Names = frozenset[tuple[str, ...]]


def _eye_names(*sides: str) -> Names:
    eyes = ("eye", "eyeball")
    apart = {pair for side in sides for eye in eyes for pair in ((side, eye), (eye, side))}
    return frozenset(apart | {(side + "eye",) for side in sides} | {("eye" + side,) for side in sides})


HEAD: Names = frozenset({("head",)})
NECK: Names = frozenset({("neck",)})
LEFT_EYE, RIGHT_EYE = _eye_names("left", "l"), _eye_names("right", "r")
EYES: Names = LEFT_EYE | RIGHT_EYE | {("eye",), ("eyes",), ("eyeball",), ("eyeballs",)}

FLOAT = 5126
PIVOT_MARGIN = 0.5  # of the mesh's size: a head may turn about a point below its chin, not about the model's feet


@dataclass
class Joints:
    """Node indices, None where there is no such node; notes say what was found and not used."""

    head: int | None = None
    neck: int | None = None
    left_eye: int | None = None
    right_eye: int | None = None
    faces_back: bool = False
    notes: list[str] = field(default_factory=list)


def find(graph: Graph) -> Joints:
    """The nodes to turn in a document. The same document gives the same nodes, always."""
    table, faces_back = _vrm_bones(graph.document)
    joints = Joints(faces_back=faces_back)
    joints.head = _pick(graph, table.get("head"), HEAD, "head", joints.notes)
    joints.neck = _neck(graph, table.get("neck"), joints.head)
    joints.left_eye = _pick(graph, table.get("leftEye"), LEFT_EYE, "left eye", joints.notes, joints.head)
    joints.right_eye = _pick(graph, table.get("rightEye"), RIGHT_EYE, "right eye", joints.notes, joints.head)
    return joints


def plain_words(name: str) -> tuple[str, ...]:
    """A name's words without what rigging tools add and without numbers."""
    last = name.replace("|", ":").rsplit(":", 1)[-1]
    return tuple(word for word in words(last) if word not in NOISE and not word.isdigit())


def _vrm_bones(document: dict[str, Any]) -> tuple[dict[str, int], bool]:
    """The humanoid table of a VRM, and whether the model faces −Z (as VRM 0 asks)."""
    extensions = _object(document.get("extensions"))
    count = len(document.get("nodes", []))
    bones = _object(_object(_object(extensions.get("VRMC_vrm")).get("humanoid")).get("humanBones"))
    pairs: list[tuple[str, Any]] = [(name, _object(bone).get("node")) for name, bone in bones.items()]
    old = _object(_object(extensions.get("VRM")).get("humanoid")).get("humanBones")
    for bone in old if isinstance(old, list) else []:
        pairs.append((str(_object(bone).get("bone")), _object(bone).get("node")))
    table = {name: node for name, node in pairs if _is_index(node, count)}
    return table, "VRM" in extensions and "VRMC_vrm" not in extensions


def _is_index(value: Any, count: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < count


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _neck(graph: Graph, told: int | None, head: int | None) -> int | None:
    """The neck that carries the head: the nearest ancestor of that name."""
    if head is None:
        return None
    above = graph.above(head)
    fits = [node for node in above if plain_words(graph.nodes[node].get("name", "")) in NECK]
    if told in above:
        fits.insert(0, told)
    return next((node for node in fits if not obstacle(graph, node)), None)


def _pick(
    graph: Graph, told: int | None, names: Names, what: str, notes: list[str], below: int | None = None
) -> int | None:
    """The best node of these names: told by a table, then a joint of a skin, then below the head, then the first."""
    named = [k for k, node in enumerate(graph.nodes) if plain_words(node.get("name", "")) in names]
    named = [told] if told is not None else named
    problems = {node: obstacle(graph, node) for node in named}
    usable = [node for node in named if not problems[node]]
    if not usable:
        notes.extend(f"{what}: {graph.label(node)!r} is not turned: {why}" for node, why in problems.items() if why)
        return None
    inside = graph.below(below) if below is not None else set()
    best = min(usable, key=lambda node: (node not in graph.joints, node not in inside, node))
    if len([node for node in usable if node in graph.joints]) > 1:
        notes.append(f"{what}: several joints have that name; {graph.label(best)!r} (node {best}) is turned")
    return best


def obstacle(graph: Graph, index: int) -> str:
    """Why turning a node would not turn what its name says; "" where it does."""
    node = graph.nodes[index]
    if "skin" in node:
        return "a skinned mesh is moved by its joints, not by its node"
    if "matrix" in node and decompose(node["matrix"]) is None:
        return "its matrix shears, so it cannot be animated"
    return next(_mesh_obstacles(graph.document, node), "")


def _mesh_obstacles(document: dict[str, Any], node: dict[str, Any]) -> Iterator[str]:
    for primitive in _primitives(document, node):
        position = document["accessors"][primitive["attributes"]["POSITION"]]
        if position["componentType"] != FLOAT:
            yield "its mesh is quantised, so the node's rotation belongs to the packing; put the mesh under a new node"
        elif _is_far(position):
            yield "its origin lies outside its mesh, so it would swing and not turn"


def _primitives(document: dict[str, Any], node: dict[str, Any]) -> list[dict[str, Any]]:
    if "mesh" not in node:
        return []
    primitives = document["meshes"][node["mesh"]].get("primitives", [])
    return [primitive for primitive in primitives if "POSITION" in primitive.get("attributes", {})]


def _is_far(position: dict[str, Any]) -> bool:
    """Whether the node's origin is outside its mesh's box, grown by PIVOT_MARGIN of its size."""
    if "min" not in position or "max" not in position:
        return False
    low, high = np.array(position["min"], float), np.array(position["max"], float)
    if low.shape != (3,) or high.shape != (3,):
        return False
    margin = PIVOT_MARGIN * (high - low).max()
    return bool((low - margin > 0).any() or (high + margin < 0).any())
