"""Rig: the channels of a character in order, and how to reach them from the canonical ARKit rig.

Data only: a rig is a YAML file (`rigs/*.yaml`, or the user's own; `rigdriver.rigfile` reads it strictly).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from rigdriver import rigfile
from rigdriver.channel import ANGLE_RANGE, DIRECTIONS, SIDES, Channel
from rigdriver.errors import SettingsError, nearest
from rigdriver.resources import rigs_folder
from rigdriver.wiring import Wiring

__all__ = ["ANGLE_RANGE", "CANONICAL", "DIRECTIONS", "SIDES", "Channel", "Rig", "available", "canonical", "load"]

CANONICAL = "arkit"


@dataclass(frozen=True, eq=False)
class Rig:
    """Channels in order, with their maps.

    from_arkit: (ARKit channels, channels) float32, or None for the canonical rig itself.
    to_arkit: (channels, ARKit channels) float32, or None where the rig cannot be read back.
    forward, backward: the same maps with all that is not linear in them (`rigdriver.wiring`); where they are None
        the matrices are all there is. `rigdriver.layers.retarget` runs either.
    """

    name: str
    channels: tuple[Channel, ...]
    description: str = ""
    from_arkit: np.ndarray | None = None
    to_arkit: np.ndarray | None = None
    forward: Wiring | None = None
    backward: Wiring | None = None

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
    file = rigfile.read(path, lambda: canonical().names)
    names = [channel.name for channel in file.channels]
    forward = linear(file.forward, canonical().names, names) if file.forward and file.forward.rows else None
    back = linear(file.backward, names, canonical().names) if file.backward else None
    return Rig(file.name, file.channels, file.description, forward, back, file.forward, file.backward)


def linear(wiring: Wiring, sources: Sequence[str], targets: Sequence[str]) -> np.ndarray:
    """(sources, targets) float32: the part of a wiring that is a matrix; what is derived is left out."""
    row, column = {name: k for k, name in enumerate(sources)}, {name: k for k, name in enumerate(targets)}
    matrix = np.zeros((len(sources), len(targets)), np.float32)
    for target, weights in wiring.rows.items():
        for source, weight in weights.items():
            if source in row:
                matrix[row[source], column[target]] = weight * wiring.gains.get(target, 1.0)
    return matrix
