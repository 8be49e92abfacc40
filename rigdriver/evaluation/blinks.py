"""Blinks, found in the lids' curves as a viewer would see them: how often, when, how far and how fast."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.signal import find_peaks
from scipy.special import ndtr

from rigdriver.clip import Clip
from rigdriver.evaluation.metrics import mean, median, share
from rigdriver.evaluation.turns import Acted

LIDS = ("eyeBlinkLeft", "eyeBlinkRight")
PROMINENT = 0.3  # rise above the lids' rest: a tenth of an actor's blinks peak under .39, gaze moves lids up to .12
APART_S = 0.15  # nearer peaks are one blink: a half-open lid that shuts again
LONGEST_S = 0.7  # from a tenth up to a tenth down; longer is eyes held shut
FOOT, TOP = 0.1, 0.9  # shares of a blink's rise from where to where its strokes are timed
DOUBLE_S = 0.6  # onsets nearer than this are a double: its second comes .3 to .55 s after (BEHAVIOUR 3.4)
FULL = 0.9  # full blinks reach .95, incomplete ones .85
SPREAD = 0.65  # sigma of the log-normal gaps (BEHAVIOUR 3.4)
SPEAKING_PER_MIN, LISTENING_PER_MIN = 24.0, 17.5  # (BEHAVIOUR 3.4; idle 17 and listening 18, told by no hint)


@dataclass(frozen=True)
class Blink:
    """Times in seconds, read between frames by straight lines.

    onset_s: a tenth of the way up. peak_s: the first frame at the top. size: the lids at the peak, 0..1.
    closing_s: onset to peak. shut_s: spent above nine tenths. opening_s: peak to a tenth. half_s: width at half height.
    """

    onset_s: float
    peak_s: float
    size: float
    closing_s: float
    shut_s: float
    opening_s: float
    half_s: float


def lids(clip: Clip) -> np.ndarray:
    """(frames,): the mean of both lids; open where the clip has none."""
    return clip.pick(LIDS).values.mean(1, dtype=np.float64)


def blinks(clip: Clip) -> list[Blink]:
    """Peaks of the lids that stand out by .3 from the valleys beside them, at least .15 s apart, and are over in .7 s.

    Prominence and not height, because lids follow the eyes and an expression may narrow them.
    """
    lid, fps = lids(clip), float(clip.fps)
    _, found = find_peaks(lid, prominence=PROMINENT, distance=max(1, round(APART_S * fps)), plateau_size=1)
    seen = [_blink(lid, int(peak), float(rise), clip)
            for peak, rise in zip(found["left_edges"], found["prominences"])]
    return [blink for blink in seen if blink.closing_s + blink.opening_s <= LONGEST_S]


def _blink(lid: np.ndarray, peak: int, rise: float, clip: Clip) -> Blink:
    fps = float(clip.fps)

    def level(share_of_rise: float) -> float:
        return float(lid[peak]) - (1 - share_of_rise) * rise

    (up, down), (up_half, down_half), (up_top, down_top) = (_around(lid, peak, level(s)) for s in (FOOT, 0.5, TOP))
    return Blink((clip.start + up) / fps, (clip.start + peak) / fps, float(lid[peak]), (peak - up) / fps,
                 (down_top - up_top) / fps, (down - peak) / fps, (down_half - up_half) / fps)


def _around(curve: np.ndarray, peak: int, level: float) -> tuple[float, float]:
    """Where the curve crosses a level before and after a peak, in frames; its ends where it never does."""
    before = np.flatnonzero(curve[:peak] < level)
    after = np.flatnonzero(curve[peak:] < level)
    first, last = 0.0, float(len(curve) - 1)
    if len(before):
        k = int(before[-1])
        first = k + (level - curve[k]) / (curve[k + 1] - curve[k])
    if len(after):
        k = peak + int(after[0])
        last = k - (level - curve[k]) / (curve[k - 1] - curve[k])
    return float(first), float(last)


def gaps_s(onsets_s: Sequence[float], acted: Acted, where: np.ndarray) -> np.ndarray:
    """Seconds from onset to onset, of neighbours between which the state (frames,) lasts."""
    frames = acted.frames(np.array(onsets_s))
    gaps = [b - a for a, b, first, last in zip(onsets_s, onsets_s[1:], frames, frames[1:])
            if where[first : last + 1].all()]
    return np.array(gaps)


def distance(gaps: np.ndarray, mean_s: float, spread: float = SPREAD) -> float:
    """Kolmogorov-Smirnov: the largest difference of the gaps' distribution from the log-normal of that mean."""
    if not len(gaps):
        return float("nan")
    expected = ndtr((np.log(np.sort(gaps)) - math.log(mean_s) + spread**2 / 2) / spread)
    steps = np.arange(len(gaps) + 1) / len(gaps)
    return float(max(np.abs(expected - steps[1:]).max(), np.abs(expected - steps[:-1]).max()))


