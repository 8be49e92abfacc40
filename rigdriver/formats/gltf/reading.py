"""The face animation of a glTF file as a clip."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from rigdriver.clip import Clip
from rigdriver.errors import InputError, nearest
from rigdriver.formats.gltf import asset as assets
from rigdriver.formats.gltf import joints, morphs, turning
from rigdriver.formats.gltf.nodes import Graph
from rigdriver.formats.gltf.sampling import Curve, frame_rate, snapped
from rigdriver.rig import canonical
from rigdriver.rotation import multiply, to_angles

Tracks = dict[tuple[int, str], Curve]  # by node and path


def read(path: str | Path, *, animation: str | None = None, fps: Fraction | int | None = None) -> Clip:
    """The animation of that name, or the first that moves a face, sampled at every frame from its first key on.

    fps: frames per second; by default the rate that the keys were made at.
    A target that spells an ARKit curve gives that curve (of several meshes the first, of a split shape the mean);
    another keeps its own name if it moves. Head and eye joints give angles, measured from the rest pose of the
    nodes above them; a body that turns is not seen. Raises InputError where there is nothing of the kind.
    """
    asset = assets.load(path)
    chosen = _choose(asset, animation)
    tracks = _tracks(asset, chosen)
    rate = Fraction(fps) if fps else _own_rate(chosen) or frame_rate(curve.times for curve in tracks.values())
    places = [snapped(curve.times, rate) for curve in tracks.values()]
    first = int(np.ceil(min(place[0] for place in places)))
    last = max(first, int(np.floor(max(place[-1] for place in places))))
    columns = dict(_weights(asset, tracks, rate, first, last))
    columns |= dict(_angles(asset, tracks, rate, first, last))
    if not columns:
        raise InputError(f"{path}: its animation moves no named morph target and no head or eyes")
    order = [name for name in canonical().names if name in columns]
    names = order + [name for name in columns if name not in order]
    return Clip(tuple(names), np.stack([columns[name] for name in names], axis=1), rate, first)


def _choose(asset: assets.Asset, name: str | None) -> dict[str, Any]:
    animations = asset.document.get("animations", [])
    if name is not None:
        fits = [animation for animation in animations if animation.get("name") == name]
        if not fits:
            have = [str(animation.get("name", "")) for animation in animations]
            raise InputError(f"{asset.path}: has no animation {name!r}; {nearest(name, have)}")
        return fits[0]
    turned = _turned_nodes(asset)
    for animation in animations:
        targets = [channel["target"] for channel in animation["channels"]]
        if any(_is_ours(target, turned) for target in targets):
            return animation
    raise InputError(f"{asset.path}: has no animation of morph targets, head or eyes")


def _turned_nodes(asset: assets.Asset) -> set[int | None]:
    found = joints.find(Graph(asset.document, str(asset.path)))
    return {found.head, found.neck, found.left_eye, found.right_eye} - {None}


def _is_ours(target: dict[str, Any], turned: set[int | None]) -> bool:
    return target["path"] == "weights" or (target["path"] == "rotation" and target.get("node") in turned)


def _own_rate(animation: dict[str, Any]) -> Fraction | None:
    """The exact rate that `write` noted, where the animation is ours."""
    try:
        rate = Fraction(animation["extras"]["rigdriver"]["fps"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    return rate if rate > 0 else None


def _tracks(asset: assets.Asset, animation: dict[str, Any]) -> Tracks:
    """The animation's weights and rotation tracks. Raises InputError for one that is not sound."""
    tracks: Tracks = {}
    turned = _turned_nodes(asset)
    for channel in animation["channels"]:
        target = channel["target"]
        if "node" in target and _is_ours(target, turned):
            sampler = animation["samplers"][channel["sampler"]]
            tracks[target["node"], target["path"]] = _curve(asset, sampler, target)
    if not tracks:
        raise InputError(f"{asset.path}: that animation moves no morph target, no head and no eyes")
    return tracks


def _curve(asset: assets.Asset, sampler: dict[str, Any], target: dict[str, Any]) -> Curve:
    times = asset.values(sampler["input"])
    values = asset.values(sampler["output"]).astype(np.float32)
    interpolation = sampler.get("interpolation", "LINEAR")
    cubic = interpolation == "CUBICSPLINE"
    rotates = target["path"] == "rotation"
    keys = len(times) * (3 if cubic else 1)
    if not keys or values.size % keys or not values.size or (rotates and values.size != 4 * keys):
        what = f"{values.size} values for {len(times)} keys"
        raise InputError(f"{asset.path}: a track of node {target['node']} has {what}")
    if times.ndim != 1 or (np.diff(times) <= 0).any() or not np.isfinite(times).all():
        raise InputError(f"{asset.path}: a track of node {target['node']} has times that do not increase")
    shape = (len(times), 3, -1) if cubic else (len(times), -1)
    return Curve(times, values.reshape(shape), interpolation, rotates)


def _weights(
    asset: assets.Asset, tracks: Tracks, fps: Fraction, first: int, last: int
) -> Iterator[tuple[str, np.ndarray]]:
    """(name, (frames,)) of every curve that some mesh shows, each name once."""
    seen: set[str] = set()
    weights = canonical().weights
    for mesh in morphs.find(asset.document, weights, []):
        curve = next((tracks[node, "weights"] for node in mesh.nodes if (node, "weights") in tracks), None)
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
    asset: assets.Asset, tracks: Tracks, fps: Fraction, first: int, last: int
) -> Iterator[tuple[str, np.ndarray]]:
    """(name, (frames,)) of the angles of every part that some track turns; a neck's share adds to its head's."""
    graph = Graph(asset.document, str(asset.path))
    whole: dict[str, np.ndarray] = {}
    for turn in turning.turns(graph, joints.find(graph)):
        if (turn.node, "rotation") in tracks:
            delta = turn.delta(tracks[turn.node, "rotation"].sample(fps, first, last))
            whole[turn.of] = multiply(whole[turn.of], delta) if turn.of in whole else delta
    for of, rotation in whole.items():
        yield from zip(turning.angle_names(of), to_angles(rotation))
