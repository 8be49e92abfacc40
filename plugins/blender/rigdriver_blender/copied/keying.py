"""Keying: a clip's dense curves become few keys, where an animator would set them.

The method is our own, put together from known parts.
- Keys that stand whatever the error is: the ends of the clip, both ends of every hold, every extreme that stands out
  from its neighbours, and the frames where lips meet and part.
- Between them each stretch is a cubic through the frames' own values. Slopes are flat at extremes and holds, else the
  same on both sides of a key and such that the cubics lie nearest to the curve (least squares), but at most three times
  as steep as the stretch on either side, which keeps every stretch monotone (F. Fritsch, R. Carlson: Monotone Piecewise
  Cubic Interpolation, SIAM J. Numer. Anal. 17, 1980). So no curve leaves the range of its keys, and what is flat stays
  exactly flat.
- A stretch that lies further off than the tolerance is split at its worst frame (U. Ramer 1972; D. Douglas, T. Peucker
  1973), or at an anchor that lies beside it: a moment that means something, as the middle of a phone. When all are
  good, keys that came to be needless are taken out again.
- Where curves share keys (`rigdriver.gathering`), a part of the face has poses, a few frames at which it is keyed; an
  extreme, the end of a hold or a split beside one is moved onto it, as far as the tolerance allows.
Many curves are treated at once, one behind the other in a flat array: a minute of 52 takes a quarter of a second.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

import numpy as np

from . import gathering
from .clip import Clip
from .gathering import Anchors
from .keys import Keys
from .lips import PARTING

STEPS = {"dense": 0.0, "fine": 0.001, "close": 0.005, "clear": 0.015, "loose": 0.04, "poses": 0.1}
"""From dense to sparse, tolerances by name: every frame; what no eye tells from it; what no animator does; few keys to
edit; the shape of the line; and poses, which most curves of a part share."""

POSES = STEPS["poses"]
BLOCKED = 0.04  # the tolerance by which poses are chosen, and keys on them are needless, however loose curves may be
TOLERANCE = 0.005  # of a weight of 1, or radians: below what an animator sees, and few enough keys to edit
STILL = 1e-6  # a change from frame to frame that is rest: the noise of float32 and of six decimals in a text
LONG_S = 0.2  # a hold that stays exactly flat where curves share keys
HOLD_S = 0.1  # from here on a rest is a hold anywhere; at the curve's lowest and highest three frames are one
STEEPEST = 3.0  # times the secant: the square in Fritsch and Carlson's region of monotone slopes
SEALED = 0.002  # as near as that mouthClose is to jawOpen where lips touch
OPEN = 0.01  # a jaw that is shut has no lips to seal
SHUT = 0.8  # mouthClose as a share of jawOpen from which on lips touch
HELD = 0.02  # mouthClose of a closure that is held, unlike lips that merely rest
AT_ONCE = 100_000  # values: more no longer fit the processor's cache, and an hour would not fit memory
SWEEPS = 3  # through the keys, to take out needless ones; more find next to nothing
ROUNDS = 6  # of looking for the best slopes; each brings them at least 1.8 times nearer
ALONE = 0.2  # how much an error counts at a frame where no other curve is keyed
FREE = 0.01  # frames², how much the curve's own slope weighs beside the frames of the stretches
APART = 4  # keys: a key that goes changes the two stretches on either side, so every fourth can be tried at once


def every_frame(clip: Clip, *, still: bool = False) -> dict[str, Keys]:
    """Each curve as straight lines between its frames, exact; frames within a rest are left out.

    still: also the curves that are 0 throughout, as one key.
    """
    return {name: _lines(clip.times, clip[name].astype(np.float64)) for name in _moving(clip, still)}


def _moving(clip: Clip, still: bool) -> list[str]:
    return [name for name, curve in zip(clip.names, clip.values.T) if len(clip) and (still or curve.any())]


def _lines(times: np.ndarray, values: np.ndarray) -> Keys:
    change = np.diff(values) != 0
    if not change.any():
        return _single(times, values)
    needed = np.concatenate([[True], change]) | np.concatenate([change, [True]])
    times, values = times[needed], values[needed]
    slopes = np.diff(values) / np.diff(times)
    return Keys(times, values, np.append(slopes[0], slopes), np.append(slopes, slopes[-1]))


def _single(times: np.ndarray, values: np.ndarray) -> Keys:
    return Keys(times[:1], values[:1], np.zeros(1), np.zeros(1))


def reduced(clip: Clip, tolerance: float = TOLERANCE, *, still: bool = False,
            pinned: Mapping[str, Iterable[int]] | None = None, anchors: Anchors = (),
            shared: bool = False) -> dict[str, Keys]:
    """Each curve as few keys, all on frames and with the frame's own value.

    tolerance: at every frame the result lies at most that far from the curve, in the curve's own unit. Extremes that
        stand out by more than twice that are keys, or have one beside them. `STEPS` names some.
    still: also the curves that are 0 throughout, as one key; by default they are left out.
    pinned: frames, by the clip's own count, that must be keys, by curve; by default `closures`.
    anchors: seconds at which keys come to lie sooner than beside them, of all curves or by part of the face
        (`gathering.MOUTH` and so on). They cost no keys and no likeness to speak of.
    shared: whether the curves of a part of the face are keyed on the same frames where that costs little; a curve's
        keys then depend on its company. From `POSES` on they are keyed together at poses first.
    Raises ValueError for a tolerance that is not above 0.
    """
    if not tolerance > 0:
        raise ValueError(f"the tolerance must be above 0, not {tolerance:g}")
    names = _moving(clip, still)
    if not names or len(clip) < 2:
        return every_frame(clip, still=still)
    pins = closures(clip) if pinned is None else pinned
    parts = gathering.parts(names)
    rows = {part: _rows(clip, gathering.anchors_of(part, anchors)) for part in parts}
    found: dict[str, Keys] = {}
    for part, members in parts.items():
        if shared:
            found.update(_shared(clip.pick(members), tolerance, pins, rows[part]))
        else:
            nearest = gathering.nearest(rows[part], len(clip), gathering.reach(clip.fps))
            found.update(made for group in _at_once(clip, members) for made in _group(group, tolerance, pins, nearest))
    return {name: found[name] for name in names}


def _rows(clip: Clip, anchors: Iterable[float]) -> np.ndarray:
    """(anchors,) the clip's rows nearest to these seconds, rising, of those that lie in it."""
    rows = np.unique(np.round(np.array(list(anchors), np.float64) * float(clip.fps)).astype(int) - clip.start)
    return rows[(rows >= 0) & (rows < len(clip))]


