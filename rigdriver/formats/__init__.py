"""Files that hold a clip: one row a format, its module imported only when it is used.

A format module has `read(path, **options) -> Clip`, `write(clip, path, **options)`, or both. Where several rows share a
suffix, the first has it, but for a file that another's `recognises(path)` and a clip that only another's `fits(clip)`.
A function that takes `losses=`, a list, adds to it what did not come along (`rigdriver.formats.losses`); a module
whose format holds only some frame rates lists them as `RATES_HELD`.
Other packages add rows through the entry-point group `rigdriver.formats`, each entry a `Format`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from inspect import signature
from pathlib import Path
from types import ModuleType
from typing import Any

from rigdriver.clip import Clip
from rigdriver.errors import InputError, MissingExtra, OutputError, nearest

GROUP = "rigdriver.formats"
LOSSES = "losses"  # the option that is no choice but a list to be filled
ANCHORS = "anchors"  # and one that drive fills in: moments that an animator would key


@dataclass(frozen=True)
class Format:
    """One row. suffixes: lower case with their dot; extra: the optional packages that the module needs, if any.

    summary: what it is and what it loses. rig: the rig that its curves are of, where it holds no other.
    """

    name: str
    suffixes: tuple[str, ...]
    module: str
    summary: str
    reads: bool = True
    writes: bool = True
    extra: str = ""
    rig: str = ""
    several: bool = False  # whether the module has `write_all`, for several clips in one file

    def function(self, verb: str) -> Callable[..., Any]:
        """The module's `read` or `write`. Raises MissingExtra where its packages are not installed."""
        function: Callable[..., Any] = getattr(self._code(), verb)
        return function

    @property
    def rates_held(self) -> tuple[Fraction, ...]:
        """The only frame rates that such a file has; () where any will do. Raises MissingExtra."""
        return tuple(getattr(self._code(), "RATES_HELD", ()))

    def _code(self) -> ModuleType:
        try:
            return import_module(self.module)
        except ImportError:
            if not self.extra:
                raise
            raise MissingExtra(f"the format {self.name!r}", self.extra) from None


TABLE = (
    Format("gltf", (".glb", ".gltf", ".vrm"), "rigdriver.formats.gltf", "animation on a glTF or VRM character",
           several=True),
    Format("vrma", (".vrma",), "rigdriver.formats.gltf.vrma", "VRM Animation for any VRM avatar"),
    Format("livelink-csv", (".csv",), "rigdriver.formats.livelink_csv",
           "Live Link Face recording for Unreal; 61 curves, 30 or 60 fps, no time before 0", rig="arkit"),
    Format("table", (".csv",), "rigdriver.formats.table_csv", "any curves as a plain table, time first; 7 digits"),
    Format("plain-json", (".json",), "rigdriver.formats.plain_json", "any curves as plain JSON; loses nothing"),
    Format("audio2face", (".json", ".csv"), "rigdriver.formats.audio2face",
           "NVIDIA Audio2Face; weights only, from the sound's beginning"),
    Format("metahuman", (".json",), "rigdriver.formats.metahuman_json",
           "curves for Unreal's Python importer; no hints", rig="metahuman"),
    Format("rhubarb", (".tsv", ".json", ".xml"), "rigdriver.formats.rhubarb",
           "mouth cues; one of nine shapes at a time, hundredths of a second", rig="rhubarb"),
    Format("npz", (".npz",), "rigdriver.formats.npz", "rigdriver's own, lossless"),
    Format("array", (".npy", ".npz", ".txt"), "rigdriver.formats.array",
           "bare arrays of FACEGOOD, EmoFace and the like", writes=False),
    Format("unity-anim", (".anim",), "rigdriver.formats.unity",
           "Unity AnimationClip of blendshapes; weights only, keys within a tolerance"),
    Format("maya-anim", (".anim",), "rigdriver.formats.maya",
           "Maya's keyed blendShape weights; weights only, keys within a tolerance, Maya's frame rates"),
    Format("usd", (".usda", ".usdc", ".usd"), "rigdriver.formats.usd",
           "UsdSkel animation of blendshapes; no hints", extra="usd"),
)


@cache
def rows() -> tuple[Format, ...]:
    """Our formats and then those of installed packages."""
    added = [entry.load() for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name)]
    return (*TABLE, *added)


def suffixes() -> set[str]:
    """Every suffix that some format writes, lower case with its dot."""
    return {suffix for row in rows() if row.writes for suffix in row.suffixes}


def check(path: str | Path, format: str | None = None, options: Iterable[str] = ()) -> None:
    """Raises OutputError where no format writes such a file, or none of its name has such options; touches nothing."""
    row = _row(path, format, "writes", OutputError)
    if options:
        _check_options(row, row.function("write"), path, options, OutputError)


def holds_several(path: str | Path, format: str | None = None) -> bool:
    """Whether several clips can go into one file of that name; see `write_all`."""
    if format is None and Path(path).suffix.lower() not in suffixes():
        return False
    return _row(path, format, "writes", OutputError).several


