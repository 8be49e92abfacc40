"""Lines on their way to a character: rigdriver runs beside Blender, and each line that is ready is put on.

The same for one line and for many, for a modal operator that asks `step` now and then and for a script that waits.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import bpy

from . import character, layered, process, timeline
from .errors import PluginError
from .process import Run
from .take import Report, Take, put

WAIT_S = 0.01


@dataclass(frozen=True)
class Place:
    """Where takes go."""

    scene: bpy.types.Scene
    root: bpy.types.Object
    sound: bool = True
    jaw_bone: bool = True


class Work:
    """Takes in order. follow: where a take begins, given where the one before it ended; None keeps its own start."""

    def __init__(self, command: list[str], takes: list[Take], place: Place,
                 follow: Callable[[Take, int], Take] | None = None):
        self._place, self._takes, self._follow = place, list(takes), follow
        self._run = Run(command)
        self._next = 0
        self._ended = 0
        self.reports: list[Report] = []
        for number, take in enumerate(self._takes):
            self._run.add(take.order.arguments(self._run.output(number)))

    @property
    def share(self) -> float:
        """0..1 of the way."""
        return self._run.share

    def step(self) -> bool:
        """Goes on; whether everything is done. Raises PluginError, after which nothing runs any more."""
        try:
            if not self._run.poll():
                return False
            for number, take in enumerate(self._takes):
                self._put(number, take)
        except Exception:
            self.close()
            raise
        self.close()
        return True

    def _put(self, number: int, take: Take) -> None:
        driven = process.driven(self._run.output(number), layered.LAYERS).within(take.order.part_s)
        if self._follow:
            take = self._follow(take, self._ended)
        found = self._character(driven.parts[layered.SPEECH].names)
        report = put(take, found, driven)
        self.reports.append(report)
        self._ended = take.start + driven.parts[layered.SPEECH].end
        if take.place:
            timeline.reach(self._place.scene, self._ended)
            timeline.remove(self._place.scene, report.replaced, spared=take.order.speech)
        if take.place and self._place.sound:
            self._sound(take)

    def _sound(self, take: Take) -> None:
        try:
            timeline.place(self._place.scene, take.order.speech, take.name, take.start)
        except RuntimeError as error:  # Blender as a Python module may come without sound
            self.reports[-1].notes.append(f"no sound in the sequencer: {error}".strip())

    def _character(self, names: tuple[str, ...]) -> character.Character:
        found = character.of(self._place.root, names, self._place.jaw_bone)
        if not found.shown:
            why = "; ".join(found.left) or "choose a rig of its names in the map panel"
            raise PluginError(f"{found.root.name} has no shape key and no bone that these curves could move; {why}")
        return found

    def wait(self) -> list[Report]:
        while not self.step():
            time.sleep(WAIT_S)
        return self.reports

    def close(self) -> None:
        """Stops rigdriver, wherever it is. May be called again."""
        self._run.close()
