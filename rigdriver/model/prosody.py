"""Prosody: how a voice speaks, ten times a second, in numbers that the microphone's gain does not change.

A tick is six steps. Of each it gives the mean of every measure and how much of the tick it rests on: vowels for timbre
and pitch, all speech for movement. What of that is usual, and what it means, is for `emotion` to say.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np

from rigdriver.errors import SettingsError
from rigdriver.model import pitch
from rigdriver.model.frontend import centres
from rigdriver.model.settings import FrontendSettings

FPS = 60  # steps a second
STEPS = 6  # in a tick: 0.1 s
PITCHES = 3  # in a tick
EDGES_HZ = (100, 250, 450, 700, 1000, 1500, 2000, 2700, 3500, 4500, 6000, 8000)
LAGS = (2, 8, 16)  # spectra between two that are compared: within a sound, a syllable's flank, a syllable
DARK, BRIGHT = 4, 5  # bands below 1 kHz and above 2.7 kHz, between which tilt is taken
DEEPEST_DB = 50.0  # below the frame's level a band counts as empty
BASE_HZ = 150.0
LEAP = 0.3  # octaves between two pitches that are taken for a mistake beyond
UNSURE, SURE = 0.45, 0.7  # periodicity that counts as unvoiced and as voiced
ABOVE_NOISE_DB, BELOW_PEAK_DB, GATE_DB = 8.0, 22.0, 6.0  # where speech begins, and over how much it fades in
LEVEL_TICKS = 200.0  # of speech over which the usual level is taken: 20 s
ATTACK, PEAK_FALL, NOISE_RISE = 0.5, 0.02, 0.03  # per tick
FLOOR_RISE_DB = 0.3  # per tick at most, that the noise in a band is believed to grow
FLOOR_BELOW_DB = 6.0  # the least of a tick's spectra lies about so far below the mean of steady noise
LEFT = 0.03  # of a band's power at least, when its noise is taken off
BANDS = tuple(f"band{k}" for k in range(len(EDGES_HZ) - 1))
ALIVE = "voiced"  # the measure whose share says how much of a tick is speech
VOICED = (*BANDS, "peaks", "periodic", "pitch", "pitch²", "tilt²")
PAIRS = ("leap", "bend")
SPOKEN = (*(f"step{lag}" for lag in LAGS), *(f"flux{lag}" for lag in LAGS), ALIVE, "level", "level²")
MEASURES = (*VOICED, *PAIRS, *SPOKEN)
HISTORY = max(LAGS)


class Prosody:
    """One stream. `push` takes sound and the spectra that the front end made of it, in step with each other."""

    def __init__(self, settings: FrontendSettings):
        if (settings.rate, settings.fps, settings.window) != (pitch.RATE, FPS, 2 * pitch.AFTER):
            raise SettingsError(f"prosody is heard at {pitch.RATE} Hz, {FPS} steps a second and windows of "
                                f"{2 * pitch.AFTER} samples; this front end has {settings.rate}, {settings.fps} and "
                                f"{settings.window}")
        self._settings = settings
        self._stack = STEPS * settings.frames_per_step
        self._rows = np.zeros((0, settings.mels), np.float32)
        self._before = np.zeros((0, len(BANDS) + 1))  # bands and level of the spectra before
        self._held = np.zeros(pitch.WINDOW - pitch.AFTER)  # samples that coming pitches need
        self._held_from = -len(self._held)  # sample number of held[0]
        self._ticks = 0
        self._floor: np.ndarray | None = None  # (mels,) dB of the noise in each band
        self._peak = self._noise = self._usual = np.nan
        self._last = (0.0, 0.0, 0.0)  # pitch, its weight, and the slope before
        self._heard = 0.0

    def push(self, samples: np.ndarray, spectra: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(n,) samples, (J, mels) spectra → (ticks, measures) means, and (ticks, measures) shares 0..1 of the tick."""
        self._held = np.concatenate([self._held, samples])
        rows = np.concatenate([self._rows, spectra]) if len(spectra) else self._rows
        count = len(rows) // self._stack
        self._rows = rows[count * self._stack :]
        if not count:
            return np.zeros((0, len(MEASURES))), np.zeros((0, len(MEASURES)))
        hz, periodic = self._pitches(count)
        return self._measure(rows[: count * self._stack], np.log2(hz / BASE_HZ), periodic)

    def _pitches(self, ticks: int) -> tuple[np.ndarray, np.ndarray]:
        """(ticks × PITCHES,) Hz and periodicity, at the times of each tick's even steps."""
        numbers = np.arange(self._ticks * PITCHES, (self._ticks + ticks) * PITCHES)
        starts = self._start(numbers) - self._held_from
        found = pitch.pitch(self._held[starts[:, None] + np.arange(pitch.WINDOW)])
        self._ticks += ticks
        following = int(self._start(self._ticks * PITCHES))
        self._held, self._held_from = self._held[following - self._held_from :], following
        return found

    def _start(self, number):
        """First sample of a pitch's window (a number, or an array of them)."""
        settings = self._settings
        return number * settings.rate * STEPS // (settings.fps * PITCHES) + pitch.AFTER - pitch.WINDOW

    def _measure(self, rows: np.ndarray, octaves: np.ndarray, periodic: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        spread, shape = self._stack // PITCHES, (-1, self._stack)
        bands, level, peaks = timbre(self._cleaned(rows), self._settings)
        gate = self._gate(level.reshape(shape))  # (ticks, spectra)
        voiced = np.clip((periodic - UNSURE) / (SURE - UNSURE), 0, 1)  # (pitches,)
        shown = np.repeat(voiced, spread)
        vowels = gate * shown.reshape(shape)
        relative = self._relative(level.reshape(shape), vowels)
        tilt = bands[:, -BRIGHT:].mean(1) - bands[:, :DARK].mean(1)
        high = np.repeat(octaves, spread)
        of_voiced = np.column_stack([bands, peaks, np.repeat(periodic, spread), high, high**2, tilt**2])
        of_spoken = np.column_stack([self._changes(np.column_stack([bands, level])), shown, relative, relative**2])
        parts = (weighted(of_voiced, vowels), weighted(*self._pairs(octaves, voiced)),
                 weighted(of_spoken, gate))
        shares = np.repeat(np.column_stack([share for _, share in parts]), [len(VOICED), len(PAIRS), len(SPOKEN)], 1)
        return np.column_stack([means for means, _ in parts]), shares

    def _cleaned(self, rows: np.ndarray) -> np.ndarray:
        """(J, mels) spectra → the same in dB, less the steady noise of each band so far."""
        decibels = rows * self._settings.scale_db + self._settings.centre_db
        lows = decibels.reshape(-1, self._stack, rows.shape[1]).min(1)  # (ticks, mels)
        floors = np.zeros_like(lows)
        floor = lows[0] if self._floor is None else self._floor
        for k, low in enumerate(lows):
            floor = floor + np.minimum((low - floor) * ATTACK, FLOOR_RISE_DB)
            floors[k] = floor
        self._floor = floor
        noise = np.repeat(10 ** ((floors + FLOOR_BELOW_DB) / 10), self._stack, 0)
        power = 10 ** (decibels / 10)
        return 10 * np.log10(np.maximum(power - noise, LEFT * power))

    def _gate(self, level: np.ndarray) -> np.ndarray:
        """(ticks, spectra) dB → the same, 0..1: how surely somebody speaks, between the noise and the peaks so far."""
        gate = np.zeros_like(level)
        for k, (high, low) in enumerate(zip(level.max(1).tolist(), level.min(1).tolist())):
            if np.isnan(self._peak):
                self._peak, self._noise = high, high  # the stream may begin in the middle of a word, or of noise
            self._peak += (high - self._peak) * (ATTACK if high > self._peak else PEAK_FALL)
            self._noise += (low - self._noise) * (ATTACK if low < self._noise else NOISE_RISE)
            begin = max(self._noise + ABOVE_NOISE_DB, self._peak - BELOW_PEAK_DB)
            gate[k] = np.clip((level[k] - begin) / GATE_DB, 0, 1)
        return gate

    def _relative(self, level: np.ndarray, vowels: np.ndarray) -> np.ndarray:
        """(ticks × spectra,) dB against the level of this speaker's usual vowels; the first are usual."""
        relative = np.zeros_like(level)
        shares = vowels.mean(1).tolist()
        means = ((level * vowels).sum(1) / np.maximum(vowels.sum(1), 1e-6)).tolist()
        for k, (share, mean) in enumerate(zip(shares, means)):
            if share > 0:
                self._heard = min(self._heard + share, LEVEL_TICKS)
                before = mean if np.isnan(self._usual) else self._usual
                self._usual = before + (mean - before) * (share / self._heard)
            relative[k] = 0.0 if np.isnan(self._usual) else level[k] - self._usual
        return relative.ravel()

    def _changes(self, now: np.ndarray) -> np.ndarray:
        """(spectra, bands + level) → (spectra, 2 × lags): how far the level, then the bands, moved within each lag."""
        before = self._before if len(self._before) else np.repeat(now[:1], HISTORY, 0)
        whole = np.concatenate([before, now])
        self._before = whole[-HISTORY:]
        lagged = np.stack([whole[HISTORY - lag : len(whole) - lag] for lag in LAGS])
        moved = np.abs(now - lagged)  # (lags, spectra, bands + level)
        return np.concatenate([moved[:, :, -1], moved[:, :, :-1].mean(2)]).T

    def _pairs(self, octaves: np.ndarray, voiced: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How far pitch moved since the last one, and how its movement changed; and the weight of each."""
        before, weight, slope = self._last
        slopes = octaves - np.concatenate([[before], octaves[:-1]])
        bends = slopes - np.concatenate([[slope], slopes[:-1]])
        weights = voiced * np.concatenate([[weight], voiced[:-1]])
        self._last = octaves[-1], voiced[-1], slopes[-1]
        weights *= np.abs(slopes) < LEAP
        return np.column_stack([np.abs(slopes), np.minimum(np.abs(bends), LEAP)]), weights.reshape(-1, PITCHES)


def timbre(decibels: np.ndarray, settings: FrontendSettings) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(J, mels) dB → (J, BANDS) dB against the level, (J,) level in dB, (J,) how far peaks stand out, dB."""
    heard = decibels[:, _inside(settings)]
    level = 10 * np.log10((10 ** (heard / 10)).sum(1))
    below = np.maximum(decibels - level[:, None], -DEEPEST_DB).astype(np.float64)
    sums = below @ _pooling(settings)
    return sums, level.astype(np.float64), below[:, _inside(settings)].std(1)


@cache
def _inside(settings: FrontendSettings) -> slice:
    return slice(int(np.searchsorted(centres(settings), EDGES_HZ[0])), settings.mels)


@cache
def _pooling(settings: FrontendSettings) -> np.ndarray:
    """(mels, BANDS): the mean of the bands between two edges."""
    hz = centres(settings)
    inside = np.stack([(hz >= low) & (hz < high) for low, high in pairwise(EDGES_HZ)], 1)
    return inside / np.maximum(inside.sum(0), 1)  # a front end of few bands has none between some edges


def weighted(values: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(ticks × n, measures), (ticks, n) → (ticks, measures) weighted means, (ticks,) mean weights."""
    values = values.reshape(*weights.shape, -1)
    total = weights.sum(1)
    means = (values * weights[..., None]).sum(1) / np.maximum(total, 1e-6)[:, None]
    return means, total / weights.shape[1]
