"""Ensemble: all voices on one clock. Sixty times a second the frames that are due leave, and the next steps are heard.

Frames leave at the beginning of a tick, those that it hears at a later one: so they are on time however long hearing
takes, as long as a tick is enough for it. When it is not, the next hears more steps at once, which costs less a step;
voices fall behind by ticks, not for ever.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence

from rigdriver.live.clock import Clock
from rigdriver.model.choir import together
from rigdriver.model.engine import Engine
from rigdriver.service.voice import Shown, Voice

MOST_STEPS = 60  # heard at once by a voice that was held up
KEPT = 3600  # ticks that percentiles are taken of: a minute

Deliver = Callable[[Sequence[tuple[Voice, list[Shown], Exception | None]]], None]
"""Told once a tick what leaves, and what went wrong with a voice. `Voice.over` says whether more will come."""


class Ensemble:
    """hop: steps that are heard at once. With two, every voice costs less and waits a step longer; half of the voices
    are heard in each tick. batched: False asks the network for each voice alone, to compare."""

    def __init__(self, engine: Engine, clock: Clock, deliver: Deliver, hop: int = 1, batched: bool = True):
        self.hop, self.batched, self.busy_ms = hop, batched, deque[float](maxlen=KEPT)
        self.ticks = self.overruns = 0
        self._engine, self._clock, self._deliver = engine, clock, deliver
        self._tick_s = 1 / engine.settings.frontend.fps
        self._places: dict[Voice, _Place] = {}
        self._lock = threading.Lock()
        self._began = clock.now()
        self._joined = 0

    def join(self, voice: Voice) -> None:
        with self._lock:
            self._joined += 1
            self._places[voice] = _Place(self.ticks, self._joined % self.hop)

    def leave(self, voice: Voice) -> None:
        with self._lock:
            self._places.pop(voice, None)

    def __len__(self) -> int:
        return len(self._places)

    def run(self, going: Callable[[], bool]) -> None:
        """Until `going` says no, asked once a tick."""
        while going():
            self.turn()

    def turn(self) -> None:
        """One tick, when it is time for it; those that passed unused are made up for by it."""
        self._clock.wait_until(self._began + (self.ticks + 1) * self._tick_s)
        began = self._clock.now()
        self.ticks = max(self.ticks + 1, int((began - self._began) / self._tick_s + 1e-3))
        with self._lock:
            places = dict(self._places)
        leaving = [(voice, voice.due((self.ticks - place.joined) * self._tick_s), None)
                   for voice, place in places.items()]
        self._deliver([each for each in leaving if each[1] or each[0].over])
        self._hear(places)
        took_s = self._clock.now() - began
        self.overruns += took_s > self._tick_s
        self.busy_ms.append(1000 * took_s)

    def _hear(self, places: dict[Voice, _Place]) -> None:
        turns = [(voice, place) for voice, place in places.items() if self.ticks % self.hop == place.phase]
        asking = [voice.performing(place.missed(voice, self.ticks)) for voice, place in turns]
        groups = [asking] if self.batched else [[each] for each in asking]
        results = [result for group in groups for result in together(self._engine, group)]
        failed = [(voice, list[Shown](), result) for (voice, _), result in zip(turns, results) if result is not None]
        for voice, _, _ in failed:
            self.leave(voice)
        if failed:
            self._deliver(failed)


class _Place:
    """When a voice joined, in ticks; which ticks of a hop are its own; the tick up to which it was heard."""

    def __init__(self, joined: int, phase: int):
        self.joined, self.phase, self._heard = joined, phase, joined

    def missed(self, voice: Voice, ticks: int) -> int:
        """Steps since the last time. After too many a new time begins: the voice did not live through the others."""
        missed, self._heard = ticks - self._heard, ticks
        if missed > MOST_STEPS:
            voice.skip(missed - MOST_STEPS)
            self.joined += missed - MOST_STEPS
        return min(missed, MOST_STEPS)
