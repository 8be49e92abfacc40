"""Cues out of a file, of Rhubarb's own making or ours."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from rigdriver.clip import Clip
from rigdriver.errors import InputError
from rigdriver.formats import json_text
from rigdriver.formats.rhubarb.cues import PLACES, SHAPES, Cue, clip_of

FPS = 60
LONGEST_S = 4 * 3600  # of a few bytes; more would be a damaged number
LARGEST_BYTES = 64 << 20

Raw = tuple[Any, Any, Any]  # start, end, shape as the file has them


def recognises(path: str | Path) -> bool:
    """Whether a file's beginning has what only mouth cues have."""
    beginning = json_text.head(path)
    return '"mouthCues"' in beginning or "<rhubarbResult" in beginning or _is_tsv(beginning)


def _is_tsv(beginning: str) -> bool:
    line = beginning.partition("\n")[0].split("\t")
    return len(line) == 2 and line[1].strip() in SHAPES


def read(path: str | Path, *, fps: Fraction | int = FPS) -> Clip:
    """The nine shapes, 1 where they are seen. fps: frames a second to sample at; cues have no rate of their own.

    Raises InputError for cues that overlap, run backwards, last longer than four hours or are of no known shape.
    """
    raw = {".json": _from_json, ".xml": _from_xml}.get(Path(path).suffix.lower(), _from_tsv)(path)
    cues = list(_checked(raw, path))
    if not cues:
        raise InputError(f"{path}: has no mouth cues")
    return clip_of(cues, Fraction(fps))


def _checked(raw: list[Raw], path: str | Path) -> Iterator[Cue]:
    before = 0
    for at, (start, end, shape) in enumerate(raw):
        where = f"{path}: cue {at + 1}"
        if not isinstance(shape, str) or shape.strip() not in SHAPES:
            raise InputError(f"{where}: {str(shape)[:40]!r} is none of the shapes {' '.join(SHAPES)}")
        first, last = _hundredths(start, where), _hundredths(end, where)
        if first < before or last < first:
            raise InputError(f"{where}: begins before the one before it ends, or ends before it begins")
        before = last
        yield Cue(first, last, shape.strip())


def _hundredths(value: Any, where: str) -> int:
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        seconds = math.nan
    if isinstance(value, bool) or not 0 <= seconds <= LONGEST_S:
        raise InputError(f"{where}: {str(value)[:40]!r} is no time in seconds, 0 to {LONGEST_S}")
    return round(seconds * PLACES)


def _from_json(path: str | Path) -> list[Raw]:
    cues = json_text.load(path).get("mouthCues")
    if not isinstance(cues, list) or not all(isinstance(cue, dict) for cue in cues):
        raise InputError(f"{path}: its 'mouthCues' are not a list of objects")
    return [(cue.get("start"), cue.get("end"), cue.get("value")) for cue in cues]


def _from_tsv(path: str | Path) -> list[Raw]:
    """Each line lasts until the next; the last one says only where the sound ends."""
    lines = [line.split("\t") for line in _text(path).splitlines() if line.strip()]
    if any(len(line) != 2 for line in lines):
        raise InputError(f"{path}: a line of mouth cues is a time, a tab and a shape")
    if len(lines) == 1:
        lines.append(lines[0])
    return [(start, end, shape) for (start, shape), (end, _) in pairwise(lines)]


def _from_xml(path: str | Path) -> list[Raw]:
    text = _text(path)
    if "<!" in text.replace("<!--", ""):
        raise InputError(f"{path}: declares a document type or entities, which mouth cues have no use for")
    try:
        root = ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError, RecursionError) as error:
        raise InputError(f"{path}: is not XML that can be read ({error})") from None
    if root.tag != "rhubarbResult":
        raise InputError(f"{path}: is no Rhubarb file (its root is not rhubarbResult)")
    return [(cue.get("start"), cue.get("end"), cue.text) for cue in root.iterfind("mouthCues/mouthCue")]


def _text(path: str | Path) -> str:
    try:
        if Path(path).stat().st_size > LARGEST_BYTES:
            raise InputError(f"{path}: is larger than {LARGEST_BYTES >> 20} MiB, which mouth cues never are")
        return Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not UTF-8 text ({error})") from None
