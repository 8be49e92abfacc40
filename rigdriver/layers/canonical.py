"""Canonical: widens the model's clip to all channels of the canonical rig, so that layers find theirs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from rigdriver import rig
from rigdriver.clip import HINTS, PARTNER, SHIFT, Clip
from rigdriver.errors import InputError, nearest
from rigdriver.layers.in_place import columns


@dataclass(frozen=True)
class Canonical:
    """The canonical rig's channels in its order, missing ones 0, then `own`, then those hints that the clip has, and
    one that the layers give each other.

    own: channels of another rig that a model gives; no layer knows them, and they pass as they are.
    A missing hint stays missing: zeros would say "nobody speaks" and shut a mouth that moves.
    """

    own: tuple[str, ...] = ()

    def start(self, header: Clip, seed: int) -> CanonicalStream:
        return CanonicalStream(header, self.own)


class CanonicalStream:
    def __init__(self, header: Clip, own: tuple[str, ...] = ()):
        names = rig.canonical().names + own + tuple(hint for hint in (*HINTS, PARTNER) if hint in header) + (SHIFT,)
        for name in header.names:
            if name not in names:
                raise InputError(f"layers run on the canonical rig, which has no channel {name!r}; "
                                 f"{nearest(name, names)}")
        self.header = Clip.header(names, header.fps, header.end)
        self._columns = columns(self.header, header.names)
        self._end = header.end

    def push(self, clip: Clip) -> Clip:
        values = np.zeros((len(clip), len(self.header.names)), np.float32)
        values[:, self._columns] = clip.values
        self._end = clip.end
        return self.header.holding(values, clip.start)

    def flush(self) -> Clip:
        return replace(self.header, start=self._end)
