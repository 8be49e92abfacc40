"""The ear for emotion: from a voice how aroused it is, and, weakly, which emotion that might be.

Two running means of the voice's prosody, over the last second of speech and over what is usual for the speaker, go
through a network of sixteen hidden units. Its answers are eased, held in pauses and given up in long silence.

How far to trust it: arousal as a tendency, the emotion as a guess. On EmoDB (ten German actors, two seconds each, the
actor left out of the fit), at the end of an utterance that is a stream of its own:

    arousal, anger fear joy against sadness boredom: AUC .992; r with what emotions are taken to be worth: .88
    the emotion of seven: .60 right (chance .14); sadness .79, neutral .75, anger .71; joy is heard as anger as often
    as itself (.38 each), boredom as neutral or disgust
    at 10 dB of noise: AUC .96, r .78, emotion .45; at −20 and +10 dB of gain: AUC .990 and .992, emotion .59 and .60
    emotions by turns in one stream, a new one every two seconds: AUC .982, r .85, emotion .51
    readers left out of the fit: arousal .50 ± .05, 99.8 % of the time within .3 to .7

Means are .82 for anger, .77 joy, .68 fear, .54 disgust, .45 neutral, .41 boredom, .34 sadness: the calm end is
narrow, because read speech is calm too. Ten actors are few, acted is not felt, and elsewhere it hears less. Ten
samples by two other voices, English and Mandarin, that it was never fitted to: for one, out of breath .73, anger .60,
joy .60, neutral .49, sadness .49; for the other joy .53, out of breath .52, neutral .48, anger (held back) .45,
sadness .35; their emotion is mostly heard wrong. A LibriVox reader lies at .38, a synthesiser's voice at .37. Anger
that lasts falls from .84 to .71 in half a minute, since what lasts becomes usual.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from rigdriver.errors import SettingsError
from rigdriver.model.frontend import Spectra
from rigdriver.model.prosody import ALIVE, FPS, MEASURES, STEPS, Prosody
from rigdriver.model.settings import FrontendSettings
from rigdriver.resources import WEIGHTS
from rigdriver.settings import build

DEFAULT = WEIGHTS / "emotion.npz"
CATEGORIES = ("anger", "boredom", "disgust", "fear", "joy", "sadness", "neutral")
"""Boredom is a kind of neutral to most faces."""
NEUTRAL = 0.5  # arousal of everyday speech
TICK_S = STEPS / FPS
LIVELY = 0.2  # of a tick must be speech for its answer to count in full,
BUZZING = 0.05, 0.15  # and of the speech of late so much voiced: from none, as in noise, to full
AT = MEASURES.index(ALIVE)


@dataclass(frozen=True)
class EmotionSettings:
    """How long the ear remembers.

    recent_s, usual_s: seconds of speech that the two running means go over.
    trust_recent_s, trust_usual_s: seconds of speech that the average voice, known beforehand, is worth in each.
    ease_s: half-life of the way to a new answer.
    hold_s, neutral_s: seconds of silence that change nothing, and the half-life of the drift to neutral after them.
    forgiven: share of a speaker's usual arousal, over the same speech as usual_s, that is taken for their everyday.
    """

    recent_s: float = 0.9
    usual_s: float = 30.0
    trust_recent_s: float = 0.3
    trust_usual_s: float = 5.0
    ease_s: float = 0.25
    hold_s: float = 2.0
    neutral_s: float = 3.0
    forgiven: float = 0.5

    def ticks(self, *names: str) -> np.ndarray:
        """(names, 1) settings in seconds as ticks."""
        return np.array([[getattr(self, name) / TICK_S] for name in names])


@dataclass(frozen=True, eq=False)
class Parameters:
    """What was learned: see `rigdriver.training.emotion`.

    mean, spread (measures,): of the average voice. inner (2 × measures, hidden), inner_bias (hidden,), outer (hidden,
    1 + emotions), outer_bias: the network. settings: what it was fitted with; source: from what, under which licence.
    """

    mean: np.ndarray
    spread: np.ndarray
    inner: np.ndarray
    inner_bias: np.ndarray
    outer: np.ndarray
    outer_bias: np.ndarray
    settings: EmotionSettings = EmotionSettings()
    source: str = ""

    def __post_init__(self) -> None:
        measures, hidden, answers = len(MEASURES), len(self.inner_bias), 1 + len(CATEGORIES)
        wanted = ((measures,), (measures,), (2 * measures, hidden), (hidden,), (hidden, answers), (answers,))
        got = tuple(array.shape for array in self.arrays().values())
        if got != wanted:
            raise ValueError(f"arrays of shapes {got} do not fit, {wanted} would")

    def arrays(self) -> dict[str, np.ndarray]:
        """The numbers by name."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)[:6]}

    @classmethod
    def load(cls, path: Path = DEFAULT) -> Parameters:
        """Raises SettingsError for a file that holds something else."""
        try:
            with np.load(path) as file:
                arrays = {name: file[name].astype(np.float64) for name in file.files if file[name].dtype.kind == "f"}
                settings = build(EmotionSettings, json.loads(str(file["settings"])), str(path))
                return cls(**arrays, settings=settings, source=str(file["source"]))
        except (OSError, EOFError, BadZipFile, KeyError, TypeError, ValueError) as error:
            raise SettingsError(f"{path}: not the parameters of an ear for emotion ({error})") from None

    def answer(self, voices: np.ndarray) -> np.ndarray:
        """(ticks, 2 × measures) running means → (ticks, 1 + emotions): arousal, then shares that sum to 1."""
        scores = np.tanh(voices @ self.inner + self.inner_bias) @ self.outer + self.outer_bias
        likely = np.exp(scores[:, 1:] - scores[:, 1:].max(1, keepdims=True))
        arousal = 1 / (1 + np.exp(-scores[:, :1]))
        return np.concatenate([arousal, likely / likely.sum(1, keepdims=True)], 1)


