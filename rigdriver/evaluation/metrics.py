"""Metrics: pure functions of curves, each with the definition that its name is used for here."""

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


def silent_speed(clip: Clip, phones: Sequence[Phone], names: Sequence[str]) -> tuple[float, int]:
    """Sum of |speed| (1/s, mean over these curves) over frames away from speech, and how many frames those are."""
    times, spoken = clip.times, np.zeros(len(clip), bool)
    for phone in phones:
        if phone.name != "SIL":
            spoken |= (times > phone.start - STILL_S) & (times < phone.end + STILL_S)
    quiet = ~spoken[1:]
    speed = np.abs(np.diff(clip.values[:, clip.columns(names)], axis=0)).mean(1) * float(clip.fps)
    return float(speed[quiet].sum()), int(quiet.sum())


def best_lag_s(made: np.ndarray, true: np.ndarray, fps: float, most_s: float = 0.2) -> float:
    """Seconds by which `made` comes after `true`, where they correlate best."""
    reach = round(most_s * fps)
    lags = range(-reach, reach + 1)
    scores = [pearson(made[max(0, lag) : len(made) + min(0, lag)], true[max(0, -lag) : len(true) + min(0, -lag)])
              for lag in lags]
    return lags[int(np.argmax(scores))] / fps
