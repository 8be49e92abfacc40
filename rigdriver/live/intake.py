"""Intake: sound as it comes, at any rate and in any portions; a step of it at a time, whenever one is wanted.

Between the two stands a buffer. From a microphone it holds a few milliseconds, and where the sound card's clock and
ours part, the sound is resampled by the little that keeps it so; a device that gives its sound unevenly gets a longer
one. From a synthesiser it holds what was said too fast to be spoken yet.
"""

from __future__ import annotations

import math
import threading
from collections import deque

import numpy as np

from rigdriver.errors import InputError
from rigdriver.live.catching_up import faded_past, without_pauses
from rigdriver.live.resampling import Resampler

MOST_S = 600.0  # of sound that waits to be spoken; whoever pushes more has to wait
LEAST_S = 0.004  # of sound that is left when a step is taken, of a source with a clock of its own: some air
TARGET_S = 0.012  # heard before speech starts, of such a source: one block of most devices, and the air
UNEVEN, MOST_AIR_S = 1.5, 0.2  # after each gap so much more is waited for, up to that: the device gives it unevenly
FORGETS = 0.98  # of that, each second without a gap: it may have been the machine
SURPLUS_S = 0.15  # above its usual, that such a source may have given at once; more is old, and left out
SPARE_S = 0.03  # of lag that stays in such a source's sound, what drift is made up for in a quarter of a minute
HALF_LOUD_S = 20.0  # after which the loudest sample counts half: pauses are told by it
PATIENCE = 5  # seconds that such a lag waits for a pause to be left out of
PREFILL_S = 0.04  # heard before speech starts, of a source that pushes at its own pace: chunks come unevenly
PORTION_S = 0.1  # of a burst that is resampled at once
FOLLOW_S = 10.0  # in which a drift of the sound card is made up for; faster would be heard in the pitch
WATCH_S = 1.0  # in which the least of what waits is looked for
MOST_DRIFT = 0.002  # share of the rate; cards are within a tenth of it


