"""A clip as an animation at the end of a character's file; nothing else in the file changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rigdriver import keying, resources
from rigdriver.clip import HINTS, Clip
from rigdriver.errors import InputError, OutputError
from rigdriver.formats.gltf import asset as assets
from rigdriver.formats.gltf import expressions, joints, morphs, packing, removal, turning
from rigdriver.formats.gltf.animation import BLOCK_FRAMES, Keys, Track, append, unique_name
from rigdriver.formats.gltf.morphs import Morphs
from rigdriver.formats.gltf.nodes import Graph
from rigdriver.formats.gltf.report import DrivenMesh, Report
from rigdriver.formats.gltf.turning import Turn
from rigdriver.rig import canonical

STILL = 1e-6  # a curve that stays nearer to 0 than this does not move
NAMES_SHOWN = 12
MOST_VALUES = 2**20  # weights of a mesh's targets held at once


def write(
    clip: Clip, path: str | Path, *, onto: str | Path | None = None, animation: str = "rigdriver",
    replace: bool = False, first: bool = False, keys: float = 0.0, overwrite_input: bool = False,
) -> Report:  # fmt: skip
    """Add the clip as one animation to a character and write the result to `path` (.glb, .vrm or .gltf).

    onto: the character (.glb, .vrm, .gltf); the built-in head when None.
    animation: its name; `.001` is added where the file has one of that name.
    replace: put it in the place of the one of that name instead, whose keys are taken away.
    first: put it before the file's own animations, for players that only show the first. It then changes the
        numbers of those that follow.
    keys: how far a weight (or an angle, in radians) may be off for the sake of fewer keys; 0 keeps every frame.
    overwrite_input: allow `path` to be the character's own file.
    Raises InputError for a character that nothing of the clip can drive, OutputError for a place that cannot be
    written.
    """
    how = _How(replace, first, keys)
    return _write([(animation, clip)], Path(path), onto, how, overwrite_input)[0]


def write_all(
    clips: Mapping[str, Clip], path: str | Path, *, onto: str | Path | None = None, replace: bool = False,
    first: bool = False, keys: float = 0.0, overwrite_input: bool = False,
) -> list[Report]:  # fmt: skip
    """Add several clips to one character, an animation each, under their names. All else as in `write`."""
    if not clips:
        raise InputError(f"{path}: no clips to write")
    return _write(list(clips.items()), Path(path), onto, _How(replace, first, keys), overwrite_input)


@dataclass(frozen=True)
class _How:
    """What `write` was asked for, as far as it concerns each clip."""

    replace: bool
    first: bool
    tolerance: float


def _write(
    clips: Sequence[tuple[str, Clip]], path: Path, onto: str | Path | None, how: _How, overwrite_input: bool
) -> list[Report]:
    character = assets.load(onto or resources.HEAD)
    if onto is None and path.suffix.lower() == ".vrm":
        raise OutputError(f"{path}: the built-in head is no VRM avatar; write a .glb, or onto an avatar of yours")
    places = removal.take_out(character, [name for name, _ in clips]) if how.replace else {}
    common = [*packing.notes(character.document)]
    plans = [_plan(character, clip, moving(clip)) for _, clip in clips]
    for plan in plans:
        for turn in plan.turns:
            turning.make_animatable(plan.graph, turn.node, plan.notes)
    assets.settle(character, path, common)
    buffer, base = assets.place_for_payload(character, path)
    last = len(clips) + len(character.document.get("animations", []))
    payloads: list[assets.Payload] = []
    reports = {}
    # those that replace one go first, by their places, so that each finds its own again
    for k in sorted(range(len(clips)), key=lambda k: (places.get(clips[k][0], last), k)):
        (name, clip), plan = clips[k], plans[k]
        keys = Keys.of(clip)
        tracks = [*_weight_tracks(character, plan.meshes, keys), *(turning.track(turn, keys) for turn in plan.turns)]
        shut = keys.rows_of(keying.closures(clip).get("jawOpen", []))
        tracks = [track.reduced(keys.times, how.tolerance, shut) for track in tracks]
        place = places.get(name, k if how.first else last)
        unique = unique_name(character.document, name)
        payloads += append(character.document, unique, keys, tracks, buffer, base, place)
        base = character.document["buffers"][buffer]["byteLength"]
        reports[k] = _report(path, unique, keys, tracks, plan, [*plan.notes, *common])
    assets.save(character, path, buffer, payloads, overwrite_input)
    return [reports[k] for k in range(len(clips))]


def check(onto: str | Path, names: Sequence[str]) -> None:
    """Raises InputError for a character that curves of these names cannot drive; writes nothing."""
    _plan(assets.load(onto), Clip.header(names, 60), set(names))


def rig_of(onto: str | Path) -> str:
    """The rig whose curves a character shows: "vrm1" for a VRM that has presets and nothing of ARKit, else "arkit"."""
    document = assets.load(onto).document
    has_arkit = any(mesh.is_driven for mesh in morphs.find(document, canonical().weights, []))
    has_presets = any(expression.name in expressions.PRESETS for expression in expressions.find(document))
    return "vrm1" if has_presets and not has_arkit else "arkit"


@dataclass(frozen=True)
class _Plan:
    """What of a character one clip will drive: meshes with a wanted target, and nodes to turn."""

    moving: set[str]
    meshes: list[Morphs]
    turns: list[Turn]
    graph: Graph
    notes: list[str]


def _plan(character: assets.Asset, clip: Clip, moving: set[str]) -> _Plan:
    """Raises InputError where there is nothing to drive."""
    notes: list[str] = []
    found = morphs.find(character.document, weight_names(clip), notes)
    meshes = [mesh for mesh in found if mesh.is_driven]
    graph = Graph(character.document, str(character.path))
    nodes = joints.find(graph)
    notes.extend(nodes.notes)
    if _moves_eyes(graph, meshes) and (nodes.left_eye is not None or nodes.right_eye is not None):
        nodes.left_eye = nodes.right_eye = None
        notes.append("eyes: morph targets turn them, so their joints are left still")
    turns = [turn for turn in turning.turns(graph, nodes) if moving & set(turning.angle_names(turn.of))]
    if not meshes and not turns:
        raise InputError(f"{character.path}: nothing in it can be driven: {_what_it_has(character.document, found)}")
    if not meshes and expressions.find(character.document):
        notes.append(f"its face stays still: {_EXPRESSIONS_ONLY}")
    return _Plan(moving, meshes, turns, graph, notes)


_EXPRESSIONS_ONLY = "its expressions are a VRM's presets (aa, blink …), for which a clip is made by `--rig vrm1`"


def weight_names(clip: Clip) -> list[str]:
    """The clip's columns that are weights: neither hints nor angles."""
    angles = {channel.name for channel in canonical().channels if channel.unit == "radian"}
    return [name for name in clip.names if name not in HINTS and name not in angles]


