"""The morph targets of a document's meshes: their names, their rest weights, and which curves drive them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rigdriver.spelling import Matches, match


@dataclass(frozen=True)
class Morphs:
    """One mesh with morph targets and the nodes that show it. A target without a name is ""."""

    mesh: int
    label: str
    targets: tuple[str, ...]
    nodes: tuple[int, ...]
    matches: Matches

    @property
    def is_driven(self) -> bool:
        return any(self.matches.channels)


def find(document: dict[str, Any], channels: Sequence[str], notes: list[str]) -> list[Morphs]:
    """Every mesh that has morph targets and stands in some node, with the channel that drives each target."""
    found = []
    for index, mesh in enumerate(document.get("meshes", [])):
        counts = {len(primitive.get("targets", [])) for primitive in mesh["primitives"]}
        nodes = tuple(k for k, node in enumerate(document.get("nodes", [])) if node.get("mesh") == index)
        label = mesh.get("name") or f"mesh {index}"
        if len(counts) > 1:
            notes.append(f"{label}: its primitives have different numbers of morph targets, so it is left still")
        elif counts and nodes and counts != {0}:
            targets = target_names(document, mesh)
            found.append(Morphs(index, label, targets, nodes, match(targets, channels)))
    return found


def target_names(document: dict[str, Any], mesh: dict[str, Any]) -> tuple[str, ...]:
    """Names of a mesh's targets, from wherever exporters put them.

    Nearly all write mesh.extras.targetNames; older VRM exporters write the same into the primitive, and some
    only name the accessors.
    """
    primitive = mesh["primitives"][0]
    count = len(primitive.get("targets", []))
    for holder in (mesh, primitive):
        extras = holder.get("extras")
        names = extras.get("targetNames") if isinstance(extras, dict) else None
        if isinstance(names, list) and names:
            return tuple(str(name) for name in [*names, *[""] * count][:count])
    accessors = document.get("accessors", [])
    return tuple(str(accessors[t["POSITION"]].get("name", "")) if "POSITION" in t else "" for t in primitive["targets"])


def rest_weights(document: dict[str, Any], node: int, morphs: Morphs) -> np.ndarray:
    """(targets,) float32: what the node shows with no animation; its own weights go before its mesh's."""
    mesh = document["meshes"][morphs.mesh]
    weights = document["nodes"][node].get("weights") or mesh.get("weights") or []
    rest = np.zeros(len(morphs.targets), np.float32)
    known = np.array(weights, np.float32)[: len(rest)]
    rest[: len(known)] = known
    return rest
