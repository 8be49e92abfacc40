"""Retarget: from the canonical rig to any other, by that rig's own wiring, and back. Hints end here.

A map that sends mouthClose, jawOpen and the shapes that part the lips each its own way keeps lips shut that come
to it shut; a rig that bends either names the two (`seal`), and they are made to meet again. The ranges of the target
rig are made sure of last, since several sources may add up.

Every frame is made of its own curves alone, channel by channel and term by term in one order: a matrix product or a
sum over an axis rounds differently for other numbers of frames.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np

from rigdriver import rig as rigs
from rigdriver.channel import Channel
from rigdriver.clip import Clip
from rigdriver.errors import SettingsError
from rigdriver.layers.posing import Posing
from rigdriver.rig import Rig
from rigdriver.wiring import FLOOR, Wiring


@dataclass(frozen=True)
class Retarget:
    """Onto a rig's channels in its order. A channel that the map leaves out, or whose source is missing, rests.

    own: channels of this rig that the model gives by itself; they are taken as they are, not mapped.
    `start` raises SettingsError for a rig that has other channels than the canonical rig's and no map to them.
    """

    rig: Rig
    own: tuple[str, ...] = ()

    def start(self, header: Clip, seed: int) -> RetargetStream:
        return RetargetStream(self.rig.channels, forward(self.rig, self.own), header, self.own)


@dataclass(frozen=True)
class ToArkit:
    """The way back: a clip of a rig's channels onto the canonical rig. A curve that nothing tells of is 0.

    `start` raises SettingsError for a rig that cannot be read back.
    """

    rig: Rig

    def start(self, header: Clip, seed: int) -> RetargetStream:
        return RetargetStream(rigs.canonical().channels, backward(self.rig), header)


def is_readable(rig: Rig) -> bool:
    """Whether a rig's clips can be read back onto ARKit's curves."""
    return rig.backward is not None or rig.to_arkit is not None or set(rig.names) <= set(rigs.canonical().names)


def forward(rig: Rig, own: tuple[str, ...] = ()) -> Wiring:
    """How the rig's channels are made of ARKit's curves. Raises SettingsError where nothing says it."""
    if rig.forward is not None:
        return rig.forward
    names, arkit = rig.names, rigs.canonical().names
    if rig.from_arkit is not None:
        return Wiring(_rows(rig.from_arkit, arkit, names))
    strangers = set(names) - set(arkit) - set(own)
    if strangers and not own:
        raise SettingsError(f"the rig {rig.name!r} has no `from_arkit` map, so nothing says how to drive "
                            f"{sorted(strangers)[0]!r}; add one to its file")
    return Wiring({name: {name: 1.0} for name in names if name in arkit})


def backward(rig: Rig) -> Wiring:
    """How ARKit's curves are made of the rig's channels. Raises SettingsError where nothing says it."""
    if rig.backward is not None:
        return rig.backward
    names, arkit = rig.names, rigs.canonical().names
    if rig.to_arkit is not None:
        return Wiring(_rows(rig.to_arkit, names, arkit))
    if not is_readable(rig):
        raise SettingsError(f"the rig {rig.name!r} has no `to_arkit` map, so its curves cannot be read; "
                            "add one to its file")
    return Wiring({name: {name: 1.0} for name in names})


def _rows(matrix: np.ndarray, sources: tuple[str, ...], targets: tuple[str, ...]) -> dict[str, dict[str, float]]:
    """A matrix (sources, targets) as rows of a wiring."""
    return {target: {sources[k]: float(column[k]) for k in np.flatnonzero(column)}
            for target, column in zip(targets, matrix.T)}


class RetargetStream:
    """One wiring at work. own: channels that are copied from the clip as they are."""

    def __init__(self, channels: tuple[Channel, ...], wiring: Wiring, header: Clip, own: tuple[str, ...] = ()):
        self.header = Clip.header([channel.name for channel in channels], header.fps, header.end)
        self._end = header.end
        self._low, self._high = np.array([(c.low, c.high) for c in channels], np.float32).T
        self._column = {name: k for k, name in enumerate(self.header.names)}
        self._own = [(k, header.names.index(name)) for name, k in self._column.items()
                     if name in own and name in header.names]
        self._wiring, self._untouched = wiring, set(own)
        self._derived = _Deriving(wiring, header)
        self._sums = _Sums({name: row for name, row in wiring.rows.items() if name not in own},
                           self.header.names, self._derived.names)
        self._posing = Posing(wiring.poses, self._derived.names, header.fps) if wiring.poses else None
        self._rest = np.array([0.0 if c.name in own else c.rest for c in channels], np.float32)
        self._gains = np.array([1.0 if c.name in own else wiring.gains.get(c.name, 1.0) for c in channels], np.float32)
        self._curves = {self._column[name]: np.array(points, np.float64).T for name, points in wiring.curves.items()
                        if name not in own}
        self._corrected = [name for name in wiring.corrected() if name not in own]
        self._seal = _Seal(wiring.seal, self._column, self._derived.names) if wiring.seal else None

    def push(self, clip: Clip) -> Clip:
        sources = self._derived.widened(clip.values)
        sums = self._sums.of(sources)
        values = self._shaped(sums)
        if self._posing:
            for name, shown in self._posing.weights(sources).items():
                if name in self._column and name not in self._untouched:
                    values[:, self._column[name]] = self._bent(self._column[name], shown)
        self._within(values)
        for name in self._corrected:
            self._correct(name, sums, values)
        if self._seal:
            self._seal.close(sources, values)
        for target, column in self._own:
            values[:, target] = clip.values[:, column]
        self._within(values)
        self._end = clip.end
        return self.header.holding(values, clip.start)

    def flush(self) -> Clip:
        return replace(self.header, start=self._end)

    def _within(self, values: np.ndarray) -> None:
        """Limits every channel, in place: what `np.clip` does, at a third of its price for a frame."""
        np.maximum(values, self._low, out=values)
        np.minimum(values, self._high, out=values)

    def _shaped(self, sums: np.ndarray) -> np.ndarray:
        """(frames, channels) float32: rest + gain × curve(sums), every one."""
        bent = sums.copy()
        for k, (into, out) in self._curves.items():
            bent[:, k] = np.interp(bent[:, k], into, out)
        return self._rest + self._gains * bent

    def _bent(self, k: int, sums: np.ndarray) -> np.ndarray:
        """The same for one channel, (frames,)."""
        if k in self._curves:
            sums = np.interp(sums, *self._curves[k]).astype(np.float32)
        return self._rest[k] + self._gains[k] * sums

    def _correct(self, name: str, sums: np.ndarray, values: np.ndarray) -> None:
        """One channel again, with its correctives; its factors are finished."""
        k = self._column[name]
        total = sums[:, k].copy()
        for each in self._wiring.correctives[name]:
            product = reduce(np.multiply, [values[:, self._column[factor]] for factor in each.factors])
            total += np.float32(each.weight) * product
        values[:, k] = np.clip(self._bent(k, total), self._low[k], self._high[k])


class _Deriving:
    """Widens a clip's values by the derived curves. A curve that the clip lacks is a column of zeros."""

    def __init__(self, wiring: Wiring, header: Clip):
        derived, order = wiring.derived, wiring.order_of_derived()
        missing = {of for made in derived.values() for of in made.of} - set(header.names) - set(derived)
        self.names = (*header.names, *sorted(missing), *order)
        self._zeros = len(missing)
        column = {name: k for k, name in enumerate(self.names)}
        self._steps = [(derived[name].kind, [column[of] for of in derived[name].of]) for name in order]

    def widened(self, values: np.ndarray) -> np.ndarray:
        """(frames, names) float32."""
        if not self._steps:
            return values
        count, columns = values.shape
        wide = np.zeros((count, len(self.names)), np.float32)
        wide[:, :columns] = values
        for k, (kind, of) in enumerate(self._steps, columns + self._zeros):
            wide[:, k] = _DERIVE[kind](*(wide[:, each] for each in of))
        return wide


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.clip(part / np.maximum(whole, np.float32(FLOOR)), 0, 1)


