"""Maya's text of an animation, statement by statement."""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

from rigdriver.clip import Clip
from rigdriver.errors import InputError, nearest
from rigdriver.formats import keyed
from rigdriver.formats.losses import Loss
from rigdriver.formats.maya.units import RATES, SECONDS
from rigdriver.keys import Keys

MAGIC = "animVersion"
USUAL_RATE = Fraction(30)  # for a file whose times are in those
NOT_SHAPES = ("translate", "rotate", "scale", "visibility", "shear", "envelope")
BLOCKS = ["animData", "keys"]
FIELDS = ("time", "value", "kind in", "kind out", "angle in", "angle out")  # of a key
KINDS = ("fixed", "linear", "flat", "step", "stepnext", "spline")  # of tangents; what comes after is without overshoot
MOST_CURVES, MOST_KEYS = 10_000, 4_000_000

_PART = re.compile(r"[;{}]")


def recognises(path: str | Path) -> bool:
    """Whether a file's first word is that of Maya's .anim."""
    lines = (line.strip() for line in keyed.opening(path).splitlines())
    return next((line for line in lines if line and line[0] not in "/#"), "").startswith(MAGIC)


def read(path: str | Path, *, node: str | None = None, scale: float = 1.0, fps: Fraction | int | None = None,
         losses: list[Loss] | None = None) -> Clip:
    """The weights, sampled at the rate of the file's time unit (30 where that is seconds).

    node: only the targets of this blendShape node; by default of all, the first where several have one name.
    scale: what a full shape is called in the file. fps: another rate than the file's.
    Raises InputError naming the line that cannot be read.
    """
    if not 0 < scale < math.inf:
        raise InputError(f"{path}: scale={scale:g} is no weight of a full shape")
    found = _File(path)
    for line, words, mark in _statements(path):
        found.take(line, words, mark)
    found.end()
    curves = _of_node(found, node, scale, path, losses)
    rate = Fraction(fps) if fps else RATES.get(found.unit, USUAL_RATE)
    last_s = found.numbers.get("endTime")
    return keyed.clip_of(curves, rate, None if last_s is None else last_s * found.unit_s, path)


def _statements(path: str | Path) -> Iterator[tuple[int, list[str], str]]:
    """A file's words between two of its marks `;`, `{` and `}`, with the line and the mark that ends them."""
    words: list[str] = []
    for number, line in keyed.text_lines(path):
        if line.lstrip()[:1] in ("#", "/"):
            continue
        *parts, rest = _PART.split(line)
        marks = _PART.findall(line)
        for part, mark in zip(parts, marks):
            yield number, [*words, *part.split()], mark
            words = []
        words += rest.split()
        if len(words) > 64:
            raise InputError(f"{path}, line {number}: no statement of an .anim is that long")
    if words:
        raise InputError(f"{path}: is cut short after {' '.join(words)[:60]!r}")


def _of_node(found: _File, node: str | None, scale: float, path: str | Path,
             losses: list[Loss] | None) -> dict[str, Keys]:
    """Curves by their target, of one blendShape node or of the first that has each."""
    nodes = dict.fromkeys(at for at, _ in found.curves)
    if node is not None and nodes and node not in nodes:
        raise InputError(f"{path}: has no keys of a node {node!r}; {nearest(node, map(repr, nodes))}")
    first: dict[str, array[float]] = {}
    other = [name for (at, name), rows in found.curves.items()
             if node in (None, at) and first.setdefault(name, rows) != rows]
    if other and losses is not None:
        losses.append(Loss("names", "other nodes' keys of the same target (node= chooses one)", tuple(other)))
    curves = {}
    for name, rows in first.items():
        try:
            curves[name] = _keys(np.array(rows).reshape(-1, len(FIELDS)), found.unit_s, scale)
        except ValueError as error:
            raise InputError(f"{path}: the keys of {name}: {error}") from None
    return curves


