"""Loop: sound is heard step by step and frames leave when they are due, on one clock.

A loop that was held up (a busy machine, a laptop that slept) hears what it missed at once, and sends the newest frame;
the frames between are late, and nobody wants them. After more than `GIVE_UP_S` it begins a new time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from rigdriver.live.clock import Clock
from rigdriver.live.performer import Frame, Performer

GIVE_UP_S = 1.0
EARLY_S = 1e-4  # a moment that is as good as reached
KEPT = 4096  # frames that percentiles are taken of: a minute at 60 fps


class Sink(Protocol):
    """Where frames go: an output of `rigdriver.outputs`, or whatever takes them."""

    def send(self, frame: np.ndarray, index: int, time_s: float) -> None:
        """One frame; never blocks, and raises nothing that another sink would have to care for."""
        ...


@dataclass
class Pulse:
    """How the loop keeps time. late_ms: of the last frames, how long after they were due they left. busy_ms: what a
    step of hearing took."""

    frames: int = 0
    dropped: int = 0
    restarts: int = 0
    late_ms: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT))
    busy_ms: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT))

    @staticmethod
    def percentile(values: Sequence[float], percent: float) -> float:
        return float(np.percentile(values, percent)) if values else 0.0


class Loop:
    """One performer, any number of sinks, each with the number of its rig among the performer's."""

    def __init__(self, performer: Performer, sinks: Sequence[tuple[Sink, int]], clock: Clock):
        self.performer, self.sinks, self.clock = performer, list(sinks), clock
        self.pulse = Pulse()
        self.newest: Frame | None = None
        self._step_s = 1 / performer.steps_per_s
        self._began, self._steps, self._last_spoken = clock.now(), 0, 0
        self._shown_s = 0.0  # when the frame that left last was due
        self._waiting: deque[Frame] = deque()

    def run(self, going: Callable[[], bool]) -> None:
        """Until `going` says no, asked once a turn, or the sound is over and its last frame has left."""
        while going() and not self._over():
            self.turn()

    def turn(self) -> None:
        """Wait for what comes next, a step of sound or a frame that is due, and do it."""
        step_at = (self._steps + 1) * self._step_s
        frame_at = self._waiting[0].due_s if self._waiting else step_at
        self.clock.wait_until(self._began + min(step_at, frame_at))
        now = self.clock.now() - self._began
        if now >= step_at - EARLY_S:
            self._hear(now)
        self._send(self.clock.now() - self._began)

    def _hear(self, now: float) -> None:
        missed = now - (self._steps + 1) * self._step_s
        if missed > GIVE_UP_S:
            self._began += missed
            self.pulse.restarts += 1
            self.performer.skip(missed)
            now -= missed
        steps = int((now + EARLY_S) / self._step_s) - self._steps
        frames = self.performer.perform(max(1, steps))
        self._steps += max(1, steps)
        self._waiting.extend(frames)
        self.pulse.busy_ms.append(1000 * (self.clock.now() - self._began - now) / max(1, steps))

    def _send(self, now: float) -> None:
        """Of the frames that are due the newest; the others came too late."""
        frame = None
        while self._waiting and self._waiting[0].due_s <= now + EARLY_S:
            self.pulse.dropped += frame is not None
            frame = self._waiting.popleft()
        if frame is None:
            return
        for sink, rig in self.sinks:
            sink.send(frame.values[rig], frame.index, frame.due_s - self.performer.latency_s)
        self.newest, self._shown_s = frame, frame.due_s
        self.pulse.frames += 1
        self.pulse.late_ms.append(1000 * (self.clock.now() - self._began - frame.due_s))

    def _over(self) -> bool:
        """Everything was said, and the frame that shows the end of it has left."""
        if not self.performer.intake.finished:
            self._last_spoken = self._steps
        end_s = (self._last_spoken + 1) * self._step_s  # of the step that took the last of it
        return self._shown_s >= end_s + self.performer.latency_s - EARLY_S
