"""The articulatory teacher: phones with times, and the sound's loudness and pitch, become curves a face could make.

Order, which matters: dominance blend → emphasis → sibilant ceiling → smoothing → closure gate and f/v guard.
Every constant stands in `teacher.yaml`. A manner is a set of factors on those constants.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from rigdriver.audio import Audio
from rigdriver.clip import Clip
from rigdriver.errors import InputError, nearest
from rigdriver.settings import build, read_yaml
from rigdriver.take import Phone
from rigdriver.training.teacher.accent import Accent, accents
from rigdriver.training.teacher.manner import Manner, Manners, manner_factors
from rigdriver.training.teacher.prosody import Prosody, level_db, prosody
from rigdriver.training.teacher.windows import ramped, smooth

__all__ = ["CHANNELS", "GROUPS", "Manner", "Taught", "Teacher", "closure_gate", "default_teacher", "dominances",
           "emphasis", "level_db", "omega", "parts_of", "smooth", "teach"]  # fmt: skip

GROUPS = {  # short names of `teacher.yaml` → channels of the canonical rig
    "jaw": ("jawOpen",), "funnel": ("mouthFunnel",), "pucker": ("mouthPucker",),
    "lower": ("mouthLowerDownLeft", "mouthLowerDownRight"), "upper": ("mouthUpperUpLeft", "mouthUpperUpRight"),
    "stretch": ("mouthStretchLeft", "mouthStretchRight"), "smile": ("mouthSmileLeft", "mouthSmileRight"),
    "roll": ("mouthRollLower",), "shrug": ("mouthShrugUpper",), "forward": ("jawForward",),
    "out": ("tongueOut",), "tip": ("tongueTipUp",), "body": ("tongueBodyUp",), "back": ("tongueBackUp",),
    "down": ("tongueDown",),
}  # fmt: skip
GATED = ("mouthClose", "mouthPressLeft", "mouthPressRight", "mouthRollUpper")
RESTING = ("mouthFrownLeft", "mouthFrownRight", "mouthDimpleLeft", "mouthDimpleRight", "mouthShrugLower")
CHANNELS = tuple(name for names in GROUPS.values() for name in names) + GATED + RESTING
ROUND, PARTING, TONGUE = ("funnel", "pucker"), ("lower", "upper"), ("out", "tip", "body", "back", "down")
JAW = ("jaw", "forward")
LEAK = 1e-3  # added to the sum of dominances, so that far from any phone the face is at rest
NEAR_S = 0.4  # beyond this distance dominance is nil
BLOCK = 600  # frames that are blended at once, so that an hour of speech takes no more memory than a minute


@dataclass(frozen=True)
class Emphasis:
    slow_ms: float
    fast_ms: float
    slow: float
    fast: float
    pitch: float
    lips_share: float
    limit: float


@dataclass(frozen=True)
class Gate:
    early_ms: float
    short_ms: float
    least_ms: float
    ramp_ms: float
    soft: float


class Taught(NamedTuple):
    """clip: the curves. gate: (frames,) closure, 0..1. accent: (frames,) how much the syllable stands out: 0 in silence
    and where nothing is accented, 1 on a strongly accented syllable."""

    clip: Clip
    gate: np.ndarray
    accent: np.ndarray


@dataclass(frozen=True)
class Teacher:
    """The constants of `teacher.yaml`, which explains them."""

    version: int
    reach_ms: dict[str, tuple[float, float]]
    sustain: dict[str, float]
    exponent: float
    prepare_ms: float
    smooth_rad_s: dict[str, float]
    jaw_gain: float
    lip_gain: float
    schwa_max_ms: float
    stress: dict[str, float]
    emphasis: Emphasis
    accent: Accent
    manner: Manners
    weights: dict[str, dict[str, float]]
    closure_gate: Gate
    sibilant_ceiling: dict[str, float]
    labiodental: dict[str, float]
    closure_extras: dict[str, float]
    classes: dict[str, tuple[str, ...]]
    diphthongs: dict[str, tuple[str, str]]
    diphthong_split: float
    relatives: dict[str, str]
    targets: dict[str, dict[str, float]]

    def __post_init__(self) -> None:
        named = [*(name for names in self.classes.values() for name in names),
                 *(name for pair in self.diphthongs.values() for name in pair), *self.relatives.values()]
        for name in named:
            if name not in self.targets:
                raise ValueError(f"{name!r} has no targets; {nearest(name, self.targets)}")
        for row in self.targets.values():
            for group in row:
                if group not in GROUPS:
                    raise ValueError(f"targets: unknown group {group!r}; {nearest(group, GROUPS)}")

    @cached_property
    def rows(self) -> dict[str, int]:
        """Number of each row of the target table."""
        return {name: k for k, name in enumerate(self.targets)}

    @cached_property
    def target_table(self) -> np.ndarray:
        """(groups, rows)."""
        return np.array([[row.get(group, 0.0) for row in self.targets.values()] for group in GROUPS])

    @cached_property
    def weight_table(self) -> np.ndarray:
        """(groups, rows): how strongly a row insists on its target."""
        return np.array([[_weight(name, group, self) for name in self.targets] for group in GROUPS])

    def is_a(self, name: str, kind: str) -> bool:
        if kind == "labial":
            return name in self.classes["bilabial"] + self.classes["soft_bilabial"] + self.classes["labiodental"]
        return name in self.classes[kind]


@cache
def default_teacher() -> Teacher:
    path = Path(__file__).with_name("teacher.yaml")
    return build(Teacher, read_yaml(path), str(path))


def teach(phones: Sequence[Phone], audio: Audio, fps: int = 60, teacher: Teacher | None = None,
          manner: Manner | None = None) -> Taught:
    """Curves for a recording whose phones are known, spoken in this manner.

    A phone's name is ARPAbet or any row of `teacher.yaml`; another raises InputError. Frames are those whose time lies
    in the recording.
    """
    teacher = teacher or default_teacher()
    _check(phones, teacher)
    factors = manner_factors(manner or Manner(), teacher.manner)
    times = np.arange(len(audio) * fps // audio.rate + 1) / fps
    heard = prosody(audio, phones, times, teacher.emphasis.slow_ms / 1000, teacher.emphasis.fast_ms / 1000)
    parts = [part for phone in phones for part in parts_of(phone, teacher, factors["prepare"])]
    curves = dict(zip(GROUPS, blend(parts, times, teacher, factors)))
    _apply_gains(curves, emphasis(heard, teacher), teacher, factors)
    ceiling = _window(times, parts, teacher, "sibilant")
    curves["jaw"] -= ceiling * np.maximum(0, curves["jaw"] - teacher.sibilant_ceiling["jaw"])
    curves = {group: smooth(curve, omega(group, teacher) * factors["omega"] / fps) for group, curve in curves.items()}
    gate = closure_gate(parts, times, teacher)
    clip = _close(curves, gate, _window(times, parts, teacher, "labiodental"), fps, teacher)
    vowels = [phone for phone in phones if teacher.is_a(phone.name, "vowel") or phone.name in teacher.diphthongs]
    silences = [phone for phone in phones if phone.name == "SIL"]
    return Taught(clip, gate, accents(vowels, silences, heard, times, teacher.accent))


def _check(phones: Sequence[Phone], teacher: Teacher) -> None:
    for phone in phones:
        if phone.name not in teacher.rows and phone.name not in teacher.diphthongs:
            known = [*teacher.rows, *teacher.diphthongs]
            raise InputError(f"phone {phone.name!r} is no row of the teacher's table; {nearest(phone.name, known)}")


def parts_of(phone: Phone, teacher: Teacher, prepare: float = 1.0) -> list[Phone]:
    """A phone as the teacher's rows: diphthongs in two, a short AH as a schwa, silence over before speech sets in."""
    if phone.name == "SIL":
        length = phone.end - phone.start
        return [Phone("SIL", phone.start, phone.end - min(prepare * teacher.prepare_ms / 1000, length / 3))]
    if phone.name in teacher.diphthongs:
        first, second = teacher.diphthongs[phone.name]
        middle = phone.start + teacher.diphthong_split * (phone.end - phone.start)
        return [Phone(first, phone.start, middle, phone.stress), Phone(second, middle, phone.end, phone.stress)]
    if phone.name == "AH" and phone.end - phone.start < teacher.schwa_max_ms / 1000:
        return [Phone("AX", phone.start, phone.end, phone.stress)]
    return [phone]


