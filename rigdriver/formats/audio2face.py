"""NVIDIA Audio2Face: the JSON that its app exports and imports, and the table of frames that Audio2Face-3D saves.

Specification: none; taken from exported files. JSON: `exportFps`, `trackPath` (the sound), `numPoses`, `numFrames`,
`facsNames` and `weightMat` (frames × poses, 0..1); some files have no `exportFps`, newer ones also `joints`,
`rotations` and `translations`. Table (read only): `timeCode` in seconds and `blendShapes.JawOpen` …, 30 rows a second.
Loses on the way out: angles of head and eyes, the model's hints, frames before the sound (the first frame is its
beginning). On the way in: joints, and rows that lie between frames (a table's times are its own).
Names that spell ARKit's become ours; others, such as `jawDrop` of the app's older rig, stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from rigdriver.clip import Clip
from rigdriver.errors import InputError
from rigdriver.formats import json_text, rates, table_csv
from rigdriver.formats.finite import check_finite
from rigdriver.formats.losses import Loss, angle_names, is_hint, left_out
from rigdriver.rig import canonical
from rigdriver.spelling import find

KEYS = ("facsNames", "weightMat")
NOT_READ = ("joints", "rotations", "translations")
TIME, PREFIX = "timecode", "blendshapes."
LONGEST_GAP_ROWS = 100  # a table whose times leave out more than so many rows for each that is there is damaged
UNEVEN = 0.05  # of a frame, that a row of a table may lie beside its place before it is said


def write(clip: Clip, path: str | Path, *, track: str = "", losses: list[Loss] | None = None) -> None:
    """Every weight of the clip. track: the sound's name or path, for `trackPath`.

    Raises InputError for a clip without weights or with a value that is not a number.
    """
    names = [name for name in clip.names if name not in angle_names() and not is_hint(name)]
    if not names:
        raise InputError(f"{path}: the clip has no weights for Audio2Face to show")
    check_finite(clip, path)
    if losses is not None:
        losses.extend(left_out(clip, names, "Audio2Face has"))
    clip = rates.from_zero(clip.pick(names), losses)
    fps = clip.fps.numerator if clip.fps.denominator == 1 else float(clip.fps)
    head = {"exportFps": fps, "trackPath": track, "numPoses": len(names), "numFrames": len(clip), "facsNames": names}
    json_text.write(path, head, "weightMat", json_text.rows(clip))


def recognises(path: str | Path) -> bool:
    """Whether a file's beginning has what only Audio2Face writes."""
    beginning = json_text.head(path)
    if beginning.lstrip().startswith("{"):
        return any(f'"{key}"' in beginning for key in (*KEYS, "numPoses", "exportFps"))
    return PREFIX in beginning.lower().partition("\n")[0]


def read(path: str | Path, *, fps: Fraction | int | None = None, losses: list[Loss] | None = None) -> Clip:
    """The weights. fps: of a JSON file that does not say its own; for a table, what its times say otherwise.

    Raises InputError for a file that breaks the layout above.
    """
    if Path(path).suffix.lower() == ".csv":
        return _read_table(path, fps, losses)
    document = json_text.load(path)
    if not all(key in document for key in KEYS):
        raise InputError(f"{path}: is no Audio2Face file (it lacks {' or '.join(KEYS)})")
    found = json_text.names_of(document["facsNames"], f"{path}: its 'facsNames'")
    table = json_text.table_of(document["weightMat"], len(found), f"{path}: its 'weightMat'")
    _check_counts(document, table, path)
    if losses is not None and (there := [key for key in NOT_READ if document.get(key)]):
        losses.append(Loss("names", f"not read: {', '.join(there)}", _texts(document.get("joints"))))
    return _ordered(_renamed(found, f"{path}: its 'facsNames'"), table, _rate(document, fps, path))


