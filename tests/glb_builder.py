"""Small tricky glTF files, made on the spot: only what a test asks for, and valid unless it asks for worse."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rigdriver.formats import glb
from rigdriver.formats.gltf import vrma
from rigdriver.formats.gltf.expressions import PRESETS, PRESETS_OF_VRM0
from rigdriver.rig import canonical

ARKIT = tuple(canonical().names[: canonical().names.index("tongueOut") + 1])
FLOAT, SHORT, USHORT = 5126, 5122, 5123
SQUARE = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], np.float32)
TRIANGLES = np.array([0, 1, 2, 0, 2, 3], np.uint16)


class Builder:
    """Grows one document and its buffer 0. Every adding method returns the index of what it added."""

    def __init__(self, **top: Any):
        self.document: dict[str, Any] = {"asset": {"version": "2.0"}, **top}
        self.blob = bytearray()

    def add(self, key: str, item: dict[str, Any]) -> int:
        items = self.document.setdefault(key, [])
        items.append(item)
        return len(items) - 1

    def view(self, data: bytes, **extra: Any) -> int:
        self.blob += b"\0" * (-len(self.blob) % 4)
        self.blob += data
        offset = len(self.blob) - len(data)
        return self.add("bufferViews", {"buffer": 0, "byteOffset": offset, "byteLength": len(data), **extra})

    def accessor(self, values: np.ndarray, *, bounds: bool = False, sparse: bool = False, **extra: Any) -> int:
        """values: (n,) or (n, 3|4) of float32, int16 or uint16. sparse: stored as one changed row of zeros."""
        component = {"f": FLOAT, "i": SHORT, "u": USHORT}[values.dtype.kind]
        width = 1 if values.ndim == 1 else values.shape[1]
        item: dict[str, Any] = {"componentType": component, "count": len(values), "type": _TYPES[width]}
        if bounds:
            item |= {end: np.atleast_1d(getattr(values, end)(axis=0)).tolist() for end in ("min", "max")}
        if sparse:
            rows = np.flatnonzero(np.abs(values).reshape(len(values), -1).sum(axis=1)).astype(np.uint16)
            places = {"bufferView": self.view(rows.tobytes()), "componentType": USHORT}
            changed = {"bufferView": self.view(values[rows].tobytes())}
            item["sparse"] = {"count": len(rows), "indices": places, "values": changed}
        else:
            item = {"bufferView": self.view(values.tobytes()), **item}
        return self.add("accessors", {**item, **extra})

    def mesh(
        self, name: str, targets: Sequence[str] = (), *, primitives: int = 1, sparse: bool = False,
        weights: Sequence[float] | None = None, at: Sequence[float] = (0, 0, 0), size: float = 1.0,
    ) -> int:  # fmt: skip
        """A square; target k lifts its corner k (mod 4) by a tenth."""
        mesh: dict[str, Any] = {"name": name, "primitives": []}
        indices = self.accessor(TRIANGLES)
        for _ in range(primitives):
            corners = (SQUARE * size + np.array(at)).astype(np.float32)
            attributes = {"POSITION": self.accessor(corners, bounds=True)}
            primitive: dict[str, Any] = {"attributes": attributes, "indices": indices}
            if targets:
                primitive["targets"] = [{"POSITION": self._lift(k, sparse)} for k in range(len(targets))]
            mesh["primitives"].append(primitive)
        if targets:
            mesh["extras"] = {"targetNames": list(targets)}
        if weights is not None:
            mesh["weights"] = list(weights)
        return self.add("meshes", mesh)

    def _lift(self, corner: int, sparse: bool) -> int:
        lift = np.zeros((4, 3), np.float32)
        lift[corner % 4] = (0, 0.1, 0.05)
        return self.accessor(lift, bounds=True, sparse=sparse)

    def node(self, name: str, parent: int | None = None, **fields: Any) -> int:
        index = self.add("nodes", {"name": name, **fields})
        if parent is not None:
            self.document["nodes"][parent].setdefault("children", []).append(index)
        return index

    def skin(self, joints: Sequence[int]) -> int:
        return self.add("skins", {"joints": list(joints)})

    def animation(self, name: str, node: int, path: str = "translation") -> int:
        """Two keys of no motion."""
        times = self.accessor(np.array([0, 1], np.float32), bounds=True)
        still = self.accessor(np.zeros((2, 3), np.float32))
        channel = {"sampler": 0, "target": {"node": node, "path": path}}
        samplers = [{"input": times, "output": still}]
        return self.add("animations", {"name": name, "channels": [channel], "samplers": samplers})

    def finish(self) -> Builder:
        """A scene of all roots, and buffer 0's length."""
        children = {child for node in self.document.get("nodes", []) for child in node.get("children", [])}
        roots = [k for k in range(len(self.document.get("nodes", []))) if k not in children]
        if roots and "scenes" not in self.document:
            self.document |= {"scene": 0, "scenes": [{"nodes": roots}]}
        if self.blob:
            self.document.setdefault("buffers", [{"byteLength": 0}])[0]["byteLength"] = len(self.blob)
        return self

    def write_glb(self, path: Path) -> Path:
        self.finish()
        path.write_bytes(glb.pack(glb.Glb(self.document, bytes(self.blob))))
        return path

    def write_gltf(self, path: Path, *, inside: bool = False) -> Path:
        """A .gltf with a .bin beside it, or with a data URI inside."""
        self.finish()
        uri = f"{path.stem}.bin"
        if inside:
            uri = "data:application/octet-stream;base64," + base64.b64encode(self.blob).decode()
        else:
            path.with_name(uri).write_bytes(self.blob)
        self.document["buffers"][0]["uri"] = uri
        path.write_text(json.dumps(self.document), encoding="utf-8")
        return path


