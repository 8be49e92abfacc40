"""From one rig to another through ARKit, and what the way costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import lru_cache

import numpy as np

from rigdriver.clip import Clip
from rigdriver.conversion.recognise import named
from rigdriver.formats.losses import Loss, is_hint, left_out, moving
from rigdriver.layers.retarget import Retarget, ToArkit
from rigdriver.rig import CANONICAL, Rig
from rigdriver.stage import run

PROBES = 8  # random faces on which each curve is moved alone, to see whether anything on the other rig follows
PROBED_TO = 0.9  # of its range
LESS = (0.98, 0.995)  # a channel that stays at its bound when all sources are this much less was cut off there
MOVED = 1e-5
SEEN = 1e-3  # beyond a range, that is worth a word


def between(clip: Clip, source: Rig, target: Rig) -> tuple[Clip, list[Loss]]:
    """The clip on another rig's channels, and what could not come along.

    Raises InputError where none of its curves is the source rig's, SettingsError for a rig that cannot be read back
    or be driven.
    """
    own, strangers = named(clip, source)
    hints = [name for name in clip.names if is_hint(name)]
    losses = [*left_out(clip.pick([*strangers, *hints]), (), f"the rig {source.name} has")]
    arrived = through(own, source, target)
    losses += _without_home(own, source, target)
    losses += _clamped(own, arrived, source, target)
    return arrived, losses


def through(clip: Clip, source: Rig, target: Rig) -> Clip:
    """The clip on the target's channels."""
    arkit = clip if source.name == CANONICAL else run(ToArkit(source), clip)
    return arkit if target.name == CANONICAL and source.name != CANONICAL else run(Retarget(target), arkit)


def _without_home(clip: Clip, source: Rig, target: Rig) -> Iterator[Loss]:
    """The curves that move nothing on the target."""
    homeless = _homeless(source, target, clip.names)
    kept = [name for name in clip.names if name not in homeless]
    yield from left_out(clip, kept, f"the rig {target.name} has")


@lru_cache(maxsize=64)
def _homeless(source: Rig, target: Rig, names: tuple[str, ...]) -> frozenset[str]:
    """Curves of the source that no channel of the target follows, whatever the face they are moved on."""
    low, high = _ranges(source, names)
    rng = np.random.default_rng(0)
    faces = low + (high - low) * rng.random((PROBES, len(names)), np.float32)
    faces[0] = 0  # a curve alone, and on faces that let it show: a corrective or a pose takes more than one
    probes = np.repeat(faces[:, None], len(names) + 1, axis=1)  # (faces, names + 1, names); the last is unmoved
    for k in range(len(names)):
        up = faces[:, k] < (low[k] + high[k]) / 2
        probes[:, k, k] = np.where(up, low[k] + PROBED_TO * (high[k] - low[k]), low[k] * PROBED_TO)
    shown = through(Clip(names, probes.reshape(-1, len(names)), Fraction(60)), source, target).values
    shown = shown.reshape(PROBES, len(names) + 1, -1)
    follows = (np.abs(shown[:, :-1] - shown[:, -1:]) > MOVED).any(axis=(0, 2))
    return frozenset(name for name, does in zip(names, follows) if not does)


def _ranges(rig: Rig, names: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """(names,) lowest and highest values."""
    at = {channel.name: channel for channel in rig.channels}
    low, high = np.array([(at[name].low, at[name].high) for name in names], np.float32).T
    return low, high


def _clamped(clip: Clip, arrived: Clip, source: Rig, target: Rig) -> Iterator[Loss]:
    """Values that were cut off at a channel's range: they stay there when every source is a little less.

    Each source by a share of its own, and once more with the shares turned round: a channel made of the ratio of two
    sources is cut off only if it stays in both.
    """
    low, high = _ranges(target, arrived.names)
    suspects = (arrived.values >= high) | ((arrived.values <= low) & (low < 0))
    rows = np.flatnonzero(suspects.any(axis=1))
    if not len(rows) or np.isin(arrived.values[rows], (0, 1)).all():  # one pose at a time is at its bound by nature
        return
    shares = np.linspace(*LESS, len(clip.names), dtype=np.float32)
    cut: np.ndarray = suspects[rows]
    for share in (shares, shares[::-1]):
        less = through(Clip(clip.names, clip.values[rows] * share, clip.fps), source, target)
        cut = cut & (less.values == arrived.values[rows])
    names = tuple(arrived.names[k] for k in np.flatnonzero(cut.any(axis=0)))
    if names:
        yield Loss("values", f"{int(cut.sum())} values were cut off at the ranges of the rig {target.name}", names)


def outside(clip: Clip, rig: Rig) -> Iterator[Loss]:
    """A note on values beyond a rig's ranges that travel on as they are."""
    moves = moving(clip).intersection(rig.names)
    ours = [name for name in clip.names if name in moves]
    low, high = _ranges(rig, ours) if ours else (np.zeros(0), np.zeros(0))
    values = clip.pick(ours).values
    beyond = np.fmax(low - values, values - high).max(axis=0, initial=0)
    names = tuple(name for name, by in zip(ours, beyond) if by > SEEN)
    if names:
        words = f"up to {beyond.max():.2g} beyond the ranges of the rig {rig.name}, and left as they are"
        yield Loss("values", words, names)
