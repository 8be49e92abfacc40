"""Retarget: from the canonical rig to any other, by that rig's own map. Hints end here.

A map that sends mouthClose, jawOpen and the shapes that part the lips each its own way keeps lips shut that come
to it shut. The ranges of the target rig are made sure of again, since several sources may add up.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from rigdriver import rig as rigs
from rigdriver.clip import Clip
from rigdriver.errors import SettingsError
from rigdriver.rig import Rig


@dataclass(frozen=True)
class Retarget:
    """Onto a rig's channels in its order. A channel that the map leaves out, or whose source is missing, is 0.

    own: channels of this rig that the model gives by itself; they are taken as they are, not mapped.
    `start` raises SettingsError for a rig that has other channels than the canonical rig's and no map to them.
    """

    rig: Rig
    own: tuple[str, ...] = ()

    def start(self, header: Clip, seed: int) -> RetargetStream:
        return RetargetStream(self.rig, header, self.own)


@dataclass(frozen=True)
class ToArkit:
    """The way back: a clip of a rig's channels onto the canonical rig. A curve that nothing tells of is 0.

    `start` raises SettingsError for a rig that cannot be read back.
    """

    rig: Rig

    def start(self, header: Clip, seed: int) -> RetargetStream:
        if not is_readable(self.rig):
            raise SettingsError(f"the rig {self.rig.name!r} has no `to_arkit` map, so its curves cannot be read; "
                                "add one to its file")
        arkit, matrix = rigs.canonical(), self.rig.to_arkit
        matrix = _same(self.rig.names, arkit.names) if matrix is None else matrix
        missing = [name for name in self.rig.names if name not in header.names]
        wide = np.zeros((len(header.names), len(arkit.names)), np.float32)
        for row, name in enumerate(self.rig.names):
            if name not in missing:
                wide[header.names.index(name)] = matrix[row]
        return RetargetStream(replace(arkit, from_arkit=wide), header, sources=header.names)


def is_readable(rig: Rig) -> bool:
    """Whether a rig's clips can be read back onto ARKit's curves."""
    return rig.to_arkit is not None or set(rig.names) <= set(rigs.canonical().names)


class RetargetStream:
    def __init__(self, rig: Rig, header: Clip, own: tuple[str, ...] = (), sources: tuple[str, ...] = ()):
        self.header = Clip.header(rig.names, header.fps, header.end)
        self._end = header.end
        self._columns, self._weights = _gathered(sources or _sources(own), _map(rig, own), header)
        self._low, self._high = np.array([(c.low, c.high) for c in rig.channels], np.float32).T

    def push(self, clip: Clip) -> Clip:
        values = np.zeros((len(clip), len(self.header.names)), np.float32)
        # Term by term: a matrix product rounds differently for other numbers of frames.
        for columns, weights in zip(self._columns, self._weights):
            values += clip.values[:, columns] * weights
        np.clip(values, self._low, self._high, out=values)
        self._end = clip.end
        return replace(self.header, values=values, start=clip.start)

    def flush(self) -> Clip:
        return replace(self.header, start=self._end)


def _sources(own: tuple[str, ...]) -> tuple[str, ...]:
    """What a rig's channels are made of: the canonical ones, then the model's own."""
    return rigs.canonical().names + own


def _map(rig: Rig, own: tuple[str, ...]) -> np.ndarray:
    """(sources, channels); the canonical rig, and one that has some of its channels, are their own map."""
    names, known = rig.names, set(_sources(own))
    matrix = rig.from_arkit
    if matrix is None:
        strangers = set(names) - known
        if strangers and not own:
            raise SettingsError(f"the rig {rig.name!r} has no `from_arkit` map, so nothing says how to drive "
                                f"{sorted(strangers)[0]!r}; add one to its file")
        matrix = _same(rigs.canonical().names, names)
    matrix = matrix * ~np.isin(names, own)
    return np.concatenate([matrix, _same(own, names)]).astype(np.float32) if own else matrix


def _same(sources: tuple[str, ...], names: tuple[str, ...]) -> np.ndarray:
    """(sources, names): 1 where the names are equal."""
    return np.array([[float(source == name) for name in names] for source in sources]).reshape(-1, len(names))


def _gathered(sources: tuple[str, ...], matrix: np.ndarray, header: Clip) -> tuple[np.ndarray, np.ndarray]:
    """Source columns and weights, both (terms, channels): term k of every channel; short sums end in weight 0."""
    column = {name: k for k, name in enumerate(header.names)}
    sums = [[(column[sources[row]], matrix[row, target]) for row in np.flatnonzero(matrix[:, target])
             if sources[row] in column] for target in range(matrix.shape[1])]
    terms = max(map(len, sums), default=0)
    padded = np.array([terms_of + [(0, 0.0)] * (terms - len(terms_of)) for terms_of in sums])
    padded = padded.reshape(len(sums), terms, 2).transpose(2, 1, 0)
    return padded[0].astype(np.int64), padded[1].astype(np.float32)
