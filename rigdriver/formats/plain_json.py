"""A clip as plain JSON, for scripts and web pages.

Specification: this file. `fps` as two whole numbers, `start` (frame k lies (start + k) / fps seconds after the sound
begins), `names`, and under `frames` one list of numbers a frame, weights 0..1 and angles in radians:

    {"format": "rigdriver-clip", "version": 1, "fps": [60, 1], "start": 0, "names": ["jawOpen", "headYaw"],
     "frames": [[0, 0.1], [0.25, 0.1]]}

Under `anchors` there may stand seconds that an animator would key, by part of the face; readers may pass them by.

Loses nothing: every number has the digits that give the same float32 again. NaN is refused, JSON knows none.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from rigdriver.clip import Clip
from rigdriver.errors import InputError
from rigdriver.formats import json_text
from rigdriver.formats.finite import check_finite
from rigdriver.gathering import Anchors

FORMAT, VERSION = "rigdriver-clip", 1


def write(clip: Clip, path: str | Path, *, anchors: Anchors | None = None) -> None:
    """All columns of the clip, the model's hints too. Raises InputError for a value that is not a number.

    anchors: seconds that an animator would key, by part of the face.
    """
    check_finite(clip, path)
    head = {"format": FORMAT, "version": VERSION, "fps": [clip.fps.numerator, clip.fps.denominator],
            "start": clip.start, "names": list(clip.names)}
    if isinstance(anchors, Mapping):
        head["anchors"] = {part: [float(at) for at in seconds] for part, seconds in anchors.items()}
    json_text.write(path, head, "frames", json_text.rows(clip))


def read(path: str | Path) -> Clip:
    """The clip that was written. Raises InputError for a file that is something else or is not sound."""
    document = json_text.load(path)
    if (document.get("format"), document.get("version")) != (FORMAT, VERSION):
        raise InputError(f"{path}: is not of the format {FORMAT!r}, version {VERSION}")
    fps, start = rate_and_start(document, path)
    names = json_text.names_of(document.get("names"), f"{path}: its 'names'")
    return Clip(names, json_text.table_of(document.get("frames"), len(names), f"{path}: its 'frames'"), fps, start)


def rate_and_start(document: dict[str, Any], path: str | Path) -> tuple[Fraction, int]:
    """`fps` and `start` as our JSON formats write them. Raises InputError."""
    fps, start = document.get("fps"), document.get("start")
    if not isinstance(fps, list) or [type(part) for part in fps] != [int, int] or min(fps) < 1:
        raise InputError(f"{path}: its 'fps' should be two whole numbers above 0, as in [30000, 1001]")
    if type(start) is not int or abs(start) >= 1 << 62:
        raise InputError(f"{path}: its 'start' should be a whole number, not {start!r}")
    return Fraction(*fps), start
