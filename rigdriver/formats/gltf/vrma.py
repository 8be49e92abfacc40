"""VRM Animation (.vrma): the movement alone, which a VRM program plays on any avatar.

Specification: https://github.com/vrm-c/vrm-specification, `VRMC_vrm_animation` 1.0
Loses on the way out: frames before time 0, hints, the roll of the eyes and what tells one eye from the other (a VRM has
one gaze), weights outside 0..1. On the way back: all of a body but its head.
An expression is a node whose translation along X is the weight; the avatar's own expression of that name follows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from rigdriver.clip import HINTS, Clip
from rigdriver.errors import InputError, OutputError
from rigdriver.formats.atomic import check
from rigdriver.formats.gltf import asset as assets
from rigdriver.formats.gltf import expressions, tracks, turning
from rigdriver.formats.gltf.animation import Keys, Track, append
from rigdriver.formats.gltf.joints import Joints
from rigdriver.formats.gltf.nodes import Graph
from rigdriver.formats.gltf.report import DrivenMesh, Report
from rigdriver.formats.gltf.sampling import frame_rate
from rigdriver.formats.gltf.writing import moving, weight_names
from rigdriver.rig import canonical
from rigdriver.rotation import from_angles, multiply, to_angles
from rigdriver.spelling import find as spelled

NAME = "VRMC_vrm_animation"
GAZE = ("leftEyeYaw", "leftEyePitch", "rightEyeYaw", "rightEyePitch")

# The bones that every VRM has, and a neck, standing in a T with the arms out: parent, and metres from it.
BONES: dict[str, tuple[str, tuple[float, float, float]]] = {
    "hips": ("", (0.0, 0.9, 0.0)),
    "spine": ("hips", (0.0, 0.15, 0.0)),
    "neck": ("spine", (0.0, 0.4, 0.0)),
    "head": ("neck", (0.0, 0.1, 0.0)),
    "leftUpperArm": ("spine", (0.15, 0.35, 0.0)),
    "leftLowerArm": ("leftUpperArm", (0.25, 0.0, 0.0)),
    "leftHand": ("leftLowerArm", (0.25, 0.0, 0.0)),
    "rightUpperArm": ("spine", (-0.15, 0.35, 0.0)),
    "rightLowerArm": ("rightUpperArm", (-0.25, 0.0, 0.0)),
    "rightHand": ("rightLowerArm", (-0.25, 0.0, 0.0)),
    "leftUpperLeg": ("hips", (0.1, -0.05, 0.0)),
    "leftLowerLeg": ("leftUpperLeg", (0.0, -0.4, 0.0)),
    "leftFoot": ("leftLowerLeg", (0.0, -0.4, 0.0)),
    "rightUpperLeg": ("hips", (-0.1, -0.05, 0.0)),
    "rightLowerLeg": ("rightUpperLeg", (0.0, -0.4, 0.0)),
    "rightFoot": ("rightLowerLeg", (0.0, -0.4, 0.0)),
}
EYES_FROM_HEAD = (0.0, 0.06, 0.0)  # metres


def write(
    clip: Clip, path: str | Path, *, onto: str | Path | None = None, animation: str = "rigdriver", keys: float = 0.0
) -> Report:
    """The clip as a file of its own, for any avatar.

    onto: the avatar (.vrm), whose spelling of expressions is taken, and only those that it has. Without one, ARKit
        curves are written as Perfect Sync names them (`JawOpen`), which a plain avatar does not show: make the clip for
        a VRM's presets then (`--rig`).
    animation: its name.
    keys: how far a weight (or an angle, in radians) may be off for the sake of fewer keys; 0 keeps every frame.
    Raises InputError where the clip has nothing that the avatar shows, OutputError for a place that cannot be written.
    """
    path, when, moves = Path(path), Keys.of(clip), moving(clip)
    if path.suffix.lower() == ".gltf":
        raise OutputError(f"{path}: a VRM Animation is one binary file; name it .vrma")
    check(path, [onto] if onto else [])
    names = _names_for(clip, onto)
    document, nodes = _document(names, bool(moves & set(GAZE)))
    turns = turning.turns(Graph(document), Joints(head=nodes["head"], neck=nodes["neck"]))
    turns = [turn for turn in turns if moves & set(turning.angle_names(turn.of))]
    if not names and not turns and "gaze" not in nodes:
        raise InputError(f"{onto or path}: nothing of the clip is an expression, a head or a gaze")
    todo = [turning.track(turn, when) for turn in turns]
    for channel, name in names.items():
        todo.append(Track((nodes[f"={name}"],), "translation", 3, _weight(when, channel), is_vector=True))
    todo += [Track((nodes["gaze"],), "rotation", 4, _gaze(when), is_vector=True)] if "gaze" in nodes else []
    todo = [track.reduced(when.times, keys) for track in todo]
    payloads = append(document, animation, when, todo, 0, 0, 0)
    assets.save(assets.Asset(path, document), path, 0, payloads, overwrite_input=True)
    return _report(path, animation, when, todo, names, turns, moves)


def _names_for(clip: Clip, onto: str | Path | None) -> dict[str, str]:
    """The clip's weights by what the file calls them: presets by VRM 1's names, all else by the avatar's."""
    channels = weight_names(clip)
    if onto is None:
        names = {channel: _plain(channel) for channel in channels}
    else:
        found = expressions.all_of(assets.load(onto).document)
        means = {expressions.channel_of(expression, channels): expression.name for expression in reversed(found)}
        names = {channel: means[channel] for channel in channels if channel in means}
        if not names:
            raise InputError(f"{onto}: has no expression that the clip's curves are; it has "
                             f"{', '.join(expression.label for expression in found) or 'none'}")
    first = {name: channel for channel, name in reversed(names.items())}  # of two curves for one expression
    # looks are not allowed here: the gaze has a node of its own
    return {channel: name for name, channel in first.items() if name not in expressions.LOOKS}


