"""Places: where a file's record lies, and how it is found for a file that was edited and saved under another name.

A glTF carries it inside, as a note on its animation. Other formats have no place for it: it lies beside the file, as
`line.csv.rigdriver`.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from pathlib import Path

from rigdriver import formats
from rigdriver.edits.record import Record
from rigdriver.errors import InputError
from rigdriver.formats import gltf
from rigdriver.formats.atomic import replacing

INSIDE = ("gltf", "vrma")
BESIDE = ("livelink-csv", "table", "unity-anim", "maya-anim", "usd", "plain-json")
SUFFIX = ".rigdriver"
LARGEST_BYTES = 1 << 26  # of a file beside; an hour of speech is a tenth of it


def remembered(format: str) -> bool:
    """Whether files of this format get a record."""
    return format in (*INSIDE, *BESIDE)


def put(records: Mapping[str, Record], path: str | Path, format: str) -> None:
    """Records into a file that has just been written, by animation, or beside it (one, whatever it is called)."""
    if format in INSIDE:
        gltf.annotate(path, {name: base64.b85encode(record.pack()).decode() for name, record in records.items()})
    elif format in BESIDE:
        with replacing(f"{path}{SUFFIX}") as file:
            file.write(next(iter(records.values())).pack())


def find(edited: str | Path, animation: str | None = None) -> Record | None:
    """The record of an edited file: inside it, beside it, or of a file in its folder that its own name goes on from.

    `line_2_mine.glb` is taken for an edit of `line.glb`, and of `line_2.glb` sooner. None where there is none.
    """
    for place in _places(Path(edited)):
        record = of(place, animation)
        if record is not None:
            return record
    return None


def _places(edited: Path) -> Iterator[Path]:
    yield edited
    if not edited.parent.is_dir():
        return
    others = [path for path in edited.parent.iterdir() if path.suffix == SUFFIX or path.suffix == edited.suffix]
    named = [(len(_stem(path)), path.suffix == SUFFIX, path) for path in others
             if path != edited and goes_on(edited.stem, _stem(path))]
    yield from (path for *_, path in sorted(named, key=lambda one: (-one[0], one[1], str(one[2]))))


def goes_on(name: str, from_: str) -> bool:
    """Whether a name is another one with something put after it: `line_1_mine` is of `line_1`, `line_10` is not."""
    return name == from_ or (name.startswith(from_) and not name[len(from_)].isalnum())


def _stem(path: Path) -> str:
    return Path(path.stem).stem if path.suffix == SUFFIX else path.stem


def of(path: str | Path, animation: str | None = None) -> Record | None:
    """The record of this very file, or this very record. Raises InputError for one that is damaged."""
    path = Path(path)
    if path.suffix == SUFFIX:
        return _read(path)
    if _is_gltf(path):
        note = gltf.annotation(path, animation)
        if note is not None:
            return Record.unpack(_bytes(note, path), str(path))
    beside = path.with_name(path.name + SUFFIX)
    return _read(beside) if beside.is_file() else None


def _is_gltf(path: Path) -> bool:
    row = next(row for row in formats.TABLE if row.name == "gltf")
    return path.is_file() and path.suffix.lower() in (*row.suffixes, ".vrma")


def _bytes(note: str, path: Path) -> bytes:
    try:
        return base64.b85decode(note)
    except ValueError:
        raise InputError(f"{path}: holds no sound record of what was generated (no base 85)") from None


def _read(path: Path) -> Record:
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise InputError(f"{path}: is too large for a record of what was generated")
        return Record.unpack(path.read_bytes(), str(path))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
