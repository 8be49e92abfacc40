"""Live Link Face recordings: the CSV that Apple's ARKit capture app writes and Unreal's importer reads.

Specification: none; taken from real recordings and from Unreal's LiveLinkFaceImporter.
Loses: curves beyond ARKit's 52 and the nine angles, more than 10 decimals, rates other than 30 and 60 fps, and
negative time (the timecode is moved so that the first frame is written). Reading snaps rows to whole frames and
fills dropped rows by straight lines.

Three traps. The CSV has right before left for jaw and mouth where the app's network packets have left before right,
so columns are found by name. `FF.mmm` is a frame number and thousandths of a *frame*. And the importer guesses the
rate: 60 where any row has FF above 30, else 30, so a short clip at 60 fps must begin at a later frame.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

from rigdriver.clip import Clip
from rigdriver.errors import InputError, OutputError, nearest
from rigdriver.formats.atomic import replacing
from rigdriver.rig import canonical
from rigdriver.spelling import find

RATES = (30, 60)
FIRST_FRAME_OF_60 = 31  # the lowest FF that makes the importer take a file for 60 fps
BLOCK_FRAMES = 4096
LONGEST_GAP_S = 60  # a longer pause between rows is a damaged timecode and not a dropped frame
MIRRORED = ("Yaw", "Roll")
"""Angles whose sign differs from ours. Eye yaw is positive to the character's right and eye pitch positive down in
real recordings; for head yaw and every roll no recording decides, and they are taken to follow the same mirror."""

_TIMECODE = re.compile(r"(\d+):(\d+):(\d+):(\d+(?:\.\d+)?)")
_DAY_S = 24 * 3600


def columns() -> tuple[str, ...]:
    """Our names of the 61 value columns, in the file's order."""
    names = list(canonical().names)
    shapes = names[: names.index("tongueOut") + 1]  # ARKit's own end there; the tongue shapes after it are ours
    for pair in (("jawLeft", "jawRight"), ("mouthLeft", "mouthRight")):
        left, right = map(shapes.index, pair)
        shapes[left], shapes[right] = shapes[right], shapes[left]
    return (*shapes, *(channel.name for channel in canonical().channels if channel.unit == "radian"))


def header() -> list[str]:
    """The 63 cells of the first line."""
    return ["Timecode", "BlendShapeCount", *(name[0].upper() + name[1:] for name in columns())]


def _signs(names: Sequence[str]) -> np.ndarray:
    """(names,) −1 where our sign and the file's differ."""
    angles = {channel.name for channel in canonical().channels if channel.unit == "radian"}
    return np.array([-1.0 if name in angles and name.endswith(MIRRORED) else 1.0 for name in names], np.float32)


def fits(clip: Clip) -> bool:
    """Whether a clip has any of the 61 curves."""
    return bool(clip.columns(columns()))


def write(clip: Clip, path: str | Path) -> None:
    """A recording at 30 or 60 fps. Curves that the clip lacks are 0.

    Raises OutputError for another rate, InputError for a clip that has none of the 61 curves.
    """
    if clip.fps not in RATES:
        choices = " or ".join(f"{rate} fps" for rate in RATES)
        raise OutputError(f"{path}: Live Link Face CSV is of {choices}, not {float(clip.fps):g}; drive at one of them")
    if not clip.columns(columns()):
        raise InputError(f"{path}: the clip has no ARKit curve; retarget it to the arkit rig first")
    with replacing(path) as file:
        file.write((",".join(header()) + "\n").encode("ascii"))
        for block in _rows(clip):
            file.write(block.encode("ascii"))


def _rows(clip: Clip) -> Iterator[str]:
    names, rate = columns(), int(clip.fps)
    first, line = first_timecode_frame(clip), ",".join(["%.10f"] * len(names))
    for at in range(clip.start, clip.end, BLOCK_FRAMES):
        block = clip.cut(at, min(at + BLOCK_FRAMES, clip.end)).pick(names)
        values = block.values * _signs(names) + 0.0  # no "-0.0000000000"
        frames = range(first + at - clip.start, first + at - clip.start + len(block))
        count = len(names)
        yield "".join(f"{timecode(k, rate)},{count},{line % tuple(row)}\n" for k, row in zip(frames, values))


def first_timecode_frame(clip: Clip) -> int:
    """The timecode of the clip's first row, in frames: its own start, unless that is negative or too early.

    A clip at 60 fps whose rows would all have FF ≤ 30 begins at FF 31, else the importer plays it at half speed.
    """
    first = max(clip.start, 0)
    shows_60 = any(k % 60 >= FIRST_FRAME_OF_60 for k in range(first, min(first + len(clip), first + 60)))
    return first if clip.fps == 30 or shows_60 else first - first % 60 + FIRST_FRAME_OF_60


