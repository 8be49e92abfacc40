"""Resampling without a wait: sound at any rate becomes sound at ours, as it comes, and the ratio may drift.

soxr, which files are read with, answers in blocks (up to 37 ms late from 48 kHz, measured), and its variable rate does
not stream from Python. A windowed sinc read at fractional places is late by its half width, 1 ms, and steers to any
ratio.
Smith, Digital Audio Resampling, https://ccrma.stanford.edu/~jos/resample/
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

LOBES = 16  # zero crossings to each side, at the lower of the two rates
PHASES = 512  # of the table; between two of them straight lines: errors 90 dB down
ROLL_OFF = 0.92  # of the lower rate's Nyquist frequency: what is above fades out
KAISER = 8.0  # of the window: side lobes 80 dB down


class Resampler:
    """Mono sound from one rate to another."""

    def __init__(self, source_rate: int, rate: int):
        self._step = self._nominal = source_rate / rate  # source samples an output sample
        self._kernel = _kernel(max(1.0, self._step))
        self._reach = self._kernel.shape[1] // 2  # source samples to each side
        self._held = np.zeros(self._reach, np.float32)  # before the beginning lies silence
        self._at = float(self._reach)  # where in `held` the next output sample lies

    def steer(self, drift: float) -> None:
        """From now on the source's clock runs fast by this share of its rate: more is taken for each sample given."""
        self._step = self._nominal * (1 + drift)

    def push(self, samples: np.ndarray) -> np.ndarray:
        """(n,) float32 → what is finished of it."""
        held = np.concatenate([self._held, samples])
        count = max(0, int(np.ceil((len(held) - self._reach - self._at) / self._step)))
        places = self._at + self._step * np.arange(count)
        first = places.astype(np.intp)
        phase = (places - first) * PHASES
        low = phase.astype(np.intp)
        around = sliding_window_view(held, 2 * self._reach)[first - self._reach + 1] if count else self._kernel[:0]
        below, above = (np.einsum("ij,ij->i", around, self._kernel[phases]) for phases in (low, low + 1))
        given = below + (phase - low).astype(np.float32) * (above - below)
        self._at += self._step * count
        used = int(self._at) - self._reach
        self._held, self._at = held[used:], self._at - used
        return given


@cache
def _kernel(stretch: float) -> np.ndarray:
    """(PHASES + 1, 2 × reach) float32: the windowed sinc, `stretch` source samples a lobe, as it lies over the samples
    around a place that is so many phases past the last of those before it."""
    reach = int(np.ceil(LOBES * stretch))
    away = np.arange(1 - reach, reach + 1) - np.arange(PHASES + 1)[:, None] / PHASES  # source samples
    window = np.i0(KAISER * np.sqrt(np.maximum(0, 1 - (away / reach) ** 2))) / np.i0(KAISER)
    return np.asarray(np.sinc(away / stretch * ROLL_OFF) * ROLL_OFF / stretch * window, np.float32)
