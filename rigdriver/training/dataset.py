"""Dataset: takes as arrays on disk, laid out for training: sound, curves at the network's rate, masks, phones.

Read once, kept as a few flat memory-mapped files, so that training starts in seconds and resumes exactly.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
from scipy.interpolate import PchipInterpolator

from rigdriver.errors import InputError
from rigdriver.lips import BILABIALS
from rigdriver.model.settings import ModelSettings
from rigdriver.phones import PHONES
from rigdriver.take import Take
from rigdriver.training.takes.sources import SOURCES, DataSet
from rigdriver.training.teacher.articulation import CHANNELS, Manner, default_teacher, teach
from rigdriver.transcript.inventory import default_inventory

UNKNOWN = -1  # a frame whose phone is not known
SPEAKING = -2  # and one of which only this is known, that somebody speaks
SHUT_PHONES = [PHONES.index(name) for name in BILABIALS]
RENDITIONS = 2  # of the teacher for a training take: one neutral, the others in manners drawn from the take's name
LAYOUT = 3  # raise when the files change


@dataclass(frozen=True, eq=False)
class Lesson:
    """One take as the network learns it; all arrays are at the network's frame rate.

    samples: (n,) int16 at the front end's rate. curves: (frames, outputs). live: (outputs,) bool.
    phones: (frames,) int8, UNKNOWN where nobody knows, or SPEAKING. gate, accent: (frames,) 0..1, NaN where unknown.
    manner: (manners,) −1..1, how the teacher was told to move.
    trust: (frames, outputs) 0..1, how much each value counts; None: all of them wholly. In lessons of edited takes
    curves are what the artist changed, and trust tells that from what was merely left as it was (`takes.edited`).
    """

    samples: np.ndarray
    curves: np.ndarray
    live: np.ndarray
    phones: np.ndarray
    gate: np.ndarray
    accent: np.ndarray
    manner: np.ndarray
    style: int
    source: str
    split: str
    name: str
    speaker: str = ""
    trust: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.curves)


def lessons_of(take: Take, row: DataSet, source: str, settings: ModelSettings) -> Iterator[Lesson]:
    """A take with captured curves gives a lesson in its own style, one with phones a few of the teacher's.

    The teacher's are in the default style; where that is the captured face's own, it learns from its capture alone.
    """
    spoken = _spoken(take, settings)
    facts: dict[str, Any] = {"source": source, "split": take.split, "name": take.name, "speaker": take.speaker}
    plain = teach(take.phones, take.audio, settings.frontend.fps) if take.phones else None
    if take.clip is not None:
        curves, live = _at_rate(take, len(spoken["phones"]), settings)
        gate, accent = (plain.gate, plain.accent) if plain else (_unknown(len(curves)), _unknown(len(curves)))
        yield Lesson(curves=curves, live=live, gate=gate, accent=accent, manner=Manner().as_array(),
                     style=settings.styles.index(row.style), **spoken, **facts)
    if plain and (take.clip is None or row.style != settings.default_style):
        live = np.array([name in CHANNELS for name in settings.outputs])
        drawn = ((manner, teach(take.phones, take.audio, settings.frontend.fps, manner=manner))
                 for manner in _drawn_manners(take))
        for manner, taught in ((Manner(), plain), *drawn):
            yield Lesson(curves=taught.clip.pick(settings.outputs).values, live=live, gate=taught.gate,
                         accent=taught.accent, manner=manner.as_array(),
                         style=settings.styles.index(settings.default_style), **spoken, **facts)


def _spoken(take: Take, settings: ModelSettings) -> dict[str, Any]:
    frames = len(take.audio) * settings.frontend.fps // take.audio.rate + 1
    return {"samples": (np.clip(take.audio.samples, -1, 1) * 32767).astype(np.int16),
            "phones": phone_frames(take, frames, settings.frontend.fps)}


def _unknown(frames: int) -> np.ndarray:
    return np.full(frames, np.nan, np.float32)


def _drawn_manners(take: Take) -> list[Manner]:
    """Beside the neutral one; what is drawn depends on the take alone, so that a cache made again is the same."""
    rng = np.random.default_rng(zlib.crc32(take.name.encode()))
    return [Manner.drawn(rng) for _ in range(RENDITIONS - 1 if take.split == "train" else 0)]


def phone_frames(take: Take, frames: int, fps: int) -> np.ndarray:
    """(frames,) int8: class of the phone at each frame's time, UNKNOWN for a sound that no class is near."""
    phones = np.full(frames, UNKNOWN, np.int8)
    for phone in take.phones:
        first, last = int(np.ceil(phone.start * fps)), int(np.ceil(phone.end * fps))
        heard_as = default_inventory().class_of(phone.name)
        phones[first:last] = PHONES.index(heard_as) if heard_as else UNKNOWN
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
    """All lessons of a data folder, memory-mapped.

    rest: (outputs,) the face while nobody speaks; zeros on the canonical rig. spread: (outputs,) the unit of each
    channel's error; by default the lessons' own. changes: whether the lessons' curves are changes to what the network
    said when its run began.
    """

    lessons: list[Lesson] = field(default_factory=list)
    rest: np.ndarray | None = None
    spread: np.ndarray | None = None
    changes: bool = False

    def of(self, split: str, source: str | None = None, style: int | None = None) -> list[Lesson]:
        return [lesson for lesson in self.lessons
                if lesson.split == split and source in (None, lesson.source) and style in (None, lesson.style)]


