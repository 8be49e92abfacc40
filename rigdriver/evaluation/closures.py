"""Closures in detail: when they come, where they should not, lower lip under the teeth, and two clips compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rigdriver.clip import Clip
from rigdriver.evaluation.metrics import EARLY_S, LATE_S, near_speech, runs, sealed
from rigdriver.lips import BILABIALS, LABIODENTALS, PARTING
from rigdriver.take import Phone

ROLLED, LOWERED = 0.1, 0.05  # rollLower that counts as tucked in, lowerDown that still does; half the teacher's guard
CLEAR_S = 0.06  # a closure's ramp: how far from a bilabial or silence no closure has any business
HELD = 0.02  # mouthClose of a closure that is held against an open jaw, unlike lips that merely rest
NEEDED = ("jawOpen", "mouthClose", *PARTING)


def timing_errors(clip: Clip, phones: Sequence[Phone]) -> list[float]:
    """For each bilabial that lips are held shut for: seconds from its middle to the middle of the longest such run that
    touches it (± 20 ms); above 0 where the lips are late. Held: sealed with mouthClose ≥ .02, so that lips which rest
    in the pause before a word do not count as early."""
    held = sealed(clip) & (clip["mouthClose"] >= HELD)
    times = clip.times
    spans = [(times[first], times[last - 1]) for first, last in runs(held)]
    errors = []
    for phone in phones:
        near = [(a, b) for a, b in spans if a <= phone.end + LATE_S and b >= phone.start - EARLY_S]
        if phone.name in BILABIALS and near:
            first, last = max(near, key=lambda span: span[1] - span[0])
            errors.append(float(first + last - phone.start - phone.end) / 2)
    return errors


def false_runs(clip: Clip, phones: Sequence[Phone]) -> tuple[int, float]:
    """Sealed runs in speech farther than 60 ms from every bilabial and from silence, and the seconds of such speech."""
    times = clip.times
    clear = near_speech(times, phones)
    for phone in phones:
        if phone.name in BILABIALS or phone.name == "SIL":
            clear &= (times < phone.start - CLEAR_S) | (times > phone.end + CLEAR_S)
    return len(runs(sealed(clip) & clear)), float(clear.sum() / clip.fps)


def tucked(clip: Clip, phones: Sequence[Phone]) -> tuple[int, int]:
    """How many f, v have the lower lip under the teeth in at least one frame (± 20 ms), and how many there are:
    mouthRollLower ≥ .1 and neither side of mouthLowerDown above .05."""
    lowered = np.maximum(clip["mouthLowerDownLeft"], clip["mouthLowerDownRight"])
    under = (clip["mouthRollLower"] >= ROLLED) & (lowered <= LOWERED)
    spoken = [phone for phone in phones if phone.name in LABIODENTALS]
    return sum(bool(under[_around(clip, phone)].any()) for phone in spoken), len(spoken)


def _around(clip: Clip, phone: Phone) -> np.ndarray:
    return (clip.times >= phone.start - EARLY_S) & (clip.times <= phone.end + LATE_S)


@dataclass(frozen=True)
class Agreement:
    """Closures of two clips. found and missed count the true ones, false those that were made and are not true."""

    found: int
    missed: int
    false: int


def agreement(made: Clip, true: Clip) -> Agreement | None:
    """Do the lips shut at the same moments? None where a clip lacks jawOpen, mouthClose or the lip-parting channels.

    A closure is a sealed run in which mouthClose reaches .02; it is found where the other clip's lips are sealed,
    for whatever reason, in at least one frame of it (± 20 ms). The clips may differ in rate.
    """
    if any(name not in clip for clip in (made, true) for name in NEEDED):
        return None
    wanted, given = _held(true), _held(made)
    found, false = sum(_sealed_in(made, wanted)), len(given) - sum(_sealed_in(true, given))
    return Agreement(found, len(wanted) - found, false)


def _held(clip: Clip) -> list[tuple[float, float]]:
    """Closures as (first, last) times."""
    times, close = clip.times, clip["mouthClose"]
    return [(float(times[first]), float(times[last - 1])) for first, last in runs(sealed(clip))
            if close[first:last].max() >= HELD]


def _sealed_in(clip: Clip, spans: list[tuple[float, float]]) -> list[bool]:
    """For each span: are the lips sealed in a frame of it?"""
    half = 0.5 / float(clip.fps)  # a span may lie between two frames of a slower clip
    shut, times = sealed(clip), clip.times
    near = [np.searchsorted(times, (first - max(EARLY_S, half), last + max(LATE_S, half) + 1e-9))
            for first, last in spans]
    return [bool(shut[first:last].any()) for first, last in near]
