"""Warping: where each moment of one recording lies in another of the same line, whoever speaks and however fast.

Dynamic time warping (H. Sakoe, S. Chiba 1978) over what the network hears, phone by phone, so that voice and level do
not matter. The path is trusted where the phone changes; between those moments time runs evenly, for in the middle of
a pause or a long vowel one frame is like the next and the path says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .phones import PHONES

FPS = 60  # of `Model.phones`
SILENT = PHONES.index("SIL")
ASIDE = 0.08  # price of a frame that waits for the other recording, beside its own
OPEN, GAP = 4.0, 0.25  # price of leaving words out, or of new ones, and of each frame of them: laid on others, both
# cost .7 a frame; the same words in other voices up to .46, over half a second
BAND = 900  # frames to each side of the even way that are looked at: 15 s
EASE_S = 0.1  # over which a change of speed is spread
LAID, LESS, MORE, WAITS_OLD, WAITS_NEW = range(5)  # where a step comes from; the first three are states
WAY, LESS_ON, MORE_ON = 7, 8, 16  # bits
LEAST_SLOPE = 0.01  # of time's own pace: no moment lies quite on another, so that the way back is known
MATCHED = 0.55  # mean price of a frame, 0..1, from where on other words are spoken: other voices reach .46
SQUEEZED = 0.3  # of its length: what speech keeps at most where it was left out


@dataclass(frozen=True, eq=False)
class Warp:
    """A rising way from the times of an old recording to those of a new one.

    old, new: (nodes,) seconds, rising; beyond them time runs at its own pace.
    price: (frames,) 0..1, how unlike each old frame is to what it was laid on; spoken: (frames,) whether somebody
    speaks in it. Both may be empty, where nothing is known.
    """

    old: np.ndarray
    new: np.ndarray
    price: np.ndarray
    spoken: np.ndarray

    def __call__(self, times: np.ndarray | float) -> np.ndarray:
        """New times of old ones."""
        return _through(np.asarray(times, np.float64), self.old, self.new)

    def back(self, times: np.ndarray | float) -> np.ndarray:
        """Old times of new ones."""
        return _through(np.asarray(times, np.float64), self.new, self.old)

    def lost(self, first_s: float, last_s: float) -> str:
        """Why what was said between two old times is not said any more: words for a person, or "" where it is."""
        frames = slice(max(0, round(first_s * FPS)), max(0, round(last_s * FPS)) + 1)
        spoken = self.spoken[frames]
        if np.count_nonzero(spoken) < len(spoken) / 2 or not len(spoken):
            return ""
        around = np.array([first_s - EASE_S, last_s + EASE_S])
        if np.diff(self(around)) < SQUEEZED * np.diff(around):
            return "what was said there was left out"
        return "other words are said there" if self.price[frames][spoken].mean() > MATCHED else ""


def _through(times: np.ndarray, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    early, late = np.minimum(times - one[0], 0.0), np.maximum(times - one[-1], 0.0)
    return np.asarray(np.interp(times, one, other) + early + late)


def identity() -> Warp:
    """The warp of a recording to itself."""
    return stretched(1.0, 1.0)


def stretched(old_s: float, new_s: float) -> Warp:
    """The even warp between two lengths, where nothing is known of what is said."""
    return Warp(np.array([0.0, old_s]), np.array([0.0, new_s]), np.zeros(0), np.zeros(0, bool))


def warp(old: np.ndarray, new: np.ndarray) -> Warp:
    """Two recordings of a line, both (frames, phones) log probabilities as `Model.phones` gives them.

    Ends lie on ends. Raises ValueError for a recording of no frames.
    """
    if not len(old) or not len(new):
        raise ValueError("a recording of no frames cannot be laid on another")
    place, price = _path(_shares(old), _shares(new))
    said = old.argmax(1)
    changes = np.flatnonzero(np.diff(said)) + 1  # the first frame of each phone but the first
    at = np.concatenate([[0.0], changes - 0.5, [len(old) - 1.0]])
    laid = np.concatenate([[0.0], (place[changes - 1] + place[changes]) / 2, [len(new) - 1.0]])
    even = np.interp(np.arange(len(old)), at, np.maximum.accumulate(laid)) if len(old) > 1 else laid[:1]
    eased = _eased(even)
    rising = np.maximum.accumulate(eased - LEAST_SLOPE * np.arange(len(old))) + LEAST_SLOPE * np.arange(len(old))
    if len(old) == 1:
        return Warp(np.array([0.0, 1 / FPS]), np.array([0.0, len(new) / FPS]), price, said != SILENT)
    rising *= (len(new) - 1) / max(rising[-1], LEAST_SLOPE) if len(new) > 1 else 1.0
    return Warp(np.arange(len(old)) / FPS, rising / FPS, price, said != SILENT)


def _shares(heard: np.ndarray) -> np.ndarray:
    """(frames, phones) float32 roots of probabilities, whose product sums to 1 where two frames agree."""
    likely = np.exp(heard.astype(np.float32) - heard.max(1, keepdims=True).astype(np.float32))
    return np.sqrt(likely / likely.sum(1, keepdims=True))


def _eased(even: np.ndarray) -> np.ndarray:
    """The same way with its corners rounded; both ends stay."""
    width = min(round(EASE_S * FPS) | 1, 2 * ((len(even) - 1) // 2) + 1)
    half = width // 2
    padded = np.pad(even, half, mode="reflect", reflect_type="odd") if half else even
    window = np.hanning(width + 2)[1:-1]
    return np.convolve(padded, window / window.sum(), "valid")


def _path(old: np.ndarray, new: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(frames,) where each old frame lies among the new ones, the mean of all it is laid on; (frames,) mean price."""
    width = min(len(new), 2 * BAND)
    lows = np.clip((np.arange(len(old)) * len(new) // len(old)) - BAND, 0, len(new) - width)
    ways = np.zeros((len(old), width), np.uint8)
    row = _Row(width)
    for i, first in enumerate(lows.tolist()):
        price = 1.0 - np.clip(new[first : first + width] @ old[i], 0.0, 1.0).astype(np.float64)
        ways[i] = row.next(price, first, begins=not i)
    return _back(ways, lows, old, new, row.ends_in)


class _Row:
    """What it costs at best to come to each pair of one old frame and a band of new ones, in each of three states:
    laid on each other, leaving out old frames (LESS), or new ones (MORE)."""

    def __init__(self, width: int):
        self._scores = np.full((3, width), np.inf)
        self._low, self._gaps = 0, np.arange(width) * GAP

    @property
    def ends_in(self) -> int:
        """The cheapest state of the last pair."""
        return int(self._scores[:, -1].argmin())

    def next(self, price: np.ndarray, first: int, begins: bool) -> np.ndarray:
        """Goes on to the next old frame, whose band begins at a new frame; (width,) the best ways there, packed."""
        on = first - self._low
        above = np.stack([_moved(each, on) for each in self._scores])
        before = np.stack([_moved(each, on - 1) for each in self._scores])
        if begins:
            before[LAID, 0] = 0.0
        laid, ways = self._laid(before, above[LAID], price)
        opened = above[LAID] + OPEN
        less = np.minimum(above[LESS], opened) + GAP
        fresh = np.concatenate([[np.inf], laid[:-1] + OPEN + GAP])
        more = np.minimum.accumulate(fresh - self._gaps) + self._gaps
        self._scores, self._low = np.stack([laid, less, more]), first
        return ways | np.where(above[LESS] < opened, LESS_ON, 0) | np.where(more < fresh, MORE_ON, 0)

    def _laid(self, before: np.ndarray, above: np.ndarray, price: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(width,) costs of being laid on each other, and where from."""
        into = np.concatenate([before, above[None] + ASIDE]) + price
        best = into.min(0)
        run = np.cumsum(price + ASIDE)  # of waiting from the band's first frame on
        along = np.concatenate([[np.inf], np.minimum.accumulate(best - run)[:-1] + run[1:]])
        return np.minimum(best, along), np.where(along < best, WAITS_NEW, into.argmin(0))


def _moved(scores: np.ndarray, by: int) -> np.ndarray:
    """Scores as a band that lies so many frames further on has them."""
    if by < 0:
        return np.concatenate([np.full(-by, np.inf), scores[:by]])
    return np.concatenate([scores[by:], np.full(min(by, len(scores)), np.inf)])


def _back(ways: np.ndarray, lows: np.ndarray, old: np.ndarray, new: np.ndarray,
          state: int) -> tuple[np.ndarray, np.ndarray]:
    """From the end along the best ways."""
    i, j = len(old) - 1, len(new) - 1
    total, price, count = (np.zeros(len(old)) for _ in range(3))
    while i >= 0 and j >= 0:
        way = int(ways[i, j - lows[i]])
        if state != MORE or not count[i]:
            total[i] += j
            price[i] += 1.0 - min(1.0, float(old[i] @ new[j])) if state == LAID else 1.0
            count[i] += 1
        if state == LESS:
            i, state = i - 1, LESS if way & LESS_ON else LAID
        elif state == MORE:
            j, state = j - 1, MORE if way & MORE_ON else LAID
        else:
            came = way & WAY
            i, j = i - (came != WAITS_NEW), j - (came != WAITS_OLD)
            state = came if came in (LESS, MORE) else LAID
    count = np.maximum(count, 1)
    return total / count, price / count
