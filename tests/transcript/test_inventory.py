"""Spellings of phones become rows of the teacher."""

import pytest

from rigdriver.training.synthesis.sounds import PAUSE_S, Unknown, phones_of
from rigdriver.training.synthesis.spoken import Sound
from rigdriver.training.teacher.articulation import default_teacher
from rigdriver.transcript.inventory import default_inventory


def test_every_row_of_the_tables_is_one_of_the_teacher() -> None:
    teacher, inventory = default_teacher(), default_inventory()
    for table in (*inventory.alphabets.values(), *inventory.languages.values()):
        for token, rows in table.items():
            for row in rows.split():
                assert row in teacher.targets or row in teacher.diphthongs, f"{token!r} → {row!r}"


@pytest.mark.parametrize(("token", "language", "rows"), [
    ("ɑː", "en", ("AA",)), ("tʃ", "es", ("CH",)), ("t", "es", ("T",)), ("ɑːɹ", "en", ("AA", "R")),
    ("ɯᵝ", "ja", ("UC",)), ("ɯ", "tr", ("GM",)), ("ɜ", "de", ("AH",)), ("ɜː", "en", ("ER",)),
    ("tɕh", "cmn", ("CC",)), ("uei", "cmn", ("UW", "EY1", "EY2")), ("i.", "cmn", ("IR",)), ("i.", "ar", ("IH",)),
    ("ɐ̃ʊ̃", "pt", ("AH", "UH")), ("n̩", "en", ("N",)), ("tʲ", "ru", ("T",)), ("ˈoʊ", "en", ("OW",)),
    ("☃", "en", ()), ("p☃", "en", ()), ("papa", "en", ()),
])  # fmt: skip
def test_a_token_finds_its_rows(token: str, language: str, rows: tuple[str, ...]) -> None:
    assert default_inventory().rows(token, "ipa", language) == rows


def test_a_diphthong_of_two_rows_spends_most_of_its_time_on_the_first() -> None:
    first, second = phones_of([Sound("əʊ", 1.0, 1.2, 1)], "ipa", "en")
    assert (first.name, second.name) == ("AX", "OW2")
    assert (first.start, second.end) == (1.0, 1.2)
    assert first.end == second.start == pytest.approx(1.12)
    assert first.stress == second.stress == 1


def test_a_short_gap_belongs_to_the_sound_before_and_a_long_one_is_silence() -> None:
    long = 1.1 + 2 * PAUSE_S
    sounds = [Sound("m", 0.0, 1.0), Sound("", 1.0, 1.0 + PAUSE_S / 2), Sound("a", 1.0 + PAUSE_S / 2, 1.1),
              Sound("", 1.1, long), Sound("", long, long + 0.01)]
    phones = phones_of(sounds)
    assert [(phone.name, phone.end) for phone in phones] == [("M", 1.0 + PAUSE_S / 2), ("A", 1.1), ("SIL", long + 0.01)]


def test_unknown_tokens_are_left_out_and_counted() -> None:
    unknown = Unknown()
    phones = phones_of([Sound("☃", 0, 0.1), Sound("m", 0.1, 0.2), Sound("☃", 0.2, 0.3)], "ipa", "it", unknown)
    assert [phone.name for phone in phones] == ["M"]
    assert str(unknown) == "it '☃' × 2"
