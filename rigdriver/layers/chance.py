"""Chance: each layer's own random numbers, from one seed.

Keyed by the layer's name, so that switching one layer off leaves the others' dice alone, and by a hash that is
the same in every process (Python's own `hash` is not).
"""

import zlib

import numpy as np


def generator(seed: int, name: str) -> np.random.Generator:
    """Random numbers that depend on seed and name only."""
    return np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, zlib.crc32(name.encode())])))
