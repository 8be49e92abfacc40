"""Brows: small raises on some of the accents, quick up and slow down, over a drift that is never quite still."""

from __future__ import annotations

import numpy as np

from rigdriver.clip import Clip
from rigdriver.layers.chance import generator
from rigdriver.layers.in_place import InPlace, columns
from rigdriver.layers.scene import Cue
from rigdriver.layers.strokes import Pulse
from rigdriver.layers.wander import Ahead, Wander
from rigdriver.performance import Performance

DRIFT_TAU_S, DRIFT_STEP_S = 2.0, 0.5
HEED, HEED_S = 0.4, (0.1, 0.5)  # a listener's raise, after a phrase of the partner's: as for such an accent, so soon
DOWN_SHARE = 0.7  # of the drift, where it goes down


class BrowsStream(InPlace):
    def __init__(self, performance: Performance, header: Clip, seed: int):
        super().__init__(performance, header, seed)
        self.direct(performance)
        self._rng = generator(seed, "brows")
        self._drift = Ahead(Wander(generator(seed, "brows drift"), (DRIFT_TAU_S,), DRIFT_STEP_S,
                                   header.start * self.frame_s), header)
        self._raises: list[tuple[Pulse, float]] = []  # pulse of browInnerUp, and browOuterUp's share of it
        self._inner = header.column("browInnerUp")
        self._outer = columns(header, ["browOuterUpLeft", "browOuterUpRight"])
        self._down = columns(header, ["browDownLeft", "browDownRight"])

    def direct(self, performance: Performance) -> None:
        self._settings = performance.brows

    def change(self, values: np.ndarray, start: int) -> None:
        up = np.array([self._step(cue) for cue in self.cues(values, start)], np.float32)  # (frames, 2): inner, outer
        drift = self._settings.drift * self._settings.brow_strength * self._drift.at(start, len(values))
        higher = np.maximum(drift, 0)
        values[:, self._inner] += up[:, 0] + higher[:, 0]
        values[:, self._outer] += up[:, 1:]
        values[:, self._down] += DOWN_SHARE * (higher - drift)

    def _step(self, cue: Cue) -> tuple[float, float]:
        time_s = cue.time_s
        if cue.accent and self._rng.random() < self._settings.raise_share * cue.accent:
            self._raises.append(self._raise(cue.accent, time_s))
        if cue.partner_ends and not cue.talking and self._rng.random() < self._settings.listening_raise_share:
            self._raises.append(self._raise(HEED, time_s + self._rng.uniform(*HEED_S)))
        if not self._raises:
            return 0.0, 0.0
        self._raises = [item for item in self._raises if item[0].end_s > time_s]
        heights = [(pulse.at(time_s), outer) for pulse, outer in self._raises]
        return (cue.rouse * max((h for h, _ in heights), default=0.0),
                cue.rouse * max((h * outer for h, outer in heights), default=0.0))

    def _raise(self, accent: float, time_s: float) -> tuple[Pulse, float]:
        inner, outer = (low + (high - low) * accent * self._rng.random()
                        for low, high in (self._settings.inner, self._settings.outer))
        rise_s, fall_s = self._rng.uniform(*self._settings.rise_s), self._rng.uniform(*self._settings.fall_s)
        strength = self._settings.brow_strength
        return Pulse(inner * strength, time_s, rise_s, fall_s), outer / inner if inner else 0.0
