"""Accents: the syllables that stand out, as the network hears them, one frame at a time.

Head and brows both listen through this, so a nod and a raise fall on the same word.
"""

from rigdriver.layers.speech import SpeechState

BEGINS = 0.35  # of the accent hint, on its way up; a third of the ramp that leads to an accented vowel
ENDS = 0.2
GAP_S = 0.3  # a nod and a raise take longer than this; nearer accents would run into each other
SOON_S = 0.05  # how far ahead the rise is drawn out to tell a strong accent from a weak one


class Accents:
    """`step` gives 0, or the strength 0..1 of an accent at the frame in which it begins: brows and head need time, so
    that they are where they should be when the vowel is."""

    __slots__ = ("_before", "_frame_s", "_in_accent", "_since_s")

    def __init__(self, frame_s: float):
        self._frame_s, self._before, self._in_accent, self._since_s = frame_s, 0.0, False, GAP_S

    def step(self, accent: float, speech: SpeechState) -> float:
        self._since_s += self._frame_s
        rise, self._before = (accent - self._before) / self._frame_s, accent
        begins = accent >= BEGINS and not self._in_accent
        self._in_accent = accent >= (ENDS if self._in_accent else BEGINS)
        if not (begins and speech.voiced and self._since_s >= GAP_S):
            return 0.0
        self._since_s = 0.0
        return min(1.0, accent + max(0.0, rise) * SOON_S)
