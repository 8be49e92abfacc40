"""Playback: the voice, as late as its face, so that the two meet on the same screen.

What is played is what the model hears: mono, at its own rate. The device's clock is followed as a microphone's is.
"""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Any

import numpy as np

from rigdriver.errors import InputError
from rigdriver.live.intake import FOLLOW_S, MOST_DRIFT
from rigdriver.live.resampling import Resampler
from rigdriver.live.sources.microphone import library

MOST_S = 2.0  # that may wait; a device that stood still so long goes on with what is new


class Playback:
    """Opens an output device by its name or a part of it, "" for the default. delay_s: of the sound, after its push.

    Raises MissingExtra, InputError for a device that is not there.
    """

    def __init__(self, rate: int, delay_s: float, name: str = ""):
        self._rate, self._delay_s, self._lock = rate, delay_s, threading.Lock()
        self._waiting = np.zeros(0, np.float32)
        sounds = library()
        try:
            device = sounds.query_devices(name or None, kind="output")
            self._device_rate = int(device["default_samplerate"])
            self._resampler = Resampler(rate, self._device_rate)
            self._stream = sounds.OutputStream(device=device["index"], samplerate=self._device_rate, channels=1,
                                               dtype="float32", latency="low", callback=self._play)
        except (sounds.PortAudioError, ValueError) as error:
            raise InputError(f"no output device {name!r} to play on ({str(error).splitlines()[0]})" if name else
                             "nothing to play on: the system has no output device; leave --play out") from None
        self._target = max(0, round((delay_s - float(self._stream.latency)) * self._device_rate))
        self._waiting = np.zeros(self._target, np.float32)

    def push(self, samples: np.ndarray) -> None:
        """(n,) float32 at the model's rate, as the face hears it."""
        with self._lock:
            drift = (len(self._waiting) - self._target) / self._device_rate / FOLLOW_S
            self._resampler.steer(float(np.clip(drift, -MOST_DRIFT, MOST_DRIFT)))
            waiting = np.concatenate([self._waiting, self._resampler.push(samples)])
            self._waiting = waiting[-round((MOST_S + self._delay_s) * self._device_rate) :]

    def _play(self, out: np.ndarray, frames: int, *_: Any) -> None:
        with self._lock:
            ready, self._waiting = self._waiting[:frames], self._waiting[frames:]
        out[:] = 0
        out[: len(ready), 0] = ready

    def __enter__(self) -> Playback:
        self._stream.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._stream.close()
