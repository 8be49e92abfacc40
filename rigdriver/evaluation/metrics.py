"""Metrics: pure functions of curves, each with the definition that its name is used for here.

One curve against another, and whether lips are shut where they should be. `closures`, `dynamics`, `separation` and
`sync` hold the rest.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rigdriver.clip import Clip
from rigdriver.lips import BILABIALS, PARTING
from rigdriver.take import Phone

SEALED_SHARE, PARTED = 0.8, 0.05  # mouthClose against jawOpen; most that a lip may be drawn away
EARLY_S, LATE_S = 0.02, 0.02  # how far outside a bilabial its closure may lie
STILL_S = 0.15  # speech's edges: how far from any phone silence begins


def pearson(made: np.ndarray, true: np.ndarray) -> float:
    """Correlation of two rows; 0 where one does not move."""
    if made.std() < 1e-9 or true.std() < 1e-9:
        return 0.0
    return float(np.corrcoef(made, true)[0, 1])


def mae(made: np.ndarray, true: np.ndarray) -> float:
    """Mean absolute error. Rewards averaging: a mean pose has a low one, so never read it alone."""
    return float(np.abs(np.asarray(made, np.float64) - true).mean())


def velocity(curve: np.ndarray, fps: float) -> np.ndarray:
    """(frames − 1,): change per second between neighbouring frames."""
    return np.diff(curve, axis=0) * fps


def jitter(curve: np.ndarray, fps: float) -> float:
    """Mean |x[t+1] − 2 x[t] + x[t−1]| × fps², 1/s²: grain. Compare only curves at the same rate."""
    return float(np.abs(np.diff(curve, n=2, axis=0)).mean() * fps**2) if len(curve) > 2 else 0.0


def at_times(clip: Clip, name: str, times: np.ndarray) -> np.ndarray:
    """A curve at any times, by straight lines between frames."""
    return np.interp(times, clip.times, clip[name])


def sealed(clip: Clip) -> np.ndarray:
    """(frames,) bool: lips together: mouthClose ≥ .8 jawOpen, and no lip drawn away by more than .05."""
    parted = np.max([clip[name] for name in PARTING], axis=0)
    return (clip["mouthClose"] >= SEALED_SHARE * clip["jawOpen"]) & (parted <= PARTED)


def closures(clip: Clip, phones: Sequence[Phone]) -> tuple[int, int]:
    """How many p, b, m are sealed in at least one frame from 20 ms before to 20 ms after, and how many there are."""
    shut, fps = sealed(clip), float(clip.fps)
    spans = [(phone.start - EARLY_S, phone.end + LATE_S) for phone in phones if phone.name in BILABIALS]
    hit = sum(bool(shut[max(0, int(np.ceil(first * fps))) : int(last * fps) + 1].any()) for first, last in spans)
    return hit, len(spans)


def false_closures(clip: Clip, phones: Sequence[Phone]) -> tuple[int, int]:
    """How many vowels are sealed at their centre, and how many there are."""
    shut, fps = sealed(clip), float(clip.fps)
    centres = [round((phone.start + phone.end) / 2 * fps) for phone in phones if phone.name[0] in "AEIOU"]
    return sum(bool(shut[min(frame, len(shut) - 1)]) for frame in centres), len(centres)


def near_speech(times: np.ndarray, phones: Sequence[Phone], margin_s: float = 0.0) -> np.ndarray:
    """(frames,) bool: less than `margin_s` from a phone that is not silence, or inside one."""
    spoken = np.zeros(len(times), bool)
    for phone in phones:
        if phone.name != "SIL":
            spoken |= (times > phone.start - margin_s) & (times < phone.end + margin_s)
    return spoken


def silent_speed(clip: Clip, phones: Sequence[Phone], names: Sequence[str]) -> tuple[float, int]:
    """Sum of |speed| (1/s, mean over these curves) over frames away from speech, and how many frames those are."""
    quiet = ~near_speech(clip.times, phones, STILL_S)[1:]
    speed = mean_speed(clip, names)
    return float(speed[quiet].sum()), int(quiet.sum())


def mean_speed(clip: Clip, names: Sequence[str]) -> np.ndarray:
    """(frames − 1,): |speed| in 1/s, mean over those of these curves that the clip has."""
    return np.abs(velocity(clip.values[:, clip.columns(names)], float(clip.fps))).mean(1)


def runs(flags: np.ndarray) -> list[tuple[int, int]]:
    """Runs of True as (first, one after the last) positions."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    return [(int(first), int(last)) for first, last in zip(edges[::2], edges[1::2])]


def mean(values: Sequence[float] | np.ndarray) -> float:
    """Not a number where there are none."""
    return float(np.mean(values)) if len(values) else float("nan")


def median(values: Sequence[float] | np.ndarray) -> float:
    """Not a number where there are none."""
    return float(np.median(values)) if len(values) else float("nan")


def share(hits: float, of: float) -> float:
    """Not a number of nothing."""
    return float(hits) / float(of) if of else float("nan")
