"""Emotions: what each of them, at full weight, leaves of what lips and teeth must do."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rigdriver.clip import Clip
from rigdriver.evaluation import closures, hearing, metrics, separation
from rigdriver.evaluation.report import Rows
from rigdriver.layers import Layers
from rigdriver.lips import SIBILANTS
from rigdriver.model.runtime import Model
from rigdriver.performance import EMOTIONS, Performance, changed
from rigdriver.pipeline import Drive
from rigdriver.stage import run
from rigdriver.take import Take

NONE = "none"
BILABIAL, LABIODENTAL, JAW = "bilabials closed", "f v: lip under teeth", "sibilants: jaw"
LOSS, OVER = "loss, points", "over none's"
NOTE = ("A point is a hundredth of all such sounds. jaw: jawOpen at the middle of s z sh zh ch jh, of which the teeth "
        "should hardly notice an emotion.")


def table(model: Model, takes: Sequence[Take]) -> Rows:
    """A row for no emotion and one for each, over takes whose phones are known; nothing where there are none."""
    if not takes:
        return {}
    manner = Drive(model).manner
    heard = [hearing.curves(model, take.audio, manner=manner) for take in takes]
    rows = {name: _row(heard, takes, weights)
            for name, weights in {NONE: {}, **{name: {name: 1.0} for name in EMOTIONS}}.items()}
    return {name: _beside(row, rows[NONE]) for name, row in rows.items()}


def _row(heard: Sequence[Clip], takes: Sequence[Take], weights: dict[str, float]) -> dict[str, float]:
    shown = {f"emotion.{name}": weight for name, weight in weights.items()}
    stage, jaws = Layers(changed(Performance(), shown, "emotions")), []
    shut, tucked = np.zeros(2), np.zeros(2)
    for clip, take in zip(heard, takes):
        face = run(stage, clip)
        shut += metrics.closures(face, take.phones)
        tucked += closures.tucked(face, take.phones)
        jaws.append(separation.at_centres(face, take.phones, SIBILANTS, ("jawOpen",)))
    jaw = np.concatenate(jaws)
    middle, wide = np.quantile(jaw, (0.5, 0.9)) if len(jaw) else (np.nan, np.nan)
    return {BILABIAL: metrics.share(*shut), LABIODENTAL: metrics.share(*tucked), f"{JAW} p50": float(middle),
            f"{JAW} p90": float(wide)}


def _beside(row: dict[str, float], none: dict[str, float]) -> dict[str, float]:
    losses = {f"{name}: {LOSS}": 100 * (none[name] - row[name]) for name in (BILABIAL, LABIODENTAL)}
    return row | losses | {f"{JAW} p90 {OVER}": row[f"{JAW} p90"] / none[f"{JAW} p90"]}
