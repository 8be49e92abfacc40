"""Comparing: what a person did to a generated clip, channel by channel, as edits over ranges of time.

What programs do to a file that nobody edited is no edit: other frame rates, keys a fraction of a frame aside, rounding,
still curves left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .clip import HINTS, Clip

TOLERANCE = 0.01  # of a weight of 1, or radians: what a face shows, and more than programs round
CALM = 0.25  # of the tolerance: an edit reaches as far as the curves differ by that
SLACK = 0.6  # of a frame of the slower clip, that a program may have moved keys by
SHIFTS = 25  # places that are looked at within the slack
EXACT, FAST, OWN = 1e-3, 5e-3, 0.2  # a file that still has its own frames: of values that change by 5e-3 a frame or
# more, and so show a shift of a fifth of a frame, a fifth or more lie this near; the others are edited
JOIN_S = 0.2  # ranges nearer than that are one
SAME_S = 0.5  # ranges nearer than that are one where the same was done in both
AROUND_S = 0.1  # to each side: what a hold takes along of the rest that it goes over into
FEWEST = 6  # frames from which a gain is read
UNLIKE = 0.1  # of the change that a gain may leave unexplained
CALMER = 0.5  # of the generated curve's ups and downs: a change that has fewer is one laid over it

KINDS = ("hold", "scaled", "offset", "reshaped")
"""hold: the curve rests at `base`. scaled: it is gain × generated + base. offset: something smooth was laid over it.
reshaped: keys were moved, added or taken away, and the curve is the artist's own."""


@dataclass(frozen=True)
class Edit:
    """What was done to one channel from first_s to last_s, seconds of the old recording; one of `KINDS`."""

    channel: str
    kind: str
    first_s: float
    last_s: float
    gain: float = 1.0
    base: float = 0.0

    def __str__(self) -> str:
        how = {"hold": f"held at {self.base:.2f}", "scaled": f"× {self.gain:.2f} {self.base:+.2f}"}.get(self.kind)
        return f"{self.channel} {how or self.kind}, {self.first_s:.2f}–{self.last_s:.2f} s"


@dataclass(frozen=True, eq=False)
class Edits:
    """All of a clip. generated, edited: the clips, by which an edit is carried out again."""

    generated: Clip
    edited: Clip
    all: tuple[Edit, ...]

    def __len__(self) -> int:
        return len(self.all)

    def __iter__(self) -> Iterator[Edit]:
        return iter(self.all)

    @classmethod
    def between(cls, generated: Clip, edited: Clip, tolerance: float = TOLERANCE) -> Edits:
        """What was done to `generated`, in the order of channels and of time.

        The clips may differ in rate and length. A curve that moved and is gone counts as held at 0, for programs leave
        out what has no keys; one that is new counts from 0. Raises ValueError for a clip of no frames.
        """
        if not len(generated) or not len(edited):
            raise ValueError("a clip of no frames was not edited")
        generated, edited = (clip.without(HINTS) for clip in (generated, edited))
        slack_s = 0.0 if _is_exact(generated, edited) else SLACK / float(min(generated.fps, edited.fps))
        found: list[Edit] = []
        for name in dict.fromkeys([*generated.names, *edited.names]):
            found += _Channel(name, generated, edited, slack_s, tolerance).edits()
        return cls(generated, edited, tuple(found))


def sampled(clip: Clip, name: str, times: np.ndarray) -> np.ndarray:
    """(frames,) float64 of a curve at these seconds, by straight lines; held beyond the ends, 0 where there is none."""
    if name not in clip:
        return np.zeros(len(times))
    return np.interp(times, clip.times, clip[name].astype(np.float64))


def _is_exact(generated: Clip, edited: Clip) -> bool:
    """Whether the edited clip still has the generated one's own frames."""
    if generated.fps != edited.fps:
        return False
    near = fast = 0
    for name in generated.names:
        if name in edited:
            was, step = sampled(generated, name, edited.times), 1 / float(edited.fps)
            is_fast = np.abs(np.gradient(was, step) * step) > FAST if len(was) > 1 else np.zeros(1, bool)
            near += np.count_nonzero(np.abs(was - edited[name])[is_fast] < EXACT)
            fast += np.count_nonzero(is_fast)
    return near >= OWN * fast