class Intake:
    """Mono sound at `rate` Hz, given in steps. Safe to use from two threads: one that pushes and one that pulls.

    free_running: the source has a clock of its own, as a sound card has: it is followed, and where a lag builds up it
    is caught up with, first in pauses. Else its sound waits in the buffer for its turn.
    """

    def __init__(self, rate: int, free_running: bool = False):
        self.rate, self.free_running = rate, free_running
        self._lock = threading.Condition()
        self._given: deque[tuple[np.ndarray, int]] = deque()  # as it came, with its rate
        self._given_s = self._ever_s = 0.0
        self._held: deque[np.ndarray] = deque()
        self._size = self._first = 0  # samples held, and how many of the first array are used up
        self._source_rate, self._resampler = 0, Resampler(rate, rate)
        self._air_s = self._least_air_s = TARGET_S if free_running else PREFILL_S
        self._lag_s, self._lagging = 0.0, 0  # to be left out in the next pause, and how many seconds it was there
        self._least_s, self._watched_s = math.inf, 0.0  # of what was left lately, and for how long it was watched
        self._flowing = False
        self._loudest = 0.0  # sample lately
        self.ended = False
        self.gaps = 0
        """How often sound ran out while somebody spoke or the microphone was on."""
        self.skipped_s = 0.0
        """Sound that was too old to be heard: the device gave it all at once, a network stalled, or we slept."""
        self.level = 0.0
        """Loudest sample of the last pull, for a meter."""

    def push(self, samples: np.ndarray, source_rate: int) -> None:
        """(n,) or (n, channels) float32, −1..1, at `source_rate` Hz. Waits where `MOST_S` of sound wait already."""
        mono = samples if samples.ndim == 1 else samples[:, 0] if samples.shape[1] == 1 else samples.mean(1)
        if not math.isfinite(mono.sum()):  # one NaN, or one infinity, is enough
            raise InputError("the sound has NaN or infinite samples")
        with self._lock:
            self._lock.wait_for(lambda: self.waiting_s < MOST_S or self.ended)
            self._given.append((np.ascontiguousarray(mono, np.float32), source_rate))
            self._given_s += len(mono) / source_rate
            self._ever_s += len(mono) / source_rate

    def wait_for(self, air_s: float) -> None:
        """So much is heard before speech starts, of a source that is known to give its sound unevenly."""
        self._air_s = self._least_air_s = air_s

    def pull(self, count: int) -> np.ndarray:
        """(count,) float32: the next samples, silence where there are none yet, or no more."""
        with self._lock:
            # Here, not where it is pushed: a device's own thread is to be done at once.
            self._let_in(count + math.ceil(self.rate * self._air_s))
            flowing = self._flowing
            self._watch(count)
            taken = self._take(min(count, self._size)) if self._flowing or flowing else np.zeros(0, np.float32)
            self._lock.notify_all()
        self.level = float(np.abs(taken).max(initial=0.0))
        self._loudest = max(self.level, self._loudest * 2.0 ** (-count / (HALF_LOUD_S * self.rate)))
        return taken if len(taken) == count else np.pad(taken, (0, count - len(taken)))

    def clear(self) -> None:
        """What waits is not spoken any more."""
        with self._lock:
            self._given.clear()
            self._held.clear()
            self._given_s, self._size, self._first = 0.0, 0, 0
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
        return self._size / self.rate + self._given_s

    @property
    def said_s(self) -> float:
        """Seconds of sound that came and wait no more."""
        with self._lock:
            return self._ever_s - self.waiting_s

    @property
    def finished(self) -> bool:
        """Ended, and everything given."""
        return self.ended and not self._size and not self._given

    def _let_in(self, least: int) -> None:
        """What was given, at our rate, until so many samples are held; all of it of a source with a clock of its own. A
        speech that came at once is resampled as it is spoken: at once, all who share this thread would feel it."""
        while self._given and (self.free_running or self._size < least):
            samples, source_rate = self._next(math.inf if self.free_running else PORTION_S)
            sound = self._at_rate(samples, source_rate)
            self._held.append(sound)
            self._size += len(sound)

    def _next(self, most_s: float) -> tuple[np.ndarray, int]:
        """The first pieces that have one rate, as one, of so many seconds at most; they are given no more."""
        parts, source_rate, room = list[np.ndarray](), self._given[0][1], most_s * self._given[0][1]
        while room > 0 and self._given and self._given[0][1] == source_rate:
            samples, _ = self._given.popleft()
            if len(samples) > room:
                cut = math.ceil(room)
                self._given.appendleft((samples[cut:], source_rate))
                samples = samples[:cut]
            parts.append(samples)
            room -= len(samples)
        taken = np.concatenate(parts)
        self._given_s = self._given_s - len(taken) / source_rate if self._given else 0.0
        return taken, source_rate

    def _watch(self, count: int) -> None:
        """Sound flows from a little of it on until it runs out; then a little is waited for again."""
        if self._flowing and self._size < count and not self.ended:
            self._flowing = False
            self.gaps += 1
            if self.free_running:
                self._air_s = min(MOST_AIR_S, UNEVEN * self._air_s)
        elif not self._flowing:
            self._flowing = self.ended or self._size >= count + self.rate * self._air_s
            self._least_s, self._watched_s = math.inf, 0.0
        if self.free_running and self._flowing:
            self._leave_out(count)
            self._follow(count)

    def _leave_out(self, count: int) -> None:
        """What a source with a clock of its own gave too late: all at once, or so that a lag stayed."""
        surplus = self._size - count - round(self._air_s * self.rate)
        if surplus > SURPLUS_S * self.rate:
            self._catch_up(surplus, count, pauses_only=False)
            self._least_s, self._watched_s = math.inf, 0.0
        elif self._lag_s:
            self._catch_up(round(self._lag_s * self.rate), count, pauses_only=self._lagging < PATIENCE)

    def _catch_up(self, surplus: int, count: int, pauses_only: bool) -> None:
        """Leave out so many samples, or those of pauses; a step stays."""
        waiting = self._take(self._size)
        kept = without_pauses(waiting, surplus, self.rate, self._loudest)
        if not pauses_only:
            kept = faded_past(kept, surplus - (len(waiting) - len(kept)), self.rate)
        if len(kept) < count:
            kept = waiting
        self._held.appendleft(kept)
        self._size = len(kept)
        left_out_s = (len(waiting) - len(kept)) / self.rate
        self.skipped_s += left_out_s
        self._lag_s = max(0.0, self._lag_s - left_out_s)

    def _follow(self, count: int) -> None:
        """Steer the resampler so that a little is left at the worst moments, whatever the card's clock does."""
        self._least_s = min(self._least_s, (self._size - count) / self.rate)
        self._watched_s += count / self.rate
        if self._watched_s >= WATCH_S:
            drift = float(np.clip((self._least_s - LEAST_S) / FOLLOW_S, -MOST_DRIFT, MOST_DRIFT))
            self._resampler.steer(drift)
            lag_s = self._least_s - self._air_s
            self._lag_s = lag_s if lag_s > SPARE_S else 0.0
            self._lagging = self._lagging + 1 if self._lag_s else 0
            self._air_s = max(self._least_air_s, FORGETS * self._air_s)
            self._least_s, self._watched_s = math.inf, 0.0

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
