"""The microphone, by PortAudio: found by name, kept through unplugging.

A device that goes away is looked for again each second; until it is back the face rests.
"""

from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np

from rigdriver.errors import InputError, MissingExtra, nearest
from rigdriver.live.intake import Intake
from rigdriver.live.sources import Say

BLOCK_S = 0.005  # what the device is asked to give at once
SILENT_S = 1.0  # without a block it is taken to be gone
RETRY_S = 1.0


def open_(name: str) -> Microphone:
    """The device of that name or part of it, the system's default for "". Raises MissingExtra, InputError."""
    return Microphone(library(), name)


def devices() -> list[tuple[str, int, float]]:
    """Name, input channels and default rate of each device that can be heard. Raises MissingExtra."""
    found = library().query_devices()
    return [(str(row["name"]), int(row["max_input_channels"]), float(row["default_samplerate"])) for row in found
            if row["max_input_channels"]]


def library() -> Any:
    """The sounddevice package. Raises MissingExtra."""
    try:
        import sounddevice
    except ImportError:
        raise MissingExtra("the microphone (and, on Linux, libportaudio2)", "mic") from None
    except OSError:
        raise InputError("the microphone needs PortAudio, which is not installed: apt-get install libportaudio2"
                         ) from None
    return sounddevice


class Microphone:
    free_running = True

    def __init__(self, library: Any, name: str):
        self._library, self._name = library, name
        self._heard_at = 0.0
        if not self._find():
            names = [device for device, *_ in devices()]
            raise InputError(f"no microphone {name!r}; {nearest(name, names)}" if names and name else
                             "no microphone: the system has no input device")

    def run(self, intake: Intake, stop: threading.Event, say: Say) -> None:
        lost = False
        while not stop.is_set():
            try:
                self._listen(intake, stop, say, lost)
            except self._library.PortAudioError as error:
                if not lost:
                    say(f"the microphone is gone ({str(error).splitlines()[0]}); the face rests until it is back")
            else:
                if not stop.is_set():
                    say("the microphone fell silent; the face rests until it is back")
            lost = True
            stop.wait(RETRY_S)
            self._refresh()
        intake.end()

    def _listen(self, intake: Intake, stop: threading.Event, say: Say, again: bool) -> None:
        device = self._find()
        if device is None:
            raise self._library.PortAudioError("not found")
        rate = int(device["default_samplerate"])

        def heard(block: np.ndarray, *_: Any) -> None:
            self._heard_at = time.monotonic()
            intake.push(block[:, 0].copy(), rate)

        with self._library.InputStream(device=device["index"], samplerate=rate, channels=1, dtype="float32",
                                       blocksize=round(BLOCK_S * rate), latency="low", callback=heard):
            say(f"{'back: ' if again else ''}{device['name']}, {rate} Hz")
            self._heard_at = time.monotonic()
            while not stop.wait(0.1) and time.monotonic() - self._heard_at < SILENT_S:
                pass

    def _find(self) -> dict | None:
        """The first input device whose name holds the one asked for."""
        try:
            if not self._name:
                return dict(self._library.query_devices(kind="input"))
            if self._name.isdecimal():
                return dict(self._library.query_devices(int(self._name), kind="input"))
        except (self._library.PortAudioError, ValueError):
            return None
        found = (row for row in self._library.query_devices() if row["max_input_channels"]
                 and self._name.lower() in row["name"].lower())
        return next((dict(row) for row in found), None)

    def _refresh(self) -> None:
        """PortAudio lists devices once; to see one that came back it has to be begun anew."""
        self._library._terminate()
        self._library._initialize()
