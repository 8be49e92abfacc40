"""Dynamics: how far and how fast channels move, against what real speech does.

The best cheap guard against over-smoothing: correlation and error both reward a face that hardly moves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from rigdriver.clip import Clip
from rigdriver.evaluation.metrics import velocity

FIGURES = ("p50", "p90", "p99", "speed p95")
GOOD = (0.8, 1.25)  # ratio to real speech that counts as alive (BEHAVIOUR, metrics)

REAL = {
    "jawOpen": (0.061, 0.220, 0.597, 3.13),
    "mouthFunnel": (0.118, 0.278, 0.461, 3.98),
    "mouthPucker": (0.053, 0.234, 0.523, 2.59),
    "mouthLowerDown": (0.085, 0.35, 0.50, 4.1),
    "mouthUpperUp": (0.12, 0.30, 0.45, 2.75),
    "mouthStretch": (0.045, 0.115, 0.37, 1.4),
    "mouthSmile": (0.072, 0.28, 0.58, 1.95),
    "mouthClose": (0.0, 0.044, 0.106, 0.87),
}
"""FIGURES of real speech: levels, and speed in 1/s. Measured on 20.3 s of one calibrated actor's Live Link Face
capture at 60 fps over speech-active frames (BEHAVIOUR 2.1; the recordings of AnimaVR's NeuroSync). One actor: rates
and ratios, not style. Left and right are averaged."""


def sides(name: str) -> tuple[str, ...]:
    """The channels behind a row of REAL: itself, or its left and right."""
    paired = name in ("mouthLowerDown", "mouthUpperUp", "mouthStretch", "mouthSmile")
    return (f"{name}Left", f"{name}Right") if paired else (name,)


def curve(clip: Clip, name: str) -> np.ndarray:
    """(frames,): a row of REAL in a clip, sides averaged; zeros where the clip has none of it."""
    columns = clip.columns(sides(name))
    return clip.values[:, columns].mean(1) if columns else np.zeros(len(clip), np.float32)


def figures(levels: Iterable[np.ndarray], speeds: Iterable[np.ndarray]) -> dict[str, float]:
    """FIGURES of pieces of one curve: quantiles of its level, and of its |speed|, over all pieces together."""
    level, speed = np.concatenate([*levels, []]), np.abs(np.concatenate([*speeds, []]))
    if not len(level) or not len(speed):
        return dict.fromkeys(FIGURES, float("nan"))
    values = [*np.quantile(level, (0.5, 0.9, 0.99)), np.quantile(speed, 0.95)]
    return dict(zip(FIGURES, map(float, values)))


def of(curves: Sequence[np.ndarray], fps: float) -> dict[str, float]:
    """FIGURES of whole curves at one rate."""
    return figures(curves, [velocity(values, fps) for values in curves])


def ratios(made: dict[str, float], true: dict[str, float]) -> dict[str, float]:
    """Each figure of one over the other's; not a number where the other's is nothing."""
    return {key: made[key] / true[key] if true[key] > 1e-3 else float("nan") for key in FIGURES}


def real(name: str) -> dict[str, float]:
    """FIGURES of a row of REAL."""
    return dict(zip(FIGURES, REAL[name]))
