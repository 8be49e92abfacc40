"""Align: where the words of a transcript lie in a recording, and how far each can be trusted.

The best path (Viterbi 1967) through the words' phones in order, by what the network hears at each frame. Between words
lies a filler that takes anything, at a price; a word may be left out, at a price; so text that lacks a sentence, or has
one too many, fits where it fits. Lips are what a transcript is for: a phone that they show is hardly ever left out of a
word, and the network's usual confusions cost little.

Trust is measured, not hoped for: a phone counts as far as its word, and all speech around it, sound as the transcript
says. The figures were chosen on validation speakers, with their own texts and with others'
(`tests/bench/transcripts.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import groupby

import numpy as np

from rigdriver.lips import BILABIALS, LABIODENTALS
from rigdriver.phones import PHONES
from rigdriver.take import Phone
from rigdriver.transcript import Word

CONFUSED = ("P B M", "F V", "S Z", "SH ZH CH JH", "T D", "K G", "N NG", "UW UH W OW", "AA AO AH", "IH IY EY",
            "EH AE AH", "L R ER", "TH DH D")
OWN_SHARE = 0.6  # of a phone's likelihood that is its own; the rest it shares with those it is confused with
FLOOR = 0.003  # likelihood of a phone that the network does not hear at all
FILLER = 1.8  # nats a frame: how much worse than the best phone the filler is
SKIPPED_WORD, SKIPPED_PHONE, SKIPPED_LIP = 3.0, 2.0, 8.0  # nats
OUTSIDE = 8.0  # nats a frame: a word outside of its times
LEAST = 2  # frames that a phone lasts
BAND = 1200  # states to each side of the best that are followed: half a minute of speech
LOST = -1e9
SILENT = PHONES.index("SIL")
ANY = len(PHONES)  # the filler's column of evidence
STAY, NEXT, OVER, PAST = range(4)  # the same state, the next, over one, past a whole word

AROUND_S = 2.5  # to each side: speech by which a phone's trust is judged
WRONG, RIGHT = -0.85, -0.65  # mean nats below the best phone, of all speech around: trusted not at all, and wholly
WRONG_WORD, RIGHT_WORD = -2.0, -1.2  # the same of one word


def locate(heard: np.ndarray, words: Sequence[Word], fps: int) -> tuple[Phone, ...]:
    """heard (frames, phones) as `Model.phones` gives it → the words' phones with times and trust, in order.

    Words that nothing in the sound fits are left out.
    """
    if not words or not len(heard):
        return ()
    evidence, lattice = _evidence(heard), _Lattice(words, fps)
    path = lattice.best(evidence)
    found = _runs(path, lattice)
    below = evidence[np.arange(len(path)), lattice.column[path]] - heard.max(1)
    words_of = lattice.word[path]
    said = lattice.column[path] != ANY
    quality = {int(word): float(below[said & (words_of == word)].mean()) for word in np.unique(words_of[said])}
    around = _around(below, heard, fps)
    return tuple(Phone(PHONES[lattice.column[state]], max(0.0, (first - 0.5) / fps), (last - 0.5) / fps,
                       sure=_ramp(around[(first + last) // 2], WRONG, RIGHT)
                       * _ramp(quality[int(lattice.word[state])], WRONG_WORD, RIGHT_WORD))
                 for state, first, last in found)


def confirm(heard: np.ndarray, phones: Sequence[Phone], fps: int) -> tuple[Phone, ...]:
    """Phones whose times somebody else says, with the trust that the sound gives them."""
    evidence = _evidence(heard)
    column = np.full(len(heard), ANY)
    for phone in phones:
        column[round(phone.start * fps) : round(phone.end * fps)] = PHONES.index(phone.name)
    column[column == ANY] = SILENT
    around = _around(evidence[np.arange(len(heard)), column] - heard.max(1), heard, fps)
    last = len(heard) - 1
    return tuple(replace(phone, sure=_ramp(around[min(round((phone.start + phone.end) / 2 * fps), last)], WRONG, RIGHT))
                 for phone in phones)


def _evidence(heard: np.ndarray) -> np.ndarray:
    """(frames, phones + 1) float32 log likelihoods, the filler's last."""
    likely = np.exp(heard.astype(np.float32)) @ _confusion()
    filler = np.maximum(heard[:, SILENT], heard.max(1) - FILLER)
    return np.concatenate([np.log(likely + FLOOR), filler[:, None]], 1).astype(np.float32)


@cache
def _confusion() -> np.ndarray:
    """(phones heard, phones said)."""
    groups = [[PHONES.index(name) for name in group.split()] for group in CONFUSED]
    alike = np.eye(len(PHONES), dtype=bool)
    for group in groups:
        alike[np.ix_(group, group)] = True
    return (OWN_SHARE * np.eye(len(PHONES)) + (1 - OWN_SHARE) * alike).astype(np.float32)


