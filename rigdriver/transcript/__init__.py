"""Transcript: what is said in a recording, so that the model need not guess it.

A transcript is words with their phones, each perhaps with the times between which it lies (`reading.load`); a label
file with the times of the phones themselves is read by `labels`. Where the words lie is found by `model.align`.
"""

from __future__ import annotations

from dataclasses import dataclass

from rigdriver.take import Phone


@dataclass(frozen=True)
class Word:
    """phones: ARPAbet, in order, at least one. It lies somewhere from `start` to `end`, seconds."""

    phones: tuple[str, ...]
    start: float = 0.0
    end: float = float("inf")


@dataclass(frozen=True)
class Transcript:
    """Words in order, or phones whose times are known; never both. name: for messages."""

    name: str
    words: tuple[Word, ...] = ()
    phones: tuple[Phone, ...] = ()
