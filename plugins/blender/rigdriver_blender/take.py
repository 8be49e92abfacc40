"""A line on a character: layers of curves become actions, the actions strips, and what came of it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

import bpy
import numpy as np

from . import actions, layered, tracks, turning
from .actions import LayerAction
from .character import Character, path_of_bone, path_of_shape
from .copied import keying
from .copied.clip import Clip
from .copied.keys import Keys
from .copied.likeness import Likeness
from .process import Order

TURN_TOLERANCE = 0.2  # of the tolerance of weights: a head's .001 rad is a pixel at its nose
STILL = 1e-6  # a rotation that is none


@dataclass(frozen=True)
class Take:
    """One line to put on a character. start: the scene's frame where its sound begins; tolerance: 0 keys every frame;
    place: on the NLA's tracks, and not only as actions."""

    name: str
    order: Order
    start: int = 1
    tolerance: float = 0.005
    jaw_deg: float = 18.0
    place: bool = True


@dataclass
class Report:
    """What came of a take, for people."""

    name: str
    keys: int = 0
    dense: int = 0
    layers: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)
    likeness: Likeness | None = None

    def line(self) -> str:
        text = f"{self.name}: {self.keys} keys for {self.dense} values, in {', '.join(self.layers)}"
        if self.likeness:
            cost = self.likeness
            text += f"; off by {cost.most:.3f} at most, {cost.rms:.4f} RMS"
            text += f", {cost.kept} of {cost.closures} closures shut" if cost.closures else ""
        return text + (f"; kept your edits in {', '.join(self.kept)}" if self.kept else "")


def put(take: Take, character: Character, layers: Mapping[str, Clip],
        anchors: Mapping[str, list[float]] | None = None) -> Report:
    """Actions of a take, on the tracks of everything that the character moves. Nothing of anybody else's is touched."""
    report = Report(take.name, notes=_notes(character))
    owners = _owners(character)
    if take.place:
        report.kept = tracks.clear(owners, take.order.speech, character.root.name)
        report.notes += _crowd(take, owners, next(iter(layers.values())))
        _rest(character)
    shown = _shown(character, layers)
    weights = layered.keyed(shown, take.tolerance, anchors or {})
    report.likeness = layered.likeness(shown, weights) if take.tolerance else None
    turns = _turns(character, layers, take)
    for layer, clip in layers.items():
        made = LayerAction(f"{take.name} {layer}")
        for owner, path, index, keys in (*_shapes(character, weights[layer]), *turns[layer]):
            actions.write(made.curve(owner, path, index), keys, float(clip.fps), linear=not take.tolerance)
            report.keys += len(keys)
            report.dense += len(clip)
        _finish(made, layer, take, character, clip, owners, report)
    tracks.tidy(owners)
    _widen(character, layers, report)
    return report


def _notes(character: Character) -> list[str]:
    notes = list(character.left)
    if character.missing:
        notes.append(f"nothing shows {', '.join(character.missing)}")
    for owner, paths in _paths(character).items():
        over = tracks.on_top(owner, paths)
        if over:
            notes.append(f"{owner.name}: your action {over} plays over some of these; push it down or stash it")
    return notes


def _crowd(take: Take, owners: list[bpy.types.ID], clip: Clip) -> list[str]:
    others = tracks.at_the_same_time(owners, take.start + clip.start, take.start + clip.end - 1)
    return [f"{', '.join(others)} plays at the same time, and the two add up; mute or remove one"] if others else []


def _owners(character: Character) -> list[bpy.types.ID]:
    return list(_paths(character))


def _paths(character: Character) -> dict[bpy.types.ID, set[str]]:
    found: dict[bpy.types.ID, set[str]] = {face.key: {path_of_shape(name) for name in face.moves}
                                           for face in character.faces}
    for joint in character.joints:
        found.setdefault(bpy.data.objects[joint.armature], set()).add(path_of_bone(joint))
    return found


def _rest(character: Character) -> None:
    for face in character.faces:
        tracks.rest(face.key, f"{face.label} rest", [path_of_shape(name) for name in face.moves])


def _shown(character: Character, layers: Mapping[str, Clip]) -> dict[str, Clip]:
    """Only the curves that move a shape of the character."""
    shown = {curve for face in character.faces for curve in face.moves.values()}
    return {layer: clip.pick([name for name in clip.names if name in shown]) for layer, clip in layers.items()}


def _shapes(character: Character, keys: Mapping[str, Keys]) -> list[tuple]:
    return [(face.key, path_of_shape(name), 0, keys[curve])
            for face in character.faces for name, curve in face.moves.items() if curve in keys]


def _turns(character: Character, layers: Mapping[str, Clip], take: Take) -> dict[str, list[tuple]]:
    """Layer → keys of the bones that it turns."""
    found: dict[str, list[tuple]] = {layer: [] for layer in layers}
    for joint in character.joints:
        owner, path = bpy.data.objects[joint.armature], path_of_bone(joint)
        for layer, values in turning.channels(joint, layers, take.jaw_deg).items():
            rest = np.array([1.0, 0, 0, 0]) if values.shape[1] == 4 else np.zeros(3)
            if np.abs(values - rest).max(initial=0) < STILL:
                continue
            clip = Clip(tuple("wxyz"[-values.shape[1]:]), values, layers[layer].fps, layers[layer].start)
            for index, keys in enumerate(_turn_keys(clip, take.tolerance)):
                found[layer].append((owner, path, index, keys))
    return found


def _turn_keys(clip: Clip, tolerance: float) -> list[Keys]:
    if not tolerance:
        return list(keying.every_frame(clip, still=True).values())
    return list(keying.reduced(clip, tolerance * TURN_TOLERANCE, still=True, pinned={}).values())


def _finish(made: LayerAction, layer: str, take: Take, character: Character, clip: Clip,
            owners: list[bpy.types.ID], report: Report) -> None:
    """The layer's actions are marked as ours, and placed or kept."""
    told = {"take": take.name, "layer": layer, "character": character.root.name, "fps": str(clip.fps),
            "start": take.start, "order": {**asdict(take.order), "fps": str(take.order.fps)}}
    for action in made.actions:
        actions.mark(action, told)
        report.actions.append(action.name)
        if not take.place:
            action.use_fake_user = True
    if made.actions:
        report.layers.append(layer)
    if take.place:
        span = clip.start, max(clip.end - 1, clip.start + 1)
        for owner in owners:
            blend = "ADD" if isinstance(owner, bpy.types.Key) else "COMBINE"
            tracks.place(owner, made, f"{tracks.PREFIX} {layer}", f"{take.name} {layer}", span, take.start, blend)


def _widen(character: Character, layers: Mapping[str, Clip], report: Report) -> None:
    """Sliders reach as far as the whole face goes; Blender cuts off what lies beyond."""
    whole = layered.summed(layers.values())
    for face in character.faces:
        for name, curve in face.moves.items():
            block, low, high = face.key.key_blocks[name], float(whole[curve].min()), float(whole[curve].max())
            if low < block.slider_min - 1e-4 or high > block.slider_max + 1e-4:
                block.slider_min, block.slider_max = min(low, block.slider_min), max(high, block.slider_max)
                report.notes.append(f"{face.label}: the range of {name} was widened to what the line needs")
