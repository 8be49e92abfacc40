"""Edited takes: recordings, and beside each the curves that an artist changed, in a file that knows what was generated.

    line_01.wav  line_01.glb                             the record lies inside the GLB (`rigdriver.edits`)
    line_02.wav  line_02.csv  line_02.csv.rigdriver      or beside the curves, as `drive` wrote it
    line_03.wav  line_03.glb  line_03_mine.glb           an edited file whose name goes on from the line's

What a take teaches is the difference: where the artist changed a channel, by how much, and else nothing. So layers that
acted on the generated curves (emotion, strength, closures) are in both and cancel out, and are not learned twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from rigdriver import formats, inputs
from rigdriver.audio import Audio
from rigdriver.clip import HINTS
from rigdriver.edits import places
from rigdriver.edits.comparing import Edit, Edits, sampled
from rigdriver.errors import InputError, RigdriverError
from rigdriver.inputs import files
from rigdriver.training.takes import splits
from rigdriver.training.takes.folder import RATE, Say

NAMED = 6  # channels that a line names before it counts the rest


@dataclass(frozen=True, eq=False)
class EditedTake:
    """One recording with what was changed in its curves. name: its path below the folder, without suffix."""

    name: str
    sound: Path
    edits: Edits
    split: str = "train"

    def audio(self) -> Audio:
        """At the model's rate. Raises InputError."""
        return files.read(self.sound, RATE)

    def change(self, names: tuple[str, ...], times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(frames, names) float32 of what the artist added to each of these curves at these seconds, 0 where nothing
        was edited; (frames, names) bool: where something was."""
        change, touched = np.zeros((len(times), len(names)), np.float32), np.zeros((len(times), len(names)), bool)
        for edit in self.edits:
            if edit.channel not in names:
                continue
            k, inside = names.index(edit.channel), (times >= edit.first_s - 1e-6) & (times <= edit.last_s + 1e-6)
            was = sampled(self.edits.generated, edit.channel, times[inside])
            now = sampled(self.edits.edited, edit.channel, times[inside])
            change[inside, k], touched[inside, k] = now - was, True
        return change, touched


def remembers(folder: Path) -> bool:
    """Whether some file in a folder has a record of what was generated, inside or beside it."""
    return any(path.suffix == places.SUFFIX or (path.suffix.lower() in _readable() and _has_record(path))
               for path in _files(folder))


def _has_record(path: Path) -> bool:
    try:
        return places.of(path) is not None
    except RigdriverError:
        return False  # it is told when takes are read


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))


def _readable() -> set[str]:
    return {suffix for row in formats.rows() if row.reads for suffix in row.suffixes} - {".txt"}


def takes(folder: Path, say: Say) -> list[EditedTake]:
    """All takes, with their splits; what cannot be used is told. Raises InputError where nothing is left."""
    everything = _files(folder)
    sounds = [path for path in everything if path.suffix.lower() in inputs.SUFFIXES]
    curves = [path for path in everything if path.suffix.lower() in _readable()]
    beside = {sound: [path for path in curves if _owner(path, sounds) == sound] for sound in sounds}
    captured = [sound for sound, paths in beside.items() if paths and not any(map(places.find, paths))]
    if captured and len(captured) < len(sounds):
        raise InputError(f"{folder}: {len(captured)} of {len(sounds)} takes remember nothing that was generated, as "
                         f"{captured[0].name}; captures and edited takes are taught apart, in folders of their own")
    found = []
    for sound, paths in beside.items():
        try:
            found.append(_take(sound, paths, folder))
        except RigdriverError as error:
            say(f"skipped {error}")
    if not found:
        raise InputError(f"{folder}: no edited take is left; each is a recording and its curves as `rigdriver drive` "
                         "wrote them and somebody edited them, such as line_01.wav and line_01.glb")
    lengths = {take.name: float(take.edits.edited.duration) for take in found}
    said = splits.split(folder, lengths, say)
    return [replace(take, split=said[take.name]) for take in found]


def _owner(curves: Path, sounds: list[Path]) -> Path | None:
    """The recording whose name a file's goes on from, the longest such in its folder."""
    near = [path for path in sounds if path.parent == curves.parent and places.goes_on(curves.stem, path.stem)]
    return max(near, key=lambda path: len(path.stem), default=None)


def _take(sound: Path, curves: list[Path], folder: Path) -> EditedTake:
    """Raises InputError for a recording whose curves remember nothing, or of which two files were edited."""
    found = {path: Edits.between(record.generated, formats.read(path).without(HINTS))
             for path in curves if (record := places.find(path)) is not None}
    edited = [path for path, edits in found.items() if len(edits)]
    if not found:
        raise InputError(f"{sound}: no curves beside it remember what was generated")
    if len(edited) > 1:
        raise InputError(f"{sound}: {' and '.join(path.name for path in edited)} were both edited; keep the right one")
    name = sound.relative_to(folder).with_suffix("").as_posix()
    return EditedTake(name, sound, found[(edited or list(found))[0]])


def told(takes: list[EditedTake], outputs: tuple[str, ...]) -> Iterator[str]:
    """Lines for a person: what was edited, and what of it no output of the network is."""
    edits = [edit for take in takes for edit in take.edits]
    ours, others = ([edit for edit in edits if (edit.channel in outputs) == is_ours] for is_ours in (True, False))
    seconds = sum(edit.last_s - edit.first_s for edit in ours)
    yield f"{len(takes)} takes with {len(ours)} edits to learn from, {seconds:.1f} s of {_some(ours)}"
    if others:
        yield (f"{len(others)} edits are left out, since the model does not give their channels (layers move them): "
               f"{_some(others)}")


def _some(edits: list[Edit]) -> str:
    names = list(dict.fromkeys(edit.channel for edit in edits)) or ["nothing"]
    return ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
