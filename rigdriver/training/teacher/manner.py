"""Manner: how somebody speaks, as five numbers, and the factors on the teacher's constants that they stand for."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import ClassVar

import numpy as np


@dataclass(frozen=True)
class Manners:
    """What a manner of −1 and of +1 does, as factors on the constants that `teacher.yaml` gives for 0."""

    jaw: dict[str, tuple[float, float]]
    lips: dict[str, tuple[float, float]]
    speed: dict[str, tuple[float, float]]
    precision: dict[str, tuple[float, float]]
    anticipation: dict[str, tuple[float, float]]


@dataclass(frozen=True)
class Manner:
    """How somebody speaks: five numbers −1..1, each 0 for what the teacher does by itself.

    jaw, lips: how far jaw and lips move. speed: sluggish to crisp. precision: mumbled to enunciated (p, b, m close and
    f, v bite at any precision). anticipation: how long before a sound the lips begin to take its shape.
    """

    jaw: float = 0.0
    lips: float = 0.0
    speed: float = 0.0
    precision: float = 0.0
    anticipation: float = 0.0

    names: ClassVar[tuple[str, ...]] = ("jaw", "lips", "speed", "precision", "anticipation")

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not -1 <= value <= 1:
                raise ValueError(f"manner: {name} should be from -1 to 1, not {value}")

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> Manner:
        """A manner by chance, mostly near 0: each number is even over −1..1 one time in four, else N(0, .35)."""
        wide = rng.uniform(-1, 1, len(cls.names))
        near = np.clip(0.35 * rng.standard_normal(len(cls.names)), -1, 1)
        return cls(*(float(value) for value in np.where(rng.random(len(cls.names)) < 0.25, wide, near)))

    def as_array(self) -> np.ndarray:
        """(5,) float32 in the order of `names`."""
        return np.array([getattr(self, name) for name in self.names], np.float32)


def manner_factors(manner: Manner, manners: Manners) -> dict[str, float]:
    """Factor by name: of −1 and +1 as `manners` gives them, 1 at 0, geometric between."""
    factors: dict[str, float] = {}
    for name in Manner.names:
        value = getattr(manner, name)
        for factor, (low, high) in getattr(manners, name).items():
            factors[factor] = factors.get(factor, 1.0) * (high if value > 0 else low) ** abs(value)
    return factors
