"""Head motion: its size, speed and bandwidth while speaking, beside an actor's, and how much of it is left at rest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rigdriver.evaluation.metrics import mean, median, share
from rigdriver.evaluation.turns import Acted, pieces

ANGLES = {"yaw": "headYaw", "pitch": "headPitch", "roll": "headRoll"}
PIECE_S = 20.0  # the actor's recording: a longer one has larger peaks and slower drifts


def angles(scene: Acted, name: str) -> np.ndarray:
    """(frames,) degrees."""
    return np.degrees(scene.clip[ANGLES[name]].astype(np.float64))


def below_hz(pieces_deg: Sequence[np.ndarray], fps: float, part: float = 0.9) -> float:
    """The frequency under which that part of the variance lies: Hann windows of pieces of one length, powers added."""
    if not len(pieces_deg):
        return float("nan")
    frames = len(pieces_deg[0])
    power = np.sum([np.abs(np.fft.rfft((piece - piece.mean()) * np.hanning(frames))) ** 2 for piece in pieces_deg], 0)
    power[0] = 0.0
    if not power.any():
        return float("nan")
    return float(np.fft.rfftfreq(frames, 1 / fps)[np.searchsorted(np.cumsum(power), part * power.sum())])


def figures(scenes: Sequence[Acted], piece_s: float = PIECE_S) -> dict[str, float]:
    """Figures by name. All but the first are medians over pieces of turns as long as the actor's recording."""
    got: dict[str, float] = {}
    for name in ANGLES:
        spoken, rest = (_pieces(scenes, name, state, piece_s) for state in ("talking", "listening"))
        fps = float(scenes[0].clip.fps) if scenes else 0.0
        speeds = [np.abs(np.diff(piece)) * fps for piece in spoken]
        size = median([piece.std() for piece in spoken])
        whole = [angles(scene, name)[scene.turns.talking] for scene in scenes]
        got |= {f"head {name}, speaking: sd, degrees": mean([curve.std() for curve in whole if len(curve)]),
                f"head {name}, speaking: sd in 20 s, degrees": size,
                f"head {name}, speaking: median speed, degrees/s": median([float(np.median(s)) for s in speeds]),
                f"head {name}, speaking: peak speed, degrees/s": median([float(s.max()) for s in speeds]),
                f"head {name}, speaking: 90 % of energy below, Hz": below_hz(spoken, fps),
                f"head {name}: sd listening over speaking": share(median([piece.std() for piece in rest]), size)}
    return got


def _pieces(scenes: Sequence[Acted], name: str, state: str, piece_s: float) -> list[np.ndarray]:
    return [angles(scene, name)[piece] for scene in scenes
            for piece in pieces(getattr(scene.turns, state), round(piece_s * float(scene.clip.fps)))]
