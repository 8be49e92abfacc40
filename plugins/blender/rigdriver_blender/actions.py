"""Actions of ours: curves written into them whatever Blender's version calls the place, and what makes them ours.

Up to Blender 4.3 an action animates one datablock, so a layer is an action for each; from 4.4 on a layer is one action
with a slot for each. An action of ours remembers its take, its layer and every key that was generated. Where its keys
differ from those, a person has edited it, and from then on it is theirs: it is never written to nor removed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

import bpy
import numpy as np

from .copied.keys import Keys

SLOTTED = bpy.app.version >= (4, 4, 0)
MARK, GENERATED, PRINT = "rigdriver", "rigdriver_generated", "rigdriver_fingerprint"
LINEAR, BEZIER = 1, 2  # Blender's numbers for keyframe_points.foreach_set
ALIGNED = 3
LONGEST_NAME = 58  # of Blender's 63 bytes, with room for .001


class LayerAction:
    """One layer of one take, as it is written."""

    def __init__(self, name: str):
        self._name = name
        self._made: dict[str, tuple[bpy.types.Action, object, object]] = {}

    def curve(self, owner: bpy.types.ID, path: str, index: int = 0) -> bpy.types.FCurve:
        """A new curve of a datablock's property."""
        return self._place(owner)[2].new(path, index=index)

    def of(self, owner: bpy.types.ID) -> tuple[bpy.types.Action, object | None] | None:
        """The action that animates a datablock, and from 4.4 on the slot; None where nothing was written for it."""
        made = self._made.get(_identity(owner))
        return made[:2] if made else None

    @property
    def actions(self) -> list[bpy.types.Action]:
        return list(dict.fromkeys(made[0] for made in self._made.values()))

    def _place(self, owner: bpy.types.ID) -> tuple:
        identity = _identity(owner)
        if identity not in self._made:
            self._made[identity] = self._slotted(owner) if SLOTTED else self._plain(owner)
        return self._made[identity]

    def _plain(self, owner: bpy.types.ID) -> tuple:
        shown = owner.user.name if isinstance(owner, bpy.types.Key) else owner.name
        action = bpy.data.actions.new(f"{self._name} {shown}"[:LONGEST_NAME])
        action.id_root = _kind(owner)
        return action, None, action.fcurves

    def _slotted(self, owner: bpy.types.ID) -> tuple:
        if self._made:
            action = next(iter(self._made.values()))[0]
            strip = action.layers[0].strips[0]
        else:
            action = bpy.data.actions.new(self._name[:LONGEST_NAME])
            strip = action.layers.new("Layer").strips.new(type="KEYFRAME")
        slot = action.slots.new(id_type=_kind(owner), name=owner.name)
        return action, slot, strip.channelbag(slot, ensure=True).fcurves


def _kind(owner: bpy.types.ID) -> str:
    """Its id_type, which datablocks themselves do not tell before Blender 4.4."""
    return "KEY" if isinstance(owner, bpy.types.Key) else "OBJECT"


def _identity(owner: bpy.types.ID) -> str:
    return f"{_kind(owner)} {owner.name_full}"


def write(curve: bpy.types.FCurve, keys: Keys, fps: float, linear: bool = False) -> None:
    """Keys at their frames since the sound's beginning."""
    frames = keys.times * fps
    points = curve.keyframe_points
    points.add(len(keys))
    points.foreach_set("co", _pairs(frames, keys.values))
    points.foreach_set("interpolation", [LINEAR if linear else BEZIER] * len(keys))
    if not linear:
        _handles(points, keys, frames, fps)
    curve.update()


def _handles(points: bpy.types.bpy_prop_collection, keys: Keys, frames: np.ndarray, fps: float) -> None:
    """Handles that reach a third of the way make Blender's Bezier the cubic with the keys' slopes."""
    gaps = np.diff(frames, prepend=frames[0] - 3.0, append=frames[-1] + 3.0) / 3
    before, after = gaps[:-1], gaps[1:]
    _align(points)
    points.foreach_set("handle_left", _pairs(frames - before, keys.values - keys.in_slopes / fps * before))
    points.foreach_set("handle_right", _pairs(frames + after, keys.values + keys.out_slopes / fps * after))


