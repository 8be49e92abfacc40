"""Clip: named curves at a fixed rate, the one noun that flows through everything.

A live chunk is a short clip, one frame is a clip of one, and a clip of no frames is legal: it is the header
of a stream and says names, rate and where the next frame lies.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

HEARD = {name: f"heard_{name}" for name in ("anger", "disgust", "fear", "joy", "sadness")}
"""Emotions that a voice may be heard to have, and the hints that say how likely each is: guesses."""

HINTS = ("voice", "closure", "accent", "loudness", "labiodental", "arousal", "sibilant", "spoken_jaw",
         *HEARD.values())
"""Columns that say what the model hears, 0..1 each. They travel beside the curves for the layers' use
(blinks in pauses, nods on accents, lips that must shut or lie under the teeth, teeth that must stay close) and are
dropped by retargeting. spoken_jaw is jawOpen as the model gives it, before anything enlarges it. Arousal is .5 in
everyday speech, 0 calm, 1 shouting: a tendency (`rigdriver.model.emotion`)."""

PARTNER = "partner"
"""A hint that only a dialogue has: the voice probability of whoever else speaks."""
SHIFT = "shift"
"""A hint that the gaze gives: the degrees of a shift of the eyes about to begin, 0 between shifts. Blinks go by it."""


@dataclass(frozen=True, eq=False)
class Clip:
    """Named curves. Frame k lies (start + k) / fps seconds after audio sample 0.

    names: one per column, all different.
    values: (frames, names) float32; weights 0..1, angles in radians.
    fps: frames per second, exact.
    start: index of the first frame; may be negative.
    Raises ValueError when the pieces do not fit each other.
    """

    names: tuple[str, ...]
    values: np.ndarray
    fps: Fraction
    start: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(self.names))
        object.__setattr__(self, "fps", Fraction(self.fps))
        if self.values.dtype != np.float32:
            object.__setattr__(self, "values", self.values.astype(np.float32))
        if self.values.ndim != 2 or self.values.shape[1] != len(self.names):
            raise ValueError(f"values of shape {self.values.shape} do not fit {len(self.names)} names")
        if len(set(self.names)) != len(self.names):
            twice = sorted({name for name in self.names if self.names.count(name) > 1})
            raise ValueError(f"names stand twice: {', '.join(twice)}")
        if self.fps <= 0:
            raise ValueError(f"fps must be above 0, not {self.fps}")

    @classmethod
    def header(cls, names: Iterable[str], fps: Fraction | int, start: int = 0) -> Clip:
        """A clip of no frames: names, rate and where the next frame lies."""
        names = tuple(names)
        return cls(names, np.zeros((0, len(names)), np.float32), Fraction(fps), start)

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, name: str) -> np.ndarray:
        return self.values[:, self.column(name)]

    def __contains__(self, name: str) -> bool:
        return name in self.names

    @property
    def end(self) -> int:
        """Index of the frame after the last."""
        return self.start + len(self)

    @property
    def times(self) -> np.ndarray:
        """(frames,) float64: seconds after audio sample 0."""
        frames = np.arange(self.start, self.end, dtype=np.float64)
        return frames * self.fps.denominator / self.fps.numerator

    @property
    def duration(self) -> Fraction:
        """Seconds that the frames cover."""
        return len(self) / self.fps

    def column(self, name: str) -> int:
        """Index of a name; KeyError where the clip lacks it."""
        try:
            return self.names.index(name)
        except ValueError:
            raise KeyError(f"no curve {name!r} in a clip of {len(self.names)} curves") from None

    def columns(self, names: Iterable[str]) -> list[int]:
        """Indices of those names that the clip has, in the order asked."""
        at = {name: k for k, name in enumerate(self.names)}
        return [at[name] for name in names if name in at]

    def cut(self, first: int, last: int) -> Clip:
        """Frames first ≤ index < last, which must lie inside the clip."""
        if not self.start <= first <= last <= self.end:
            raise ValueError(f"frames {first}..{last} lie outside {self.start}..{self.end}")
        return self.holding(self.values[first - self.start : last - self.start], first)

    def holding(self, values: np.ndarray, start: int) -> Clip:
        """The same curves with other frames, float32 (frames, names). For streams: what was found of names and rate
        when this clip was made is not looked for in every push."""
        if values.ndim != 2 or values.shape[1] != len(self.names):
            raise ValueError(f"values of shape {values.shape} do not fit {len(self.names)} names")
        clip = object.__new__(Clip)
        clip.__dict__.update(names=self.names, values=values, fps=self.fps, start=start)
        return clip

    def empty(self) -> Clip:
        """The header of what follows this clip."""
        return self.cut(self.end, self.end)

    def then(self, other: Clip) -> Clip:
        """This clip and the one that continues it; ValueError where they do not meet."""
        if (self.names, self.fps, self.end) != (other.names, other.fps, other.start):
            raise ValueError(f"clips do not meet: one ends at frame {self.end}, the next starts at {other.start}")
        if not len(self) or not len(other):
            return other if not len(self) else self
        return self.holding(np.concatenate([self.values, other.values]), self.start)

    def pick(self, names: Sequence[str]) -> Clip:
        """Only these curves, in this order; a name that the clip lacks becomes a curve of zeros."""
        values = np.zeros((len(self), len(names)), np.float32)
        at = {name: k for k, name in enumerate(self.names)}
        for k, name in enumerate(names):
            if name in at:
                values[:, k] = self.values[:, at[name]]
        return replace(self, names=tuple(names), values=values)

    def with_column(self, name: str, values: np.ndarray) -> Clip:
        """One column more, after the others; values (frames,)."""
        return replace(self, names=(*self.names, name), values=np.column_stack([self.values, values]))

    def without(self, names: Iterable[str]) -> Clip:
        """All curves but these."""
        drop = set(names)
        return self.pick([name for name in self.names if name not in drop])


def concatenate(clips: Iterable[Clip]) -> Clip:
    """One clip from clips that meet; ValueError when there are none or they do not meet."""
    clips = list(clips)
    if not clips:
        raise ValueError("nothing to concatenate")
    filled = [clip for clip in clips if len(clip)] or clips[-1:]
    for one, following in itertools.pairwise(filled):
        one.cut(one.end, one.end).then(following)  # raises where they do not meet
    return replace(filled[0], values=np.concatenate([clip.values for clip in filled]))
