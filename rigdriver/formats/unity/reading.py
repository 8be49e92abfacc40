"""Unity's text of an AnimationClip, read line by line.

Unity writes a small part of YAML, block by block and two spaces deeper each. So this is no YAML reader: it knows no
anchors, aliases, tags or nested flow, and what a hostile file makes of them is text that is not a number.
"""

from __future__ import annotations

import json
import math
import re
from array import array
from fractions import Fraction
from pathlib import Path

import numpy as np

from rigdriver.clip import Clip
from rigdriver.errors import InputError, nearest
from rigdriver.formats import keyed, rates
from rigdriver.formats.losses import Loss
from rigdriver.formats.unity.writing import RENDERER_CLASS, SHAPE
from rigdriver.keys import Keys

LARGEST_OF_ONE = 2.0  # a weight above that counts to 100
FASTEST = 1000  # fps
MOST_CURVES, MOST_KEYS = 10_000, 4_000_000  # a file of the largest size has two million
SECTIONS = ("m_FloatCurves", "m_EditorCurves")  # the editor's copy is read where a clip has no other
FIELDS = {name: k for k, name in enumerate(
    ("time", "value", "inSlope", "outSlope", "inWeight", "outWeight", "weightedMode"))}  # fmt: skip
BLANK = (0.0, 0.0, 0.0, 0.0, 1 / 3, 1 / 3, 0.0)
TEXTS = ("attribute", "path")
NUMBERS = ("m_SampleRate", "m_StopTime")
INTO, OUT = 1, 2  # bits of weightedMode: the handle into a key, and out of it, reaches as its weight says

_ESCAPED_BYTE = re.compile(r"\\x([0-9a-fA-F]{2})")


def recognises(path: str | Path) -> bool:
    """Whether a file begins as Unity's YAML does."""
    beginning = keyed.opening(path)
    return beginning.startswith("%YAML") and "tag:unity3d.com" in beginning


def read(path: str | Path, *, scale: float | None = None, mesh: str | None = None, fps: Fraction | int | None = None,
         losses: list[Loss] | None = None) -> Clip:
    """The blendshape weights of a clip, sampled at its own rate.

    scale: the weight of a full shape; by default 100 where any value is above 2, else 1.
    mesh: only the curves of the renderer at that path; by default of all.
    fps: another rate than the clip's. Raises InputError naming the line that cannot be read.
    """
    found = _Document(path)
    for number, line in keyed.text_lines(path):
        found.take(number, line)
    found.end()
    curves = _of_mesh(found.curves, mesh, path, losses)
    scale = _full(curves) if scale is None else scale
    rate = Fraction(fps) if fps else rates.usual(found.numbers.get("m_SampleRate", 60.0))
    if rate is None or not 0 < rate <= FASTEST:
        raise InputError(f"{path}: its m_SampleRate is no frame rate")
    if not 0 < scale < math.inf:
        raise InputError(f"{path}: scale={scale:g} is no weight of a full shape; it is 100 or 1")
    scaled = {name: Keys(keys.times, keys.values / scale, keys.in_slopes / scale, keys.out_slopes / scale, keys.reach)
              for name, keys in curves.items()}  # fmt: skip
    return keyed.clip_of(scaled, rate, found.numbers.get("m_StopTime"), path)


def _of_mesh(found: dict[tuple[str, str], Keys], mesh: str | None, path: str | Path,
             losses: list[Loss] | None) -> dict[str, Keys]:
    """Curves by their shape, of one renderer or of the first that has each."""
    meshes = dict.fromkeys(at for at, _ in found)
    if mesh is not None and found and mesh not in meshes:
        raise InputError(f"{path}: has no curves for a renderer at {mesh!r}; {nearest(mesh, map(repr, meshes))}")
    curves: dict[str, Keys] = {}
    other = [shape for (at, shape), keys in found.items()
             if mesh in (None, at) and not _same(curves.setdefault(shape, keys), keys)]
    if other and losses is not None:
        losses.append(Loss("names", "other renderers' curves of the same shape (mesh= chooses one)", tuple(other)))
    return curves


def _same(one: Keys, other: Keys) -> bool:
    return np.array_equal(one.times, other.times) and np.array_equal(one.values, other.values)


def _full(curves: dict[str, Keys]) -> float:
    """The weight of a full shape that the values speak for."""
    largest = max((float(np.abs(keys.values).max()) for keys in curves.values()), default=0.0)
    return 100.0 if largest > LARGEST_OF_ONE else 1.0


