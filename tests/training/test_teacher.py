"""The teacher does what phonetics asks, whatever stands around a phone."""

import numpy as np
import pytest

from rigdriver.audio import Audio
from rigdriver.clip import Clip
from rigdriver.errors import InputError
from rigdriver.evaluation import metrics
from rigdriver.phones import PHONES
from rigdriver.take import Phone
from rigdriver.training.teacher import articulation as module
from rigdriver.training.teacher.articulation import CHANNELS, Manner, closure_gate, default_teacher, smooth, teach
from rigdriver.transcript.inventory import default_inventory
from tests.speech import hello, hello_phones


@pytest.fixture(scope="module")
def taught() -> Clip:
    return teach(hello_phones(), hello()).clip


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
    silence = teach([Phone("SIL", 0, 2)], Audio(np.zeros(32000, np.float32), 16000)).clip
    assert silence.values.max() < 1e-3


def test_louder_words_open_wider() -> None:
    rng = np.random.default_rng(0)
    noise = (0.05 * rng.standard_normal(48000)).astype(np.float32)
    noise[24000:] *= 4
    phones = [Phone("AA", k / 4, k / 4 + 0.2) for k in range(12)]
    jaw = teach(phones, Audio(noise, 16000)).clip["jawOpen"]
    assert np.median(jaw[100:170]) > 1.25 * np.median(jaw[20:80])


def test_the_gate_holds_long_enough_and_reaches_past_its_phone() -> None:
    times = np.arange(120) / 60
    gate = closure_gate([Phone("B", 1.0, 1.02)], times, default_teacher())
    assert gate[60:63].min() == 1.0
    assert gate[:54].max() == 0.0


def test_a_soft_closure_does_not_shut_quite() -> None:
    times = np.arange(120) / 60
    assert closure_gate([Phone("BB", 1.0, 1.1)], times, default_teacher()).max() == pytest.approx(0.7)


def test_smoothing_is_zero_phase_and_keeps_the_mean() -> None:
    pulse = np.zeros(61)
    pulse[30] = 1
    smoothed = smooth(pulse, 2.0)
    np.testing.assert_allclose(smoothed, smoothed[::-1], atol=1e-12)
    assert smoothed.sum() == pytest.approx(1)


def test_channels_are_the_canonical_rigs() -> None:
    from rigdriver.rig import canonical
    assert set(CHANNELS) <= set(canonical().names)


def quiet(seconds: float) -> Audio:
    return Audio(np.zeros(int(16000 * seconds), np.float32), 16000)


# BEHAVIOUR 1.3: what the map from IPA relies on, besides the ARPAbet.
ROWS = {
    *PHONES, "A", "AX", "E", "O", "YY", "YH", "OE", "OO", "UC", "GM", "IZ", "IR", "AN", "EN", "ON", "EY1", "EY2", "AY1",
    "AY2", "OW1", "OW2", "AW1", "AW2", "OY1", "OY2", "BB", "RR", "UV", "CC", "CX", "SR", "WF",
} - {"EY", "AY", "OW", "AW", "OY"}  # fmt: skip


def test_every_row_can_be_taught_and_classed() -> None:
    teacher = default_teacher()
    assert set(teacher.targets) == ROWS
    phones = [Phone(name, k / 10, (k + 1) / 10) for k, name in enumerate(sorted(ROWS))]
    clip = teach(phones, quiet(len(ROWS) / 10)).clip
    assert np.isfinite(clip.values).all()
    classes = {name: default_inventory().class_of(name) for name in (*ROWS, *teacher.diphthongs)}
    assert {name for name in classes.values() if name} <= set(PHONES)
    assert all(classes[name] == name for name in PHONES)


def test_a_front_rounded_vowel_has_the_lips_of_u_and_the_tongue_of_i() -> None:
    clip = teach([Phone("YY", 0.2, 0.5), Phone("UW", 1.2, 1.5), Phone("IY", 2.2, 2.5)], quiet(3)).clip
    y, u, i = (clip.values[frame] for frame in (20, 80, 140))
    pucker, body = clip.columns(("mouthPucker", "tongueBodyUp"))
    assert y[pucker] > 0.8 * u[pucker] > 0.1
    assert y[body] > 0.8 * i[body] > 0.1


