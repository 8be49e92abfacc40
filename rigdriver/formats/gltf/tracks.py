"""The tracks of a file's animations as they are read: checked, and bounded in what they may ask for."""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction
from typing import Any

import numpy as np

from rigdriver.clip import Clip
from rigdriver.errors import InputError, nearest
from rigdriver.formats.gltf.asset import Asset
from rigdriver.formats.gltf.sampling import FASTEST, Curve, snapped
from rigdriver.rig import canonical

Tracks = dict[tuple[int, str], Curve]  # by node and path
SMALLEST_TURN = 1e-6  # length of a quaternion, which should be 1
MOST_VALUES = 2**27  # of a clip: a few keys may lie days apart, and would fill the memory


def named(asset: Asset, name: str) -> dict[str, Any]:
    """The first animation of that name; InputError where there is none."""
    animations = asset.document.get("animations", [])
    for animation in animations:
        if animation.get("name") == name:
            return animation
    have = [str(animation.get("name", "")) for animation in animations]
    raise InputError(f"{asset.path}: has no animation {name!r}; {nearest(name, have)}")


def own_rate(animation: dict[str, Any]) -> Fraction | None:
    """The exact rate that `write` noted, where the animation is ours."""
    try:
        rate = Fraction(animation["extras"]["rigdriver"]["fps"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return rate if 0 < rate <= FASTEST else None


def curve(asset: Asset, animation: dict[str, Any], channel: dict[str, Any], width: int | None = None) -> Curve:
    """What one channel with a node is moved by. width: values a key, where the path says. InputError where unsound."""
    sampler, what = animation["samplers"][channel["sampler"]], f"{asset.path}: a track of node"
    what = f"{what} {channel['target']['node']}"
    times = asset.values(sampler["input"])
    values = asset.values(sampler["output"]).astype(np.float32)
    interpolation = sampler.get("interpolation", "LINEAR")
    keys = len(times) * (3 if interpolation == "CUBICSPLINE" else 1)
    if not keys or values.size % keys or not values.size or (width and values.size != width * keys):
        raise InputError(f"{what} has {values.size} values for {len(times)} keys")
    if times.ndim != 1 or not np.isfinite(times).all() or (np.diff(times) <= 0).any():
        raise InputError(f"{what} has times that do not increase")
    if interpolation not in ("STEP", "LINEAR", "CUBICSPLINE") or not np.isfinite(values).all():
        raise InputError(f"{what} has values that are no numbers, or no known way between them")
    return _checked(times, values, interpolation, channel["target"]["path"] == "rotation", what)


def _checked(times: np.ndarray, values: np.ndarray, interpolation: str, rotates: bool, what: str) -> Curve:
    cubic = interpolation == "CUBICSPLINE"
    values = values.reshape((len(times), 3, -1) if cubic else (len(times), -1))
    if rotates and (np.linalg.norm(values[:, 1] if cubic else values, axis=1) < SMALLEST_TURN).any():
        raise InputError(f"{what} has a rotation that is none (all zeros)")
    return Curve(times, values, interpolation, rotates)


def span(asset: Asset, curves: Collection[Curve], fps: Fraction) -> tuple[int, int]:
    """First and last frame that some curve has keys for. InputError where that would be more than anyone can hold."""
    places = [snapped(one.times[[0, -1]], fps) for one in curves]
    first = np.ceil(min(place[0] for place in places))
    last = max(first, np.floor(max(place[-1] for place in places)))
    if (last - first) * sum(one.values.shape[-1] for one in curves) > MOST_VALUES or abs(first) > MOST_VALUES:
        raise InputError(f"{asset.path}: its animation ends at {float(last / fps):.3g} s, too late to be sampled")
    return int(first), int(last)


def clip(asset: Asset, columns: dict[str, np.ndarray], fps: Fraction, first: int) -> Clip:
    """Curves as a clip, ours in their order before all others. InputError where blending gave what is no number."""
    order = [name for name in canonical().names if name in columns]
    names = order + [name for name in columns if name not in order]
    values = np.stack([columns[name] for name in names], axis=1).astype(np.float32)
    if not np.isfinite(values).all():
        raise InputError(f"{asset.path}: its animation has values beyond what numbers can hold")
    return Clip(tuple(names), values, fps, first)
