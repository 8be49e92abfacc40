"""Driven: how a recording came out, for those who drive thousands and can look at few.

Nothing here knows the truth. It tells whether the face does what the model heard (lips shut, mouth at rest), and
whether it moves like a face: the figures by which a long list of recordings is sorted, worst first.
"""

from __future__ import annotations

import itertools
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from rigdriver import rig as rigs
from rigdriver.clip import Clip
from rigdriver.evaluation import dynamics, metrics
from rigdriver.evaluation.closures import NEEDED
from rigdriver.layers.retarget import ToArkit, is_readable
from rigdriver.layers.speech import SpeechState
from rigdriver.performance import Performance
from rigdriver.pipeline import Drive, collect
from rigdriver.rig import Rig
from rigdriver.stage import run

SETTLED_S = 0.3  # how far from speech silence begins: the silence layer holds for .1 and eases for .15 s
BLOCK = 2**15  # frames mapped at once; what they become goes to disk where the clip did
AT_TOP = 1e-3  # this near to the top of its range a channel is clipped
LIPS = ("mouthFunnel", "mouthPucker", "mouthLowerDown", "mouthUpperUp", "mouthStretch")


class Watch:
    """Sees what the model hears while a recording is driven; keeps two bits a frame of it, however long it is."""

    def __init__(self, performance: Performance):
        self._shut_above = performance.closure.shut_above
        self._settings = performance.speech
        self._speech: SpeechState | None = None
        self._shut: list[np.ndarray] = []
        self._voiced: list[np.ndarray] = []
        self._fps = 60.0

    def __call__(self, clip: Clip) -> None:
        """The model's clip, hints included, as it comes."""
        self._fps = float(clip.fps)
        self._speech = self._speech or SpeechState(self._settings, 1 / self._fps)
        self._shut.append(clip["closure"] >= self._shut_above)
        self._voiced.append(np.array([self._speaks(voice) for voice in clip["voice"].tolist()], bool))

    def _speaks(self, voice: float) -> bool:
        assert self._speech is not None
        self._speech.step(voice)
        return self._speech.voiced

    @property
    def closures(self) -> list[tuple[float, float]]:
        """Seconds of the first and the last frame of every p, b or m that the model is sure of."""
        return [(first / self._fps, (last - 1) / self._fps) for first, last in metrics.runs(_joined(self._shut))]

    def speaking(self, times: np.ndarray, margin_s: float = 0.0) -> np.ndarray:
        """(times,) bool: somebody speaks, or does less than margin_s away."""
        spoken = np.zeros(len(times), bool)
        for first, last in metrics.runs(_joined(self._voiced)):
            begin, end = np.searchsorted(times, (first / self._fps - margin_s, last / self._fps + margin_s))
            spoken[begin:end] = True
        return spoken


def _joined(pieces: list[np.ndarray]) -> np.ndarray:
    return np.concatenate(pieces) if pieces else np.zeros(0, bool)


