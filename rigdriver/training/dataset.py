"""Dataset: takes as arrays on disk, laid out for training: sound, curves at the network's rate, masks, phones.

Read once, kept as a few flat memory-mapped files, so that training starts in seconds and resumes exactly.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from scipy.interpolate import PchipInterpolator

from rigdriver.errors import InputError
from rigdriver.model.settings import PHONES, ModelSettings
from rigdriver.take import Take
from rigdriver.training.sources import SOURCES, DataSet
from rigdriver.training.teacher import CHANNELS, default_teacher, teach

UNKNOWN = -1  # a frame whose phone is not known
LAYOUT = 1  # raise when the files change


@dataclass(frozen=True, eq=False)
class Lesson:
    """One take as the network learns it; all arrays are at the network's frame rate.

    samples: (n,) int16 at the front end's rate. curves: (frames, outputs). live: (outputs,) bool.
    phones: (frames,) int8, UNKNOWN where nobody knows. gate: (frames,) closure, NaN where unknown.
    """

    samples: np.ndarray
    curves: np.ndarray
    live: np.ndarray
    phones: np.ndarray
    gate: np.ndarray
    style: int
    source: str
    split: str
    name: str
    speaker: str = ""

    def __len__(self) -> int:
        return len(self.curves)


def lessons_of(take: Take, row: DataSet, source: str, settings: ModelSettings) -> Iterator[Lesson]:
    """A take with captured curves gives a lesson in its own style, one with phones a lesson of the teacher's."""
    fps = settings.frontend.fps
    frames = len(take.audio) * fps // take.audio.rate + 1
    phones, gate = np.full(frames, UNKNOWN, np.int8), np.full(frames, np.nan, np.float32)
    taught = None
    if take.phones:
        lesson = teach(take.phones, take.audio, fps)
        taught, gate, phones = lesson.clip, lesson.gate.astype(np.float32), phone_frames(take, frames, fps)
    samples = (np.clip(take.audio.samples, -1, 1) * 32767).astype(np.int16)
    if take.clip is not None:
        curves, live = _at_rate(take, frames, settings)
        yield Lesson(samples, curves, live, phones, gate, settings.styles.index(row.style), source, take.split,
                     take.name, take.speaker)
    if taught is not None:
        live = np.array([name in CHANNELS for name in settings.outputs])
        yield Lesson(samples, taught.pick(settings.outputs).values, live, phones, gate,
                     settings.styles.index(settings.default_style), source, take.split, take.name, take.speaker)


def phone_frames(take: Take, frames: int, fps: int) -> np.ndarray:
    """(frames,) int8: class of the phone at each frame's time, UNKNOWN for a sound that no class is near."""
    phones = np.full(frames, UNKNOWN, np.int8)
    for phone in take.phones:
        first, last = int(np.ceil(phone.start * fps)), int(np.ceil(phone.end * fps))
        name = default_teacher().class_of(phone.name)
        phones[first:last] = UNKNOWN if name is None else PHONES.index(name)
    return phones


def _at_rate(take: Take, frames: int, settings: ModelSettings) -> tuple[np.ndarray, np.ndarray]:
    """Captured curves at the network's rate, by monotone cubics (they do not overshoot), and which are live."""
    assert take.clip is not None
    wanted = np.arange(frames) / settings.frontend.fps
    curves = np.zeros((frames, len(settings.outputs)), np.float32)
    live = np.array([name in take.live for name in settings.outputs])
    times = np.clip(wanted, take.clip.times[0], take.clip.times[-1])
    for k in np.flatnonzero(live):
        curves[:, k] = PchipInterpolator(take.clip.times, take.clip[settings.outputs[k]])(times)
    return curves, live


@dataclass(eq=False)
class Dataset:
    """All lessons of a data folder, memory-mapped."""

    lessons: list[Lesson] = field(default_factory=list)

    def of(self, split: str, source: str | None = None, style: int | None = None) -> list[Lesson]:
        return [lesson for lesson in self.lessons
                if lesson.split == split and source in (None, lesson.source) and style in (None, lesson.style)]


ARRAYS = ("samples", "curves", "phones", "gate")


def open_dataset(data: Path, sources: list[str], settings: ModelSettings, cache: Path,
                 say: Callable[[str], None] = print) -> Dataset:
    """Lessons of these sets, from `cache` when it was made from the same settings and teacher, else made anew."""
    lessons: list[Lesson] = []
    for source in sources:
        folder = cache / f"{source}-{_fingerprint(source, data, settings)}"
        if not (folder / "index.json").is_file():
            say(f"reading {source}")
            _store(folder, source, data, settings)
        lessons += _load(folder, source)
    return Dataset(lessons)


def _fingerprint(source: str, data: Path, settings: ModelSettings) -> str:
    facts = [LAYOUT, source, str(data.resolve()),
             settings.frontend.fps, settings.frontend.rate, settings.outputs, settings.styles,
             repr(default_teacher())]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:12]


def _store(folder: Path, source: str, data: Path, settings: ModelSettings) -> None:
    row = SOURCES[source]
    if next(iter(row.takes(data)), None) is None:
        raise InputError(f"{data}: holds no takes of {source}; give the folder that holds {source}/ by --data")
    folder.mkdir(parents=True, exist_ok=True)
    index: list[dict] = []
    files = {name: (folder / f"{name}.bin").open("wb") for name in ARRAYS}
    try:
        for take in row.takes(data):
            for lesson in lessons_of(take, row, source, settings):
                for name, file in files.items():
                    file.write(np.ascontiguousarray(getattr(lesson, name)).tobytes())
                index.append({"name": lesson.name, "samples": len(lesson.samples), "frames": len(lesson),
                              "style": lesson.style, "split": lesson.split, "speaker": lesson.speaker,
                              "live": lesson.live.tolist()})
    finally:
        for file in files.values():
            file.close()
    (folder / "index.json").write_text(json.dumps(index), encoding="utf-8")


def _load(folder: Path, source: str) -> list[Lesson]:
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    if not index:
        return []
    outputs = len(index[0]["live"])
    kinds = {"samples": np.int16, "curves": np.float32, "phones": np.int8, "gate": np.float32}
    flat: dict[str, np.ndarray] = {
        name: np.memmap(folder / f"{name}.bin", kind, "r") for name, kind in kinds.items()}
    flat["curves"] = flat["curves"].reshape(-1, outputs)
    lessons, sample, frame = [], 0, 0
    for row in index:
        sound, frames = slice(sample, sample + row["samples"]), slice(frame, frame + row["frames"])
        lessons.append(Lesson(flat["samples"][sound], flat["curves"][frames], np.array(row["live"]),
                              flat["phones"][frames], flat["gate"][frames], row["style"], source, row["split"],
                              row["name"], row["speaker"]))
        sample, frame = sound.stop, frames.stop
    return lessons
