"""Applying: edits carried out again on another clip of the line, and what a person should look at afterwards.

Inside its range an edit is what it was; the artist's extremes land on whole frames with their own values. What the new
clip does otherwise at the range's ends is faded out beside it, so nothing jumps that did not jump before.
Lips stay sealed where the new line seals them, unless the artist opened that very closure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from rigdriver.clip import Clip
from rigdriver.edits.comparing import TOLERANCE, Edit, Edits, sampled
from rigdriver.edits.warping import Warp
from rigdriver.keying import OPEN, SEALED
from rigdriver.lips import PARTING

FADE_S = 0.1  # beside an edit; about as long as a closure's ramp
WHOLE_S = 0.3  # so long is what a hold takes away as a whole: most of a blink
NEAR_S = 0.05  # a closure of the old line this near to that of the new one is the same
MOUTH = ("jawOpen", "mouthClose", *PARTING)

Ranges = Mapping[str, tuple[float, float]]
"""Channels and how far they go; one that is not there goes anywhere."""


@dataclass(frozen=True)
class Conflict:
    """An edit and what is the matter with it. applied: whether it was carried out all the same."""

    edit: Edit
    why: str
    applied: bool

    def __str__(self) -> str:
        return f"{self.edit}: {self.why}{'' if self.applied else ' (kept aside)'}"


@dataclass(frozen=True, eq=False)
class Kept:
    """The new clip with the edits in it; how many of them; what to look at; where lips were sealed again, seconds."""

    clip: Clip
    applied: tuple[Edit, ...]
    conflicts: tuple[Conflict, ...] = ()
    sealed_s: tuple[float, ...] = ()


def carried(new: Clip, edits: Edits, warp: Warp, ranges: Ranges) -> Kept:
    """The new clip with the edits of the old one. Nothing is lost: what is not in `applied` is in `conflicts`.

    warp: from the old recording to the new. A channel that an artist added is added to the clip. Channels stay in their
    ranges as far as the artist and the new clip keep to them.
    """
    clip, applied, conflicts = new, [], []
    for edit in edits:
        why = _hindrance(edit, edits, new, warp)
        if why:
            conflicts.append(Conflict(edit, why, False))
            continue
        applied.append(edit)
        if edit.channel not in clip:
            clip = clip.with_column(edit.channel, np.zeros(len(clip)))
        if doubt := warp.lost(edit.first_s, edit.last_s) or _past(edit, clip, warp):
            conflicts.append(Conflict(edit, doubt, True))
    values = clip.values.copy()
    for channel in dict.fromkeys(edit.channel for edit in applied):
        done = [edit for edit in applied if edit.channel == channel]
        values[:, clip.column(channel)] = _changed(clip, channel, done, edits, warp, ranges)
    clip = replace(clip, values=values)
    if applied:
        clip, sealed_s, opened = _lips(new, clip, edits, warp, applied)
        return Kept(clip, tuple(applied), (*conflicts, *opened), sealed_s)
    return Kept(clip, (), tuple(conflicts))


def _hindrance(edit: Edit, edits: Edits, new: Clip, warp: Warp) -> str:
    """Why an edit cannot be carried out; "" where it can."""
    if edit.channel not in new and edit.channel in edits.generated:
        return "the new clip has no such channel"
    first_s, last_s = float(warp(edit.first_s)), float(warp(edit.last_s))
    if not len(new) or round(first_s * float(new.fps)) >= new.end or round(last_s * float(new.fps)) < new.start:
        return f"lies at {first_s:.2f} s of the new line, outside of it"
    lost = warp.lost(edit.first_s, edit.last_s)
    return lost if lost and "left out" in lost else ""


def _past(edit: Edit, clip: Clip, warp: Warp) -> str:
    late = float(warp(edit.last_s)) * float(clip.fps) - clip.end
    return f"its last {late / float(clip.fps):.2f} s lie past the new line's end" if late > 1 else ""


def _changed(clip: Clip, channel: str, done: list[Edit], edits: Edits, warp: Warp, ranges: Ranges) -> np.ndarray:
    """(frames,) the channel with these edits of it."""
    base = clip[channel].astype(np.float64)
    change, owned = np.zeros(len(base)), np.zeros(len(base), bool)
    spans = [_span(edit, clip, edits, warp) for edit in done]
    for span in spans:
        owned[span] = True
    for edit, span in zip(done, spans):
        jump = _wanted(edit, base[span], clip.times[span], edits, warp, clip) - base[span]
        for shape, at, outwards in zip(_excess(edit, jump, edits, clip.fps), (span.start, span.stop - 1), (-1, 1)):
            _fade(change, owned, at, outwards, shape, FADE_S * float(clip.fps))
        change[span] = jump
    low, high = _limits(channel, base, edits, ranges)
    return np.asarray(np.where(change == 0.0, base, np.clip(base + change, low, high)))


def _span(edit: Edit, clip: Clip, edits: Edits, warp: Warp) -> slice:
    """The clip's own rows that an edit is carried out in, at least one.

    A hold took something away; what of the same sort only half lies in it now goes as a whole.
    """
    first, last = (round(float(warp(at_s)) * float(clip.fps)) - clip.start for at_s in (edit.first_s, edit.last_s))
    first = min(max(0, first), len(clip) - 1)
    last = max(first, min(last, len(clip) - 1))
    if edit.kind == "hold" and last > first:
        away = np.abs(clip[edit.channel] - edit.base) > TOLERANCE
        reach = round(WHOLE_S * float(clip.fps))
        rests = _rests_beside(edit, edits)
        first -= _until_rest(away[first::-1], reach) if rests[0] else 0
        last += _until_rest(away[last:], reach) if rests[1] else 0
    return slice(first, last + 1)


def _rests_beside(edit: Edit, edits: Edits) -> np.ndarray:
    """(2,) whether the artist's curve still rests in the frames before and after a hold."""
    step_s = 1 / float(edits.edited.fps)
    beside = sampled(edits.edited, edit.channel, np.array([edit.first_s - step_s, edit.last_s + step_s]))
    return np.asarray(np.abs(beside - edit.base) <= TOLERANCE)


