"""Live Link Face recordings: the CSV that Apple's ARKit capture app writes and Unreal's importer reads.

Specification: none; taken from real recordings and from Unreal's LiveLinkFaceImporter.
Loses: curves beyond ARKit's 52 and the nine angles, more than 10 decimals, rates other than 30 and 60 fps, and
negative time (the timecode is moved so that the first frame is written). Reading snaps rows to whole frames, fills
dropped rows by straight lines, and begins at 0 unless it is told what the timecode was when the sound began.

Four traps. The CSV has right before left for jaw and mouth where the app's network packets have left before right,
so columns are found by name. `FF.mmm` is a frame number and thousandths of a *frame*. The importer guesses the
rate: 60 where any row has FF above 30, else 30, so a short clip at 60 fps must begin at a later frame. And under
drop-frame timecode (29.97 and 59.94) the first two or four numbers of a minute are left out, but of every tenth: those
frames are not missing.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from rigdriver.clip import Clip
from rigdriver.errors import InputError, OutputError, nearest
from rigdriver.formats.atomic import replacing
from rigdriver.formats.finite import check_finite
from rigdriver.formats.losses import Loss, left_out
from rigdriver.rig import canonical
from rigdriver.spelling import find

RATES_HELD = (30, 60)
FIRST_FRAME_OF_60 = 31  # the lowest FF that makes the importer take a file for 60 fps
BLOCK_FRAMES = 4096
LONGEST_GAP_S = 60  # a longer pause between rows is a damaged timecode and not a dropped frame
MIRRORED = ("Yaw", "Roll")
"""Angles whose sign differs from ours. Eye yaw is positive to the character's right and eye pitch positive down in
real recordings; for head yaw and every roll no recording decides, and they are taken to follow the same mirror."""

SPARSEST = 10  # frames for each row that is there, that may be filled in; beyond it the timecodes are damaged
BESIDE = 0.1  # of a frame, that a row may lie beside its place before it is said
DROPPED = 2  # numbers that 30 fps drop-frame timecode leaves out in a minute; 60 fps twice as many

_TIMECODE = re.compile(r"([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})([:;])([0-9]{1,3}(?:\.[0-9]{1,9})?)")
_EXAMPLE = "13:05:59:12.000"
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


def write(clip: Clip, path: str | Path, *, timecode: str | None = None, losses: list[Loss] | None = None) -> None:
    """A recording at 30 or 60 fps. Curves that the clip lacks are 0.

    timecode: of the first row, HH:MM:SS:FF, for a take beside others of the same shoot; by default the clip's own
        place, counted from midnight.
    Raises OutputError for another rate or no timecode, InputError for a clip that has none of the 61 curves or a value
    that is not a number.
    """
    if clip.fps not in RATES_HELD:
        choices = " or ".join(f"{rate} fps" for rate in RATES_HELD)
        raise OutputError(f"{path}: Live Link Face CSV is of {choices}, not {float(clip.fps):g}; drive at one of them")
    if not clip.columns(columns()):
        raise InputError(f"{path}: the clip has no ARKit curve; retarget it to the arkit rig first")
    check_finite(clip, path)
    wanted = clip.start if timecode is None else _frame_of(timecode, int(clip.fps), path)
    first = first_timecode_frame(clip, wanted)
    if losses is not None:
        losses.extend(left_out(clip, columns(), "Live Link Face CSV has"))
        if first != wanted:
            losses.append(Loss("times", f"the timecode begins at {timecode_of(first, int(clip.fps))}, for Unreal's "
                                        "importer tells 60 fps by an FF above 30 and knows no time before 0"))
    with replacing(path) as file:
        file.write((",".join(header()) + "\n").encode("ascii"))
        for block in _rows(clip, first):
            file.write(block.encode("ascii"))


def _rows(clip: Clip, first: int) -> Iterator[str]:
    names, rate = columns(), int(clip.fps)
    line = ",".join(["%.10f"] * len(names))
    for at in range(clip.start, clip.end, BLOCK_FRAMES):
        block = clip.cut(at, min(at + BLOCK_FRAMES, clip.end)).pick(names)
        values = block.values * _signs(names) + 0.0  # no "-0.0000000000"
        frames = range(first + at - clip.start, first + at - clip.start + len(block))
        count = len(names)
        yield "".join(f"{timecode_of(k, rate)},{count},{line % tuple(row)}\n" for k, row in zip(frames, values))


def first_timecode_frame(clip: Clip, wanted: int | None = None) -> int:
    """The timecode of the clip's first row, in frames: what is wanted (its own start), unless negative or too early.

    A clip at 60 fps whose rows would all have FF ≤ 30 begins at FF 31, else the importer plays it at half speed.
    """
    first = max(clip.start if wanted is None else wanted, 0)
    shows_60 = any(k % 60 >= FIRST_FRAME_OF_60 for k in range(first, min(first + len(clip), first + 60)))
    return first if clip.fps == 30 or shows_60 else first - first % 60 + FIRST_FRAME_OF_60


def _frame_of(text: str, rate: int, path: str | Path) -> int:
    """Frames since midnight of HH:MM:SS:FF. Raises OutputError."""
    stamp = _TIMECODE.fullmatch(text.strip())
    if not stamp or float(stamp[5]) >= rate or stamp[4] == ";":
        raise OutputError(f"{path}: {text!r} is not a timecode like 13:05:59:12, with frames below {rate}")
    return ((int(stamp[1]) * 60 + int(stamp[2])) * 60 + int(stamp[3])) * rate + int(float(stamp[5]))


def timecode_of(frame: int, rate: int) -> str:
    """HH:MM:SS:FF.mmm of a frame counted from midnight; after 24 hours it begins again."""
    seconds, frames = divmod(frame, rate)
    minutes, hours = seconds // 60, seconds // 3600 % 24
    return f"{hours:02d}:{minutes % 60:02d}:{seconds % 60:02d}:{frames:02d}.000"


def read(path: str | Path, *, fps: Fraction | int | None = None, origin: str | None = None,
         losses: list[Loss] | None = None) -> Clip:
    """A recording as a clip, its curves in our order.

    fps: rows per second; by default what the timecodes say.
    origin: the timecode at which the sound began, HH:MM:SS:FF; by default that of the first row.
    Raises InputError naming the line that cannot be read.
    """
    path = Path(path)
    names, stamps, values, untracked = _table(path)
    clock = _Clock.of(stamps)
    seconds = clock.seconds(stamps)
    steps = np.diff(seconds)
    if (steps < 0).any() or (steps > LONGEST_GAP_S).any():
        raise InputError(f"{path}: its timecodes run backwards or jump by more than {LONGEST_GAP_S} s")
    rate = Fraction(fps) if fps else _row_rate(steps, clock, path)
    places = (seconds - seconds[0]) * float(rate)
    frames = np.round(places).astype(np.int64)
    if frames[-1] > SPARSEST * len(frames) + LONGEST_GAP_S * rate:
        raise InputError(f"{path}: {len(frames)} rows for {frames[-1] + 1} frames; its timecodes are damaged")
    _say(losses, frames, places, untracked, clock, rate)
    start = 0 if origin is None else round((seconds[0] - _origin(origin, clock, path)) * float(rate))
    clip = Clip(names, _whole(frames, values) * _signs(names), rate, start)
    return clip.pick([name for name in canonical().names if name in names])


def _whole(places: np.ndarray, values: np.ndarray) -> np.ndarray:
    """(frames, names) of rows at these frames: of two rows of one frame the later, missing ones by straight lines."""
    last_of_each = np.append(np.diff(places) > 0, True)
    places, values = places[last_of_each], values[last_of_each]
    frames = np.arange(places[-1] + 1)
    if len(frames) == len(places):
        return values
    return np.stack([np.interp(frames, places, column) for column in values.T], axis=1).astype(np.float32)


def _say(losses: list[Loss] | None, frames: np.ndarray, places: np.ndarray, untracked: int, clock: _Clock,
         rate: Fraction) -> None:
    """What reading made up or moved."""
    if losses is None:
        return
    missing = int(frames[-1]) + 1 - len(np.unique(frames))
    if missing:
        also = f", {untracked} of them without a face" if untracked else ""
        losses.append(Loss("frames", f"{missing} of {frames[-1] + 1} rows were missing{also}; filled in"))
    if len(frames) > len(np.unique(frames)):
        losses.append(Loss("frames", f"{len(frames) - len(np.unique(frames))} rows came twice; the later ones count"))
    beside = float(np.abs(places - frames).max())
    if beside > BESIDE:
        losses.append(Loss("times", f"rows lie up to {beside:.2f} frames beside whole frames at {float(rate):g} fps"))
    if clock.drop:
        losses.append(Loss("times", f"the timecode is drop-frame: read at {float(rate):g} fps"))


def _origin(text: str, clock: _Clock, path: Path) -> float:
    stamp = _TIMECODE.fullmatch(text.strip())
    if not stamp:
        raise InputError(f"{path}: the origin {text!r} is not a timecode like {_EXAMPLE}")
    return float(clock.seconds(np.array([_parts(stamp)]))[0])


def _table(path: Path) -> tuple[tuple[str, ...], np.ndarray, np.ndarray, int]:
    """Our names of the columns; (rows, 5) timecodes; (rows, names) float32 as in the file; rows without a face."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.reader(file)
            names = _names(next(lines, []), path)
            found = [_row(cells, names, f"{path}, line {lines.line_num}") for cells in lines if cells]
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: is not CSV text ({error})") from None
    rows = [row for row in found if row is not None]
    if not rows:
        raise InputError(f"{path}: has no rows")
    stamps = np.array([stamp for stamp, _ in rows])
    return names, stamps, np.stack([row for _, row in rows]), len(found) - len(rows)


