"""The fit: sessions become the parameters of the ear. PyTorch, some seconds on one core."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from rigdriver.model.emotion import AT, CATEGORIES, EmotionSettings, Judgement, Parameters
from rigdriver.model.prosody import MEASURES
from rigdriver.training.emotion.sessions import EVERYDAY, Session

AROUSAL = {"anger": 1.0, "joy": 0.9, "fear": 0.85, "disgust": 0.5, "neutral": 0.45, "boredom": 0.2, "sadness": 0.1,
           "everyday": 0.5}
"""What each is taken to be worth: the circumplex's order (Russell 1980), the numbers ours."""
TARGETS = np.array([AROUSAL[name] for name in (*CATEGORIES, "everyday")], np.float32)
HIDDEN = 16
STEPS, BATCH, RATE, DECAY, DROPOUT = 500, 2048, 1e-2, 0.06, 0.2
EMOTION_WEIGHT = 0.075  # of the emotions' cross-entropy beside arousal's squared error
EVERYDAY_WEIGHT = 0.5  # of a tick of read speech beside one of acted
UNKNOWN_TICKS, KNOWN_TICKS = 3.0, 10.0  # of speech after which an emotion begins to show, and is there in full


@dataclass(frozen=True, eq=False)
class Lessons:
    """(n, 2 × measures) voices, (n,) labels, weights 0..1 and speakers."""

    voices: np.ndarray
    labels: np.ndarray
    weights: np.ndarray
    speakers: np.ndarray

    def without(self, speakers: set[str]) -> Lessons:
        """All but those of some speakers."""
        kept = ~np.isin(self.speakers, sorted(speakers))
        return Lessons(self.voices[kept], self.labels[kept], self.weights[kept], self.speakers[kept])


def average(sessions: list[Session]) -> Parameters:
    """The average voice, and a network that knows nothing yet."""
    values = np.concatenate([one.values for one in sessions])
    shares = np.concatenate([one.shares for one in sessions])
    mean = (values * shares).sum(0) / shares.sum(0)
    spread = np.sqrt(((values - mean) ** 2 * shares).sum(0) / shares.sum(0))
    answers = 1 + len(CATEGORIES)
    return Parameters(mean, spread, np.zeros((2 * len(MEASURES), HIDDEN)), np.zeros(HIDDEN),
                      np.zeros((HIDDEN, answers)), np.zeros(answers), EmotionSettings())


def lessons(sessions: list[Session], base: Parameters) -> Lessons:
    """Running means at every tick of speech that an emotion has had the time to show in."""
    parts = []
    for one in sessions:
        voices = Judgement(base).follow(one.values, one.shares)
        weights = _shown(one) * (EVERYDAY_WEIGHT if one.everyday else 1.0)
        kept = weights > 0
        parts.append((voices[kept], one.labels[kept], weights[kept], np.full(kept.sum(), one.speaker)))
    voices, labels, weights, speakers = (np.concatenate(part) for part in zip(*parts))
    return Lessons(voices.astype(np.float32), labels, weights.astype(np.float32), speakers)


def _shown(one: Session) -> np.ndarray:
    """(ticks,) 0..1: how much speech of its label a tick has behind it; 0 in pauses."""
    alive, begun = one.shares[:, AT], one.starts()
    since, heard = np.zeros(len(alive)), 0.0
    for k, share in enumerate(alive.tolist()):
        heard = share if begun[k] else heard + share
        since[k] = heard
    return np.clip((since - UNKNOWN_TICKS) / (KNOWN_TICKS - UNKNOWN_TICKS), 0, 1) * (alive > 0.2)


def fit(taught: Lessons, base: Parameters, source: str, seed: int = 0) -> Parameters:
    """The network that gives each tick its label's arousal, and the acted ones their emotion."""
    torch.manual_seed(seed)
    inner, outer = nn.Linear(2 * len(MEASURES), HIDDEN), nn.Linear(HIDDEN, 1 + len(CATEGORIES))
    network = nn.Sequential(nn.Dropout(DROPOUT), inner, nn.Tanh(), outer)
    optimiser = torch.optim.AdamW(network.parameters(), RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=STEPS)
    voices, weights = torch.from_numpy(taught.voices), torch.from_numpy(taught.weights)
    labels = torch.from_numpy(taught.labels)
    shares = _balance(taught)
    for _ in range(STEPS):
        drawn = torch.randint(len(voices), (BATCH,))
        loss = _loss(network(voices[drawn]), labels[drawn], weights[drawn], shares)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    inner_weight, inner_bias, outer_weight, outer_bias = (
        one.detach().numpy().astype(np.float64) for one in network.parameters())
    return Parameters(base.mean, base.spread, inner_weight.T, inner_bias, outer_weight.T, outer_bias, base.settings,
                      source)


def _balance(taught: Lessons) -> torch.Tensor:
    """(labels,) what makes every emotion weigh the same; everyday speech keeps its own weight."""
    sums = np.bincount(taught.labels, taught.weights, EVERYDAY + 1)[:EVERYDAY]
    return torch.tensor([*(sums.mean() / sums), 1.0], dtype=torch.float32)


def _loss(answers: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor, balance: torch.Tensor) -> torch.Tensor:
    weights = weights * balance[labels]
    wrong = (torch.sigmoid(answers[:, 0]) - torch.from_numpy(TARGETS)[labels]) ** 2
    acted = weights * (labels != EVERYDAY)
    missed = nn.functional.cross_entropy(answers[:, 1:], labels.clamp(max=EVERYDAY - 1), reduction="none")
    return (wrong * weights).sum() / weights.sum() + EMOTION_WEIGHT * (missed * acted).sum() / (acted.sum() + 1e-6)