@dataclass(frozen=True)
class Driven:
    """Figures of one recording; None where the rig does not tell, or where there was nothing to measure.

    closures: p, b, m that the model heard. sealed: those of them on which the final lips meet. missed_s: when the
    others begin. silence: mean mouth speed while nobody speaks, 1/s. jitter: mean second difference of mouth
    channels, 1/s²; compare recordings at one rate. jaw_size, jaw_speed, lips_size, lips_speed: p90 level and p95
    speed in speech over those of real speech; lips is the mean of five channels. clipped: share of frames in which a
    jaw or mouth channel stands at the top of its range.
    """

    speech: str
    seconds: float
    closures: int
    sealed: int | None = None
    missed_s: tuple[float, ...] = ()
    silence: float | None = None
    jitter: float | None = None
    jaw_size: float | None = None
    jaw_speed: float | None = None
    lips_size: float | None = None
    lips_speed: float | None = None
    clipped: float | None = None

    @property
    def missed(self) -> int:
        return len(self.missed_s)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for programs."""
        return {"speech": self.speech, "missed": self.missed, **asdict(self)}

    def line(self) -> str:
        """For people."""
        if self.sealed is None:
            return f"{self.closures} closures heard; the rig has no `to_arkit` map, so the rest cannot be told"
        when = f" (missed at {', '.join(f'{at:.2f}' for at in self.missed_s[:6])}{' …' if self.missed > 6 else ''} s)"
        return (f"{self.sealed} of {self.closures} closures sealed{when if self.missed else ''}; "
                f"silence {_said(self.silence)} /s; jaw {_said(self.jaw_size)}× the size and {_said(self.jaw_speed)}× "
                f"the speed of real speech, lips {_said(self.lips_size)}× and {_said(self.lips_speed)}×; "
                f"jitter {_said(self.jitter, 1)} /s²; {100 * (self.clipped or 0):.1f} % of frames clipped")


def _said(value: float | None, digits: int = 2) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def measure(speech: str, clip: Clip, watch: Watch, way: Drive) -> Driven:
    """Figures of a finished clip on the rig of `way`, read channel by channel, so that a long one may stay on disk."""
    seconds, heard = float(clip.duration), watch.closures
    face = on_arkit(clip, way.target)
    if face is None or not len(face):
        return Driven(speech, seconds, len(heard))
    missed = _missed(face, heard)
    speaking = watch.speaking(face.times)
    quiet = ~watch.speaking(face.times, SETTLED_S)[1:]
    jaw = _against_real(face, "jawOpen", speaking)
    lips = np.mean([_against_real(face, name, speaking) for name in LIPS], axis=0)
    return Driven(
        speech, seconds, len(heard), len(heard) - len(missed), tuple(missed), _silence(face, quiet), _jitter(face),
        jaw_size=_known(jaw[0]), jaw_speed=_known(jaw[1]), lips_size=_known(lips[0]), lips_speed=_known(lips[1]),
        clipped=_clipped(face, way.performance),
    )


def on_arkit(clip: Clip, rig: Rig) -> Clip | None:
    """The clip's jaw and mouth on the canonical rig; None where the rig cannot be read back."""
    if all(name in clip for name in NEEDED):
        return clip
    if not is_readable(rig) or not clip.columns(rig.names):
        return None
    mouth = rigs.canonical().of_region("jaw", "mouth")
    blocks = (clip.cut(first, min(first + BLOCK, clip.end)) for first in range(clip.start, clip.end, BLOCK))
    header = Clip.header(mouth, clip.fps, clip.start)  # a clip of no frames has no block
    return collect(itertools.chain([header], (run(ToArkit(rig), block).pick(mouth) for block in blocks)))


def _missed(clip: Clip, heard: list[tuple[float, float]]) -> list[float]:
    """When those closures begin in which no frame of the clip is sealed; one frame lies in each at any rate."""
    shut, times, half = metrics.sealed(clip), clip.times, 0.5 / float(clip.fps)
    spans = [np.searchsorted(times, (first - half, last + half + 1e-9)) for first, last in heard]
    return [round(begins, 3) for (begins, _), (first, last) in zip(heard, spans) if not shut[first:last].any()]


def _silence(clip: Clip, quiet: np.ndarray) -> float | None:
    if not quiet.any():
        return None
    return float(np.mean([np.abs(_velocity(clip, name))[quiet].mean() for name in _mouth(clip)]))


def _jitter(clip: Clip) -> float:
    return float(np.mean([metrics.jitter(clip[name], float(clip.fps)) for name in _mouth(clip)]))


def _velocity(clip: Clip, name: str) -> np.ndarray:
    return metrics.velocity(clip[name], float(clip.fps))


def _mouth(clip: Clip) -> list[str]:
    return [name for name in rigs.canonical().of_region("jaw", "mouth") if name in clip]


def _against_real(clip: Clip, name: str, speaking: np.ndarray) -> tuple[float, float]:
    """Size and speed over those of real speech; not a number where nobody speaks."""
    curve = dynamics.curve(clip, name)
    speed = metrics.velocity(curve, float(clip.fps))
    ratios = dynamics.ratios(dynamics.figures([curve[speaking]], [speed[speaking[1:]]]), dynamics.real(name))
    return ratios["p90"], ratios["speed p95"]


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _clipped(clip: Clip, performance: Performance) -> float:
    at_top = np.zeros(len(clip), bool)
    limits = performance.limits.weight_limits
    for name in _mouth(clip):
        high = rigs.canonical()[name].high
        at_top |= clip[name] >= min(high, limits[name][1] if name in limits else high) - AT_TOP
    return float(at_top.mean())