def _at_once(clip: Clip, names: list[str]) -> Iterator[Clip]:
    """A few curves at a time."""
    size = max(1, AT_ONCE // len(clip))
    return (clip.pick(names[at : at + size]) for at in range(0, len(names), size))


def _group(clip: Clip, tolerance: float, pins: Mapping[str, Iterable[int]],
           nearest: np.ndarray) -> Iterator[tuple[str, Keys]]:
    keyed = _made(clip, tolerance, _Standing(clip, tolerance, pins), nearest)
    return zip(clip.names, keyed.keys(clip.times, float(clip.fps)))


def _made(clip: Clip, tolerance: float, standing: _Standing, nearest: np.ndarray) -> _Keyed:
    keyed = _Keyed(standing, tolerance, nearest)
    keyed.split()
    keyed.thin(tolerance)
    keyed.split()  # a slope that was found anew may have put a stretch a hair too far off
    return keyed


def _shared(clip: Clip, tolerance: float, pins: Mapping[str, Iterable[int]], anchors: np.ndarray) -> dict[str, Keys]:
    """Curves of one part of the face, on frames that they have in common."""
    chosen_by = min(tolerance, BLOCKED)
    reach = gathering.reach(clip.fps, chosen_by / TOLERANCE)
    clips = list(_at_once(clip, list(clip.names)))
    standing = [_Standing(each, chosen_by, pins) for each in clips]
    weight = np.sum([each.weight() for each in standing], axis=0)
    forced = np.unique(np.concatenate([each.pinned for each in standing]))
    common = np.zeros(len(clip), bool)
    common[gathering.poses(weight, anchors, forced, reach)] = True
    found: dict[str, Keys] = {}
    for each, stand in zip(clips, standing):
        keyed = _gathered(stand, tolerance, common, reach, round(LONG_S * float(clip.fps)))
        found.update(zip(each.names, keyed.keys(clip.times, float(clip.fps))))
    return found


def _gathered(standing: _Standing, tolerance: float, common: np.ndarray, reach: int, long: int) -> _Keyed:
    """common: (frames,) those that the part's curves are keyed on; grows by what these need beside."""
    poses = np.flatnonzero(common)
    nearest = gathering.nearest(poses, len(common), reach)
    standing.move(nearest, tolerance, long)
    keyed = _Keyed(standing, tolerance, nearest)
    if tolerance >= POSES:
        keyed.add(poses)
        keyed.thin(BLOCKED)
        keyed.split_together(common, reach)
        return keyed
    keyed.split_together(common, reach)
    keyed.thin(tolerance)
    keyed.split_together(common, reach)
    return keyed


def closures(clip: Clip) -> dict[str, list[int]]:
    """Frames, by the clip's own count, where sealed lips begin, are nearest and end, for jawOpen and mouthClose; where
    they are nearest, also for what draws lips apart, and also of lips that touch and are not quite sealed.

    Lips are sealed where mouthClose equals jawOpen; between these frames keys may part them by twice the tolerance.
    """
    if not {"jawOpen", "mouthClose"} <= set(clip.names):
        return {}
    gap = clip["jawOpen"] - clip["mouthClose"]
    sealed = _runs((gap <= SEALED) & (clip["jawOpen"] > OPEN))
    touching = _runs((clip["mouthClose"] >= SHUT * clip["jawOpen"]) & (clip["mouthClose"] >= HELD))
    nearest = {first + int(np.argmin(gap[first : last + 1])) + clip.start for first, last in (*sealed, *touching)}
    ends = {row + clip.start for run in sealed for row in run}
    return {"jawOpen": sorted(ends | nearest), "mouthClose": sorted(ends | nearest),
            **{name: sorted(nearest) for name in PARTING if name in clip}}


def _runs(true: np.ndarray) -> list[tuple[int, int]]:
    """First and last row of each run."""
    edges = np.diff(np.concatenate([[False], true, [False]]).astype(int))
    return list(zip(np.flatnonzero(edges > 0).tolist(), (np.flatnonzero(edges < 0) - 1).tolist()))


class _Standing:
    """What is a key from the start, and which frames are flat.

    curves, keys, flat: (C, T). pinned: (frames,) rows that are keys of some curve whatever happens.
    """

    def __init__(self, clip: Clip, tolerance: float, pins: Mapping[str, Iterable[int]]):
        self.curves = clip.values.T.astype(np.float64)
        self.keys, self.flat = np.zeros(self.curves.shape, bool), np.zeros(self.curves.shape, bool)
        steps = max(2, round(HOLD_S * float(clip.fps)))
        self._holds = [_holds(curve, steps) for curve in self.curves]
        self._extremes = [_extremes(curve, 2 * tolerance) for curve in self.curves]
        self._pins = [self._inside(np.array(list(pins.get(name, ())), int) - clip.start) for name in clip.names]
        self.pinned = np.unique(np.concatenate([np.zeros(0, int), *self._pins]))
        self._stand(self._holds, self._extremes)

    def _inside(self, rows: np.ndarray) -> np.ndarray:
        return rows[(rows >= 0) & (rows < self.curves.shape[1])]

    def _stand(self, holds: list[np.ndarray], extremes: list[np.ndarray]) -> None:
        self.keys[:], self.flat[:] = False, False
        self.keys[:, [0, -1]] = True
        for keys, flat, *ends, pins in zip(self.keys, self.flat, holds, extremes, self._pins):
            keys[np.concatenate(ends)] = flat[np.concatenate(ends)] = True
            keys[pins] = True

    def weight(self) -> np.ndarray:
        """(T,) how much speaks for a pose at each frame: of every extreme, how far it stands out."""
        total = np.zeros(self.curves.shape[1])
        for curve, frames in zip(self.curves, self._extremes):
            if len(frames):
                values = curve[np.concatenate([[0], frames, [len(curve) - 1]])]
                total[frames] += np.abs(np.diff(values, 2)) / 2
        return total

    def move(self, nearest: np.ndarray, tolerance: float, long: int) -> None:
        """Extremes go to the pose beside them where the curve is nearly the same there, ends of holds of so many frames
        into the hold; no other extreme or hold stands any more."""
        self._stand([_into(_lasting(holds, long), nearest) for holds in self._holds],
                    [np.unique(nearest[frames][np.abs(curve[nearest[frames]] - curve[frames]) <= tolerance])
                     for curve, frames in zip(self.curves, self._extremes)])


def _into(holds: np.ndarray, nearest: np.ndarray) -> np.ndarray:
    """Ends of holds, all first and then all last frames, moved to the pose beside them where that lies in the hold."""
    first, last = np.split(holds, 2)
    begins, ends = nearest[first], nearest[last]
    begins = np.where((begins >= first) & (begins <= last), begins, first)
    ends = np.where((ends >= begins) & (ends <= last), ends, last)
    return np.concatenate([begins, ends])


def _lasting(holds: np.ndarray, least: int) -> np.ndarray:
    """The holds of so many frames and more."""
    first, last = np.split(holds, 2)
    lasting = last - first >= least
    return np.concatenate([first[lasting], last[lasting]])


def _holds(curve: np.ndarray, steps: int) -> np.ndarray:
    """Both ends of each rest of that many steps, or of two at the lowest or highest value."""
    rest = np.concatenate([[False], np.abs(np.diff(curve)) <= STILL, [False]])
    first, last = np.flatnonzero(~rest[:-1] & rest[1:]), np.flatnonzero(rest[:-1] & ~rest[1:])
    at_end = (curve[first] <= curve.min() + STILL) | (curve[first] >= curve.max() - STILL) | (curve[first] == 0)
    held = last - first >= np.where(at_end, 2, steps)
    return np.concatenate([first[held], last[held]])


def _extremes(curve: np.ndarray, out_by: float) -> np.ndarray:
    """Frames where the curve turns, of a zigzag in which it has turned once it came back by more than `out_by`."""
    moving = np.flatnonzero(np.diff(curve))
    turning = np.flatnonzero(np.diff(np.sign(np.diff(curve)[moving])))
    frames = [*moving[1:][turning].tolist(), len(curve) - 1]
    low = high = (float(curve[0]), 0)
    found, heading = [], 0
    for frame, value in zip(frames, curve[frames].tolist()):
        low, high = min(low, (value, frame)), max(high, (value, frame))
        if heading >= 0 and high[0] - value > out_by:
            found.append(high[1])
            heading, low = -1, (value, frame)
        elif heading <= 0 and value - low[0] > out_by:
            found.append(low[1])
            heading, high = 1, (value, frame)
    return np.array([frame for frame in found if frame], int)


class _Keyed:
    """Which frames are keys, of all curves laid end to end: frame t of curve c lies at c · T + t.

    Every curve's first and last frame are keys, so that what lies between two curves is a stretch of one frame.
    """

    def __init__(self, standing: _Standing, tolerance: float, nearest: np.ndarray):
        curves = standing.curves
        self._nearest = (np.arange(len(curves))[:, None] * curves.shape[1] + nearest).ravel()
        self._shape, self._tolerance = curves.shape, tolerance
        self._values, self._standing = curves.ravel(), standing.keys.ravel()
        self._is_key = self._standing.copy()
        self._steepness, self._flat = _steepness(curves).ravel(), standing.flat.ravel()  # per frame
        self._starts_curve = np.arange(curves.size) % curves.shape[1] == 0

    def add(self, rows: np.ndarray) -> None:
        """Keys of every curve at these rows."""
        self._is_key.reshape(self._shape)[:, rows] = True

    def count(self) -> np.ndarray:
        """(T,) how many curves have a key at each frame."""
        return np.count_nonzero(self._is_key.reshape(self._shape), axis=0).astype(np.float64)

    def split(self) -> None:
        """Keys at the worst frame of every stretch that is too far off, until none is."""
        while True:
            at = np.flatnonzero(self._is_key)
            off, worst = self._off(at)
            too_far = np.where(worst > self._tolerance, worst, np.inf)
            split_at = off == np.repeat(too_far, np.diff(at, append=len(off)))
            if not split_at.any():
                return
            worst_at = np.flatnonzero(split_at)
            anchor = self._nearest[worst_at]
            self._is_key[np.where(self._is_key[anchor], worst_at, anchor)] = True

    def split_together(self, common: np.ndarray, reach: int) -> None:
        """The same, at frames that curves have in common where one is nearly as good; `common` grows by the others."""
        curves, frames = self._shape
        while True:
            at = np.flatnonzero(self._is_key)
            off, worst = self._off(at)
            good = off * np.tile(np.where(common, 1.0, ALONE), curves)
            best = np.maximum.reduceat(good, at)
            asked = np.where(worst > self._tolerance, best, np.inf)
            split_at = np.flatnonzero(good == np.repeat(asked, np.diff(at, append=len(off))))
            if not len(split_at):
                return
            rows = split_at % frames
            fresh = np.bincount(rows[~common[rows]], minlength=frames).astype(np.float64)
            none = np.zeros(0, int)
            common[gathering.poses(fresh, none, none, reach)] = True
            beside = gathering.nearest(np.flatnonzero(common), frames, reach)[rows] - rows + split_at
            stretch = np.searchsorted(at, split_at, "right") - 1
            inside = (beside > at[stretch]) & (beside < np.append(at[1:], len(off))[stretch])
            self._is_key[np.where(inside, beside, split_at)] = True

    def thin(self, tolerance: float) -> None:
        """Takes out keys, but the standing ones, without which the curve is still that near."""
        for _ in range(SWEEPS):
            before = np.count_nonzero(self._is_key)
            for turn in range(APART):
                self._try_without(turn, tolerance)
            if np.count_nonzero(self._is_key) == before:
                return

    def _try_without(self, turn: int, tolerance: float) -> None:
        at = np.flatnonzero(self._is_key)
        tried = np.flatnonzero((self._order(at) % APART == turn) & ~self._standing[at])
        left = np.delete(at, tried)
        _, worst = self._off(left)
        merged = np.searchsorted(left, at[tried]) - 1  # the stretch that each was taken from
        around = np.clip(merged[:, None] + [-1, 0, 1], 0, len(worst) - 1)
        needless = (worst[around] <= tolerance).all(axis=1)
        self._is_key[at[tried[needless]]] = False

    def _off(self, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(C · T,) how far off every frame lies with these keys; (keys,) the most in the stretch after each."""
        stretches = _Stretches(self._values, at)
        off = stretches.off(self._slopes(at, stretches))
        return off, np.maximum.reduceat(off, at)

    def _slopes(self, at: np.ndarray, stretches: _Stretches) -> np.ndarray:
        """(keys,) per frame: those that bring the cubics nearest to the curve, flat and steep only as they may be."""
        rising, steepest = self._bounds(at)
        own, hold = self._steepness[at], np.where(self._flat[at], 0.0, steepest)
        slopes = rising * np.clip(rising * own, 0.0, hold)
        square, product, wanted = stretches.pulls(own)
        is_odd = self._order(at) % 2 == 1
        for turn in (is_odd, ~is_odd) * ROUNDS:  # Gauss and Seidel's, every other key in turn
            before, after = np.append(0.0, slopes[:-1]), np.append(slopes[1:], 0.0)
            best = (wanted - product[:-1] * before - product[1:] * after) / square
            slopes = np.where(turn, rising * np.clip(rising * best, 0.0, hold), slopes)
        return slopes

    def _order(self, at: np.ndarray) -> np.ndarray:
        """(keys,) each key's number within its own curve, so that no curve is keyed otherwise for its company."""
        numbers = np.arange(len(at))
        return numbers - np.maximum.accumulate(np.where(self._starts_curve[at], numbers, 0))

    def _bounds(self, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(keys,) ±1 as the curve rises or falls at each key; (keys,) the most slope that is monotone on both sides."""
        secant = np.diff(self._values[at]) / np.diff(at)
        before, after = np.append(secant[0], secant), np.append(secant, secant[-1])
        first = self._starts_curve[at]
        last = np.append(first[1:], True)
        before, after = np.where(first, after, before), np.where(last, before, after)
        return np.sign(after), np.where(before * after > 0, STEEPEST * np.minimum(np.abs(before), np.abs(after)), 0.0)

    def keys(self, times: np.ndarray, fps: float) -> list[Keys]:
        """One for each curve, at those times of its frames."""
        at = np.flatnonzero(self._is_key)
        slopes = self._slopes(at, _Stretches(self._values, at)) * fps
        curve, frame = np.divmod(at, self._shape[1])
        bounds = np.searchsorted(curve, np.arange(self._shape[0] + 1))
        parts = [slice(a, b) for a, b in pairwise(bounds)]
        return [_of(times[frame[part]], self._values[at[part]], slopes[part]) for part in parts]


class _Stretches:
    """The stretches between keys of a flat array, and how their cubics depend on the slopes at their ends.

    Frame by frame a stretch is base + leaving · one + arriving · other, with slopes per frame.
    """

    def __init__(self, values: np.ndarray, at: np.ndarray):
        self._at, self._lengths = at, np.diff(at, append=len(values))
        length = self._spread(self._lengths.astype(np.float64))
        u = (np.arange(len(values)) - self._spread(at)) / length
        start, end = values[at], np.append(values[at[1:]], 0.0)
        self._rest = values - self._spread(start) - self._spread(end - start) * (u * u * (3 - 2 * u))
        self._one, self._other = length * u * (1 - u) ** 2, -length * u * u * (1 - u)

    def _spread(self, each: np.ndarray) -> np.ndarray:
        return np.repeat(each, self._lengths)

    def off(self, slopes: np.ndarray) -> np.ndarray:
        """(frames,) distance from the curve with these slopes at the keys."""
        arriving = np.append(slopes[1:], 0.0)
        return np.abs(self._rest - self._spread(slopes) * self._one - self._spread(arriving) * self._other)

    def pulls(self, own: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Least squares of all slopes, as a chain: (keys,) diagonal, (keys + 1,) beside it, (keys,) right side.

        own: the curve's own slopes, which decide where a key has no frames beside it.
        """
        one, other, rest = self._one, self._other, self._rest
        square = self._total(one * one) + np.append(0.0, self._total(other * other)[:-1]) + FREE
        wanted = self._total(one * rest) + np.append(0.0, self._total(other * rest)[:-1]) + FREE * own
        return square, np.append(0.0, self._total(one * other)), wanted

    def _total(self, each: np.ndarray) -> np.ndarray:
        return np.add.reduceat(each, self._at)


def _steepness(curves: np.ndarray) -> np.ndarray:
    """(C, T) change per frame at every frame, from its two neighbours."""
    return np.gradient(curves, axis=1) if curves.shape[1] > 1 else np.zeros_like(curves)


def _of(times: np.ndarray, values: np.ndarray, slopes: np.ndarray) -> Keys:
    if np.ptp(values):
        return Keys(times, values, slopes, slopes)
    return _single(times, values)
