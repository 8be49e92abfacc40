"""A line on a character: layers of curves become actions, the actions strips, and what came of it is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from fractions import Fraction

import bpy
import numpy as np

from . import actions, earlier, keeping, layered, tracks
from .actions import LayerAction
from .character import Character, path_of_bone, path_of_shape, several
from .copied import keying
from .copied.clip import Clip
from .copied.keys import Keys
from .copied.likeness import Likeness
from .earlier import Earlier
from .keeping import Dense, Kept, Spot
from .layered import WHOLE
from .process import Driven, Order

TURN_TOLERANCE = 0.2  # of the tolerance of weights: a head's .001 rad is a pixel at its nose
STILL = 1e-6  # a rotation that is none


@dataclass(frozen=True)
class Take:
    """One line to put on a character. start: the scene's frame where its sound begins; tolerance: 0 keys every frame;
    place: on the NLA's tracks, and not only as actions; keep: a person's edits in the take whose place it takes; notes:
    what else to tell of it; together: takes that are put with it, each in a place of its own."""

    name: str
    order: Order
    start: int = 1
    tolerance: float = 0.005
    jaw_deg: float = 18.0
    place: bool = True
    layered: bool = True
    keep: bool = True
    notes: tuple[str, ...] = ()
    together: frozenset[str] = frozenset()


@dataclass
class Report:
    """What came of a take, for people. edits: how many of theirs are in it; kept: actions that were put aside with
    edits which are not; replaced: takes that it took the place of."""

    name: str
    keys: int = 0
    dense: int = 0
    edits: int = 0
    layers: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)
    likeness: Likeness | None = None
    replaced: list[str] = field(default_factory=list)

    def line(self) -> str:
        text = f"{self.name}: {self.keys} keys instead of {self.dense} in {', '.join(self.layers)}"
        if self.likeness:
            cost = self.likeness
            text += f"; off by {cost.most:.3f} at most, {cost.rms:.4f} RMS"
            text += f", {cost.kept} of {cost.closures} closures shut" if cost.closures else ""
        text += f"; your edits are in it ({self.edits})" if self.edits else ""
        return text + (f"; kept your edits in {', '.join(self.kept)}" if self.kept else "")


def put(take: Take, character: Character, driven: Driven) -> Report:
    """Actions of a take, on the tracks of everything that the character moves. Nothing of anybody else's is touched."""
    layers = driven.parts if take.layered else {WHOLE: layered.summed(driven.parts.values())}
    report, owners = Report(take.name, notes=[*take.notes, *_notes(character)]), _owners(character)
    dense = Dense(character, driven.parts, layers, take.jaw_deg)
    old = Earlier()
    if take.place:
        tracks.leave_tweaking(owners)
        old = earlier.find(owners, character.root.name, take.order, _span(take, dense.whole), driven.heard, take.keep)
    kept = keeping.kept(old, dense, report) if take.keep else keeping.aside(old, report)
    if take.place:
        keeping.lay_own(old, owners, _paths(character), take, report)
        earlier.take_off(old, set(report.kept))
        report.replaced = [name for name in old.takes if name != take.name]
        report.notes += _crowd(take, owners, dense.whole)
        _rest(character)
    heard, shown = actions.packed(driven.heard), _shown(character, dense.layers)
    weights = layered.keyed(shown, take.tolerance, driven.anchors)
    report.likeness = layered.likeness(shown, weights) if take.tolerance and character.faces else None
    for layer, keyed in _keyed(character, dense, weights, take.tolerance).items():
        made = LayerAction(f"{take.name} {layer}")
        _write(made, layer, keyed, kept, take, dense.whole.fps)
        _finish(made, layer, take, character, dense.whole, heard, old, kept, keyed, owners, report)
    tracks.tidy(owners)
    _widen(character, layers, report)
    return report


def _span(take: Take, clip: Clip) -> tuple[float, float]:
    return take.start + clip.start, take.start + clip.end - 1


def _keyed(character: Character, dense: Dense, weights: Mapping[str, Mapping[str, Keys]],
           tolerance: float) -> dict[str, dict[Spot, Keys]]:
    """Layer → keys of every curve that moves, as they are generated. weights: those of shapes."""
    found = {}
    for layer in dense.layers:
        found[layer] = {Spot(face.key, path_of_shape(name), 0): weights[layer][curve]
                        for face in character.faces for name, curve in face.moves.items() if curve in weights[layer]}
        found[layer] |= {spot: keys for owner, joints in dense.turns[layer].items()
                         for spot, keys in _turn_keys(owner, joints, tolerance, dense.whole)}
    return found


