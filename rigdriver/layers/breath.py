"""Breath: a quiet in and out while nobody speaks, and a quick one in the pauses of a turn.

A stream does not know that somebody is about to speak, but people refill after a phrase, so that is where the quick
breath goes. It shows where a face shows it: at the nostrils, and a quick one in lips that part a little. The quiet one
leaves the mouth alone, which is still in silence.
"""

from __future__ import annotations

import math

import numpy as np

from rigdriver.clip import Clip
from rigdriver.layers.chance import generator
from rigdriver.layers.in_place import InPlace, columns
from rigdriver.layers.scene import Cue
from rigdriver.layers.strokes import Pulse
from rigdriver.performance import Performance

REFILL_AFTER_S = (0.12, 0.3)  # how long after a phrase; shorter pauses have none
REFILL_IN_S, REFILL_OUT_S = (0.3, 0.5), (0.4, 0.7)
PHRASE_S = 0.8  # what was said must have taken this long to need air
QUIET_IN = 0.4  # inhaling takes this share of a breath at rest
QUIET_SHARE = 0.4  # of what a quick breath shows
CALM_S = 1.0  # after the last sound the quiet breath begins
VARIED = 0.25  # of each breath's length: more even ones would repeat themselves
DEPTHS = (0.7, 1.0)  # of a quiet breath's show
NOSTRILS, JAW = 0.06, 0.05  # at the height of a quick breath


class BreathStream(InPlace):
    def __init__(self, performance: Performance, header: Clip, seed: int):
        super().__init__(performance, header, seed)
        self._settings, self._rng = performance.breath, generator(seed, "breath")
        self._was: Cue | None = None
        self._quick = self._quiet = Pulse(0.0, 0.0, 1.0, 1.0)
        self._phrase_s, self._refill_in_s, self._next_s = 0.0, math.inf, self._rng.uniform(0, 4)
        self._nostrils = columns(header, ["noseSneerLeft", "noseSneerRight"])
        self._jaw = header.column("jawOpen")

    def direct(self, performance: Performance) -> None:
        self._settings = performance.breath

    def change(self, values: np.ndarray, start: int) -> None:
        air = np.array([self._step(cue) for cue in self.cues(values, start)], np.float32)
        air *= self._settings.breath_strength  # (frames, 2): quick, quiet
        values[:, self._nostrils] += NOSTRILS * air.max(1, keepdims=True)
        values[:, self._jaw] += JAW * air[:, 0]

    def _step(self, cue: Cue) -> tuple[float, float]:
        """How full a quick and a quiet breath are seen to be, 0..1."""
        was, self._was = self._was, cue
        if not cue.voiced:
            if was is not None and was.voiced:
                self._phrase_s = was.since_s
                self._refill_in_s = self._rng.uniform(*REFILL_AFTER_S)
            self._breathe(cue.time_s, cue.since_s)
        return self._quick.at(cue.time_s), self._quiet.at(cue.time_s)

    def _breathe(self, time_s: float, paused_s: float) -> None:
        """The breath that begins in this frame of silence, if one does."""
        if self._refill_in_s <= paused_s:
            self._refill_in_s = math.inf
            if self._phrase_s >= PHRASE_S:
                size = min(1.0, 0.5 + self._phrase_s / 6)  # more air after more words
                self._quick = Pulse(size, time_s, self._rng.uniform(*REFILL_IN_S), self._rng.uniform(*REFILL_OUT_S))
                self._next_s = time_s + self._cycle_s()
        elif paused_s > CALM_S and time_s >= self._next_s and self._settings.quiet_per_min:
            cycle_s = self._cycle_s()
            size = QUIET_SHARE * self._rng.uniform(*DEPTHS)
            self._quiet = Pulse(size, time_s, QUIET_IN * cycle_s, (1 - QUIET_IN) * cycle_s)
            self._next_s = time_s + cycle_s

    def _cycle_s(self) -> float:
        rate = max(self._settings.quiet_per_min, 1.0)
        return 60 / rate * float(np.clip(self._rng.normal(1, VARIED), 0.5, 1.5))