def blend(parts: Sequence[Phone], times: np.ndarray, teacher: Teacher, factors: dict[str, float]) -> np.ndarray:
    """(groups, frames): the dominance-weighted mean of the parts' targets."""
    value = np.zeros((len(GROUPS), len(times)))
    if not parts:
        return value
    rows = np.array([teacher.rows[part.name] for part in parts])
    spans = np.array([(part.start, part.end) for part in parts])
    targets = _reached(parts, rows, teacher, factors)
    for first in range(0, len(times), BLOCK):
        block = slice(first, first + BLOCK)
        now = times[block]
        near = np.flatnonzero((spans[:, 1] > now[0] - NEAR_S) & (spans[:, 0] < now[-1] + NEAR_S))
        for groups, dominance in dominances(rows[near], spans[near], now, teacher, factors):
            weights = teacher.weight_table[groups][:, rows[near]]
            value[groups, block] = (weights * targets[groups][:, near]) @ dominance / (weights @ dominance + LEAK)
    return value


def _reached(parts: Sequence[Phone], rows: np.ndarray, teacher: Teacher, factors: dict[str, float]) -> np.ndarray:
    """(groups, parts): targets after precision (towards or away from a schwa's) and stress."""
    neutral = teacher.target_table[:, teacher.rows["AX"]]
    targets = teacher.target_table[:, rows]
    is_spoken = rows != teacher.rows["SIL"]
    pull = np.where(is_spoken, factors["contrast"] - 1, 0.0)
    # A sound that leaves a channel alone leaves it alone at any precision.
    moved = np.maximum(0, targets + np.where(targets > 0, pull * (targets - neutral[:, None]), 0.0))
    stress = np.array([_stress_gain(part, teacher, factors) for part in parts])
    moved[: len(GROUPS) - len(TONGUE)] *= stress
    return moved