def _align(points: bpy.types.bpy_prop_collection) -> None:
    """Handles stay straight when an artist pulls at one. Blender 3 takes no types in bulk, and does not say so."""
    for name in ("handle_left_type", "handle_right_type"):
        points.foreach_set(name, [ALIGNED] * len(points))
        if getattr(points[0], name) != "ALIGNED":
            for point in points:
                setattr(point, name, "ALIGNED")


def _pairs(frames: np.ndarray, values: np.ndarray) -> np.ndarray:
    return np.stack([frames, values], axis=1).astype(np.float32).ravel()


def curves(action: bpy.types.Action) -> Iterator[tuple[str, bpy.types.FCurve]]:
    """Every curve with the slot that it belongs to, "" where there are none."""
    if not SLOTTED:
        yield from (("", curve) for curve in action.fcurves)
        return
    for layer in action.layers:
        for strip in layer.strips:
            for bag in strip.channelbags:
                yield from ((bag.slot.identifier if bag.slot else "", curve) for curve in bag.fcurves)


def keys_of(action: bpy.types.Action) -> list[dict]:
    """Every curve's keys as plain numbers: frame, value, then both handles' frames and values."""
    return [{"slot": slot, "path": curve.data_path, "index": curve.array_index, "keys": _rows(curve)}
            for slot, curve in curves(action)]


def _rows(curve: bpy.types.FCurve) -> list[list[float]]:
    points = curve.keyframe_points
    columns = []
    for name in ("co", "handle_left", "handle_right"):
        flat = np.zeros(2 * len(points), np.float32)
        points.foreach_get(name, flat)
        columns.append(flat.reshape(-1, 2))
    return np.round(np.hstack(columns).astype(np.float64), 5).tolist()


def mark(action: bpy.types.Action, told: dict) -> None:
    """From now on the action is ours, as it stands. told: take, layer, character and what was asked for."""
    keys = keys_of(action)
    action[MARK] = json.dumps(told)
    action[GENERATED] = json.dumps(keys)
    action[PRINT] = _print(keys)


def _print(keys: list[dict]) -> str:
    """Handles of keys that nobody touched may move by themselves when neighbours are drawn anew: keys alone count."""
    plain = [[each["slot"], each["path"], each["index"], [[round(x, 3), round(y, 4)] for x, y, *_ in each["keys"]]]
             for each in keys]
    return hashlib.sha1(json.dumps(sorted(plain)).encode()).hexdigest()


def told(action: bpy.types.Action) -> dict | None:
    """What an action of ours was made for; None for anybody else's."""
    try:
        found = json.loads(action.get(MARK, ""))
    except (TypeError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def is_edited(action: bpy.types.Action) -> bool:
    """Whether keys were moved, added or taken away since the action was generated, curves muted or modified."""
    if any(curve.mute or len(curve.modifiers) for _, curve in curves(action)):
        return True
    return action.get(PRINT) != _print(keys_of(action))


def edits(action: bpy.types.Action) -> dict:
    """The action as plain data: what was asked for, the keys that were generated, and the keys as they stand."""
    try:
        generated = json.loads(action.get(GENERATED, "[]"))
    except (TypeError, ValueError):
        generated = []
    return {**(told(action) or {}), "action": action.name, "generated": generated, "edited": keys_of(action)}


def missing_curves(action: bpy.types.Action, slot: object | None, paths: list[str]) -> Iterator[bpy.types.FCurve]:
    """New curves of one of our actions, for those paths that have none there."""
    place = action.layers[0].strips[0].channelbag(slot, ensure=True).fcurves if SLOTTED else action.fcurves
    there = {curve.data_path for curve in place}
    yield from (place.new(path) for path in paths if path not in there)
