"""A plain table of curves: a line of names, then a line of numbers for each frame, seconds first.

Specification: this file. `time_s,CTRL_jaw,CTRL_lips` and under it `0.0166667,0.25,-3`; any names, units and rate. It is
what any spreadsheet or Maya script can write, and what a clip without ARKit curves becomes as .csv.
Loses: digits past the seventh, and the exact rate where it is neither whole nor NTSC; rows must be evenly spaced.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from rigdriver.clip import Clip
from rigdriver.errors import InputError
from rigdriver.formats import rates
from rigdriver.formats.atomic import replacing

TIME = "time_s"
TIMES = (TIME, "time", "t", "seconds", "time (s)")  # what the first column may be called, in any case
BLOCK_FRAMES = 4096
UNEVEN = 0.2  # of a frame, that a row may lie beside its place: times are often written with three decimals


def write(clip: Clip, path: str | Path) -> None:
    """All curves of the clip, in its order."""
    with replacing(path) as file:
        file.write((",".join(map(_quoted, (TIME, *clip.names))) + "\n").encode())
        for block in _rows(clip):
            file.write(block.encode())


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"' if set(name) & set(',"\r\n') else name


def _rows(clip: Clip) -> Iterator[str]:
    line = "%.7f" + ",%.7g" * len(clip.names) + "\n"
    for at in range(clip.start, clip.end, BLOCK_FRAMES):
        block = clip.cut(at, min(at + BLOCK_FRAMES, clip.end))
        yield "".join(line % (time, *row) for time, row in zip(block.times.tolist(), block.values.tolist()))


def recognises(path: str | Path) -> bool:
    """Whether a file's first line is that of such a table."""
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            return _is_head(next(csv.reader(file), []))
    except (OSError, UnicodeDecodeError, csv.Error):
        return False


def _is_head(cells: Sequence[str]) -> bool:
    return len(cells) > 1 and cells[0].strip().lower() in TIMES


def read(path: str | Path) -> Clip:
    """Raises InputError naming the line that cannot be read, or rows that are not evenly spaced."""
    path = Path(path)
    names, table = numbers(path)
    if not _is_head(names):
        raise InputError(f"{path}: its first column should be {TIME}, the time of each row in seconds")
    return _clip(names[1:], table, path)


def numbers(path: Path) -> tuple[list[str], np.ndarray]:
    """The first line's cells, and (rows, cells) float64 of the others. Raises InputError naming the line."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.reader(file)
            names = [cell.strip() for cell in next(lines, [])]
            rows = [_row(cells, len(names), f"{path}, line {lines.line_num}") for cells in lines if cells]
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: is not CSV text ({error})") from None
    return names, np.array(rows, np.float64).reshape(len(rows), len(names))


def _row(cells: list[str], count: int, where: str) -> list[float]:
    if len(cells) != count:
        raise InputError(f"{where}: has {len(cells)} cells where the header has {count}")
    try:
        row = [float(cell) for cell in cells]
    except ValueError as error:
        raise InputError(f"{where}: {error}") from None
    if not np.isfinite(row).all():
        raise InputError(f"{where}: holds a value that is not a number")
    return row


def _clip(names: list[str], table: np.ndarray, path: Path) -> Clip:
    if len(table) < 2:
        raise InputError(f"{path}: a table of {len(table)} rows does not say its frame rate")
    times = table[:, 0]
    fps = rates.usual((len(times) - 1) / (times[-1] - times[0]) if times[-1] > times[0] else 0.0)
    if fps is None:
        raise InputError(f"{path}: its times do not advance")
    start = round(float(times[0] * fps))
    beside = np.abs(times * float(fps) - start - np.arange(len(times)))
    if beside.max() > max(UNEVEN, float(fps) * 1e-3):
        raise InputError(f"{path}: rows are not evenly spaced, first in row {int(beside.argmax()) + 2}; "
                         "export every frame at one rate")
    try:
        return Clip(tuple(names), table[:, 1:].astype(np.float32), fps, start)
    except ValueError as error:
        raise InputError(f"{path}: {error}") from None
