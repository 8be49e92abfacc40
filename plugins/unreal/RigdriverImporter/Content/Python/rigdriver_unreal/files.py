"""Curves out of files: Live Link Face CSV, plain CSV tables, and JSON of several makers.

JSON is an object: `rigdriver convert`'s own `rigdriver-unreal-curves` and `rigdriver-clip` (version 1, specified where
rigdriver writes them), or one of

    {"fps": 60, "names": ["jawOpen", …], "values": [[0.1, …], …]}     a row a frame
    {"fps": 60, "curves": {"jawOpen": [0.1, …], …}}                   a value a frame
    {"curves": {"jawOpen": {"times": [0, …], "values": [0.1, …]}}}    keys, in seconds

`fps` is a number, "30000/1001" or [30000, 1001]; `start` (whole frames, may be negative) is the first frame's number.
Audio2Face's exportFps, facsNames and weightMat stand for fps, names and values. Other entries are not read.
"""

from __future__ import annotations

import csv
import json
import math
import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

SUFFIXES = (".json", ".csv")
TIMES = ("time_s", "time", "t", "seconds", "time (s)", "timecode")  # a table's first column; the last is Audio2Face's
ANGLES = ("headyaw", "headpitch", "headroll", "lefteyeyaw", "lefteyepitch", "lefteyeroll",
          "righteyeyaw", "righteyepitch", "righteyeroll")  # fmt: skip
"""Curves that turn bones and drive no shape, in lower case: radians in Live Link Face and in rigdriver's clips."""

HINTS = ("voice", "closure", "accent", "loudness", "labiodental", "arousal", "partner")
"""What rigdriver's model hears; its plain JSON holds them beside the curves."""

SEQUENCE, CLIP, VERSION = "rigdriver-unreal-curves", "rigdriver-clip", 1
LARGEST_MB = 512
LONGEST_FRAMES = 10_000_000  # two days at 60 fps
LONGEST_GAP_S = 60  # between two rows of a recording; more is a damaged timecode
_TIMECODE = re.compile(r"(\d{1,4}):(\d{1,2}):(\d{1,2}):(\d{1,3}(?:\.\d+)?)")
_DAY_S = 24 * 3600
_ALIASES = {"exportFps": "fps", "facsNames": "names", "weightMat": "values"}


class FileError(ValueError):
    """A file that cannot be read, in one line that says what is wrong and where."""


@dataclass(frozen=True)
class Track:
    """One curve: times in seconds, rising, and as many values."""

    times: list
    values: list


@dataclass(frozen=True)
class Curves:
    """A file's curves by name; second 0 is its first frame.

    fps: frames per second that they were sampled at, None for keys without a rate. duration_s: to the last frame.
    offset_s: where the first frame lies beside the sound, or on the file's own clock. angles: names that are rotations.
    """

    tracks: dict
    fps: Fraction | None
    duration_s: float
    offset_s: float = 0.0
    angles: tuple = ()