ARRAYS = {"samples": np.int16, "curves": np.float16, "phones": np.int8, "gate": np.float16, "accent": np.float16}
"""What lies on disk, and as what; a take's sound lies there once for all of its lessons."""


def open_dataset(data: Path, sources: Iterable[str], settings: ModelSettings, cache: Path,
                 say: Callable[[str], None] = print, rows: Mapping[str, DataSet] = SOURCES) -> Dataset:
    """Lessons of these sets, from `cache` when it was made from the same settings and teacher, else made anew.

    rows: the sets by name; a studio's takes are a row of their own.
    """
    lessons: list[Lesson] = []
    for source in sources:
        folder = cache / f"{source}-{_fingerprint(source, data, settings, rows[source].stamp)}"
        if not (folder / "index.json").is_file():
            say(f"reading {source}")
            _store(folder, source, data, settings, rows[source])
        lessons += _load(folder, source)
    return Dataset(lessons)


def _fingerprint(source: str, data: Path, settings: ModelSettings, stamp: str) -> str:
    facts = [LAYOUT, source, str(data.resolve()),
             settings.frontend.fps, settings.frontend.rate, settings.outputs, settings.styles,
             repr(default_teacher()), repr(default_inventory().classes), *([stamp] if stamp else [])]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:12]


def _store(folder: Path, source: str, data: Path, settings: ModelSettings, row: DataSet) -> None:
    takes = row.takes(data)
    first = next(takes, None)
    if first is None:
        raise InputError(f"{data}: holds no takes of {source}; give the folder that holds {source}/ by --data")
    folder.mkdir(parents=True, exist_ok=True)
    index: list[dict] = []
    files = {name: (folder / f"{name}.bin").open("wb") for name in ARRAYS}
    try:
        for take in itertools.chain([first], takes):
            _append(files, index, list(lessons_of(take, row, source, settings)))
    finally:
        for file in files.values():
            file.close()
    (folder / "index.json").write_text(json.dumps(index), encoding="utf-8")


def _append(files: Mapping[str, IO[bytes]], index: list[dict], lessons: list[Lesson]) -> None:
    """One take's lessons: their sound once, all else one after the other."""
    heard = files["samples"].tell() // 2
    for lesson in lessons:
        for name, kind in ARRAYS.items():
            if name != "samples" or lesson is lessons[0]:
                files[name].write(np.ascontiguousarray(getattr(lesson, name), kind).tobytes())
        index.append({"name": lesson.name, "sound": [heard, len(lesson.samples)], "frames": len(lesson),
                      "style": lesson.style, "split": lesson.split, "speaker": lesson.speaker,
                      "live": lesson.live.tolist(), "manner": lesson.manner.tolist()})


def _load(folder: Path, source: str) -> list[Lesson]:
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    if not index:
        return []
    outputs = len(index[0]["live"])
    flat: dict[str, np.ndarray] = {
        name: np.memmap(folder / f"{name}.bin", kind, "r") for name, kind in ARRAYS.items()}
    flat["curves"] = flat["curves"].reshape(-1, outputs)
    lessons, frame = [], 0
    for row in index:
        first, count = row["sound"]
        frames = slice(frame, frame + row["frames"])
        tracks: dict[str, Any] = {name: flat[name][frames] for name in ARRAYS if name != "samples"}
        lessons.append(Lesson(flat["samples"][first : first + count], **tracks, live=np.array(row["live"]),
                              manner=np.array(row["manner"], np.float32), source=source,
                              **{name: row[name] for name in ("style", "split", "name", "speaker")}))
        frame = frames.stop
    return lessons
