"""A GLB's meshes, ready to be posed: morph weights by name, then skin or node by joint rotation.

Reads what a head needs of glTF: triangles, POSITION, NORMAL, COLOR_0, baseColorFactor, morph targets, skins,
node trees. Leaves out textures, cameras, lights and animations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from rigdriver.formats.glb import read
from rigdriver.formats.gltf_accessors import read_accessor

TRIANGLES = 4


@dataclass(frozen=True)
class Part:
    """One primitive: geometry at rest (metres, mesh space), its look, and what moves it."""

    node: int
    positions: np.ndarray
    normals: np.ndarray
    triangles: np.ndarray
    colours: np.ndarray
    """(n, 3) linear RGB: vertex colour times the material's base colour."""
    roughness: float
    two_sided: bool
    targets: dict[str, tuple[np.ndarray, np.ndarray]] = field(repr=False)
    """Morph name -> (position, normal) deltas, both (n, 3)."""
    joints: np.ndarray | None
    weights: np.ndarray | None
    skin: int | None


@dataclass(frozen=True)
class Posed:
    """All parts as one soup of triangles in world space (metres), for one frame."""

    positions: np.ndarray
    normals: np.ndarray
    triangles: np.ndarray
    colours: np.ndarray
    shine: np.ndarray
    """(n,) 1 − roughness of each vertex."""
    two_sided: np.ndarray
    """(triangles,) bool."""


