"""Rig: the channels of a character in order, and how to reach them from the canonical ARKit rig.

Data only: a rig is a YAML file (`rigs/*.yaml`, or the user's own) read strictly.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np

from rigdriver.errors import SettingsError, nearest
from rigdriver.resources import rigs_folder
from rigdriver.settings import build, read_yaml

CANONICAL = "arkit"
ANGLE_RANGE = (-3.1416, 3.1416)
SIDES = {"Left": "left", "Right": "right", "_l": "left", "_r": "right"}
DIRECTIONS = ("jawLeft", "jawRight", "mouthLeft", "mouthRight")  # where it moves, not which half of the face


@dataclass(frozen=True)
class Channel:
    """One control: its unit is "weight" (0..1 unless said) or "radian"; low, high and rest are in that unit."""

    name: str
    unit: str = "weight"
    low: float = 0.0
    high: float = 1.0
    rest: float = 0.0
    region: str = ""

    @property
    def side(self) -> str:
        """The half of the face it concerns, the character's own: "left", "right", or "" for both."""
        if self.name in DIRECTIONS:
            return ""
        if self.unit == "radian":
            return next((side for side in ("left", "right") if self.name.lower().startswith(side)), "")
        return next((side for suffix, side in SIDES.items() if self.name.endswith(suffix)), "")


Weights = dict[str, float]



@dataclass(frozen=True)
class _RigFile:
    """The keys that a rig file may have; `rigs/arkit.yaml` shows the first group, `rigs/facegood.yaml` the maps."""

    version: int
    name: str
    description: str = ""
    weights: dict[str, tuple[str, ...]] = field(default_factory=dict)
    angles: dict[str, tuple[str, ...]] = field(default_factory=dict)
    from_arkit: dict[str, Weights] = field(default_factory=dict)
    to_arkit: dict[str, Weights] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Rig:
    """Channels in order, with their maps.

    from_arkit: (ARKit channels, channels) float32, or None for the canonical rig itself.
    to_arkit: (channels, ARKit channels) float32, or None where the rig cannot be read back.
    """

    name: str
    channels: tuple[Channel, ...]
    description: str = ""
    from_arkit: np.ndarray | None = None
    to_arkit: np.ndarray | None = None

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(channel.name for channel in self.channels)

    @property
    def weights(self) -> tuple[str, ...]:
        """Names of the channels that are weights, in the rig's order."""
        return tuple(channel.name for channel in self.channels if channel.unit == "weight")

    def of_region(self, *regions: str) -> tuple[str, ...]:
        """Names of the weights in these regions, in the rig's order."""
        return tuple(c.name for c in self.channels if c.region in regions and c.unit == "weight")

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def __getitem__(self, name: str) -> Channel:
        return next(channel for channel in self.channels if channel.name == name)


def load(rig: str | Path) -> Rig:
    """A rig by its name (`arkit`, see `available`) or by the path of a YAML file. Raises SettingsError."""
    if isinstance(rig, str) and not rig.endswith((".yaml", ".yml")):
        path = rigs_folder() / f"{rig}.yaml"
        if not path.is_file():
            raise SettingsError(f"no rig {rig!r}; {nearest(rig, available())}")
        return _load_file(path)
    return _load_file(Path(rig))


def available() -> list[str]:
    """Names of the rigs that ship with rigdriver."""
    return sorted(path.stem for path in rigs_folder().glob("*.yaml"))


@cache
def canonical() -> Rig:
    """The ARKit rig that the model and the layers speak."""
    return load(CANONICAL)


@cache
def _load_file(path: Path) -> Rig:
    file = build(_RigFile, read_yaml(path), str(path))
    if file.version != 1:
        raise SettingsError(f"{path}: version {file.version} is not known here; this rigdriver reads version 1")
    channels = tuple(_channels(file))
    names = [channel.name for channel in channels]
    if not names:
        raise SettingsError(f"{path}: lists no weights and no angles")
    for name in names:
        if names.count(name) > 1:
            raise SettingsError(f"{path}: the channel {name!r} stands twice")
    forward = _matrix(path, file.from_arkit, canonical().names, names).T if file.from_arkit else None
    back = _matrix(path, file.to_arkit, names, canonical().names).T if file.to_arkit else None
    return Rig(file.name, channels, file.description, forward, back)


def _channels(file: _RigFile) -> Iterator[Channel]:
    for region, names in file.weights.items():
        yield from (Channel(name, region=region) for name in names)
    low, high = ANGLE_RANGE
    for region, names in file.angles.items():
        yield from (Channel(name, "radian", low, high, region=region) for name in names)


def _matrix(path: Path, rows: dict[str, Weights], sources: tuple[str, ...] | list[str],
            targets: tuple[str, ...] | list[str]) -> np.ndarray:
    """(targets, sources): row `target: {source: weight}` of a rig file's map."""
    matrix = np.zeros((len(targets), len(sources)), np.float32)
    for target, weights in rows.items():
        row = _position(path, target, targets)
        for source, weight in weights.items():
            matrix[row, _position(path, source, sources)] = weight
    return matrix


def _position(path: Path, name: str, names: tuple[str, ...] | list[str]) -> int:
    if name not in names:
        raise SettingsError(f"{path}: no channel {name!r}; {nearest(name, names)}")
    return list(names).index(name)
