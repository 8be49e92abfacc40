"""Learning from edits: what artists changed becomes lessons for the last layers of one face, and for nothing else.

A lesson's curves are changes, asked for on top of what the weights that the run began from say of the same sound. Where
the artist changed something they count wholly; elsewhere they are 0 and count little, for a curve that nobody touched
is the model's own answer and no evidence. What all faces share, hearing above all, is left alone.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from rigdriver.errors import InputError
from rigdriver.model.checkpoint import load_network
from rigdriver.model.settings import ModelSettings, Source
from rigdriver.training.config import TAKES, TrainConfig
from rigdriver.training.dataset import UNKNOWN, Dataset, Lesson
from rigdriver.training.takes import edited
from rigdriver.training.takes.edited import EditedTake
from rigdriver.training.takes.folder import Say


def edits(config: TrainConfig, folder: Path, init: Path | None, say: Say) -> tuple[ModelSettings, Dataset]:
    """The network that learns, which is that of `init`, and its lessons.

    Raises InputError for a run from nothing, or a folder where nothing that the network gives was changed.
    """
    if init is None:
        raise InputError("edits are changes to what a model says; begin from its weights, not from nothing")
    takes, base = edited.takes(folder, say), load_network(init).settings
    for line in edited.told(takes, base.outputs):
        say(line)
    lessons = [_lesson(take, base, _style(config, base), config.unchanged) for take in takes]
    if not any(lesson.curves.any() for lesson in lessons if lesson.split == "train"):
        raise InputError(f"{folder}: nothing to learn; no channel that the model gives was changed in a training take")
    own = Source(f"edited takes of {folder.resolve().name}", "their owner's", f"{len(takes)} takes: what was changed")
    settings = dataclasses.replace(base, name=config.name, sources=(*base.sources, own))
    return settings, Dataset(lessons, rest=np.zeros(len(base.outputs), np.float32), spread=_spread(takes, base),
                             changes=True)


def _style(config: TrainConfig, base: ModelSettings) -> int:
    return base.styles.index(config.styles[0] if config.styles[0] in base.styles else base.default_style)


def _lesson(take: EditedTake, settings: ModelSettings, style: int, unchanged: float) -> Lesson:
    audio = take.audio()
    frames = len(audio) * settings.frontend.fps // audio.rate + 1
    change, touched = take.change(settings.outputs, np.arange(frames) / settings.frontend.fps)
    nobody = np.full(frames, np.nan, np.float32)
    return Lesson((np.clip(audio.samples, -1, 1) * 32767).astype(np.int16), change / settings.spans[1],
                  np.ones(len(settings.outputs), bool), np.full(frames, UNKNOWN, np.int8), nobody, nobody,
                  np.zeros(len(settings.manners), np.float32), style, TAKES, take.split, take.name, "",
                  np.where(touched, 1.0, unchanged).astype(np.float32))


def _spread(takes: list[EditedTake], settings: ModelSettings) -> np.ndarray:
    """(outputs,) standard deviation of what was generated, the unit of each channel's error."""
    values = np.concatenate([take.edits.generated.pick(settings.outputs).values for take in takes])
    return np.asarray(values.std(0) / settings.spans[1])
