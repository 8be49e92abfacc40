"""Augmentation: the same speech through other mouths, rooms, microphones and wires.

Each function takes samples (n,) float32 at 16 kHz and a generator, and gives the same number of samples, unless it
says otherwise. Ranges follow BEHAVIOUR's training recipe, a little narrower where it was measured to hurt.
"""

from __future__ import annotations

import numpy as np
from scipy.signal import fftconvolve, lfilter

from rigdriver.model.frontend import centres
from rigdriver.model.settings import FrontendSettings

RATE = 16000


def gain(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """−15 to +10 dB: distance and input level."""
    return x * 10 ** (rng.uniform(-15, 10) / 20)


def tilt(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A first-order shelf: dull or bright microphones, up to about ±8 dB over the band."""
    b = rng.uniform(-0.5, 0.5)
    y = lfilter([1.0, b], [1.0], x)
    return (y / (1 + abs(b) / 2)).astype(np.float32)


def band(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A telephone or a codec: nothing above 3.4 to 7 kHz, now and then nothing below 300 Hz."""
    spectrum = np.fft.rfft(x)
    hz = np.fft.rfftfreq(len(x), 1 / RATE)
    spectrum[hz > rng.uniform(3400, 7000)] = 0
    if rng.random() < 0.4:
        spectrum[hz < rng.uniform(100, 300)] = 0
    return np.fft.irfft(spectrum, len(x)).astype(np.float32)


def room(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Reverberation: decaying noise of T60 .1 to .6 s after a direct sound that keeps its time."""
    t60 = rng.uniform(0.1, 0.6)
    t = np.arange(int(t60 * RATE)) / RATE
    tail = rng.standard_normal(len(t)) * np.exp(-6.9 * t / t60) * rng.uniform(0.01, 0.06)
    tail[: int(0.002 * RATE)] = 0
    tail[0] = 1.0
    return fftconvolve(x, tail)[: len(x)].astype(np.float32)


def clipping(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """An input driven too hard."""
    ceiling = np.quantile(np.abs(x), rng.uniform(0.97, 0.999)) + 1e-4
    return np.clip(x, -ceiling, ceiling)


def noise(n: int, rng: np.random.Generator) -> np.ndarray:
    """(n,) noise of unit power: white to brown, hum with harmonics, or slow gusts of either."""
    spectrum = np.fft.rfft(rng.standard_normal(n))
    hz = np.maximum(np.fft.rfftfreq(n, 1 / RATE), 20.0)
    x = np.fft.irfft(spectrum / hz ** rng.uniform(0, 1.2), n)
    if rng.random() < 0.3:
        t, base = np.arange(n) / RATE, rng.uniform(45, 240)
        x = x / x.std() + sum(rng.uniform(0, 2) * np.sin(2 * np.pi * base * k * t) for k in range(1, 6))
    if rng.random() < 0.4:
        knots = rng.uniform(0.1, 1.0, 2 + n // RATE * 2)
        x = x * np.interp(np.arange(n), np.linspace(0, n, len(knots)), knots)
    return (x / (x.std() + 1e-9)).astype(np.float32)


def chords(n: int, rng: np.random.Generator) -> np.ndarray:
    """(n,) something like music, of unit power: notes of a few harmonics that change twice a second or so."""
    t = np.arange(n) / RATE
    x = np.zeros(n)
    for _ in range(rng.integers(2, 5)):
        beat = int(RATE * rng.uniform(0.2, 0.8))
        pitch = 110 * 2 ** (rng.integers(0, 36, n // beat + 1) / 12)
        phase = np.cumsum(np.repeat(pitch, beat)[:n]) * 2 * np.pi / RATE
        decay = np.exp(-(np.arange(n) % beat) / beat * rng.uniform(0, 4))
        x += decay * sum(np.sin(k * phase) / k ** rng.uniform(0.8, 2) for k in range(1, 6))
    return (x / (np.std(x) + 1e-9) * (1 + 0.1 * np.sin(t))).astype(np.float32)


def mix(x: np.ndarray, other: np.ndarray, snr_db: float) -> np.ndarray:
    """Adds `other` so that speech lies snr_db above it."""
    speech, disturbance = np.sqrt(np.mean(x**2)) + 1e-5, np.sqrt(np.mean(other**2)) + 1e-9
    return (x + other * (speech / disturbance) * 10 ** (-snr_db / 20)).astype(np.float32)


def disturb(x: np.ndarray, babble: np.ndarray | None, rng: np.random.Generator) -> np.ndarray:
    """What a voice goes through on its way here, drawn anew each time; four times in ten nothing but its level."""
    if rng.random() < 0.4:
        return gain(x, rng)
    if rng.random() < 0.5:
        x = tilt(x, rng)
    if rng.random() < 0.3:
        x = room(x, rng)
    if rng.random() < 0.6:
        use_babble = babble is not None and rng.random() < 0.25
        snr_db = rng.uniform(8, 30) if use_babble else rng.uniform(2, 35)
        x = mix(x, babble if use_babble else noise(len(x), rng), snr_db)  # type: ignore[arg-type]
    if rng.random() < 0.2:
        x = band(x, rng)
    if rng.random() < 0.1:
        x = clipping(x, rng)
    return gain(x, rng)


def masked(x: np.ndarray, bands: int, rng: np.random.Generator) -> np.ndarray:
    """(steps, stacked × bands) features, three times in ten with a stretch of bands at their mean: a cue that is lost
    (SpecAugment's frequency mask, narrower)."""
    if rng.random() < 0.7:
        return x
    width = int(rng.integers(2, 13))
    first = int(rng.integers(0, bands - width))
    x = x.reshape(len(x), -1, bands).copy()
    x[:, :, first : first + width] = 0
    return x.reshape(len(x), -1)


def throat(x: np.ndarray, frontend: FrontendSettings, rng: np.random.Generator) -> np.ndarray:
    """(steps, features), half the time as from a shorter or longer vocal tract: all formants moved by up to 12 %, pitch
    and tempo as they were (vocal tract length perturbation, Jaitly & Hinton 2013)."""
    if rng.random() < 0.5:
        return x
    bands = centres(frontend)
    moved = np.interp(bands * rng.uniform(0.88, 1.12), bands, np.arange(len(bands)))  # (mels,) the band heard there
    low = np.minimum(moved.astype(int), len(bands) - 2)
    share = (moved - low).astype(np.float32)
    x = x.reshape(len(x), -1, len(bands))
    return (x[..., low] * (1 - share) + x[..., low + 1] * share).reshape(len(x), -1)


def resting(n: int, rng: np.random.Generator) -> np.ndarray:
    """(n,) sound in which nobody speaks: noise, music, clicks or next to nothing. The face rests."""
    kind = rng.integers(4)
    level = 10 ** (rng.uniform(-70, -12) / 20)
    if kind == 0:
        return chords(n, rng) * level
    x = noise(n, rng) * level
    if kind == 1:
        at = rng.integers(0, n, rng.integers(1, 12))
        clicks = np.zeros(n, np.float32)
        clicks[at] = rng.uniform(-1, 1, len(at))
        x = x + fftconvolve(clicks, noise(400, rng) * np.exp(-np.arange(400) / 60))[:n].astype(np.float32) * 0.3
    return x.astype(np.float32)
