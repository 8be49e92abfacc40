"""Cut, another rate, another place: what happens to a clip's time."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from rigdriver.clip import Clip
from rigdriver.errors import InputError
from rigdriver.formats.losses import Loss
from rigdriver.layers.resample import Resample
from rigdriver.stage import run

ROUNDED = Fraction(1, 10**6)  # of a second; less is only how a decimal was written


def trimmed(clip: Clip, first_s: float | None, last_s: float | None, losses: list[Loss]) -> Clip:
    """The frames from first_s to last_s, both on the clip's own clock; with first_s what is left begins at 0.

    Raises InputError where no frame lies between.
    """
    first = clip.start if first_s is None else _frame(first_s, clip.fps, "--from", losses)
    last = clip.end - 1 if last_s is None else _frame(last_s, clip.fps, "--to", losses)
    low, high = max(first, clip.start), min(last, clip.end - 1)
    if low > high:
        span = f"{float(clip.start / clip.fps):g} to {float((clip.end - 1) / clip.fps):g} s"
        end = "the end" if last_s is None else f"{last_s:g} s"
        raise InputError(f"no frame lies from {first_s or 0:g} s to {end}; the clip lasts from {span}")
    cut = clip.cut(low, high + 1)
    return cut if first_s is None else replace(cut, start=low - first)


def resampled(clip: Clip, fps: Fraction | None, losses: list[Loss], why: str = "") -> Clip:
    """The clip at another rate, by straight lines between frames."""
    if fps is None or fps == clip.fps:
        return clip
    fewer = "; what moved faster is lost" if fps < clip.fps else "; between frames by straight lines"
    losses.append(Loss("times", f"{clip.fps} fps became {fps} fps{why}{fewer}"))
    return run(Resample(fps), clip)


def moved(clip: Clip, offset_s: float, losses: list[Loss]) -> Clip:
    """The clip so many seconds later (or earlier, below 0), to the nearest frame."""
    return replace(clip, start=clip.start + _frame(offset_s, clip.fps, "--offset", losses)) if offset_s else clip


def _frame(seconds: float, fps: Fraction, what: str, losses: list[Loss]) -> int:
    """The nearest frame, and a word where it is not that moment."""
    exact = Fraction(seconds)
    frame = round(exact * fps)
    if abs(frame / fps - exact) > ROUNDED:
        losses.append(Loss("times", f"{what} {seconds:g} s lies between frames; frame {frame} is at "
                                    f"{float(frame / fps):.4f} s"))
    return frame