def _stress_gain(part: Phone, teacher: Teacher, factors: dict[str, float]) -> float:
    if part.stress < 0 or not teacher.is_a(part.name, "vowel"):
        return 1.0
    if part.stress > 0:
        return teacher.stress["stressed"]
    return teacher.stress["unstressed"] ** factors["reduction"]


def dominances(rows: np.ndarray, spans: np.ndarray, times: np.ndarray, teacher: Teacher,
                factors: dict[str, float]) -> list[tuple[list[int], np.ndarray]]:
    """Numbers of the groups that share a reach, and (parts, frames) dominance without weights."""
    names = list(GROUPS)
    rounded = np.isin(rows, [teacher.rows[name] for name in teacher.classes["rounded"]])
    vowel = np.isin(rows, [teacher.rows[name] for name in teacher.classes["vowel"]])
    reach = {name: np.array(pair) / 1000 * factors["reach"] for name, pair in teacher.reach_ms.items()}
    lips_before = np.array([factors["before"], 1.0])
    by_group = (
        (JAW, "jaw", np.where(vowel[:, None], reach["jaw_vowel"], reach["jaw"])),
        (ROUND, "lips", np.where(rounded[:, None], reach["rounded"], reach["lips"]) * lips_before),
        ([name for name in names if name not in JAW + ROUND], "lips",
         np.tile(reach["lips"] * lips_before, (len(rows), 1))),
    )
    return [([names.index(name) for name in groups], _dominance(spans, times, teacher.sustain[sustain], pair, teacher))
            for groups, sustain, pair in by_group]


def _dominance(spans: np.ndarray, times: np.ndarray, sustain: float, reach: np.ndarray,
               teacher: Teacher) -> np.ndarray:
    """(parts, frames). reach: (parts, 2) seconds before and after."""
    held_until = spans[:, :1] + sustain * (spans[:, 1:] - spans[:, :1])
    early, late = np.maximum(0, spans[:, :1] - times), np.maximum(0, times - held_until)
    return np.exp(-((early / reach[:, :1] + late / reach[:, 1:]) ** teacher.exponent))


def _weight(name: str, group: str, teacher: Teacher) -> float:
    if group in JAW:
        return _jaw_weight(name, teacher)
    if group in TONGUE:
        weights = teacher.weights["tongue"]
        return weights["labial"] if teacher.is_a(name, "labial") else weights.get(name, weights["other"])
    return _lip_weight(name, group, teacher)