def _check_counts(document: dict[str, Any], table: np.ndarray, path: str | Path) -> None:
    for key, there in (("numFrames", len(table)), ("numPoses", table.shape[1])):
        said = document.get(key, there)
        if said != there:
            raise InputError(f"{path}: its {key!r} says {said!r}, but {there} are there")


def _texts(items: Any) -> tuple[str, ...]:
    return tuple(item for item in items if isinstance(item, str)) if isinstance(items, list) else ()


def _rate(document: dict[str, Any], fps: Fraction | int | None, path: str | Path) -> Fraction:
    said = document.get("exportFps")
    if said is None and fps is None:
        raise InputError(f"{path}: does not say its frame rate (exportFps); say it, as the input's option fps=60")
    if fps is not None:
        return Fraction(fps)
    rate = rates.usual(said) if isinstance(said, (int, float)) and not isinstance(said, bool) else None
    if rate is None:
        raise InputError(f"{path}: its 'exportFps' is no frame rate: {said!r}")
    return rate


def _renamed(found: Sequence[str], where: str) -> list[str]:
    """Our names where ARKit's are spelled. Raises InputError where two spell the same."""
    names = [find(name, canonical().weights) or name for name in found]
    for at, name in enumerate(names):
        if name in names[:at]:
            raise InputError(f"{where} have {name!r} twice ({found[names.index(name)]!r} and {found[at]!r})")
    return names


def _ordered(names: Sequence[str], table: np.ndarray, rate: Fraction, start: int = 0) -> Clip:
    """Our curves first, in our order."""
    clip = Clip(tuple(names), table, rate, start)
    ours = [name for name in canonical().names if name in names]
    return clip.pick(ours + [name for name in names if name not in ours])


def _read_table(path: str | Path, fps: Fraction | int | None, losses: list[Loss] | None) -> Clip:
    header, table = table_csv.numbers(Path(path))
    if header and not header[0]:
        header, table = header[1:], table[:, 1:]  # the row number that pandas puts first
    if not header or header[0].lower() != TIME:
        raise InputError(f"{path}: its first column should be timeCode, the time of each row in seconds")
    shapes = [at for at, name in enumerate(header) if name.lower().startswith(PREFIX)]
    if losses is not None and len(shapes) < len(header) - 1:
        losses.append(Loss("names", "not read, for they are no blend shapes",
                           tuple(name for at, name in enumerate(header) if at and at not in shapes)))
    names = _renamed([header[at][len(PREFIX):] for at in shapes], f"{path}: its columns")
    if len(table) < 2:
        raise InputError(f"{path}: a table of {len(table)} rows does not say its frame rate")
    return _even(names, table[:, 0], table[:, shapes], fps, path, losses)


def _even(names: Sequence[str], times: np.ndarray, values: np.ndarray, fps: Fraction | int | None, path: str | Path,
          losses: list[Loss] | None) -> Clip:
    """Rows at whole frames, by straight lines where they lay between."""
    steps = np.diff(times)
    if (steps <= 0).any():
        raise InputError(f"{path}: its times do not advance, first in row {int(np.argmax(steps <= 0)) + 3}")
    rate = Fraction(fps) if fps else rates.usual(1 / float(np.median(steps)))
    if rate is None:
        raise InputError(f"{path}: its times give no frame rate")
    places = times * float(rate)
    if places[-1] - places[0] > LONGEST_GAP_ROWS * len(times) or abs(places[0]) > 1 << 40:
        raise InputError(f"{path}: its times leave out more than {LONGEST_GAP_ROWS} rows for each that is there")
    frames = np.arange(round(places[0]), round(places[-1]) + 1)
    beside = float(np.abs(places - np.round(places)).max())
    if losses is not None and beside > UNEVEN:
        losses.append(Loss("times", f"rows lie up to {1000 * beside / float(rate):.1f} ms beside whole frames at "
                                    f"{float(rate):g} fps; they were moved by straight lines"))
    even = np.stack([np.interp(frames, places, column) for column in values.T], axis=1)
    return _ordered(names, even.astype(np.float32), rate, int(frames[0]))
