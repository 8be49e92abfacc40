"""The ear for emotion: what it must hear, what must not matter to it, and its figures on acted speech."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rigdriver.errors import SettingsError
from rigdriver.model.emotion import (
    CATEGORIES,
    DEFAULT,
    NEUTRAL,
    Ear,
    EarStream,
    Judgement,
    Parameters,
    learned,
    listen,
)
from rigdriver.model.frontend import Spectra
from rigdriver.model.pitch import WINDOW, pitch
from rigdriver.model.prosody import MEASURES, Prosody
from rigdriver.model.settings import FrontendSettings
from tests.speech import cuts, hello

RATE, FPS = 16000, 60


def played(speed: float, shelf: float, level: float, seconds: float = 5.0) -> np.ndarray:
    """The example faster and so higher, brighter (shelf to 1) or duller (to −1), at a peak level."""
    x = hello().samples
    x = np.interp(np.arange(0, len(x) - 1, speed), np.arange(len(x)), x)[: int(seconds * RATE)]
    x = np.append(x[:1], x[1:] - shelf * x[:-1])
    return (level * x / np.abs(x).max()).astype(np.float32)


def heard(pieces: list[np.ndarray]) -> np.ndarray:
    stream = EarStream()
    return np.concatenate([*[stream.push(piece) for piece in pieces], stream.flush()])


def test_steps_cover_the_sound() -> None:
    for count in (0, 1, 320, 16000, 16001):
        assert listen(np.zeros(count, np.float32)).shape == (count * FPS // RATE + 1, 1 + len(CATEGORIES))


@pytest.mark.parametrize("most", [97, 267, 1600, 30000])
def test_chunking_changes_nothing(most: int) -> None:
    samples = hello().samples
    np.testing.assert_allclose(heard(cuts(samples, most, most)), listen(samples), rtol=0, atol=1e-5)


@given(st.integers(0, 10**6), st.sampled_from([50, 800, 9000]))
def test_chunking_of_noisy_speech_changes_nothing(seed: int, most: int) -> None:
    rng = np.random.default_rng(seed)
    samples = hello().samples[:24000] + (0.02 * rng.standard_normal(24000)).astype(np.float32)
    np.testing.assert_allclose(heard(cuts(samples, seed, most)), listen(samples), rtol=0, atol=1e-5)


def test_streams_do_not_touch() -> None:
    samples, first, second = hello().samples[:32000], EarStream(), EarStream()
    both = [(first.push(piece), second.push(-0.5 * piece[::-1])) for piece in np.split(samples, 20)]
    got = np.concatenate([one for one, _ in both] + [first.flush()])
    np.testing.assert_allclose(got, listen(samples), rtol=0, atol=1e-5)


def test_it_is_causal() -> None:
    samples = hello().samples[:48000]
    other = np.concatenate([samples[:24000], np.zeros(24000, np.float32)])
    until = (24000 - FrontendSettings().window) * FPS // RATE
    np.testing.assert_allclose(listen(other)[:until], listen(samples)[:until], rtol=0, atol=1e-5)


def test_the_ear_beside_a_front_end_hears_the_same() -> None:
    samples, frontend = hello().samples[:32000], FrontendSettings()
    spectra, ear = Spectra(frontend), Ear(frontend)
    got = np.concatenate([ear.push(piece, spectra.push(piece)) for piece in cuts(samples, 3, 700)])
    np.testing.assert_allclose(got, listen(samples)[: len(got)], rtol=0, atol=1e-5)


@pytest.mark.parametrize("gain_db", [-20, -10, 10])
def test_gain_does_not_matter(gain_db: float) -> None:
    samples = hello().samples
    gained = samples * np.float32(10 ** (gain_db / 20))
    assert np.abs(listen(gained)[:, 0] - listen(samples)[:, 0]).max() < 0.1


def test_ordinary_speech_is_everyday() -> None:
    assert 0.3 < listen(hello().samples)[60:, 0].mean() < 0.7


@pytest.mark.parametrize("level", [0.0, 1e-3, 0.1])
def test_silence_and_noise_are_neutral(level: float) -> None:
    noise = level * np.random.default_rng(1).standard_normal(10 * RATE)
    np.testing.assert_allclose(listen(noise.astype(np.float32))[:, 0], NEUTRAL, atol=0.1)


@pytest.mark.parametrize("loud_first", [False, True])
def test_a_loud_high_bright_voice_lies_above_a_soft_low_dull_one(loud_first: bool) -> None:
    soft, loud = played(0.8, -0.9, 0.05), played(1.5, 0.9, 0.9)
    first, second = (loud, soft) if loud_first else (soft, loud)
    out, turn = listen(np.concatenate([first, second]))[:, 0], len(first) * FPS // RATE
    ends = out[turn - FPS : turn].mean(), out[-FPS:].mean()
    assert (ends[0] - ends[1]) * (1 if loud_first else -1) > 0.1


def test_who_grows_loud_is_more_aroused() -> None:
    """Gain at the beginning says nothing; a level that rises says something."""
    out = listen(np.concatenate([played(1, 0, 0.1), played(1, 0, 0.6)]))[:, 0]
    assert out[-FPS:].mean() > out[4 * FPS : 5 * FPS].mean() + 0.03


def test_pauses_hold_and_long_silence_forgets() -> None:
    samples = played(0.8, -0.9, 0.05)
    out = listen(np.concatenate([samples, np.zeros(20 * RATE, np.float32)]))[:, 0]
    spoken, paused, later = out[int(5.2 * FPS)], out[int(6.5 * FPS)], out[-1]
    assert abs(spoken - NEUTRAL) > 0.08
    assert abs(paused - spoken) < 0.02
    assert abs(later - NEUTRAL) < 0.02


def test_it_eases() -> None:
    """No frame jumps: a whole change of mood takes a second or so."""
    sound = np.concatenate([played(0.8, -0.9, 0.05), played(1.5, 0.9, 0.9)])
    assert np.abs(np.diff(listen(sound)[:, 0])).max() < 0.03


def test_emotions_are_shares() -> None:
    out = listen(hello().samples)
    assert (out >= 0).all() and (out <= 1).all()
    np.testing.assert_allclose(out[:, 1:].sum(1), 1, atol=1e-5)


@pytest.mark.parametrize("hz", [85, 120, 210, 330, 480])
def test_pitch_is_found(hz: float) -> None:
    times = np.arange(WINDOW) / RATE
    frame = sum(np.sin(2 * np.pi * k * hz * times + k) / k for k in range(1, 8))
    found, periodic = pitch(frame[None])
    assert found[0] == pytest.approx(hz, rel=0.02)
    assert periodic[0] > 0.9


def test_noise_has_no_pitch() -> None:
    _, periodic = pitch(np.random.default_rng(1).standard_normal((200, WINDOW)))
    assert np.median(periodic) < 0.45


def test_prosody_does_not_know_the_gain() -> None:
    samples, frontend = hello().samples, FrontendSettings()
    heard_at = [Prosody(frontend).push(x, Spectra(frontend).push(x)) for x in (samples, 0.2 * samples)]
    one, other = ((values * shares).sum(0) / shares.sum(0) for values, shares in heard_at)
    assert (np.abs(other - one) / learned().spread).max() < 0.2


def test_other_front_ends_are_refused() -> None:
    with pytest.raises(SettingsError, match="16000 Hz"):
        Prosody(FrontendSettings(rate=8000))


def test_other_files_are_refused(tmp_path) -> None:
    path = tmp_path / "ear.npz"
    for content in (b"", b"PK\x03\x04 not really"):
        path.write_bytes(content)
        with pytest.raises(SettingsError, match=r"ear\.npz"):
            Parameters.load(path)
    np.savez(path, mean=np.zeros(3, np.float32))
    with pytest.raises(SettingsError, match=r"ear\.npz"):
        Parameters.load(path)
    with pytest.raises(SettingsError):
        Parameters.load(tmp_path / "none.npz")


def test_parameters_are_small_and_say_their_source() -> None:
    assert DEFAULT.stat().st_size < 100_000
    assert "EmoDB" in learned().source and "CC0" in learned().source


def test_a_judgement_begins_neutral() -> None:
    nothing = np.zeros((3, len(MEASURES)))
    np.testing.assert_allclose(Judgement(learned()).push(nothing, nothing)[:, 0], NEUTRAL)
