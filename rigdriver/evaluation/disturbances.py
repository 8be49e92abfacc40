"""Sounds that are not speech, the same ones every time: to add to voices, and to rest through."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy.signal import butter, fftconvolve, sosfilt

from rigdriver.audio import Audio
from rigdriver.training import augment

RATE = augment.RATE
NOISE_DB = 10.0  # how far speech lies above the noise
VOICES = 4  # voices in a babble
KINDS = ("noise", "music", "babble")
"""What take k is disturbed by, in turn: noise is white to brown, now and then hum or gusts; babble is other takes."""


def noisy(audio: Audio, k: int, others: Sequence[Audio], snr_db: float = NOISE_DB) -> Audio:
    """Take k with noise of its kind snr_db under it (means over the whole recording); always the same for a k."""
    rng, n = np.random.default_rng((762, k)), len(audio)
    kind = KINDS[k % len(KINDS)]
    if kind == "babble":
        picked = [others[(k * 7 + 1 + j) % len(others)] for j in range(VOICES)]
        other = np.sum([np.resize(voice.samples, n) for voice in picked], axis=0)
    else:
        other = augment.noise(n, rng) if kind == "noise" else augment.chords(n, rng)
    return Audio(augment.mix(audio.samples, other, snr_db), audio.rate)


def breath(n: int, rng: np.random.Generator) -> np.ndarray:
    """(n,) noise through an open throat, of unit power: in .6 to 1 s, out 1 to 1.6 s, and a rest between."""
    cycle_s = 3.4  # longer than any breath with its rests
    breathing = np.zeros(n + int(cycle_s * RATE))
    at = 0
    while at < n:
        for low, high, lasts in ((500, 5000, rng.uniform(0.6, 1.0)), (250, 2500, rng.uniform(1.0, 1.6))):
            length = int(lasts * RATE)
            sound = sosfilt(butter(2, (low, high), "band", fs=RATE, output="sos"), rng.standard_normal(length))
            breathing[at : at + length] += sound * np.sin(np.linspace(0, np.pi, length)) ** 1.5
            at += length + int(rng.uniform(0.1, 0.4) * RATE)
    return _unit(breathing[:n])


def clicks(n: int, rng: np.random.Generator) -> np.ndarray:
    """(n,) keys, cutlery, lips that smack, of unit power: three a second, each a burst of 3 to 15 ms."""
    sound = np.zeros(n)
    for at in rng.integers(0, n, max(3 * n // RATE, 1)):
        decay = rng.uniform(0.003, 0.015) * RATE
        burst = rng.standard_normal(int(6 * decay)) * np.exp(-np.arange(int(6 * decay)) / decay)
        room = min(len(burst), n - at)
        sound[at : at + room] += rng.uniform(0.3, 1.0) * burst[:room]
    return _unit(sound)


def hall(n: int, rng: np.random.Generator) -> np.ndarray:
    """(n,) the murmur of a room, of unit power: low noise with slow swells and echoes."""
    tail = rng.standard_normal(RATE // 2) * np.exp(-np.arange(RATE // 2) / (0.1 * RATE))
    return _unit(fftconvolve(augment.noise(n, rng), tail)[:n])


def _unit(x: np.ndarray) -> np.ndarray:
    return (x / (x.std() + 1e-9)).astype(np.float32)


RESTING: dict[str, tuple[Callable[[int, np.random.Generator], np.ndarray], float]] = {
    "digital silence": (lambda n, rng: np.zeros(n, np.float32), 0.0),
    "room noise": (hall, -50.0),
    "loud noise": (augment.noise, -28.0),
    "breath": (breath, -34.0),
    "music": (augment.chords, -24.0),
    "clicks": (clicks, -34.0),
}
"""Sounds in which nobody speaks, and their level in dB of full scale: what a near microphone picks up of each."""


def resting(name: str, seconds: float) -> np.ndarray:
    """(n,) float32 of a row of RESTING, always the same."""
    make, level_db = RESTING[name]
    rng = np.random.default_rng((7, list(RESTING).index(name)))
    return (make(int(seconds * RATE), rng) * 10 ** (level_db / 20)).astype(np.float32)
