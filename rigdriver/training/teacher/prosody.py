"""Prosody: how loud and how high a voice is, against its own usual, and which syllables stand out by it.

Nothing here knows a data set or a face. Everything is relative to the speaker: recording level and range drop out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rigdriver.audio import Audio
from rigdriver.take import Phone

PITCH_HZ = (65.0, 420.0)  # from a low man's voice to a high child's
PITCH_RATE = 4000.0  # autocorrelation needs no more bandwidth than a few harmonics
PITCH_WINDOW_S = 0.045  # three periods of the lowest voice, nearly
PITCH_STEP_S = 1 / 30
VOICED = 0.45  # least normalised autocorrelation of a voiced window
OCTAVE_COST = 0.05  # a period twice as long must be better by this much
VOICED_DB = 25.0  # a window this far below the speaker's mean level has no pitch worth having


@dataclass(frozen=True, eq=False)
class Prosody:
    """Rows (frames,), each relative to the speaker, near 0 on average over speech, 0 where nobody speaks.

    slow, fast: level over a long and a short window, standard deviations. pitch: octaves above the median.
    """

    slow: np.ndarray
    fast: np.ndarray
    pitch: np.ndarray


def level_db(audio: Audio, times: np.ndarray, width_s: float) -> np.ndarray:
    """(frames,): mean power over `width_s` around each time, dB of full scale."""
    power = np.concatenate([[0.0], np.cumsum(audio.samples.astype(np.float64) ** 2)])
    first = np.clip(np.round((times - width_s / 2) * audio.rate), 0, len(audio) - 1).astype(int)
    last = np.clip(np.round((times + width_s / 2) * audio.rate), first + 1, len(audio)).astype(int)
    return 10 * np.log10((power[last] - power[first]) / (last - first) + 1e-9)


def spoken_frames(phones: Sequence[Phone], times: np.ndarray) -> np.ndarray:
    """(frames,) bool: times at which a phone other than silence is spoken."""
    spoken = np.zeros(len(times), bool)
    for phone in phones:
        if phone.name != "SIL":
            spoken[slice(*np.searchsorted(times, (phone.start, phone.end)))] = True
    return spoken


def prosody(audio: Audio, phones: Sequence[Phone], times: np.ndarray, slow_s: float, fast_s: float) -> Prosody:
    spoken = spoken_frames(phones, times)
    if spoken.sum() < 2:
        return Prosody(*np.zeros((3, len(times))))
    fast = level_db(audio, times, fast_s)
    loud = fast > fast[spoken].mean() - VOICED_DB
    return Prosody(standing(level_db(audio, times, slow_s), spoken), standing(fast, spoken),
                   np.where(spoken, pitch(audio, times, loud & spoken), 0.0))


def standing(level: np.ndarray, spoken: np.ndarray) -> np.ndarray:
    """(frames,): z-score against the spoken frames, within ±2.5, and 0 outside. A spread under 1 dB counts as 1."""
    z = (level - level[spoken].mean()) / max(level[spoken].std(), 1.0)
    return np.where(spoken, np.clip(z, -2.5, 2.5), 0.0)


def pitch(audio: Audio, times: np.ndarray, heard: np.ndarray) -> np.ndarray:
    """(frames,): octaves above the speaker's median, within ±1; bridged where unvoiced, 0 for a voice without pitch."""
    at = np.arange(times[0], times[-1] + 1e-9, PITCH_STEP_S)
    octaves, strength = _periods(audio, at)
    good = (strength > VOICED) & (np.interp(at, times, heard.astype(float)) > 0.5)
    if good.sum() < 3:
        return np.zeros(len(times))
    rel = octaves[good] - np.median(octaves[good])
    return np.interp(times, at[good], np.clip(_median3(rel), -1, 1))


def _median3(row: np.ndarray) -> np.ndarray:
    """Single slips of an octave are voted out by their neighbours."""
    padded = np.pad(row, 1, mode="edge")
    return np.median(np.stack([padded[:-2], padded[1:-1], padded[2:]]), axis=0)


def _periods(audio: Audio, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(n,) log2 of the pitch in Hz and (n,) strength of periodicity 0..1, by the autocorrelation of windows."""
    windows, rate = _windows(audio, at)
    taper = np.hanning(windows.shape[1] + 2)[1:-1]
    lags = np.arange(int(rate / PITCH_HZ[1]), int(np.ceil(rate / PITCH_HZ[0])) + 2)
    alike = _autocorrelation((windows - windows.mean(1, keepdims=True)) * taper)[:, lags]
    alike /= _autocorrelation(taper[None])[:, lags]
    left, middle, right = alike[:, :-2], alike[:, 1:-1], alike[:, 2:]
    is_peak = (middle >= left) & (middle >= right)
    # A parabola through three lags: a high voice's period is a dozen samples, and its true peak lies between two.
    bend = np.minimum(left - 2 * middle + right, -1e-9)
    height = np.where(is_peak, middle - (left - right) ** 2 / (8 * bend), 0.0)
    best = np.argmax(np.where(is_peak, height - OCTAVE_COST * np.log2(lags[1:-1]), -np.inf), axis=1)
    row = np.arange(len(at))
    shift = np.where(is_peak[row, best], 0.5 * (left - right)[row, best] / bend[row, best], 0.0)
    return np.log2(rate / (lags[1:-1][best] + shift)), height[row, best]


def _windows(audio: Audio, at: np.ndarray) -> tuple[np.ndarray, float]:
    """(n, size) of the sound around these times, at about PITCH_RATE, and that rate."""
    step = max(1, round(audio.rate / PITCH_RATE))
    lowpass = np.hanning(2 * step + 3)[1:-1]
    thinned = np.convolve(audio.samples, lowpass / lowpass.sum(), mode="same")[::step]
    rate = audio.rate / step
    size = int(PITCH_WINDOW_S * rate)
    starts = np.round(at * rate).astype(int) + size - size // 2
    return np.pad(thinned, size)[starts[:, None] + np.arange(size)], rate


def _autocorrelation(windows: np.ndarray) -> np.ndarray:
    """(n, size): of each window, 1 at lag 0."""
    size = windows.shape[1]
    power = np.abs(np.fft.rfft(windows, 1 << (2 * size - 1).bit_length())) ** 2
    alike = np.fft.irfft(power)[:, :size]
    return alike / (alike[:, :1] + 1e-9)
