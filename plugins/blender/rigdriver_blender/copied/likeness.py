"""Likeness: how many keys stand for a clip, and what they cost: in weights, and in lips that should be shut."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from .clip import Clip
from .keying import HELD, SHUT
from .keys import Keys, sampled
from .lips import PARTING

PARTED = 0.05  # of a lip drawn away, that still touches


@dataclass(frozen=True)
class Likeness:
    """Keys beside the dense curves that they stand for.

    keys: of all curves; dense: values that they stand for; frames: on which some curve is keyed; curves: that have
    keys. most, rms: how far the keyed curves lie off at the frames, in their own units. closures: how many times lips
    are held shut; kept: in how many of those they still shut. gap: what jawOpen lies above mouthClose in the middle of
    a closure, at most; 0 where lips meet.
    """

    keys: int
    dense: int
    frames: int
    curves: int
    seconds: float
    most: float
    rms: float
    closures: int = 0
    kept: int = 0
    gap: float = 0.0

    @classmethod
    def of(cls, clip: Clip, curves: Mapping[str, Keys]) -> Likeness:
        """Of keys of some or all of a clip's curves; ones without keys count as 0."""
        times = np.concatenate([np.zeros(0), *(keys.times for keys in curves.values())])
        frames = len(np.unique(np.round(times * float(clip.fps), 3)))
        again = sampled(curves, clip.fps, clip.start, clip.end - 1)
        return cls.between(clip, again.pick(clip.names), len(times), frames, len(curves))

    @classmethod
    def between(cls, clip: Clip, again: Clip, keys: int, frames: int, curves: int) -> Likeness:
        """The same of a clip that was read back; where curves or frames are missing in it, they are left out."""
        first, last = max(clip.start, again.start), min(clip.end, again.end)
        names = [name for name in clip.names if name in again]
        if last <= first or not names:
            return cls(keys, len(clip) * curves, frames, curves, float(clip.duration), 0.0, 0.0)
        was, now = clip.cut(first, last).pick(names), again.cut(first, last).pick(names)
        off = np.abs(was.values - now.values)
        moving = off[:, was.values.any(0)]
        rms = float(np.sqrt(np.mean(moving**2))) if moving.size else 0.0
        return cls(keys, len(clip) * curves, frames, curves, float(clip.duration), float(off.max()), rms,
                   *_closures(was, now))

    @property
    def per_second(self) -> float:
        return self.keys / max(self.seconds, 1e-9)

    def lines(self) -> Iterator[str]:
        """For people."""
        shut = f"; {self.kept} of {self.closures} closures shut" if self.closures else ""
        gap = f", {self.gap:.3f} open at most" if self.closures else ""
        yield (f"keys: {self.per_second:.0f} a second for {self.dense / max(self.seconds, 1e-9):.0f} values, on "
               f"{self.frames / max(self.seconds, 1e-9):.0f} frames a second; off by {self.most:.3f} at most, "
               f"{self.rms:.4f} RMS{shut}{gap}")

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "per_second": round(self.per_second, 1)}


def _closures(was: Clip, now: Clip) -> tuple[int, int, float]:
    """How many times lips are held shut in one clip, in how many of them they shut in the other, and its widest gap."""
    if not {"jawOpen", "mouthClose"} <= set(was.names):
        return 0, 0, 0.0
    shut, again = _shut(was), _shut(now)
    edges = np.diff(np.concatenate([[False], shut, [False]]).astype(int))
    spans = [slice(first, last) for first, last in zip(np.flatnonzero(edges > 0), np.flatnonzero(edges < 0))
             if was["mouthClose"][first:last].max() >= HELD]
    gap = now["jawOpen"] - now["mouthClose"]
    return (len(spans), sum(bool(again[span].any()) for span in spans),
            float(max([0.0, *(gap[span].min() for span in spans)])))


def _shut(clip: Clip) -> np.ndarray:
    parted = np.max([np.zeros(len(clip)), *(clip[name] for name in PARTING if name in clip)], axis=0)
    return np.asarray((clip["mouthClose"] >= SHUT * clip["jawOpen"]) & (parted <= PARTED))
