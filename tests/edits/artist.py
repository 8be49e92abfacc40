"""A scripted artist: what is done to the example's line, and whether it is still there in another recording of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from rigdriver.clip import Clip

TRUE_S = 0.06  # how far from its true place a key may come to lie: a phone's shorter half
NEAR = 0.03  # of a weight, that a value may be off
BESIDE_S = 0.2  # from an edit on, the new clip must be as it was generated


@dataclass(frozen=True)
class Touch:
    """One thing that is done: to one channel, from first_s to last_s. shape: (was, 0..1 of the range) → is."""

    name: str
    channel: str
    first_s: float
    last_s: float
    shape: Callable[[np.ndarray, np.ndarray], np.ndarray]
    kept: Callable[[Touch, Clip, Clip, Clip, Callable], bool]

    def rows(self, clip: Clip, true: Callable = lambda t: t, less_s: float = 0.0) -> slice:
        first, last = (true(self.first_s) + less_s) * float(clip.fps), (true(self.last_s) - less_s) * float(clip.fps)
        return slice(int(np.ceil(first)), int(np.floor(last)) + 1)

    def on(self, clip: Clip) -> Clip:
        rows, values = self.rows(clip), clip.values.copy()
        was = values[rows, clip.column(self.channel)]
        values[rows, clip.column(self.channel)] = self.shape(was, np.linspace(0, 1, len(was)))
        return replace(clip, values=values)


def _key_is_there(touch: Touch, edited: Clip, new: Clip, generated: Clip, true: Callable) -> bool:
    """The artist's extreme, with its value, near its true place."""
    rows = touch.rows(edited)
    curve = edited[touch.channel][rows]
    away = np.abs(curve - curve[[0, -1]].mean())
    value, at_s = curve[away.argmax()], true((rows.start + away.argmax()) / float(edited.fps))
    near = slice(max(0, round((at_s - TRUE_S) * float(new.fps))), round((at_s + TRUE_S) * float(new.fps)) + 1)
    return bool(np.abs(new[touch.channel][near] - value).min() <= NEAR)


def _is_held(touch: Touch, edited: Clip, new: Clip, generated: Clip, true: Callable) -> bool:
    value = np.median(edited[touch.channel][touch.rows(edited)])
    return bool(np.abs(new[touch.channel][touch.rows(new, true, TRUE_S)] - value).max() <= NEAR)


def _is_straight(touch: Touch, edited: Clip, new: Clip, generated: Clip, true: Callable) -> bool:
    """What was generated there is gone, blinks of the new line as well."""
    curve = new[touch.channel][touch.rows(new, true, TRUE_S)]
    return bool(np.abs(curve - np.linspace(curve[0], curve[-1], len(curve))).max() <= NEAR)


def _is_laid_over(touch: Touch, edited: Clip, new: Clip, generated: Clip, true: Callable) -> bool:
    """In the middle the new curve is what the artist makes of the new generated one."""
    rows = touch.rows(new, true, 0.2 * (true(touch.last_s) - true(touch.first_s)))
    was, now = generated[touch.channel][rows], new[touch.channel][rows]
    return bool(np.abs(now - touch.shape(was, np.full(len(was), 0.5))).max() <= 2 * NEAR)


def _bump(height: float) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    return lambda was, u: was + height * np.sin(np.pi * u) ** 2


def _later(was: np.ndarray, u: np.ndarray) -> np.ndarray:
    """What happens in the range comes later."""
    return np.interp(np.interp(u, [0, 0.75, 1], [0, 0.45, 1]), u, was)


def _across(was: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Keys deleted: straight from one end to the other."""
    return was[0] + (was[-1] - was[0]) * u


def _plateau(height: float) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    return lambda was, u: was + height * np.clip(6 * np.minimum(u, 1 - u), 0, 1)


TOUCHES = (
    Touch("added key", "mouthSmileLeft", 2.5, 3.0, _bump(0.45), _key_is_there),
    Touch("one frame", "noseSneerLeft", 4.0, 4.001, lambda was, u: was + 0.5, _key_is_there),
    Touch("deeper jaw", "jawOpen", 1.06, 1.29, _bump(0.3), _key_is_there),
    Touch("moved keys", "eyeBlinkRight", 4.4, 5.4, _later, _key_is_there),
    Touch("deleted blink", "eyeBlinkLeft", 2.5, 3.3, _across, _is_straight),
    Touch("held", "browInnerUp", 4.5, 6.0, lambda was, u: np.full_like(was, 0.4), _is_held),
    Touch("offset", "mouthDimpleRight", 1.0, 5.0, _plateau(0.2), _is_laid_over),
    Touch("gain", "headYaw", 0.0, 99.0, lambda was, u: 1.8 * was, _is_laid_over),
    Touch("muted", "cheekPuff", 0.0, 99.0, lambda was, u: 0.0 * was + 0.25, _is_held),
)


def edited(clip: Clip, touches: tuple[Touch, ...] = TOUCHES) -> Clip:
    for touch in touches:
        clip = touch.on(clip)
    return clip


def survived(touch: Touch, old: Clip, new: Clip, generated: Clip, true: Callable) -> bool:
    """Whether it is still there. old: the edited clip; new: with the edits; generated: without; true: the real warp."""
    return touch.kept(_within(touch, old), old, new, generated, true)


def _within(touch: Touch, clip: Clip) -> Touch:
    return replace(touch, last_s=min(touch.last_s, float((clip.end - 1) / clip.fps)))


def disturbed(touch: Touch, new: Clip, generated: Clip, true: Callable) -> float:
    """The most that the channel changed elsewhere."""
    away = (new.times < true(touch.first_s) - BESIDE_S) | (new.times > true(touch.last_s) + BESIDE_S)
    off = np.abs(new[touch.channel] - generated[touch.channel])[away]
    return float(off.max()) if len(off) else 0.0


def exported(clip: Clip, fps: int = 24, late_frames: float = 0.0, decimals: int = 4) -> Clip:
    """The clip as a program writes it again that has its own frames: sampled, rounded, curves at 0 left out."""
    rate = Fraction(fps)
    times = np.arange(int((clip.end - 1) / clip.fps * rate) + 1) / float(rate)
    columns = {name: np.interp(times - late_frames / float(rate), clip.times, clip[name]).round(decimals)
               for name in clip.names}
    moving = {name: curve for name, curve in columns.items() if curve.any()}
    return Clip(tuple(moving), np.stack(list(moving.values()), 1).astype(np.float32), rate)
