"""Idle: what a mouth does that has nothing to say: it swallows, presses the lips, draws in a corner.

Seldom, small and slow, so that silence stays still by any measure, and over as soon as the voice begins. Of these
movements the study of behaviour has no numbers; people swallow about once a minute while awake, and the sizes stay
under those of speech.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from rigdriver.clip import Clip
from rigdriver.layers.chance import generator
from rigdriver.layers.in_place import InPlace
from rigdriver.layers.scene import Cue
from rigdriver.layers.strokes import Pulse
from rigdriver.performance import Idle, Performance

Span = tuple[float, float]
CALM_S = 1.2  # of silence before anything of this begins
YIELD_S = 0.12  # in which it gives way to the voice
SPREAD = 0.5  # sigma of the log-normal times between two of a kind
SMALL = 0.6  # the smallest is this share of the largest


@dataclass(frozen=True)
class Habit:
    """channels: weights at the height of the largest; those of `Left` move on one side, drawn anew, where it is
    one-sided. rise_s, hold_s, fall_s: spans that the times are drawn from."""

    channels: dict[str, float]
    rise_s: Span
    hold_s: Span
    fall_s: Span
    one_sided: bool = False


HABITS = {
    "swallows_per_min": Habit({"mouthPressLeft": 0.22, "mouthPressRight": 0.22, "mouthRollLower": 0.1,
                               "mouthRollUpper": 0.06, "mouthShrugLower": 0.16}, (0.2, 0.3), (0.1, 0.3), (0.4, 0.7)),
    "presses_per_min": Habit({"mouthPressLeft": 0.2, "mouthPressRight": 0.2, "mouthRollLower": 0.06,
                              "mouthRollUpper": 0.05}, (0.25, 0.5), (0.2, 1.2), (0.5, 1.0)),
    "corners_per_min": Habit({"mouthDimpleLeft": 0.1, "mouthStretchLeft": 0.04, "mouthSmileLeft": 0.05},
                             (0.4, 0.8), (0.2, 1.5), (0.6, 1.2), one_sided=True),
}
"""By the name of their rate in the parameter file."""
CHANNELS = tuple(dict.fromkeys(name for habit in HABITS.values() for left in habit.channels
                               for name in (left, left.replace("Left", "Right"))))


class IdleStream(InPlace):
    def __init__(self, performance: Performance, header: Clip, seed: int):
        super().__init__(performance, header, seed)
        self._settings, self._rng = performance.idle, generator(seed, "idle")
        self._columns = np.array(header.columns(CHANNELS))
        self._due = {name: self._rng.random() for name in HABITS}  # mean gaps until the next of each kind
        self._pulse, self._shape, self._open = Pulse(0.0, -math.inf, 0.0, 0.0), np.zeros(len(CHANNELS)), 0.0

    def direct(self, performance: Performance) -> None:
        self._settings = performance.idle

    def change(self, values: np.ndarray, start: int) -> None:
        # One at a time, so a frame's share of its shape says all; shapes change only where the share is 0.
        shares, shapes = zip(*(self._step(cue) for cue in self.cues(values, start)))
        if any(shares):
            values[:, self._columns] += np.array(shares)[:, None] * np.array(shapes)

    def _step(self, cue: Cue) -> tuple[float, np.ndarray]:
        calm = not cue.voiced and cue.since_s > CALM_S
        if cue.voiced:
            self._open = max(0.0, self._open - cue.frame_s / YIELD_S)
        elif calm and cue.time_s >= self._pulse.end_s:
            self._open = 1.0
            self._wait(cue)
        if cue.time_s >= self._pulse.end_s:
            return 0.0, self._shape
        return self._open * self._settings.idle_strength * self._pulse.at(cue.time_s), self._shape

    def _wait(self, cue: Cue) -> None:
        """Time passes towards the next of each kind; the first that is due begins."""
        for name, habit in HABITS.items():
            self._due[name] -= cue.frame_s * _rate(self._settings, name) / 60
            if self._due[name] <= 0:
                self._due[name] = math.exp(self._rng.normal(-SPREAD * SPREAD / 2, SPREAD))
                self._begin(habit, cue.time_s)
                return

    def _begin(self, habit: Habit, time_s: float) -> None:
        rng = self._rng
        self._pulse = Pulse(rng.uniform(SMALL, 1.0), time_s, rng.uniform(*habit.rise_s), rng.uniform(*habit.fall_s),
                            rng.uniform(*habit.hold_s))
        mirrored = habit.one_sided and rng.random() < 0.5
        channels = {_mirrored(name) if mirrored else name: weight for name, weight in habit.channels.items()}
        self._shape = np.array([channels.get(name, 0.0) for name in CHANNELS])


def _rate(settings: Idle, name: str) -> float:
    rate: float = getattr(settings, name)
    return rate


def _mirrored(name: str) -> str:
    return name.replace("Left", "Right")
