"""Frame rates as files give them: measured, rounded, or named after what they nearly are."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from rigdriver.clip import Clip
from rigdriver.errors import OutputError
from rigdriver.formats.losses import Loss

RATES = [Fraction(rate) for rate in range(1, 241)] + [Fraction(1000 * rate, 1001) for rate in (24, 30, 48, 60, 120)]
NEAR = 3e-4  # relative; 30 and 29.97 lie 1e-3 apart
SLOWEST, FASTEST = 1e-2, 1e5
LONGEST_LEAD_S = 3600  # of a pose held before a clip begins; a longer one is a clock time and not a place in a sound


def usual(measured: float) -> Fraction | None:
    """The nearest usual rate where one is near, else what was measured; None for what is no rate."""
    if not SLOWEST < measured < FASTEST:
        return None
    nearest = min(RATES, key=lambda rate: abs(float(rate) - measured))
    return nearest if abs(float(nearest) / measured - 1) < NEAR else Fraction(measured).limit_denominator(1001)


def from_zero(clip: Clip, losses: list[Loss] | None = None) -> Clip:
    """The clip as a format holds it whose first frame is the beginning of the sound.

    Earlier frames are cut off; a clip that begins later holds its first frame from 0 on. Raises OutputError for one
    that begins more than an hour later.
    """
    if clip.start > LONGEST_LEAD_S * clip.fps:
        raise OutputError(f"the clip begins {float(clip.start / clip.fps):.0f} s after its sound; move it (--offset)")
    if clip.start > 0 and len(clip):
        if losses is not None:
            losses.append(Loss("frames", f"the file begins with the sound: {clip.start} frames of the first pose lead"))
        held = np.repeat(clip.values[:1], clip.start, axis=0)
        return Clip(clip.names, np.concatenate([held, clip.values]), clip.fps)
    early = max(0, min(-clip.start, len(clip)))
    if early and losses is not None:
        losses.append(Loss("frames", f"the file begins with the sound: {early} frames before it are left out"))
    return clip.cut(clip.start + early, clip.end)
