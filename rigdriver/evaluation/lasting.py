"""Lasting: does a face that only listens go on living for ten minutes, without repeating itself or drifting away?

Held against that: a loop (a correlation with itself some seconds later), two moments that are the same, a minute in
which nothing or too much happens, and a mean that wanders off.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from rigdriver import rig
from rigdriver.clip import PARTNER, Clip
from rigdriver.evaluation.blinks import blinks
from rigdriver.evaluation.metrics import mean, mean_speed, median, runs
from rigdriver.evaluation.saccades import gaze, saccades
from rigdriver.evaluation.turns import Acted

MINUTE_S = 60.0
LEAST_S = 4 * MINUTE_S  # a shorter stretch says nothing of lasting
AFTER_S, UNTIL_S = 5.0, 120.0  # lags at which a loop would show; nearer, slow motion is like itself
WINDOW_S, STEP_S, THIN_HZ = 2.0, 0.25, 10.0  # moments that are compared, how far apart, and at what rate
NODDED_DEG, NOD_S = 1.0, 0.6  # a dip of the head this deep, over in half that to either side
BREATH, NOSE = 0.5, ("noseSneerLeft", "noseSneerRight")  # above this share of the deepest, a breath is under way
PARTNER_SPEAKS = 0.5


def moving(clip: Clip) -> np.ndarray:
    """(frames, curves) float64: what moves in a face at rest, each curve by its own size."""
    at = gaze(clip)
    lids = clip.pick(("eyeBlinkLeft",)).values[:, 0]
    rest = clip.pick(("headYaw", "headPitch", "headRoll", "browInnerUp", "browDownLeft", *NOSE[:1])).values.T
    rows = np.array([at.real, at.imag, lids, *rest], np.float64)
    rows = rows[rows.std(1) > 1e-6]
    return ((rows - rows.mean(1, keepdims=True)) / rows.std(1, keepdims=True)).T


def recurrence(curve: np.ndarray, fps: float) -> float:
    """The largest correlation of a curve with itself, 5 s to two minutes later; 1 is a loop."""
    frames = len(curve)
    power = np.abs(np.fft.rfft(curve - curve.mean(), 2 * frames)) ** 2
    lags = np.fft.irfft(power)[: round(min(UNTIL_S * fps, frames / 2))]
    overlap = 1 - np.arange(len(lags)) / frames
    return float((lags / lags[0] / overlap)[round(AFTER_S * fps):].max())


def nearest(clip: Clip) -> float:
    """How far apart the two most alike of all 2 s moments are (5 s between them or more), over what two moments
    usually are: 0 where one comes back."""
    fps = float(clip.fps)
    thin = moving(clip)[:: max(1, round(fps / THIN_HZ))]
    step, length = round(STEP_S * THIN_HZ), round(WINDOW_S * THIN_HZ)
    moments = np.stack([thin[k : k + length].ravel() for k in range(0, len(thin) - length, max(1, step))])
    square = (moments**2).sum(1)
    apart = np.sqrt(np.maximum(0, square[:, None] + square[None, :] - 2 * moments @ moments.T))
    far = np.triu(np.ones(apart.shape, bool), round(AFTER_S / STEP_S))
    return float(apart[far].min() / np.median(apart[far]))


def drift(clip: Clip) -> float:
    """The largest change of a curve's mean from the first half to the second, in its own standard deviations."""
    curves = moving(clip)
    half = len(curves) // 2
    return float(np.abs(curves[half:].mean(0) - curves[:half].mean(0)).max())


def nods_s(clip: Clip) -> np.ndarray:
    """(nods,): seconds of dips of the head that stand out by a degree within .6 s."""
    pitch, reach = np.degrees(clip["headPitch"].astype(np.float64)), round(NOD_S / 2 * float(clip.fps))
    before, after = np.roll(pitch, reach), np.roll(pitch, -reach)
    deep = np.minimum(pitch - before, pitch - after)
    deep[:reach], deep[len(deep) - reach :] = 0, 0
    return np.array([clip.times[first + int(pitch[first:last].argmax())] for first, last in runs(deep > NODDED_DEG)])


def breaths_s(clip: Clip) -> np.ndarray:
    """(breaths,): seconds at which nostrils begin to be wide."""
    air = clip.pick(NOSE).values.mean(1)
    return clip.times[[first for first, _ in runs(air > BREATH * np.quantile(air, 0.98))]]


def counts(times_s: np.ndarray, clip: Clip) -> np.ndarray:
    """(whole minutes,): how many fall into each."""
    minutes = int(float(clip.duration) // MINUTE_S)
    begin_s = float(clip.start / clip.fps)
    return np.histogram(times_s, bins=begin_s + MINUTE_S * np.arange(minutes + 1))[0]


def figures(scenes: Sequence[Acted]) -> dict[str, float]:
    """Figures by name, of the stretches in which a face listens: alone, and to somebody."""
    stretches = [stretch for scene in scenes for stretch in _stretches(scene)]
    happens = {"blinks": [np.array([blink.onset_s for blink in blinks(clip)]) for clip, _ in stretches],
               "shifts of gaze": [np.array([saccade.begin_s for saccade in saccades(clip)]) for clip, _ in stretches],
               "breaths": [breaths_s(clip) for clip, _ in stretches]}
    minutes = {name: [counts(times, clip) for times, (clip, _) in zip(seen, stretches)]
               for name, seen in happens.items()}
    return {**_same(clip for clip, _ in stretches),
            **{f"listening: {name} in the emptiest minute": _lowest([row.min() for row in rows])
               for name, rows in minutes.items()},
            **{f"listening: {name} in the fullest minute": -_lowest([-row.max() for row in rows])
               for name, rows in minutes.items()},
            "listening to somebody: nods a minute": mean(_per_minute(stretches)),
            "listening: mouth speed, 1/s": mean([_mouth(clip) for clip, _ in stretches])}


def _same(clips: Iterator[Clip]) -> dict[str, float]:
    seen = [(max(recurrence(curve, float(clip.fps)) for curve in moving(clip).T), nearest(clip), drift(clip))
            for clip in clips]
    loops, near, away = zip(*seen) if seen else ((), (), ())
    return {"listening: correlation with itself, 5 s to 2 min later": median(loops),
            "listening: nearest two moments over the usual distance": _lowest(near),
            "listening: change of a mean over the stretch, in sd": median(away)}


def _lowest(values: Sequence[float]) -> float:
    return float(min(values, default=float("nan")))


def _per_minute(stretches: Sequence[tuple[Clip, bool]]) -> list[float]:
    return [float(counts(nods_s(clip), clip).mean()) for clip, partner in stretches if partner]


def _mouth(clip: Clip) -> float:
    return float(mean_speed(clip, rig.canonical().of_region("jaw", "mouth")).mean())


def _stretches(scene: Acted) -> Iterator[tuple[Clip, bool]]:
    """Whole runs of listening, alone or with a partner, and whether one speaks."""
    partner = scene.clip.pick((PARTNER,)).values[:, 0] > PARTNER_SPEAKS
    spoken = np.flatnonzero(partner)
    somebody = np.zeros(len(partner), bool)
    if len(spoken):
        somebody[spoken[0] : spoken[-1] + 1] = True
    for where, there in ((somebody, True), (~somebody, False)):
        for first, last in runs(scene.turns.listening & where):
            if (last - first) / float(scene.clip.fps) >= LEAST_S:
                yield scene.clip.cut(scene.clip.start + first, scene.clip.start + last), there