class _Lattice:
    """States in order: filler, phones of the first word, filler, phones of the second, …, filler; a phone is `LEAST` of
    them, each for a frame or more.

    column: whose evidence a state takes. phone, word: to which it belongs, numbered through; −1 of a filler.
    before, price (4, states): the four ways into it.
    """

    def __init__(self, words: Sequence[Word], fps: int):
        columns, owners, spans = [ANY], [-1], [(0.0, np.inf)]
        for k, word in enumerate(words):
            columns += [PHONES.index(phone) for phone in word.phones for _ in range(LEAST)] + [ANY]
            owners += [k] * LEAST * len(word.phones) + [-1]
            spans += [(word.start, word.end)] * LEAST * len(word.phones) + [(0.0, np.inf)]
        self.column, self.word = np.array(columns), np.array(owners)
        self.first, self.last = np.array(spans).T * fps
        filler = self.column == ANY
        self.phone = np.where(filler, -1, (np.cumsum(~filler) - 1) // LEAST)
        self.before, self.price = self._ways(filler)
        self.ends = np.zeros(len(columns), bool)
        self.ends[[-1, -2]] = True

    def _ways(self, filler: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        here = np.arange(len(filler))
        begins = np.diff(self.phone, prepend=-1) != 0  # first state of a phone, and every filler
        after_filler = np.roll(filler, 1)
        over = np.where(begins & ~after_filler, here - 1 - LEAST, -1)  # leaves out the phone before
        over[after_filler] = here[after_filler] - 2  # from word to word with no filler between
        lips = np.isin(self.column, [PHONES.index(name) for name in BILABIALS + LABIODENTALS])
        left_out = np.where(np.roll(lips, 1), -SKIPPED_LIP, -SKIPPED_PHONE)
        left_out[after_filler] = 0.0
        past = np.full(len(filler), -1)
        past[filler] = [-1, *here[filler][:-1]]
        before = np.stack([here, here - 1, over, past])
        price = np.stack([np.zeros(len(filler)), np.zeros(len(filler)), left_out, np.full(len(filler), -SKIPPED_WORD)])
        return np.maximum(before, 0), np.where(before < 0, LOST, price)

    def best(self, evidence: np.ndarray) -> np.ndarray:
        """(frames, columns) → (frames,) the states of the best path."""
        score = np.full(len(self.column), LOST)
        score[:2] = evidence[0, self.column[:2]]
        ways: list[tuple[int, np.ndarray]] = []  # first state of the band, and (band,) ways packed four a byte
        low = 0
        for frame in range(1, len(evidence)):
            if frame % 32 == 1:
                low = self._moved(score, low)
            band = slice(low, min(low + 2 * BAND, len(score)))
            into = score[self.before[:, band]] + self.price[:, band]
            way = into.argmax(0)
            new = into.max(0) + evidence[frame, self.column[band]]
            new -= OUTSIDE * ((frame < self.first[band]) | (frame > self.last[band]))
            score[band] = new
            ways.append((low, _packed(way)))
        ended = np.where(self.ends, score, LOST)
        reached = ended.max() > LOST / 2  # a text far longer than the sound ends where the sound does
        return self._back(int((ended if reached else score).argmax()), ways)

    def _moved(self, score: np.ndarray, low: int) -> int:
        """The band follows the best state; what it leaves behind is lost."""
        new = max(low, min(int(score.argmax()) - BAND, len(score) - 2 * BAND), 0)
        score[low:new] = LOST
        return new

    def _back(self, state: int, ways: list[tuple[int, np.ndarray]]) -> np.ndarray:
        path = [state]
        for low, packed in reversed(ways):
            at = state - low
            state = int(self.before[packed[at // 4] >> 2 * (at % 4) & 3, state])
            path.append(state)
        return np.array(path[::-1])


def _packed(ways: np.ndarray) -> np.ndarray:
    fours = np.pad(ways.astype(np.uint8), (0, -len(ways) % 4)).reshape(-1, 4)
    packed: np.ndarray = fours[:, 0] | fours[:, 1] << 2 | fours[:, 2] << 4 | fours[:, 3] << 6
    return packed


def _runs(path: np.ndarray, lattice: _Lattice) -> list[tuple[int, int, int]]:
    """(state, first frame, frame after the last) of each phone on the path."""
    found, at = [], 0
    for phone, states in groupby(path.tolist(), lambda state: lattice.phone[state]):
        first, *rest = states
        if phone >= 0:
            found.append((first, at, at + 1 + len(rest)))
        at += 1 + len(rest)
    return found


def _around(below: np.ndarray, heard: np.ndarray, fps: int) -> np.ndarray:
    """(frames,): mean of `below` over the frames around that are not silence."""
    speech = heard.argmax(1) != SILENT
    reach = round(AROUND_S * fps)

    def total(values: np.ndarray) -> np.ndarray:
        sums = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
        at = np.arange(len(values))
        return np.asarray(sums[np.minimum(at + reach + 1, len(values))] - sums[np.maximum(at - reach, 0)])

    return total(below * speech) / np.maximum(total(speech), 1)


def _ramp(value: float, low: float, high: float) -> float:
    return float(np.clip((value - low) / (high - low), 0, 1))
