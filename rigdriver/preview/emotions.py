"""The sheet of emotions: each at half and at full weight in silence, then at full weight on ah, oo and a shut m."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from rigdriver import rig
from rigdriver.clip import Clip
from rigdriver.layers import Layers
from rigdriver.performance import EMOTIONS, Performance, changed
from rigdriver.preview.actor import Actor
from rigdriver.preview.sheet import FACE, SPEECH, cell
from rigdriver.stage import run

ROWS, HELD_S = 5, 1.5  # long enough for speech to have taken over the lips
CASES: tuple[tuple[float, str], ...] = ((0.5, ""), (1.0, ""), (1.0, "AH"), (1.0, "OO"), (1.0, "B P M"))
SPOKEN = 0.6  # of the contact sheet's speech poses, which are larger than life


def emotion_sheet(actor: Actor) -> np.ndarray:
    """The sheet as an RGB image; emotions go down the columns."""
    rows = [np.hstack([_cell(actor, emotion, *case) for case in CASES]) for emotion in EMOTIONS]
    return np.hstack([np.vstack(rows[k : k + ROWS]) for k in range(0, len(rows), ROWS)])


def _cell(actor: Actor, emotion: str, weight: float, sound: str) -> np.ndarray:
    clip = run(Layers(_posed(emotion, weight)), _held(sound))
    last = {channel.name: float(clip[channel.name][-1]) for channel in rig.canonical().channels}
    weights = {name: last[name] for name in rig.canonical().weights}
    angles = {name: value for name, value in last.items() if name not in weights}
    return cell(actor, f"{emotion} {sound or f'{weight:g}'}", weights, angles, FACE)


def _posed(emotion: str, weight: float) -> Performance:
    """The expression alone: nothing that blinks, looks away or drifts."""
    still = {f"{layer}.enabled": False for layer in ("blink", "gaze", "brows", "silence", "breath", "asymmetry")}
    return changed(Performance(), {**still, "head.head_strength": 0.0, "emotion.variation": 0.0,
                                   f"emotion.{emotion}": weight}, emotion)


def _held(sound: str) -> Clip:
    pose = {name: SPOKEN * weight for name, weight in SPEECH[sound].items()} if sound else {}
    curves = {"voice": float(bool(sound)), "closure": float(sound == "B P M"), **pose}
    return Clip(tuple(curves), np.tile(np.array([*curves.values()], np.float32), (round(60 * HELD_S), 1)), Fraction(60))
