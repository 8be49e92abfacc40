"""Rig files: the keys that a rig's YAML may have, read strictly. `rigs/reference.yaml` shows and explains every one.

Version 1 knows channels and linear maps; version 2 adds ranges, rest, gains, curves, derived curves, correctives, poses
and the seal.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from rigdriver.channel import ANGLE_RANGE, WEIGHT_RANGE, Channel
from rigdriver.errors import SettingsError, nearest
from rigdriver.settings import build, read_yaml
from rigdriver.wiring import KINDS, Corrective, Derived, Poses, Wiring, check_numbers, check_points

VERSIONS = (1, 2)
OF_VERSION_1 = ("version", "name", "description", "weights", "angles", "from_arkit", "to_arkit")
SHOWS = ("blend", "one")

Row = str | dict[str, float]  # a lone name is that curve at weight 1


@dataclass(frozen=True)
class _Product:
    of: tuple[str, ...]
    weight: float = 1.0


@dataclass(frozen=True)
class _Poses:
    of: dict[str, dict[str, float]]
    measure: dict[str, float]
    show: str = "blend"


@dataclass(frozen=True)
class _Seal:
    close: str
    jaw: str


@dataclass(frozen=True)
class _RigFile:
    version: int
    name: str
    description: str = ""
    weights: dict[str, tuple[str, ...]] = field(default_factory=dict)
    angles: dict[str, tuple[str, ...]] = field(default_factory=dict)
    ranges: dict[str, tuple[float, float]] = field(default_factory=dict)
    rest: dict[str, float] = field(default_factory=dict)
    gains: dict[str, float] = field(default_factory=dict)
    curves: dict[str, tuple[tuple[float, float], ...]] = field(default_factory=dict)
    derived: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    correctives: dict[str, tuple[_Product, ...]] = field(default_factory=dict)
    poses: _Poses | None = None
    seal: _Seal | None = None
    from_arkit: dict[str, Row] = field(default_factory=dict)
    to_arkit: dict[str, Row] = field(default_factory=dict)


@dataclass(frozen=True)
class RigFile:
    """What a file says. forward makes its channels of ARKit's, backward the reverse; None where it has no such map."""

    name: str
    description: str
    channels: tuple[Channel, ...]
    forward: Wiring | None
    backward: Wiring | None


def read(path: Path, arkit: Callable[[], tuple[str, ...]]) -> RigFile:
    """A rig file. arkit: gives the canonical names; asked only where the file has maps. Raises SettingsError."""
    file = _parsed(read_yaml(path), str(path))
    try:
        channels = tuple(_channels(file))
        _check_channels(file, [channel.name for channel in channels])
        forward, backward = _wirings(file, [channel.name for channel in channels], arkit)
    except ValueError as error:
        raise SettingsError(f"{path}: {error}") from None
    except RecursionError:
        raise SettingsError(f"{path}: derived curves or correctives build on each other too deeply") from None
    return RigFile(file.name, file.description, channels, forward, backward)


def _parsed(document: dict[str, Any], where: str) -> _RigFile:
    version = document.get("version", 1)
    if isinstance(version, int) and version not in VERSIONS:
        raise SettingsError(f"{where}: version {version} is not known here; this rigdriver reads versions 1 and 2")
    known = {each.name for each in fields(_RigFile)}
    newer = [key for key in document if key in known and key not in OF_VERSION_1]
    if version == 1 and newer:
        raise SettingsError(f"{where}: the key {newer[0]!r} needs `version: 2`")
    return build(_RigFile, document, where)


def _channels(file: _RigFile) -> Iterator[Channel]:
    for unit, regions, usual in (("weight", file.weights, WEIGHT_RANGE), ("radian", file.angles, ANGLE_RANGE)):
        for region, names in regions.items():
            for name in names:
                low, high = file.ranges.get(name, usual)
                yield Channel(name, unit, low, high, file.rest.get(name, 0.0), region)


def _check_channels(file: _RigFile, names: list[str]) -> None:
    if not names:
        raise ValueError("lists no weights and no angles")
    for name in names:
        if not name:
            raise ValueError("a channel has no name")
        if names.count(name) > 1:
            raise ValueError(f"the channel {name!r} stands twice")
    for key in ("ranges", "rest", "gains", "curves", "correctives"):
        _check_known(getattr(file, key), names, f"{key}: no channel")
    for name, span in file.ranges.items():
        check_numbers(dict(zip(("the low end of", "the high end of"), span)), f"ranges: {name}:")
        if not span[0] < span[1]:
            raise ValueError(f"ranges: {name}: {span[0]:g} should be below {span[1]:g}")
    check_numbers(file.rest, "rest:")
    check_numbers(file.gains, "gains:")
    for channel in _channels(file):
        if not channel.low <= channel.rest <= channel.high:
            raise ValueError(f"rest: {channel.name}: {channel.rest:g} is outside its range, "
                             f"{channel.low:g} to {channel.high:g}")
    for name, points in file.curves.items():
        check_numbers({str(k): value for k, point in enumerate(points) for value in point}, f"curves: {name}: point")
        try:
            check_points(points)
        except ValueError as error:
            raise ValueError(f"curves: {name}: {error}") from None


