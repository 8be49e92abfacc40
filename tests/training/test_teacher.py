"""The teacher does what phonetics asks, whatever stands around a phone."""

import numpy as np
import pytest

from rigdriver.audio import Audio
from rigdriver.clip import Clip
from rigdriver.evaluation import metrics
from rigdriver.take import Phone
from rigdriver.training.teacher import CHANNELS, closure_gate, default_teacher, smooth, teach
from tests.speech import hello, hello_phones


@pytest.fixture(scope="module")
def taught() -> Clip:
    return teach(hello_phones(), hello())[0]


def centre(clip: Clip, name: str, *phones: str) -> list[float]:
    frames = [round(30 * (phone.start + phone.end)) for phone in hello_phones() if phone.name in phones]
    return [float(clip[name][frame]) for frame in frames]


def test_every_bilabial_is_sealed_and_hardly_a_vowel(taught: Clip) -> None:
    """A vowel of 40 ms between two bilabials never gets its lips apart; other vowels do."""
    hit, count = metrics.closures(taught, hello_phones())
    assert hit == count > 10
    shut, vowels = metrics.false_closures(taught, hello_phones())
    assert shut <= 1 < vowels


def test_vowels_open_by_their_height(taught: Clip) -> None:
    assert np.mean(centre(taught, "jawOpen", "AA", "AE", "AY")) > 1.5 * np.mean(centre(taught, "jawOpen", "IY", "UW"))


def test_rounded_sounds_are_round(taught: Clip) -> None:
    round_ = np.mean(centre(taught, "mouthPucker", "UW", "W", "OW"))
    assert round_ > 3 * np.mean(centre(taught, "mouthPucker", "IY", "AE", "EH"))


def test_labiodentals_bite(taught: Clip) -> None:
    assert min(centre(taught, "mouthRollLower", "F", "V")) >= 0.25 * 0.9
    assert max(centre(taught, "mouthLowerDownLeft", "F", "V")) < 0.05


def test_silence_rests(taught: Clip) -> None:
    assert taught.values[:6].max() < 0.15
    silence = teach([Phone("SIL", 0, 2)], Audio(np.zeros(32000, np.float32), 16000))[0]
    assert silence.values.max() < 1e-3


def test_louder_words_open_wider() -> None:
    rng = np.random.default_rng(0)
    noise = (0.05 * rng.standard_normal(48000)).astype(np.float32)
    noise[24000:] *= 4
    phones = [Phone("AA", k / 4, k / 4 + 0.2) for k in range(12)]
    jaw = teach(phones, Audio(noise, 16000))[0]["jawOpen"]
    assert np.median(jaw[100:170]) > 1.25 * np.median(jaw[20:80])


def test_the_gate_holds_long_enough_and_reaches_past_its_phone() -> None:
    times = np.arange(120) / 60
    gate = closure_gate([Phone("B", 1.0, 1.02)], times, default_teacher())
    assert gate[60:63].min() == 1.0
    assert gate[:54].max() == 0.0


def test_smoothing_is_zero_phase_and_keeps_the_mean() -> None:
    pulse = np.zeros(61)
    pulse[30] = 1
    smoothed = smooth(pulse, 2.0)
    np.testing.assert_allclose(smoothed, smoothed[::-1], atol=1e-12)
    assert smoothed.sum() == pytest.approx(1)


def test_channels_are_the_canonical_rigs() -> None:
    from rigdriver.rig import canonical
    assert set(CHANNELS) <= set(canonical().names)
