"""Wiring: what each channel of one rig is made of in the curves of another. Data only, checked for sense when made.

A channel is

    rest + gain × curve(Σ weight × source + Σ weight × Π factors),  kept in the channel's range

where sources are curves of the other rig or derived from them, and factors are channels of this rig (a corrective
shape of two others). Channels with a pose are shown instead as far as the pose is: see `Poses`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

Weights = Mapping[str, float]
Points = tuple[tuple[float, float], ...]

KINDS = {"product": (2, 8), "ratio": (2, 2), "difference": (2, 2), "least": (2, 8), "most": (2, 8), "mean": (2, 8)}
"""How a curve may be derived, and the fewest and most it may be derived of.

product: all multiplied. ratio: the first over the second, 0..1. difference: the first less the second, at least 0.
least, most: the smaller, the larger. mean: their average."""

FLOOR = 0.02
"""A ratio's divisor counts as no less: at a jaw open by a fiftieth of its way nobody sees whether lips meet."""


@dataclass(frozen=True)
class Derived:
    """A curve that is made of others, frame by frame. Raises ValueError for fewer or more than `KINDS` says."""

    kind: str
    of: tuple[str, ...]

    def __post_init__(self) -> None:
        fewest, most = KINDS[self.kind]
        if not fewest <= len(self.of) <= most:
            raise ValueError(f"a {self.kind} is of {fewest if fewest == most else f'{fewest} to {most}'} curves, "
                             f"not {len(self.of)}")


@dataclass(frozen=True)
class Corrective:
    """`weight` times the product of channels of the same rig, as they end up, added to a channel."""

    factors: tuple[str, ...]
    weight: float = 1.0


@dataclass(frozen=True)
class Poses:
    """Channels that are whole poses of a mouth: visemes, mouth shapes of a cartoon.

    of: pose → what the other rig's curves are in it; an empty one is rest, what the others leave over. A name that is
    no channel may stand here: a mouth that is known and not shown.
    measure: how much a difference in each curve counts; curves that are not named do not count.
    show: "blend" is the mixture of poses that lies nearest, its weights 0..1 and 1 together; "one" is the nearest
    alone, at 1.
    """

    of: Mapping[str, Weights]
    measure: Weights
    show: str = "blend"

    @property
    def rest(self) -> str | None:
        """The empty pose, if there is one."""
        return next((name for name, pose in self.of.items() if not pose), None)


@dataclass(frozen=True)
class Wiring:
    """All of it. Raises ValueError for correctives or derived curves that go round in a ring.

    rows: channel → source → weight; a channel without a row, pose or corrective stays at rest.
    derived: name → curve made of sources, usable as one.
    curves: channel → (in, out) points, straight between them and flat beyond. gains: channel → factor.
    seal: (close, jaw), channels of this rig that mean what ARKit's mouthClose and jawOpen mean: lips that come shut
    (mouthClose at jawOpen's value) leave shut, whatever gains and curves did to either.
    """

    rows: Mapping[str, Weights] = field(default_factory=dict)
    derived: Mapping[str, Derived] = field(default_factory=dict)
    curves: Mapping[str, Points] = field(default_factory=dict)
    gains: Mapping[str, float] = field(default_factory=dict)
    correctives: Mapping[str, tuple[Corrective, ...]] = field(default_factory=dict)
    poses: Poses | None = None
    seal: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        self.order_of_derived()
        self.corrected()

    def order_of_derived(self) -> list[str]:
        """Derived curves, each after those that it is made of."""
        return in_order({name: derived.of for name, derived in self.derived.items()}, "the derived curve")

    def corrected(self) -> list[str]:
        """Channels that have correctives, each after those that it is made of."""
        needs = {name: tuple(factor for each in correctives for factor in each.factors)
                 for name, correctives in self.correctives.items()}
        return in_order(needs, "the corrective of")


def in_order(needs: Mapping[str, Iterable[str]], what: str) -> list[str]:
    """The keys, each after those of its needs that are keys as well. Raises ValueError naming a ring."""
    done: list[str] = []
    path: list[str] = []

    def visit(name: str) -> None:
        if name in path:
            ring = [*path[path.index(name):], name]
            raise ValueError(f"{what} {name!r} is made of itself: {' ← '.join(ring)}")
        if name in done or name not in needs:
            return
        path.append(name)
        for need in needs[name]:
            visit(need)
        done.append(path.pop())

    for name in needs:
        visit(name)
    return done


def check_points(points: Points) -> None:
    """Raises ValueError for a response curve that is none: fewer than two points, or not from left to right."""
    if len(points) < 2:
        raise ValueError("a curve has two points or more, [[0, 0], [1, 1]]")
    if any(following <= before for (before, _), (following, _) in itertools.pairwise(points)):
        raise ValueError("the points of a curve go from left to right, each further than the one before")


def check_numbers(values: Mapping[str, float], what: str) -> None:
    """Raises ValueError for one that is not a number."""
    for name, value in values.items():
        if not math.isfinite(value):
            raise ValueError(f"{what} {name}: should be a number, not {value}")
