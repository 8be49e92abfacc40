"""Taking: a driven clip becomes a file that remembers what was generated, with the edits of an earlier file in it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rigdriver import __version__, formats
from rigdriver.clip import Clip
from rigdriver.edits import places
from rigdriver.edits.applying import Conflict, Kept
from rigdriver.edits.comparing import Edits, sampled
from rigdriver.edits.onto import onto
from rigdriver.edits.record import LONGEST_S, Record
from rigdriver.edits.warping import Warp, stretched, warp
from rigdriver.errors import InputError
from rigdriver.formats import atomic

ASIDE = ".aside"  # JSON, but not called so: a folder of curves may be read by suffix


@dataclass(frozen=True, eq=False)
class Earlier:
    """An edited file: what was changed in it, and what was heard in its recording, if known."""

    path: Path
    edits: Edits
    heard: np.ndarray

    @classmethod
    def read(cls, edited: str | Path, was: str | Path | None = None, animation: str | None = None) -> Earlier:
        """was: the file as it was generated, or its record; by default the record inside or beside the edited file, or
        of a file in its folder whose name its own goes on from (`places.find`).

        Raises InputError where what was generated is not known, or a file cannot be read.
        """
        chosen = {"animation": animation} if animation and Path(edited).suffix.lower() != ".vrma" else {}
        row = formats.reader(edited)
        clip = formats.read(edited, **(chosen if row.name == "gltf" else {}))
        record = places.find(edited, animation) if was is None else _given(Path(was), animation)
        if record is None:
            raise InputError(f"{edited}: nothing in it or beside it says what was generated; name the file as it was "
                             "before it was edited (--was)")
        return cls(Path(edited), Edits.between(record.generated, clip), record.heard)

    def onto(self, new: Clip, heard: np.ndarray) -> Kept:
        """The edits on the clip of another recording. heard: what `Model.phones` says of it."""
        return onto(new, self.edits, self._warp(new, heard))

    def _warp(self, new: Clip, heard: np.ndarray) -> Warp:
        if len(self.heard) and len(heard):
            return warp(self.heard, heard)
        old = self.edits.generated
        return stretched(float((old.end - 1) / old.fps), float((new.end - 1) / new.fps))


def _given(was: Path, animation: str | None) -> Record:
    """Raises InputError for a file that is neither a record nor curves."""
    if not was.is_file():
        raise InputError(f"{was}: no such file")
    return places.of(was, animation) or Record(formats.read(was))


def remembers(path: str | Path, format: str | None, clip: Clip) -> bool:
    """Whether a clip's file gets a record: its format has a place for one, and it is a line and no whole evening."""
    return places.remembered(formats.writer(clip, path, format).name) and clip.duration <= LONGEST_S


def write(clip: Clip, path: str | Path, format: str | None = None, *, heard: np.ndarray | None = None,
          earlier: Earlier | None = None, made: Mapping[str, Any] | None = None,
          **options: Any) -> tuple[Any, Kept | None]:
    """A driven clip into a file as `formats.write` does, with a record of it, and with an artist's edits in it.

    heard: what `Model.phones` says of the recording. earlier: the edited file of the line as it was. made: for people.
    Returns the format's report and, with `earlier`, what was kept. Edits that found no place go into `PATH.aside`.
    """
    said = np.zeros((0, 0)) if heard is None else heard
    if earlier is None:
        report = formats.write(clip, path, format, **options)
        if remembers(path, format, clip):
            _remember(read_back(path, report), said, made, path, format, clip, report)
        return report, None
    as_file = _as_file(clip, path, format, options) if remembers(path, format, clip) else None
    kept = earlier.onto(clip, said)
    report = formats.write(kept.clip, path, format, **options)
    if as_file is not None:
        _remember(as_file, said, made, path, format, clip, report)
    _put_aside(kept, earlier, path)
    return report, kept


def remember_all(clips: Mapping[str, tuple[Clip, np.ndarray]], path: str | Path, reports: list[Any]) -> None:
    """Records of several clips, by animation, in the glTF that they have just been written to."""
    records = {report.animation: Record(read_back(path, report), heard, _made({}))
               for report, (clip, heard) in zip(reports, clips.values()) if clip.duration <= LONGEST_S}
    places.put(records, path, "gltf")


def _remember(generated: Clip, heard: np.ndarray, made: Mapping[str, Any] | None, path: str | Path, format: str | None,
              clip: Clip, report: Any) -> None:
    name = formats.writer(clip, path, format).name
    animation = getattr(report, "animation", "rigdriver")
    places.put({animation: Record(generated, heard, _made(made or {}))}, path, name)


def _made(made: Mapping[str, Any]) -> dict[str, Any]:
    return {"rigdriver": __version__, **made}


def _as_file(clip: Clip, path: str | Path, format: str | None, options: Mapping[str, Any]) -> Clip:
    """The clip as such a file shows it: without what the format or the character has no place for."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / Path(path).name
        return read_back(place, formats.write(clip, place, format, **options))


def read_back(path: str | Path, report: Any) -> Clip:
    """What a file that was just written shows. report: the format's."""
    animation = getattr(report, "animation", None)
    if animation is None or Path(path).suffix.lower() == ".vrma":
        return formats.read(path)
    return formats.read(path, animation=animation)


def _put_aside(kept: Kept, earlier: Earlier, path: str | Path) -> None:
    """Edits that could not be carried out, with the artist's own values, as JSON beside the file; none: no file."""
    place = Path(f"{path}{ASIDE}")
    lost = [conflict for conflict in kept.conflicts if not conflict.applied]
    if not lost:
        place.unlink(missing_ok=True)
        return
    rows = [_row(conflict, earlier.edits.edited) for conflict in lost]
    with atomic.replacing(place) as file:
        file.write(json.dumps({"edited": earlier.path.name, "edits": rows}, indent=1, ensure_ascii=False).encode())


def _row(conflict: Conflict, edited: Clip) -> dict[str, Any]:
    edit = conflict.edit
    times = edited.times[(edited.times >= edit.first_s - 1e-6) & (edited.times <= edit.last_s + 1e-6)]
    keys = np.stack([times, sampled(edited, edit.channel, times)], 1).round(5).tolist()
    return {"channel": edit.channel, "kind": edit.kind, "why": conflict.why, "keys": keys}

