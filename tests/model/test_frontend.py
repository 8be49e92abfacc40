"""Log-mel: equal to librosa, and the same whether the sound comes whole or in pieces."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from rigdriver.model.frontend import Frontend, Spectra, features
from rigdriver.model.settings import FrontendSettings
from tests.speech import cuts, hello

SETTINGS = FrontendSettings()


def test_equals_librosa() -> None:
    librosa = pytest.importorskip("librosa", reason="librosa comes with the extra [train]")
    samples = hello().samples[8000:24000]
    ours = Spectra(SETTINGS).push(samples)[1:100]  # spectra 0 … 98
    hann = librosa.filters.get_window("hann", SETTINGS.window)
    spectrum = librosa.stft(samples.astype(np.float64) * 2 / hann.sum(), n_fft=SETTINGS.fft,
                            win_length=SETTINGS.window, hop_length=1)
    filters = librosa.filters.mel(sr=SETTINGS.rate, n_fft=SETTINGS.fft, n_mels=SETTINGS.mels, fmin=SETTINGS.low_hz,
                                  fmax=SETTINGS.high_hz, norm=None)
    centres = np.arange(len(ours)) * 400 // 3
    power = np.abs(spectrum[:, centres]) ** 2
    theirs = 10 * np.log10(np.maximum(filters @ power, 10 ** (SETTINGS.floor_db / 10)))
    np.testing.assert_allclose(ours, (theirs.T - SETTINGS.centre_db) / SETTINGS.scale_db, atol=1e-5)


@pytest.mark.parametrize("most", [1, 100, 267, 5000])
def test_pieces_equal_the_whole(most: int) -> None:
    samples = hello().samples[: 3000 if most == 1 else 40000]
    whole, stream = Frontend(SETTINGS).push(samples), Frontend(SETTINGS)
    pieces = np.concatenate([stream.push(piece) for piece in cuts(samples, most, most)])
    np.testing.assert_allclose(pieces, whole, atol=1e-5)
    assert len(whole) > 5


@pytest.mark.parametrize("fps", [60, 50, 30, 25])
def test_steps_stay_on_their_frames_for_an_hour(fps: int) -> None:
    """A click at a whole second lies in the same place of its step, first second or last."""
    settings = replace(SETTINGS, fps=fps)
    assert settings.hop == Fraction(16000, 2 * fps)
    stream = Spectra(settings)
    second = np.zeros(16000, np.float32)
    second[0] = 1.0
    steps = [stream.push(second) for _ in range(60)]
    assert sum(map(len, steps)) == pytest.approx(2 * 60 * fps, abs=4)
    np.testing.assert_array_equal(steps[1][:fps], steps[58][:fps])


def test_as_many_steps_as_frames_lie_in_the_sound() -> None:
    for samples in (1, 266, 267, 16000, 16001):
        assert len(features(np.zeros(samples, np.float32), SETTINGS)) == samples * 60 // 16000 + 1


def test_silence_is_the_floor() -> None:
    np.testing.assert_allclose(Spectra(SETTINGS).push(np.zeros(1600, np.float32)), SETTINGS.scaled(SETTINGS.floor_db))


@pytest.mark.parametrize("gain_db", [-20, -8, 8])
def test_level_is_forgotten_within_seconds_of_speech(gain_db: float) -> None:
    samples = hello().samples
    usual = features(samples, SETTINGS)
    other = features(samples * 10 ** (gain_db / 20), SETTINGS)
    loud = usual.mean(1) > -0.25  # steps of speech; silence lies on the floor, which does not move with the level
    assert np.abs(other - usual)[360:][loud[360:]].mean() < 0.25 * abs(gain_db) / SETTINGS.scale_db


def test_silence_does_not_teach_the_mean() -> None:
    samples = hello().samples
    pause = 1e-4 * np.random.default_rng(0).standard_normal(10 * 16000).astype(np.float32)
    after = features(np.concatenate([samples, pause, samples[:48000]]), SETTINGS)[-180:]
    before = features(np.concatenate([samples, samples[:48000]]), SETTINGS)[-180:]
    assert np.abs(after - before).mean() < 0.15
