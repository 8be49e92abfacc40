"""Speaker normalisation: each band is heard against its own running mean over speech, causally.

Another level, another microphone, a dull room or a bright one become the same voice after a second or so. Silence does
not count as speech, so a pause keeps the mean; only over a minute does it sink towards a far quieter speaker.
"""

from __future__ import annotations

import numpy as np

from rigdriver.model.settings import FrontendSettings


class Normaliser:
    """One stream's running mean. `push` takes rows in any number, the result is the same bit for bit."""

    def __init__(self, settings: FrontendSettings):
        self._prior = np.linspace(settings.scaled(settings.prior_low_db), settings.scaled(settings.prior_high_db),
                                  settings.mels, dtype=np.float32)
        self._mean = self._prior.copy()
        self._floor = self._prior - np.float32(settings.lowest_db / settings.scale_db)
        self._margin = settings.margin_db / settings.scale_db
        self._first, self._longest = settings.fps * settings.trust_s, settings.fps * settings.settle_s
        self._heard = 0
        self._sinking = np.float32(1 / (settings.fps * settings.sink_s))
        self._stack = settings.frames_per_step

    def push(self, rows: np.ndarray) -> np.ndarray:
        """(steps × stacked, mels) float32 spectra → the same less the mean that was known at each step."""
        steps = rows.reshape(-1, self._stack, rows.shape[1])  # (T, stacked, mels)
        means = steps.mean(1)  # (T, mels)
        known = np.zeros_like(means)
        for k, (mean, level) in enumerate(zip(means, means.mean(1).tolist())):
            self._follow(mean, level)
            known[k] = self._mean
        return (steps - known[:, None]).reshape(rows.shape)

    def _follow(self, mean: np.ndarray, level: float) -> None:
        if level > float(self._mean.mean()) - self._margin:
            self._heard += 1
            self._mean += (mean - self._mean) / np.float32(min(self._first + self._heard, self._longest))
        else:
            self._mean += (np.maximum(mean, self._floor) - self._mean) * self._sinking