@cache
def learned() -> Parameters:
    """The parameters that ship."""
    return Parameters.load()


class Judgement:
    """What is thought of one voice as its prosody comes in, tick by tick."""

    def __init__(self, parameters: Parameters):
        self._parameters, settings = parameters, parameters.settings
        self._voices = np.zeros((2, len(MEASURES)))  # recent and usual, in spreads from the average voice
        self._known = settings.ticks("trust_recent_s", "trust_usual_s") * np.ones_like(self._voices)
        self._most = settings.ticks("recent_s", "usual_s")
        self._thought = neutral()
        self._mood, self._mood_known = NEUTRAL, settings.trust_usual_s / TICK_S
        self._ease, self._drift = (1 - 0.5 ** (TICK_S / half) for half in (settings.ease_s, settings.neutral_s))
        self._hold = settings.hold_s / TICK_S
        self._quiet = 0.0  # ticks

    def push(self, values: np.ndarray, shares: np.ndarray) -> np.ndarray:
        """(ticks, measures) twice, of `Prosody` → (ticks, 1 + emotions): arousal and emotions, eased."""
        if not len(values):
            return np.zeros((0, 1 + len(CATEGORIES)))
        voices = self.follow(values, shares)
        voiced = voices[:, AT] * self._parameters.spread[AT] + self._parameters.mean[AT]
        buzzing = np.clip((voiced - BUZZING[0]) / (BUZZING[1] - BUZZING[0]), 0, 1)
        lively = buzzing * np.clip(shares[:, AT] / LIVELY, 0, 1)
        answers = self._parameters.answer(voices)
        answers[:, 0] = self._centred(answers[:, 0].tolist(), lively.tolist())
        return self._eased(answers, lively.tolist())

    def _centred(self, arousal: list[float], lively: list[float]) -> np.ndarray:
        """Arousal less a share of what is usual for this speaker: a dull microphone or a slow reader is not sad."""
        settings, centred = self._parameters.settings, np.zeros(len(arousal))
        for k, (now, alive) in enumerate(zip(arousal, lively)):
            self._mood_known = min(self._mood_known + alive, settings.usual_s / TICK_S)
            self._mood += (now - self._mood) * (alive / self._mood_known)
            centred[k] = now - settings.forgiven * (self._mood - NEUTRAL)
        return np.clip(centred, 0, 1)

    def follow(self, values: np.ndarray, shares: np.ndarray) -> np.ndarray:
        """Running means after each tick; a measure counts as far as the tick had sound to show it."""
        standard = (values - self._parameters.mean) / self._parameters.spread
        followed = np.zeros((len(values), 2 * len(MEASURES)))
        for k, (voice, share) in enumerate(zip(standard, shares)):
            self._known = np.minimum(self._known + share, self._most)
            self._voices += (voice - self._voices) * (share / self._known)
            followed[k] = self._voices.ravel()
        return followed

    def _eased(self, answers: np.ndarray, lively: list[float]) -> np.ndarray:
        eased = np.zeros_like(answers)
        for k, (answer, alive) in enumerate(zip(answers, lively)):
            self._quiet = (self._quiet + 1) * (1 - alive)
            drift = self._drift * min(max(self._quiet - self._hold, 0.0), 1.0)
            self._thought = self._thought + (answer - self._thought) * (self._ease * alive)
            self._thought += (neutral() - self._thought) * drift
            eased[k] = self._thought
        return eased


