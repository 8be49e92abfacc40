"""Strips on NLA tracks, a track for each layer, added onto a rest pose that lies below them.

All layers ADD (rotations COMBINE), so each can be muted or faded by itself. Below lies a track that rests every shape
key at 0, because from Blender 5.0 on what nothing sets counts as 1. Bones need none: they start unturned.
"""

from __future__ import annotations

from collections.abc import Iterator

import bpy

from .actions import SLOTTED, LayerAction, curves, mark, missing_curves, told, write
from .copied.keys import Keys
from .layered import LAYERS

PREFIX = "rigdriver"
REST, KEPT = f"{PREFIX} rest", f"{PREFIX} kept"
ORDER = [REST, *(f"{PREFIX} {layer}" for layer in LAYERS)]


def place(owner: bpy.types.ID, layer: LayerAction, name: str, label: str, span: tuple[int, int], start: int,
          blend: str, home: bpy.types.NlaTrack | None = None) -> bpy.types.NlaStrip | None:
    """A strip of a layer's action on the track of that name. span: its first and last frame, counted from the sound's
    beginning, which lies at the frame `start`; home: the track that it would rather lie on, whatever that is called.
    None where the layer has nothing for the datablock."""
    made = layer.of(owner)
    if made is None:
        return None
    action, slot = made
    first, last = span
    data = owner.animation_data_create()
    has_room = home is not None and _has_room(home, start + first, start + last)
    track = home if has_room else _free(data, name, start + first, start + last)
    strip = track.strips.new(label, start + first, action)
    strip.name = label  # Blender names it after the action whatever was asked for
    if SLOTTED:
        strip.action_slot = slot
    strip.action_frame_start, strip.action_frame_end = first, last
    strip.frame_start, strip.frame_end = start + first, start + last
    strip.blend_type, strip.extrapolation = blend, "HOLD"
    return strip


def _free(data: bpy.types.AnimData, name: str, first: int, last: int) -> bpy.types.NlaTrack:
    """The track of that name with room there, or one more."""
    for track in data.nla_tracks:
        if track.name.split(".")[0] == name and _has_room(track, first, last):
            return track
    track = data.nla_tracks.new(prev=_below(data, name))
    track.name = name
    return track


def _has_room(track: bpy.types.NlaTrack, first: int, last: int) -> bool:
    return not any(strip.frame_start < last and first < strip.frame_end for strip in track.strips)


def _below(data: bpy.types.AnimData, name: str) -> bpy.types.NlaTrack | None:
    """The highest track of a layer that lies no higher than that one: rotations are put together from below."""
    if name not in ORDER:
        return None
    lower = ORDER[: ORDER.index(name) + 1]
    return next((track for track in reversed(data.nla_tracks) if track.name.split(".")[0] in lower), None)


def ours(owner: bpy.types.ID) -> Iterator[tuple[bpy.types.NlaTrack, bpy.types.NlaStrip, dict]]:
    """The strips of takes of ours on a datablock, and what each was made for."""
    for track in owner.animation_data.nla_tracks if owner.animation_data else ():
        for strip in track.strips:
            made = told(strip.action) if strip.action else None
            if made and "take" in made and not track.name.startswith(KEPT):
                yield track, strip, made


def at_the_same_time(owners: list[bpy.types.ID], first: int, last: int) -> list[str]:
    """Takes of ours that play within these frames: they would add up."""
    return sorted({made["take"] for owner in owners for track, strip, made in ours(owner)
                   if not track.mute and strip.frame_start < last and first < strip.frame_end})


def leave_tweaking(owners: list[bpy.types.ID]) -> None:
    """An action that is being edited in its strip goes back to it; strips cannot be changed meanwhile."""
    for owner in owners:
        if owner.animation_data and owner.animation_data.use_tweak_mode:
            owner.animation_data.use_tweak_mode = False


def keep(owner: bpy.types.ID, strip: bpy.types.NlaStrip) -> None:
    """A copy of a strip on a track that is muted."""
    action, slot = strip.action, strip.action_slot if SLOTTED else None
    action.use_fake_user = True
    data = owner.animation_data
    track = _free(data, KEPT, int(strip.frame_start), int(strip.frame_end))
    track.mute = True
    copy = track.strips.new(strip.name, int(strip.frame_start), action)
    if SLOTTED:
        copy.action_slot = slot
    copy.action_frame_start, copy.action_frame_end = strip.action_frame_start, strip.action_frame_end
    copy.frame_start, copy.frame_end = strip.frame_start, strip.frame_end
    copy.blend_type = strip.blend_type


def tidy(owners: list[bpy.types.ID]) -> None:
    """Tracks of ours without strips go."""
    for owner in owners:
        for track in list(owner.animation_data.nla_tracks) if owner.animation_data else ():
            if track.name.startswith(PREFIX) and not track.strips and not track.mute:
                owner.animation_data.nla_tracks.remove(track)


def on_top(owner: bpy.types.ID, paths: set[str]) -> str:
    """The name of an active action that plays over our tracks on some of these paths, "" where none does."""
    action = owner.animation_data.action if owner.animation_data else None
    if action is None or told(action):
        return ""
    return action.name if any(curve.data_path in paths for _, curve in curves(action)) else ""


def rest(owner: bpy.types.ID, name: str, paths: list[str]) -> None:
    """Below our tracks, each of these properties at 0, however long."""
    data = owner.animation_data_create()
    track = next((track for track in data.nla_tracks if track.name.split(".")[0] == REST), None)
    if track is not None and track.strips and track.strips[0].action:
        strip = track.strips[0]
        for curve in missing_curves(strip.action, strip.action_slot if SLOTTED else None, paths):
            write(curve, Keys([0.0], [0.0], [0.0], [0.0]), 1.0)
        return
    layer = LayerAction(name)
    for path in paths:
        write(layer.curve(owner, path), Keys([0.0], [0.0], [0.0], [0.0]), 1.0)
    placed = place(owner, layer, REST, name, (0, 1), 0, "REPLACE")
    if placed:
        mark(placed.action, {"layer": "rest"})
