"""Show: a source, a face and its outputs, from the first word to the last."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType

from rigdriver import formats, outputs
from rigdriver import rig as rigs
from rigdriver.errors import RigdriverError
from rigdriver.live.clock import Clock, SystemClock
from rigdriver.live.intake import Intake
from rigdriver.live.loop import Loop
from rigdriver.live.performer import Performer
from rigdriver.live.playback import Playback
from rigdriver.live.sources import Say, Source
from rigdriver.outputs import Output
from rigdriver.pipeline import Drive
from rigdriver.rig import Rig

FAREWELL_S = 2.0  # that a source has to end in; one that waits for a device is left to die with us


@dataclass(frozen=True)
class Place:
    """An address to send to, and the rig whose curves go there; None for what the address wants."""

    address: str
    rig: Rig | None = None

    @property
    def shown(self) -> Rig:
        return self.rig or rigs.load(outputs.wants(self.address) or rigs.CANONICAL)


class Show:
    """Opens all outputs at once, and none where one cannot be; `run` until the sound is over or `going` says no."""

    def __init__(self, way: Drive, source: Source, places: Sequence[Place], say: Say, clock: Clock | None = None,
                 playback: Playback | None = None):
        self.intake = Intake(way.model.settings.frontend.rate, source.free_running)
        shown = [place.shown for place in places]
        kinds = list({rig.name: rig for rig in shown}.values())
        self.performer = Performer(way, self.intake, kinds, playback.push if playback else None)
        numbers = [[kind.name for kind in kinds].index(rig.name) for rig in shown]
        self.outputs: list[Output] = []
        try:
            for place, number in zip(places, numbers):
                self.outputs.append(outputs.open_output(place.address, self.performer.headers[number],
                                                        write=formats.write))
        except RigdriverError:
            self.close()
            raise
        self.loop = Loop(self.performer, list(zip(self.outputs, numbers)), clock or SystemClock())
        self._source, self._say, self._stop = source, say, threading.Event()
        self._trouble: Exception | None = None
        self._thread = threading.Thread(target=self._listen, name="source", daemon=True)

    def run(self, going: Callable[[], bool]) -> None:
        """Raises what the source died of, once all it gave has been shown."""
        self._thread.start()
        try:
            self.loop.run(going)
        finally:
            self._stop.set()
            self.intake.end()
            self._thread.join(FAREWELL_S)
        if self._trouble:
            raise self._trouble

    def close(self) -> None:
        """Ends the outputs; recordings are written now. Raises the first trouble, once all of them are ended."""
        troubles = []
        for output in self.outputs:
            try:
                output.close()
            except (RigdriverError, OSError) as error:
                troubles.append(error)
        if troubles:
            raise troubles[0]

    def __enter__(self) -> Show:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    def _listen(self) -> None:
        try:
            self._source.run(self.intake, self._stop, self._say)
        except Exception as error:  # raised again in `run`, where somebody sees it
            self._trouble = error
        finally:
            self.intake.end()