def _moves_eyes(graph: Graph, meshes: list[Morphs]) -> bool:
    """Whether eyeball meshes have look targets of their own, or a VRM looks by its expressions: turning the joints of
    the eyes as well would turn them twice."""
    if expressions.gaze_is_shown(graph.document) and any(
            expressions.preset(drive.channel) in expressions.LOOKS for mesh in meshes for drive in mesh.drives):
        return True
    for mesh in meshes:
        labels = [mesh.label, *(graph.label(node) for node in mesh.nodes)]
        looks = any(drive.channel.startswith("eyeLook") for drive in mesh.drives)
        if looks and any(joints.plain_words(label) in joints.EYES for label in labels):
            return True
    return False


def _what_it_has(document: dict[str, Any], found: list[Morphs]) -> str:
    if expressions.find(document):
        return _EXPRESSIONS_ONLY
    names = list(dict.fromkeys(target or "(no name)" for mesh in found for target in mesh.targets))
    if not names:
        return "it has no morph targets at all, and no head or eye joint that the clip moves"
    more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
    return f"its {len(names)} morph targets are not the clip's curves: {', '.join(names[:NAMES_SHOWN])}{more}"


def moving(clip: Clip) -> set[str]:
    """Names of the curves that ever leave 0. Raises InputError for a value that is not a number."""
    highest = np.zeros(len(clip.names), np.float32)
    for at in range(0, len(clip), BLOCK_FRAMES):
        block = np.abs(clip.values[at : at + BLOCK_FRAMES])
        bad = ~np.isfinite(block)
        if bad.any():
            row, column = np.argwhere(bad)[0]
            raise InputError(f"the clip's {clip.names[column]} is not a number at frame {clip.start + at + row}")
        highest = np.maximum(highest, block.max(axis=0))
    return {name for name, height in zip(clip.names, highest) if height > STILL}


