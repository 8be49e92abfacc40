"""The articulatory teacher: phones with times, and the sound's loudness, become curves that a face could make.

Order, which matters: dominance blend → emphasis → sibilant ceiling → smoothing → closure gate and f/v guard.
Every constant stands in `teacher.yaml`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np

from rigdriver.audio import Audio
from rigdriver.clip import Clip
from rigdriver.settings import build, read_yaml
from rigdriver.take import Phone

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
LEAK = 1e-3  # added to the sum of dominances, so that far from any phone the face is at rest


@dataclass(frozen=True)
class Emphasis:
    spread: float
    smooth_ms: float
    lips_share: float
    limit: float


@dataclass(frozen=True)
class Gate:
    early_ms: float
    short_ms: float
    least_ms: float
    ramp_ms: float


@dataclass(frozen=True)
class Teacher:
    """The constants of `teacher.yaml`, which explains them."""

    version: int
    reach_ms: dict[str, tuple[float, float]]
    sustain: float
    exponent: float
    smooth_rad_s: float
    jaw_gain: float
    lip_gain: float
    schwa_max_ms: float
    emphasis: Emphasis
    weights: dict[str, dict[str, float]]
    closure_gate: Gate
    sibilant_ceiling: dict[str, float]
    labiodental: dict[str, float]
    closure_extras: dict[str, float]
    classes: dict[str, tuple[str, ...]]
    diphthongs: dict[str, tuple[str, str]]
    diphthong_split: float
    targets: dict[str, dict[str, float]]

    def is_a(self, phone: Phone, kind: str) -> bool:
        if kind == "labial":
            return phone.name in self.classes["bilabial"] + self.classes["labiodental"]
        return phone.name in self.classes[kind]


@cache
def default_teacher() -> Teacher:
    path = Path(__file__).with_name("teacher.yaml")
    return build(Teacher, read_yaml(path), str(path))


def teach(phones: Sequence[Phone], audio: Audio, fps: int = 60,
          teacher: Teacher | None = None) -> tuple[Clip, np.ndarray]:
    """Curves for a recording whose phones are known, and its closure gate (frames,) 0..1.

    Frames are those whose time lies in the recording.
    """
    teacher = teacher or default_teacher()
    times = np.arange(len(audio) * fps // audio.rate + 1) / fps
    parts = [part for phone in phones for part in _parts(phone, teacher)]
    gain = _emphasis(audio, phones, times, teacher)
    curves = {group: _blend(group, parts, times, teacher) for group in GROUPS}
    _apply_gains(curves, gain, teacher)
    ceiling = _window(times, parts, teacher, "sibilant")
    curves["jaw"] -= ceiling * np.maximum(0, curves["jaw"] - teacher.sibilant_ceiling["jaw"])
    curves = {group: smooth(curve, teacher.smooth_rad_s / fps) for group, curve in curves.items()}
    gate = closure_gate(parts, times, teacher)
    return _close(curves, gate, _window(times, parts, teacher, "labiodental"), fps, teacher), gate


def _parts(phone: Phone, teacher: Teacher) -> list[Phone]:
    """A phone as the teacher's rows: diphthongs in two, a short AH as a schwa."""
    if phone.name in teacher.diphthongs:
        first, second = teacher.diphthongs[phone.name]
        middle = phone.start + teacher.diphthong_split * (phone.end - phone.start)
        return [Phone(first, phone.start, middle, phone.stress), Phone(second, middle, phone.end, phone.stress)]
    if phone.name == "AH" and phone.end - phone.start < teacher.schwa_max_ms / 1000:
        return [Phone("AX", phone.start, phone.end, phone.stress)]
    return [phone]


def _blend(group: str, parts: list[Phone], times: np.ndarray, teacher: Teacher) -> np.ndarray:
    """(frames,): the dominance-weighted mean of the phones' targets."""
    total, weighted = np.full(len(times), LEAK), np.zeros(len(times))
    for part in parts:
        near = slice(*np.searchsorted(times, (part.start - 0.4, part.end + 0.4)))  # dominance is nil beyond
        dominance = _dominance(part, group, times[near], teacher)
        total[near] += dominance
        weighted[near] += dominance * teacher.targets[part.name].get(group, 0.0)
    return weighted / total


def _dominance(part: Phone, group: str, times: np.ndarray, teacher: Teacher) -> np.ndarray:
    before, after = (reach / 1000 for reach in teacher.reach_ms[_reach(part, group, teacher)])
    held_until = part.start + teacher.sustain * (part.end - part.start)
    early = np.maximum(0, part.start - times) / before
    late = np.maximum(0, times - held_until) / after
    return _weight(part, group, teacher) * np.exp(-((early + late) ** teacher.exponent))


def _reach(part: Phone, group: str, teacher: Teacher) -> str:
    if group == "jaw":
        return "jaw"
    return "rounded" if group in ROUND and teacher.is_a(part, "rounded") else "lips"


def _weight(part: Phone, group: str, teacher: Teacher) -> float:
    if group in ("jaw", "forward"):
        return _jaw_weight(part, teacher)
    if group in TONGUE:
        weights = teacher.weights["tongue"]
        return weights["labial"] if teacher.is_a(part, "labial") else weights.get(part.name, weights["other"])
    return _lip_weight(part, group, teacher)


def _jaw_weight(part: Phone, teacher: Teacher) -> float:
    weights = teacher.weights["jaw"]
    if part.name in weights:
        return weights[part.name]
    kinds = ("sibilant", "labial", "vowel")
    return next((weights[kind] for kind in kinds if teacher.is_a(part, kind)), weights["consonant"])


