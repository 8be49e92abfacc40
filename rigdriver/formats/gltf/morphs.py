"""The morph targets of a document's meshes: their names, their rest weights, and which curves drive them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from rigdriver.formats.gltf import expressions
from rigdriver.spelling import Matches, match


@dataclass(frozen=True)
class Drive:
    """A curve that moves a target: by its value times `gain`. Several of one target add up."""

    target: int
    channel: str
    gain: float = 1.0


@dataclass(frozen=True)
class Morphs:
    """One mesh with morph targets and the nodes that show it. A target without a name is "".

    ambiguous: (target, channel) pairs that are left still, for another target is that channel too.
    """

    mesh: int
    label: str
    targets: tuple[str, ...]
    nodes: tuple[int, ...]
    drives: tuple[Drive, ...] = ()
    ambiguous: tuple[tuple[str, str], ...] = ()

    @property
    def is_driven(self) -> bool:
        return bool(self.drives)


def find(document: dict[str, Any], channels: Sequence[str], notes: list[str]) -> list[Morphs]:
    """Every mesh that has morph targets and stands in some node, with the curves that drive its targets.

    A target's own name goes first. Curves that no target is named after are looked for among the expressions of a VRM.
    """
    nodes: dict[int, list[int]] = {}
    for k, node in enumerate(document.get("nodes", [])):
        nodes.setdefault(node.get("mesh", -1), []).append(k)
    found = []
    known: dict[tuple[str, ...], Matches] = {}  # the meshes of one character often have the same targets
    for index, mesh in enumerate(document.get("meshes", [])):
        counts = {len(primitive.get("targets", [])) for primitive in mesh["primitives"]}
        label = mesh.get("name") or f"mesh {index}"
        if len(counts) > 1:
            notes.append(f"{label}: its primitives have different numbers of morph targets, so it is left still")
        elif counts and index in nodes and counts != {0}:
            targets = target_names(document, mesh)
            if targets not in known:
                known[targets] = match(targets, channels)
            found.append(_by_name(index, label, targets, tuple(nodes[index]), known[targets]))
    return _by_expression(document, found, channels)


def _by_name(index: int, label: str, targets: tuple[str, ...], nodes: tuple[int, ...], matches: Matches) -> Morphs:
    drives = tuple(Drive(at, channel) for at, channel in enumerate(matches.channels) if channel)
    return Morphs(index, label, targets, nodes, drives, tuple(matches.ambiguous))


def _by_expression(document: dict[str, Any], found: list[Morphs], channels: Sequence[str]) -> list[Morphs]:
    """The meshes with what a VRM's expressions add for curves that drive nothing by name."""
    named = {drive.channel for mesh in found for drive in mesh.drives}
    more: dict[int, list[Drive]] = {}
    rest = [channel for channel in channels if channel not in named]
    for expression in expressions.find(document) if rest else []:
        channel = expressions.channel_of(expression, rest)
        if channel is not None:
            rest.remove(channel)  # of two that mean one curve, the first: both would double the motion
            for bind in expression.binds:
                more.setdefault(bind.mesh, []).append(Drive(bind.target, channel, bind.gain))
    return [replace(mesh, drives=(*mesh.drives, *more.get(mesh.mesh, ()))) for mesh in found]


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
