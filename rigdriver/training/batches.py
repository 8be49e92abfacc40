"""Batches: crops of lessons, disturbed and turned into features. Batch k of a seed is always the same batch."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import soxr
import torch
from torch import Tensor

from rigdriver.model.condition import Condition
from rigdriver.model.frontend import features
from rigdriver.model.settings import ModelSettings
from rigdriver.training import augment
from rigdriver.training.dataset import SPEAKING, UNKNOWN, Dataset, Lesson
from rigdriver.training.strung import Voices

SPEED = (0.88, 1.14)  # pitch, formants and tempo move together: other throats, other tempers
STRUNG = 0.75  # how often a lesson that does not fill its crop is followed by others of its voice
RESTING = "resting"  # the source that is no data set: sound without speech


class Batch(dict[str, Tensor]):
    """x (B, T + lookahead, features), always as many steps; style (B, styles), manner (B, manners), lookahead ();
    curves (B, T, outputs), live (B, outputs), phones (B, T), gate (B, T), accent (B, T); where some lesson has it,
    trust (B, T, outputs)."""

    @property
    def condition(self) -> Condition:
        return Condition(self["style"], self["manner"][:, None], self["lookahead"])


@dataclass(frozen=True)
class Crop:
    """One row of a batch before it is stacked."""

    samples: np.ndarray
    curves: np.ndarray
    live: np.ndarray
    phones: np.ndarray
    gate: np.ndarray
    accent: np.ndarray
    style: int
    manner: np.ndarray
    as_recorded: bool = False
    trust: np.ndarray | None = None


class Batches:
    """Draws batches; `shares` says how often each source comes, by name, with RESTING among them."""

    def __init__(self, dataset: Dataset, shares: dict[str, float], settings: ModelSettings, *,
                 size: int, seconds: float, seed: int, as_recorded: float = 0.0):
        self._settings, self._size, self._seed, self._as_recorded = settings, size, seed, as_recorded
        self._steps = round(seconds * settings.frontend.fps)
        self._still = np.zeros(len(settings.outputs), np.float32) if dataset.rest is None else dataset.rest
        self._pools = self._by_source(dataset, shares)
        self._voices = Voices([lesson for pool in self._pools.values() for lesson in pool], settings.frontend)
        self._trusts = any(lesson.trust is not None for pool in self._pools.values() for lesson in pool)
        self._sources = list(self._pools)
        weights = np.array([shares[source] for source in self._sources])
        self._odds = weights / weights.sum()
        usual = np.array([1 + 3 * (steps == settings.lookahead_steps) for steps in settings.lookaheads])
        self._ahead_odds = usual / usual.sum()

    @staticmethod
    def _by_source(dataset: Dataset, shares: dict[str, float]) -> dict[str, list[Lesson]]:
        pools = {source: dataset.of("train", source) for source in shares if source != RESTING}
        pools = {source: pool for source, pool in pools.items() if pool}
        return pools | ({RESTING: []} if RESTING in shares else {})

    def draw(self, step: int) -> Batch:
        """The batch of a step: a function of seed and step alone, so that a resumed run repeats nothing."""
        rng = np.random.default_rng((self._seed, step))
        ahead = int(rng.choice(self._settings.lookaheads, p=self._ahead_odds))
        crops = [self._crop(self._steps - ahead, rng) for _ in range(self._size)]
        babble = np.sum([crop.samples for crop in crops[:3]], axis=0)
        rows = [self._features(crop, babble if k > 2 else None, rng) for k, crop in enumerate(crops)]
        eye = np.eye(len(self._settings.styles), dtype=np.float32)
        stacked = {name: np.stack([getattr(crop, name) for crop in crops])
                   for name in ("curves", "live", "phones", "gate", "accent", "manner")}
        if self._trusts:
            stacked["trust"] = np.stack([np.ones_like(crop.curves) if crop.trust is None else crop.trust
                                         for crop in crops])
        batch = {name: torch.from_numpy(array) for name, array in stacked.items()}
        batch["style"] = torch.from_numpy(eye[[crop.style for crop in crops]])
        return Batch(batch, x=torch.from_numpy(np.stack(rows)), lookahead=torch.tensor(ahead))

    def _features(self, crop: Crop, babble: np.ndarray | None, rng: np.random.Generator) -> np.ndarray:
        frontend = self._settings.frontend
        if crop.as_recorded:
            return features(augment.gain(crop.samples, rng), frontend)[: self._steps]
        heard = features(augment.disturb(crop.samples, babble, rng), frontend)[: self._steps]
        return augment.masked(augment.throat(heard, frontend, rng), frontend.mels, rng)

    def _crop(self, frames: int, rng: np.random.Generator) -> Crop:
        source = self._sources[rng.choice(len(self._sources), p=self._odds)]
        if source == RESTING:
            return self._rest(frames, rng)
        pool = self._pools[source]
        lesson = pool[rng.integers(len(pool))]
        captured = self._settings.styles[lesson.style] != self._settings.default_style
        if captured and rng.random() < self._as_recorded:
            return replace(self._cut(lesson, frames, 1.0, rng), as_recorded=True)
        return self._cut(lesson, frames, rng.uniform(*SPEED), rng)

    @property
    def _sound(self) -> int:
        """Samples of a crop: its steps, and the half window after them."""
        frontend = self._settings.frontend
        return (self._steps + 1) * frontend.rate // frontend.fps + frontend.window

    def _rest(self, frames: int, rng: np.random.Generator) -> Crop:
        return Crop(augment.resting(self._sound, rng), np.tile(self._still, (frames, 1)),
                    np.ones(len(self._still), bool), np.zeros(frames, np.int8), np.zeros(frames, np.float32),
                    np.zeros(frames, np.float32), self._settings.styles.index(self._settings.default_style),
                    np.zeros(len(self._settings.manners), np.float32))

    def _cut(self, lesson: Lesson, frames: int, speed: float, rng: np.random.Generator) -> Crop:
        """A stretch of a lesson at another speed. A short one is mostly followed by others, or else by rest."""
        frontend = self._settings.frontend
        if len(lesson) < frames * speed and rng.random() < STRUNG:
            lesson = self._voices.strung(lesson, int(self._steps * speed) + 2, rng)
        spare = len(lesson) - int(frames * speed)
        first = int(rng.integers(0, spare + 1)) if spare > 0 else 0
        start = first * frontend.rate // frontend.fps
        sound = lesson.samples[start : start + int(self._sound * speed) + 64].astype(np.float32) / 32768
        sound = soxr.resample(sound, frontend.rate * speed, frontend.rate, "MQ") if len(sound) > 64 else sound
        sound = np.pad(sound[: self._sound], (0, max(0, self._sound - len(sound))))
        at = first + np.arange(frames) * speed
        return self._targets(lesson, at, sound)

    def _targets(self, lesson: Lesson, at: np.ndarray, sound: np.ndarray) -> Crop:
        """The lesson at fractional frames; beyond its end the face rests."""
        last = len(lesson) - 1
        low = np.minimum(at.astype(int), last)
        share = (at - low).clip(0, 1).astype(np.float32)
        high = np.minimum(low + 1, last)
        inside = at <= last
        curves = lesson.curves[low] * (1 - share)[:, None] + lesson.curves[high] * share[:, None]
        gate, accent = (track[low] * (1 - share) + track[high] * share for track in (lesson.gate, lesson.accent))
        phones = np.where(inside, lesson.phones[low], 0)
        curves = np.where(inside[:, None], curves, self._still).astype(np.float32)
        trust = None if lesson.trust is None else np.where(inside[:, None], lesson.trust[low], 1).astype(np.float32)
        return Crop(sound.astype(np.float32), curves, lesson.live,
                    phones.astype(np.int8), np.where(inside, gate, 0).astype(np.float32),
                    np.where(inside, accent, 0).astype(np.float32), lesson.style, lesson.manner, trust=trust)


def voice_of(phones: Tensor) -> tuple[Tensor, Tensor]:
    """Voice activity 0/1 and where it is known, both (B, T) float."""
    return ((phones > 0) | (phones == SPEAKING)).float(), (phones != UNKNOWN).float()
