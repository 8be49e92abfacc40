"""The take that a new one takes the place of: found on the tracks, read for a person's edits, taken off.

It is an earlier drive of the same recording, or of another recording in which the same words are said and which plays
at the same time. What a person did in its layers is carried over to the new line's curves; strips' and tracks' own
settings stay; an action on a track of the artist's own is laid on the new timing as a copy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import bpy
import numpy as np

from . import actions, edited, tracks
from .actions import Place
from .copied.applying import MOUTH
from .copied.clip import Clip
from .copied.warping import Warp
from .edited import Carried
from .process import Order

KEPT_SETTINGS = ("mute", "influence", "blend_in", "blend_out", "use_auto_blend", "blend_type", "extrapolation",
                 "use_reverse", "use_sync_length")
FINER = 4  # samples a frame: an artist's keys need not lie on frames
AROUND_S = 1.0  # that a strip of the artist's may reach beyond the line that it belongs to


@dataclass(frozen=True)
class Placed:
    """A strip of the earlier take. told: what its action was made for; start: the frame where its sound begins."""

    owner: bpy.types.ID
    track: bpy.types.NlaTrack
    strip: bpy.types.NlaStrip
    told: dict
    start: float

    @property
    def layer(self) -> str:
        return str(self.told.get("layer", ""))

    @property
    def fps(self) -> float:
        return float(Fraction(self.told.get("fps", "24")))

    @property
    def is_stretched(self) -> bool:
        """Whether it plays at another speed, or more than once."""
        return abs(self.strip.scale - 1) > 1e-4 or self.strip.repeat != 1 or self.strip.use_reverse


@dataclass(frozen=True)
class Settings:
    """What a person may have set on a strip, and the track that it lay on."""

    track: bpy.types.NlaTrack
    values: Mapping[str, object]
    influence: np.ndarray | None = None
    start: float = 0.0

    @classmethod
    def of(cls, placed: Placed) -> Settings:
        strip = placed.strip
        values = {name: getattr(strip, name) for name in KEPT_SETTINGS}
        drawn = strip.fcurves.find("influence") if strip.use_animated_influence else None
        rows = np.array(actions.rows(drawn)) if drawn and len(drawn.keyframe_points) else None
        return cls(placed.track, values, rows, placed.start)

    def onto(self, strip: bpy.types.NlaStrip, way: Warp, fps: float, new_fps: float, new_start: float) -> None:
        for name, value in self.values.items():
            if getattr(strip, name) != value:
                setattr(strip, name, value)
        if self.influence is not None:
            strip.use_animated_influence = True
            curve = strip.fcurves.find("influence")
            while len(curve.keyframe_points):
                curve.keyframe_points.remove(curve.keyframe_points[0])
            actions.write_rows(curve, edited.retimed(self.influence, way, fps, self.start, new_fps, new_start))


@dataclass
class Earlier:
    """What a take takes the place of; nothing, where it is the first. ways: from each of its recordings to the new."""

    placed: list[Placed] = field(default_factory=list)
    ways: dict[Recording, Warp] = field(default_factory=dict)
    settings: dict[tuple[str, str], Settings] = field(default_factory=dict)

    @property
    def takes(self) -> list[str]:
        return sorted({each.told["take"] for each in self.placed})

    def way(self, placed: Placed) -> Warp:
        return self.ways[_recording(placed.told)]

    @property
    def first(self) -> Placed | None:
        return self.placed[0] if self.placed else None


Recording = tuple[str, tuple[float, ...]]
"""A file, and which seconds of it; () is all."""


def _recording(told: dict) -> Recording:
    order = told.get("order", {})
    return str(order.get("speech")), tuple(order.get("part_s", ()))


def _is_same(one: Recording, other: Recording) -> bool:
    """Whether they have seconds of a file in common."""
    whole = 0.0, float("inf")
    (first, last), (begins, ends) = one[1] or whole, other[1] or whole
    return one[0] == other[0] and first < ends and begins < last


def on_tracks(owners: list[bpy.types.ID]) -> Iterator[Placed]:
    for owner in owners:
        for track, strip, told in tracks.ours(owner):
            yield Placed(owner, track, strip, told, strip.frame_start - strip.action_frame_start * strip.scale)


def find(owners: list[bpy.types.ID], character: str, order: Order, span: tuple[float, float], heard: np.ndarray,
         same_words: bool) -> Earlier:
    """The earlier take. span: the scene's frames of the new one; heard: what is said in its file. same_words: other
    recordings of the line, too, which lie in the span."""
    found, ways, new = Earlier(), {}, (order.speech, tuple(order.part_s))
    for placed in on_tracks(owners):
        recording = _recording(placed.told)
        lies_there = placed.strip.frame_start < span[1] and span[0] < placed.strip.frame_end
        is_same = _is_same(recording, new)
        if placed.told.get("character") != character or not (is_same or (same_words and lies_there)):
            continue
        if recording not in ways:
            ways[recording] = _way(placed, heard, ((), ()) if is_same else (recording[1], new[1]))
        if is_same or edited.is_same_line(ways[recording]):
            found.placed.append(placed)
            found.ways[recording] = ways[recording]
            found.settings.setdefault((_name(placed.owner), placed.layer), Settings.of(placed))
    return found


def _way(placed: Placed, heard: np.ndarray, parts_s: tuple[Sequence[float], Sequence[float]]) -> Warp:
    """parts_s: the seconds that are wanted of the old recording and of the new; () is all."""
    old = actions.heard(placed.strip.action)
    if any(parts_s):
        way = edited.way_of_parts(old, heard, *parts_s)
        if way is not None:
            return way
    length_s = (placed.strip.action_frame_end - placed.strip.action_frame_start) / placed.fps
    return edited.way(old, heard, length_s, len(heard) / 60 if len(heard) else length_s)


def _name(owner: bpy.types.ID) -> str:
    return f"{type(owner).__name__} {owner.name_full}"


def settings_of(earlier: Earlier, owner: bpy.types.ID, layer: str) -> Settings | None:
    return earlier.settings.get((_name(owner), layer))


def is_changed(placed: Placed) -> bool:
    return actions.is_edited(placed.strip.action)


def carried(placed: Placed, new: Clip, labels: Mapping[Place, str], way: Warp,
            ranges: Mapping[str, tuple[float, float]]) -> Carried:
    """A strip's edits on the layer as it was driven again. labels: how `new` calls each curve."""
    return edited.onto(_layer(placed, labels), new, way, ranges)