@dataclass(frozen=True)
class Actor:
    """A loaded head. `pose` gives one frame; the actor itself never changes."""

    parts: list[Part]
    nodes: list[dict[str, Any]]
    parents: list[int]
    skins: list[tuple[list[int], np.ndarray]]
    """Each skin: its joint nodes and its inverse bind matrices (joints, 4, 4)."""

    @property
    def target_names(self) -> list[str]:
        """Every morph name that any part knows, in the order they first stand in the file."""
        return list(dict.fromkeys(name for part in self.parts for name in part.targets))

    def pose(self, weights: Mapping[str, float], rotations: Mapping[str, np.ndarray] | None = None) -> Posed:
        """The head at these morph weights, with node rotations given as name -> quaternion (x, y, z, w)."""
        world_from_node = self._worlds(rotations or {})
        shapes = [self._place(part, world_from_node, _morphed(part, weights)) for part in self.parts]
        first = np.cumsum([0, *(len(part.positions) for part in self.parts)])
        return Posed(
            positions=np.concatenate([position for position, _ in shapes]),
            normals=np.concatenate([normal for _, normal in shapes]),
            triangles=np.concatenate([p.triangles + k for p, k in zip(self.parts, first[:-1], strict=True)]),
            colours=np.concatenate([part.colours for part in self.parts]),
            shine=np.repeat([1 - p.roughness for p in self.parts], [len(p.positions) for p in self.parts]),
            two_sided=np.repeat([p.two_sided for p in self.parts], [len(p.triangles) for p in self.parts]),
        )

    def _worlds(self, rotations: Mapping[str, np.ndarray]) -> list[np.ndarray]:
        """World matrix of every node; a given rotation stands in the place of the node's own."""
        worlds: dict[int, np.ndarray] = {}

        def world(index: int) -> np.ndarray:
            if index not in worlds:
                own = _local(self.nodes[index], rotations.get(self.nodes[index].get("name", "")))
                parent = self.parents[index]
                worlds[index] = own if parent < 0 else world(parent) @ own
            return worlds[index]

        return [world(index) for index in range(len(self.nodes))]

    def _place(
        self, part: Part, worlds: list[np.ndarray], shape: tuple[np.ndarray, np.ndarray]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Positions and normals of one morphed part in world space."""
        if part.skin is None or part.joints is None or part.weights is None:
            matrices = worlds[part.node][None]
        else:
            joints, world_from_bind = self.skins[part.skin]
            bones = np.stack([worlds[joint] @ bind for joint, bind in zip(joints, world_from_bind, strict=True)])
            matrices = np.einsum("nk,nkij->nij", part.weights, bones[part.joints])
        position, normal = shape
        placed = np.einsum("nij,nj->ni", _spread(matrices[:, :3, :3], len(position)), position) + matrices[:, :3, 3]
        turned = np.einsum("nij,nj->ni", _spread(matrices[:, :3, :3], len(position)), normal)
        return placed, turned / np.maximum(np.linalg.norm(turned, axis=1, keepdims=True), 1e-9)


def load_actor(path: str | Path) -> Actor:
    """Read a GLB. Raises InputError when it is not one."""
    glb = read(path)
    document, binary = glb.document, glb.binary
    nodes = document.get("nodes", [])
    parents = [-1] * len(nodes)
    for index, node in enumerate(nodes):
        for child in node.get("children", []):
            parents[child] = index
    parts = [
        _part(document, binary, index, primitive)
        for index, node in enumerate(nodes)
        if "mesh" in node
        for primitive in document["meshes"][node["mesh"]]["primitives"]
        if primitive.get("mode", TRIANGLES) == TRIANGLES
    ]
    return Actor(parts, nodes, parents, [_skin(document, binary, skin) for skin in document.get("skins", [])])


def _part(document: dict[str, Any], binary: bytes, index: int, primitive: dict[str, Any]) -> Part:
    def read(accessor: int) -> np.ndarray:
        return read_accessor(document, binary, accessor)

    node, attributes = document["nodes"][index], primitive["attributes"]
    positions = read(attributes["POSITION"]).astype(float)
    triangles = read(primitive["indices"]) if "indices" in primitive else np.arange(len(positions))
    triangles = triangles.astype(np.int64).reshape(-1, 3)
    normals = read(attributes["NORMAL"]).astype(float) if "NORMAL" in attributes else flat_normals(positions, triangles)
    material = document["materials"][primitive["material"]] if "material" in primitive else {}
    look = material.get("pbrMetallicRoughness", {})
    colour = np.broadcast_to(look.get("baseColorFactor", [1.0] * 4)[:3], positions.shape)
    skinned = "JOINTS_0" in attributes and "skin" in node
    return Part(
        node=index,
        positions=positions,
        normals=normals,
        triangles=triangles,
        colours=colour * read(attributes["COLOR_0"])[:, :3] if "COLOR_0" in attributes else colour,
        roughness=look.get("roughnessFactor", 1.0),
        two_sided=material.get("doubleSided", False),
        targets=_targets(document, binary, document["meshes"][node["mesh"]], primitive),
        joints=read(attributes["JOINTS_0"]) if skinned else None,
        weights=read(attributes["WEIGHTS_0"]).astype(float) if skinned else None,
        skin=node.get("skin"),
    )


def _targets(
    document: dict[str, Any], binary: bytes, mesh: dict[str, Any], primitive: dict[str, Any]
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    targets = primitive.get("targets", [])
    names = mesh.get("extras", {}).get("targetNames", [f"target_{k}" for k in range(len(targets))])
    found = {}
    for name, target in zip(names, targets, strict=True):
        position = read_accessor(document, binary, target["POSITION"]).astype(float)
        normal = read_accessor(document, binary, target["NORMAL"]).astype(float) if "NORMAL" in target else 0 * position
        found[name] = (position, normal)
    return found


def _skin(document: dict[str, Any], binary: bytes, skin: dict[str, Any]) -> tuple[list[int], np.ndarray]:
    joints = skin["joints"]
    if "inverseBindMatrices" not in skin:
        return joints, np.broadcast_to(np.eye(4), (len(joints), 4, 4))
    columns = read_accessor(document, binary, skin["inverseBindMatrices"])
    return joints, columns.reshape(-1, 4, 4).transpose(0, 2, 1).astype(float)


def _morphed(part: Part, weights: Mapping[str, float]) -> tuple[np.ndarray, np.ndarray]:
    position, normal = part.positions.copy(), part.normals.copy()
    for name, weight in weights.items():
        if weight and name in part.targets:
            position += weight * part.targets[name][0]
            normal += weight * part.targets[name][1]
    return position, normal


def _local(node: dict[str, Any], rotation: np.ndarray | None) -> np.ndarray:
    """A node's matrix in its parent's space."""
    if "matrix" in node:
        return np.array(node["matrix"], float).reshape(4, 4).T
    matrix = np.eye(4)
    turn = node.get("rotation", (0, 0, 0, 1)) if rotation is None else rotation
    matrix[:3, :3] = rotation_matrix(np.asarray(turn, float)) * node.get("scale", (1, 1, 1))
    matrix[:3, 3] = node.get("translation", (0, 0, 0))
    return matrix


def rotation_matrix(quaternion: np.ndarray) -> np.ndarray:
    """The 3 × 3 rotation of a quaternion (x, y, z, w), which need not be of unit length."""
    x, y, z, w = quaternion / np.linalg.norm(quaternion)
    return np.array([
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ])  # fmt: skip


def flat_normals(positions: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Area-weighted vertex normals (n, 3), for files that carry none."""
    a, b, c = (positions[triangles[:, k]] for k in range(3))
    normals = np.zeros_like(positions)
    for k in range(3):
        np.add.at(normals, triangles[:, k], np.cross(b - a, c - a))
    return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)


def _spread(matrices: np.ndarray, count: int) -> np.ndarray:
    return np.broadcast_to(matrices, (count, *matrices.shape[1:]))
