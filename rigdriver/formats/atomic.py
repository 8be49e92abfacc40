"""Files that appear whole or not at all: written beside their place under another name, then renamed into it."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from rigdriver.errors import OutputError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}


@contextmanager
def replacing(
    path: str | Path, inputs: Iterable[str | Path] = (), overwrite_input: bool = False
) -> Iterator[BinaryIO]:
    """A binary file to write to; when the block ends well it takes the place of `path`, else it vanishes.

    inputs: the files that are being read; OutputError where `path` is one of them, unless overwrite_input.
    Raises OutputError where the folder is missing, the place is a folder, or the disk refuses.
    """
    place = check(path, inputs, overwrite_input)
    beside = place.parent / f".rigdriver-{secrets.token_hex(6)}.part"
    try:
        handle = beside.open("xb")  # not tempfile: the result should have the permissions of any new file
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror})") from None
    try:
        with handle:
            yield handle
        beside.replace(place)
    except OSError as error:
        if error.errno in _FULL or error.filename in (str(beside), str(place)):
            raise OutputError(f"{path}: cannot be written ({error.strerror})") from None
        raise
    finally:
        beside.unlink(missing_ok=True)


def check(path: str | Path, inputs: Iterable[str | Path] = (), overwrite_input: bool = False) -> Path:
    """The real place of a file that is to be written; OutputError where it cannot be. Writes nothing."""
    place = Path(os.path.realpath(path))
    if place.is_dir():
        raise OutputError(f"{path}: is a folder; name a file in it")
    if not place.parent.is_dir():
        raise OutputError(f"{path}: the folder {Path(path).parent} does not exist; make it first")
    if place.exists() and not place.is_file():
        raise OutputError(f"{path}: is not a plain file")
    for source in inputs:
        if not overwrite_input and place.exists() and Path(source).exists() and place.samefile(source):
            raise OutputError(f"{path}: is also the input; choose another name or ask to overwrite the input")
    return place
