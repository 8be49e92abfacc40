"""Whose curves these are, told by their names."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rigdriver import rig as rigs
from rigdriver.clip import Clip
from rigdriver.errors import InputError
from rigdriver.formats.losses import is_hint
from rigdriver.rig import Rig
from rigdriver.spelling import match

ENOUGH = 0.5  # of a clip's curves must be a rig's, before they are taken for it
NAMES_SHOWN = 6


def recognise(clip: Clip, others: Sequence[Rig] = ()) -> Rig | None:
    """The rig that has most of a clip's curves by name; of equals ARKit, then the smallest. None where none has half.

    others: rigs to think of besides those that ship.
    """
    names = [name for name in clip.names if not is_hint(name)]
    known = [*others, *map(rigs.load, rigs.available())]
    scores = {rig: len(set(names) & set(rig.names)) for rig in known}
    best = max(known, key=lambda rig: (scores[rig], rig.name == rigs.CANONICAL, -len(rig.channels)))
    if scores[best] and scores[best] >= ENOUGH * len(names):
        return best
    spelled = [name for name in match(names, rigs.canonical().names).channels if name]
    return rigs.canonical() if spelled and len(spelled) >= ENOUGH * len(names) else None


def named(clip: Clip, rig: Rig) -> tuple[Clip, tuple[str, ...]]:
    """The clip under the rig's names, whatever way it spelled them, and the curves that are none of the rig's.

    Halves of a shape that the rig has whole (`browInnerUp_L`) become their mean. Raises InputError where nothing is the
    rig's.
    """
    names = [name for name in clip.names if not is_hint(name)]
    meant: dict[str, list[str]] = {}
    for name, channel in zip(names, match(names, rig.names).channels):
        if channel is not None:
            meant.setdefault(channel, []).append(name)
    if not meant:
        shown = ", ".join(names[:NAMES_SHOWN])
        raise InputError(f"none of the clip's {len(names)} curves ({shown} …) is of the rig {rig.name}")
    order = [name for name in rig.names if name in meant]
    values = np.stack([clip.pick(meant[name]).values.mean(axis=1) for name in order], axis=1)
    used = {name for those in meant.values() for name in those}
    return Clip(tuple(order), values, clip.fps, clip.start), tuple(name for name in names if name not in used)
