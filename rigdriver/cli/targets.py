"""What is to be driven and where it goes: files, several files and folders become a list of jobs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rigdriver import formats
from rigdriver.errors import InputError, OutputError
from rigdriver.inputs import SUFFIXES

DEFAULT_FORMAT = "glb"


@dataclass(frozen=True)
class Job:
    """One recording, the file it becomes, and the options of its format: the character it is put onto, and so on.

    name: of its animation, where several recordings become one file.
    """

    speech: Path
    output: Path
    format: str | None
    options: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""


def jobs(
    speech: tuple[str, ...], output: str | None, format_: str | None, options: Mapping[str, Any], apart: bool = False
) -> list[Job]:
    """Several recordings and one file that can hold them all become jobs of that file, unless they must stay apart.

    Raises InputError for a folder with no sound, OutputError for outputs that cannot be or that collide.
    """
    found = [pair for given in speech for pair in _recordings(Path(given))]
    single = len(speech) == 1 and not Path(speech[0]).is_dir()
    target = Path(output) if output else None
    is_file = target is not None and not _is_folder(target, output or "", format_)
    if target and is_file and not single and not apart and formats.holds_several(target, format_):
        return _into_one(found, target, format_, options)
    if target and single and is_file:
        pairs = [(found[0][0], target)]
        _check_collisions(pairs)
    else:
        suffix = formats.suffix_of(format_ or DEFAULT_FORMAT)
        pairs = [(path, (target / inside if target else path).with_suffix(suffix)) for path, inside in found]
        _check_folder(target)
        _check_collisions(pairs)
        _make([out.parent for _, out in pairs] if target else [])
    return [Job(path, out, format_, options) for path, out in pairs]


def _into_one(
    found: list[tuple[Path, Path]], target: Path, format_: str | None, options: Mapping[str, Any]
) -> list[Job]:
    """Jobs of one file, each named after its recording, with the folders between where several were given."""
    if "animation" in options:
        raise OutputError(f"{target}: --animation names one animation; several are named after their recordings")
    names = [inside.with_suffix("").as_posix() for _, inside in found]
    for name in names:
        if names.count(name) > 1:
            raise OutputError(f"{target}: two recordings are called {name}; rename one, or drive them apart")
    return [Job(path, target, format_, options, name) for (path, _), name in zip(found, names)]


def _recordings(given: Path) -> Iterator[tuple[Path, Path]]:
    """Recordings with their place inside the folder given: a file is its own name."""
    if not given.is_dir():
        yield given, Path(given.name)
        return
    inside = sorted(path for path in given.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    if not inside:
        raise InputError(f"{given}: a folder with no recordings; looked for {', '.join(SUFFIXES)}")
    yield from ((path, path.relative_to(given)) for path in inside)


def _is_folder(target: Path, written: str, format_: str | None) -> bool:
    return target.is_dir() or written.endswith(("/", "\\")) or (not target.suffix and format_ is not None)


def _check_folder(folder: Path | None) -> None:
    """A folder of outputs may be made where its parent exists; a typing error high up in a path makes no tree."""
    if folder is None:
        return
    if folder.suffix.lower() in formats.suffixes():
        raise OutputError(f"{folder}: names a file; several recordings need a folder (and --format, say, csv)")
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder}: is a file; several recordings need a folder")
    if not folder.absolute().parent.is_dir():
        raise OutputError(f"{folder}: the folder {folder.absolute().parent} does not exist")


def _make(folders: list[Path]) -> None:
    for folder in folders:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{folder}: cannot be made ({error.strerror})") from None


def _check_collisions(pairs: list[tuple[Path, Path]]) -> None:
    outputs = Counter(out for _, out in pairs)
    for path, out in pairs:
        if outputs[out] > 1:
            both = [str(other) for other, target in pairs if target == out]
            raise OutputError(f"{' and '.join(both)} would both become {out}; rename one, or drive them apart")
        if out.absolute() == path.absolute():
            raise OutputError(f"{out}: would overwrite the recording itself")
