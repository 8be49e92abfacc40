"""Synthetic speech says what its phones say, at the time they say."""

import re
import shutil
import subprocess
from itertools import islice, pairwise

import numpy as np
import pytest

from rigdriver.errors import InputError
from rigdriver.take import Take
from rigdriver.training.synthesis import SYNTHESISERS, espeak, flite, open_jtalk, synthetic
from rigdriver.training.synthesis.closures import AFTER_PAUSE_S, with_closures
from rigdriver.training.synthesis.script import ESPEAK, PARTS, VARIANTS, Part, draw, sentences, split_of
from rigdriver.training.synthesis.sounds import Unknown
from rigdriver.training.synthesis.spoken import Line, Sound, Spoken
from rigdriver.training.synthesis.synthetic import synthetic_takes
from rigdriver.training.teacher.articulation import default_teacher, level_db
from rigdriver.transcript.inventory import default_inventory
from tests.programs.conftest import lacking

ALL = tuple(SYNTHESISERS)
OPTIONAL = ("open_jtalk",)


def need(name: str) -> None:
    if SYNTHESISERS[name].installed():
        return
    if name in OPTIONAL:
        pytest.skip(f"{name} is not installed; its voice is in Debian's contrib section")
    lacking(name)


def some_takes(name: str, count: int = 8) -> list[Take]:
    """The first takes of a synthesiser's first part."""
    need(name)
    part = next(part for part in PARTS if part.synthesiser == name)
    return list(islice(synthetic._part(part, 1.0, 3, None), count))


def test_the_closure_before_a_burst_belongs_to_the_plosive() -> None:
    samples = np.r_[np.full(100, 0.5), np.zeros(60), np.full(40, 0.2)].astype(np.float32)
    spoken = with_closures(Spoken(samples, 1000, (Sound("a", 0.0, 0.16), Sound("p", 0.16, 0.2))))
    assert [(sound.start, sound.end) for sound in spoken.sounds] == [(0.0, pytest.approx(0.1)),
                                                                    (pytest.approx(0.1), 0.2)]


def test_lips_shut_before_a_burst_that_follows_a_pause() -> None:
    sounds = (Sound("", 0.0, 0.5), Sound("p", 0.5, 0.53), Sound("", 0.53, 0.54), Sound("t", 0.54, 0.6))
    moved = with_closures(Spoken(np.zeros(600, np.float32), 1000, sounds)).sounds
    assert moved[1].start == moved[0].end == pytest.approx(0.5 - AFTER_PAUSE_S)
    assert moved[3].start <= 0.54
    assert all(sound.end >= sound.start for sound in moved)


def test_other_sounds_keep_the_times_that_the_synthesiser_gave() -> None:
    sounds = (Sound("a", 0.0, 0.1), Sound("m", 0.1, 0.2))
    assert with_closures(Spoken(np.zeros(200, np.float32), 1000, sounds)).sounds == sounds


def test_stress_is_found_past_pauses_tones_and_elisions() -> None:
    assert espeak._matched(["n", "i", "", "m", "ə"], [["n", 0], ["i2", 1], ["h", 0], ["m", 0], ["ə", 2]]) == [
        0, 1, -1, 0, 2]  # fmt: skip


def test_what_flite_prints_becomes_sounds_within_the_recording() -> None:
    assert list(flite._sounds("pau:0.2 m:0.25 m:0.25 ay:0.5", 0.4)) == [
        Sound("", 0.0, 0.2), Sound("m", 0.2, 0.25), Sound("ay", 0.25, 0.4)]  # fmt: skip


def test_open_jtalk_doubles_a_sound_and_shuts_lips_for_n_before_b() -> None:
    labels = "".join(f"{k}000000 {k + 1}000000 a^b-{token}+c=d/A:1\n"
                     for k, token in enumerate(["sil", "N", "b", "N", "cl", "p", "pau"]))
    trace = f"[Output label]\n0 9 earlier\n[Output label]\n{labels}\n[Global parameter]\n"
    assert [sound.token for sound in open_jtalk._sounds(trace)] == ["", "m", "b", "N", "p", "p", ""]
    assert list(open_jtalk._sounds(trace))[1].start == pytest.approx(0.1)


def test_the_script_hangs_on_the_seed_alone() -> None:
    part = Part("espeak", "fr", 0.1)
    one, same, other = (list(islice(draw(part, np.random.default_rng(seed)), 20)) for seed in (1, 1, 2))
    assert one == same
    assert one != other


