"""Log-mel front end in NumPy: sound in, one row of features a network step, streaming equal to offline.

Before normalisation a spectrum equals librosa's: `stft`, squared, by `filters.mel(norm=None)`, in decibels above a
floor, at the same centres (tested to 1e-5).
Spectrum j is centred on sample floor(j × hop); hop is a fraction (133⅓ samples at 60 fps), so that step k lies on
frame k of a 60 fps clip for ever, without drift. Step k stacks the spectra that end on the frame's own time.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from rigdriver.model.normalise import Normaliser
from rigdriver.model.settings import FrontendSettings

LINEAR_HZ, LINEAR_MELS, LOG_STEP = 1000.0, 15.0, np.log(6.4) / 27.0
"""Slaney's mel scale (Auditory Toolbox, 1998): linear below 1 kHz, 27 bands per factor 6.4 above."""


class Frontend:
    """One stream of sound becoming features: log-mel spectra, normalised to the speaker, stacked into steps."""

    def __init__(self, settings: FrontendSettings):
        self._settings = settings
        self._spectra, self._normaliser = Spectra(settings), Normaliser(settings)

    def push(self, samples: np.ndarray) -> np.ndarray:
        """(n,) float32 → (steps, features) float32: the steps whose windows are complete."""
        return self.hear(samples)[0]

    def hear(self, samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What `push` gives, and beside it the (spectra, mels) that it was made from, for other ears."""
        spectra = self._spectra.push(samples)
        return self._normaliser.push(spectra).reshape(-1, self._settings.features), spectra


class Spectra:
    """One stream of sound becoming log-mel spectra, always whole steps of them."""

    def __init__(self, settings: FrontendSettings):
        self._settings = settings
        self._first = -settings.frames_per_step + 1  # step 0 holds spectra −1 and 0: it ends on time 0
        self._spectrum = self._first  # next spectrum to take
        self._held = np.zeros(self._reach_before(self._first), np.float32)
        self._held_from = -len(self._held)  # sample number of held[0]
        self._rows = np.zeros((0, settings.mels), np.float32)  # spectra that do not fill a step yet

    def push(self, samples: np.ndarray) -> np.ndarray:
        """(n,) float32 → (spectra, mels) float32, a multiple of `frames_per_step` of them."""
        held = np.concatenate([self._held, samples.astype(np.float32, copy=False)])
        end = self._held_from + len(held)
        last = self._complete(end)
        rows = np.concatenate([self._rows, self._between(held, self._spectrum, last)])
        self._spectrum = max(last, self._spectrum)
        keep = max(0, self._start(self._spectrum) - self._held_from)
        self._held, self._held_from = held[keep:], self._held_from + keep
        whole = len(rows) // self._settings.frames_per_step * self._settings.frames_per_step
        self._rows = rows[whole:]
        return rows[:whole]

    def _between(self, held: np.ndarray, first: int, last: int) -> np.ndarray:
        """Log-mel rows of spectra first ≤ j < last."""
        if last <= first:
            return np.zeros((0, self._settings.mels), np.float32)
        settings = self._settings
        starts = self._start(np.arange(first, last)) - self._held_from
        frames = held[starts[:, None] + np.arange(settings.window)]  # (J, window)
        return log_mel(frames, settings)

    def _start(self, spectrum):
        """First sample of a spectrum's window (a number, or an array of them)."""
        hop = self._settings.hop
        return spectrum * hop.numerator // hop.denominator - self._settings.window // 2

    def _complete(self, end: int) -> int:
        """The first spectrum whose window reaches past sample `end`."""
        hop, window = self._settings.hop, self._settings.window
        last_centre = end - window + window // 2
        return ((last_centre + 1) * hop.denominator - 1) // hop.numerator + 1

    def _reach_before(self, spectrum: int) -> int:
        return -self._start(spectrum)


def log_mel(frames: np.ndarray, settings: FrontendSettings) -> np.ndarray:
    """(J, window) samples → (J, mels) float32: level of each band in dB, centred and scaled as the settings say."""
    windowed = frames.astype(np.float64) * _window(settings)  # double: quiet bands beside loud ones stay exact
    spectrum = np.fft.rfft(windowed, settings.fft)  # (J, fft/2 + 1)
    power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
    mel = power @ _filters(settings)  # (J, mels)
    decibels = 10.0 * np.log10(np.maximum(mel, 10.0 ** (settings.floor_db / 10.0)))
    return ((decibels - settings.centre_db) / settings.scale_db).astype(np.float32)


@cache
def _window(settings: FrontendSettings) -> np.ndarray:
    """Periodic Hann window, scaled so that a full-scale sine has power 1 at its peak."""
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(settings.window) / settings.window)
    return (hann * 2.0 / hann.sum()).astype(np.float32)


@cache
def _filters(settings: FrontendSettings) -> np.ndarray:
    """(fft/2 + 1, mels) float32: triangles of equal peak, evenly spaced in mel."""
    edges = _edges(settings)
    hz = np.arange(settings.fft // 2 + 1) * settings.rate / settings.fft
    rising = (hz[:, None] - edges[:-2]) / np.diff(edges)[:-1]
    falling = (edges[2:] - hz[:, None]) / np.diff(edges)[1:]
    return np.maximum(0, np.minimum(rising, falling)).astype(np.float32)


def centres(settings: FrontendSettings) -> np.ndarray:
    """(mels,) the peak of each band, Hz."""
    return _edges(settings)[1:-1]


def _edges(settings: FrontendSettings) -> np.ndarray:
    """(mels + 2,) Hz: each band rises from one to the next and falls to the one after."""
    return _hz(np.linspace(_mel(settings.low_hz), _mel(settings.high_hz), settings.mels + 2))


def _mel(hz: float) -> float:
    linear = hz * LINEAR_MELS / LINEAR_HZ
    return float(linear if hz < LINEAR_HZ else LINEAR_MELS + np.log(hz / LINEAR_HZ) / LOG_STEP)


def _hz(mel: np.ndarray) -> np.ndarray:
    return np.where(mel < LINEAR_MELS, mel * LINEAR_HZ / LINEAR_MELS,
                    LINEAR_HZ * np.exp(LOG_STEP * (mel - LINEAR_MELS)))


def features(samples: np.ndarray, settings: FrontendSettings) -> np.ndarray:
    """(n,) float32 → (steps, features): a whole recording, one step for every frame whose time lies in it.

    The end is padded with silence, so that there are floor(n × fps / rate) + 1 steps.
    """
    steps = len(samples) * settings.fps // settings.rate + 1
    padded = np.concatenate([samples, np.zeros(settings.window, np.float32)])
    return Frontend(settings).push(padded)[:steps]