class _File:
    """The statements of a file, one by one. curves: rows of FIELDS by node and target; numbers: of the header."""

    def __init__(self, path: str | Path):
        self.unit, self.unit_s = "film", 1 / 24
        self.numbers: dict[str, float] = {}
        self.curves: dict[tuple[str, str], array[float]] = {}
        self._path, self._line, self._keys = path, 0, 0
        self._known = False
        self._blocks: list[str] = []
        self._target: tuple[str, str] | None = None
        self._degrees = 1.0
        self._rows: array[float] | None = None

    def take(self, line: int, words: list[str], mark: str) -> None:
        self._line = line
        if not self._known and words[:1] != [MAGIC]:
            raise InputError(f"{self._path}: is no .anim of Maya (it does not begin with {MAGIC})")
        self._known = True
        if mark == "{":
            self._open(words)
        elif mark == "}":
            self._close(words)
        elif self._blocks == BLOCKS:
            self._key(words)
        elif words and not self._blocks:
            self._header(words)
        elif words[:1] == ["output"] and words[1:] != ["unitless"]:
            self._target = None

    def end(self) -> None:
        if self._blocks or not self._known:
            raise InputError(f"{self._path}: is cut short" if self._known else f"{self._path}: is empty")

    def _fail(self, words: list[str], wanted: str) -> InputError:
        return InputError(f"{self._path}, line {self._line}: {' '.join(words)[:60]!r} is not {wanted}")

    def _open(self, words: list[str]) -> None:
        if len(self._blocks) == len(BLOCKS) or words != [BLOCKS[len(self._blocks)]]:
            raise self._fail([*words, "{"], "a block of an .anim")
        self._blocks.append(words[0])
        if self._blocks == BLOCKS and self._target and self._target not in self.curves:
            if len(self.curves) == MOST_CURVES:
                raise InputError(f"{self._path}: has more than {MOST_CURVES} curves")
            self._rows = array("d")

    def _close(self, words: list[str]) -> None:
        if words or not self._blocks:
            raise self._fail([*words, "}"], "the end of a block")
        if self._blocks.pop() == BLOCKS[0]:
            self._target = None
        if self._rows and self._target:
            self.curves[self._target] = self._rows
        self._rows = None

    def _header(self, words: list[str]) -> None:
        name, *rest = words
        if name == "anim":
            self._target = _target(rest)
        elif name == "timeUnit":
            self.unit = (rest or [""])[0]
            if self.unit not in RATES and self.unit not in SECONDS:
                raise self._fail(words, f"a time unit of Maya; {nearest(self.unit, [*RATES, *SECONDS])}")
            self.unit_s = SECONDS[self.unit] if self.unit in SECONDS else float(1 / RATES[self.unit])
        elif name == "angularUnit":
            self._degrees = 180 / math.pi if rest[:1] in (["rad"], ["radian"]) else 1.0
        elif name in ("startTime", "endTime"):
            self.numbers[name] = self._numbers(rest[:1])[0] if rest else 0.0

    def _key(self, words: list[str]) -> None:
        if self._rows is None or not words:
            return
        self._keys += 1
        if self._keys > MOST_KEYS:
            raise InputError(f"{self._path}: has more than {MOST_KEYS} keys")
        kinds = words[2:4]
        if len(kinds) < 2 or not all(kind.isalpha() for kind in kinds):
            raise self._fail(words, "a key: time, value, kind of tangent in and out")
        fixed = kinds.count("fixed")
        angles = self._numbers(words[-2 * fixed :: 2]) if fixed and len(words) > 6 else [0.0] * fixed
        into = angles[0] if kinds[0] == "fixed" else 0.0
        out = angles[-1] if kinds[1] == "fixed" else 0.0
        self._rows.extend((*self._numbers(words[:2]), *map(_kind, kinds), into * self._degrees, out * self._degrees))

    def _numbers(self, words: Sequence[str]) -> list[float]:
        try:
            numbers = [float(word.replace("_", "x")) for word in words]
        except ValueError:
            raise self._fail(list(words), "a number") from None
        if not all(map(math.isfinite, numbers)):
            raise self._fail(list(words), "a finite number")
        return numbers


def _target(words: list[str]) -> tuple[str, str] | None:
    """Node and attribute of an `anim` statement; None for what is no target of a blendShape. Three numbers end it."""
    names = words[:-3]
    if not names or names[-1 if len(names) < 3 else 1].startswith(NOT_SHAPES):
        return None
    return (names[2], names[1]) if len(names) > 2 else ("", names[0])


def _kind(word: str) -> int:
    return KINDS.index(word) if word in KINDS else len(KINDS)


def _keys(rows: np.ndarray, unit_s: float, scale: float) -> Keys:
    """Rows of FIELDS as keys in seconds. Raises ValueError for keys out of order."""
    times, values, into, out, in_angle, out_angle = rows[np.append(np.diff(rows[:, 0]) != 0, True)].T
    times, values = times * unit_s, values / scale
    if (np.diff(times) <= 0).any():
        raise ValueError("key times do not rise")
    secants = np.diff(values) / np.diff(times) if len(times) > 1 else np.zeros(1)
    before, after = np.append(secants[0], secants)[: len(times)], np.append(secants, secants[-1])[: len(times)]
    slopes = []
    for kinds, angles, beside in ((into, in_angle, before), (out, out_angle, after)):
        by_angle = np.tan(np.radians(angles)) / unit_s / scale
        choices = [by_angle, beside, np.zeros_like(values), np.full_like(values, np.inf), np.full_like(values, np.inf),
                   _spline(times, values), _without_overshoot(before, after)]  # in the order of KINDS
        slopes.append(np.choose(kinds.astype(int), choices))
    slopes[0] = np.where(np.isfinite(slopes[0]), slopes[0], 0.0)  # the step of a key is what comes after it
    return Keys(times, values, *slopes)


def _spline(times: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Slopes from neighbour to neighbour."""
    if len(times) < 2:
        return np.zeros_like(values)
    left, right = np.maximum(np.arange(len(times)) - 1, 0), np.minimum(np.arange(len(times)) + 1, len(times) - 1)
    return (values[right] - values[left]) / (times[right] - times[left])


def _without_overshoot(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Slopes of a curve that turns at its keys only: flat there and at both ends, else the mean of both sides,
    limited."""
    mean, steepest = (before + after) / 2, 3 * np.minimum(np.abs(before), np.abs(after))
    slopes = np.where(before * after > 0, np.clip(mean, -steepest, steepest), 0.0)
    slopes[[0, -1]] = 0.0
    return slopes
