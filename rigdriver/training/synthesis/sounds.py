"""Sounds as synthesisers and label files give them → phones in rows of the teacher (`transcript.inventory`).

Silence, the empty token, is SIL. A token that is in no table gives no rows; `Unknown` counts such tokens.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from rigdriver.take import Phone
from rigdriver.training.synthesis.spoken import Sound
from rigdriver.transcript.inventory import default_inventory

SHARES = {1: (1.0,), 2: (0.6, 0.4), 3: (0.4, 0.3, 0.3)}  # of a phone's time, for its rows in turn
PAUSE_S = 0.06  # a shorter gap between words is no rest: the lips go on


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
