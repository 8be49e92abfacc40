"""Curves for Unreal's Python importer: what becomes float curves of an AnimSequence, on a MetaHuman or a plain mesh.

Specification: this file; read by `plugins/unreal`. One JSON object in UTF-8 without a byte order mark:

    {
      "format": "rigdriver-unreal-curves",   always this text
      "version": 1,                          a reader refuses another
      "generator": "rigdriver 0.1.0",        free text
      "name": "hello",                       what the AnimSequence may be called: letters, digits and _
      "fps": [60, 1],                        numerator and denominator, whole numbers above 0
      "frames": 121,                         how many, 1 or more; the sequence lasts (frames - 1) / fps seconds
      "start": 0,                            frame k of the sequence lies (start + k) / fps s after the sound begins;
                                             whole, may be negative: place the sequence there beside the sound
      "curves": [                            one object a curve, names all different
        {"name": "CTRL_expressions_jawOpen", "unit": "weight", "values": [0, 0.25, ...]},
        {"name": "CTRL_expressions_tongueOut", "unit": "weight", "times": [0], "values": [0]},
        {"name": "headYaw", "unit": "degree", "values": [0, -1.5, ...]}
      ]
    }

`values` without `times` has one number a frame, `frames` of them. With `times` they are keys, as many as there are
values, one at least: seconds from the sequence's first frame, rising, 0 <= t <= (frames - 1) / fps, linear between,
held before the first and after the last. A curve that never changes is written as one key at 0.

`name` is the curve's name in Unreal exactly: `CTRL_expressions_*` for a MetaHuman, a morph target's for a plain mesh.
`unit` is "weight" (0..1 unless the rig says otherwise) or "degree". Degrees are the nine angles of head and eyes
under our names (headYaw, headPitch, headRoll, leftEyeYaw … rightEyeRoll) and signs: yaw positive towards the
character's left, pitch positive down, roll positive when the head tips towards the character's right shoulder. They
are no morph targets: an importer leaves them out, or turns them into what its skeleton has.

Loses: nothing but the model's hints; angles pass through degrees and are rounded in the seventh digit.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from rigdriver import __version__
from rigdriver.clip import Clip
from rigdriver.errors import InputError
from rigdriver.formats import json_text
from rigdriver.formats.finite import check_finite
from rigdriver.formats.losses import Loss, angle_names, is_hint, left_out
from rigdriver.formats.plain_json import rate_and_start

FORMAT, VERSION = "rigdriver-unreal-curves", 1
LONGEST_FRAMES = 10_000_000  # two days at 60 fps; more is a damaged file, and would be made in memory
SPREAD = 64  # frames that a file of keys may ask for a byte of it
WEIGHT, DEGREE = "weight", "degree"


def write(clip: Clip, path: str | Path, *, name: str | None = None, losses: list[Loss] | None = None) -> None:
    """All curves but the model's hints. name: of the sequence; by default the file's own, made fit for Unreal.

    Raises InputError for a clip of no frames or with a value that is not a number.
    """
    if not len(clip):
        raise InputError(f"{path}: a sequence of no frames cannot be; the clip is empty")
    check_finite(clip, path)
    if losses is not None:
        losses.extend(left_out(clip, [name for name in clip.names if not is_hint(name)], "curves for Unreal have"))
    head = {"format": FORMAT, "version": VERSION, "generator": f"rigdriver {__version__}",
            "name": fit_name(name or Path(path).stem), "fps": [clip.fps.numerator, clip.fps.denominator],
            "frames": len(clip), "start": clip.start}
    json_text.write(path, head, "curves", ((",\n" if at else "") + curve for at, curve in enumerate(_curves(clip))))


def fit_name(name: str) -> str:
    """A name that an Unreal asset may have: letters, digits and `_`."""
    return re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_") or "clip"


def _curves(clip: Clip) -> Iterator[str]:
    angles = angle_names()
    for at, name in enumerate(clip.names):
        if is_hint(name):
            continue
        values = np.rad2deg(clip.values[:, at]) if name in angles else clip.values[:, at]
        still = bool((values == values[0]).all())
        keys = '"times": [0], ' if still else ""
        unit = DEGREE if name in angles else WEIGHT
        yield (f'{{"name": {json.dumps(name)}, "unit": "{unit}", {keys}'
               f'"values": {json_text.numbers(values[:1] if still else values)}}}')


def recognises(path: str | Path) -> bool:
    """Whether a file says that it is of this format."""
    return f'"{FORMAT}"' in json_text.head(path)


def read(path: str | Path) -> Clip:
    """The curves, sampled at every frame. Raises InputError for a file that breaks what is specified above."""
    document = json_text.load(path)
    if (document.get("format"), document.get("version")) != (FORMAT, VERSION):
        raise InputError(f"{path}: is not of the format {FORMAT!r}, version {VERSION}")
    fps, frames, start = _head(document, path)
    curves = document.get("curves")
    if not isinstance(curves, list) or not all(isinstance(curve, dict) for curve in curves):
        raise InputError(f"{path}: its 'curves' are not a list of objects")
    names = json_text.names_of([curve.get("name") for curve in curves], f"{path}: its curves' list")
    if frames * len(names) > SPREAD * Path(path).stat().st_size + LONGEST_FRAMES:
        raise InputError(f"{path}: says it has {frames} frames, which so small a file cannot mean")
    values = np.zeros((frames, len(names)), np.float32)
    for at, curve in enumerate(curves):
        values[:, at] = _sampled(curve, frames, fps, f"{path}: the curve {names[at]!r}")
    return Clip(names, values, fps, start)


def _head(document: dict[str, Any], path: str | Path) -> tuple[Fraction, int, int]:
    fps, start = rate_and_start(document, path)
    frames = document.get("frames")
    if type(frames) is not int or not 1 <= frames <= LONGEST_FRAMES:
        raise InputError(f"{path}: its 'frames' should be a whole number, 1 to {LONGEST_FRAMES}, not {frames!r}")
    return fps, frames, start


def _sampled(curve: dict[str, Any], frames: int, fps: Fraction, where: str) -> np.ndarray:
    """(frames,) of one curve, angles in radians."""
    unit = curve.get("unit", WEIGHT)
    if unit not in (WEIGHT, DEGREE):
        raise InputError(f"{where}: its 'unit' should be {WEIGHT!r} or {DEGREE!r}, not {unit!r}")
    values = json_text.numbers_of(curve.get("values"), f"{where}: its 'values'")
    if "times" in curve:
        values = _between(json_text.seconds_of(curve["times"], f"{where}: its 'times'"), values, frames, fps, where)
    elif len(values) != frames:
        raise InputError(f"{where}: has {len(values)} values for {frames} frames")
    return np.deg2rad(values) if unit == DEGREE else values


def _between(times: np.ndarray, values: np.ndarray, frames: int, fps: Fraction, where: str) -> np.ndarray:
    if not len(times) or len(times) != len(values):
        raise InputError(f"{where}: has {len(values)} values for {len(times)} times")
    if (np.diff(times) <= 0).any() or times[0] < 0:
        raise InputError(f"{where}: its 'times' should rise from 0 on")
    return np.interp(np.arange(frames) / float(fps), times, values)