def _wirings(file: _RigFile, names: list[str], arkit: Callable[[], tuple[str, ...]]
             ) -> tuple[Wiring | None, Wiring | None]:
    shapes = file.gains or file.curves or file.correctives or file.seal
    is_driven = bool(file.from_arkit or file.poses)
    if not (is_driven or file.to_arkit or shapes or file.derived):
        return None, None
    theirs = arkit()
    derived = {name: _derived(name, made) for name, made in file.derived.items()}
    both = {*names, *theirs, *derived}
    for name, made in derived.items():
        if name in names or name in theirs:
            raise ValueError(f"derived: {name!r} is a channel already; give it another name")
        _check_known(made.of, both, f"derived: {name}: no curve")
    forward = Wiring(
        _rows(file.from_arkit, names, theirs, derived, "from_arkit") if is_driven else _same(names, theirs),
        _usable(derived, theirs), file.curves, file.gains,
        {name: _correctives(name, products, names) for name, products in file.correctives.items()},
        _poses(file.poses, names, theirs, derived), _seal(file.seal, names),
    )
    backward = Wiring(_rows(file.to_arkit, theirs, names, derived, "to_arkit"), _usable(derived, names))
    return forward if is_driven or shapes else None, backward if file.to_arkit else None


def _same(names: Collection[str], theirs: Collection[str]) -> dict[str, dict[str, float]]:
    """A rig that says gains or curves and no map drives each channel by the curve of its own name."""
    return {name: {name: 1.0} for name in names if name in theirs}


def _derived(name: str, made: dict[str, tuple[str, ...]]) -> Derived:
    if len(made) != 1:
        raise ValueError(f"derived: {name}: is made in one way, one of {', '.join(KINDS)}")
    (kind, of), = made.items()
    if kind not in KINDS:
        raise ValueError(f"derived: {name}: no {kind!r}; {nearest(kind, KINDS)}")
    try:
        return Derived(kind, of)
    except ValueError as error:
        raise ValueError(f"derived: {name}: {error}") from None


def _usable(derived: dict[str, Derived], sources: Collection[str]) -> dict[str, Derived]:
    """The derived curves that these sources are enough for. Raises ValueError for a ring."""
    known, usable = set(sources), {}
    for name in Wiring(derived=derived).order_of_derived():
        if known.issuperset(derived[name].of):
            usable[name] = derived[name]
            known.add(name)
    return usable


def _rows(rows: dict[str, Row], targets: Collection[str], sources: Collection[str], derived: dict[str, Derived],
          where: str) -> dict[str, dict[str, float]]:
    usable = [*sources, *_usable(derived, sources)]
    _check_known(rows, targets, f"{where}: no channel")
    full = {name: {row: 1.0} if isinstance(row, str) else row for name, row in rows.items()}
    for name, weights in full.items():
        for source in weights:
            if source in derived and source not in usable:
                raise ValueError(f"{where}: {name}: {source!r} is derived of the other rig's curves")
        _check_known(weights, usable, f"{where}: {name}: no channel")
        check_numbers(weights, f"{where}: {name}:")
    return full


def _correctives(name: str, products: tuple[_Product, ...], names: Collection[str]) -> tuple[Corrective, ...]:
    for product in products:
        if not product.of:
            raise ValueError(f"correctives: {name}: is a product of no channels")
        _check_known(product.of, names, f"correctives: {name}: no channel")
        check_numbers({"weight": product.weight}, f"correctives: {name}:")
    return tuple(Corrective(product.of, product.weight) for product in products)


def _poses(poses: _Poses | None, names: Collection[str], theirs: Collection[str], derived: dict[str, Derived]
           ) -> Poses | None:
    if poses is None:
        return None
    usable = [*theirs, *_usable(derived, theirs)]
    if poses.show not in SHOWS:
        raise ValueError(f"poses: show: no {poses.show!r}; {nearest(poses.show, SHOWS)}")
    _check_known(poses.measure, usable, "poses: measure: no channel")
    check_numbers(poses.measure, "poses: measure:")
    if not any(weight > 0 for weight in poses.measure.values()) or min(poses.measure.values()) < 0:
        raise ValueError("poses: measure: weights are 0 or more, and one is more")
    for name, pose in poses.of.items():
        _check_known(pose, poses.measure, f"poses: {name}: measure has no")
        check_numbers(pose, f"poses: {name}:")
    if not set(names) & set(poses.of):
        raise ValueError(f"poses: none is a channel; {nearest(next(iter(poses.of), ''), names)}")
    if len([pose for pose in poses.of.values() if not pose]) > 1:
        raise ValueError("poses: only one can be empty, the mouth at rest")
    return Poses(poses.of, poses.measure, poses.show)


def _seal(seal: _Seal | None, names: Collection[str]) -> tuple[str, str] | None:
    if seal is None:
        return None
    _check_known((seal.close, seal.jaw), names, "seal: no channel")
    return seal.close, seal.jaw


def _check_known(asked: Iterable[str], known: Iterable[str], what: str) -> None:
    known = list(known)
    for name in asked:
        if name not in known:
            raise ValueError(f"{what} {name!r}; {nearest(name, known)}")