def _names(cells: list[str], path: Path) -> tuple[str, ...]:
    cells = [cell.strip() for cell in cells]
    if len(cells) == 1 and ";" in cells[0]:
        raise InputError(f"{path}: its columns are parted by ';', as spreadsheets do; save it with commas and points")
    if [cell.lower() for cell in cells[:2]] != ["timecode", "blendshapecount"]:
        raise InputError(f"{path}: is not a Live Link Face CSV (its first columns are not Timecode, BlendShapeCount)")
    ours = columns()
    as_written = dict(zip(header()[2:], ours))
    names: list[str] = []
    for cell in cells[2:]:
        name = as_written.get(cell) or find(cell, ours)
        if name is None or name in names:
            problem = "unknown" if name is None else "repeated"
            raise InputError(f"{path}: {problem} column {cell!r}; {nearest(cell, header()[2:])}")
        names.append(name)
    return tuple(names)


def _row(cells: list[str], names: tuple[str, ...], where: str) -> tuple[list[float], np.ndarray] | None:
    """The parts of a row's timecode, and its values; None where the app saw no face and left the cells empty."""
    if not any(cell.strip() for cell in cells[2:]):
        return None
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
        raise InputError(f"{where}: {cells[0][:40]!r} is not a timecode like {_EXAMPLE}")
    return _parts(stamp), values