class _Channel:
    """One channel of both clips, at the edited one's frames."""

    def __init__(self, name: str, generated: Clip, edited: Clip, slack_s: float, tolerance: float):
        self._name, self._tolerance = name, tolerance
        self._times = edited.times
        self._gone = name not in edited
        self._was, self._is = sampled(generated, name, self._times), sampled(edited, name, self._times)
        self._fps = float(edited.fps)
        self._outside = self._off(generated, slack_s)

    def _off(self, generated: Clip, slack_s: float) -> np.ndarray:
        """(frames,) how far the edited curve lies from all that the generated one is within the slack."""
        if not slack_s:
            return np.abs(self._is - self._was)
        near = [sampled(generated, self._name, self._times + shift) for shift in np.linspace(-slack_s, slack_s, SHIFTS)]
        return np.maximum(0.0, np.maximum(self._is - np.max(near, 0), np.min(near, 0) - self._is))

    def edits(self) -> list[Edit]:
        if self._outside.max() <= self._tolerance:
            return []
        whole = self._told(0, len(self._is) - 1)
        if whole.kind in ("hold", "scaled") and (self._gone or self._explains(whole, slice(None))):
            return [whole]
        found: list[Edit] = []
        for first, last in self._ranges():
            edit = self._told(first, last)
            found = [*found[:-1], *self._joined(found[-1], edit)] if found else [edit]
        return found

    def _ranges(self) -> list[tuple[int, int]]:
        """(first, last) frames of what differs, seeds grown to where the curves are nearly one again."""
        differs = np.concatenate([[False], self._outside > CALM * self._tolerance, [False]])
        starts, ends = np.flatnonzero(~differs[:-1] & differs[1:]), np.flatnonzero(differs[:-1] & ~differs[1:]) - 1
        found: list[tuple[int, int]] = []
        for first, last in zip(starts.tolist(), ends.tolist()):
            if self._outside[first : last + 1].max() <= self._tolerance:
                continue
            if found and first - found[-1][1] < JOIN_S * self._fps:
                first = found.pop()[0]
            found.append((first, last))
        return found

    def _told(self, first: int, last: int) -> Edit:
        """What was done from one frame to another."""
        span = slice(first, last + 1)
        was, now = self._was[span], self._is[span]
        place = self._name, float(self._times[first]), float(self._times[last])
        if np.ptp(now) <= self._tolerance:
            return self._held(first, last)
        if len(now) >= FEWEST and np.ptp(was) > 5 * self._tolerance:
            gain, base = np.polyfit(was, now, 1)
            edit = Edit(place[0], "scaled", *place[1:], float(gain), float(base))
            if self._explains(edit, span):
                return edit
        change = now - was
        is_calm = _wandering(change) < CALMER * _wandering(was)
        return Edit(place[0], "offset" if is_calm else "reshaped", *place[1:])

    def _held(self, first: int, last: int) -> Edit:
        """A hold, with as much of the rest around it as keys that were deleted may have reached over."""
        base, reach = float(np.median(self._is[first : last + 1])), round(AROUND_S * self._fps)
        if last > first:
            near = np.abs(self._is - base) <= CALM * self._tolerance
            before, after = near[max(0, first - reach) : first][::-1], near[last + 1 : last + 1 + reach]
            first -= int(np.cumprod(before).sum())
            last += int(np.cumprod(after).sum())
        return Edit(self._name, "hold", float(self._times[first]), float(self._times[last]), 0.0, base)

    def _explains(self, edit: Edit, span: slice) -> bool:
        """Whether a hold or a gain is all that was done in a stretch of frames."""
        left = np.abs(self._is[span] - edit.gain * self._was[span] - edit.base).max()
        change = np.abs(self._is[span] - self._was[span]).max()
        return bool(left <= max(self._tolerance, UNLIKE * change)) and edit.gain >= 0

    def _joined(self, one: Edit, other: Edit) -> list[Edit]:
        """Two edits, or the one that both are."""
        if other.first_s - one.last_s < SAME_S and one.kind == other.kind and one.kind in ("hold", "scaled"):
            first, last = np.searchsorted(self._times, (one.first_s - 1e-6, other.last_s - 1e-6))
            both = self._told(int(first), int(last))
            if both.kind == one.kind:
                return [both]
        return [one, other]


def _wandering(curve: np.ndarray) -> float:
    """How far a curve goes up and down, in all, from 0 at both ends."""
    return float(np.abs(np.diff(curve)).sum())
