"""Resample: the same motion at another frame rate, by linear interpolation.

Linear on purpose: what holds for two neighbouring frames and is convex (ranges, lips shut where mouthClose is at
least .8 of jawOpen) holds for every frame between them. A spline overshoots. Needs no frame of the future beyond
the native one that a new frame lies before.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from rigdriver.clip import Clip


@dataclass(frozen=True)
class Resample:
    """To fps frames a second. Frame k of the result lies at k / fps seconds, exactly, after any number of hours."""

    fps: Fraction

    def start(self, header: Clip, seed: int) -> ResampleStream:
        return ResampleStream(Fraction(self.fps), header)


class ResampleStream:
    """Gives every frame that does not lie after the last one pushed; `flush` holds that one to the clip's end."""

    def __init__(self, fps: Fraction, header: Clip):
        self._native_per_frame = header.fps / fps  # frame k lies at native frame k * this
        first = -(-header.end // self._native_per_frame)  # the first that does not lie before the header
        self.header = Clip.header(header.names, fps, first)
        self._held = header.empty()  # the last native frame, or none yet
        self._next = first

    def push(self, clip: Clip) -> Clip:
        if self._native_per_frame == 1 and len(clip):  # what straight lines would give, for less
            self._held = clip.cut(clip.end - 1, clip.end)
            return self._given(clip.values)
        self._held = self._held.then(clip)
        if not len(self._held):
            return self._given(self._held.values)
        frames = range(self._next, (self._held.end - 1) // self._native_per_frame + 1)
        given = self._given(self._between(frames))
        self._held = self._held.cut(self._held.end - 1, self._held.end)
        return given

    def flush(self) -> Clip:
        end = -(-self._held.end // self._native_per_frame)  # frames before the end of the last native one
        count = max(0, end - self._next) if len(self._held) else 0
        return self._given(np.repeat(self._held.values[-1:], count, axis=0))

    def _given(self, values: np.ndarray) -> Clip:
        start, self._next = self._next, self._next + len(values)
        return self.header.holding(values.astype(np.float32, copy=False), start)

    def _between(self, frames: range) -> np.ndarray:
        """(frames, names): values at these frames of the result, all inside what is held."""
        step = self._native_per_frame
        place = np.arange(frames.start, frames.stop, dtype=np.int64) * step.numerator  # whole numbers: no drift
        before, rest = np.divmod(place, step.denominator)
        before -= self._held.start
        after = np.minimum(before + 1, len(self._held) - 1)
        share = (rest / step.denominator).astype(np.float32)[:, None]
        low = self._held.values[before]
        return low + (self._held.values[after] - low) * share
