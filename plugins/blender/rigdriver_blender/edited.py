"""What a person did to the keys of a layer, and where it comes to lie in another recording of the line. NumPy only.

By rigdriver's own means, copied: what was done is found in the curves (`copied.comparing`), laid onto the new line by
what is said in both recordings (`copied.warping`), and carried out there (`copied.applying`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from .copied import keying
from .copied.applying import Conflict, carried
from .copied.clip import Clip
from .copied.comparing import Edit, Edits
from .copied.keys import Keys
from .copied.warping import FPS, MATCHED, Warp, identity, stretched, warp

TOLERANCE = 0.002  # of a weight; what is sampled from keys is exact, so little is an edit
FEW = 3  # keys below which an edit is what they say, and not something laid over the curve or a gain
STILL = 1e-6  # a change that is none


@dataclass(frozen=True, eq=False)
class Layer:
    """A layer of a take on one datablock, as it was generated and as it is: clips of the same frames.

    keyed: seconds of the keys that a person set or moved, by curve.
    """

    generated: Clip
    edited: Clip
    keyed: Mapping[str, np.ndarray]

    @property
    def edits(self) -> Edits:
        found = Edits.between(self.generated, self.edited, TOLERANCE)
        return replace(found, all=tuple(self._plainly(edit) for edit in found))

    def _plainly(self, edit: Edit) -> Edit:
        """A few keys are meant as they stand; what lies over many keys goes over those of the new line as well."""
        times = self.keyed.get(edit.channel, np.zeros(0))
        inside = (times >= edit.first_s - 1e-6) & (times <= edit.last_s + 1e-6)
        is_few = edit.kind in ("offset", "scaled") and np.count_nonzero(inside) < FEW
        return replace(edit, kind="reshaped", gain=1.0, base=0.0) if is_few else edit


@dataclass(frozen=True, eq=False)
class Change:
    """What an edit makes of a new curve. values: (frames,) what is added to it; keyed: frames of a person's keys, by
    the clip's own count."""

    values: np.ndarray
    keyed: Sequence[int] = ()


@dataclass(frozen=True, eq=False)
class Carried:
    """Changes by curve; how many edits are in them, what to look at, and seconds where lips were sealed again."""

    changes: Mapping[str, Change] = field(default_factory=dict)
    applied: int = 0
    conflicts: tuple[Conflict, ...] = ()
    sealed_s: tuple[float, ...] = ()


def onto(layer: Layer, new: Clip, way: Warp, ranges: Mapping[str, tuple[float, float]]) -> Carried:
    """A person's edits on the layer as it was driven again."""
    edits = layer.edits
    if not edits:
        return Carried()
    kept = carried(new, edits, way, ranges)
    changes = {}
    for name in new.names:
        values = kept.clip[name].astype(np.float64) - new[name]
        if np.abs(values).max(initial=0) > STILL:
            changes[name] = Change(values, _frames(layer.keyed.get(name, ()), new, way, values))
    return Carried(changes, len(kept.applied), kept.conflicts, kept.sealed_s)


def _frames(times: Sequence[float], new: Clip, way: Warp, values: np.ndarray) -> list[int]:
    """Where a person's keys lie in the new line, as far as their edits do."""
    rows = np.round(way(np.asarray(times, np.float64)) * float(new.fps)).astype(int) - new.start
    rows = np.unique(rows[(rows >= 0) & (rows < len(new))])
    return [int(row) + new.start for row in rows if np.abs(values[max(0, row - 1) : row + 2]).max() > STILL]


def way(old: np.ndarray, new: np.ndarray, old_s: float, new_s: float) -> Warp:
    """From the times of one recording to those of another, by what was heard in both, or evenly where that is not
    known. Seconds are the recordings' lengths."""
    if old.shape == new.shape and len(old) and np.array_equal(old, new):
        return identity()
    return warp(old, new) if len(old) and len(new) else stretched(max(old_s, 1e-3), max(new_s, 1e-3))


def way_of_parts(old: np.ndarray, new: np.ndarray, old_s: Sequence[float], new_s: Sequence[float]) -> Warp | None:
    """The same between (first, last) seconds of each, all of it where there are none; None where nothing is known."""
    parts = [_part(heard, part_s) for heard, part_s in ((old, old_s), (new, new_s))]
    if any(first >= last for first, last in parts):
        return None
    (first, last), (begins, ends) = parts
    laid = warp(old[first:last], new[begins:ends])
    price, spoken = (np.pad(each, (first, len(old) - last)) for each in (laid.price, laid.spoken))
    return Warp(laid.old + first / FPS, laid.new + begins / FPS, price, spoken)