def test_an_unknown_phone_is_named() -> None:
    with pytest.raises(InputError, match=r"'EY3' is no row .* 'EY"):
        teach([Phone("EY3", 0, 1)], quiet(1))


@pytest.mark.parametrize("manner", [Manner(**{name: value}) for name in Manner.names for value in (-1.0, 1.0)]
                         + [Manner(-1, -1, -1, -1, -1), Manner(1, 1, 1, 1, 1)])
def test_lips_close_and_bite_in_every_manner(manner: Manner) -> None:
    clip = teach(hello_phones(), hello(), manner=manner).clip
    hit, count = metrics.closures(clip, hello_phones())
    assert hit == count
    assert min(centre(clip, "mouthRollLower", "F", "V")) >= 0.25 * 0.9
    assert clip.values.min() >= 0 and clip.values.max() <= 1


def in_manner(**numbers: float) -> Clip:
    return teach(hello_phones(), hello(), manner=Manner(**numbers)).clip


def test_a_neutral_manner_is_none(taught: Clip) -> None:
    np.testing.assert_array_equal(in_manner().values, taught.values)


def test_jaw_and_lips_move_by_their_own_numbers(taught: Clip) -> None:
    wide, still = in_manner(jaw=1), in_manner(jaw=-1)
    assert wide["jawOpen"].mean() > 1.2 * taught["jawOpen"].mean() > 1.2 * 1.3 * still["jawOpen"].mean()
    np.testing.assert_array_equal(wide["mouthPucker"], taught["mouthPucker"])
    assert in_manner(lips=-1)["mouthPucker"].max() < 0.7 * taught["mouthPucker"].max()


def test_sluggish_is_slower_than_crisp() -> None:
    slow, fast = (np.quantile(np.abs(np.diff(in_manner(speed=value)["jawOpen"])), 0.95) for value in (-1, 1))
    assert fast > 1.4 * slow


def test_mumbling_brings_vowels_together() -> None:
    def contrast(value: float) -> float:
        clip = in_manner(precision=value)
        return float(np.mean(centre(clip, "jawOpen", "AA", "AE", "AY")) - np.mean(centre(clip, "jawOpen", "IY", "UW")))
    assert contrast(-1) < 0.8 * contrast(0) < contrast(1)


def test_anticipation_rounds_the_lips_early() -> None:
    phones = [Phone("SIL", 0, 1), Phone("S", 1, 1.3), Phone("UW", 1.3, 1.5), Phone("SIL", 1.5, 2)]
    late, plain, early = (teach(phones, quiet(2), manner=Manner(anticipation=value)).clip["mouthPucker"][75]
                          for value in (-1, 0, 1))
    assert late < plain < early


def test_stress_is_heard_where_it_is_known() -> None:
    jaw = {stress: teach([Phone("AA", 0.2, 0.4, stress)], quiet(1)).clip["jawOpen"].max() for stress in (-1, 0, 1)}
    assert jaw[0] < jaw[-1] < jaw[1]


def test_recording_level_does_not_matter(taught: Clip) -> None:
    softer = Audio(hello().samples * np.float32(0.2), hello().rate)
    np.testing.assert_allclose(teach(hello_phones(), softer).clip.values, taught.values, atol=1e-3)


def test_long_speech_is_blended_as_short(taught: Clip, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK", 37)
    np.testing.assert_allclose(teach(hello_phones(), hello()).clip.values, taught.values, atol=1e-4)


def test_lips_leave_their_rest_before_the_sound() -> None:
    phones = [Phone("SIL", 0, 1), Phone("IY", 1, 1.3), Phone("SIL", 1.3, 2)]
    upper = teach(phones, quiet(2)).clip["mouthUpperUpLeft"]
    assert upper[57] > 0.05  # 50 ms before
    assert upper[:50].max() < 0.01
