"""Turns: when a clip speaks, pauses and listens, by its voice hint, as every layer hears them.

Behaviour is counted by state, and blinks and brows by where in a phrase they fall.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rigdriver.clip import Clip
from rigdriver.evaluation.metrics import runs
from rigdriver.layers.speech import SpeechState
from rigdriver.performance import Performance

PAUSE_S, ONSET_S = 0.4, 0.2  # how long a pause and a phrase count as just begun (BEHAVIOUR 3.4)
SETTLED_S = 1.5  # into listening, before it counts: the head needs as long to settle (BEHAVIOUR 5.1)


@dataclass(frozen=True, eq=False)
class Turns:
    """All (frames,) bool. talking: in a turn, its pauses with it. phrase: voiced, its first .2 s left out.
    pause: the first .4 s without voice inside a turn. listening: 1.5 s or more after a turn, or before the first."""

    talking: np.ndarray
    voiced: np.ndarray
    phrase: np.ndarray
    pause: np.ndarray
    listening: np.ndarray


def turns(clip: Clip) -> Turns:
    """Of a clip with the hint `voice`, heard with the performance's defaults."""
    talking, voiced, since_s, turn_s = (np.array(row) for row in zip(*_heard(clip)))
    return Turns(talking, voiced, voiced & (since_s >= ONSET_S), talking & ~voiced & (since_s < PAUSE_S),
                 ~talking & (turn_s >= SETTLED_S))


def _heard(clip: Clip) -> Iterator[tuple[bool, bool, float, float]]:
    speech = SpeechState(Performance().speech, 1 / float(clip.fps))
    for voice in clip["voice"].tolist():
        speech.step(voice)
        yield speech.talking, speech.voiced, speech.since_s, speech.turn_s


@dataclass(frozen=True, eq=False)
class Acted:
    """A clip that was driven, with its turns, and, where that is known, what was truly accented: (frames,) 0..1."""

    clip: Clip
    turns: Turns
    accent: np.ndarray | None = None

    def minutes(self, where: np.ndarray) -> float:
        return float(where.sum() / self.clip.fps) / 60

    def frames(self, times_s: np.ndarray) -> np.ndarray:
        """The frame that each time falls into."""
        frames = np.round(np.asarray(times_s, float) * float(self.clip.fps)).astype(int) - self.clip.start
        return np.clip(frames, 0, len(self.clip) - 1)


def pieces(where: np.ndarray, frames: int) -> list[slice]:
    """Pieces of that many frames, cut one after the other from the runs of True; what is left over is dropped."""
    return [slice(begin, begin + frames) for first, last in runs(where)
            for begin in range(first, last - frames + 1, frames)]