def test_no_training_voice_speaks_the_language_or_with_the_voices_held_out() -> None:
    assert split_of(Line("", "es", "es+m1")) == "validation"
    assert split_of(Line("", "de", "de+f5")) == "validation"
    assert split_of(Line("", "en", "awb")) == "validation"
    assert split_of(Line("", "de", "de+m1")) == "train"


def test_the_shares_are_a_whole_and_every_part_has_sentences() -> None:
    assert sum(part.share for part in PARTS) == pytest.approx(1)
    for part in PARTS:
        assert len(sentences()[part.texts]) >= 15
        assert part.synthesiser in SYNTHESISERS


def test_without_a_synthesiser_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synthetic, "PARTS", ())
    with pytest.raises(InputError, match="apt-get install espeak-ng"):
        next(synthetic_takes())


@pytest.mark.parametrize("language", ESPEAK)
def test_espeak_says_no_phone_that_the_inventory_lacks(language: str) -> None:
    need("espeak")
    lines = [Line(text, language, voice) for voice in ESPEAK[language] for text in sentences()[language]]
    tokens = {sound.token for spoken in espeak.speak(lines) for sound in spoken.sounds} - {""}
    assert len(tokens) > 15
    assert [token for token in sorted(tokens) if not default_inventory().rows(token, "ipa", language)] == []


def test_espeak_has_every_variant_of_the_cast() -> None:
    """It speaks in its usual voice, without a word, where a variant is missing."""
    program = shutil.which("espeak-ng") or lacking("espeak-ng")
    listed = subprocess.run([program, "--voices=variant"], capture_output=True, text=True, check=True).stdout
    assert set(VARIANTS) <= set(re.findall(r"!v/(\S+)", listed))


def test_a_voice_that_is_missing_is_named() -> None:
    need("espeak")
    with pytest.raises(InputError, match="no voice 'xx-nobody'"):
        next(espeak.speak([Line("mama", "en", "xx-nobody")]))


@pytest.mark.parametrize("name", ALL)
def test_the_same_seed_speaks_the_same_to_the_bit(name: str) -> None:
    for one, other in zip(some_takes(name, 3), some_takes(name, 3), strict=True):
        assert one.phones == other.phones
        assert np.array_equal(one.audio.samples, other.audio.samples)


@pytest.mark.parametrize("name", ALL)
def test_phones_follow_each_other_and_fill_the_recording(name: str) -> None:
    for take in some_takes(name):
        edges = [(phone.start, phone.end) for phone in take.phones]
        assert edges[0][0] == 0
        assert edges[-1][1] == pytest.approx(float(take.audio.duration), abs=1e-6)
        assert all(start <= end for start, end in edges)
        assert all(end == pytest.approx(start, abs=1e-6) for (_, end), (start, _) in pairwise(edges))


@pytest.mark.parametrize("name", ALL)
def test_sound_and_phones_meet(name: str) -> None:
    """Vowels are loud at their centres, silences still, and closures of p, t, k quieter than what follows the burst."""
    vowels = set(default_teacher().classes["vowel"]) | {"EY", "AY", "OW", "AW", "OY"}
    level: dict[str, list[float]] = {"vowel": [], "silence": [], "closure": [], "released": []}
    for take in some_takes(name, 12):
        at = {kind: [] for kind in level}
        for phone in take.phones:
            middle = (phone.start + phone.end) / 2
            if phone.name in vowels:
                at["vowel"].append(middle)
            if phone.name == "SIL":
                at["silence"].append(middle)
            if phone.name in ("P", "T", "K") and phone.end - phone.start > 0.05:
                at["closure"].append(phone.start + 0.02)
                at["released"].append(phone.end)
        for kind, times in at.items():
            level[kind] += level_db(take.audio, np.array(times), 0.01).tolist()
    mean = {kind: np.mean(levels) for kind, levels in level.items()}
    assert mean["vowel"] - mean["silence"] > 25
    assert mean["released"] - mean["closure"] > 10


def test_a_short_run_of_everything_knows_all_its_phones() -> None:
    if not any(row.installed() for row in SYNTHESISERS.values()):
        lacking("every synthesiser")
    unknown = Unknown()
    takes = list(synthetic_takes(0.02, unknown=unknown))
    assert str(unknown) == ""
    assert {take.split for take in takes} == {"train", "validation"}
    assert len({take.name for take in takes}) == len(takes)
    assert {phone.name for take in takes for phone in take.phones} <= (
        set(default_teacher().targets) | set(default_teacher().diphthongs))
