"""Trivial answers: what a figure must be read beside. Each is a clip, as a model's answer would be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from rigdriver.audio import Audio
from rigdriver.clip import Clip
from rigdriver.training.teacher.articulation import level_db

LEVEL_S = 0.1  # width of the level that a loudness-driven face moves by: a syllable's core
FPS = 60
JAW_SPAN, JAW_QUIET_DB, JAW_LOUD_DB = 0.4, -30.0, 3.0  # a plain level-driven jaw, around the recording's own level


def level(audio: Audio, times: np.ndarray) -> np.ndarray:
    """(frames,): dB of full scale around each time."""
    return level_db(audio, times, LEVEL_S)


def held(names: tuple[str, ...], pose: np.ndarray, audio: Audio) -> Clip:
    """One pose (names,) throughout: a still face where it is 0."""
    return Clip(names, np.tile(pose.astype(np.float32), (len(_times(audio)), 1)), Fraction(FPS))


def loud_jaw(names: tuple[str, ...], audio: Audio) -> Clip:
    """Only the jaw, and only by loudness: a puppet. From 30 dB under the recording's mean level to 3 dB over it."""
    heard = level(audio, _times(audio))
    usual = 10 * np.log10(np.mean(audio.samples.astype(np.float64) ** 2) + 1e-9)
    jaw = np.clip((heard - usual - JAW_QUIET_DB) / (JAW_LOUD_DB - JAW_QUIET_DB), 0, 1) * JAW_SPAN
    return Clip(("jawOpen",), jaw[:, None].astype(np.float32), Fraction(FPS)).pick(names)


def shuffled(clips: Sequence[Clip]) -> list[Clip]:
    """The right curves for the wrong take; a lone take is turned by half its length."""
    if len(clips) > 1:
        return [*clips[1:], clips[0]]
    return [Clip(clip.names, np.roll(clip.values, len(clip) // 2, axis=0), clip.fps, clip.start) for clip in clips]


@dataclass(frozen=True, eq=False)
class Habits:
    """What a face does on the whole, learned from its training split: mean pose, and each channel as a straight
    line of loudness (least squares on all training frames)."""

    names: tuple[str, ...]
    mean: np.ndarray
    slope: np.ndarray
    base: np.ndarray

    def posed(self, audio: Audio) -> Clip:
        return held(self.names, self.mean, audio)

    def driven(self, audio: Audio) -> Clip:
        heard = level(audio, _times(audio))
        return Clip(self.names, (heard[:, None] * self.slope + self.base).astype(np.float32), Fraction(FPS))


def habits(names: tuple[str, ...], values: np.ndarray, levels: np.ndarray) -> Habits:
    """From training frames: values (frames, names) and their levels (frames,)."""
    centred = levels - levels.mean()
    mean = values.mean(0)
    slope = centred @ (values - mean) / max(float(centred @ centred), 1e-9)
    return Habits(names, mean, slope, mean - slope * levels.mean())


def _times(audio: Audio) -> np.ndarray:
    return np.arange(len(audio) * FPS // audio.rate + 1) / FPS
