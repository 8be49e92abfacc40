"""A recording, spoken at its own pace: the intake holds what is too early."""

from __future__ import annotations

import threading

from rigdriver import inputs
from rigdriver.inputs.files import SoundFile
from rigdriver.live.intake import Intake
from rigdriver.live.sources import Say


def open_(path: str) -> Recording:
    return Recording(inputs.open_sound(path))


class Recording:
    free_running = False

    def __init__(self, sound: SoundFile):
        self._sound = sound

    def run(self, intake: Intake, stop: threading.Event, say: Say) -> None:
        for block in self._sound.blocks(intake.rate):
            if stop.is_set():
                break
            intake.push(block, intake.rate)
        intake.end()