def figures(scenes: Sequence[Acted]) -> dict[str, float]:
    """Figures by name over all scenes together."""
    seen = [(scene, blinks(scene.clip)) for scene in scenes]
    every = [blink for _, found in seen for blink in found]
    return {**_rates(seen), **_doubles(seen), **_strokes(every), **_company(seen)}


Seen = list[tuple[Acted, list[Blink]]]


def state_gaps(seen: Seen, state: str) -> np.ndarray:
    """Gaps of all scenes inside a state of `Turns`."""
    return np.concatenate([gaps_s([blink.onset_s for blink in found], scene, getattr(scene.turns, state))
                           for scene, found in seen])


def _rates(seen: Seen) -> dict[str, float]:
    got = {}
    for state, name, per_min in (("talking", "speaking", SPEAKING_PER_MIN),
                                 ("listening", "listening or idle", LISTENING_PER_MIN)):
        minutes = sum(scene.minutes(getattr(scene.turns, state)) for scene, _ in seen)
        got[f"blinks a minute, {name}"] = share(_falling(seen, state), minutes)
        got[f"blink gaps, {name}: KS distance"] = distance(state_gaps(seen, state), 60 / per_min)
    return got


def _falling(seen: Seen, state: str) -> int:
    """How many blinks begin in a state."""
    return sum(int(getattr(scene.turns, state)[scene.frames(np.array([b.onset_s for b in found]))].sum())
               for scene, found in seen)


def _doubles(seen: Seen) -> dict[str, float]:
    second = [near for _, found in seen for near in _seconds(found)]
    alone = [blink for (_, found) in seen for blink, near in zip(found, _seconds(found)) if not near]
    return {"share of blinks that come twice": share(sum(second), len(second) - sum(second)),
            "share of blinks incomplete": mean([blink.size < FULL for blink in alone])}


def _seconds(found: list[Blink]) -> list[bool]:
    """Which blinks are the second of a double."""
    return [k > 0 and found[k].onset_s - found[k - 1].onset_s < DOUBLE_S for k in range(len(found))]


def _strokes(every: list[Blink]) -> dict[str, float]:
    return {"blink closing, a tenth to the peak, ms": 1000 * median([blink.closing_s for blink in every]),
            "blink shut, above nine tenths, ms": 1000 * median([blink.shut_s for blink in every]),
            "blink opening, peak to a tenth, ms": 1000 * median([blink.opening_s for blink in every]),
            "blink width at half height, ms": 1000 * median([blink.half_s for blink in every])}


def _company(seen: Seen) -> dict[str, float]:
    """Where in a turn blinks fall."""
    inside = {state: sum(scene.minutes(getattr(scene.turns, state)) for scene, _ in seen)
              for state in ("pause", "phrase", "talking")}
    count = {state: _falling(seen, state) for state in inside}
    rates = {state: share(count[state], inside[state]) for state in inside}
    return {"blinks of a turn in the first .4 s of a pause": share(count["pause"], count["talking"]),
            "the same by chance": share(inside["pause"], inside["talking"]),
            "blink rate there over that inside phrases": share(rates["pause"], rates["phrase"])}
