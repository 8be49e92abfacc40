"""JSON in and out for the formats that are made of it: strict, bounded, and numbers as short as they may be."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from rigdriver.clip import Clip
from rigdriver.errors import InputError
from rigdriver.formats.atomic import replacing

LARGEST_BYTES = 1 << 30
LONGEST_INTEGER = 32  # digits; Python reads a number of a million digits in seconds, and none of ours has more than 19
BLOCK_FRAMES = 1024
HEAD_BYTES = 4096  # of a file, that `head` gives for a format to be told by


def load(path: str | Path) -> dict[str, Any]:
    """The object that a JSON file holds, in UTF-8 or UTF-16, with or without a byte order mark.

    Raises InputError for a file that cannot be read, is larger than a GiB, is not JSON or not an object, nests too
    deeply, or holds NaN, Infinity or a number beyond float64.
    """
    try:
        if Path(path).stat().st_size > LARGEST_BYTES:
            raise InputError(f"{path}: is larger than {LARGEST_BYTES >> 20} MiB; cut it into shorter clips")
        document = json.loads(_text(Path(path).read_bytes()), parse_int=_whole, **STRICT)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except (ValueError, RecursionError, MemoryError) as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise InputError(f"{path}: is not JSON that can be read ({reason})") from None
    if not isinstance(document, dict):
        raise InputError(f"{path}: should hold one JSON object, not a {type(document).__name__}")
    return document


def head(path: str | Path) -> str:
    """The first characters of a file, "" where it cannot be read; what is no UTF-8 in them is replaced."""
    try:
        with Path(path).open("rb") as file:
            return file.read(HEAD_BYTES).decode("utf-8-sig", "replace")
    except OSError:
        return ""


def names_of(items: Any, where: str) -> tuple[str, ...]:
    """A JSON list of different names. Raises InputError."""
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise InputError(f"{where} is not a list of names")
    if len(set(items)) != len(items):
        twice = next(item for item in items if items.count(item) > 1)
        raise InputError(f"{where} names {twice!r} twice")
    return tuple(items)


def table_of(rows: Any, width: int, where: str) -> np.ndarray:
    """(rows, width) float32 of a JSON list of lists of numbers. Raises InputError naming the first unfit row."""
    if not isinstance(rows, list):
        raise InputError(f"{where} is not a list of rows")
    for at, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != width:
            raise InputError(f"{where}: row {at} does not hold {width} numbers")
    table = np.zeros((len(rows), width), np.float32)  # not before every row was seen to be there
    for at, row in enumerate(rows):
        table[at] = numbers_of(row, f"{where}: row {at}")
    return table


def numbers_of(items: Any, where: str) -> np.ndarray:
    """(n,) float32 of a JSON list of numbers. Raises InputError."""
    with np.errstate(over="ignore"):
        values = seconds_of(items, where).astype(np.float32)
    if not np.isfinite(values).all():
        raise InputError(f"{where} holds a number too large for a curve")
    return values


def seconds_of(items: Any, where: str) -> np.ndarray:
    """(n,) float64 of a JSON list of numbers. Raises InputError."""
    if not isinstance(items, list) or not {type(item) for item in items} <= {int, float}:
        raise InputError(f"{where} is not a list of numbers")
    return np.array(items, np.float64)


def numbers(values: np.ndarray) -> str:
    """Float32 numbers as JSON, each in the fewest digits that give the same float32 again."""
    return "[" + ",".join(text.removesuffix(".0") for text in values.astype("U").tolist()) + "]"


def rows(clip: Clip) -> Iterator[str]:
    """A clip's frames, each as a JSON list, in blocks of text with a comma between any two frames."""
    comma = ""
    for at in range(clip.start, clip.end, BLOCK_FRAMES):
        block = clip.cut(at, min(at + BLOCK_FRAMES, clip.end)).values
        yield comma + ",\n".join(numbers(row) for row in block)
        comma = ",\n"


def write(path: str | Path, head: Mapping[str, Any], key: str, blocks: Iterable[str]) -> None:
    """An object with all of `head` on its first line, and then `key`: a list whose text comes in blocks, an item a line
    with a comma between any two."""
    with replacing(path) as file:
        file.write((json.dumps(head)[:-1] + f',\n"{key}": [\n').encode("ascii"))
        for block in blocks:
            file.write(block.encode("ascii"))
        file.write(b"\n]}\n")


def _text(data: bytes) -> str:
    return data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")


def _refuse(word: str) -> float:
    raise ValueError(f"{word} is not a JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:40]} is too large a number")
    return number


STRICT: dict[str, Any] = {"parse_constant": _refuse, "parse_float": _finite}
"""For `json.loads`: what is no number in JSON, or too large for one of ours, is refused."""


def _whole(text: str) -> int:
    if len(text) > LONGEST_INTEGER:
        raise ValueError(f"a whole number of {len(text)} digits")
    return int(text)
