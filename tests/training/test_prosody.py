"""Prosody and accent: pitch of a known voice, and which syllable stands out."""

import numpy as np
import pytest

from rigdriver.audio import Audio
from rigdriver.take import Phone
from rigdriver.training.teacher.articulation import teach
from rigdriver.training.teacher.prosody import pitch, prosody

RATE = 16000


def voice(hz: np.ndarray, level: np.ndarray | float = 1.0) -> Audio:
    """Harmonics of a pitch that is given for every sample."""
    phase = 2 * np.pi * np.cumsum(hz) / RATE
    tone = sum(np.sin(k * phase) / k for k in range(1, 9))
    return Audio((0.05 * level * tone).astype(np.float32), RATE)


@pytest.mark.parametrize("middle_hz", [85, 130, 220, 330])
def test_pitch_follows_a_glide(middle_hz: float) -> None:
    octaves = np.linspace(-0.3, 0.3, 2 * RATE)
    times = np.arange(12, 108) / 60
    found = pitch(voice(middle_hz * 2**octaves), times, np.ones(len(times), bool))
    np.testing.assert_allclose(found - found.mean(), np.interp(times, np.arange(2 * RATE) / RATE, octaves), atol=0.04)


def test_noise_has_no_pitch() -> None:
    noise = Audio(np.random.default_rng(0).standard_normal(RATE).astype(np.float32), RATE)
    times = np.arange(60) / 60
    assert np.abs(pitch(noise, times, np.ones(60, bool))).max() == 0


def test_silence_is_neither_loud_nor_high() -> None:
    phones = [Phone("SIL", 0, 1), Phone("AA", 1, 2)]
    heard = prosody(voice(np.full(2 * RATE, 120.0)), phones, np.arange(120) / 60, 0.3, 0.1)
    for row in (heard.slow, heard.fast, heard.pitch):
        assert np.abs(row[:60]).max() == 0


def syllables(louder: int | None = None, higher: int | None = None, longer: int | None = None,
              stressed: int | None = None) -> np.ndarray:
    """Accent at the middles of six equal syllables, of which one is made to stand out; the silence after them last."""
    starts = 0.3 + 0.4 * np.arange(6)
    times = np.arange(3 * RATE) / RATE
    hz, level = np.full(len(times), 120.0), np.full(len(times), 1.0)
    phones = []
    for k, start in enumerate(starts):
        here = (times > start - 0.1) & (times < start + 0.3)
        hz[here] *= 1.4 if k == higher else 1
        level[here] *= 2 if k == louder else 1
        end = start + (0.26 if k == longer else 0.15)
        stress = -1 if stressed is None else int(k == stressed)
        phones += [Phone("AA", start, end, stress), Phone("T", end, start + 0.4)]
    phones.append(Phone("SIL", 2.7, 3.0))
    accent = teach(phones, voice(hz, level)).accent
    assert accent.min() >= 0 and accent.max() <= 1 and accent[163:].max() == 0
    return np.interp(starts + 0.075, np.arange(len(accent)) / 60, accent)


@pytest.mark.parametrize("cue", ["louder", "higher", "longer", "stressed"])
def test_a_syllable_stands_out(cue: str) -> None:
    accent = syllables(**{cue: 2})
    assert accent[2] > 0.3
    assert accent[2] > 2 * max(np.delete(accent, 2))


def test_two_cues_are_more_than_one() -> None:
    accent = syllables(louder=2, longer=2, higher=4)
    assert accent[2] > accent[4] > 0.1


def test_even_syllables_have_no_accent() -> None:
    assert syllables().max() < 0.3