def _parts(stamp: re.Match[str]) -> list[float]:
    """Hours, minutes, seconds, frames, and 1 where `;` says that frames are dropped."""
    hours, minutes, seconds, mark, frames = stamp.groups()
    return [float(hours), float(minutes), float(seconds), float(frames), float(mark == ";")]


@dataclass(frozen=True)
class _Clock:
    """How a file's timecodes count: numbers a second (30 or 60), and whether drop-frame leaves some out."""

    rate: int
    drop: bool = False

    @staticmethod
    def of(stamps: np.ndarray) -> _Clock:
        """FF counts in 60ths where any is 30 or more, else in 30ths."""
        rate = 60 if (stamps[:, 3] >= 30).any() else 30
        return _Clock(rate, bool(stamps[:, 4].any()) or _drops(stamps, rate))

    @property
    def fps(self) -> Fraction:
        return Fraction(1000 * self.rate, 1001) if self.drop else Fraction(self.rate)

    def seconds(self, stamps: np.ndarray) -> np.ndarray:
        """(rows,) seconds since the day began of (rows, 5) timecodes; past midnight time goes on."""
        numbers = _numbers(stamps, self.rate)
        if self.drop:
            minutes = stamps[:, 0] * 60 + stamps[:, 1]
            numbers = numbers - DROPPED * self.rate / 30 * (minutes - minutes // 10)
        seconds = numbers * self.fps.denominator / self.fps.numerator
        midnights = np.cumsum(np.diff(seconds, prepend=seconds[0]) < -_DAY_S / 2)
        return seconds + _DAY_S * midnights


def _numbers(stamps: np.ndarray, rate: int) -> np.ndarray:
    """(rows,) frame numbers since midnight, as if none were dropped."""
    return stamps[:, :4] @ np.array([3600 * rate, 60 * rate, rate, 1])


def _drops(stamps: np.ndarray, rate: int) -> bool:
    """Whether, with no mark that says so, numbers are left out at every new minute but the tenth and at no tenth."""
    steps = np.diff(_numbers(stamps, rate))
    minutes = stamps[1:, 1]
    new = minutes != stamps[:-1, 1]
    if not (new & (minutes % 10 != 0)).any():
        return False
    left_out = np.where(minutes % 10 != 0, DROPPED * rate // 30, 0)
    return bool((np.abs(steps - np.median(steps) - left_out)[new] < 0.5).all())


def _row_rate(steps: np.ndarray, clock: _Clock, path: str | Path) -> Fraction:
    """Rows per second: the usual step, which divides the timecode's 60 (the app may record every second frame)."""
    if not len(steps):
        return clock.fps
    step = float(np.median(steps))
    if step <= 0:
        raise InputError(f"{path}: its timecodes do not advance")
    finest = clock.fps * 60 / clock.rate
    return finest / max(1, round(step * float(finest)))