def read(path: str | Path, format: str | None = None, **options: Any) -> Clip:
    """A clip from a file of any format, told by its suffix, or by `format`, a name or a suffix. Raises InputError."""
    row = reader(path, format)
    function = row.function("read")
    _check_options(row, function, path, options, InputError)
    return function(path, **options)


def write(clip: Clip, path: str | Path, format: str | None = None, **options: Any) -> Any:
    """A clip into a file of any format; returns the format's report where it makes one (glTF does).

    options: see the format's own `write`. Raises OutputError for a place or a suffix that cannot be written.
    """
    row = writer(clip, path, format)
    function = row.function("write")
    _check_options(row, function, path, options, OutputError)
    return function(clip, path, **options)


def reader(path: str | Path, format: str | None = None) -> Format:
    """The row that reads a file. Raises InputError where none does."""
    row = _row(path, format, "reads", InputError)
    if _is_name(row, format):
        return row
    return next((other for other in _rivals(row, "reads", path) if _says(other, "recognises", path, False)), row)


def write_all(clips: Mapping[str, Clip], path: str | Path, format: str | None = None, **options: Any) -> list[Any]:
    """Several clips into one file, each under its name; a report for each. See the format's own `write_all`."""
    row = _row(path, format, "writes", OutputError)
    if not row.several:
        raise OutputError(f"{path}: the format {row.name!r} holds one clip a file")
    function = row.function("write_all")
    _check_options(row, function, path, options, OutputError)
    return function(clips, path, **options)


def writer(clip: Clip, path: str | Path, format: str | None = None) -> Format:
    """The row that writes a clip. Raises OutputError where none does."""
    row = _row(path, format, "writes", OutputError)
    if _is_name(row, format) or _says(row, "fits", clip, True):
        return row
    return next((other for other in _rivals(row, "writes", path) if _says(other, "fits", clip, True)), row)


def options_of(function: Callable[..., Any]) -> list[str]:
    """What a format's `read` or `write` may be told, but for the list of losses that it fills, and anchors."""
    given = 1 if function.__name__ == "read" else 2
    return [name for name in list(signature(function).parameters)[given:] if name not in (LOSSES, ANCHORS)]


def _check_options(row: Format, function: Callable[..., Any], path: str | Path, options: Iterable[str],
                   error: type[InputError] | type[OutputError]) -> None:
    known = options_of(function)
    for option in options:
        if option not in known and option not in signature(function).parameters:
            takes = nearest(option, known) if known else "it has none"
            raise error(f"{path}: the format {row.name!r} has no option {option!r}; {takes}")


def takes_anchors(clip: Clip, path: str | Path, format: str | None = None) -> bool:
    """Whether such a file holds keys, or tells others where they belong."""
    return ANCHORS in signature(writer(clip, path, format).function("write")).parameters


def suffix_of(name: str) -> str:
    """The suffix that a file of this format gets: the one named (`glb`), or the format's first. Raises OutputError."""
    row = _row("", name, "writes", OutputError)
    return f".{name}" if f".{name}" in row.suffixes else row.suffixes[0]


def _is_name(row: Format, format: str | None) -> bool:
    """Whether a format was asked for by its own name; a suffix (`csv`) leaves open which of those that share it."""
    return format is not None and format.lower() == row.name


def _rivals(row: Format, verb: str, path: str | Path) -> list[Format]:
    """The other rows that have the file's suffix, or where it has none of theirs, one of this row's."""
    able = [other for other in rows() if other is not row and getattr(other, verb)]
    shared = {Path(path).suffix.lower()} & set(row.suffixes) or set(row.suffixes)
    return [other for other in able if shared & set(other.suffixes)]


def _says(row: Format, question: str, about: Any, unasked: bool) -> bool:
    """A module's own answer, or `unasked` where it has none or is not installed."""
    try:
        answer = getattr(import_module(row.module), question, None)
    except ImportError:
        return unasked
    return answer(about) if answer else unasked


def _row(path: str | Path, name: str | None, verb: str, error: type[InputError] | type[OutputError]) -> Format:
    able = [row for row in rows() if getattr(row, verb)]
    if name is not None:
        for row in able:
            if name.lower() == row.name or f".{name.lower()}" in row.suffixes:
                return row
        known = [word for row in able for word in (row.name, *(suffix[1:] for suffix in row.suffixes))]
        raise error(f"no format {name!r} that rigdriver {verb}; {nearest(name, dict.fromkeys(known))}")
    suffix = Path(path).suffix.lower()
    for row in able:
        if suffix in row.suffixes:
            return row
    choices = ", ".join(f"{row.name} ({' '.join(row.suffixes)})" for row in able)
    raise error(f"{path}: rigdriver {verb} no files that end in {suffix or 'nothing'}; choose one of: {choices}")