def _until_rest(away: np.ndarray, reach: int) -> int:
    """Frames from the first to where nothing moves any more; 0 where that is further than the reach."""
    rest = np.flatnonzero(~away[: reach + 1])
    return int(rest[0]) if len(rest) else 0


def _wanted(edit: Edit, base: np.ndarray, times: np.ndarray, edits: Edits, warp: Warp, clip: Clip) -> np.ndarray:
    """(rows,) what the channel should be where an edit is carried out."""
    if edit.kind == "hold":
        return np.full(len(base), edit.base)
    inside = (edits.edited.times >= edit.first_s - 1e-6) & (edits.edited.times <= edit.last_s + 1e-6)
    keyed = edits.edited.times[inside]
    curve = sampled(edits.edited, edit.channel, keyed)
    if edit.kind != "reshaped":  # what gain and base leave of it is laid over as well
        curve = curve - edit.gain * sampled(edits.generated, edit.channel, keyed) - edit.base
    shape = np.interp(warp.back(times), keyed, curve)
    turns = _turns(curve)
    rows = np.round(warp(keyed[turns]) * float(clip.fps)).astype(int) - round(times[0] * float(clip.fps))
    there = (rows >= 0) & (rows < len(shape))
    shape[rows[there]] = curve[turns][there]
    return shape if edit.kind == "reshaped" else shape + edit.gain * base + edit.base


def _turns(curve: np.ndarray) -> np.ndarray:
    """Frames of the extremes, the lesser before the greater, so that of two on one new frame the greater stays."""
    steps = np.diff(curve)
    turns = np.flatnonzero(steps[:-1] * steps[1:] < 0) + 1
    turns = np.unique(np.concatenate([turns, [int(curve.argmax()), int(curve.argmin())]]))
    return turns[np.argsort(np.abs(curve[turns] - np.median(curve)), kind="stable")]


def _excess(edit: Edit, jump: np.ndarray, edits: Edits, fps: Fraction) -> tuple[float, float]:
    """By how much more the channel jumps at both ends of an edit than it did in the artist's own file."""
    ends = np.array([edit.first_s, edit.last_s])
    jumped = sampled(edits.edited, edit.channel, ends) - sampled(edits.generated, edit.channel, ends)
    jumped *= min(1.0, float(edits.edited.fps / fps))  # what takes a frame of a slower clip is no jump in a faster one
    jumps = jump[[0, -1]]
    first, last = jumps - np.clip(jumps, np.minimum(jumped, 0), np.maximum(jumped, 0))
    return float(first), float(last)


