"""Pitch: the voice's fundamental and how sure it is, thirty times a second, by autocorrelation.

The autocorrelation of a windowed frame, divided by the window's own, peaks at the period with the height 1 where the
voice is perfectly periodic (Boersma 1993). Here it comes from the power spectrum below 1 kHz, where noise and
fricatives are weak, laid on a finer grid of lags. Good enough for statistics over a second; not a tracker.
"""

from __future__ import annotations

from functools import cache

import numpy as np

LOWEST_HZ, HIGHEST_HZ = 75.0, 600.0  # a deep male voice to a scream
HEARD_HZ = 1000.0
RATE = 16000
WINDOW = 640  # samples, 40 ms: three periods of the deepest voice
AFTER = 200  # samples of it that lie after the frame's time: as many as the front end's own half window
FFT = 1024  # ≥ WINDOW + RATE / LOWEST_HZ, so that the autocorrelation does not wrap around
FINE = 512  # lags per FFT samples: half the sample rate
OCTAVE_COST = 0.02  # of likelihood an octave: of two equally periodic answers the higher one is meant
SILENT = 1e-12


def pitch(frames: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(T, WINDOW) samples → (T,) Hz, and (T,) how periodic they are, 0..1. Each row stands alone, bit for bit."""
    spectrum = np.fft.rfft((frames - frames.mean(1, keepdims=True)) * _window(), FFT)[:, :_bins()]
    power = np.zeros((len(frames), FINE // 2 + 1))
    power[:, :_bins()] = spectrum.real**2 + spectrum.imag**2
    alike = np.fft.irfft(power, FINE)[:, : _lags()[-1] + 2]  # (T, lags)
    alike /= (alike[:, :1] + SILENT) * _window_alike()
    inside = alike[:, _lags()]
    best = (inside - _cost()).argmax(1)
    hz, periodic = _refined(alike, best + _lags()[0])
    return hz, np.where((best == 0) | (best == inside.shape[1] - 1), 0.0, periodic)  # at the edge it is no peak


def _refined(alike: np.ndarray, lag: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A parabola through the peak and its neighbours."""
    rows = np.arange(len(lag))
    before, peak, after = (alike[rows, lag + k] for k in (-1, 0, 1))
    bend = 2 * peak - before - after
    shift = np.where(bend > 1e-9, 0.5 * (after - before) / np.maximum(bend, 1e-9), 0.0)
    hz = RATE * FINE / FFT / (lag + np.clip(shift, -0.5, 0.5))
    return hz, np.clip(peak, 0, 1)


@cache
def _window() -> np.ndarray:
    return 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(WINDOW) + 0.5) / WINDOW)


@cache
def _bins() -> int:
    return int(HEARD_HZ * FFT / RATE) + 1


@cache
def _lags() -> np.ndarray:
    """Lags that are looked at, in steps of FFT / FINE samples."""
    grid = RATE * FINE / FFT
    return np.arange(int(grid / HIGHEST_HZ), int(np.ceil(grid / LOWEST_HZ)) + 1)


@cache
def _window_alike() -> np.ndarray:
    """The window's own autocorrelation at each lag, 1 at lag 0."""
    power = np.abs(np.fft.rfft(_window(), FFT)) ** 2
    own = np.fft.irfft(power)[:: FFT // FINE]
    return own[: _lags()[-1] + 2] / own[0]


@cache
def _cost() -> np.ndarray:
    return OCTAVE_COST * np.log2(_lags() / _lags()[0])
