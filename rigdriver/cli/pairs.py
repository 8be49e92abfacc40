"""What is converted and what it becomes: a file and a file, or files and folders of files and a folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path

from rigdriver import formats
from rigdriver.errors import InputError, OutputError

Pair = tuple[Path, Path]


def pairs(sources: tuple[str, ...], target: str, source_format: str | None, target_format: str | None) -> list[Pair]:
    """Inputs and their outputs; folders for the outputs are made.

    Raises InputError for a folder with nothing in it that can be read, OutputError for outputs that cannot be, that
    collide, or that would overwrite an input.
    """
    if not _is_folder(sources, target, target_format):
        found = [(Path(sources[0]), Path(target))]
        _check(found)
        return found
    suffix, folder = _suffix(target, target_format), Path(target)
    readable = _suffixes(source_format)
    found = [(path, (folder / inside).with_suffix(suffix)) for given in sources
             for path, inside in _files(Path(given), readable)]
    _check_folder(folder)
    _check(found)
    for place in {out.parent for _, out in found}:
        _make(place)
    return found


def _is_folder(sources: tuple[str, ...], target: str, target_format: str | None) -> bool:
    several = len(sources) > 1 or Path(sources[0]).is_dir()
    named = target.endswith(("/", "\\")) or (not Path(target).suffix and target_format is not None)
    return several or named or Path(target).is_dir()


def _suffix(target: str, target_format: str | None) -> str:
    if Path(target).suffix.lower() in formats.suffixes() and not Path(target).is_dir():
        raise OutputError(f"{target}: names a file; several files need a folder (and --to-format, say, csv)")
    if target_format is None:
        raise OutputError(f"{target}: which format shall the files in it have? Say --to-format csv, glb, json …")
    return formats.suffix_of(target_format)


def _suffixes(source_format: str | None) -> list[str]:
    """What files of a folder are read: those of the format that was named, or of every one."""
    rows = [row for row in formats.rows() if row.reads]
    wanted = (source_format or "").lower()
    if f".{wanted}" in {suffix for row in rows for suffix in row.suffixes}:
        return [f".{wanted}"]
    return sorted({suffix for row in rows if wanted in ("", row.name) for suffix in row.suffixes})


def _files(given: Path, suffixes: Collection[str]) -> Iterator[Pair]:
    """Files with their place inside the folder given: a file is its own name."""
    if not given.is_dir():
        yield given, Path(given.name)
        return
    inside = sorted(path for path in given.rglob("*") if path.suffix.lower() in suffixes and path.is_file())
    if not inside:
        raise InputError(f"{given}: a folder with no curves; looked for {', '.join(suffixes)}")
    yield from ((path, path.relative_to(given)) for path in inside)


def _check(found: list[Pair]) -> None:
    outputs = Counter(out.absolute() for _, out in found)
    inputs = {path.resolve() for path, _ in found}
    for _, out in found:
        if outputs[out.absolute()] > 1:
            both = [str(path) for path, other in found if other.absolute() == out.absolute()]
            raise OutputError(f"{' and '.join(both[:2])} would both become {out}; rename one, or convert them apart")
        if out.resolve() in inputs:
            raise OutputError(f"{out}: is also an input; choose another place")


def _check_folder(folder: Path) -> None:
    """A folder may be made where its parent exists; a typing error high up in a path makes no tree."""
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder}: is a file; several files need a folder")
    if not folder.absolute().parent.is_dir():
        raise OutputError(f"{folder}: the folder {folder.absolute().parent} does not exist")


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be made ({error.strerror})") from None
