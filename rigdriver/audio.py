"""Audio: mono sound as the model hears it. Time is a whole sample number; sample 0 is time 0."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np


@dataclass(frozen=True, eq=False)
class Audio:
    """Mono sound.

    samples: (n,) float32, −1..1.
    rate: samples per second, Hz.
    Raises ValueError for another shape or a rate that is not positive.
    """

    samples: np.ndarray
    rate: int

    def __post_init__(self) -> None:
        if self.samples.dtype != np.float32:
            object.__setattr__(self, "samples", self.samples.astype(np.float32))
        if self.samples.ndim != 1:
            raise ValueError(f"samples must be one row of mono sound, not of shape {self.samples.shape}")
        if self.rate <= 0:
            raise ValueError(f"rate must be above 0 Hz, not {self.rate}")

    def __len__(self) -> int:
        return len(self.samples)

    @property
    def duration(self) -> Fraction:
        """Seconds."""
        return Fraction(len(self), self.rate)
