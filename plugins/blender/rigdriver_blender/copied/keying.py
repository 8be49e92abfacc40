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
Many curves are treated at once, one behind the other in a flat array: a minute of 52 takes a quarter of a second.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise

import numpy as np

from .clip import Clip
from .keys import Keys

TOLERANCE = 0.005  # of a weight of 1, or radians: below what an animator sees, and few enough keys to edit
STILL = 1e-6  # a change from frame to frame that is rest: the noise of float32 and of six decimals in a text
HOLD_S = 0.1  # from here on a rest is a hold anywhere; at the curve's lowest and highest three frames are one
STEEPEST = 3.0  # times the secant: the square in Fritsch and Carlson's region of monotone slopes
SEALED = 0.002  # as near as that mouthClose is to jawOpen where lips touch
OPEN = 0.01  # a jaw that is shut has no lips to seal
AT_ONCE = 100_000  # values: more no longer fit the processor's cache, and an hour would not fit memory
SWEEPS = 3  # through the keys, to take out needless ones; more find next to nothing
ROUNDS = 6  # of looking for the best slopes; each brings them at least 1.8 times nearer
FREE = 0.01  # frames², how much the curve's own slope weighs beside the frames of the stretches
BESIDE_S = 1 / 30  # so near to the worst frame that an anchor does as well
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
            pinned: Mapping[str, Iterable[int]] | None = None, anchors: Iterable[float] = ()) -> dict[str, Keys]:
    """Each curve as few keys, all on frames and with the frame's own value.

    tolerance: at every frame the result lies at most that far from the curve, in the curve's own unit. Extremes that
        stand out by more than twice that are keys.
    still: also the curves that are 0 throughout, as one key; by default they are left out.
    pinned: frames, by the clip's own count, that must be keys, by curve; by default `closures`.
    anchors: seconds at which keys of all curves come to lie sooner than beside them (`phones.moments`). They cost no
        keys and no likeness to speak of.
    Raises ValueError for a tolerance that is not above 0.
    """
    if not tolerance > 0:
        raise ValueError(f"the tolerance must be above 0, not {tolerance:g}")
    names = _moving(clip, still)
    if not names or len(clip) < 2:
        return every_frame(clip, still=still)
    pins = closures(clip) if pinned is None else pinned
    at_once = max(1, AT_ONCE // len(clip))
    groups = [names[at : at + at_once] for at in range(0, len(names), at_once)]
    nearest = _nearest(clip, np.array(list(anchors), np.float64))
    return {name: keys for group in groups for name, keys in _group(clip.pick(group), tolerance, pins, nearest).items()}


def _nearest(clip: Clip, anchors_s: np.ndarray) -> np.ndarray:
    """(frames,) the row of the anchor beside each row, or the row itself where none is."""
    rows = np.arange(len(clip))
    at = np.unique(np.round(anchors_s * float(clip.fps)).astype(int) - clip.start)
    at = at[(at >= 0) & (at < len(clip))]
    if not len(at):
        return rows
    after = np.clip(np.searchsorted(at, rows), 0, len(at) - 1)
    before = np.maximum(after - 1, 0)
    near = np.where(rows - at[before] < np.abs(at[after] - rows), at[before], at[after])
    return np.where(np.abs(near - rows) <= max(1, round(BESIDE_S * float(clip.fps))), near, rows)


def _group(clip: Clip, tolerance: float, pins: Mapping[str, Iterable[int]], nearest: np.ndarray) -> dict[str, Keys]:
    curves = clip.values.T.astype(np.float64)
    standing = _Standing(curves, tolerance, float(clip.fps))
    for k, name in enumerate(clip.names):
        standing.pin(k, np.array(list(pins.get(name, ())), int) - clip.start)
    keyed = _Keyed(curves, standing, tolerance, nearest)
    keyed.split()
    keyed.thin()
    keyed.split()  # a slope that was found anew may have put a stretch a hair too far off
    return dict(zip(clip.names, keyed.keys(clip.times, float(clip.fps))))


def closures(clip: Clip) -> dict[str, list[int]]:
    """Frames, by the clip's own count, where sealed lips begin, are nearest and end, for jawOpen and mouthClose.

    Lips are sealed where mouthClose equals jawOpen; between these frames keys may part them by twice the tolerance.
    """
    if not {"jawOpen", "mouthClose"} <= set(clip.names):
        return {}
    gap = clip["jawOpen"] - clip["mouthClose"]
    sealed = np.concatenate([[False], (gap <= SEALED) & (clip["jawOpen"] > OPEN), [False]])
    first, last = np.flatnonzero(~sealed[:-1] & sealed[1:]), np.flatnonzero(sealed[:-1] & ~sealed[1:]) - 1
    nearest = [a + int(np.argmin(gap[a : b + 1])) for a, b in zip(first, last)]
    frames = sorted({int(k) + clip.start for k in (*first, *nearest, *last)})
    return {"jawOpen": frames, "mouthClose": frames}


class _Standing:
    """What is a key from the start, and which frames are flat. curves: (C, T)."""

    def __init__(self, curves: np.ndarray, tolerance: float, fps: float):
        self.keys, self.flat = np.zeros(curves.shape, bool), np.zeros(curves.shape, bool)
        self.keys[:, [0, -1]] = True
        for curve, keys, flat in zip(curves, self.keys, self.flat):
            ends = np.concatenate([_holds(curve, max(2, round(HOLD_S * fps))), _extremes(curve, 2 * tolerance)])
            keys[ends] = flat[ends] = True

    def pin(self, curve: int, frames: np.ndarray) -> None:
        keys = self.keys[curve]
        keys[frames[(frames >= 0) & (frames < len(keys))]] = True


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

    def __init__(self, curves: np.ndarray, standing: _Standing, tolerance: float, nearest: np.ndarray):
        self._nearest = (np.arange(len(curves))[:, None] * curves.shape[1] + nearest).ravel()
        self._shape, self._tolerance = curves.shape, tolerance
        self._values, self._standing = curves.ravel(), standing.keys.ravel()
        self._is_key = self._standing.copy()
        self._steepness, self._flat = _steepness(curves).ravel(), standing.flat.ravel()  # per frame
        self._starts_curve = np.arange(curves.size) % curves.shape[1] == 0

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

    def thin(self) -> None:
        """Takes out keys, but the standing ones, without which the curve is still near enough."""
        for _ in range(SWEEPS):
            before = np.count_nonzero(self._is_key)
            for turn in range(APART):
                self._try_without(turn)
            if np.count_nonzero(self._is_key) == before:
                return

    def _try_without(self, turn: int) -> None:
        at = np.flatnonzero(self._is_key)
        tried = np.flatnonzero((self._order(at) % APART == turn) & ~self._standing[at])
        left = np.delete(at, tried)
        _, worst = self._off(left)
        merged = np.searchsorted(left, at[tried]) - 1  # the stretch that each was taken from
        around = np.clip(merged[:, None] + [-1, 0, 1], 0, len(worst) - 1)
        needless = (worst[around] <= self._tolerance).all(axis=1)
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