def _lip_weight(part: Phone, group: str, teacher: Teacher) -> float:
    weights = teacher.weights["lips"]
    if part.name in weights:
        return weights[part.name]
    if teacher.is_a(part, "lip_free"):
        return weights["lip_free"]
    if group in ROUND and teacher.is_a(part, "labial"):
        return weights["labial_on_round"]
    if group in ROUND and teacher.is_a(part, "rounded"):
        return weights["rounded_on_round"]
    if group in PARTING and teacher.is_a(part, "bilabial"):
        return weights["bilabial_on_part"]
    if group in (*PARTING, "roll") and teacher.is_a(part, "labiodental"):
        return weights["labiodental_on_part"]
    return weights["other"]


def _emphasis(audio: Audio, phones: Sequence[Phone], times: np.ndarray, teacher: Teacher) -> np.ndarray:
    """(frames,): how much louder than this speaker's usual the voice is just now, as a gain around 1."""
    emphasis = teacher.emphasis
    level = level_db(audio, times, emphasis.smooth_ms / 1000)
    spoken = np.zeros(len(times), bool)
    for phone in phones:
        if phone.name != "SIL":
            spoken |= (times >= phone.start) & (times < phone.end)
    if spoken.sum() < 2:
        return np.ones(len(times))
    z = (level - level[spoken].mean()) / max(level[spoken].std(), 1.0)
    gain = np.exp(emphasis.spread * z - emphasis.spread**2 / 2)
    return np.clip(gain, 1 / emphasis.limit, emphasis.limit)


def level_db(audio: Audio, times: np.ndarray, width_s: float) -> np.ndarray:
    """(frames,): mean power over `width_s` around each time, dB of full scale."""
    power = np.concatenate([[0.0], np.cumsum(audio.samples.astype(np.float64) ** 2)])
    first = np.clip(np.round((times - width_s / 2) * audio.rate), 0, len(audio) - 1).astype(int)
    last = np.clip(np.round((times + width_s / 2) * audio.rate), first + 1, len(audio)).astype(int)
    return 10 * np.log10((power[last] - power[first]) / (last - first) + 1e-9)


def _apply_gains(curves: dict[str, np.ndarray], emphasis: np.ndarray, teacher: Teacher) -> None:
    for group in curves:
        if group == "jaw":
            curves[group] = curves[group] * teacher.jaw_gain * emphasis
        elif group in PARTING:
            curves[group] = curves[group] * teacher.lip_gain * emphasis**teacher.emphasis.lips_share
        elif group not in TONGUE:
            curves[group] = curves[group] * teacher.lip_gain


def smooth(curve: np.ndarray, omega: float) -> np.ndarray:
    """Zero-phase, two-sided critically damped smoothing; omega in radians a frame."""
    reach = int(np.ceil(8 / omega))
    distance = np.abs(np.arange(-reach, reach + 1)) * omega
    kernel = (1 + distance) * np.exp(-distance)
    return np.convolve(np.pad(curve, reach, mode="edge"), kernel / kernel.sum(), mode="valid")


def closure_gate(phones: Sequence[Phone], times: np.ndarray, teacher: Teacher) -> np.ndarray:
    """(frames,) 0..1: 1 while the lips of p, b or m must be shut, with raised-cosine ramps outside."""
    gate = teacher.closure_gate
    early, short, least, ramp = (ms / 1000 for ms in (gate.early_ms, gate.short_ms, gate.least_ms, gate.ramp_ms))
    spans = [(phone.start - early, max(phone.end - short, phone.start + least))
             for phone in phones if teacher.is_a(phone, "bilabial")]
    return ramped(times, spans, ramp)


def _window(times: np.ndarray, parts: list[Phone], teacher: Teacher, kind: str) -> np.ndarray:
    spans = [(part.start, part.end) for part in parts if teacher.is_a(part, kind)]
    return ramped(times, spans, teacher.sibilant_ceiling["ramp_ms"] / 1000)


def ramped(times: np.ndarray, spans: Sequence[tuple[float, float]], ramp_s: float) -> np.ndarray:
    """(frames,): 1 inside the spans, raised-cosine ramps of ramp_s around them, 0 elsewhere."""
    value = np.zeros(len(times))
    for first, last in spans:
        outside = np.clip(np.maximum(first - times, times - last) / ramp_s, 0, 1)
        value = np.maximum(value, 0.5 + 0.5 * np.cos(np.pi * outside))
    return value


def _close(curves: dict[str, np.ndarray], gate: np.ndarray, bite: np.ndarray, fps: int, teacher: Teacher) -> Clip:
    """The last step: lips shut where the gate says so, lower lip under the teeth for f and v."""
    for group in PARTING:
        curves[group] = curves[group] * (1 - gate)
    curves["lower"] = curves["lower"] * (1 - bite)
    curves["roll"] = np.maximum(curves["roll"], bite * teacher.labiodental["roll"])
    columns = {name: curves[group] for group, names in GROUPS.items() for name in names}
    columns |= {name: gate * value for name, value in teacher.closure_extras.items()}
    columns["mouthClose"] = gate * curves["jaw"]
    values = np.stack([columns.get(name, np.zeros(len(gate))) for name in CHANNELS], 1)
    return Clip(CHANNELS, np.clip(values, 0, 1).astype(np.float32), Fraction(fps))