_TYPES = {1: "SCALAR", 3: "VEC3", 4: "VEC4"}


def face(targets: Sequence[str] = ARKIT, **options: Any) -> Builder:
    """One mesh in one node."""
    builder = Builder()
    builder.node("Face", mesh=builder.mesh("FaceMesh", targets, **options))
    return builder


def skeleton(
    head: str = "Head", neck: str = "Neck", left: str = "LeftEye", right: str = "RightEye", **root: Any
) -> Builder:
    """A face and the joints Hips, Neck, Head and two eyes, in a skin; `root` are fields of the root node."""
    builder = face()
    top = builder.node("Root", **root)
    hips = builder.node("Hips", top, translation=[0, 1, 0])
    neck_node = builder.node(neck, hips, translation=[0, 0.4, 0])
    head_node = builder.node(head, neck_node, translation=[0, 0.1, 0])
    eyes = [builder.node(name, head_node, translation=[x, 0.1, 0.1]) for name, x in ((left, 0.03), (right, -0.03))]
    builder.skin([hips, neck_node, head_node, *eyes])
    return builder


def avatar(
    version: int = 1, expressions: Mapping[str, Mapping[str, float]] | None = None, looks: str = "bone"
) -> Builder:
    """A VRM with every bone that it must have, both eyes, and expressions as {name: {target: weight}}.

    Its face is skinned and its targets are called nothing that anyone knows. looks: "bone" or "expression".
    """
    expressions = expressions or {"aa": {"Fcl_1": 1.0}, "blink": {"Fcl_2": 0.8, "Fcl_3": 0.5}}
    targets = list(dict.fromkeys(target for binds in expressions.values() for target in binds))
    builder, places = Builder(), {}
    face_node = builder.node("Face", mesh=builder.mesh("FaceMesh", targets))
    back = -1.0 if version == 0 else 1.0  # a VRM 0 looks along −Z, and has its left hand at −X
    for bone, (parent, (x, y, z)) in {**vrma.BONES, **_EYES}.items():
        above = places[parent] if parent else None
        places[bone] = builder.node(f"J_{bone}", above, translation=[back * x, y, back * z])
    builder.skin(list(places.values()))
    if version == 1:
        _vrm1(builder, places, expressions, targets, face_node, looks)
    else:
        _vrm0(builder, places, expressions, targets, looks)
    return builder


_EYES = {"leftEye": ("head", (0.03, 0.06, 0.05)), "rightEye": ("head", (-0.03, 0.06, 0.05))}


def _vrm1(builder: Builder, places: dict, expressions: Mapping, targets: list, node: int, looks: str) -> None:
    groups: dict[str, dict] = {"preset": {}, "custom": {}}
    for name, binds in expressions.items():
        listed = [{"node": node, "index": targets.index(target), "weight": w} for target, w in binds.items()]
        groups["preset" if name in PRESETS else "custom"][name] = {"morphTargetBinds": listed}
    span = {"inputMaxValue": 90.0, "outputScale": 10.0 if looks == "bone" else 1.0}
    maps = {f"rangeMap{way}": span for way in ("HorizontalInner", "HorizontalOuter", "VerticalDown", "VerticalUp")}
    builder.document |= {"extensionsUsed": ["VRMC_vrm"], "extensions": {"VRMC_vrm": {
        "specVersion": "1.0",
        "meta": {"name": "Test", "authors": ["rigdriver"], "licenseUrl": "https://vrm.dev/licenses/1.0/"},
        "humanoid": {"humanBones": {bone: {"node": place} for bone, place in places.items()}},
        "expressions": groups,
        "lookAt": {"type": looks, "offsetFromHeadBone": [0, 0.06, 0], **maps},
    }}}  # fmt: skip


def _vrm0(builder: Builder, places: dict, expressions: Mapping, targets: list, looks: str) -> None:
    old = {new: preset for preset, new in PRESETS_OF_VRM0.items()}
    groups = []
    for name, binds in expressions.items():
        listed = [{"mesh": 0, "index": targets.index(target), "weight": 100 * w} for target, w in binds.items()]
        preset = old.get(name, "unknown")
        groups.append({"name": name if preset == "unknown" else preset.upper(), "presetName": preset, "binds": listed})
    builder.document |= {"extensionsUsed": ["VRM"], "extensions": {"VRM": {
        "specVersion": "0.0", "exporterVersion": "by hand",
        "meta": {"title": "Test", "version": "1", "author": "rigdriver", "licenseName": "CC0"},
        "humanoid": {"humanBones": [{"bone": bone, "node": place} for bone, place in places.items()]},
        "blendShapeMaster": {"blendShapeGroups": groups},
        "firstPerson": {"lookAtTypeName": "Bone" if looks == "bone" else "BlendShape"},
        "secondaryAnimation": {"boneGroups": [], "colliderGroups": []}, "materialProperties": [],
    }}}  # fmt: skip
