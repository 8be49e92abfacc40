"""Where files are and where they go, for every command that takes folders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from rigdriver import formats
from rigdriver.errors import InputError, OutputError

Pair = tuple[Path, Path]


def files_in(given: Path, suffixes: Collection[str], what: str) -> Iterator[Pair]:
    """Files with their place inside the folder given: a file is its own name. Raises InputError for an empty folder."""
    if not given.is_dir():
        yield given, Path(given.name)
        return
    inside = sorted(path for path in given.rglob("*") if path.suffix.lower() in suffixes and path.is_file())
    if not inside:
        raise InputError(f"{given}: a folder with no {what}; looked for {', '.join(suffixes)}")
    yield from ((path, path.relative_to(given)) for path in inside)


def is_folder(target: str, format: str | None) -> bool:
    """Whether an output means a folder: it is one, is written as one, or has no suffix where a format is named."""
    path = Path(target)
    return path.is_dir() or target.endswith(("/", "\\")) or (not path.suffix and format is not None)


def check_folder(folder: Path, what: str, option: str) -> None:
    """A folder of outputs may be made where its parent exists; a typing error high up in a path makes no tree."""
    if folder.suffix.lower() in formats.suffixes() and not folder.is_dir():
        raise OutputError(f"{folder}: names a file; several {what} need a folder (and {option}, say, csv)")
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder}: is a file; several {what} need a folder")
    if not folder.absolute().parent.is_dir():
        raise OutputError(f"{folder}: the folder {folder.absolute().parent} does not exist")


def make(folders: Iterable[Path]) -> None:
    """Raises OutputError where the system refuses."""
    for folder in set(folders):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{folder}: cannot be made ({error.strerror})") from None


def check_pairs(pairs: Collection[Pair]) -> None:
    """Raises OutputError where two inputs would become one output, or an output would overwrite an input."""
    outputs = Counter(out.absolute() for _, out in pairs)
    inputs = {path.resolve() for path, _ in pairs}
    for _, out in pairs:
        if outputs[out.absolute()] > 1:
            both = [str(path) for path, other in pairs if other.absolute() == out.absolute()]
            raise OutputError(f"{' and '.join(both[:2])} would both become {out}; rename one, or take them one by one")
        if out.resolve() in inputs:
            raise OutputError(f"{out}: would overwrite an input; choose another place")
