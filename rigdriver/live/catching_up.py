"""Catching up: which part of sound that came too late is left out, so that it is missed least.

Pauses first, but for the beginning of each: nobody hears that a pause was shorter. Then what is oldest, and what comes
after it is faded to.
"""

from __future__ import annotations

import numpy as np

LOOK_S = 0.01  # in which a pause is told by the loudest sample
QUIET = 0.01  # of full scale, and
QUIETER = 0.05  # of the loudest lately: below both is a pause; rooms and breath lie there
PAUSE_S = 0.05  # of each pause that stays
FADE_S = 0.01


def without_pauses(sound: np.ndarray, most: int, rate: int, loudest: float) -> np.ndarray:
    """(n,) at `rate` Hz → the same without pauses, the oldest first, until `most` samples are left out, or none is.

    loudest: sample of what was said lately, 0..1.
    """
    look = max(1, round(LOOK_S * rate))
    whole = len(sound) // look
    levels = np.abs(sound[: whole * look]).reshape(whole, look).max(1)
    quiet = levels <= min(QUIET, QUIETER * max(loudest, levels.max(initial=0.0)))
    since = np.arange(whole) - np.maximum.accumulate(np.where(quiet, -1, np.arange(whole)))  # looks of quiet so far
    spare = np.flatnonzero(quiet & (since > round(PAUSE_S / LOOK_S)))[: max(0, most) // look]
    kept = np.ones(len(sound), bool)
    kept[: whole * look].reshape(whole, look)[spare] = False
    return sound[kept]


def faded_past(sound: np.ndarray, most: int, rate: int) -> np.ndarray:
    """(n,) → the same without the first `most` samples; what comes now fades into what comes then."""
    if most <= 0:
        return sound
    rest = sound[most:].copy()
    fade = min(round(FADE_S * rate), len(rest), most)
    rise = (np.arange(fade, dtype=np.float32) + 1) / np.float32(fade + 1)
    rest[:fade] = sound[:fade] * (1 - rise) + rest[:fade] * rise
    return rest