def _turn_keys(owner: bpy.types.ID, turns: Mapping[str, np.ndarray], tolerance: float,
               whole: Clip) -> Iterator[tuple[Spot, Keys]]:
    for path, values in turns.items():
        rest = [earlier.rest((path, index)) for index in range(values.shape[1])]
        if np.abs(values - rest).max(initial=0) < STILL:
            continue
        clip = Clip(tuple("wxyz"[-values.shape[1]:]), values, whole.fps, whole.start)
        keyed = (keying.reduced(clip, tolerance * TURN_TOLERANCE, still=True, pinned={}) if tolerance
                 else keying.every_frame(clip, still=True))
        for index, keys in enumerate(keyed.values()):
            yield Spot(owner, path, index), keys


def _write(made: LayerAction, layer: str, keyed: Mapping[Spot, Keys], kept: Kept, take: Take, fps: Fraction) -> None:
    """Keys of a layer; a curve that a person added stands for what is generated there now."""
    added = kept.added.get(layer, {})
    every = {**keyed, **kept.keys(layer, keyed, take.tolerance, TURN_TOLERANCE), **added}
    for spot, keys in every.items():
        curve = made.curve(spot.owner, spot.path, spot.index)
        if spot in added:
            actions.write_rows(curve, keys)
        else:
            actions.write(curve, keys, float(fps), linear=not take.tolerance)
        curve.mute = spot in kept.muted.get(layer, ())


def _notes(character: Character) -> list[str]:
    notes, labels = list(character.left), {face.key: face.label for face in character.faces}
    for owner, paths in _paths(character).items():
        over = tracks.on_top(owner, paths)
        if over:
            label = labels.get(owner, owner.name)
            notes.append(f"{label}: your action {over} plays over some of these; push it down or stash it")
    if character.missing:
        notes.append(f"nothing shows {several(character.missing)}; Coverage, in the map panel, lists what is shown")
    return notes


def _crowd(take: Take, owners: list[bpy.types.ID], clip: Clip) -> list[str]:
    there = tracks.at_the_same_time(owners, take.start + clip.start, take.start + clip.end - 1)
    others = [name for name in there if name not in take.together]
    notes = [f"{', '.join(others)} plays at the same time, and the two add up; mute or remove one"] if others else []
    rates = {told["take"]: told.get("fps") for owner in owners for _, _, told in tracks.ours(owner)}
    stale = [name for name, fps in rates.items() if fps not in (None, str(clip.fps)) and name not in take.together]
    if stale:
        notes.append(f"the scene's frame rate is another now; drive {several(stale)} again")
    return notes


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


def _finish(made: LayerAction, layer: str, take: Take, character: Character, clip: Clip, heard: str, old: Earlier,
            kept: Kept, keyed: Mapping[Spot, Keys], owners: list[bpy.types.ID], report: Report) -> None:
    """The layer's actions are marked as ours, and placed or kept."""
    told = {"take": take.name, "layer": layer, "character": character.root.name, "fps": str(clip.fps),
            "start": take.start, "order": {**asdict(take.order), "fps": str(take.order.fps)}}
    for action in made.actions:
        actions.mark(action, told, kept.generated(made, action, layer, keyed, float(clip.fps)), heard)
        report.actions.append(action.name)
        report.keys += sum(len(curve.keyframe_points) for _, curve in actions.curves(action))
        report.dense += sum(len(clip) for _ in actions.curves(action))
        if not take.place:
            action.use_fake_user = True
    if made.actions:
        report.layers.append(layer)
    if take.place:
        span = clip.start, max(clip.end - 1, clip.start + 1)
        for owner in owners:
            blend = "ADD" if isinstance(owner, bpy.types.Key) else "COMBINE"
            was = earlier.settings_of(old, owner, layer)
            strip = tracks.place(owner, made, f"{tracks.PREFIX} {layer}", f"{take.name} {layer}", span, take.start,
                                 blend, was.track if was else None)
            if strip and was and old.first:
                was.onto(strip, old.way(old.first), old.first.fps, float(clip.fps), take.start)


def _widen(character: Character, layers: Mapping[str, Clip], report: Report) -> None:
    """Sliders reach as far as the whole face goes; Blender cuts off what lies beyond."""
    whole = layered.summed(layers.values())
    for face in character.faces:
        for name, curve in face.moves.items():
            block, low, high = face.key.key_blocks[name], float(whole[curve].min()), float(whole[curve].max())
            if low < block.slider_min - 1e-4 or high > block.slider_max + 1e-4:
                block.slider_min, block.slider_max = min(low, block.slider_min), max(high, block.slider_max)
                report.notes.append(f"{face.label}: the range of {name} was widened to what the line needs")
