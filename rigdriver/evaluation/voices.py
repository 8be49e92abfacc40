"""Unseen voices: no true curves, but phones whose times are known say what a mouth must do on them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from functools import reduce

import numpy as np

from rigdriver import rig as rigs
from rigdriver.clip import Clip
from rigdriver.evaluation import closures, dynamics, metrics, separation
from rigdriver.evaluation.sync import Curve, lag_s
from rigdriver.phones import PHONES
from rigdriver.take import Phone, Take

LIVELY = ("jawOpen", "mouthFunnel", "mouthPucker", "mouthLowerDown", "mouthUpperUp", "mouthStretch")
"""Channels whose size and speed are held against real speech."""
PROTRUDING = ("mouthPucker", "mouthFunnel")
SHARES = ("bilabials closed", "f v: lip under teeth", "rounded vs spread: AUC of pucker + funnel",
          "open vs close: AUC of jaw", "phones right at centres")
"""Figures of `figures` that are shares or areas, higher being better: those whose loss under noise has a meaning."""


@dataclass(frozen=True, eq=False)
class Observed:
    """What one recording gave, in pieces that add up over recordings: counts as (hits, of how many), lists as lists."""

    bilabials: np.ndarray
    vowels: np.ndarray
    false_runs: np.ndarray
    labiodentals: np.ndarray
    stillness: np.ndarray
    phones: np.ndarray
    timing: list[float]
    rounded: list[float]
    spread: list[float]
    open: list[float]
    close: list[float]
    jaw: list[tuple[Curve, Curve]]
    lips: list[tuple[Curve, Curve]]
    levels: list[dict[str, np.ndarray]]
    speeds: list[dict[str, np.ndarray]]

    def __add__(self, other: Observed) -> Observed:
        return Observed(*(getattr(self, item.name) + getattr(other, item.name) for item in fields(self)))


def observe(clip: Clip, take: Take, taught: Clip, logits: np.ndarray | None = None) -> Observed:
    """One made clip beside the take's phones and the teacher's clip for them; logits (frames, phone classes)."""
    mouth = rigs.canonical().of_region("jaw", "mouth")
    speaking = metrics.near_speech(clip.times, take.phones)

    def centres(kinds: Sequence[str], *names: str) -> list[float]:
        return separation.at_centres(clip, take.phones, kinds, names).tolist()

    def beside(name: str) -> list[tuple[Curve, Curve]]:
        return [((clip.times, clip[name]), (taught.times, taught[name]))]

    return Observed(
        np.array(metrics.closures(clip, take.phones)), np.array(metrics.false_closures(clip, take.phones)),
        np.array(closures.false_runs(clip, take.phones)), np.array(closures.tucked(clip, take.phones)),
        np.array(metrics.silent_speed(clip, take.phones, mouth)), _right(logits, take.phones, float(clip.fps)),
        closures.timing_errors(clip, take.phones),
        centres(separation.ROUNDED, *PROTRUDING), centres(separation.SPREAD, *PROTRUDING),
        centres(separation.OPEN, "jawOpen"), centres(separation.CLOSE, "jawOpen"),
        beside("jawOpen"), beside("mouthClose"),
        [{name: dynamics.curve(clip, name)[speaking] for name in LIVELY}],
        [{name: _speed(clip, name)[speaking[1:]] for name in LIVELY}],
    )


def _speed(clip: Clip, name: str) -> np.ndarray:
    return metrics.velocity(dynamics.curve(clip, name), float(clip.fps))


def _right(logits: np.ndarray | None, phones: Sequence[Phone], fps: float) -> np.ndarray:
    """(2,): how many spoken phones the network names at their centres, and how many there are."""
    if logits is None:
        return np.zeros(2)
    spoken = [phone for phone in phones if phone.name != "SIL"]
    frames = [min(round((phone.start + phone.end) / 2 * fps), len(logits) - 1) for phone in spoken]
    return np.array([sum(PHONES[int(logits[k].argmax())] == p.name for k, p in zip(frames, spoken)), len(spoken)])


def together(observed: Iterable[Observed]) -> Observed:
    """All recordings as one."""
    return reduce(Observed.__add__, observed)


def figures(seen: Observed) -> dict[str, float]:
    """The figures of a group of recordings, by name."""
    timing = np.array(seen.timing)
    return {
        "bilabials closed": metrics.share(*seen.bilabials),
        "closures: mean timing error ms": metrics.mean(np.abs(timing)) * 1000,
        "closures: mean lateness ms": metrics.mean(timing) * 1000,
        "vowels falsely closed": metrics.share(*seen.vowels),
        "false closures 1/s": metrics.share(*seen.false_runs),
        "f v: lip under teeth": metrics.share(*seen.labiodentals),
        "rounded vs spread: AUC of pucker + funnel": separation.auc(seen.rounded, seen.spread),
        "open vs close: AUC of jaw": separation.auc(seen.open, seen.close),
        "jaw: lag against teacher ms": _lag_ms(seen.jaw),
        "closure: lag against teacher ms": _lag_ms(seen.lips),
        "phones right at centres": metrics.share(*seen.phones),
        "mouth speed in silence 1/s": metrics.share(*seen.stillness),
    }


def liveliness(seen: Observed) -> dict[str, dict[str, float]]:
    """Per channel of LIVELY: level and speed over speech frames, over those of real speech (`dynamics.REAL`)."""
    return {name: dynamics.ratios(dynamics.figures([piece[name] for piece in seen.levels],
                                                   [piece[name] for piece in seen.speeds]), dynamics.real(name))
            for name in LIVELY}


def _lag_ms(pairs: list[tuple[Curve, Curve]]) -> float:
    return 1000 * lag_s([made for made, _ in pairs], [true for _, true in pairs])


def sample(takes: Sequence[Take], most: int | None) -> list[Take]:
    """`most` takes spread evenly over speakers: each one's first, then each one's second, and so on; all for None."""
    if most is None or len(takes) <= most:
        return list(takes)
    seen: dict[str, int] = {}
    turn = []
    for take in takes:
        turn.append(seen.get(take.speaker, 0))
        seen[take.speaker] = turn[-1] + 1
    order = sorted(range(len(takes)), key=lambda k: (turn[k], k))[:most]
    return [takes[k] for k in sorted(order)]