def _fade(change: np.ndarray, owned: np.ndarray, at: int, outwards: int, height: float, frames: float) -> None:
    """Adds a slope from a height at a frame to nothing, outwards, up to where another edit begins."""
    if abs(height) <= TOLERANCE / 10:
        return
    for step in range(1, int(frames) + 1):
        row = at + outwards * step
        if not 0 <= row < len(change) or owned[row]:
            return
        share = 1 - step / (frames + 1)
        change[row] += height * share * share * (3 - 2 * share)


def _limits(channel: str, base: np.ndarray, edits: Edits, ranges: Ranges) -> tuple[float, float]:
    """A channel's range, as far as the artist and the new clip keep to it."""
    if channel not in ranges:
        return -np.inf, np.inf
    low, high = ranges[channel]
    theirs = sampled(edits.edited, channel, edits.edited.times)
    return min(low, base.min(), theirs.min()), max(high, base.max(), theirs.max())


def _lips(new: Clip, clip: Clip, edits: Edits, warp: Warp,
          applied: list[Edit]) -> tuple[Clip, tuple[float, ...], list[Conflict]]:
    """Closures of the new line that the edits would open: sealed again, but for those that the artist opened."""
    lips = [edit for edit in applied if edit.channel in MOUTH]
    shut = _sealed(new)
    open_now = shut & ~_sealed(clip) if lips and shut.any() else np.zeros(len(clip), bool)
    values, sealed_s, opened = clip.values.copy(), [], []
    for first, last in _runs(open_now):
        at_s = clip.times[first : last + 1]
        if _was_opened(edits, warp.back(at_s)):
            first_s, last_s = at_s[0] - FADE_S, at_s[-1] + FADE_S
            opened += [Conflict(edit, f"opens the lips that close at {at_s[0]:.2f} s", True) for edit in lips
                       if warp(edit.first_s) <= last_s and warp(edit.last_s) >= first_s]
            continue
        rows = first + np.flatnonzero(~_theirs(edits, warp.back(at_s)))
        if len(rows):
            _seal(values, rows, clip, new)
            sealed_s.append(float(at_s[0]))
    return replace(clip, values=values), tuple(sealed_s), opened


def _seal(values: np.ndarray, rows: np.ndarray, clip: Clip, new: Clip) -> None:
    """Shuts the lips in some rows as far as the jaw is open, and parts them no more than the new line does."""
    jaw, close = clip.column("jawOpen"), clip.column("mouthClose")
    values[rows, close] = np.maximum(values[rows, close], values[rows, jaw])
    for part in clip.columns(PARTING):
        values[rows, part] = np.minimum(values[rows, part], new[clip.names[part]][rows])


def _theirs(edits: Edits, times: np.ndarray) -> np.ndarray:
    """(times,) whether the artist parts lips there that the old line had shut."""
    return _sealed(_at(edits.generated, times)) & ~_sealed(_at(edits.edited, times))


def _sealed(clip: Clip) -> np.ndarray:
    """(frames,) whether lips are held shut: mouthClose is jawOpen and nothing parts them."""
    if "jawOpen" not in clip or "mouthClose" not in clip:
        return np.zeros(len(clip), bool)
    parted = np.max([clip[name] for name in PARTING if name in clip] or [np.zeros(len(clip))], axis=0)
    return (clip["jawOpen"] - clip["mouthClose"] <= SEALED) & (clip["jawOpen"] > OPEN) & (parted <= TOLERANCE)


def _was_opened(edits: Edits, times: np.ndarray) -> bool:
    """Whether the old line's lips closed there and the artist's do not."""
    around = np.arange(times[0] - NEAR_S, times[-1] + NEAR_S, 1 / 120)
    closed, left = (_sealed(_at(clip, around)).any() for clip in (edits.generated, edits.edited))
    return bool(closed and not left)


def _at(clip: Clip, times: np.ndarray) -> Clip:
    """The mouth of a clip at these seconds; its rate is of no matter."""
    names = [name for name in MOUTH if name in clip]
    columns = [sampled(clip, name, times) for name in names]
    return Clip(tuple(names), np.stack(columns, 1) if columns else np.zeros((len(times), 0)), clip.fps)


def _runs(flags: np.ndarray) -> Iterator[tuple[int, int]]:
    """(first, last) of each run of frames."""
    edges = np.concatenate([[False], flags, [False]])
    starts, ends = np.flatnonzero(~edges[:-1] & edges[1:]), np.flatnonzero(edges[:-1] & ~edges[1:]) - 1
    return zip(starts.tolist(), ends.tolist())
