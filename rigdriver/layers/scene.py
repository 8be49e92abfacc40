"""Scene: what the layers of one face go by, found once for all of them: who speaks, what stands out, the mood."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rigdriver.clip import PARTNER, Clip
from rigdriver.layers.accents import Accents
from rigdriver.layers.mood import Mood
from rigdriver.layers.rouse import roused
from rigdriver.layers.speech import Partner, SpeechState
from rigdriver.performance import Performance


class Cue(NamedTuple):
    """What one frame gives to act on. voiced, since_s, talking, turn_s: as `SpeechState` has them. accent: 0, or the
    strength of one that begins here. partner_ends: a phrase of whoever else speaks ends here. rouse: a factor on the
    size of motion. frame_s: how long a frame lasts."""

    time_s: float
    frame_s: float
    voiced: bool
    since_s: float
    talking: bool
    turn_s: float
    accent: float
    partner_ends: bool
    rouse: float


class Scene:
    """One stream's, heard frame by frame; it holds the cues of the push at hand."""

    def __init__(self, performance: Performance, header: Clip):
        self.mood = Mood(performance)
        self._numerator, self._denominator = header.fps.numerator, header.fps.denominator
        self._frame_s = self._denominator / self._numerator
        self._follow_voice = performance.emotion.follow_voice
        self._speech = SpeechState(performance.speech, self._frame_s)
        self._accents, self._partner = Accents(self._frame_s), Partner(performance.speech, self._frame_s)
        self._columns = [header.column(name) if name in header else None
                         for name in ("voice", "accent", PARTNER, "arousal")]
        self._start, self._cues = header.end, list[Cue]()

    def hear(self, values: np.ndarray, start: int) -> None:
        """The next push: (frames, names), the first of them frame `start`."""
        hints = zip(*(self._hint(values, column) for column in self._columns))
        self._start, self._cues = start, [self._cue(frame, *hint) for frame, hint in enumerate(hints, start)]

    def cues(self, start: int, frames: int) -> list[Cue]:
        """Those of some frames of the push at hand."""
        first = start - self._start
        return self._cues[first : first + frames]

    @staticmethod
    def _hint(values: np.ndarray, column: int | None) -> list[float]:
        hint: list[float] = [0.0] * len(values) if column is None else values[:, column].tolist()
        return hint

    def _cue(self, frame: int, voice: float, accented: float, partner: float, arousal: float) -> Cue:
        speech = self._speech
        speech.step(voice)
        return Cue(frame * self._denominator / self._numerator, self._frame_s,
                   speech.voiced, speech.since_s, speech.talking, speech.turn_s,
                   self._accents.step(accented, speech), self._partner.ends_phrase(partner),
                   roused(arousal, self._follow_voice))
