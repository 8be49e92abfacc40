"""Takes of one voice strung together: a stream goes on long after a take of three seconds would have ended.

A network that only ever heard a take from its beginning, and silence after it, names sounds worse in the middle of a
long stream (phones on validation voices: .58 in single takes, .49 in one stream a speaker).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from rigdriver.model.settings import FrontendSettings
from rigdriver.training.dataset import Lesson

TRACKS = ("curves", "phones", "gate", "accent")


class Voices:
    """Lessons by who speaks in them and how: those of one group may follow each other."""

    def __init__(self, lessons: list[Lesson], frontend: FrontendSettings):
        self._frontend = frontend
        self._groups: dict[tuple, list[Lesson]] = {}
        for lesson in lessons:
            self._groups.setdefault(_group(lesson), []).append(lesson)

    def strung(self, lesson: Lesson, frames: int, rng: np.random.Generator) -> Lesson:
        """At least `frames` frames: the lesson from somewhere in it, then others of its group in any order."""
        group = self._groups[_group(lesson)]
        parts = [self._from(lesson, int(rng.integers(0, max(1, len(lesson) // 2))))]
        while sum(map(len, parts)) < frames:
            parts.append(self._from(group[rng.integers(len(group))], 0))
        tracks: dict[str, Any] = {
            name: np.concatenate([getattr(part, name) for part in parts]) for name in ("samples", *_tracks(lesson))}
        return replace(lesson, **tracks)

    def _from(self, lesson: Lesson, first: int) -> Lesson:
        """The lesson from a frame on, without its last, so that sound and frames end together (within a sample)."""
        last = max(first + 1, len(lesson) - 1)
        start, end = (frame * self._frontend.rate // self._frontend.fps for frame in (first, last))
        sound = lesson.samples[start:end]
        sound = np.pad(sound, (0, end - start - len(sound)))
        tracks: dict[str, Any] = {name: getattr(lesson, name)[first:last] for name in _tracks(lesson)}
        return replace(lesson, samples=sound, **tracks)


def _group(lesson: Lesson) -> tuple:
    return lesson.source, lesson.speaker, lesson.style, lesson.manner.tobytes(), lesson.trust is None


def _tracks(lesson: Lesson) -> tuple[str, ...]:
    return TRACKS if lesson.trust is None else (*TRACKS, "trust")
