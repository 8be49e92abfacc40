"""The sculpted meshes as one GLB: a skin on five joints, morph targets as sparse accessors, vertex colours."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rigdriver.formats.glb import Glb
from rigdriver.sculpt.bust import HEM_Y, JOINT_PLACES, PARENTS
from rigdriver.sculpt.colours import MATERIALS
from rigdriver.sculpt.mesh import JOINTS, Mesh, shading_normals

FLOAT, USHORT, UINT, UBYTE = 5126, 5123, 5125, 5121
VERTICES, INDICES = 34962, 34963
SPARSE_BELOW = 0.75  # a shape that moves a smaller share of the mesh is written sparse
STILL_NORMAL = 2e-3  # a normal that turns less than this (0.1 degrees) is not written
SPECULAR = "KHR_materials_specular"
COPYRIGHT = "Apache-2.0, the rigdriver authors"


@dataclass
class _Writer:
    """Grows the document's buffer, bufferViews and accessors together."""

    binary: bytearray = field(default_factory=bytearray)
    views: list[dict[str, Any]] = field(default_factory=list)
    accessors: list[dict[str, Any]] = field(default_factory=list)

    def view(self, array: np.ndarray, target: int | None = None) -> int:
        self.binary += b"\0" * (-len(self.binary) % 4)
        view = {"buffer": 0, "byteOffset": len(self.binary), "byteLength": array.nbytes}
        if target is not None:
            view["target"] = target
        self.binary += np.ascontiguousarray(array).tobytes()
        self.views.append(view)
        return len(self.views) - 1

    def accessor(self, array: np.ndarray, kind: str, component: int, target: int | None = None, **more: Any) -> int:
        entry = {"bufferView": self.view(array, target), "componentType": component, "count": len(array), "type": kind}
        self.accessors.append(entry | more)
        return len(self.accessors) - 1

    def deltas(self, array: np.ndarray, bounds: bool) -> int:
        """A morph target's displacements (n, 3), sparse when most of the mesh stays still."""
        array = array.astype(np.float32)
        moved = np.flatnonzero(array.any(axis=1))
        moved = moved if len(moved) else np.zeros(1, int)  # assimp opens no accessor that has no data at all
        limits = {"min": array.min(axis=0).tolist(), "max": array.max(axis=0).tolist()} if bounds else {}
        if len(moved) > SPARSE_BELOW * len(array):
            return self.accessor(array, "VEC3", FLOAT, VERTICES, **limits)
        self.accessors.append({"componentType": FLOAT, "count": len(array), "type": "VEC3", **limits, "sparse": {
            "count": len(moved),
            "indices": {"bufferView": self.view(moved.astype(np.uint16)), "componentType": USHORT},
            "values": {"bufferView": self.view(array[moved])},
        }})
        return len(self.accessors) - 1


def to_glb(meshes: list[Mesh]) -> Glb:
    """Millimetres become metres with the bust's hem at y = 0; nothing else is changed."""
    writer = _Writer()
    joints = _joint_nodes()
    materials = sorted({mesh.material for mesh in meshes}, key=list(MATERIALS).index)
    document: dict[str, Any] = {
        "asset": {"version": "2.0", "generator": "rigdriver sculpt", "copyright": COPYRIGHT},
        "extensionsUsed": [SPECULAR],
        "scene": 0,
        "scenes": [{"name": "Bust", "nodes": [0, *range(len(joints), len(joints) + len(meshes))]}],
        "nodes": joints + [{"name": mesh.name, "mesh": k, "skin": 0} for k, mesh in enumerate(meshes)],
        "meshes": [_mesh(writer, mesh, materials.index(mesh.material)) for mesh in meshes],
        "materials": [_material(name) for name in materials],
        "skins": [_skin(writer)],
    }
    document |= {"accessors": writer.accessors, "bufferViews": writer.views}
    document["buffers"] = [{"byteLength": len(writer.binary)}]
    return Glb(document, bytes(writer.binary))


def metres(points: np.ndarray) -> np.ndarray:
    """File places of sculptor's places."""
    return (points - [0.0, HEM_Y, 0.0]) / 1000.0