def _layer(placed: Placed, labels: Mapping[Place, str]) -> edited.Layer:
    """The layer on one datablock as it was generated and as it stands: what a person changed, and the mouth."""
    was, now = _keyed(placed), actions.of_slot(placed.strip.action, actions.slot_of(placed.strip))
    rows = {place: actions.rows(now[place]) if place in now else [] for place in was}
    changed = {place for place in was if rows[place] != was[place]["keys"] or _bent(now.get(place))}
    shown = [place for place in was if place in changed or labels.get(place) in MOUTH]
    ends = [row[0] for place in changed for row in (*was[place]["keys"], *rows[place])]
    steps = np.arange(FINER * int(np.floor(min(ends, default=0))), FINER * int(np.ceil(max(ends, default=1))) + 1)
    generated = actions.sampled(placed.owner, [was[place] for place in shown], steps / FINER)
    stand = {place: generated[place] if place not in changed
             else actions.drawn(now[place], steps / FINER) if rows[place]
             else np.full(len(steps), rest(place)) for place in generated}
    fps = FINER * Fraction(placed.told.get("fps", "24"))
    called = {place: labels.get(place) or called_now(place, labels.values()) for place in was}
    names = tuple(called[place] for place in generated)
    clips = [Clip(names, np.stack([each[place] for place in generated], 1), fps, int(steps[0]))
             for each in (generated, stand)] if names else [Clip(("",), np.zeros((1, 1), np.float32), fps)] * 2
    keyed = {called[place]: edited.set_by_hand(was[place], rows[place], float(fps / FINER))
             for place in changed}
    return edited.Layer(*clips, keyed)


def called_now(place: Place, taken: Iterable[str] = ()) -> str:
    """A curve's name for people: a shape's, or a bone's with the letter of its axis; the whole path where that is
    another's."""
    path, index = place
    letters = {"rotation_quaternion": "wxyz", "rotation_euler": "xyz"}.get(path.rpartition(".")[2], "")
    name = f"{path.split(chr(34))[1] if path.count(chr(34)) == 2 else path} {letters[index : index + 1] or index}"
    short = name if letters else name.removesuffix(" 0")
    return f"{path} {index}" if short in set(taken) else short


