"""What is converted and what it becomes: a file and a file, or files and folders of files and a folder."""

from __future__ import annotations

from pathlib import Path

from rigdriver import formats
from rigdriver.cli.places import Pair, check_folder, check_pairs, files_in, is_folder, make
from rigdriver.errors import OutputError


def pairs(sources: tuple[str, ...], target: str, source_format: str | None, target_format: str | None) -> list[Pair]:
    """Inputs and their outputs; folders for the outputs are made.

    Raises InputError for a folder with nothing in it that can be read, OutputError for outputs that cannot be, that
    collide, or that would overwrite an input.
    """
    if not _is_folder(sources, target, target_format):
        found = [(Path(sources[0]), Path(target))]
        check_pairs(found)
        return found
    suffix, folder = _suffix(target, target_format), Path(target)
    readable = _suffixes(source_format)
    found = [(path, (folder / inside).with_suffix(suffix)) for given in sources
             for path, inside in files_in(Path(given), readable, "curves")]
    check_pairs(found)
    make(out.parent for _, out in found)
    return found


def _is_folder(sources: tuple[str, ...], target: str, target_format: str | None) -> bool:
    return len(sources) > 1 or Path(sources[0]).is_dir() or is_folder(target, target_format)


def _suffix(target: str, target_format: str | None) -> str:
    check_folder(Path(target), "files", "--to-format")
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
