"""Face: one voice on its way to one face, as fast as its sound comes, and the sound that belongs to each frame."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import soxr

from rigdriver import pipeline
from rigdriver.clip import Clip
from rigdriver.errors import InputError
from rigdriver.live.pcm import Pcm, PcmReader
from rigdriver.performance import Performance
from rigdriver.pipeline import Drive
from rigdriver.stage import Chain

BYTES = 2  # of a sample


@dataclass(frozen=True, eq=False)
class Shot:
    """A frame: its time in seconds of the sound, (channels,) float32, and the bytes of sound from it to the next."""

    time_s: float
    values: np.ndarray
    sound: bytes


class Face:
    """The frames are those of `pipeline.drive`. rate: of the sound, Hz; 16-bit mono."""

    def __init__(self, way: Drive, rate: int):
        self._rate, self._heard_rate = rate, way.model.settings.frontend.rate
        self._reader = PcmReader(Pcm("s16le", rate))
        self._resampler = None if rate == self._heard_rate else soxr.ResampleStream(
            rate, self._heard_rate, 1, dtype="float32", quality="HQ")  # as recordings are
        header = way.model.header()
        self._heard = way.model.start(way.style, way.lookahead, way.manner, way.keyed_manner)
        self._acted = pipeline.acted(way, header)
        self._fitted: Chain = pipeline.fitted(way, way.target, header)
        self.header = self._fitted.push(self._acted.push(header))
        self._sound, self._first = bytearray(), 0  # what no frame has taken yet, and its first sample
        self._samples = 0
        self.given_s = 0.0
        """The time of the first frame that is not given yet."""

    def push(self, raw: bytes) -> list[Shot]:
        """Bytes of sound, in portions of any size → the frames that are finished."""
        self._sound += raw
        samples = self._reader.push(raw)[:, 0]
        self._samples += len(samples)
        return list(self._shots(self._fitted.push(self._acted.push(self._heard.push(self._at_rate(samples, False))))))

    def flush(self) -> list[Shot]:
        """The rest, with the rest of the sound. Raises InputError where there was none."""
        if not self._samples:
            raise InputError("the stream ended before any sound had come")
        tail = self._acted.push(self._heard.push(self._at_rate(np.zeros(0, np.float32), True)))
        rest = self._acted.push(self._heard.flush()).then(self._acted.flush())
        shots = list(self._shots(self._fitted.push(tail.then(rest)).then(self._fitted.flush())))
        last = shots.pop()
        return [*shots, Shot(last.time_s, last.values, last.sound + bytes(self._sound))]

    def redirect(self, performance: Performance) -> None:
        """Another performance from the next frame on."""
        self._acted.redirect(performance)

    def _at_rate(self, samples: np.ndarray, last: bool) -> np.ndarray:
        return samples if self._resampler is None else self._resampler.resample_chunk(samples, last=last)

    def _shots(self, clip: Clip) -> Iterator[Shot]:
        for k, time_s in enumerate(clip.times.tolist()):
            end = (clip.start + k + 1) * self._rate * clip.fps.denominator // clip.fps.numerator
            yield Shot(time_s, clip.values[k], self._taken(end))
        self.given_s = float((clip.start + len(clip)) / clip.fps)

    def _taken(self, end: int) -> bytes:
        """The sound up to this sample, as far as it has come."""
        size = min(max(0, end - self._first) * BYTES, len(self._sound))
        taken = bytes(self._sound[:size])
        del self._sound[:size]
        self._first += size // BYTES
        return taken
