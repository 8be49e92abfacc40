"""Saccades, found in the eyes' angles: how far, how fast, where to, and how long the partner is looked at.

Gaze is where the eyes point in the room: their angles and the head's together, so that eyes which hold their target
while the head moves are at rest. A point is yaw + i pitch in degrees, left and down positive.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rigdriver.clip import Clip
from rigdriver.evaluation.blinks import blinks
from rigdriver.evaluation.metrics import mean, median, runs, share
from rigdriver.evaluation.turns import Acted

FAST_DEG_S = 30.0  # the usual velocity threshold; pursuit and drift stay under it
TAIL_DEG_S = 2.0  # down to this an event is followed on both sides, or a stroke's slow ends were lost; twice the drift
SMALLEST_DEG = 1.0  # less is a micro-saccade (BEHAVIOUR 4.1: up to 1 degree, mostly under .5)
MICRO_DEG, MICRO_DEG_S = 0.15, 4.0  # .2 degrees in two frames of a sixtieth are 6 degrees/s each; drift is at 1
STROKE = 28.0  # duration² over the variance of speed along a minimum-jerk stroke: Beta(3, 3) has 1/28
FACE_AT, FACE_HALF = 1.5j, (4.0, 6.0)  # a face seen from 1.2 m: its middle under the eyes, half width and height
BESIDE_S = 0.15  # a blink whose shut lids lie this near to a saccade comes with it
NEAR = 0.3  # how far from a size (share of it) saccades count for its duration


@dataclass(frozen=True)
class Saccade:
    """begin_s: last frame at rest. end_s: first frame at rest again. way: yaw + i pitch, degrees.
    variance_s2: of the time, weighted by speed, the frame's own share (1/12 of its square) taken out."""

    begin_s: float
    end_s: float
    way: complex
    variance_s2: float

    @property
    def size(self) -> float:
        return abs(self.way)


def gaze(clip: Clip) -> np.ndarray:
    """(frames,) complex degrees, the mean of both eyes in the room; a head that the clip lacks is straight."""
    yaw = (clip["leftEyeYaw"] + clip["rightEyeYaw"]).astype(np.float64) / 2
    pitch = (clip["leftEyePitch"] + clip["rightEyePitch"]).astype(np.float64) / 2
    head = clip.pick(("headYaw", "headPitch")).values
    return np.degrees(yaw + head[:, 0]) + 1j * np.degrees(pitch + head[:, 1])


def events(clip: Clip, fast_deg_s: float) -> list[Saccade]:
    """Every stretch in which gaze moves faster than a threshold, followed outwards while it slows, down to 2
    degrees/s. Where two strokes touch, the valley between them parts them.
    """
    at, fps = gaze(clip), float(clip.fps)
    speed = np.abs(np.diff(at)) * fps
    found, free = [], 0
    for first, last in runs(speed > fast_deg_s):
        while first > free and TAIL_DEG_S < speed[first - 1] <= speed[first]:
            first -= 1
        while last < len(speed) and TAIL_DEG_S < speed[last] <= speed[last - 1]:
            last += 1
        found.append(_saccade(at, first, last, clip))
        free = last
    return found


def _saccade(at: np.ndarray, first: int, last: int, clip: Clip) -> Saccade:
    fps = float(clip.fps)
    steps = np.abs(np.diff(at[first : last + 1]))
    middles = np.arange(len(steps)) / fps
    centre = np.average(middles, weights=steps)
    variance = float(np.average((middles - centre) ** 2, weights=steps)) - 1 / (12 * fps * fps)
    return Saccade((clip.start + first) / fps, (clip.start + last) / fps, complex(at[last] - at[first]), variance)


def saccades(clip: Clip) -> list[Saccade]:
    """Events faster than 30 degrees/s that go 1 degree or farther."""
    return [event for event in events(clip, FAST_DEG_S) if event.size >= SMALLEST_DEG]


def microsaccades(clip: Clip) -> list[Saccade]:
    """Events faster than 4 degrees/s of .15 to 1 degree. A phone's capture trembles as much: only for made curves."""
    return [event for event in events(clip, MICRO_DEG_S) if MICRO_DEG <= event.size < SMALLEST_DEG]


def duration_s(some: Sequence[Saccade]) -> float:
    """Of minimum-jerk strokes of one size: from the mean variance, since two frames cannot show one stroke's ends."""
    return float(np.sqrt(max(0.0, STROKE * mean([saccade.variance_s2 for saccade in some]))))


def of_size(found: Sequence[Saccade], degrees: float) -> list[Saccade]:
    """Those within 30 % of a size."""
    return [saccade for saccade in found if abs(saccade.size - degrees) <= NEAR * degrees]


