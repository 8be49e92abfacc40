"""Accents: the syllables that stand out, heard from the loudness hint one frame at a time.

Head and brows both listen through this, so a nod and a raise fall on the same word.
"""

from rigdriver.layers.speech import SpeechState

FAST_S = 0.03  # half-life that keeps syllables apart and drops the grain
SLOW_S = 1.5  # half-life of what counts as usual for this speaker now
GAP_S = 0.3  # a nod and a raise take longer than this; nearer accents would run into each other
USUAL_LOUDNESS, USUAL_SPREAD = 0.5, 0.1  # assumed until the speaker has been heard,
ASSUMED_S = 0.2  # and worth this much hearing
STANDS_OUT = 0.8  # spreads above the usual where an accent begins to count


class Accents:
    """`step` gives 0, or the strength 0..1 of an accent at the frame where its loudness peaks."""

    __slots__ = ("_fast", "_fast_share", "_frame_s", "_heard_s", "_rising", "_since_s", "_slow_share", "_spread",
                 "_usual")

    def __init__(self, frame_s: float):
        self._frame_s = frame_s
        self._fast_share = 1 - 0.5 ** (frame_s / FAST_S)
        self._slow_share = 1 - 0.5 ** (frame_s / SLOW_S)
        self._fast, self._usual, self._spread = 0.0, USUAL_LOUDNESS, USUAL_SPREAD
        self._rising, self._since_s, self._heard_s = False, GAP_S, ASSUMED_S

    def step(self, loudness: float, speech: SpeechState) -> float:
        self._since_s += self._frame_s
        before, change = self._fast, (loudness - self._fast) * self._fast_share
        self._fast += change
        peak, self._rising = self._rising and change <= 0, change > 0
        if not speech.voiced:
            return 0.0
        self._heard_s += self._frame_s
        share = max(self._slow_share, self._frame_s / self._heard_s)  # a plain mean at first: quiet takes adapt fast
        above = self._fast - self._usual
        self._usual += above * share
        self._spread += (abs(above) - self._spread) * share
        return self._strength((before - self._usual) / (self._spread + 0.02)) if peak else 0.0

    def _strength(self, spreads: float) -> float:
        if spreads < STANDS_OUT or self._since_s < GAP_S:
            return 0.0
        self._since_s = 0.0
        return min(1.0, spreads / (2.5 * STANDS_OUT))
