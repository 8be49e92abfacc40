"""Files that hold a clip: one row a format, its module imported only when it is used.

A format module has `read(path, **options) -> Clip`, `write(clip, path, **options)`, or both. Where several rows share a
suffix, the first has it, but for a file that another's `recognises(path)` and a clip that only another's `fits(clip)`.
Other packages add rows through the entry-point group `rigdriver.formats`, each entry a `Format`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from inspect import signature
from pathlib import Path
from typing import Any

from rigdriver.clip import Clip
from rigdriver.errors import InputError, MissingExtra, OutputError, nearest

GROUP = "rigdriver.formats"


@dataclass(frozen=True)
class Format:
    """One row. suffixes: lower case with their dot; extra: the optional packages that the module needs, if any."""

    name: str
    suffixes: tuple[str, ...]
    module: str
    summary: str
    reads: bool = True
    writes: bool = True
    extra: str = ""

    def function(self, verb: str) -> Callable[..., Any]:
        """The module's `read` or `write`. Raises MissingExtra where its packages are not installed."""
        try:
            return getattr(import_module(self.module), verb)
        except ImportError:
            if not self.extra:
                raise
            raise MissingExtra(f"the format {self.name!r}", self.extra) from None


TABLE = (
    Format("gltf", (".glb", ".gltf", ".vrm"), "rigdriver.formats.gltf", "animation on a glTF or VRM character"),
    Format("livelink-csv", (".csv",), "rigdriver.formats.livelink_csv", "Live Link Face recording for Unreal"),
    Format("table", (".csv",), "rigdriver.formats.table_csv", "any curves as a plain table, time first"),
    Format("npz", (".npz",), "rigdriver.formats.npz", "rigdriver's own, lossless"),
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


def check(path: str | Path, format: str | None = None) -> None:
    """Raises OutputError where no format writes such a file; touches nothing."""
    _row(path, format, "writes", OutputError)


def read(path: str | Path, format: str | None = None, **options: Any) -> Clip:
    """A clip from a file of any format, told by its suffix, or by `format`, a name or a suffix. Raises InputError."""
    row = _row(path, format, "reads", InputError)
    if not _is_name(row, format):
        row = next((other for other in _rivals(row, "reads") if _says(other, "recognises", path, False)), row)
    return row.function("read")(path, **options)


def write(clip: Clip, path: str | Path, format: str | None = None, **options: Any) -> Any:
    """A clip into a file of any format; returns the format's report where it makes one (glTF does).

    options: see the format's own `write`. Raises OutputError for a place or a suffix that cannot be written.
    """
    row = _row(path, format, "writes", OutputError)
    if not _is_name(row, format) and not _says(row, "fits", clip, True):
        row = next((other for other in _rivals(row, "writes") if _says(other, "fits", clip, True)), row)
    function = row.function("write")
    known = list(signature(function).parameters)[2:]
    for option in options:
        if option not in known:
            takes = nearest(option, known) if known else "it has none"
            raise OutputError(f"{path}: the format {row.name!r} has no option {option!r}; {takes}")
    return function(clip, path, **options)


def suffix_of(name: str) -> str:
    """The suffix that a file of this format gets: the one named (`glb`), or the format's first. Raises OutputError."""
    row = _row("", name, "writes", OutputError)
    return f".{name}" if f".{name}" in row.suffixes else row.suffixes[0]


def _is_name(row: Format, format: str | None) -> bool:
    """Whether a format was asked for by its own name; a suffix (`csv`) leaves open which of those that share it."""
    return format is not None and format.lower() == row.name


def _rivals(row: Format, verb: str) -> list[Format]:
    """The other rows that have a suffix of this one."""
    able = [other for other in rows() if other is not row and getattr(other, verb)]
    return [other for other in able if set(other.suffixes) & set(row.suffixes)]


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
