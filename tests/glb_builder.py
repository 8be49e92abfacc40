"""Small tricky glTF files, made on the spot: only what a test asks for, and valid unless it asks for worse."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rigdriver.formats import glb
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
