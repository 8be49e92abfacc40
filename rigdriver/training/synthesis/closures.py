"""Where a plosive begins. Formant synthesisers mark its burst; the lips have shut before it.

The silence that a synthesiser puts before the burst of p, t, k, ts … belongs to that sound, not to the vowel before:
without this every p would be taught some 60 ms late.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rigdriver.training.synthesis.spoken import Sound, Spoken

PLOSIVE = tuple("pbtdkɡgqcɟʈɖ")  # first letters; affricates begin with one of these too
QUIET = 10 ** (-60 / 20)  # of full scale: a synthesiser's closure is digital silence
LONGEST_S = 0.15  # a long (geminate) closure
AFTER_PAUSE_S = 0.06  # lips shut so long before a burst that follows a pause
LEAST_S = 0.02  # what must remain of the sound before


def with_closures(spoken: Spoken) -> Spoken:
    """The same, each plosive begun where its closure is."""
    sounds = list(spoken.sounds)
    for k in range(1, len(sounds)):
        if sounds[k].token.startswith(PLOSIVE):
            before = sounds[k - 1]
            start = max(_closure_start(spoken, before, sounds[k]), before.start + LEAST_S)
            if start < sounds[k].start:
                sounds[k - 1], sounds[k] = replace(before, end=start), replace(sounds[k], start=start)
    return Spoken(spoken.samples, spoken.rate, tuple(sounds))


def _closure_start(spoken: Spoken, before: Sound, plosive: Sound) -> float:
    if before.token == "":
        return plosive.start - AFTER_PAUSE_S
    first, last = (round(time * spoken.rate) for time in (before.start, plosive.start))
    loud = np.flatnonzero(np.abs(spoken.samples[first:last]) > QUIET)
    silent_s = (last - first - (loud[-1] + 1 if len(loud) else 0)) / spoken.rate
    return plosive.start - min(silent_s, LONGEST_S)