def _jaw_weight(name: str, teacher: Teacher) -> float:
    weights = teacher.weights["jaw"]
    if name in weights:
        return weights[name]
    kinds = ("sibilant", "labial", "vowel")
    return next((weights[kind] for kind in kinds if teacher.is_a(name, kind)), weights["consonant"])


def _lip_weight(name: str, group: str, teacher: Teacher) -> float:
    weights = teacher.weights["lips"]
    if name in weights:
        return weights[name]
    if teacher.is_a(name, "lip_free"):
        return weights["lip_free"]
    if group in ROUND:
        kinds = ("labial", "half_rounded", "rounded")
        return next((weights[f"{kind}_on_round"] for kind in kinds if teacher.is_a(name, kind)), weights["other"])
    if group in PARTING and teacher.is_a(name, "bilabial"):
        return weights["bilabial_on_part"]
    if group in (*PARTING, "roll") and teacher.is_a(name, "labiodental"):
        return weights["labiodental_on_part"]
    return weights["other"]


def emphasis(heard: Prosody, teacher: Teacher) -> np.ndarray:
    """(frames,): how much wider than usual the jaw opens just now, for loudness and pitch; a gain around 1."""
    by = teacher.emphasis
    exponent = by.slow * heard.slow + by.fast * heard.fast + by.pitch * heard.pitch
    return np.exp(np.clip(exponent, -np.log(by.limit), np.log(by.limit)))


def _apply_gains(curves: dict[str, np.ndarray], gain: np.ndarray, teacher: Teacher,
                 factors: dict[str, float]) -> None:
    for group in curves:
        if group == "jaw":
            curves[group] = curves[group] * (teacher.jaw_gain * factors["jaw"]) * gain
        elif group in PARTING:
            curves[group] = curves[group] * (teacher.lip_gain * factors["lips"]) * gain**teacher.emphasis.lips_share
        elif group not in TONGUE:
            curves[group] = curves[group] * (teacher.lip_gain * factors["lips"])


def omega(group: str, teacher: Teacher) -> float:
    """Of the smoothing of this group, radians a second."""
    return teacher.smooth_rad_s["jaw" if group in JAW else "tongue" if group in TONGUE else "lips"]


def closure_gate(phones: Sequence[Phone], times: np.ndarray, teacher: Teacher) -> np.ndarray:
    """(frames,) 0..1: 1 while the lips of p, b or m must be shut, with raised-cosine ramps outside."""
    gate = teacher.closure_gate
    early, short, least, ramp = (ms / 1000 for ms in (gate.early_ms, gate.short_ms, gate.least_ms, gate.ramp_ms))
    value = np.zeros(len(times))
    for kind, most in (("bilabial", 1.0), ("soft_bilabial", gate.soft)):
        spans = [(phone.start - early, max(phone.end - short, phone.start + least))
                 for phone in phones if teacher.is_a(phone.name, kind)]
        value = np.maximum(value, most * ramped(times, spans, ramp))
    return value


def _window(times: np.ndarray, parts: list[Phone], teacher: Teacher, kind: str) -> np.ndarray:
    spans = [(part.start, part.end) for part in parts if teacher.is_a(part.name, kind)]
    return ramped(times, spans, teacher.sibilant_ceiling["ramp_ms"] / 1000)


def _close(curves: dict[str, np.ndarray], gate: np.ndarray, bite: np.ndarray, fps: int, teacher: Teacher) -> Clip:
    """The last step: lips shut where the gate says so, lower lip under the teeth for f and v."""
    for group in PARTING:
        curves[group] = curves[group] * (1 - gate)
    curves["lower"] = curves["lower"] * (1 - bite)
    curves["roll"] = np.maximum(curves["roll"], bite * teacher.labiodental["roll"])
    columns = {name: curves[group] for group, names in GROUPS.items() for name in names}
    columns |= {name: gate * value for name, value in teacher.closure_extras.items()}
    columns["mouthClose"] = gate * np.minimum(curves["jaw"], 1)
    values = np.stack([columns.get(name, np.zeros(len(gate))) for name in CHANNELS], 1)
    return Clip(CHANNELS, np.clip(values, 0, 1).astype(np.float32), Fraction(fps))
