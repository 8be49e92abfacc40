"""Words are found where they are spoken, trusted as far as the sound bears them out, and left out where it does not."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rigdriver.model import align
from rigdriver.model.align import confirm, locate
from rigdriver.model.runtime import Model
from rigdriver.phones import PHONES
from rigdriver.take import Phone
from rigdriver.transcript import Word
from tests.speech import cuts, hello, hello_phones

FPS = 60
WORDS = [("B", "IH", "G"), ("M", "AE", "P"), ("F", "AY", "V"), ("T", "OW", "Z"), ("S", "IY", "K")]


def spoken(words: list[tuple[str, ...]], frames: int = 6, sure: float = 0.8, pause: int = 9) -> np.ndarray:
    """What a network would hear: each phone for some frames, a pause after each word, the rest spread thin."""
    said = [phone for word in words for phone in (*word, "SIL") for _ in range(pause if phone == "SIL" else frames)]
    likely = np.full((len(said), len(PHONES)), (1 - sure) / (len(PHONES) - 1), np.float32)
    likely[np.arange(len(said)), [PHONES.index(phone) for phone in said]] = sure
    return np.log(likely).astype(np.float16)


def told(words: list[tuple[str, ...]]) -> list[Word]:
    return [Word(phones) for phones in words]


def test_every_phone_is_found_where_it_is_spoken() -> None:
    found = locate(spoken(WORDS), told(WORDS), FPS)
    assert [phone.name for phone in found] == [phone for word in WORDS for phone in word]
    starts = [27 * k + 6 * j for k, word in enumerate(WORDS) for j in range(len(word))]
    for phone, start in zip(found, starts):
        assert phone.start * FPS == pytest.approx(max(0, start - 0.5))
        assert phone.end * FPS == pytest.approx(start + 5.5)
        assert phone.sure == 1


def test_words_too_many_and_too_few_are_passed_over() -> None:
    wrong = [("L", "EH", "M", "AH", "N"), *WORDS[:2], ("G", "UW", "S"), *WORDS[3:], ("W", "AO", "R", "M")]
    found = locate(spoken(WORDS), told(wrong), FPS)
    trusted = [phone.name for phone in found if phone.sure > 0.5]
    assert trusted == [phone for word in (*WORDS[:2], *WORDS[3:]) for phone in word]


def test_other_words_are_not_trusted() -> None:
    others = [("CH", "UW", "B"), ("HH", "AA", "M"), ("V", "ER", "L", "AO")]
    assert all(phone.sure < 0.1 for phone in locate(spoken(WORDS), told(others), FPS))
    assert locate(spoken(WORDS), [], FPS) == ()


def test_a_text_far_longer_than_the_sound_and_longer_than_the_band(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(align, "BAND", 24)
    many = WORDS * 20
    found = locate(spoken(many), told(many), FPS)
    assert len(found) == 3 * len(many) and all(phone.sure == 1 for phone in found)
    assert [phone.name for phone in locate(spoken(WORDS), told(WORDS * 40), FPS)][:15] == [p for w in WORDS for p in w]


def test_times_say_which_of_two_alike_is_meant() -> None:
    heard = spoken([WORDS[0], WORDS[1], WORDS[0]])
    first, second = Word(WORDS[0], 0, 0.4), Word(WORDS[0], 0.8, 1.4)
    assert locate(heard, [first], FPS)[0].start < 0.1
    assert locate(heard, [second], FPS)[0].start > 0.8


def test_phone_times_of_others_are_checked_against_the_sound() -> None:
    right = locate(spoken(WORDS), told(WORDS), FPS)
    assert all(phone.sure == 1 for phone in confirm(spoken(WORDS), right, FPS))
    late = [Phone(phone.name, phone.start + 0.15, phone.end + 0.15) for phone in right]
    assert all(phone.sure == 0 for phone in confirm(spoken(WORDS), late, FPS))
    beyond = confirm(spoken(WORDS), [Phone("B", 90.0, 90.1)], FPS)
    assert beyond[0].name == "B"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.sampled_from(PHONES[1:]), min_size=1, max_size=6).map(tuple), max_size=12),
       st.integers(0, 90))
def test_any_words_on_any_sound_give_phones_in_order_within_it(words: list, frames: int) -> None:
    heard = spoken(WORDS)[:frames]
    found = locate(heard, told(words), FPS)
    assert all(0 <= phone.start <= phone.end <= frames / FPS and 0 <= phone.sure <= 1 for phone in found)
    assert all(one.end <= other.start for one, other in itertools.pairwise(found))


def test_the_shipped_model_finds_the_words_of_the_example() -> None:
    """From the phones alone, as one word: nearly all, within a frame or two of the synthesiser's own times."""
    model = Model.load()
    true = [phone for phone in hello_phones() if phone.name != "SIL"]
    heard = model.phones(cuts(hello().samples, 1, 4000))
    found = locate(heard, [Word(tuple(phone.name for phone in true))], model.settings.frontend.fps)
    errors = [min(abs(phone.start - other.start) for other in true if other.name == phone.name) for phone in found]
    assert len(found) > 0.9 * len(true) and np.median(errors) < 0.025
    assert np.mean([phone.sure for phone in found]) > 0.8