def _keyed(placed: Placed) -> dict[Place, dict]:
    """The keys of a strip's curves as they were generated."""
    slot = actions.slot_of(placed.strip)
    return {(each["path"], each["index"]): each for each in actions.generated(placed.strip.action)
            if each["slot"] == slot and each["keys"]}


def _bent(curve: bpy.types.FCurve | None) -> bool:
    return curve is not None and any(not modifier.mute for modifier in curve.modifiers)


def rest(place: Place) -> float:
    """What a property is where nothing moves it."""
    return 1.0 if place[0].endswith("rotation_quaternion") and place[1] == 0 else 0.0


def added(placed: Placed) -> dict[Place, bpy.types.FCurve]:
    """Curves that a person keyed in one of our actions, of which nothing was generated."""
    was = _keyed(placed)
    found = actions.of_slot(placed.strip.action, actions.slot_of(placed.strip))
    return {place: curve for place, curve in found.items() if place not in was and len(curve.keyframe_points)}


def muted(placed: Placed) -> set[Place]:
    """Curves that a person muted in one of our actions."""
    found = actions.of_slot(placed.strip.action, actions.slot_of(placed.strip))
    return {place for place, curve in found.items() if curve.mute}


def take_off(earlier: Earlier, aside: set[str]) -> None:
    """Its strips go from their tracks. Actions as they were made go with them; one that a person edited stays in the
    file; those named in `aside` stay on a muted track, too."""
    gone: dict[str, tuple[bpy.types.Action, bool]] = {}
    for placed in earlier.placed:
        action = placed.strip.action
        if action.name not in gone:
            gone[action.name] = action, actions.is_edited(action) and not actions.is_as_made(action)
        if action.name in aside:
            tracks.keep(placed.owner, placed.strip)
        placed.track.strips.remove(placed.strip)
    for action, is_theirs in gone.values():
        if is_theirs or action.name in aside:
            action.use_fake_user = True
        elif not action.users and not action.use_fake_user:
            bpy.data.actions.remove(action)


def own_strips(earlier: Earlier, owners: list[bpy.types.ID],
               paths: Mapping[bpy.types.ID, set[str]]) -> Iterator[tuple[bpy.types.ID, bpy.types.NlaStrip]]:
    """Strips on tracks of the artist's own that move what the earlier take moved, while it played."""
    first = earlier.first
    if first is None:
        return
    around = AROUND_S * first.fps
    begins, ends = first.strip.frame_start - around, first.strip.frame_end + around
    for owner in owners:
        for track in owner.animation_data.nla_tracks if owner.animation_data else ():
            for strip in track.strips:
                if strip.type == "CLIP" and strip.action and not actions.told(strip.action) and any(
                        path in paths[owner] for path, _ in actions.of_slot(strip.action, actions.slot_of(strip))
                ) and begins <= strip.frame_start and strip.frame_end <= ends:
                    yield owner, strip


def retime(strip: bpy.types.NlaStrip, first: Placed, way: Warp, fps: float, start: float) -> str:
    """Lays a strip of the artist's on the new line's timing, by a copy of its action; the copy's name."""
    def laid(frame: float) -> float:
        return float(start + way((frame - first.start) / first.fps) * fps)

    copy, scale = strip.action.copy(), strip.scale
    offset = strip.frame_start - strip.action_frame_start * scale  # the scene's frame of the action's frame 0
    for _, curve in actions.curves(copy):
        rows = np.array(actions.rows(curve)).reshape(-1, 6)
        for column in (0, 2, 4):
            rows[:, column] = [(laid(offset + scale * frame) - offset) / scale for frame in rows[:, column]]
        for name, column in (("co", 0), ("handle_left", 2), ("handle_right", 4)):
            curve.keyframe_points.foreach_set(name, rows[:, column : column + 2].astype(np.float32).ravel())
        curve.update()
    begins, ends = laid(strip.frame_start), laid(strip.frame_end)
    strip.action.use_fake_user = True
    slot = actions.slot_of(strip)
    strip.action = copy
    if slot:
        strip.action_slot = next(each for each in copy.slots if each.identifier == slot)
    strip.action_frame_start, strip.action_frame_end = (begins - offset) / scale, (ends - offset) / scale
    strip.frame_start, strip.frame_end = begins, ends
    return copy.name
