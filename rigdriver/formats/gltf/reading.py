"""The face animation of a glTF file as a clip."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from rigdriver.clip import Clip
from rigdriver.errors import InputError
from rigdriver.formats.gltf import asset as assets
from rigdriver.formats.gltf import expressions, joints, morphs, tracks, turning
from rigdriver.formats.gltf.nodes import Graph
from rigdriver.formats.gltf.sampling import frame_rate
from rigdriver.rig import canonical
from rigdriver.rotation import multiply, to_angles


def read(path: str | Path, *, animation: str | None = None, fps: Fraction | int | None = None) -> Clip:
    """The animation of that name, or the first that moves a face, sampled at every frame from its first key on.

    fps: frames per second; by default the rate that the keys were made at.
    A target that spells an ARKit curve gives that curve (of several meshes the first, of a split shape the mean);
    another keeps its own name if it moves. Head and eye joints give angles, measured from the rest pose of the
    nodes above them; a body that turns is not seen. Raises InputError where there is nothing of the kind.
    """
    asset = assets.load(path)
    chosen = choose(asset, animation)
    found = _tracks(asset, chosen)
    rate = Fraction(fps) if fps else tracks.own_rate(chosen) or frame_rate(curve.times for curve in found.values())
    first, last = tracks.span(asset, found.values(), rate)
    columns = dict(_weights(asset, found, rate, first, last))
    columns |= dict(_angles(asset, found, rate, first, last))
    if not columns:
        raise InputError(f"{path}: its animation moves no named morph target and no head or eyes")
    return tracks.clip(asset, columns, rate, first)


def choose(asset: assets.Asset, name: str | None) -> dict[str, Any]:
    """The animation of that name, or the first that moves a face. Raises InputError where there is none."""
    if name is not None:
        return tracks.named(asset, name)
    turned = _turned_nodes(asset)
    for animation in asset.document.get("animations", []):
        targets = [channel["target"] for channel in animation["channels"]]
        if any(_is_ours(target, turned) for target in targets):
            return animation
    raise InputError(f"{asset.path}: has no animation of morph targets, head or eyes")


def _turned_nodes(asset: assets.Asset) -> set[int | None]:
    found = joints.find(Graph(asset.document, str(asset.path)))
    return {found.head, found.neck, found.left_eye, found.right_eye} - {None}


def _is_ours(target: dict[str, Any], turned: set[int | None]) -> bool:
    return target["path"] == "weights" or (target["path"] == "rotation" and target.get("node") in turned)


def _tracks(asset: assets.Asset, animation: dict[str, Any]) -> tracks.Tracks:
    """The animation's weights and rotation tracks. Raises InputError for one that is not sound."""
    found: tracks.Tracks = {}
    turned = _turned_nodes(asset)
    for channel in animation["channels"]:
        target = channel["target"]
        if "node" in target and _is_ours(target, turned):
            width = 4 if target["path"] == "rotation" else None
            found[target["node"], target["path"]] = tracks.curve(asset, animation, channel, width)
    if not found:
        raise InputError(f"{asset.path}: that animation moves no morph target, no head and no eyes")
    return found


def _weights(
    asset: assets.Asset, found: tracks.Tracks, fps: Fraction, first: int, last: int
) -> Iterator[tuple[str, np.ndarray]]:
    """(name, (frames,)) of every curve that some mesh shows, each name once."""
    seen: set[str] = set()
    known = [*canonical().weights, *(expression.name for expression in expressions.find(asset.document))]
    for mesh in morphs.find(asset.document, list(dict.fromkeys(known)), []):
        curve = next((found[node, "weights"] for node in mesh.nodes if (node, "weights") in found), None)
        if curve is None or curve.values.shape[-1] != len(mesh.targets):
            continue
        table = curve.sample(fps, first, last)
        for name, rows in _by_name(mesh, table).items():
            if name not in seen:
                seen.add(name)
                yield name, np.mean(rows, axis=0)


def _by_name(mesh: morphs.Morphs, table: np.ndarray) -> dict[str, list[np.ndarray]]:
    """A mesh's columns under the curve they show, or under their own name where they move.

    A target that several curves move does not say which of them moved it, and is passed over.
    """
    named: dict[str, list[np.ndarray]] = {}
    moved = Counter(drive.target for drive in mesh.drives)
    for drive in mesh.drives:
        if moved[drive.target] == 1:
            named.setdefault(drive.channel, []).append(table[:, drive.target] / np.float32(drive.gain))
    for at, target in enumerate(mesh.targets):
        if at not in moved and target and target not in canonical() and np.ptp(table[:, at]) > 0:
            named.setdefault(target, []).append(table[:, at])
    return named


def _angles(
    asset: assets.Asset, found: tracks.Tracks, fps: Fraction, first: int, last: int
) -> Iterator[tuple[str, np.ndarray]]:
    """(name, (frames,)) of the angles of every part that some track turns; a neck's share adds to its head's."""
    graph = Graph(asset.document, str(asset.path))
    whole: dict[str, np.ndarray] = {}
    for turn in turning.turns(graph, joints.find(graph)):
        if (turn.node, "rotation") in found:
            delta = turn.delta(found[turn.node, "rotation"].sample(fps, first, last))
            whole[turn.of] = multiply(whole[turn.of], delta) if turn.of in whole else delta
    for of, rotation in whole.items():
        yield from zip(turning.angle_names(of), to_angles(rotation))
