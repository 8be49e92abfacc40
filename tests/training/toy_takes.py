"""Folders of takes of our own making: a buzz through two formants that opens, rounds and shuts, and its curves."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import lfilter

from rigdriver import formats
from rigdriver.clip import Clip
from rigdriver.take import Phone

RATE = 16000
SOUNDS = {  # phone: formants in Hz, level, jaw, round, shut
    "AA": (750, 1250, 1.0, 0.7, 0.0, 0.0), "UW": (320, 750, 0.7, 0.2, 0.6, 0.0), "M": (250, 500, 0.25, 0.1, 0.0, 1.0),
    "SIL": (500, 1500, 0.0, 0.0, 0.0, 0.0),
}  # fmt: skip
ARKIT = {"jaw": "jawOpen", "round": "mouthPucker", "shut": "mouthClose"}
OWN = {"jaw": "CTRL_jaw_drop", "round": "CTRL_lips_round", "shut": "CTRL_lips_seal"}
EASE_S = 0.05  # half width of the curves' ramps


@dataclass(frozen=True)
class Toy:
    """One take: sound (n,), curves at fps, phones."""

    sound: np.ndarray
    clip: Clip
    phones: tuple[Phone, ...]


def toy(seed: int, seconds: float = 6.0, fps: int = 60, names: dict[str, str] = ARKIT) -> Toy:
    """A take that is a function of its seed. Beside the three curves: a blink of its own will and a dead channel."""
    rng = np.random.default_rng(seed)
    phones = _phones(rng, seconds)
    return Toy(_sound(phones, seconds, rng), _clip(phones, seconds, fps, names), phones)


def _phones(rng: np.random.Generator, seconds: float) -> tuple[Phone, ...]:
    phones, at, name = [], 0.0, "SIL"
    while at < seconds:
        end = min(seconds, at + float(rng.uniform(0.12, 0.3)))
        phones.append(Phone(name, at, end))
        name, at = str(rng.choice([other for other in SOUNDS if other != name], p=[0.4, 0.3, 0.3])), end
    return tuple(phones)


def _sound(phones: tuple[Phone, ...], seconds: float, rng: np.random.Generator) -> np.ndarray:
    n = int(seconds * RATE)
    pitch = 110 * 2 ** (rng.uniform(0, 0.6) + 0.1 * np.sin(np.arange(n) / RATE * 3))
    phase = np.cumsum(pitch) / RATE
    buzz = (phase % 1.0 - 0.5) + 0.02 * rng.standard_normal(n)
    out = np.zeros(n)
    for phone in phones:
        first, last = int(phone.start * RATE), int(phone.end * RATE)
        low, high, level, *_ = SOUNDS[phone.name]
        burst = _resonance(_resonance(buzz[first:last], low), high)
        out[first:last] = level * burst / (burst.std() + 1e-9)
    return (0.2 * out / (np.abs(out).max() + 1e-9) + 1e-4 * rng.standard_normal(n)).astype(np.float32)


def _resonance(x: np.ndarray, hz: float) -> np.ndarray:
    radius, angle = 0.97, 2 * np.pi * hz / RATE
    return lfilter([1 - radius], [1, -2 * radius * np.cos(angle), radius**2], x)


def _clip(phones: tuple[Phone, ...], seconds: float, fps: int, names: dict[str, str]) -> Clip:
    times = np.arange(int(seconds * fps) + 1) / fps
    columns = {}
    for k, part in enumerate(("jaw", "round", "shut")):
        steps = np.array([SOUNDS[_at(phones, t)][3 + k] for t in np.arange(0, seconds, 0.005)])
        width = int(2 * EASE_S / 0.005)
        kernel = np.hanning(width + 2)[1:-1]
        eased = np.convolve(np.pad(steps, width, mode="edge"), kernel / kernel.sum(), mode="same")[width:-width]
        columns[names[part]] = np.interp(times, np.arange(len(eased)) * 0.005, eased)
    columns[names["shut"]] *= columns[names["jaw"]] / max(1e-6, SOUNDS["M"][3])  # shut lips: as far as the jaw is open
    columns["eyeBlinkLeft" if names is ARKIT else "CTRL_dead"] = (times % 2 < 0.15) * (1.0 if names is ARKIT else 0.001)
    columns["mouthLeft" if names is ARKIT else "CTRL_dead2"] = np.full(len(times), 0.2)
    return Clip(tuple(columns), np.clip(np.stack(list(columns.values()), 1), 0, 1).astype(np.float32), Fraction(fps))


def _at(phones: tuple[Phone, ...], t: float) -> str:
    return next((phone.name for phone in phones if phone.start <= t < phone.end), "SIL")


def write(folder: Path, name: str, take: Toy, suffix: str = ".csv", sound_suffix: str = ".wav") -> Path:
    """Writes the recording and its curves; returns the recording's path."""
    path = folder / f"{name}{sound_suffix}"
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, take.sound, RATE)
    formats.write(take.clip, path.with_suffix(suffix))
    return path


def make(folder: Path, count: int = 3, seconds: float = 6.0, names: dict[str, str] = ARKIT) -> Path:
    """`count` takes: Live Link CSV at 60 fps for ARKit names, NPZ at 30 fps for a rig of one's own."""
    for k in range(count):
        if names is ARKIT:
            write(folder, f"take_{k}", toy(k, seconds), ".csv")
        else:
            write(folder, f"take_{k}", toy(k, seconds, 30, names), ".npz")
    return folder