class _Document:
    """The lines of a file, one by one. curves: by renderer and shape; numbers: what else is asked for."""

    def __init__(self, path: str | Path):
        self.curves: dict[tuple[str, str], Keys] = {}
        self.numbers: dict[str, float] = {}
        self._path, self._line, self._keys = path, 0, 0
        self._seen = self._inside = False
        self._section, self._depth = "", 0
        self._item: _Item | None = None

    def take(self, number: int, line: str) -> None:
        self._line, text = number, line.strip()
        if not text or text[0] in "#%":
            return
        if not line[0].isspace() and text[:2] != "- ":
            self._close()
            begins, ends = text == "AnimationClip:" and not self._seen, text[:3] == "---"
            self._inside = begins or (self._inside and not ends)
            self._seen |= self._inside
        elif self._inside:
            self._inner(len(line) - len(line.lstrip(" ")), text)

    def end(self) -> None:
        self._close()
        if not self._seen:
            raise InputError(f"{self._path}: is no AnimationClip that Unity saved as text; set Asset Serialization to "
                             "Force Text")

    def _inner(self, depth: int, text: str) -> None:
        is_item = text[:2] == "- "
        if not is_item and depth <= (self._depth or depth):
            self._close()
            self._depth = depth
            self._section = text.partition(":")[0]
        if self._section in SECTIONS and not (self._section == SECTIONS[1] and self.curves and self._item is None):
            self._curve(depth, text, is_item)
        elif (name := text.partition(":")[0]) in NUMBERS:
            self.numbers[name] = self._number(text)

    def _curve(self, depth: int, text: str, is_item: bool) -> None:
        if is_item and depth <= self._depth:
            self._close()
            self._item = _Item(depth + 2)
            depth, text, is_item = depth + 2, text[2:].strip(), False
        item = self._item
        if item is None:
            return
        if depth > item.depth and item.text:
            item.texts[item.text] += " " + text  # a long text goes on
        elif depth > item.depth:
            self._key(item, text, is_item)
        else:
            name, _, value = text.partition(":")
            item.text = name if name in TEXTS else ""
            if item.text or name == "classID":
                item.texts[name] = value.strip()

    def _key(self, item: _Item, text: str, is_item: bool) -> None:
        if is_item:
            item.keys.extend(BLANK)
            self._keys += 1
            text = text[2:].strip()
        if self._keys > MOST_KEYS:
            raise InputError(f"{self._path}: has more than {MOST_KEYS} keys")
        place = FIELDS.get(text.partition(":")[0])
        if place is not None and item.keys:
            item.keys[place - len(FIELDS)] = self._number(text)

    def _number(self, text: str) -> float:
        name, _, value = text.partition(":")
        try:
            number = float(value.replace("_", "x"))
        except ValueError:
            raise InputError(f"{self._path}, line {self._line}: {text[:60]!r} is not a number") from None
        if not math.isfinite(number) and (math.isnan(number) or not name.endswith("Slope")):
            raise InputError(f"{self._path}, line {self._line}: {text[:60]!r} is not a finite number")
        return number

    def _close(self) -> None:
        """Puts the curve that was read beside the others, if it is a blendshape's."""
        item, self._item = self._item, None
        if item is None or not item.keys or item.texts.get("classID", str(RENDERER_CLASS)) != str(RENDERER_CLASS):
            return
        shape, at = (self._text(item.texts.get(name, "")) for name in TEXTS)
        if not shape.startswith(SHAPE) or (at, shape[len(SHAPE) :]) in self.curves:
            return
        if len(self.curves) == MOST_CURVES:
            raise InputError(f"{self._path}: has more than {MOST_CURVES} curves")
        try:
            self.curves[at, shape[len(SHAPE) :]] = _keys(np.array(item.keys).reshape(-1, len(FIELDS)))
        except ValueError as error:
            raise InputError(f"{self._path}, the curve before line {self._line}: {error}") from None

    def _text(self, value: str) -> str:
        if value[:1] == "'":
            return value.strip("'").replace("''", "'")
        if value[:1] != '"':
            return value
        try:
            return str(json.loads(_ESCAPED_BYTE.sub(r"\\u00\1", value)))
        except ValueError:
            raise InputError(f"{self._path}, before line {self._line}: {value[:60]} is no text") from None


class _Item:
    """One curve while it is read. depth: of its own fields; text: the field whose text may go on in the next line."""

    def __init__(self, depth: int):
        self.depth, self.text = depth, ""
        self.texts: dict[str, str] = {}
        self.keys = array("d")  # as many numbers a key as there are fields


def _keys(rows: np.ndarray) -> Keys:
    """(keys, fields) as keys; of two at one time the later counts. Raises ValueError for keys out of order."""
    kept = np.append(np.diff(rows[:, 0]) != 0, True)
    times, values, into, out, in_weight, out_weight, mode = rows[kept].T
    mode = np.clip(mode, 0, INTO | OUT).astype(int)
    if not (mode & (INTO | OUT)).any():
        return Keys(times, values, into, out)
    reach = np.stack([np.where(mode & INTO, in_weight, 1 / 3), np.where(mode & OUT, out_weight, 1 / 3)], axis=1)
    return Keys(times, values, into, out, reach)
