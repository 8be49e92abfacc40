"""Brow raises, and whether they fall on the words that stand out.

An accent is a peak of the network's `accent` hint. The brows go by the same hint, so that says only that they follow
what the network hears, and when. Beside it stands what was truly accented, found in loudness, pitch, length and stress
of phones whose times are known (`rigdriver.training.teacher.accent`), which the layers never see.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.signal import find_peaks

from rigdriver.clip import Clip
from rigdriver.evaluation.metrics import median, share
from rigdriver.evaluation.turns import Acted

BROW = "browInnerUp"
RAISED = 0.08  # rise above the valleys beside: drift has a standard deviation of .02, raises begin at .15
RISE_S = 0.5  # slower is a mood and no raise (BEHAVIOUR 5.2: .1 to .2 s before the word to its vowel)
ACCENTED, ACCENTS_APART_S = 0.5, 0.3  # the hint where an accent is likelier than not; a syllable and a half
EARLY_S, LATE_S = 0.1, 0.3  # of a raise's peak against the accent's: it should peak on the vowel


def raises_s(clip: Clip) -> np.ndarray:
    """(raises,): seconds of the peaks of browInnerUp that stand out by .08 and rise half of that in .5 s."""
    brow, fps = clip[BROW].astype(np.float64), float(clip.fps)
    peaks, found = find_peaks(brow, prominence=RAISED, plateau_size=1)
    quick = [_rise_frames(brow, int(peak), rise) <= RISE_S * fps
             for peak, rise in zip(peaks, found["prominences"])]
    return clip.times[peaks[np.array(quick, bool)]]


def _rise_frames(brow: np.ndarray, peak: int, rise: float) -> float:
    below = np.flatnonzero(brow[:peak] < brow[peak] - rise / 2)
    return float(peak - below[-1]) if len(below) else float("inf")


def accents_s(clip: Clip, accent: np.ndarray | None = None) -> np.ndarray:
    """(accents,): seconds of the peaks of the accent hint, or of another such curve, from .5 on, .3 s apart."""
    curve = clip["accent"] if accent is None else accent
    peaks, _ = find_peaks(curve, height=ACCENTED, distance=max(1, round(ACCENTS_APART_S * float(clip.fps))))
    return clip.times[peaks]


def on_accents(raised_s: np.ndarray, accented_s: np.ndarray) -> np.ndarray:
    """(raises, accents) bool: the raise's peak lies from .1 s before to .3 s after the accent's."""
    late = raised_s[:, None] - accented_s[None, :]
    return (late >= -EARLY_S) & (late <= LATE_S)


def by_chance(accented_s: np.ndarray, within_s: np.ndarray) -> float:
    """The share of moments (seconds) from which a raise would count as on an accent."""
    near = np.searchsorted(accented_s, within_s + EARLY_S, "right") > np.searchsorted(accented_s, within_s - LATE_S)
    return share(near.sum(), len(near))


def figures(scenes: Sequence[Acted]) -> dict[str, float]:
    """Figures by name over all scenes together; raises of turns and their accents."""
    raised, hit, given, accents, chance, late = 0, 0, 0, 0, 0.0, list[float]()
    minutes = sum(scene.minutes(scene.turns.talking) for scene in scenes)
    for scene in scenes:
        accented = accents_s(scene.clip)
        moments = raises_s(scene.clip)
        moments = moments[scene.turns.talking[scene.frames(moments)]]
        found = on_accents(moments, accented)
        raised, hit = raised + len(moments), hit + int(found.any(1).sum())
        accents, given = accents + len(accented), given + int(found.any(0).sum())
        chance += len(moments) * by_chance(accented, scene.clip.times[scene.turns.talking])
        late += (moments[:, None] - accented[None, :])[found].tolist()
    return {"brow raises a minute, speaking": share(raised, minutes),
            "brow raises on accents": share(hit, raised),
            "brow raises on accents by chance": share(chance, raised) if raised else float("nan"),
            "accents with a brow raise": share(given, accents),
            "brow raises on accents: peak after the accent's, ms": 1000 * median(late), **_truly(scenes)}


def _truly(scenes: Sequence[Acted]) -> dict[str, float]:
    """Raises against what was accented in truth."""
    raised, hit, chance = 0, 0, 0.0
    for scene in scenes:
        if scene.accent is None:
            continue
        accented, moments = accents_s(scene.clip, scene.accent), raises_s(scene.clip)
        moments = moments[scene.turns.talking[scene.frames(moments)]]
        raised, hit = raised + len(moments), hit + int(on_accents(moments, accented).any(1).sum())
        chance += len(moments) * by_chance(accented, scene.clip.times[scene.turns.talking])
    return {"brow raises on true accents": share(hit, raised),
            "brow raises on true accents by chance": share(chance, raised) if raised else float("nan")}
