"""Told: where a transcript says what is spoken, the hints for the lips follow it, as far as it can be trusted.

A stage between the model and the layers, not a row of theirs: what is spoken is no matter of performance. On a phone
that lips must show the hint rises to the phone's trust; on every other it falls by it; where nothing is said to be
spoken, the model's own hearing stands. So a transcript that nothing in the sound bears out changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rigdriver.clip import Clip
from rigdriver.lips import BILABIALS, LABIODENTALS
from rigdriver.take import Phone

KINDS = {"closure": BILABIALS, "labiodental": LABIODENTALS}
RAMP_S = 0.05  # on the way to a closure and from it: lips take 40–80 ms (BEHAVIOUR 2.2)
CLEAR_S = 0.06  # this far from a phone of its kind a hint is not denied
LONGEST_S = 10.0  # of a phone
HELD = {"P": 0.6, "B": 0.8}  # share of a plosive's time in which the lips are still shut; the rest is its burst


@dataclass(frozen=True)
class Told:
    """phones: in time order, times in seconds, with the trust of each (`Phone.sure`)."""

    phones: tuple[Phone, ...]

    def start(self, header: Clip, seed: int) -> ToldStream:
        return ToldStream(self.phones, header)


class ToldStream:
    def __init__(self, phones: Sequence[Phone], header: Clip):
        self.header, self._end = header.empty(), header.end
        self._rows = [(header.column(hint), _Spans(phones, kind)) for hint, kind in KINDS.items() if hint in header]

    def push(self, clip: Clip) -> Clip:
        self._end = clip.end
        if not len(clip) or not self._rows:
            return clip
        values, times = clip.values.copy(), clip.times
        for column, spans in self._rows:
            shown, denied = spans.at(times)
            values[:, column] = np.maximum(values[:, column] * (1 - denied), shown)
        return replace(clip, values=values)

    def flush(self) -> Clip:
        return replace(self.header, start=self._end)


class _Spans:
    """When phones of one kind are spoken, and when others are."""

    def __init__(self, phones: Sequence[Phone], kind: Sequence[str]):
        own = [phone for phone in phones if phone.name in kind]
        self._own = np.array([(p.start, p.start + HELD.get(p.name, 1.0) * (p.end - p.start), p.end, p.sure)
                              for p in own]).reshape(-1, 4)
        self._others = np.array([(p.start, p.end, p.sure) for p in phones if p.name not in kind]).reshape(-1, 3)

    def at(self, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(frames,) seconds → how far the hint must rise, and how far it must fall, 0..1 each."""
        shown, near = np.zeros((2, len(times)), np.float32)
        for start, held, end, sure in _touching(self._own, times):
            shown = np.maximum(shown, sure * _trapezoid(times, start, held, RAMP_S))
            near = np.maximum(near, _trapezoid(times, start, end, CLEAR_S))
        denied = np.zeros(len(times), np.float32)
        for start, end, sure in _touching(self._others, times):
            denied = np.where((times >= start) & (times < end), sure, denied)
        return shown.astype(np.float32), (denied * (1 - near)).astype(np.float32)


def _touching(rows: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Rows (start, …) in order that may matter at these times; no phone lasts longer than a few seconds."""
    first, last = np.searchsorted(rows[:, 0], (times[0] - LONGEST_S, times[-1] + CLEAR_S))
    return rows[first:last]


def _trapezoid(times: np.ndarray, start: float, end: float, ramp: float) -> np.ndarray:
    """1 from start to end, 0 farther than `ramp` from them."""
    away = np.maximum(np.maximum(start - times, times - end), 0)
    return np.maximum(0, 1 - away / ramp)