def _joint_nodes() -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = []
    for name in JOINTS:
        place = metres(JOINT_PLACES[name])
        local = place - metres(JOINT_PLACES[PARENTS[name]]) if name in PARENTS else place
        children = [k for k, child in enumerate(JOINTS) if PARENTS.get(child) == name]
        node = {"name": name, "translation": [round(float(v), 6) for v in local]}
        nodes.append(node | ({"children": children} if children else {}))
    return nodes


def _skin(writer: _Writer) -> dict[str, Any]:
    binds = np.tile(np.eye(4, dtype=np.float32), (len(JOINTS), 1, 1))
    binds[:, 3, :3] = [-metres(JOINT_PLACES[name]) for name in JOINTS]  # column-major: translation is row 3
    matrices = writer.accessor(binds.reshape(-1, 16), "MAT4", FLOAT)
    return {"name": "Bust", "inverseBindMatrices": matrices, "joints": list(range(len(JOINTS))), "skeleton": 0}


def _material(name: str) -> dict[str, Any]:
    colour, roughness, two_sided = MATERIALS[name]
    look = {"baseColorFactor": [*colour, 1.0], "metallicFactor": 0.0, "roughnessFactor": roughness}
    material: dict[str, Any] = {"name": name, "pbrMetallicRoughness": look}
    if roughness == 1.0:  # a wet dark hollow would mirror the room; where the extension is unknown it is merely matt
        material["extensions"] = {SPECULAR: {"specularFactor": 0.0}}
    return material | ({"doubleSided": True} if two_sided else {})


def _mesh(writer: _Writer, mesh: Mesh, material: int) -> dict[str, Any]:
    points = metres(mesh.points).astype(np.float32)
    joints, weights = _influences(mesh)
    attributes = {
        "POSITION": writer.accessor(
            points, "VEC3", FLOAT, VERTICES, min=points.min(axis=0).tolist(), max=points.max(axis=0).tolist()
        ),
        "NORMAL": writer.accessor(shading_normals(mesh).astype(np.float32), "VEC3", FLOAT, VERTICES),
        "COLOR_0": writer.accessor(_packed(mesh.colours), "VEC4", USHORT, VERTICES, normalized=True),
        "JOINTS_0": writer.accessor(joints, "VEC4", UBYTE, VERTICES),
        "WEIGHTS_0": writer.accessor(weights, "VEC4", FLOAT, VERTICES),
    }
    indices = writer.accessor(mesh.triangles.astype(np.uint16).reshape(-1), "SCALAR", USHORT, INDICES)
    primitive: dict[str, Any] = {"attributes": attributes, "indices": indices, "material": material}
    if not mesh.shapes:
        return {"name": mesh.name, "primitives": [primitive]}
    primitive["targets"] = [_target(writer, mesh, name) for name in mesh.shapes]
    names = {"targetNames": list(mesh.shapes)}
    return {"name": mesh.name, "primitives": [primitive], "weights": [0.0] * len(mesh.shapes), "extras": names}


def _target(writer: _Writer, mesh: Mesh, name: str) -> dict[str, int]:
    turned = shading_normals(mesh, name)
    turned[np.linalg.norm(turned, axis=1) < STILL_NORMAL] = 0
    return {"POSITION": writer.deltas(mesh.shapes[name] / 1000.0, True), "NORMAL": writer.deltas(turned, False)}


def _packed(colours: np.ndarray) -> np.ndarray:
    rgba = np.column_stack([colours, np.ones(len(colours))])
    return np.round(np.clip(rgba, 0, 1) * 65535).astype(np.uint16)


def _influences(mesh: Mesh) -> tuple[np.ndarray, np.ndarray]:
    """The four strongest joints of each vertex and their weights; unused slots are joint 0, weight 0."""
    full = mesh.joints
    if full is None:
        full = np.tile(np.eye(len(JOINTS))[JOINTS.index("Head")], (len(mesh.points), 1))
    order = np.argsort(-full, axis=1, kind="stable")[:, :4]
    weights = np.take_along_axis(full, order, axis=1)
    weights = np.where(weights > 1e-4, weights, 0.0)
    weights = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return np.where(weights > 0, order, 0).astype(np.uint8), weights
