"""Which takes teach, which choose, which judge: said by the folder, or by a rule that gives the same answer each time.

In this order: `split.csv` (`take,split` a line), folders named train, validation, test, else a draw by name.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

from rigdriver import inputs
from rigdriver.errors import InputError, nearest

SPLITS = ("train", "validation", "test")
SPELLINGS = {"train": "train", "training": "train", "validation": "validation", "valid": "validation",
             "val": "validation", "dev": "validation", "test": "test"}
FILE = "split.csv"
SHARE = 0.08  # of the sound that is held out for validation
MOST = 0.25  # of it, where takes are so long that no fitting one is found
FEWEST_SPEAKERS = 5  # with fewer, a whole speaker is too much to hold out


def split(folder: Path, seconds: Mapping[str, float], say: Callable[[str], None] = print) -> dict[str, str]:
    """Split of each take. seconds: length by take's name, its path below the folder without suffix.

    A take of `split.csv` whose recording lies there but is not among these was skipped; that is said.

    Raises InputError for a word or a take in `split.csv` that is not known, or where no take is left to learn from.
    """
    if (folder / FILE).is_file():
        said = _file(folder / FILE, seconds, say)
    else:
        said = {name: SPELLINGS[_top(name)] for name in seconds if _top(name) in SPELLINGS}
        if "validation" not in said.values():
            said |= _drawn({name: length for name, length in seconds.items() if said.get(name, "train") == "train"})
    splits = {name: said.get(name, "train") for name in seconds}
    if "train" not in splits.values():
        raise InputError(f"{folder}: no take is left to train on; every one is of validation or test")
    return splits


def speaker(name: str) -> str:
    """The folder that a take lies in, below a folder of the splits; "" where it lies in none."""
    parts = name.split("/")[:-1]
    parts = parts[1:] if parts and parts[0].lower() in SPELLINGS else parts
    return parts[0] if parts else ""


def _top(name: str) -> str:
    return name.split("/")[0].lower() if "/" in name else ""


def _file(path: Path, names: Mapping[str, float], say: Callable[[str], None]) -> dict[str, str]:
    said = {}
    for k, cells in enumerate(_rows(path), 1):
        cells = [cell.strip() for cell in cells]
        if not any(cells) or (k == 1 and cells[:2] == ["take", "split"]):
            continue
        if len(cells) != 2 or cells[1].lower() not in SPELLINGS:
            raise InputError(f"{path}, line {k}: should be a take and one of {', '.join(SPLITS)}, not "
                             f"{','.join(cells)!r}")
        if cells[0] in names:
            said[cells[0]] = SPELLINGS[cells[1].lower()]
        elif _recorded(path.parent, cells[0]):
            say(f"note {path}, line {k}: {cells[0]!r} was skipped")
        else:
            raise InputError(f"{path}, line {k}: no take {cells[0]!r} in the folder; {nearest(cells[0], names)}")
    return said


def _rows(path: Path) -> list[list[str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.reader(file))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: is not UTF-8 CSV text ({error}); save it as CSV UTF-8") from None


def _recorded(folder: Path, name: str) -> bool:
    return any((folder / f"{name}{spelled}").is_file()
               for suffix in inputs.SUFFIXES for spelled in (suffix, suffix.upper()))


def _drawn(seconds: Mapping[str, float]) -> dict[str, str]:
    """About SHARE of the sound for validation: whole speakers where there are enough, else whole takes."""
    speakers = {speaker(name) for name in seconds}
    unit = speaker if len(speakers) >= FEWEST_SPEAKERS else str
    lengths: dict[str, float] = {}
    for name, length in seconds.items():
        lengths[unit(name)] = lengths.get(unit(name), 0.0) + length
    held = _held_out(lengths)
    return {name: "validation" for name in seconds if unit(name) in held}


def _held_out(lengths: Mapping[str, float]) -> set[str]:
    """Drawn by the hash of the name, so that a take added later moves few others. A lone take is not held out."""
    total, held, taken = sum(lengths.values()), set(), 0.0
    for name in sorted(lengths, key=lambda name: hashlib.sha256(name.encode()).digest()):
        if taken < SHARE * total and taken + lengths[name] <= MOST * total:
            held.add(name)
            taken += lengths[name]
    if held or len(lengths) < 2:
        return held
    return {min(lengths, key=lambda name: (lengths[name], name))}
