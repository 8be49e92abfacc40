"""A person's edits in the take that a new one takes the place of, as changes of the new one's curves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import bpy
import numpy as np

from . import actions, earlier, edited, layered, turning
from .actions import LayerAction, Place
from .character import Character, path_of_bone, path_of_shape
from .copied.clip import Clip
from .copied.keys import Keys
from .earlier import Earlier, Placed
from .edited import Change
from .layered import SPEECH, WHOLE

if TYPE_CHECKING:
    from .take import Report, Take

WEIGHTS = (0.0, 1.0)
NOT_THERE, MADE_NO_MORE = "the new clip has no such channel", "nothing of it is made any more"


class Spot(NamedTuple):
    """A curve's place in the file."""

    owner: bpy.types.ID
    path: str
    index: int


@dataclass(frozen=True, eq=False)
class Dense:
    """A take's curves at every frame. parts: all layers that rigdriver gave; layers: those that are made."""

    character: Character
    parts: Mapping[str, Clip]
    layers: Mapping[str, Clip]
    jaw_deg: float

    @cached_property
    def whole(self) -> Clip:
        return layered.summed(self.parts.values())

    @cached_property
    def turns(self) -> dict[str, dict[bpy.types.ID, dict[str, np.ndarray]]]:
        """Layer → armature → path of a bone's turn → (frames, 3 or 4)."""
        found: dict[str, dict[bpy.types.ID, dict[str, np.ndarray]]] = {layer: {} for layer in self.layers}
        for joint in self.character.joints:
            owner = bpy.data.objects[joint.armature]
            for layer, values in turning.channels(joint, self.layers, self.jaw_deg).items():
                found[layer].setdefault(owner, {})[path_of_bone(joint)] = values
        return found

    def made(self, layer: str) -> str:
        """The layer that an earlier one's edits go to: itself, or what stands for it now."""
        return layer if layer in self.layers else SPEECH if WHOLE not in self.layers else WHOLE

    def curves(self, layer: str, owner: bpy.types.ID) -> dict[Place, np.ndarray]:
        """(frames,) each of one layer's curves on a datablock; none where the layer is made no more and cannot be."""
        clip = self.whole if layer == WHOLE else self.parts.get(layer)
        face = next((each for each in self.character.faces if each.key == owner), None)
        if face and clip is not None:
            return {(path_of_shape(name), 0): clip[curve].astype(np.float64) for name, curve in face.moves.items()}
        turns = self.turns.get(layer, {}).get(owner, {})
        return {(path, index): values[:, index] for path, values in turns.items() for index in range(values.shape[1])}

    def labels(self, layer: str, owner: bpy.types.ID) -> dict[Place, str]:
        """What each of these curves is called: speech as rigdriver does, so that lips are known; others by their layer.
        """
        face = next((each for each in self.character.faces if each.key == owner), None)
        if face is None:
            return {place: f"{layer} {earlier.called_now(place)}" for place in self.curves(layer, owner)}
        once = [curve for curve in face.moves.values() if list(face.moves.values()).count(curve) == 1]
        plain = {name: curve if curve in once else f"{face.label} {name}" for name, curve in face.moves.items()}
        lead = "" if layer in (SPEECH, WHOLE) else f"{layer} "
        return {(path_of_shape(name), 0): lead + label for name, label in plain.items()}


@dataclass
class Kept:
    """What goes into the new take's layers: changes and whole curves, by layer; curves that are muted."""

    dense: Dense | None = None
    changes: dict[str, dict[Spot, Change]] = field(default_factory=dict)
    added: dict[str, dict[Spot, np.ndarray]] = field(default_factory=dict)
    muted: dict[str, set[Spot]] = field(default_factory=dict)

    def change(self, layer: str, spot: Spot, change: Change) -> None:
        """Adds to what is there; two old layers may have become one."""
        there = self.changes.setdefault(layer, {})
        if spot in there:
            change = Change(there[spot].values + change.values, (*there[spot].keyed, *change.keyed))
        there[spot] = change

    def keys(self, layer: str, clean: Mapping[Spot, Keys], tolerance: float, turned: float) -> dict[Spot, Keys]:
        """Keys of the curves that a person's edits change. turned: how much less bones may be off."""
        found = {}
        for spot, change in self.changes.get(layer, {}).items():
            values = self.dense.curves(layer, spot.owner)[spot.path, spot.index]
            clip = Clip((spot.path,), values[:, None], self.dense.whole.fps, self.dense.whole.start)
            own = turned if spot.owner in self.dense.turns.get(layer, {}) else 1 / max(1, len(self.dense.layers))
            found[spot] = edited.keys(clip, clean.get(spot), change, tolerance * own)
        return found

    def generated(self, made: LayerAction, action: bpy.types.Action, layer: str, clean: Mapping[Spot, Keys],
                  fps: float) -> list[dict] | None:
        """An action's keys without what a person did; None where there is nothing of theirs in the layer."""
        theirs = {*self.changes.get(layer, {}), *self.added.get(layer, {})}
        if not theirs:
            return None
        slots = {made.slot(spot.owner, action): spot.owner for spot in (*clean, *theirs)}
        found = []
        for each in actions.keys_of(action):
            spot = Spot(slots[each["slot"]], each["path"], each["index"])
            if spot not in theirs:
                found.append(each)
            elif spot in clean:
                change = self.changes.get(layer, {}).get(spot)
                found.append({**each, "keys": np.round(actions.rows_of(clean[spot], fps), 5).tolist(),
                              "made": each["keys"], "hand": list(change.keyed) if change else []})
        return found


