"""The example recording with its phone times, which the synthesiser that spoke it (flite, voice slt) printed."""

import json
from pathlib import Path

import numpy as np
import soundfile

from rigdriver.audio import Audio
from rigdriver.take import Phone

HERE = Path(__file__).parent
EXAMPLES = HERE.parent / "examples"
HELLO = EXAMPLES / "hello.wav"


def hello() -> Audio:
    samples, rate = soundfile.read(HELLO, dtype="float32")
    return Audio(samples, rate)


def hello_phones() -> tuple[Phone, ...]:
    return tuple(Phone(*row) for row in json.loads((HERE / "data" / "hello_phones.json").read_text(encoding="utf-8")))


def cuts(samples: np.ndarray, seed: int, most: int) -> list[np.ndarray]:
    """The sound in pieces of 0 to `most` samples."""
    rng = np.random.default_rng(seed)
    edges = np.cumsum(rng.integers(0, most + 1, 4 * len(samples) // most + 8))
    return np.split(samples, np.minimum(edges, len(samples)))
