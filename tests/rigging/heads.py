"""Copies of the built-in head whose shapes are called, ordered or made otherwise."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from rigdriver.formats import glb
from rigdriver.formats.gltf_accessors import read_accessor
from rigdriver.resources import HEAD
from rigdriver.rigging.shapes import load
from tests.glb_builder import Builder


def renamed(path: Path, rename: Callable[[str], str], shuffle: int | None = None) -> Path:
    """The built-in head with other names, its shapes in another order where a seed is given."""
    file = glb.read(HEAD)
    document = copy.deepcopy(file.document)
    for mesh in document["meshes"]:
        if "targetNames" in mesh.get("extras", {}):
            names = [rename(name) for name in mesh["extras"]["targetNames"]]
            order = list(range(len(names)))
            if shuffle is not None:
                random.Random(shuffle).shuffle(order)
            mesh["extras"]["targetNames"] = [names[k] for k in order]
            for primitive in mesh["primitives"]:
                primitive["targets"] = [primitive["targets"][k] for k in order]
    path.write_bytes(glb.pack(glb.Glb(document, file.binary)))
    return path


def mixed(path: Path, mixtures: Mapping[str, Mapping[str, float]], *, keep: np.ndarray | None = None,
          scale: float = 1.0, shift: float = 0.0) -> Path:
    """The built-in face's mesh alone, its shapes sums of its own: mixture → shape → weight.

    keep: which vertices stay (without triangles, where some go). scale, shift: of the whole head.
    """
    file = glb.read(HEAD)
    mesh = next(mesh for mesh in file.document["meshes"] if mesh["name"] == "Face")
    primitive, names = mesh["primitives"][0], mesh["extras"]["targetNames"]

    def read(index: int) -> np.ndarray:
        return read_accessor(file.document, file.binary, index)

    rest, normals = read(primitive["attributes"]["POSITION"]), read(primitive["attributes"]["NORMAL"])
    shapes = {name: read(target["POSITION"]).astype(np.float32)
              for name, target in zip(names, primitive["targets"])}
    keep = np.arange(len(rest)) if keep is None else keep
    builder = Builder()
    attributes = {"POSITION": builder.accessor((rest[keep] * scale + shift).astype(np.float32), bounds=True),
                  "NORMAL": builder.accessor(normals[keep].astype(np.float32))}
    made = [scale * sum(weight * shapes[of] for of, weight in row.items())[keep] for row in mixtures.values()]
    targets = [{"POSITION": builder.accessor(delta.astype(np.float32), bounds=True)} for delta in made]
    triangles = np.arange(len(keep) - len(keep) % 3) if len(keep) < len(rest) else read(primitive["indices"])
    part: dict[str, Any] = {"attributes": attributes, "targets": targets,
                            "indices": builder.accessor(triangles.astype(np.uint16))}
    builder.add("meshes", {"name": "Face", "primitives": [part], "extras": {"targetNames": list(mixtures)}})
    builder.node("Face", mesh=0)
    return builder.write_glb(path)


def face_alone(path: Path) -> Path:
    """The built-in face under its own names, as the head to liken others to."""
    names = load(HEAD).names
    file = glb.read(HEAD)
    own = next(mesh for mesh in file.document["meshes"] if mesh["name"] == "Face")["extras"]["targetNames"]
    return mixed(path, {name: {name: 1.0} for name in names if name in own})


def vrm(path: Path, *, one: bool, morphs: list[str], expressions: Mapping[str, str]) -> Path:
    """A VRM of one mesh. expressions: preset → the morph that it moves in full. one: VRM 1, else VRM 0."""
    builder = Builder()
    builder.mesh("Face", morphs)
    builder.node("Face", mesh=0)
    builder.node("Head")
    if one:
        presets = {name: {"morphTargetBinds": [{"node": 0, "index": morphs.index(morph), "weight": 1.0}]}
                   for name, morph in expressions.items()}
        builder.document["extensions"] = {"VRMC_vrm": {"specVersion": "1.0", "expressions": {"preset": presets},
                                                       "humanoid": {"humanBones": {"head": {"node": 1}}}}}
    else:
        groups = [{"name": name, "presetName": name.lower(), "binds": [
            {"mesh": 0, "index": morphs.index(morph), "weight": 100}]} for name, morph in expressions.items()]
        builder.document["extensions"] = {"VRM": {"blendShapeMaster": {"blendShapeGroups": groups},
                                                  "humanoid": {"humanBones": [{"bone": "head", "node": 1}]}}}
    builder.document["extensionsUsed"] = list(builder.document["extensions"])
    json.dumps(builder.document)
    return builder.write_glb(path)
