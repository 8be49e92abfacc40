"""Actions of ours: curves written into them whatever Blender's version calls the place, and what makes them ours.

Up to Blender 4.3 an action animates one datablock, so a layer is an action for each; from 4.4 on a layer is one action
with a slot for each. An action of ours remembers its take, its layer, what was heard in the recording and every key
that was generated. Where its keys differ from those, a person has edited it, and from then on it is theirs: it is never
written to. A new one takes its place, with the same edits on the new line's curves.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from fractions import Fraction

import bpy
import numpy as np

from .copied.clip import Clip
from .copied.errors import InputError
from .copied.keys import Keys
from .copied.record import Record

SLOTTED = bpy.app.version >= (4, 4, 0)
MARK, GENERATED, PRINT = "rigdriver", "rigdriver_generated", "rigdriver_fingerprint"
MADE, HEARD = "rigdriver_made", "rigdriver_heard"
LINEAR, BEZIER = 1, 2  # Blender's numbers for keyframe_points.foreach_set
HANDLES = {"FREE": 0, "ALIGNED": 3}
BENT = 1e-6  # a difference of slopes a second that makes a corner
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

    def slot(self, owner: bpy.types.ID, action: bpy.types.Action) -> str:
        """The identifier of a datablock's slot in one of the layer's actions, "" where there are none; "-" where that
        action is not of the datablock."""
        made = self.of(owner)
        if made is None or made[0] != action:
            return "-"
        return made[1].identifier if SLOTTED else ""

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


Place = tuple[str, int]
"""A curve's path and index, on one datablock."""


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
    rows = rows_of(keys, fps)
    bent = np.abs(keys.in_slopes - keys.out_slopes) > BENT
    _handle_types(points, ["FREE" if each else "ALIGNED" for each in bent])
    points.foreach_set("handle_left", rows[:, 2:4].astype(np.float32).ravel())
    points.foreach_set("handle_right", rows[:, 4:6].astype(np.float32).ravel())


def rows_of(keys: Keys, fps: float) -> np.ndarray:
    """(keys, 6) frame, value, then both handles' frames and values."""
    frames = keys.times * fps
    gaps = np.diff(frames, prepend=frames[0] - 3.0, append=frames[-1] + 3.0) / 3
    before, after = gaps[:-1], gaps[1:]
    return np.stack([frames, keys.values, frames - before, keys.values - keys.in_slopes / fps * before,
                     frames + after, keys.values + keys.out_slopes / fps * after], axis=1)


def write_rows(curve: bpy.types.FCurve, rows: np.ndarray, interpolation: int = BEZIER) -> None:
    """Keys with handles as they are."""
    points = curve.keyframe_points
    points.add(len(rows))
    points.foreach_set("interpolation", [interpolation] * len(rows))
    _handle_types(points, ["FREE"] * len(rows))
    for name, column in (("co", 0), ("handle_left", 2), ("handle_right", 4)):
        points.foreach_set(name, rows[:, column : column + 2].astype(np.float32).ravel())
    curve.update()


def _handle_types(points: bpy.types.bpy_prop_collection, kinds: list[str]) -> None:
    """ALIGNED stay straight when an artist pulls at one, FREE stay as they are written. Blender 3 takes no types in
    bulk, and does not say so."""
    for name in ("handle_left_type", "handle_right_type"):
        points.foreach_set(name, [HANDLES[kind] for kind in kinds])
        if getattr(points[0], name) != kinds[0]:
            for point, kind in zip(points, kinds):
                setattr(point, name, kind)


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


def of_slot(action: bpy.types.Action, slot: str) -> dict[Place, bpy.types.FCurve]:
    """The curves of one slot by its identifier; all, where there are no slots."""
    return {(curve.data_path, curve.array_index): curve for each, curve in curves(action) if each == slot}


def keys_of(action: bpy.types.Action) -> list[dict]:
    """Every curve's keys as plain numbers: frame, value, then both handles' frames and values."""
    return [{"slot": slot, "path": curve.data_path, "index": curve.array_index, "keys": rows(curve),
             "linear": len(curve.keyframe_points) > 0 and curve.keyframe_points[0].interpolation == "LINEAR"}
            for slot, curve in curves(action)]


