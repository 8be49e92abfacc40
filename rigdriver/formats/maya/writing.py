"""Keys as the text of Maya's animation export."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rigdriver.clip import Clip
from rigdriver.errors import OutputError
from rigdriver.formats import keyed
from rigdriver.formats.atomic import replacing
from rigdriver.formats.losses import Loss
from rigdriver.formats.maya.units import RATES
from rigdriver.gathering import Anchors
from rigdriver.keys import Keys
from rigdriver.likeness import Likeness

_NAME = re.compile(r"[A-Za-z_][\w|:.\[\]]*", re.ASCII)


def write(
    clip: Clip, path: str | Path, *, nodes: str | Sequence[str] = "blendShape1", scale: float = 1.0,
    keys: float = keyed.FINE, still: bool = False, losses: list[Loss] | None = None,
    anchors: Anchors = (),
) -> Likeness:  # fmt: skip
    """The weights as keys of blendShape nodes.

    nodes: the blendShape nodes whose targets have the curves' names; several as a list or divided by commas. Each gets
        every curve.
    scale: what a full shape is called on them.
    keys: what a weight of 1 may be off by between keys that are as few as possible; 0: a key at every frame.
    still: also write curves that are 0 throughout; by default they are left as they are in the scene.
    anchors: seconds at which keys lie sooner than beside them.
    Returns what the keys cost.
    Raises InputError for a clip without weights, OutputError for a rate that Maya has no time unit for, a name that
    Maya cannot have, options or a place that cannot be.
    """
    unit = next((unit for unit, rate in RATES.items() if rate == clip.fps), None)
    if unit is None:
        raise OutputError(f"{path}: Maya has no time unit of {float(clip.fps):g} fps; choose 24, 25, 30, 48, 50, 60 or "
                          "120, or an NTSC rate")
    chosen = keyed.weights(clip, path, "Maya's blendShapes have", losses)
    targets = keyed.listed(nodes, "nodes", path)
    for name in (*targets, *chosen.names):
        if not _NAME.fullmatch(name):
            raise OutputError(f"{path}: {name!r} is no name that Maya can have; rename it")
    if not 0 < scale < math.inf:
        raise OutputError(f"{path}: scale={scale:g} is no weight of a full shape")
    curves, likeness = keyed.keyed(chosen, keys, still, path, losses, anchors)
    with replacing(path) as file:
        file.write(f"animVersion 1.1;\nmayaVersion 2020;\ntimeUnit {unit};\nlinearUnit cm;\nangularUnit deg;\n"
                   f"startTime {clip.start};\nendTime {clip.end - 1};\n".encode())
        for node in targets:
            for k, (name, curve) in enumerate(curves.items()):
                file.write(_curve(f"{name} {name} {node} 0 0 {k}", curve, float(clip.fps), scale, bool(keys)).encode())
    return likeness


def _curve(what: str, curve: Keys, fps: float, scale: float, smooth: bool) -> str:
    angles = np.degrees(np.arctan(curve.in_slopes * scale / fps)).tolist()
    rows = zip((curve.times * fps).tolist(), (curve.values * scale).tolist(), angles)
    lines = [f"    {time:.9g} {value:.8g} {_tangents(angle, smooth)};\n" for time, value, angle in rows]
    return (f"anim {what};\nanimData {{\n  input time;\n  output unitless;\n  weighted 0;\n  preInfinity constant;\n"
            f"  postInfinity constant;\n  keys {{\n{''.join(lines)}  }}\n}}\n")


def _tangents(angle: float, smooth: bool) -> str:
    """Both tangents' kinds, that they are joined and their weights too, that it is no breakdown, and their angles."""
    if not smooth:
        return "linear linear 1 1 0"
    return f"fixed fixed 1 1 0 {angle:.9g} 1 {angle:.9g} 1" if angle else "flat flat 1 1 0"