def _part(heard: np.ndarray, part_s: Sequence[float]) -> tuple[int, int]:
    if not len(part_s):
        return 0, len(heard)
    first, last = (min(max(0, round(at * FPS)), len(heard)) for at in part_s)
    return first, last


def is_same_line(way: Warp) -> bool:
    """Whether the same words are said in both."""
    spoken = way.spoken
    return bool(spoken.any() and way.price[spoken].mean() <= MATCHED)


def is_identity(way: Warp) -> bool:
    return bool(np.allclose(way.old, way.new, atol=1e-9))


def set_by_hand(was: Mapping, now: Sequence[Sequence[float]], fps: float) -> np.ndarray:
    """Seconds of the keys that a person set. was: a curve as it was generated, `keys`, and where edits were carried
    over to it, `made`, what became of it, and `hand`, frames of their keys. Keys are rows of frame, value and handles.
    """
    ours = {_key(row) for row in (*was["keys"], *was.get("made", ()))}
    hand = [frame for frame in was.get("hand", ()) if any(abs(row[0] - frame) < 0.5 for row in now)]
    return np.unique(np.array([*hand, *(row[0] for row in now if _key(row) not in ours)], np.float64)) / fps


def _key(row: Sequence[float]) -> tuple:
    return tuple(round(each, 3) for each in row)


def keys(generated: Clip, clean: Keys | None, change: Change, tolerance: float) -> Keys:
    """Keys of one generated curve with a change: where nothing changed, those that it would have had anyway."""
    curve = replace(generated, values=generated.values + change.values[:, None])
    (name,) = curve.names
    if not tolerance:
        return keying.every_frame(curve, still=True)[name]
    if clean is None or len(clean) < 2:
        return keying.reduced(curve, tolerance, still=True, pinned={name: change.keyed})[name]
    for first, last in _stretches(np.abs(change.values) > STILL, clean, curve):
        clean = _spliced(clean, _anew(curve.cut(first, last + 1), change, tolerance), float(curve.fps))
    return clean


def _anew(stretch: Clip, change: Change, tolerance: float) -> Keys:
    """Keys from the stretch's first frame to its last, even where nothing moves in it."""
    (name,) = stretch.names
    found = keying.reduced(stretch, tolerance, still=True, pinned={name: change.keyed})[name]
    if len(found) > 1:
        return found
    return Keys(stretch.times[[0, -1]], found.values[[0, 0]], np.zeros(2), np.zeros(2))


def _stretches(changed: np.ndarray, clean: Keys, curve: Clip) -> list[tuple[int, int]]:
    """(first, last) frames of what changed, each from a key to a key."""
    own = np.clip(np.round(clean.times * float(curve.fps)).astype(int), curve.start, curve.end - 1)
    own = np.unique([curve.start, *own, curve.end - 1])
    rows = np.flatnonzero(changed) + curve.start
    firsts = own[np.maximum(0, np.searchsorted(own, rows, "left") - 1)]
    lasts = own[np.minimum(len(own) - 1, np.searchsorted(own, rows, "right"))]
    found: list[tuple[int, int]] = []
    for first, last in sorted(set(zip(firsts.tolist(), lasts.tolist()))):
        if found and first <= found[-1][1]:
            found[-1] = found[-1][0], max(last, found[-1][1])
        else:
            found.append((first, last))
    return found


def _spliced(clean: Keys, anew: Keys, fps: float) -> Keys:
    """One stretch of keys anew; at its ends the slopes outwards stay."""
    before, after = clean.times < anew.times[0] - 0.5 / fps, clean.times > anew.times[-1] + 0.5 / fps
    into, out = anew.in_slopes.copy(), anew.out_slopes.copy()
    for end, slopes, theirs in ((0, into, clean.in_slopes), (-1, out, clean.out_slopes)):
        same = np.flatnonzero(np.abs(clean.times - anew.times[end]) <= 0.5 / fps)
        slopes[end] = theirs[same[0]] if len(same) else slopes[end]
    joined = [np.concatenate([old[before], new, old[after]]) for old, new in (
        (clean.times, anew.times), (clean.values, anew.values), (clean.in_slopes, into), (clean.out_slopes, out))]
    return Keys(*joined)


def retimed(rows: np.ndarray, way: Warp, fps: float, first: float, new_fps: float, new_first: float) -> np.ndarray:
    """(keys, 6) rows of frame, value and both handles' frames and values, as they lie in the new recording: values
    stay. first, new_first: the frames where the recordings begin."""
    moved = np.array(rows, np.float64).reshape(-1, 6)
    for column in (0, 2, 4):
        moved[:, column] = new_first + way((moved[:, column] - first) / fps) * new_fps
    return moved