def timecode(frame: int, rate: int) -> str:
    """HH:MM:SS:FF.mmm of a frame counted from midnight; after 24 hours it begins again."""
    seconds, frames = divmod(frame, rate)
    minutes, hours = seconds // 60, seconds // 3600 % 24
    return f"{hours:02d}:{minutes % 60:02d}:{seconds % 60:02d}:{frames:02d}.000"


def read(path: str | Path, *, fps: Fraction | int | None = None) -> Clip:
    """A recording as a clip that starts at frame 0, its curves in our order.

    fps: rows per second; by default what the timecodes say. Raises InputError naming the line that cannot be read.
    """
    names, stamps, values = _table(Path(path))
    steps = np.diff(stamps)
    if (steps < 0).any() or (steps > LONGEST_GAP_S).any():
        raise InputError(f"{path}: its timecodes run backwards or jump by more than {LONGEST_GAP_S} s")
    rate = Fraction(fps) if fps else _row_rate(steps, path)
    places = np.round((stamps - stamps[0]) * float(rate)).astype(np.int64)
    last_of_each = np.append(np.diff(places) > 0, True)  # two rows of one frame: the later one counts
    places, values = places[last_of_each], values[last_of_each]
    frames = np.arange(places[-1] + 1)
    full = values if len(frames) == len(places) else _filled(frames, places, values)
    clip = Clip(names, full * _signs(names), rate)
    return clip.pick([name for name in canonical().names if name in names])


def _filled(frames: np.ndarray, places: np.ndarray, values: np.ndarray) -> np.ndarray:
    return np.stack([np.interp(frames, places, column) for column in values.T], axis=1).astype(np.float32)


def _table(path: Path) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    """Our names of the columns; (rows,) seconds since the day began; (rows, names) float32 as in the file."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.reader(file)
            names = _names(next(lines, []), path)
            rows = [_row(cells, names, f"{path}, line {lines.line_num}") for cells in lines if cells]
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: is not CSV text ({error})") from None
    if not rows:
        raise InputError(f"{path}: has no rows")
    stamps = np.array([stamp for stamp, _ in rows])
    return names, _seconds(stamps), np.stack([row for _, row in rows])


def _names(cells: list[str], path: Path) -> tuple[str, ...]:
    cells = [cell.strip() for cell in cells]
    if [cell.lower() for cell in cells[:2]] != ["timecode", "blendshapecount"]:
        raise InputError(f"{path}: is not a Live Link Face CSV (its first columns are not Timecode, BlendShapeCount)")
    names = []
    for cell in cells[2:]:
        name = find(cell, columns())
        if name is None or name in names:
            problem = "unknown" if name is None else "repeated"
            raise InputError(f"{path}: {problem} column {cell!r}; {nearest(cell, header()[2:])}")
        names.append(name)
    return tuple(names)


def _row(cells: list[str], names: tuple[str, ...], where: str) -> tuple[list[float], np.ndarray]:
    """Hours, minutes, seconds and frames of one row, and its values."""
    if len(cells) != len(names) + 2:
        raise InputError(f"{where}: has {len(cells)} cells where the header has {len(names) + 2}")
    try:
        values = np.array(cells[2:], np.float32)
    except ValueError as error:
        raise InputError(f"{where}: {error}") from None
    if not np.isfinite(values).all():
        raise InputError(f"{where}: holds a value that is not a number")
    stamp = _TIMECODE.fullmatch(cells[0].strip())
    if not stamp:
        raise InputError(f"{where}: {cells[0]!r} is not a timecode like 13:05:59:12.000")
    return [float(part) for part in stamp.groups()], values


def _seconds(stamps: np.ndarray) -> np.ndarray:
    """(rows,) seconds of (rows, 4) timecodes; FF counts in 60ths where any is 30 or more, else in 30ths.

    Past midnight time goes on.
    """
    rate = 60 if (stamps[:, 3] >= 30).any() else 30
    seconds = stamps @ np.array([3600, 60, 1, 1 / rate])
    midnights = np.cumsum(np.diff(seconds, prepend=seconds[0]) < -_DAY_S / 2)
    return seconds + _DAY_S * midnights


def _row_rate(steps: np.ndarray, path: str | Path) -> Fraction:
    """Rows per second: the usual step, which divides the timecode's 60 (the app may record every second frame)."""
    if not len(steps):
        return Fraction(RATES[0])
    step = float(np.median(steps))
    if step <= 0:
        raise InputError(f"{path}: its timecodes do not advance")
    return Fraction(60, max(1, round(step * 60)))