def _plain(channel: str) -> str:
    """Without an avatar: VRM 1's name of a preset, Perfect Sync's of an ARKit curve, else the curve's own."""
    preset = expressions.preset(channel)
    return preset or (channel[:1].upper() + channel[1:] if channel in canonical() else channel)


def _document(names: dict[str, str], has_gaze: bool) -> tuple[dict[str, Any], dict[str, int]]:
    """The file without its animation, and its nodes: bones by name, "=" and an expression's name, "gaze"."""
    nodes: list[dict[str, Any]] = []
    places: dict[str, int] = {}
    for bone, (parent, offset) in BONES.items():
        places[bone] = len(nodes)
        nodes.append({"name": bone, "translation": list(offset)})
        if parent:
            nodes[places[parent]].setdefault("children", []).append(places[bone])
    extension: dict[str, Any] = {
        "specVersion": "1.0", "humanoid": {"humanBones": {bone: {"node": places[bone]} for bone in BONES}},
    }  # fmt: skip
    roots = [places["hips"]]
    for name in [*(f"={name}" for name in names.values()), *(["gaze"] if has_gaze else [])]:
        places[name] = len(nodes)
        roots.append(len(nodes))
        nodes.append({"name": name.removeprefix("=")})
    for name in names.values():
        kind = "preset" if name in expressions.PRESETS else "custom"
        extension.setdefault("expressions", {}).setdefault(kind, {})[name] = {"node": places[f"={name}"]}
    if has_gaze:
        extension["lookAt"] = {"node": places["gaze"], "offsetFromHeadBone": list(EYES_FROM_HEAD)}
    return {
        "asset": {"version": "2.0", "generator": "rigdriver"}, "extensionsUsed": [NAME],
        "scene": 0, "scenes": [{"nodes": roots}], "nodes": nodes, "buffers": [{"byteLength": 0}],
        "extensions": {NAME: extension},
    }, places  # fmt: skip


def _weight(keys: Keys, channel: str) -> Callable[[], Iterator[np.ndarray]]:
    """Blocks of (n, 3): the weight along X."""

    def rows() -> Iterator[np.ndarray]:
        for block in keys.rows([keys.clip.column(channel)]):
            yield np.concatenate([np.clip(block, 0, 1), np.zeros((len(block), 2), np.float32)], axis=1)

    return rows


def _gaze(keys: Keys) -> Callable[[], Iterator[np.ndarray]]:
    """Blocks of (n, 4): where both eyes look on the whole, in the head's axes."""
    clip = keys.clip
    kinds = [[clip.column(name) for name in GAZE[k::2] if name in clip] for k in (0, 1)]  # yaw, pitch
    columns = [column for kind in kinds for column in kind]

    def rows() -> Iterator[np.ndarray]:
        for block in keys.rows(columns):
            cut = np.split(block, [len(kinds[0])], axis=1)
            yaw, pitch = (part.mean(axis=1) if part.shape[1] else np.zeros(len(block)) for part in cut)
            yield from_angles(yaw, pitch, np.zeros(len(block))).astype(np.float32)

    return rows