def neutral() -> np.ndarray:
    """(1 + emotions,): everyday arousal, surely neutral."""
    return np.array([NEUTRAL, *(float(name == "neutral") for name in CATEGORIES)])


class Ear:
    """One voice as arousal and emotions a step, beside a front end that makes the spectra anyway."""

    def __init__(self, frontend: FrontendSettings, parameters: Parameters | None = None):
        self._prosody, self._judgement = Prosody(frontend), Judgement(parameters or learned())
        self._stack = frontend.frames_per_step
        self._ends = np.stack([neutral(), neutral()])  # thought before and after the tick that is being shown
        self._steps = 0

    def push(self, samples: np.ndarray, spectra: np.ndarray) -> np.ndarray:
        """(n,) samples, and the spectra that `Spectra` gives for them → (steps, 1 + emotions) float32 of those spectra.

        Column 0 is arousal, the others CATEGORIES. A tick is shown, in a straight line, over the six steps after it.
        """
        new = self._judgement.push(*self._prosody.push(samples, spectra))
        thoughts = np.concatenate([self._ends, new]) if len(new) else self._ends
        if len(spectra) == self._stack:  # a step of a live stream: the same sums, a quarter of the calls
            return self._shown(thoughts)
        steps = np.arange(self._steps, self._steps + len(spectra) // self._stack)
        before = steps // STEPS - self._steps // STEPS
        self._steps += len(steps)
        self._ends = thoughts[-2:]
        share = (steps % STEPS + 1)[:, None] / STEPS
        return (thoughts[before] * (1 - share) + thoughts[before + 1] * share).astype(np.float32)

    def _shown(self, thoughts: np.ndarray) -> np.ndarray:
        """(1, 1 + emotions) float32: the next step."""
        share = (self._steps % STEPS + 1) / STEPS
        self._steps += 1
        self._ends = thoughts[-2:]
        return (thoughts[:1] * (1 - share) + thoughts[1:2] * share).astype(np.float32)


class EarStream:
    """The ear on its own: sound in, arousal and emotions out, for those who run no face model beside it."""

    def __init__(self, parameters: Parameters | None = None):
        self._settings = FrontendSettings()
        self._spectra, self._ear = Spectra(self._settings), Ear(self._settings, parameters)
        self._samples = self._given = 0

    def push(self, samples: np.ndarray) -> np.ndarray:
        """(n,) float32 at 16 kHz → (steps, 1 + emotions) float32 of 60 steps a second that are finished."""
        self._samples += len(samples)
        out = self._ear.push(samples, self._spectra.push(samples))
        self._given += len(out)
        return out

    def flush(self) -> np.ndarray:
        """The rest: every step whose time lies in the sound, end included. After it the stream is over."""
        steps, samples = self._samples * FPS // self._settings.rate + 1, self._samples
        missing = steps - self._given
        tail = self.push(np.zeros(self._settings.window, np.float32))[: max(0, missing)]
        self._samples = samples
        return tail


def listen(samples: np.ndarray, parameters: Parameters | None = None) -> np.ndarray:
    """(n,) float32 at 16 kHz → (steps, 1 + emotions) of a whole recording, one step for every 60th of a second."""
    stream = EarStream(parameters)
    return np.concatenate([stream.push(samples), stream.flush()])
