"""Poses: what a face does for each emotion, from a YAML file that an artist can edit."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np

from rigdriver import rig
from rigdriver.errors import nearest
from rigdriver.performance import EMOTIONS
from rigdriver.settings import build, read_yaml

OWN = Path(__file__).with_name("poses.yaml")
SIDES = ("Left", "Right")
VERSION = 1
FACTOR_TOP = 5.0


@dataclass(frozen=True)
class Pose:
    """channels: weights −1..1 by channel, or by its name without the side. head_motion, blinks, jaw_motion: factors on
    how lively the head is, on how often the lids close, and on how far the jaw goes in speech. head_pitch_deg,
    head_roll_deg: how the head is held."""

    channels: dict[str, float] = field(default_factory=dict)
    head_motion: float = 1.0
    blinks: float = 1.0
    jaw_motion: float = 1.0
    head_pitch_deg: float = 0.0
    head_roll_deg: float = 0.0

    def __post_init__(self) -> None:
        for name, weight in self.channels.items():
            if not both(name):
                raise ValueError(f"no channel {name!r}; {nearest(name, rig.canonical().names)}")
            if not -1 <= weight <= 1:
                raise ValueError(f"{name} should lie in -1..1, not {weight:g}")
        for name in ("head_motion", "blinks", "jaw_motion"):
            if not 0 <= getattr(self, name) <= FACTOR_TOP:
                raise ValueError(f"{name} should lie in 0..{FACTOR_TOP:g}, not {getattr(self, name):g}")


@dataclass(frozen=True)
class Poses:
    """The file: a pose for every emotion; one that is not there leaves the face alone."""

    version: int
    poses: dict[str, Pose]

    def __post_init__(self) -> None:
        if self.version != VERSION:
            raise ValueError(f"version {self.version} is not known here; this rigdriver reads version {VERSION}")
        for name in self.poses:
            if name not in EMOTIONS:
                raise ValueError(f"no emotion {name!r}; {nearest(name, EMOTIONS)}")

    def of(self, emotion: str) -> Pose:
        return self.poses.get(emotion, Pose())

    def table(self, names: tuple[str, ...]) -> np.ndarray:
        """(emotions, names) float32: weights of the channels in `names`."""
        rows = np.zeros((len(EMOTIONS), len(names)), np.float32)
        for row, emotion in zip(rows, EMOTIONS):
            for name, weight in self.of(emotion).channels.items():
                row[[names.index(channel) for channel in both(name)]] = weight
        return rows


NONE = Poses(VERSION, {})


def both(name: str) -> tuple[str, ...]:
    """The channels that a name means: itself, its two sides, or none."""
    weights = rig.canonical().weights
    return tuple(channel for channel in (name, *(f"{name}{side}" for side in SIDES)) if channel in weights)


def load(path: str = "") -> Poses:
    """A file's poses, the house's own where none is named; read again once it changes. Raises SettingsError."""
    where = Path(path) if path else OWN
    try:
        changed = where.stat().st_mtime_ns
    except (OSError, ValueError):
        changed = 0  # reading it says what is wrong
    return _read(where, changed)


@cache
def _read(path: Path, changed: int) -> Poses:
    return build(Poses, read_yaml(path), str(path))