_PERFECT_SYNC = "only Perfect Sync avatars have expressions of ARKit's names"


def _report(path: Path, name: str, keys: Keys, todo: Sequence[Track], names: dict[str, str],
            turns: Sequence[turning.Turn], moves: set[str]) -> Report:  # fmt: skip
    shown = {*names, *(angle for turn in turns for angle in turning.angle_names(turn.of)), *GAZE}
    missing = tuple(name for name in keys.clip.names if name in moves - shown and name not in HINTS)
    pairs = tuple((name, channel) for channel, name in names.items())
    count = max(len(keys.times) if track.kept is None else len(track.kept) for track in todo)
    notes = [_PERFECT_SYNC] if set(names) & set(canonical().names) else []
    faces = (DrivenMesh("face", pairs, moved=len(pairs), what="expressions"),) if pairs else ()
    joints = tuple((turn.what, turn.what) for turn in turns)
    return Report(path, name, count, keys.clip.fps, faces, missing, (), joints, tuple(notes))


def read(path: str | Path, *, animation: str | None = None, fps: Fraction | int | None = None) -> Clip:
    """The first animation, or the one of that name: expressions, the turn of head and neck, and the gaze for both eyes.

    fps: frames per second; by default the rate that the keys were made at. Raises InputError for what is no .vrma.
    """
    asset = assets.load(path)
    parts = _parts(asset)
    every = asset.document.get("animations", [])
    if not every:
        raise InputError(f"{path}: has no animation")
    chosen = every[0] if animation is None else tracks.named(asset, animation)
    found: tracks.Tracks = {}
    for channel in chosen["channels"]:
        node, kind = channel["target"].get("node"), channel["target"]["path"]
        if parts.get(node, ("", ""))[0] == kind:
            found[node, kind] = tracks.curve(asset, chosen, channel, 4 if kind == "rotation" else 3)
    if not found:
        raise InputError(f"{path}: moves no expression, no head and no gaze")
    rate = Fraction(fps) if fps else tracks.own_rate(chosen) or frame_rate(curve.times for curve in found.values())
    first, last = tracks.span(asset, found.values(), rate)
    sampled = {parts[node][1]: curve.sample(rate, first, last) for (node, _), curve in found.items()}
    return tracks.clip(asset, _columns(asset, parts, sampled), rate, first)


def _parts(asset: assets.Asset) -> dict[Any, tuple[str, str]]:
    """What a node stands for and what moves it: (path, "=" and an expression's name, or "head", "neck", "gaze")."""
    extensions = asset.document.get("extensions")
    extension = extensions.get(NAME) if isinstance(extensions, dict) else None
    if not isinstance(extension, dict):
        raise InputError(f"{asset.path}: is not a VRM Animation (it has no {NAME})")
    groups, bones = _at(extension, "expressions"), _at(extension, "humanoid", "humanBones")
    named = {**_at(groups, "custom"), **_at(groups, "preset")}
    pairs = [(_at(entry).get("node"), ("translation", f"={name}")) for name, entry in named.items()]
    pairs += [(_at(bones, bone).get("node"), ("rotation", bone)) for bone in ("neck", "head")]
    pairs.append((_at(extension, "lookAt").get("node"), ("rotation", "gaze")))
    return {node: part for node, part in pairs if isinstance(node, int) and 0 <= node < len(asset.document["nodes"])}


def _at(value: Any, *keys: str) -> dict[str, Any]:
    """An object some keys deep; an empty one where anything else stands."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _columns(
    asset: assets.Asset, parts: dict[Any, tuple[str, str]], sampled: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    columns: dict[str, np.ndarray] = {}
    weights = canonical().weights
    for name, values in sampled.items():
        if name.startswith("="):
            columns.setdefault(spelled(name[1:], weights) or name[1:], values[:, 0])
    places = {part: node for node, (_, part) in parts.items()}
    turned: np.ndarray | None = None
    for turn in turning.turns(Graph(asset.document), Joints(head=places.get("head"), neck=places.get("neck"))):
        if turn.what in sampled:
            delta = turn.delta(sampled[turn.what])
            turned = delta if turned is None else multiply(turned, delta)
    if turned is not None:
        columns |= zip(turning.angle_names("head"), to_angles(turned))
    if "gaze" in sampled:
        yaw, pitch, _ = to_angles(sampled["gaze"])
        columns |= zip(GAZE, (yaw, pitch, yaw, pitch))
    return columns
