"""Inventory: phones as synthesisers and label files spell them → rows of the teacher, and the network's phones.

The tables are `inventory.yaml`. A row is finer than one of the network's 39 phones: a French u is one of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rigdriver.settings import build, read_yaml

LONGEST = 3  # rows that one token may stand for


@dataclass(frozen=True)
class Inventory:
    """The tables of `inventory.yaml`, which explains them."""

    version: int
    marks: tuple[str, ...]
    alphabets: dict[str, dict[str, str]]
    languages: dict[str, dict[str, str]]
    classes: dict[str, str]

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
        return found if 0 < len(found) <= LONGEST else ()

    def class_of(self, row: str) -> str | None:
        """The ARPAbet phone that the network is to name this row by, or None where none is near."""
        name = self.classes.get(row, row)
        return None if name == "none" else name


@cache
def default_inventory() -> Inventory:
    path = Path(__file__).with_name("inventory.yaml")
    return build(Inventory, read_yaml(path), str(path))
