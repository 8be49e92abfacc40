"""Mood: the emotion of a moment, as weights, and what it asks of head and lids."""

from __future__ import annotations

import numpy as np

from rigdriver.clip import HEARD
from rigdriver.layers import poses
from rigdriver.performance import EMOTIONS, Performance
from rigdriver.tracks import Tracks


class Mood:
    """What a performance says of emotion over time; a pure function of time, the same for every chunking."""

    def __init__(self, performance: Performance):
        section = performance.emotion
        on = section.enabled
        self._strength = section.emotion_strength
        self._still = np.array([getattr(section, name) * on for name in EMOTIONS])  # (emotions,)
        tracks = Tracks(performance.tracks)
        self._tracks = {k: tracks[f"emotion.{name}"] for k, name in enumerate(EMOTIONS)
                        if on and f"emotion.{name}" in tracks}
        self.guessed = on and bool(section.auto or "emotion.auto" in tracks)
        self._shown = [k for k, name in enumerate(EMOTIONS)
                       if self._still[k] or k in self._tracks or (self.guessed and name in HEARD)]
        self.any = bool(self._shown)
        # Nothing is read for a face that shows none, unless a file is named: what is wrong with it should be heard.
        self.poses = poses.load(section.poses) if self.any or section.poses else poses.NONE

    def at(self, times: np.ndarray) -> np.ndarray:
        """(frames, emotions) 0..1: weights of EMOTIONS. Several share one face: together they are at most 1."""
        weights = np.tile(self._still, (len(times), 1))
        for k, track in self._tracks.items():
            weights[:, k] = track.at(times)
        together = np.maximum(1, weights.sum(1, keepdims=True))
        return np.asarray(weights / together)

    def mixed(self, weights: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """(frames, emotions) of (emotions, columns) → (frames, columns): the weighted sum of rows. Not by a matrix
        product, which rounds by how many frames are pushed at once."""
        out = np.zeros((len(weights), rows.shape[1]))
        for k in self._shown:
            out += weights[:, k, None] * rows[k]
        return out

    def factors(self, weights: np.ndarray, name: str) -> np.ndarray:
        """(frames,) the factor of this name (`head_motion`, `blinks`, `jaw_motion`): 1 where no emotion is."""
        return np.maximum(0, 1 + self._strength * self.mixed(weights, self._column(name) - 1)[:, 0])

    def angles(self, weights: np.ndarray, name: str) -> np.ndarray:
        """(frames,) degrees by which the head is held (`head_pitch_deg`, `head_roll_deg`)."""
        return self._strength * self.mixed(weights, self._column(name))[:, 0]

    def _column(self, name: str) -> np.ndarray:
        return np.array([[getattr(self.poses.of(emotion), name)] for emotion in EMOTIONS])