def rows(curve: bpy.types.FCurve) -> list[list[float]]:
    points = curve.keyframe_points
    columns = []
    for name in ("co", "handle_left", "handle_right"):
        flat = np.zeros(2 * len(points), np.float32)
        points.foreach_get(name, flat)
        columns.append(flat.reshape(-1, 2))
    return np.round(np.hstack(columns).astype(np.float64), 5).tolist()


def mark(action: bpy.types.Action, told: dict, generated: list[dict] | None = None,
         heard: str = "") -> None:
    """From now on the action is ours, as it stands. told: take, layer, character and what was asked for.

    generated: its keys without a person's edits, where it has any. heard: what is said in the recording, packed.
    """
    made = keys_of(action)
    action[MARK] = json.dumps(told)
    action[GENERATED] = json.dumps(made if generated is None else generated)
    action[MADE] = _print(made)
    action[PRINT] = action[MADE] if generated is None else _print(generated)
    if heard:
        action[HEARD] = heard


def packed(heard: np.ndarray) -> str:
    """What is said in a recording, as an action remembers it; "" where it is not known."""
    if not len(heard):
        return ""
    nothing = Clip(("none",), np.zeros((1, 1), np.float32), Fraction(60))
    return base64.b85encode(Record(nothing, heard).pack()).decode()


def heard(action: bpy.types.Action) -> np.ndarray:
    """(frames, phones) what was said in its recording; none where that is not known."""
    try:
        return Record.unpack(base64.b85decode(action.get(HEARD, "")), action.name).heard
    except (InputError, ValueError, TypeError):
        return np.zeros((0, 0), np.float32)


def generated(action: bpy.types.Action) -> list[dict]:
    """Its keys as they were generated, as `keys_of` gives them."""
    try:
        return list(json.loads(action.get(GENERATED, "[]")))
    except (TypeError, ValueError):
        return []


def _print(keys: list[dict]) -> str:
    """To a hundredth of a frame and a thousandth of a weight, handles included."""
    found = hashlib.sha1()
    for each in sorted(keys, key=lambda one: (one["slot"], one["path"], one["index"])):
        found.update(f"{each['slot']} {each['path']} {each['index']} {len(each['keys'])}".encode())
        rows = np.array(each["keys"], np.float64).reshape(-1, 6) * (100, 1000, 100, 1000, 100, 1000)
        found.update(np.round(rows).astype("<i8").tobytes())
    return found.hexdigest()


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


def is_as_made(action: bpy.types.Action) -> bool:
    """Whether it is as it was put there, edits that were carried over included."""
    if any(len(curve.modifiers) for _, curve in curves(action)):
        return False
    return action.get(MADE, action.get(PRINT)) == _print(keys_of(action))


def edits(action: bpy.types.Action) -> dict:
    """The action as plain data: what was asked for, the keys that were generated, and the keys as they stand."""
    return {**(told(action) or {}), "action": action.name, "generated": generated(action), "edited": keys_of(action)}


def sampled(owner: bpy.types.ID, keyed: list[dict], frames: np.ndarray) -> dict[Place, np.ndarray]:
    """Curves of keys as `keys_of` gives them, at these frames, as Blender draws them."""
    scratch = LayerAction("rigdriver scratch")
    found = {}
    for each in keyed:
        if each["keys"]:
            curve = scratch.curve(owner, each["path"], each["index"])
            write_rows(curve, np.array(each["keys"]), LINEAR if each.get("linear") else BEZIER)
            found[each["path"], each["index"]] = drawn(curve, frames)
    for action in scratch.actions:
        bpy.data.actions.remove(action)
    return found


def drawn(curve: bpy.types.FCurve, frames: np.ndarray) -> np.ndarray:
    """(frames,) a curve as Blender draws it."""
    return np.array([curve.evaluate(frame) for frame in frames.tolist()], np.float64)


def missing_curves(action: bpy.types.Action, slot: object | None, paths: list[str]) -> Iterator[bpy.types.FCurve]:
    """New curves of one of our actions, for those paths that have none there."""
    place = action.layers[0].strips[0].channelbag(slot, ensure=True).fcurves if SLOTTED else action.fcurves
    there = {curve.data_path for curve in place}
    yield from (place.new(path) for path in paths if path not in there)


def slot_of(strip: bpy.types.NlaStrip) -> str:
    """The identifier of the slot that a strip plays, "" where there are none."""
    return strip.action_slot.identifier if SLOTTED and strip.action_slot else ""
