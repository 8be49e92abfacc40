"""NumPy files from strangers: what they say they hold is checked before memory is given to it.

A few kilobytes of zip can unfold into gigabytes, and sixty bytes of header can ask for terabytes.
"""

from __future__ import annotations

import math
import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np

from rigdriver.errors import InputError

FREE_BYTES = 256 << 20  # an archive may unfold to so much whatever its ratio: still curves are nearly nothing in a zip
RATIO = 100  # beyond it, to so many times its size; measured curves reach 3
MOST_ENTRIES = 1000
DAMAGE = (zipfile.BadZipFile, zlib.error, ValueError, KeyError, EOFError, OSError, MemoryError, NotImplementedError,
          RuntimeError, TypeError, OverflowError, SyntaxError, tokenize.TokenError)
"""What zipfile and NumPy raise for a damaged or encrypted file."""


def check_npz(path: str | Path) -> None:
    """Raises InputError for an archive that unfolds beyond reason, or has an array larger than its own entry.

    Other damage raises one of `DAMAGE`.
    """
    size = Path(path).stat().st_size
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        unfolded = sum(entry.file_size for entry in entries)
        if unfolded > max(FREE_BYTES, RATIO * size) or len(entries) > MOST_ENTRIES:
            raise InputError(f"{path}: {size} bytes that unfold into {unfolded} ({len(entries)} entries) are no curves")
        for entry in entries:
            if entry.filename.endswith(".npy"):
                with archive.open(entry) as file:
                    _check_header(file, entry.file_size, f"{path}: {entry.filename}")  # type: ignore[arg-type]


def check_npy(path: str | Path) -> None:
    """Raises InputError for an array that says it is larger than its file; other damage raises one of `DAMAGE`."""
    with Path(path).open("rb") as file:
        _check_header(file, Path(path).stat().st_size, str(path))


def _check_header(file: BinaryIO, size: int, where: str) -> None:
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(file)
    if dtype.hasobject:
        raise ValueError(f"{where} holds Python objects, which are not read")
    if any(length < 0 for length in shape) or math.prod(shape) * dtype.itemsize > size:
        raise InputError(f"{where}: says it holds {shape} of {dtype}, but {size} bytes are there")
