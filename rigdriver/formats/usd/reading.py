"""A SkelAnimation's weights back as a clip, in this process.

USD's own code takes gigabytes and minutes for a few damaged bytes of a .usdc, so `rigdriver.formats.usd.apart` runs
this in a process with limits.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from pxr import Tf, Usd, UsdSkel, Vt

from rigdriver.clip import Clip
from rigdriver.errors import InputError, nearest
from rigdriver.formats import keyed, rates
from rigdriver.formats.losses import Loss, angle_names
from rigdriver.formats.usd import stages

ARRAYS = (Vt.FloatArray, Vt.HalfArray, Vt.DoubleArray)


def read_here(path: str | Path, prim: str | None, losses: list[Loss]) -> Clip:
    """What `read` gives. Raises InputError."""
    stage = stages.opened(path)
    try:
        return _clip(stage, prim, path, losses)
    except (Tf.ErrorException, RuntimeError, OverflowError, TypeError, UnicodeDecodeError, MemoryError) as error:
        raise InputError(f"{path}: its animation cannot be read ({stages.told(error)})") from None


def _clip(stage: Usd.Stage, prim: str | None, path: str | Path, losses: list[Loss]) -> Clip:
    animation = _chosen(stage, prim, path, losses)
    names = stages.tokens(animation.GetBlendShapesAttr())
    tracks = dict(_angles(animation))
    if not names and not tracks:
        raise InputError(f"{path}: {animation.GetPath()} has no blendshapes")
    weights = animation.GetBlendShapeWeightsAttr()
    codes = sorted({code for each in (weights, *tracks.values()) for code in each.GetTimeSamples()})
    rate, step = _rate(stage, np.array(codes), path)
    begins, ends = (codes[0] / step, codes[-1] / step) if codes else (0.0, 0.0)
    count = len(names) + len(tracks)
    first, last = keyed.places(begins, ends, count, len(codes) * count, path)
    values = np.zeros((last + 1 - first, count), np.float32)
    for place, row in enumerate(values, first):
        code = Usd.TimeCode(place * step) if codes else Usd.TimeCode.Default()
        held = weights.Get(code) if names else Vt.FloatArray()
        if not isinstance(held, ARRAYS) or len(held) != len(names):
            there = len(held) if isinstance(held, ARRAYS) else "no"
            raise InputError(f"{path}: its animation has {len(names)} blendshapes but {there} weights")
        row[: len(names)] = held
        row[len(names) :] = [track.Get(code) for track in tracks.values()]
    if not np.isfinite(values).all():
        raise InputError(f"{path}: holds a weight that is not a number")
    try:
        return Clip((*keyed.our_names(names), *tracks), values, rate, first)
    except ValueError as error:
        raise InputError(f"{path}: {error}") from None


def _chosen(stage: Usd.Stage, prim: str | None, path: str | Path, losses: list[Loss]) -> UsdSkel.Animation:
    found = {str(each.GetPath()): each for each in stages.animations(stage)}
    if prim is not None:
        if prim not in found:
            raise InputError(f"{path}: has no SkelAnimation at {prim!r}; {nearest(prim, map(repr, found))}")
        return found[prim]
    able = [place for place, each in found.items() if stages.tokens(each.GetBlendShapesAttr()) or dict(_angles(each))]
    if not able:
        raise InputError(f"{path}: holds no SkelAnimation with blendshapes")
    if able[1:]:
        losses.append(Loss("names", "other animations of the file (prim= chooses one)", tuple(able[1:])))
    return found[able[0]]


def _angles(animation: UsdSkel.Animation) -> Iterator[tuple[str, Usd.Attribute]]:
    """Attributes that hold our turns of head and eyes."""
    for name in sorted(angle_names()):
        attribute = animation.GetPrim().GetAttribute(f"userProperties:{name}")
        if attribute and attribute.GetTypeName() in ("float", "double"):
            yield name, attribute


def _rate(stage: Usd.Stage, codes: np.ndarray, path: str | Path) -> tuple[Fraction, float]:
    """Frames a second, and time codes a frame: 1, unless the samples lie evenly at another distance."""
    per_second = float(stage.GetTimeCodesPerSecond())
    steps = np.diff(codes)
    step = float(np.median(steps)) if len(steps) else 1.0
    step = step if len(steps) and np.abs(steps - step).max() < 1e-3 * step else 1.0
    rate = rates.usual(per_second / step) if step > 0 else None
    if rate is None:
        raise InputError(f"{path}: {per_second:g} time codes a second, {step:g} apart, are no frame rate")
    return rate, step
