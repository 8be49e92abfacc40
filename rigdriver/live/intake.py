"""Intake: sound as it comes, at any rate and in any portions; a step of it at a time, whenever one is wanted.

Between the two stands a buffer. From a microphone it holds a few milliseconds, and where the sound card's clock and
ours part, the sound is resampled by the little that keeps it so. From a synthesiser it holds what was said too fast to
be spoken yet.
"""

from __future__ import annotations

import threading
from collections import deque

import numpy as np

from rigdriver.errors import InputError
from rigdriver.live.resampling import Resampler

MOST_S = 600.0  # of sound that waits to be spoken; whoever pushes more has to wait
TARGET_S = 0.012  # of sound that waits, of a source with a clock of its own: one block of most devices, and some air
PREFILL_S = 0.04  # heard before speech starts, of a source that pushes at its own pace: chunks come unevenly
FOLLOW_S = 10.0  # in which a drift of the sound card is made up for; faster would be heard in the pitch
MOST_DRIFT = 0.002  # share of the rate; cards are within a tenth of it


class Intake:
    """Mono sound at `rate` Hz, given in steps. Safe to use from two threads: one that pushes and one that pulls.

    free_running: the source has a clock of its own, as a sound card has, and is followed; else its sound waits in the
    buffer for its turn.
    """

    def __init__(self, rate: int, free_running: bool = False):
        self.rate, self.free_running = rate, free_running
        self._lock = threading.Condition()
        self._held: deque[np.ndarray] = deque()
        self._size = self._first = 0  # samples held, and how many of the first array are used up
        self._source_rate, self._resampler = 0, Resampler(rate, rate)
        self._fill_s: float | None = None  # mean of what waits
        self._flowing = False
        self.ended = False
        self.gaps = 0
        """How often sound ran out while somebody spoke or the microphone was on."""
        self.level = 0.0
        """Loudest sample of the last push, 0..1, for a meter."""

    def push(self, samples: np.ndarray, source_rate: int) -> None:
        """(n,) or (n, channels) float32, −1..1, at `source_rate` Hz. Waits where `MOST_S` of sound wait already."""
        mono = samples if samples.ndim == 1 else samples.mean(1)
        if not np.isfinite(mono).all():
            raise InputError("the sound has NaN or infinite samples")
        self.level = float(np.abs(mono).max(initial=0.0))
        sound = self._at_rate(np.ascontiguousarray(mono, np.float32), source_rate)
        with self._lock:
            self._lock.wait_for(lambda: self._size < MOST_S * self.rate or self.ended)
            self._held.append(sound)
            self._size += len(sound)

    def pull(self, count: int) -> np.ndarray:
        """(count,) float32: the next samples, silence where there are none yet, or no more."""
        with self._lock:
            self._watch(count)
            taken = self._take(min(count, self._size)) if self._flowing else np.zeros(0, np.float32)
            self._lock.notify_all()
        return taken if len(taken) == count else np.pad(taken, (0, count - len(taken)))

    def clear(self) -> None:
        """What waits is not spoken any more."""
        with self._lock:
            self._held.clear()
            self._size = self._first = 0
            self._flowing = False
            self._lock.notify_all()

    def end(self) -> None:
        """No more will come; what waits is still spoken."""
        with self._lock:
            self.ended = True
            self._lock.notify_all()

    @property
    def waiting_s(self) -> float:
        """Seconds of sound that wait."""
        return self._size / self.rate

    @property
    def finished(self) -> bool:
        """Ended, and everything given."""
        return self.ended and not self._size

    def _watch(self, count: int) -> None:
        """Sound flows from a little of it on until it runs out; then a little is waited for again."""
        if self._flowing and self._size < count and not self.ended:
            self._flowing = False
            self.gaps += 1
        elif not self._flowing:
            air_s = TARGET_S if self.free_running else PREFILL_S
            self._flowing = self.ended or self._size >= count + self.rate * air_s
            self._fill_s = None
        if self.free_running and self._flowing:
            self._follow(count / self.rate)

    def _follow(self, step_s: float) -> None:
        """Steer the resampler so that what waits stays what it is, whatever the card's clock does."""
        waits = self._size / self.rate - step_s
        if self._fill_s is None:
            self._fill_s = waits
        self._fill_s += (waits - self._fill_s) * min(1.0, step_s / (FOLLOW_S / 10))
        self._resampler.steer(float(np.clip((self._fill_s - TARGET_S) / FOLLOW_S, -MOST_DRIFT, MOST_DRIFT)))

    def _take(self, count: int) -> np.ndarray:
        parts, missing = [], count
        while missing:
            head = self._held[0][self._first : self._first + missing]
            parts.append(head)
            missing -= len(head)
            self._first += len(head)
            if self._first == len(self._held[0]):
                self._held.popleft()
                self._first = 0
        self._size -= count
        return np.concatenate(parts) if parts else np.zeros(0, np.float32)

    def _at_rate(self, sound: np.ndarray, source_rate: int) -> np.ndarray:
        """Bit for bit as it came where nothing has to be changed."""
        if source_rate == self.rate and not self.free_running:
            return sound
        if source_rate != self._source_rate:
            self._source_rate, self._resampler = source_rate, Resampler(source_rate, self.rate)
        return self._resampler.push(sound)
