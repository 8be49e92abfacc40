"""Bare arrays of curves (frames × channels), as research code saves them: .npy, .npz, or lines of numbers (.txt).

Specification: none. FACEGOOD-Audio2Face: 116 channels at 30 fps, .npy, or .npz with `bs` and `fps`. EmoFace: 174
controls of a MetaHuman's face board at 60 fps, one line a frame. The columns are the channels of a rig, in its order:
the one of ours that has as many, or the one named. In an .npz the curves are its only array of two dimensions, `fps` is
a number and `names` a list where they are there.
Read only. Loses: nothing; a file without a rate gets that of its maker, 30 or 60.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import numpy as np

from rigdriver import rig as rigs
from rigdriver.clip import Clip
from rigdriver.errors import InputError
from rigdriver.formats import archive, json_text, rates

RATES = {"facegood": 30, "emoface": 60}
OWN = "version.npy"  # an entry that only rigdriver's own .npz has
MAGIC_ZIP, MAGIC_NPY = b"PK\x03\x04", b"\x93NUMPY"
LARGEST_TEXT = 512 << 20


def recognises(path: str | Path) -> bool:
    """Whether an .npz is one of bare arrays and not rigdriver's own."""
    try:
        with Path(path).open("rb") as file:
            if file.read(4) != MAGIC_ZIP:
                return False
        with np.load(path, allow_pickle=False) as entries:
            return OWN.removesuffix(".npy") not in entries.files
    except archive.DAMAGE:
        return False


def read(path: str | Path, *, rig: str | None = None, fps: Fraction | int | None = None) -> Clip:
    """The array's columns as the channels of a rig.

    rig: a name or a YAML file; by default the one of ours with as many channels. fps: where the file does not say.
    Raises InputError for a file that is damaged, holds no such array, or fits no rig; SettingsError for an unknown rig.
    """
    try:
        arrays = _arrays(Path(path))
    except archive.DAMAGE as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise InputError(f"{path}: is no array that can be read ({reason})") from None
    values = _curves(arrays, path)
    names, own_rate = _names(arrays, values.shape[1], rig, path)
    return Clip(names, values, _rate(arrays, fps or own_rate, path))


def _arrays(path: Path) -> Mapping[str, np.ndarray]:
    """Every array of the file by its name; a bare one is ""."""
    with path.open("rb") as file:
        beginning = file.read(6)
    if beginning.startswith(MAGIC_ZIP):
        archive.check_npz(path)
        with np.load(path, allow_pickle=False) as entries:
            return dict(entries)
    if beginning == MAGIC_NPY:
        archive.check_npy(path)
        return {"": np.load(path, allow_pickle=False)}
    if path.stat().st_size > LARGEST_TEXT:
        raise ValueError(f"text of more than {LARGEST_TEXT >> 20} MiB")
    lines = [line for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    if not lines:
        raise ValueError("it is empty")
    return {"": np.array([[float(cell) for cell in line.rstrip(", ").split(",")] for line in lines])}


def _curves(arrays: Mapping[str, np.ndarray], path: str | Path) -> np.ndarray:
    """(frames, channels) float32: the only array of two dimensions."""
    flat = {name: array for name, array in arrays.items() if array.ndim == 2 and array.dtype.kind in "fiu"}
    if len(flat) != 1:
        held = ", ".join(f"{name or 'it'} {array.shape}" for name, array in list(arrays.items())[:8])
        raise InputError(f"{path}: should hold one array of frames × channels; found {held}")
    with np.errstate(over="ignore"):
        values = next(iter(flat.values())).astype(np.float32)
    if not np.isfinite(values).all():
        row, column = np.argwhere(~np.isfinite(values))[0]
        raise InputError(f"{path}: frame {row}, channel {column} is not a number")
    return values


def _names(arrays: Mapping[str, np.ndarray], count: int, rig: str | None, path: str | Path
           ) -> tuple[tuple[str, ...], int | None]:
    """The channels' names, and the rate of those who make such files."""
    said = arrays.get("names")
    if rig is None and said is not None and said.ndim == 1 and said.dtype.kind == "U" and len(said) == count:
        return json_text.names_of(said.tolist(), f"{path}: its 'names'"), None
    if rig is not None:
        chosen = rigs.load(rig)
        if len(chosen.channels) != count:
            raise InputError(f"{path}: has {count} channels, and the rig {chosen.name} {len(chosen.channels)}")
        return chosen.names, RATES.get(chosen.name)
    fitting = [found for found in map(rigs.load, rigs.available()) if len(found.channels) == count]
    fitting = [found for found in fitting if found.name in RATES] or fitting
    if len(fitting) != 1:
        those = " or ".join(found.name for found in fitting) or "none of ours"
        raise InputError(f"{path}: has {count} channels, as {those}; name the rig, as the input's option rig=")
    return fitting[0].names, RATES.get(fitting[0].name)


def _rate(arrays: Mapping[str, np.ndarray], fps: Fraction | int | None, path: str | Path) -> Fraction:
    said = arrays.get("fps")
    if said is not None and said.size == 1 and said.dtype.kind in "fiu":
        rate = rates.usual(float(said.reshape(())))
        if rate is None:
            raise InputError(f"{path}: its fps is no frame rate: {said}")
        return rate
    if fps is None:
        raise InputError(f"{path}: does not say its frame rate; say it, as the input's option fps=30")
    return Fraction(fps)