_DERIVE = {
    "product": lambda *of: reduce(np.multiply, of),
    "ratio": _ratio,
    "difference": lambda one, other: np.maximum(one - other, np.float32(0)),
    "least": lambda *of: reduce(np.minimum, of),
    "most": lambda *of: reduce(np.maximum, of),
    "mean": lambda *of: reduce(np.add, of) / np.float32(len(of)),
}


class _Sums:
    """Σ weight × source of every channel, term by term."""

    def __init__(self, rows: Mapping[str, Mapping[str, float]], targets: tuple[str, ...], sources: tuple[str, ...]):
        column = {name: k for k, name in enumerate(sources)}
        sums = [[(column[source], weight) for source, weight in rows.get(target, {}).items() if source in column]
                for target in targets]
        terms = max(map(len, sums), default=0)
        padded = np.array([each + [(0, 0.0)] * (terms - len(each)) for each in sums])  # short sums end in weight 0
        padded = padded.reshape(len(sums), terms, 2).transpose(2, 1, 0)
        self._columns, self._weights = padded[0].astype(np.int64), padded[1].astype(np.float32)  # (terms, channels)
        self._width = len(targets)

    def of(self, sources: np.ndarray) -> np.ndarray:
        """(frames, channels) float32."""
        values = np.zeros((len(sources), self._width), np.float32)
        for columns, weights in zip(self._columns, self._weights):
            values += sources[:, columns] * weights
        return values


class _Seal:
    """Lips that come shut leave shut: their channel is at least as much of the jaw's as mouthClose was of jawOpen."""

    def __init__(self, seal: tuple[str, str], column: Mapping[str, int], sources: tuple[str, ...]):
        self._close, self._jaw = (column[name] for name in seal)
        self._from = [sources.index(name) for name in ("mouthClose", "jawOpen") if name in sources]

    def close(self, sources: np.ndarray, values: np.ndarray) -> None:
        if len(self._from) == 2:
            share = _ratio(*(sources[:, k] for k in self._from))
            values[:, self._close] = np.maximum(values[:, self._close], share * values[:, self._jaw])
