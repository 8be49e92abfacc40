"""Accent: how much each syllable stands out, by loudness, pitch, duration and stress. Brows and head nods follow it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rigdriver.take import Phone
from rigdriver.training.teacher.prosody import Prosody
from rigdriver.training.teacher.windows import ramped

NEIGHBOURS = 12  # vowels to either side that a vowel is compared with, at most

STRESS = {1: 1.0, 2: 0.5, 0: -1.0}  # how stress counts, where it is known


@dataclass(frozen=True)
class Accent:
    """Section `accent` of `teacher.yaml`."""

    level: float
    pitch: float
    duration: float
    stress: float
    around_s: float
    none: float
    full: float
    ramp_ms: float


def accents(vowels: Sequence[Phone], silences: Sequence[Phone], heard: Prosody, times: np.ndarray,
            by: Accent) -> np.ndarray:
    """(frames,) 0..1: 0 on an unaccented syllable and in silence, 1 on a strongly accented one.

    A vowel's prominence is compared with the vowels around it, so that half of them are not accented at all.
    """
    track, ramp_s = np.zeros(len(times)), by.ramp_ms / 1000
    if not vowels:
        return track
    beside = _beside(_prominence(vowels, heard, times, by), vowels, by)
    strength = np.clip((beside - by.none) / (by.full - by.none), 0, 1)
    for vowel, value in zip(vowels, strength):
        near = slice(*np.searchsorted(times, (vowel.start - ramp_s, vowel.end + ramp_s)))
        track[near] = np.maximum(track[near], value * ramped(times[near], [(vowel.start, vowel.end)], ramp_s))
    return track * (1 - ramped(times, [(silence.start, silence.end) for silence in silences], ramp_s / 2))


def _prominence(vowels: Sequence[Phone], heard: Prosody, times: np.ndarray, by: Accent) -> np.ndarray:
    length = np.log([max(vowel.end - vowel.start, 0.02) for vowel in vowels])
    level = np.array([_highest(heard.fast, vowel, times) for vowel in vowels])
    pitch = np.array([_highest(heard.pitch, vowel, times) for vowel in vowels])
    stress = np.array([STRESS.get(vowel.stress, 0.0) for vowel in vowels])
    return (by.level * _standing(level) + by.pitch * _standing(pitch) + by.duration * _standing(length)
            + by.stress * stress)


def _beside(prominence: np.ndarray, vowels: Sequence[Phone], by: Accent) -> np.ndarray:
    """(vowels,): prominence above the mean of the vowels around, by nearness."""
    middles = np.array([(vowel.start + vowel.end) / 2 for vowel in vowels])
    total, weights = np.zeros(len(middles)), np.zeros(len(middles))
    number = np.arange(len(middles))
    for shift in range(-NEIGHBOURS, NEIGHBOURS + 1):
        other = np.clip(number + shift, 0, len(number) - 1)
        weight = np.exp(-(((middles - middles[other]) / by.around_s) ** 2)) * (other == number + shift)
        total, weights = total + weight * prominence[other], weights + weight
    return prominence - total / weights


def _highest(row: np.ndarray, vowel: Phone, times: np.ndarray) -> float:
    first, last = np.searchsorted(times, (vowel.start, vowel.end))
    return float(row[min(first, len(row) - 1) : max(last, first + 1)].max(initial=-2.5))


def _standing(row: np.ndarray) -> np.ndarray:
    return np.clip((row - row.mean()) / max(row.std(), 1e-6), -2.5, 2.5)
