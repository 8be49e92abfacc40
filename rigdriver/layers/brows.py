"""Brows: small raises on some of the accents, quick up and slow down, over a drift that is never quite still."""

from __future__ import annotations

import numpy as np

from rigdriver.clip import Clip
from rigdriver.layers.accents import Accents
from rigdriver.layers.chance import generator
from rigdriver.layers.in_place import InPlace
from rigdriver.layers.rouse import enlivened
from rigdriver.layers.speech import SpeechState
from rigdriver.layers.strokes import Pulse
from rigdriver.layers.wander import Wander
from rigdriver.performance import Performance

DRIFT_TAU_S, DRIFT_STEP_S = 2.0, 0.5
DOWN_SHARE = 0.7  # of the drift, where it goes down


class BrowsStream(InPlace):
    def __init__(self, performance: Performance, header: Clip, seed: int):
        super().__init__(performance, header, seed)
        self.direct(performance)
        self._rng = generator(seed, "brows")
        self._speech, self._accents = SpeechState(performance.speech, self.frame_s), Accents(self.frame_s)
        self._drift = Wander(generator(seed, "brows drift"), (DRIFT_TAU_S,), DRIFT_STEP_S, header.start * self.frame_s)
        self._raises: list[tuple[Pulse, float]] = []  # pulse of browInnerUp, and browOuterUp's share of it
        self._inner = header.column("browInnerUp")
        self._outer = header.columns(["browOuterUpLeft", "browOuterUpRight"])
        self._down = header.columns(["browDownLeft", "browDownRight"])

    def direct(self, performance: Performance) -> None:
        self._settings, self._follow_voice = performance.brows, performance.emotion.follow_voice

    def change(self, values: np.ndarray, start: int) -> None:
        hints = zip(range(start, start + len(values)), self.hint(values, "voice"), self.hint(values, "accent"))
        up = np.array([self._step(*hint) for hint in hints], np.float32)  # (frames, 2): inner, outer
        up *= enlivened(self.hint(values, "arousal"), self._follow_voice)[:, None].astype(np.float32)
        drift = self._settings.drift * self._settings.brow_strength * self._drift.at(self.times(values, start))
        values[:, self._inner] += up[:, 0] + np.maximum(drift[:, 0], 0)
        values[:, self._outer] += up[:, 1:]
        values[:, self._down] += DOWN_SHARE * np.maximum(-drift, 0)

    def _step(self, frame: int, voice: float, accented: float) -> tuple[float, float]:
        self._speech.step(voice)
        time_s = frame * self.frame_s
        accent = self._accents.step(accented, self._speech)
        if accent and self._rng.random() < self._settings.raise_share * accent:
            self._raises.append(self._raise(accent, time_s))
        if not self._raises:
            return 0.0, 0.0
        self._raises = [item for item in self._raises if item[0].end_s > time_s]
        heights = [(pulse.at(time_s), outer) for pulse, outer in self._raises]
        return max((h for h, _ in heights), default=0.0), max((h * outer for h, outer in heights), default=0.0)

    def _raise(self, accent: float, time_s: float) -> tuple[Pulse, float]:
        inner, outer = (low + (high - low) * accent * self._rng.random()
                        for low, high in (self._settings.inner, self._settings.outer))
        rise_s, fall_s = self._rng.uniform(*self._settings.rise_s), self._rng.uniform(*self._settings.fall_s)
        strength = self._settings.brow_strength
        return Pulse(inner * strength, time_s, rise_s, fall_s), outer / inner if inner else 0.0