def read(path: Path) -> Curves:
    """A file's curves, told by its suffix. Raises FileError."""
    path = Path(path)
    try:
        if path.stat().st_size > LARGEST_MB << 20:
            raise FileError(f"{path.name}: is larger than {LARGEST_MB} MB")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise FileError(f"{path.name}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise FileError(f"{path.name}: is not UTF-8 text ({error.reason})") from None
    readers = {".json": _json, ".csv": _csv}
    if path.suffix.lower() not in readers:
        raise FileError(f"{path.name}: {', '.join(SUFFIXES)} can be read; `rigdriver convert` makes them of others")
    try:
        curves = readers[path.suffix.lower()](text)
    except FileError as error:
        raise FileError(f"{path.name}: {error}") from None
    if not any(track.times for track in curves.tracks.values()):
        raise FileError(f"{path.name}: holds no frame")
    return curves


# ---- CSV


def _csv(text: str) -> Curves:
    lines = csv.reader(text.splitlines())
    try:
        head = [cell.strip() for cell in next(lines, [])]
        rows = [(lines.line_num, cells) for cells in lines if cells]
    except csv.Error as error:
        raise FileError(f"is not CSV text ({error})") from None
    if [cell.lower() for cell in head[:2]] == ["timecode", "blendshapecount"]:
        return _live_link_face(head, rows)
    if head and head[0].lower() in TIMES:
        return _table(head, rows)
    raise FileError("its first columns should be Timecode,BlendShapeCount (Live Link Face) or time_s")


def _live_link_face(head: list, rows: list) -> Curves:
    """Columns are found by name: the app writes right before left where its network packets have left before right."""
    names = [name[:1].lower() + name[1:] for name in head[2:]]
    stamps, values = [], []
    for number, cells in rows:
        _check_length(cells, head, number)
        stamp = _TIMECODE.fullmatch(cells[0].strip())
        if not stamp:
            raise FileError(f"line {number}: {cells[0]!r} is not a timecode like 13:05:59:12.000")
        stamps.append([float(part) for part in stamp.groups()])
        values.append([_number(cell, number) for cell in cells[2:]])
    times, fps = _recorded_times(stamps)
    kept = [k for k in range(len(times)) if k + 1 == len(times) or times[k + 1] > times[k]]  # of twins the later
    return _columns(names, [times[k] for k in kept], [values[k] for k in kept], fps, _angles(names))


def _angles(names: list) -> tuple:
    return tuple(name for name in names if name.lower() in ANGLES)


def _recorded_times(stamps: list) -> tuple:
    """Seconds since the first row, on whole frames, and the rate of the rows.

    FF counts in 60ths where any is 30 or more, else in 30ths; `.mmm` are thousandths of a frame. Past midnight time
    goes on.
    """
    unit = 60 if any(stamp[3] >= 30 for stamp in stamps) else 30
    seconds, late = [], 0
    for hours, minutes, second, frame in stamps:
        at = hours * 3600 + minutes * 60 + second + frame / unit + late
        if seconds and at < seconds[-1] - _DAY_S / 2:
            late, at = late + _DAY_S, at + _DAY_S
        if seconds and not 0 <= at - seconds[-1] <= LONGEST_GAP_S:
            raise FileError(f"its timecodes run backwards or jump by more than {LONGEST_GAP_S} s")
        seconds.append(at)
    steps = sorted(b - a for a, b in zip(seconds, seconds[1:]))
    step = steps[len(steps) // 2] if steps else 1 / unit
    if step <= 0:
        raise FileError("its timecodes do not advance")
    fps = Fraction(60, max(1, round(step * 60)))
    return [round((at - seconds[0]) * float(fps)) / float(fps) for at in seconds], fps


def _table(head: list, rows: list) -> Curves:
    for number, cells in rows:
        _check_length(cells, head, number)
    table = [[_number(cell, number) for cell in cells] for number, cells in rows]
    times = [row[0] for row in table]
    _check_rising(times)
    fps = Fraction((len(times) - 1) / (times[-1] - times[0])).limit_denominator(1001) if len(times) > 1 else None
    return _columns(head[1:], times, [row[1:] for row in table], _usual(fps), _angles(head[1:]))


def _usual(fps: Fraction | None) -> Fraction | None:
    """The nearest usual rate: times are often written with three decimals."""
    if fps is None:
        return None
    usual = [Fraction(rate) for rate in range(1, 241)] + [Fraction(1000 * rate, 1001) for rate in (24, 30, 60, 120)]
    nearest = min(usual, key=lambda rate: abs(rate - fps))
    return nearest if abs(nearest / fps - 1) < Fraction(3, 10000) else fps


def _check_length(cells: list, head: list, number: int) -> None:
    if len(cells) != len(head):
        raise FileError(f"line {number}: has {len(cells)} cells where the header has {len(head)}")


# ---- JSON


def _json(text: str) -> Curves:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FileError(f"is not JSON ({str(error)[:100]})") from None
    if not isinstance(data, dict):
        raise FileError("is JSON, but not an object of curves")
    data = {_ALIASES.get(key, key): value for key, value in data.items()}
    kind, start = data.get("format"), data.get("start", 0)
    if kind in (SEQUENCE, CLIP) and data.get("version") != VERSION:
        raise FileError(f"is {kind} of version {data.get('version')!r}; this importer knows version {VERSION}")
    fps = _fps(data["fps"]) if "fps" in data else None
    if kind == SEQUENCE:
        return _json_sequence(data, fps, start)
    if kind == CLIP:
        return _without_hints(_json_rows(data.get("names"), data.get("frames"), fps, start))
    if "curves" in data:
        return _json_curves(data["curves"], fps, start)
    if "names" in data and "values" in data:
        return _json_rows(data["names"], data["values"], fps, start)
    raise FileError('has neither "curves" nor "names" and "values"')


def _json_sequence(data: dict, fps: Fraction | None, start: object) -> Curves:
    """Curves in the order of the sequence's frames, or as keys; a still curve is one key."""
    frames, curves = data.get("frames"), data.get("curves")
    if isinstance(frames, bool) or not isinstance(frames, int) or not 1 <= frames <= LONGEST_FRAMES:
        raise FileError(f"frames {frames!r} is no number of frames")
    if not isinstance(curves, list) or not all(isinstance(curve, dict) for curve in curves):
        raise FileError('"curves" should be a list of objects')
    names = [str(curve.get("name")) for curve in curves]
    _check_twice(names)
    times, offset = _frame_times(max([0, *map(_count, curves)]), fps), _offset(start, fps)
    tracks = {}
    for name, curve in zip(names, curves):
        given = {"values": curve.get("values"), "times": curve.get("times", times[: _count(curve)])}
        if "times" not in curve and _count(curve) != frames:
            raise FileError(f"curve {name!r} has {_count(curve)} values for {frames} frames")
        tracks[name] = _track(name, given)
    angles = tuple(name for name, curve in zip(names, curves) if curve.get("unit", "weight") != "weight")
    return Curves(tracks, fps, float((frames - 1) / fps), offset, angles)


def _count(curve: dict) -> int:
    values = curve.get("values")
    return len(values) if isinstance(values, list) else 0


def _without_hints(curves: Curves) -> Curves:
    tracks = {name: track for name, track in curves.tracks.items() if name not in HINTS}
    return Curves(tracks, curves.fps, curves.duration_s, curves.offset_s, curves.angles)


def _fps(given: object) -> Fraction:
    parts = given.split("/") if isinstance(given, str) else given if isinstance(given, list) else [given]
    try:
        numbers = [Fraction(str(part)) for part in parts]
        fps = numbers[0] / (numbers[1] if len(numbers) == 2 else 1)
    except (ValueError, ZeroDivisionError, IndexError):
        raise FileError(f"fps {given!r} is no rate") from None
    if len(numbers) > 2 or not 0 < fps <= 100000:
        raise FileError(f"fps {given!r} is no rate")
    return fps.limit_denominator(10**6)


def _frame_times(count: int, fps: Fraction | None) -> list:
    if fps is None:
        raise FileError('has a value a frame but no "fps"')
    return [float(k / fps) for k in range(count)]


def _offset(start: object, fps: Fraction | None) -> float:
    if isinstance(start, bool) or not isinstance(start, int) or abs(start) > 10**9:
        raise FileError(f"start {start!r} is not a frame number")
    return float(start / fps) if fps else 0.0


def _json_rows(names: object, rows: object, fps: Fraction | None, start: object) -> Curves:
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise FileError('"names" should be a list of names')
    if not isinstance(rows, list):
        raise FileError("its frames should be a list of lists of numbers")
    for k, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != len(names):
            raise FileError(f"frame {k} does not have {len(names)} values")
    rows = [[_number(value, f"frame {k}") for value in row] for k, row in enumerate(rows)]
    offset = _offset(start, fps)
    curves = _columns(names, _frame_times(len(rows), fps), rows, fps, _angles(names))
    return Curves(curves.tracks, fps, curves.duration_s, offset, curves.angles)


def _json_curves(curves: object, fps: Fraction | None, start: object) -> Curves:
    if not isinstance(curves, dict):
        raise FileError('"curves" should be an object: a list of values, or times and values, by name')
    lists = {name: curve for name, curve in curves.items() if isinstance(curve, list)}
    times = _frame_times(max(map(len, lists.values())), fps) if lists else []
    keyed = {name: {"times": times[: len(curve)], "values": curve} for name, curve in lists.items()}
    tracks = {name: _track(name, keyed.get(name, curve)) for name, curve in curves.items()}
    first = min((track.times[0] for track in tracks.values() if track.times), default=0.0)
    if first < 0:  # a sequence has no time before 0
        tracks = {n: Track([time - first for time in track.times], track.values) for n, track in tracks.items()}
    last = max((track.times[-1] for track in tracks.values() if track.times), default=0.0)
    return Curves(tracks, fps, last, _offset(start, fps) + min(first, 0.0), _angles(list(tracks)))


def _track(name: str, curve: object) -> Track:
    if not isinstance(curve, dict) or not all(isinstance(curve.get(key), list) for key in ("times", "values")):
        raise FileError(f"curve {name!r} is neither a list of values nor times and values")
    times, values = ([_number(number, f"curve {name!r}") for number in curve[key]] for key in ("times", "values"))
    if len(times) != len(values):
        raise FileError(f"curve {name!r} has {len(times)} times and {len(values)} values")
    _check_rising(times)
    return Track(times, values)


# ---- both


def _columns(names: list, times: list, rows: list, fps: Fraction | None, angles: tuple) -> Curves:
    _check_twice(names)
    columns = [list(column) for column in zip(*rows)] if rows else [[] for _ in names]
    since = [time - times[0] for time in times]
    tracks = {name: Track(since, column) for name, column in zip(names, columns)}
    return Curves(tracks, fps, since[-1] if since else 0.0, times[0] if times else 0.0, angles)


def _check_twice(names: list) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise FileError(f"names stand twice: {', '.join(twice[:5])}")


def _number(value: object, where: object) -> float:
    try:
        number = math.nan if isinstance(value, bool) or "_" in str(value) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        place = f"line {where}" if isinstance(where, int) else where
        raise FileError(f"{place}: {str(value)[:40]!r} is not a number")
    return number


def _check_rising(times: list) -> None:
    if any(later <= earlier for earlier, later in zip(times, times[1:])):
        raise FileError("its times do not rise")