def _weight_tracks(character: assets.Asset, meshes: list[Morphs], keys: Keys) -> Iterator[Track]:
    """One weights track a mesh and rest pose; nodes that show the same mesh at the same rest share it."""
    for mesh in meshes:
        groups: dict[bytes, list[int]] = {}
        for node in mesh.nodes:
            rest = morphs.rest_weights(character.document, node, mesh)
            groups.setdefault(rest.tobytes(), []).append(node)
        for rest_bytes, nodes in groups.items():
            rows = _weight_rows(mesh, np.frombuffer(rest_bytes, np.float32), keys)
            yield Track(tuple(nodes), "weights", len(mesh.targets), rows)


def _weight_rows(mesh: Morphs, rest: np.ndarray, keys: Keys) -> Callable[[], Iterator[np.ndarray]]:
    """Blocks of (n, targets): driven targets follow their channels, the others keep their rest weight."""
    columns = [keys.clip.column(drive.channel) for drive in mesh.drives]
    targets = [drive.target for drive in mesh.drives]
    gains = np.array([drive.gain for drive in mesh.drives], np.float32)
    is_plain = len(set(targets)) == len(targets) and bool((gains == 1).all())
    still = rest.copy()
    still[targets] = 0.0
    piece = max(1, MOST_VALUES // len(rest))

    def rows() -> Iterator[np.ndarray]:
        for block in keys.rows(columns):
            for at in range(0, len(block), piece):
                part = block[at : at + piece]
                weights = np.tile(still, (len(part), 1))
                if is_plain:
                    weights[:, targets] = part
                else:
                    np.add.at(weights.T, targets, (part * gains).T)
                yield weights

    return rows


def _report(path: Path, name: str, keys: Keys, tracks: list[Track], plan: _Plan, notes: list[str]) -> Report:
    driven = {drive.channel for mesh in plan.meshes for drive in mesh.drives}
    turned = {name for turn in plan.turns for name in turning.angle_names(turn.of)}
    looks = {of for of in turning.PARTS[1:] for c in driven if c.startswith("eyeLook") and c.endswith(of[:-3].title())}
    shown = driven | turned | {name for of in looks for name in turning.angle_names(of)}
    missing = [n for n in keys.clip.names if n in plan.moving and n not in shown and n not in HINTS]
    ambiguous = [(mesh.label, *pair) for mesh in plan.meshes for pair in mesh.ambiguous]
    count = max(len(keys.times) if track.kept is None else len(track.kept) for track in tracks)
    joints = tuple((turn.what, plan.graph.label(turn.node)) for turn in plan.turns)
    return Report(path, name, count, keys.clip.fps, tuple(_driven(mesh) for mesh in plan.meshes), tuple(missing),
                  tuple(ambiguous), joints, tuple(notes))


def _driven(mesh: Morphs) -> DrivenMesh:
    moved = {drive.target for drive in mesh.drives}
    pairs = tuple((mesh.targets[drive.target], drive.channel) for drive in mesh.drives)
    still = tuple(name for at, name in enumerate(mesh.targets) if at not in moved)
    return DrivenMesh(mesh.label, pairs, still, len(moved))
