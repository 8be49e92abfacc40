"""rigdriver's own format: a clip exactly as it is, as a NumPy .npz archive of five plain arrays.

Specification: this file, and https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
Loses nothing. Needs no rigdriver to read: `numpy.load(path, allow_pickle=False)` gives `values` (frames, names)
float32, `names`, `fps` (numerator, denominator), `start` and `version`, and `metadata` as JSON text.
The same clip gives the same bytes on every day and machine.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from rigdriver.clip import Clip
from rigdriver.errors import InputError
from rigdriver.formats import archive as archives
from rigdriver.formats.atomic import replacing

VERSION = 1
BLOCK_FRAMES = 8192
LONGEST_REASON = 200  # characters
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date that zip knows, so that the bytes do not depend on the day


def write(clip: Clip, path: str | Path, *, metadata: Mapping[str, Any] | None = None) -> None:
    """Store a clip, block by block. metadata: anything that JSON can hold; what made the clip, for instance."""
    small = {
        "version": np.int64(VERSION),
        "names": np.array(clip.names, dtype=np.str_),
        "fps": np.array([clip.fps.numerator, clip.fps.denominator], np.int64),
        "start": np.int64(clip.start),
        "metadata": np.array(json.dumps(dict(metadata or {}), sort_keys=True)),
    }
    with replacing(path) as file, zipfile.ZipFile(file, "w") as archive:
        for name, array in small.items():
            with _entry(archive, name) as entry:
                np.lib.format.write_array(entry, np.asarray(array), allow_pickle=False)
        with _entry(archive, "values") as entry:
            for block in _blocks(clip.values):
                entry.write(block)


def _entry(archive: zipfile.ZipFile, name: str) -> Any:
    return archive.open(zipfile.ZipInfo(f"{name}.npy", _EPOCH), "w", force_zip64=True)


def _blocks(values: np.ndarray) -> Iterator[bytes]:
    """An .npy file of (frames, names) float32: its header, then its rows."""
    header = io.BytesIO()
    shape = {"descr": "<f4", "fortran_order": False, "shape": values.shape}
    np.lib.format.write_array_header_1_0(header, shape)
    yield header.getvalue()
    for at in range(0, len(values), BLOCK_FRAMES):
        yield np.ascontiguousarray(values[at : at + BLOCK_FRAMES], "<f4").tobytes()


def read(path: str | Path) -> Clip:
    """The clip that was stored. Raises InputError for a file that is damaged or is something else."""
    with _open(path) as archive:
        names = tuple(str(name) for name in archive["names"])
        numerator, denominator = (int(number) for number in archive["fps"])
        return Clip(names, archive["values"], Fraction(numerator, denominator), int(archive["start"]))


def read_metadata(path: str | Path) -> dict[str, Any]:
    """What `write` was told about the clip."""
    with _open(path) as archive:
        metadata = json.loads(str(archive["metadata"]))
        if not isinstance(metadata, dict):
            raise ValueError("metadata is not an object")
        return metadata


@contextmanager
def _open(path: str | Path) -> Iterator[Mapping[str, np.ndarray]]:
    """The archive's arrays, while any sign of damage becomes one InputError."""
    try:
        with Path(path).open("rb") as file:
            _check_magic(file, path)
            archives.check_npz(path)
            with np.load(file, allow_pickle=False) as archive:
                version = int(archive["version"])
                if version != VERSION:
                    raise InputError(f"{path}: is of version {version}; this rigdriver reads version {VERSION}")
                yield archive
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except (*archives.DAMAGE, ZeroDivisionError) as error:
        reason = " ".join(str(error).split())[:LONGEST_REASON] or type(error).__name__  # zipfile's may quote the file
        raise InputError(f"{path}: is not a sound rigdriver .npz ({reason})") from None


def _check_magic(file: BinaryIO, path: str | Path) -> None:
    """np.load would take a bare .npy as well, and that one may not be asked for names."""
    if file.read(4) != b"PK\x03\x04":
        raise InputError(f"{path}: is not an .npz archive")
    file.seek(0)