def kept(old: Earlier, dense: Dense, report: Report) -> Kept:
    """The earlier take's edits on the new one. What found no place is told, and its action put aside."""
    found = Kept(dense)
    for placed in old.placed:
        layer = dense.made(placed.layer)
        for place in earlier.muted(placed):
            found.muted.setdefault(layer, set()).add(Spot(placed.owner, *place))
        if earlier.is_changed(placed):
            for why in _carry(found, placed, layer, old, dense, report):
                report.notes.append(why)
    report.notes += [f"{placed.track.name}: your strip plays at another speed; its edits were taken at the line's own"
                     for placed in old.placed[:1] if placed.is_stretched]
    return found


def _carry(found: Kept, placed: Placed, layer: str, old: Earlier, dense: Dense, report: Report) -> Iterator[str]:
    """One strip's edits; lines for a person about what to look at."""
    curves, labels = dense.curves(placed.layer, placed.owner), dense.labels(placed.layer, placed.owner)
    new = Clip(tuple(labels[place] for place in curves), np.stack(list(curves.values()), 1) if curves
               else np.zeros((len(dense.whole), 0)), dense.whole.fps, dense.whole.start)
    is_weights = placed.layer in (SPEECH, WHOLE) and isinstance(placed.owner, bpy.types.Key)
    ranges = dict.fromkeys(labels.values(), WEIGHTS) if is_weights else {}
    done = earlier.carried(placed, new, labels, old.way(placed), ranges)
    places = {label: place for place, label in labels.items()}
    for name, change in done.changes.items():
        found.change(layer, Spot(placed.owner, *places[name]), change)
    report.edits += done.applied
    for place, curve in earlier.added(placed).items():
        first = old.way(placed), placed.fps, 0.0, float(dense.whole.fps), 0.0
        found.added.setdefault(layer, {})[Spot(placed.owner, *place)] = edited.retimed(actions.rows(curve), *first)
        report.edits += 1
    if done.sealed_s:
        times = ", ".join(f"{at_s:.2f}" for at_s in done.sealed_s)
        yield f"lips that your edits would have opened stay shut at {times} s"
    yield from (f"look at {conflict}".replace(NOT_THERE, MADE_NO_MORE) for conflict in done.conflicts)
    if any(not conflict.applied for conflict in done.conflicts):
        report.kept += [placed.strip.action.name] if placed.strip.action.name not in report.kept else []


def aside(old: Earlier, report: Report) -> Kept:
    """Edits are not carried over: edited actions are put aside."""
    report.kept = sorted({placed.strip.action.name for placed in old.placed if earlier.is_changed(placed)})
    return Kept()


def lay_own(old: Earlier, owners: list[bpy.types.ID], paths: Mapping[bpy.types.ID, set[str]], take: Take,
            report: Report) -> None:
    """Strips of the artist's own that lie over the earlier take go with the new one's timing."""
    first = old.first
    if not take.keep or first is None:
        return
    way, fps = old.way(first), float(take.order.fps)
    if edited.is_identity(way) and abs(first.start - take.start) < 1e-3 and abs(fps - first.fps) < 1e-3:
        return
    for _, strip in list(earlier.own_strips(old, owners, paths)):
        was = strip.action.name
        made = earlier.retime(strip, first, way, fps, take.start)
        report.notes.append(f"your action {was} goes with the new line as {made}; {was} itself is as it was")
