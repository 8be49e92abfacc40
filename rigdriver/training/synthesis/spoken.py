"""Spoken: what a synthesiser gives back, sound and the times of its phones, before anything is mapped to rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Sound:
    """One phone in the synthesiser's own spelling; "" is a pause. Times in seconds; stress as in `Phone`."""

    token: str
    start: float
    end: float
    stress: int = -1


@dataclass(frozen=True)
class Line:
    """What one voice is to say, and how.

    language: key of `sentences.yaml`. voice: the synthesiser's name for it. speed: 1 is usual, 2 twice as fast.
    pitch, liveliness: 0..1, .5 is the voice's own. A synthesiser that cannot set one leaves it be.
    """

    text: str
    language: str
    voice: str
    speed: float = 1.0
    pitch: float = 0.5
    liveliness: float = 0.5


@dataclass(frozen=True, eq=False)
class Spoken:
    """samples: (n,) float32, −1..1. rate: Hz. sounds: in time order, without gaps."""

    samples: np.ndarray
    rate: int
    sounds: tuple[Sound, ...]
