"""Inventory: phones as synthesisers and label files spell them → rows of the teacher. The tables are `inventory.yaml`.

Silence, the empty token, is SIL. A token that is in no table gives no rows; `Unknown` counts such tokens.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from rigdriver.settings import build, read_yaml
from rigdriver.take import Phone
from rigdriver.training.synthesis.spoken import Sound

SHARES = {1: (1.0,), 2: (0.6, 0.4), 3: (0.4, 0.3, 0.3)}  # of a phone's time, for its rows in turn
PAUSE_S = 0.06  # a shorter gap between words is no rest: the lips go on


@dataclass(frozen=True)
class Inventory:
    """The tables of `inventory.yaml`, which explains them."""

    version: int
    marks: tuple[str, ...]
    alphabets: dict[str, dict[str, str]]
    languages: dict[str, dict[str, str]]

    def rows(self, token: str, alphabet: str = "ipa", language: str = "") -> tuple[str, ...]:
        """Rows that a token stands for, in turn; none for an unknown token."""
        table = self.alphabets[alphabet] | (self.languages.get(language, {}) if alphabet == "ipa" else {})
        bare = self._bare(token)
        return self._look_up(table, token) or self._look_up(table, bare) or self._pieces(table, bare)

    @staticmethod
    def _look_up(table: dict[str, str], token: str) -> tuple[str, ...]:
        return tuple(table[token].split()) if token in table else ()

    def _bare(self, token: str) -> str:
        for mark in self.marks:
            token = token.replace(mark, "")
        return token

    def _pieces(self, table: dict[str, str], token: str) -> tuple[str, ...]:
        """Rows of the longest known pieces, from the left; none when a piece is unknown or they are too many."""
        found: tuple[str, ...] = ()
        while token:
            piece = next((token[:n] for n in range(len(token), 0, -1) if token[:n] in table), "")
            if not piece:
                return ()
            found, token = found + self._look_up(table, piece), token[len(piece):]
        return found if len(found) in SHARES else ()


@cache
def default_inventory() -> Inventory:
    path = Path(__file__).with_name("inventory.yaml")
    return build(Inventory, read_yaml(path), str(path))


@dataclass
class Unknown:
    """Tokens that stood in no table, counted; a run goes on without them."""

    tokens: Counter[tuple[str, str]] = field(default_factory=Counter)

    def __str__(self) -> str:
        return ", ".join(f"{language} {token!r} × {count}" for (language, token), count in self.tokens.most_common())


def phones_of(sounds: Iterable[Sound], alphabet: str = "ipa", language: str = "",
              unknown: Unknown | None = None) -> tuple[Phone, ...]:
    """Sounds as phones of the teacher: short gaps closed, diphthongs split, silence as SIL; unknown tokens left out."""
    found: list[Phone] = []
    for sound in _joined(sounds):
        rows = ("SIL",) if sound.token == "" else default_inventory().rows(sound.token, alphabet, language)
        if not rows and unknown is not None:
            unknown.tokens[language, sound.token] += 1
        found += _split(rows, sound)
    return tuple(found)


def _joined(sounds: Iterable[Sound]) -> Iterator[Sound]:
    """Gaps shorter than PAUSE_S belong to the sound before them."""
    last: Sound | None = None
    for sound in sounds:
        if last and sound.token == "" and (last.token == "" or sound.end - sound.start < PAUSE_S):
            last = Sound(last.token, last.start, sound.end, last.stress)
            continue
        if last:
            yield last
        last = sound
    if last:
        yield last


def _split(rows: tuple[str, ...], sound: Sound) -> list[Phone]:
    start, parts = sound.start, []
    for row, share in zip(rows, SHARES.get(len(rows), ())):
        end = start + share * (sound.end - sound.start)
        parts.append(Phone(row, start, end, sound.stress))
        start = end
    return parts
