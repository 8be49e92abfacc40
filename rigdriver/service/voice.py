"""Voice: one session's sound, its face, and the frames that wait to be sent."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from rigdriver.errors import InputError, RigdriverError
from rigdriver.live.intake import Intake
from rigdriver.live.performer import Frame, Performer
from rigdriver.model.choir import Asking
from rigdriver.pipeline import Drive

MOST_ORDERS = 16  # between two hops; each costs what hearing a step does, and everybody waits for it
LATE_S = 0.1  # a frame that is later than this is not worth sending when a newer one is there


@dataclass(frozen=True, eq=False)
class Shown:
    """A frame on its way to a client, and how much of the sound had been said by then."""

    frame: Frame
    time_s: float
    said_s: float


class Voice:
    """Fed and shown by the thread of the sockets, performed by the ensemble's. delay_steps: that frames wait for,
    beyond the performer's own latency, so that all leave on time."""

    def __init__(self, way: Drive, delay_steps: int, most_waiting_s: float):
        self.intake = Intake(way.model.settings.frontend.rate)
        self.performer = Performer(way, self.intake)
        self.header = self.performer.headers[0]
        self._most_waiting_s = most_waiting_s
        self._step_s = 1 / self.performer.steps_per_s
        self.latency_s = self.performer.latency_s + delay_steps * self._step_s
        self._delay_s = delay_steps * self._step_s
        self._said = deque([(0.0, 0.0)])  # seconds of the stream, and of sound said by then
        self._steps, self._last_spoken, self._silent = 0, 0, False
        self._waiting: deque[Frame] = deque()
        self._orders: deque[str] = deque()
        self.refused: deque[str] = deque()
        """Why directions were not followed."""
        self.sent = self.dropped = 0

    def listen(self, samples: np.ndarray, rate: int) -> None:
        """(n,) or (n, channels) float32. Raises InputError where too much waits already: a service queues no hours."""
        if self.intake.waiting_s + len(samples) / rate > self._most_waiting_s:
            raise InputError(f"more than {self._most_waiting_s:g} s of sound wait to be said; send it later")
        self.intake.push(samples.ravel() if samples.size == len(samples) else samples, rate)

    def direct(self, text: str) -> None:
        """Directions without times, from the next frames on; what cannot be followed is left, and told in `refused`.
        Raises InputError where too many wait already."""
        if len(self._orders) >= MOST_ORDERS:
            raise InputError(f"more than {MOST_ORDERS} directions at once; say them together, or later")
        self._orders.append(text)

    def skip(self, steps: int) -> None:
        """So many steps of time are not lived through: the machine slept, or had no time at all."""
        self.performer.skip(steps * self._step_s)

    def performing(self, steps: int) -> Asking[None]:
        """The next steps, heard."""
        self._obey()
        frames = yield from self.performer.performing(steps)
        self._waiting.extend(frames)  # before all that `over` is told by, which another thread asks
        self._said.append(((self._steps + steps) * self._step_s, self.intake.said_s))
        self._steps += steps
        if not self._silent:
            self._last_spoken = self._steps
            self._silent = self.intake.finished

    def _obey(self) -> None:
        """What cannot be followed ends no stream: an agent may well make up an emotion."""
        while self._orders:
            try:
                self.performer.direct(self._orders.popleft())
            except RigdriverError as error:
                self.refused.append(str(error))

    def due(self, now_s: float) -> list[Shown]:
        """The frames that are to leave by `now_s` of the voice's own time; the last of those that come too late."""
        ready: list[Frame] = []
        while self._waiting and self._waiting[0].due_s + self._delay_s <= now_s + self._step_s / 10:
            ready.append(self._waiting.popleft())
        late = sum(frame.due_s + self._delay_s < now_s - LATE_S for frame in ready[:-1])
        self.dropped += late
        return [self._shown(frame) for frame in ready[late:]]

    @property
    def over(self) -> bool:
        """Everything was said, and the frames that show the end of it have left."""
        if not self._silent:
            return False
        end_s = self._last_spoken * self._step_s + self.performer.latency_s
        return self._steps * self._step_s > end_s and (not self._waiting or self._waiting[0].due_s > end_s)

    def _shown(self, frame: Frame) -> Shown:
        time_s = frame.due_s - self.performer.latency_s
        while len(self._said) > 1 and self._said[1][0] <= time_s:
            self._said.popleft()
        (from_s, said_s), (to_s, saying_s) = self._said[0], self._said[min(1, len(self._said) - 1)]
        share = (time_s - from_s) / (to_s - from_s) if to_s > from_s else 0.0
        return Shown(frame, time_s, said_s + (saying_s - said_s) * min(max(share, 0.0), 1.0))
