"""A studio's run: its folder of takes becomes a data set, its channels the outputs, its face the only style."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.ndimage import uniform_filter1d

from rigdriver import rig as rigs
from rigdriver.errors import SettingsError
from rigdriver.model.checkpoint import load_network
from rigdriver.model.settings import ModelSettings, Source
from rigdriver.phones import PHONES
from rigdriver.rig import Rig
from rigdriver.take import Take
from rigdriver.training.config import TAKES, TrainConfig
from rigdriver.training.dataset import SPEAKING, UNKNOWN, Dataset, Lesson, open_dataset
from rigdriver.training.takes.folder import RATE, TakeFolder, look
from rigdriver.training.takes.sources import DataSet
from rigdriver.transcript import labels

Say = Callable[[str], None]
QUIET = 0.1  # share of frames, the quietest, in which the face counts as resting
NEAR_DB, FAR_DB = 20.0, 38.0  # below the level of speech: surely speech, surely none
LEVEL_S = 0.2  # over which that level is taken, so that a stop's closure is no pause
FLOOR = 1e-9
CACHE = "lessons"


@dataclass(frozen=True, eq=False)
class Studio:
    """What a run learns from a folder of takes.

    settings: of the network. rig: of the takes' curves, where one was named. begun: whether the run begins from weights
    that know when somebody speaks; else takes without phones teach it by their level.
    """

    found: TakeFolder
    settings: ModelSettings
    rig: Rig | None = None
    begun: bool = True

    def dataset(self, folder: Path, say: Say) -> Dataset:
        """Lessons, kept below the run's folder."""
        source = self.settings.sources[-1]
        row = DataSet(self._takes, source, self.settings.default_style, self._stamp())
        dataset = open_dataset(self.found.folder, [TAKES], self.settings, folder / CACHE, say, {TAKES: row})
        dataset.rest = resting_face(dataset)
        if not self.begun:
            dataset.lessons = [replace(lesson, phones=speaking(lesson)) if (lesson.phones == UNKNOWN).all() else lesson
                               for lesson in dataset.lessons]
        return dataset

    def _takes(self, _: Path) -> Iterator[Take]:
        """Takes with curves in the network's own unit, 0 to 1 over each output's range."""
        low, span = dict(zip(self.settings.outputs, self.settings.spans.T)), self.settings.outputs
        for take in self.found.takes():
            assert take.clip is not None
            clip = take.clip.pick([name for name in span if name in take.clip])
            base, width = np.array([low[name] for name in clip.names], np.float32).T
            yield replace(take, clip=replace(clip, values=(clip.values - base) / width))

    def _stamp(self) -> str:
        """What lessons depend on: every file of every take, its split, unit, and the outputs' ranges."""
        facts: list[object] = [self.settings.ranges, self.found.live]
        for take in self.found.sources:
            files = [take.sound, take.curves, labels.beside(take.sound)]
            files += [take.sound.parent / name for name in labels.ALIGNMENTS]
            stats = [(path.stat().st_size, path.stat().st_mtime_ns) for path in files if path and path.is_file()]
            facts.append((take.name, take.split, take.scale, stats))
        return hashlib.sha256(repr(facts).encode()).hexdigest()


def studio(config: TrainConfig, folder: Path, init: Path | None, say: Say) -> Studio:
    """Looks at the takes and plans the network: the size of `init`'s, or of the file's where a run begins from nothing.

    Raises SettingsError for a rig of which no channel is in the takes, InputError for a folder with nothing to learn.
    """
    rig = rigs.load(config.rig) if config.rig else None
    found = look(folder, say, rig.names if rig else ())
    if rig and not set(found.live) & set(rig.names):
        raise SettingsError(f"{folder}: no curve is a channel of the rig {rig.name!r}")
    if len(config.styles) != 1:
        raise SettingsError(f"takes teach one face; styles should name one, not {', '.join(config.styles)}")
    base = load_network(init).settings if init else config.model()
    minutes = sum(source.seconds for source in found.of("train")) / 60
    own = Source(f"takes of {folder.resolve().name}", "their owner's", f"the face: {minutes:.1f} min of "
                 f"{len(found.of('train'))} takes")
    wide = any(found.ranges[name] != (0.0, 1.0) for name in found.live)
    return Studio(found, dataclasses.replace(
        base, outputs=found.live, styles=config.styles, default_style=config.styles[0], name=config.name,
        sources=(*(base.sources if init else ()), own),
        ranges=tuple(found.ranges[name] for name in found.live) if wide else ()), rig, init is not None)


def resting_face(dataset: Dataset) -> np.ndarray:
    """(outputs,): the median face of the quietest frames of each take, in the network's unit."""
    faces = []
    for lesson in dataset.of("train"):
        quiet = np.argsort(_level_db(lesson), kind="stable")[: max(1, round(QUIET * len(lesson)))]
        faces.append(np.asarray(lesson.curves, np.float32)[quiet])
    return np.median(np.concatenate(faces), 0).astype(np.float32)


def speaking(lesson: Lesson) -> np.ndarray:
    """(frames,) int8: SPEAKING where a take is nearly as loud as its speech, SIL where it is far below for a while."""
    level = uniform_filter1d(_level_db(lesson), round(LEVEL_S * len(lesson) / (len(lesson.samples) / RATE)))
    below = np.quantile(level, 0.95) - level
    known = np.where(below > FAR_DB, PHONES.index("SIL"), UNKNOWN)
    return np.where(below < NEAR_DB, SPEAKING, known).astype(np.int8)


def _level_db(lesson: Lesson) -> np.ndarray:
    """(frames,) level of the sound from each frame to the next, dB."""
    edges = np.linspace(0, len(lesson.samples), len(lesson) + 1).astype(int)
    power = np.concatenate([[0.0], np.cumsum((lesson.samples.astype(np.float64) / 32768) ** 2)])
    return 10 * np.log10(np.diff(power[edges]) / np.maximum(1, np.diff(edges)) + FLOOR)
