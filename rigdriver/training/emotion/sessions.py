"""Sessions to learn from: utterances of one speaker, strung together or alone, in rooms and at gains of every kind.

EmoDB's recordings last two seconds, a stream lasts for hours: only strung together do they show what a speaker's own
usual is worth. Alone they show the first two seconds of a stream, and sorted by emotion a scene that stays in one mood.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from rigdriver.errors import InputError
from rigdriver.model.emotion import AT, CATEGORIES, LIVELY, TICK_S
from rigdriver.model.frontend import Spectra
from rigdriver.model.prosody import Prosody
from rigdriver.model.settings import FrontendSettings
from rigdriver.training import augment
from rigdriver.training.takes import emodb
from rigdriver.training.takes.sources import read_audio

RATE = 16000
EVERYDAY = len(CATEGORIES)  # the label of speech whose emotion nobody noted
READ = {  # everyday speech: folder of recordings, how a name tells its speaker, speakers, recordings of each
    "speechocean762_adult/audio": (lambda stem: stem[:4], 97, 10),
    "speechocean762_child/audio": (lambda stem: stem[:4], 30, 10),
    "grid_s1/audio": (lambda stem: "s1", 1, 25),
    "lj_prompts_male": (lambda stem: "lj_male", 1, 25),
}  # fmt: skip
PAUSE_S = (0.2, 1.0)
LENGTHS = (1, 1, 2, 4, 8, 16, 60)  # utterances in a session, one of these
UNEVEN_DB = 3.0  # an actor's distance from the microphone changes from take to take
COPIES = 8  # of every acted utterance; the first and third as they were recorded, every third sorted by emotion
READ_COPIES = 2
Say = Callable[[str], None]
Disturb = Callable[[np.ndarray, np.random.Generator], np.ndarray]


@dataclass(frozen=True, eq=False)
class Utterance:
    """One recording: who speaks, which of CATEGORIES or EVERYDAY, (n,) samples."""

    speaker: str
    label: int
    samples: np.ndarray


@dataclass(frozen=True, eq=False)
class Session:
    """What `Prosody` hears of a session: (ticks, measures) twice, and (ticks,) the label of each tick's end."""

    speaker: str
    values: np.ndarray
    shares: np.ndarray
    labels: np.ndarray

    @property
    def everyday(self) -> bool:
        return bool((self.labels == EVERYDAY).any())

    def starts(self) -> np.ndarray:
        """(ticks,) bool: where the label becomes another."""
        return np.diff(self.labels, prepend=-1) != 0

    def ends(self) -> list[int]:
        """The last tick of speech of each stretch of one label."""
        edges = [*np.flatnonzero(self.starts()), len(self.labels)]
        spoken = self.shares[:, AT] > LIVELY
        found = [np.flatnonzero(spoken[first:last]) for first, last in pairwise(edges)]
        return [first + int(here[-1]) for first, here in zip(edges, found) if len(here)]


def acted(data: Path) -> list[Utterance]:
    """EmoDB, all of it. Raises InputError where the folder has none."""
    labels = {letter: CATEGORIES.index(name) for letter, name in emodb.EMOTIONS.items()}
    found = [Utterance(path.stem[:2], labels[path.stem[5]], read_audio(path).samples)
             for path in sorted((data / "emodb" / "audio").glob("*.opus"))]
    if not found:
        raise InputError(f"{data / 'emodb' / 'audio'}: no recordings of EmoDB here")
    return found


def read(data: Path, rng: np.random.Generator) -> list[Utterance]:
    """Speech read aloud: as many speakers and recordings of each as READ says, drawn by chance."""
    found = []
    for folder, (speaker, speakers, each) in READ.items():
        of: dict[str, list[Path]] = {}
        for path in sorted((data / folder).glob("*.opus")):
            of.setdefault(speaker(path.stem), []).append(path)
        for name in rng.permutation(sorted(of))[:speakers]:
            drawn = [of[name][k] for k in rng.permutation(len(of[name]))[:each]]
            found += [Utterance(f"{folder} {name}", EVERYDAY, read_audio(path).samples) for path in drawn]
    return found


def lessons(utterances: list[Utterance], rng: np.random.Generator, copies: int) -> Iterator[Session]:
    """Every utterance `copies` times in sessions of its speaker."""
    for copy in range(copies):
        disturb = _as_it_is if copy in (0, 2) else _disturbed
        for speaker in sorted({one.speaker for one in utterances}):
            mine = [one for one in utterances if one.speaker == speaker]
            mine = [mine[k] for k in rng.permutation(len(mine))]
            if copy % 3 == 2:
                mine.sort(key=lambda one: one.label)
            while mine:
                count = min(int(rng.choice(LENGTHS)), 8 if copy % 3 == 2 else len(mine))
                yield session(mine[:count], rng, disturb, UNEVEN_DB if copy % 2 else 0.0)
                mine = mine[count:]


def session(utterances: list[Utterance], rng: np.random.Generator, disturb: Disturb, uneven_db: float = 0.0) -> Session:
    """Pauses and utterances by turns, as a stream hears them."""
    samples, labels = [], []
    for one in utterances:
        pause = int(RATE * rng.uniform(*PAUSE_S))
        samples += [np.zeros(pause, np.float32), one.samples * np.float32(10 ** (rng.normal(0, 1) * uneven_db / 20))]
        labels.append(np.full(pause + len(one.samples), one.label))
    sound, label = disturb(np.concatenate(samples), rng), np.concatenate(labels)
    frontend = FrontendSettings()
    values, shares = Prosody(frontend).push(sound, Spectra(frontend).push(sound))
    ends = np.minimum(((np.arange(len(values)) + 1) * TICK_S * RATE).astype(int), len(label)) - 1
    return Session(utterances[0].speaker, values, shares, label[ends])


def _as_it_is(sound: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return sound


def _disturbed(sound: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return augment.disturb(sound, None, rng)
