"""Performer: one voice on its way to one face, shown on any number of rigs, a step of sound at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from rigdriver import pipeline
from rigdriver.clip import Clip
from rigdriver.directions import directed_now
from rigdriver.errors import SettingsError
from rigdriver.live.intake import Intake
from rigdriver.model.choir import Asking
from rigdriver.pipeline import Drive
from rigdriver.rig import Rig

LEAD_S = 0.05  # from a direction that means "now" to the frame that begins it, so that none lies in the past


@dataclass(frozen=True, eq=False)
class Frame:
    """values: (channels,) float32 for each rig. index: of the frame, its time is index / fps. due_s: when it is to
    leave, on the performer's own time, which begins with the first step."""

    values: tuple[np.ndarray, ...]
    index: int
    due_s: float


class Performer:
    """Pulls steps of sound from an intake and gives the frames that they finish.

    play: is given the sound as it is heard. headers: of the clips that the frames belong to, one a rig. `latency_s`:
    from a sound to the frame that shows it, the step that it waits for included.
    """

    def __init__(self, way: Drive, intake: Intake, rigs: Sequence[Rig] = (),
                 play: Callable[[np.ndarray], None] | None = None):
        self.intake, self._play = intake, play
        header = way.model.header()
        self._heard = way.model.start(way.style, way.lookahead, way.manner, way.keyed_manner)
        self._acted = pipeline.acted(way, header)
        self._fitted = [pipeline.fitted(way, rig, header) for rig in rigs or (way.target,)]
        self.headers = [chain.push(self._acted.push(header)) for chain in self._fitted]
        self._steps, self._performance = 0, way.performance
        frontend = way.model.settings.frontend
        self._rate, self.steps_per_s = frontend.rate, frontend.fps
        self.latency_s = latency_s(way)

    def perform(self, steps: int) -> list[Frame]:
        """The next steps of sound, heard; frames that are finished by them."""
        return self._shown(self._heard.push(self._pulled(steps)))

    def performing(self, steps: int) -> Asking[list[Frame]]:
        """`perform` for many at once (`rigdriver.model.choir`)."""
        return self._shown((yield from self._heard.pushing(self._pulled(steps))))

    def _pulled(self, steps: int) -> np.ndarray:
        first, self._steps = self._steps, self._steps + steps
        samples = self._rate * self._steps // self.steps_per_s - self._rate * first // self.steps_per_s
        sound = self.intake.pull(samples)
        if self._play:
            self._play(sound)
        return sound

    def _shown(self, heard: Clip) -> list[Frame]:
        face = self._acted.push(heard)
        return self._frames([chain.push(face) for chain in self._fitted])

    def direct(self, text: str) -> None:
        """Directions without times, from the next frames on; by the thread that performs. Raises SettingsError."""
        at_s = max(0.0, (self._steps + 1) / self.steps_per_s - self.latency_s) + LEAD_S
        led = directed_now(self._performance, text, at_s)
        for key in led.tracks:
            if key.startswith("manner."):
                raise SettingsError(f"{key} is chosen when a stream begins")
        self._performance = led
        self._acted.redirect(led)

    def skip(self, seconds: float) -> None:
        """Sound that waits and is too old by now is not performed."""
        self.intake.pull(math.floor(min(seconds, self.intake.waiting_s) * self._rate))

    def _frames(self, clips: list[Clip]) -> list[Frame]:
        times = clips[0].times + self.latency_s
        return [Frame(tuple(clip.values[k] for clip in clips), clips[0].start + k, float(time))
                for k, time in enumerate(times)]


def latency_s(way: Drive) -> float:
    """Seconds from a sound to the frame that shows it: the lookahead, and the step that the sound is part of."""
    settings = way.model.settings
    ahead = settings.lookahead_steps if way.lookahead is None else way.lookahead
    evenly = (settings.frontend.fps / way.fps).denominator == 1  # else frames are finished up to a step late
    return (ahead + (1 if evenly else 2)) / settings.frontend.fps
