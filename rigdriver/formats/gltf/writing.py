"""A clip as an animation at the end of a character's file; nothing else in the file changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from rigdriver import resources
from rigdriver.clip import HINTS, Clip
from rigdriver.errors import InputError
from rigdriver.formats.gltf import asset as assets
from rigdriver.formats.gltf import joints, links, morphs, turning
from rigdriver.formats.gltf.animation import BLOCK_FRAMES, Keys, Track, append, unique_name
from rigdriver.formats.gltf.morphs import Morphs
from rigdriver.formats.gltf.nodes import Graph
from rigdriver.formats.gltf.report import DrivenMesh, Report
from rigdriver.formats.gltf.turning import Turn
from rigdriver.rig import canonical

STILL = 1e-6  # a curve that stays nearer to 0 than this does not move
NAMES_SHOWN = 12


def write(
    clip: Clip, path: str | Path, *, onto: str | Path | None = None, name: str = "rigdriver", first: bool = False,
    overwrite_input: bool = False,
) -> Report:  # fmt: skip
    """Add the clip as one animation to a character and write the result to `path` (.glb, .vrm or .gltf).

    onto: the character (.glb, .vrm, .gltf); the built-in head when None.
    name: of the animation; `.001` is added where the file has one of that name.
    first: put it before the file's own animations, for players that only show the first. It then changes the
        numbers of those that follow.
    overwrite_input: allow `path` to be the character's own file.
    Raises InputError for a character that nothing of the clip can drive, OutputError for a place that cannot be
    written.
    """
    path = Path(path)
    notes: list[str] = []
    character = assets.load(onto or resources.HEAD)
    links.check(character.document, str(character.path))
    keys, moving = Keys.of(clip), _moving(clip)
    meshes, turns, graph = _plan(character, clip, moving, notes)
    for turn in turns:
        turning.make_animatable(graph, turn.node, notes)
    assets.settle(character, path, notes)
    buffer, base = assets.place_for_payload(character, path)
    name = unique_name(character.document, name)
    tracks = [*_weight_tracks(character, meshes, keys), *(turning.track(turn, keys) for turn in turns)]
    payloads = append(character.document, name, keys, tracks, buffer, base, first)
    assets.save(character, path, buffer, payloads, overwrite_input)
    return _report(path, name, keys, meshes, turns, graph, moving, notes)


def check(onto: str | Path, names: Sequence[str]) -> None:
    """Raises InputError for a character that curves of these names cannot drive; writes nothing."""
    character = assets.load(onto)
    links.check(character.document, str(character.path))
    _plan(character, Clip.header(names, 60), set(names), [])


def _plan(
    character: assets.Asset, clip: Clip, moving: set[str], notes: list[str]
) -> tuple[list[Morphs], list[Turn], Graph]:
    """What will be driven: meshes with a wanted target, and nodes to turn. InputError when there is neither."""
    found = morphs.find(character.document, weight_names(clip), notes)
    meshes = [mesh for mesh in found if mesh.is_driven]
    graph = Graph(character.document, str(character.path))
    nodes = joints.find(graph)
    notes.extend(nodes.notes)
    if _moves_eyes(graph, meshes) and (nodes.left_eye is not None or nodes.right_eye is not None):
        nodes.left_eye = nodes.right_eye = None
        notes.append("eyes: the eyeballs' morph targets turn them, so their joints are left still")
    turns = [turn for turn in turning.turns(graph, nodes) if moving & set(turning.angle_names(turn.of))]
    if not meshes and not turns:
        raise InputError(f"{character.path}: nothing in it can be driven: {_names_it_has(found)}")
    return meshes, turns, graph


def weight_names(clip: Clip) -> list[str]:
    """The clip's columns that are weights: neither hints nor angles."""
    angles = {channel.name for channel in canonical().channels if channel.unit == "radian"}
    return [name for name in clip.names if name not in HINTS and name not in angles]


def _moves_eyes(graph: Graph, meshes: list[Morphs]) -> bool:
    """Whether eyeball meshes have look targets of their own: turning their joints as well would turn them twice."""
    for mesh in meshes:
        labels = [mesh.label, *(graph.label(node) for node in mesh.nodes)]
        looks = any(channel and channel.startswith("eyeLook") for channel in mesh.matches.channels)
        if looks and any(joints.plain_words(label) in joints.EYES for label in labels):
            return True
    return False


def _names_it_has(found: list[Morphs]) -> str:
    names = list(dict.fromkeys(target or "(no name)" for mesh in found for target in mesh.targets))
    if not names:
        return "it has no morph targets at all, and no head or eye joint that the clip moves"
    more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
    return f"its {len(names)} morph targets are not the clip's curves: {', '.join(names[:NAMES_SHOWN])}{more}"


def _moving(clip: Clip) -> set[str]:
    """The curves that ever leave 0. Raises InputError for a value that is not a number."""
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
    """Blocks of (n, targets): driven targets follow their channel, the others keep their rest weight."""
    pairs = [(at, keys.clip.column(channel)) for at, channel in enumerate(mesh.matches.channels) if channel]
    targets, columns = [at for at, _ in pairs], [column for _, column in pairs]

    def rows() -> Iterator[np.ndarray]:
        for block in keys.rows(columns):
            weights = np.tile(rest, (len(block), 1))
            weights[:, targets] = block
            yield weights

    return rows


def _report(
    path: Path, name: str, keys: Keys, meshes: list[Morphs], turns: list[Turn], graph: Graph, moving: set[str],
    notes: list[str],
) -> Report:  # fmt: skip
    driven = {channel for mesh in meshes for channel in mesh.matches.channels if channel}
    turned = {name for turn in turns for name in turning.angle_names(turn.of)}
    looks = {of for of in turning.PARTS[1:] for c in driven if c.startswith("eyeLook") and c.endswith(of[:-3].title())}
    shown = driven | turned | {name for of in looks for name in turning.angle_names(of)}
    missing = [n for n in keys.clip.names if n in moving and n not in shown and n not in HINTS]
    ambiguous = [(mesh.label, *pair) for mesh in meshes for pair in mesh.matches.ambiguous]
    return Report(
        path, name, len(keys.times), keys.clip.fps, tuple(_driven(mesh) for mesh in meshes), tuple(missing),
        tuple(ambiguous), tuple((turn.what, graph.label(turn.node)) for turn in turns), tuple(notes),
    )  # fmt: skip


def _driven(mesh: Morphs) -> DrivenMesh:
    pairs = list(zip(mesh.targets, mesh.matches.channels))
    return DrivenMesh(
        mesh.label, tuple((target, c) for target, c in pairs if c), tuple(target for target, c in pairs if not c)
    )