def on_face(at: np.ndarray) -> np.ndarray:
    """(frames,) bool: gaze lies on the partner's face, an ellipse of 8 by 12 degrees."""
    away = at - FACE_AT
    return (away.real / FACE_HALF[0]) ** 2 + (away.imag / FACE_HALF[1]) ** 2 <= 1


def direction(way: complex) -> str:
    """horizontal, vertical or oblique, a quarter turn's middle third and its sides: sectors of 45 degrees each."""
    eighth = round(np.angle(way) / (np.pi / 4)) % 4
    return ("horizontal", "oblique", "vertical", "oblique")[eighth]


def figures(scenes: Sequence[Acted]) -> dict[str, float]:
    """Figures by name over all scenes together."""
    seen = [(scene, saccades(scene.clip)) for scene in scenes]
    spoken = [saccade for scene, found in seen for saccade in _inside(scene, found)]
    return {**_sizes(spoken), **_paces(seen, scenes), **_mutual(scenes), **_blinked(seen)}


def _inside(scene: Acted, found: list[Saccade]) -> list[Saccade]:
    """Those of a turn."""
    frames = scene.frames(np.array([saccade.begin_s for saccade in found]))
    return [saccade for saccade, talking in zip(found, scene.turns.talking[frames]) if talking]


def _sizes(spoken: list[Saccade]) -> dict[str, float]:
    sizes = np.array([saccade.size for saccade in spoken])
    quantiles = dict(zip((10, 25, 50, 75, 90), np.quantile(sizes, (0.1, 0.25, 0.5, 0.75, 0.9)))) if len(sizes) else {}
    kinds = [direction(saccade.way) for saccade in spoken]
    return {
        **{f"saccades, speaking: size p{k}, degrees": float(quantiles.get(k, np.nan)) for k in (10, 25, 50, 75, 90)},
        "saccades, speaking: share < 15 degrees": mean(sizes < 15),
        **{f"saccades, speaking: {kind}": share(kinds.count(kind), len(kinds))
           for kind in ("horizontal", "vertical", "oblique")},
        **{f"saccades of {size} degrees last, ms": 1000 * duration_s(of_size(spoken, size)) for size in (5, 15)},
    }


def _paces(seen: list[tuple[Acted, list[Saccade]]], scenes: Sequence[Acted]) -> dict[str, float]:
    apart = [b.begin_s - a.begin_s for scene, found in seen
             for a, b in zip(_inside(scene, found), _inside(scene, found)[1:])]
    seconds = sum(float(scene.clip.duration) for scene in scenes)
    return {"time between saccades, speaking: median, s": median(apart),
            "time between saccades, speaking: mean, s": mean(apart),
            "micro-saccades a second": share(sum(len(microsaccades(scene.clip)) for scene in scenes), seconds)}


def _mutual(scenes: Sequence[Acted]) -> dict[str, float]:
    got = {}
    for state, name in (("talking", "speaking"), ("listening", "listening")):
        on, stays, leaves = [], list[float](), list[float]()
        for scene in scenes:
            face, where = on_face(gaze(scene.clip)), getattr(scene.turns, state)
            on.append(face[where])
            stays += _whole_s(face, where, scene)
            leaves += _whole_s(~face, where, scene)
        got[f"mutual gaze, {name}: share"] = mean(np.concatenate(on))
        got[f"mutual gaze, {name}: mean stay, s"] = mean(stays)
        got[f"mutual gaze, {name}: mean time away, s"] = mean(leaves)
    return got


def _whole_s(flags: np.ndarray, where: np.ndarray, scene: Acted) -> list[float]:
    """Lengths of the runs of True that begin and end inside a state."""
    return [(last - first) / float(scene.clip.fps) for first, last in runs(flags)
            if first > 0 and last < len(flags) and where[first - 1 : last + 1].all()]


def _blinked(seen: list[tuple[Acted, list[Saccade]]]) -> dict[str, float]:
    """How many saccades come with a blink."""
    beside: dict[bool, list[bool]] = {False: [], True: []}
    for scene, found in seen:
        peaks = np.array([blink.peak_s for blink in blinks(scene.clip)])
        for saccade in found:
            near = (peaks > saccade.begin_s - BESIDE_S) & (peaks < saccade.end_s + BESIDE_S)
            beside[saccade.size >= 10].append(bool(near.any()))
    return {"gaze shifts < 10 degrees with a blink": mean(beside[False]),
            "gaze shifts of 10 degrees or more with a blink": mean(beside[True])}
