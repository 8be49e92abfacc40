"""Ensemble: all voices on one clock. Sixty times a second the frames that are due leave; every `hop` ticks the steps
since the last time are heard, of all voices in one call of the network.

One thread hears, another shows. Hearing takes as long as it takes, up to a hop, and frames leave on time all
the same. When a hop is not enough, the next time more steps are heard at once, which costs less a step; voices fall
behind by ticks, not for ever. Python lets one thread run at a time, so who hears makes way for who shows.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rigdriver.live.clock import Clock
from rigdriver.model.choir import together
from rigdriver.model.engine import Engine
from rigdriver.service.voice import Shown, Voice

MOST_STEPS = 60  # heard at once by a voice that was held up
KEPT = 1800  # turns that percentiles are taken of: half a minute of ticks, or a minute of two

Fail = Callable[[Voice, Exception], None]
"""Told by the thread that hears what went wrong with a voice, which has left."""


def delay_steps(hop: int) -> int:
    """That frames wait for, so that none is late: the first step of a hop waits for the last, then hearing all of them
    may take a hop, at whose end the first is due."""
    return 2 * hop - 1


class Ensemble:
    """hop: steps that are heard at once. With two, every voice costs less and waits longer. batched: False asks the
    network for each voice alone, to compare."""

    def __init__(self, engine: Engine, clock: Clock, fail: Fail, hop: int = 1, batched: bool = True):
        self.hop, self.batched, self.busy_ms = hop, batched, deque[float](maxlen=KEPT)
        self.ticks = self.overruns = 0
        self._engine, self._clock, self._fail = engine, clock, fail
        self._tick_s = 1 / engine.settings.frontend.fps
        self._places: dict[Voice, _Place] = {}
        self._lock, self._way_is_free = threading.Lock(), threading.Event()
        self._way_is_free.set()
        self._began = clock.now()

    def join(self, voice: Voice) -> None:
        with self._lock:
            self._places[voice] = _Place(self.ticks)

    def leave(self, voice: Voice) -> None:
        with self._lock:
            self._places.pop(voice, None)

    def __len__(self) -> int:
        return len(self._places)

    def run(self, going: Callable[[], bool]) -> None:
        """Hears until `going` says no, asked once a turn."""
        while going():
            self.turn()

    def turn(self) -> None:
        """Hears the next hop, when it is time for it; ticks that passed unused are made up for by it."""
        self._clock.wait_until(self._began + (self.ticks + self.hop) * self._tick_s)
        began = self._clock.now()
        with self._lock:
            self.ticks = max(self.ticks + self.hop, self._tick(began))
            places = dict(self._places)
        self._hear(places)
        took_s = self._clock.now() - began
        self.overruns += took_s > self.hop * self._tick_s
        self.busy_ms.append(1000 * took_s)

    def leaving(self) -> list[tuple[Voice, list[Shown]]]:
        """The frames that are due by now. `Voice.over` says whether more will come."""
        tick = self._tick(self._clock.now())
        with self._lock:
            places = dict(self._places)
        return [(voice, voice.due((tick - place.joined) * self._tick_s)) for voice, place in places.items()]

    def wait_for_tick(self) -> None:
        """The next one."""
        self._clock.wait_until(self._began + (self._tick(self._clock.now()) + 1) * self._tick_s)

    @contextmanager
    def making_way(self) -> Iterator[None]:
        """Meanwhile the thread that hears does nothing but what it is in the middle of."""
        self._way_is_free.clear()
        try:
            yield
        finally:
            self._way_is_free.set()

    def _tick(self, now: float) -> int:
        return int((now - self._began) / self._tick_s + 1e-3)

    def _hear(self, places: dict[Voice, _Place]) -> None:
        asking = [voice.performing(place.missed(voice, self.ticks)) for voice, place in places.items()]
        groups = [asking] if self.batched else [[each] for each in asking]
        results = [result for group in groups for result in together(self._engine, group, self._way_is_free.wait)]
        for voice, result in zip(places, results):
            if result is not None:
                self.leave(voice)
                self._fail(voice, result)


class _Place:
    """When a voice joined, in ticks, and the tick up to which it was heard."""

    def __init__(self, joined: int):
        self.joined = self._heard = joined

    def missed(self, voice: Voice, ticks: int) -> int:
        """Steps since the last time. After too many a new time begins: the voice did not live through the others."""
        missed, self._heard = ticks - self._heard, ticks
        if missed > MOST_STEPS:
            voice.skip(missed - MOST_STEPS)
            self.joined += missed - MOST_STEPS
        return min(missed, MOST_STEPS)
