"""The judge: what the ear says at the end of each utterance, beside what the actor meant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rigdriver.model.emotion import CATEGORIES, Judgement, Parameters
from rigdriver.training import augment
from rigdriver.training.emotion.fit import TARGETS
from rigdriver.training.emotion.sessions import Session, Utterance, session

HIGH = tuple(CATEGORIES.index(name) for name in ("anger", "fear", "joy"))
LOW = tuple(CATEGORIES.index(name) for name in ("sadness", "boredom"))
SNR_DB = 10.0
SEED = 5


@dataclass(frozen=True, eq=False)
class Verdicts:
    """(utterances,) labels, (utterances, 1 + emotions) what the ear said."""

    labels: np.ndarray
    said: np.ndarray

    @property
    def auc(self) -> float:
        """Of arousal: how likely a high emotion lies above a low one."""
        high, low = (self.said[np.isin(self.labels, which), 0] for which in (HIGH, LOW))
        return float(((high[:, None] > low) + 0.5 * (high[:, None] == low)).mean())

    @property
    def correlation(self) -> float:
        """Of arousal with what the emotions are taken to be worth."""
        return float(np.corrcoef(self.said[:, 0], TARGETS[self.labels])[0, 1])

    @property
    def confusion(self) -> np.ndarray:
        """(emotions meant, emotions said) shares of each row."""
        said = self.said[:, 1:].argmax(1)
        counts = np.zeros((len(CATEGORIES), len(CATEGORIES)))
        np.add.at(counts, (self.labels, said), 1)
        return counts / np.maximum(counts.sum(1, keepdims=True), 1)

    @property
    def accuracy(self) -> float:
        """Unweighted: the mean of what is right of each emotion."""
        return float(self.confusion.diagonal().mean())

    def line(self) -> str:
        """One row of a report."""
        means = " ".join(f"{name} {self.said[self.labels == k, 0].mean():.2f}" for k, name in enumerate(CATEGORIES))
        return f"AUC {self.auc:.3f}  r {self.correlation:.3f}  accuracy {self.accuracy:.3f}  arousal: {means}"


def _noisy(sound: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return augment.mix(sound, augment.noise(len(sound), rng), SNR_DB)


def _gained(gain_db: float) -> Callable[[np.ndarray, np.random.Generator], np.ndarray]:
    return lambda sound, rng: sound * np.float32(10 ** (gain_db / 20))


CONDITIONS = {"clean": _gained(0.0), "10 dB noise": _noisy, "-20 dB gain": _gained(-20.0), "+10 dB gain": _gained(10.0)}


def alone(utterances: list[Utterance], condition: str = "clean") -> list[Session]:
    """Every utterance as a stream of its own: the ear's first two seconds with a speaker."""
    rng = np.random.default_rng(SEED)
    return [session([one], rng, CONDITIONS[condition]) for one in utterances]


def strung(utterances: list[Utterance], condition: str = "clean") -> list[Session]:
    """Every speaker as one stream, emotions by turns: the ear has to change its mind every two seconds."""
    rng = np.random.default_rng(SEED)
    speakers = sorted({one.speaker for one in utterances})
    mine = [[one for one in utterances if one.speaker == speaker] for speaker in speakers]
    return [session([said[k] for k in rng.permutation(len(said))], rng, CONDITIONS[condition]) for said in mine]


def judge(sessions: list[Session], parameters: Callable[[str], Parameters]) -> Verdicts:
    """What the ear says at the last speech of every utterance, with the parameters that a speaker calls for."""
    labels, said = [], []
    for one in sessions:
        thoughts, ends = Judgement(parameters(one.speaker)).push(one.values, one.shares), one.ends()
        labels.append(one.labels[ends])
        said.append(thoughts[ends])
    return Verdicts(np.concatenate(labels), np.concatenate(said))
