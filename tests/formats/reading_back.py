"""What a written glTF says, read with nothing but the container and plain NumPy."""

from pathlib import Path
from typing import Any

import numpy as np

from rigdriver.formats import glb
from rigdriver.formats.gltf.asset import load


def document(path: Path) -> dict[str, Any]:
    return load(path).document


def channels(path: Path, animation: int = -1) -> dict[tuple[str, str], tuple[np.ndarray, np.ndarray]]:
    """(node name, path) → (times, flat output) of one animation."""
    asset = load(path)
    doc = asset.document
    chosen = doc["animations"][animation]
    found = {}
    for channel in chosen["channels"]:
        sampler = chosen["samplers"][channel["sampler"]]
        key = doc["nodes"][channel["target"]["node"]]["name"], channel["target"]["path"]
        found[key] = tuple(_floats(asset, sampler[end]) for end in ("input", "output"))
    return found


def _floats(asset: Any, index: int) -> np.ndarray:
    accessor = asset.document["accessors"][index]
    view = asset.document["bufferViews"][accessor["bufferView"]]
    count = accessor["count"] * {"SCALAR": 1, "VEC3": 3, "VEC4": 4}[accessor["type"]]
    return np.frombuffer(asset.buffer(view["buffer"]), "<f4", count, view["byteOffset"])


def weights(path: Path, node: str, targets: int) -> np.ndarray:
    """(keys, targets) of a node's weights in the last animation."""
    return channels(path)[node, "weights"][1].reshape(-1, targets)


def rotations(path: Path, node: str) -> np.ndarray:
    """(keys, 4) of a node's rotation in the last animation."""
    return channels(path)[node, "rotation"][1].reshape(-1, 4)


def without_ours(path: Path, before: dict[str, Any]) -> dict[str, Any]:
    """A written document less what may have been added to `before`: items at the ends of four lists."""
    doc = document(path)
    for key in ("accessors", "bufferViews", "animations", "buffers"):
        if key in doc:
            doc[key] = doc[key][: len(before.get(key, []))]
            if key not in before:
                del doc[key]
    for buffer, old in zip(doc.get("buffers", []), before.get("buffers", [])):
        buffer["byteLength"] = old["byteLength"]
    return doc


def text(doc: dict[str, Any]) -> bytes:
    """A document with its order of keys, as bytes."""
    return glb.dumps(doc)
