"""Which of the rigs that ship a file's names belong to."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from rigdriver import rig as rigs
from rigdriver.rig import Rig
from rigdriver.spelling import match

ENOUGH = 0.3  # of a rig's shapes: with fewer, a file is not called by its name
LEAST = 4  # shapes
NOT_MEANT = ("reference", "arkit")  # nobody's rig, and one that a file with the 52 is not short of


@dataclass(frozen=True)
class Likeness:
    """How much of a rig a file has: named as the rig names it (exact), or in another spelling (matched in all)."""

    rig: Rig
    matched: int
    exact: int

    @property
    def share(self) -> float:
        """Of the rig's weights."""
        return self.matched / max(len(self.rig.weights), 1)

    def line(self) -> str:
        spelled = "" if self.exact == self.matched else f", {self.matched - self.exact} of them in another spelling"
        return f"{self.rig.name}: {self.matched} of its {len(self.rig.weights)} shapes{spelled}"


def likenesses(targets: Sequence[str]) -> list[Likeness]:
    """Rigs that these names may be, the likeliest first: by what of the names a rig explains, then by its spelling."""
    found = [likeness(rigs.load(name), targets) for name in rigs.available() if name not in NOT_MEANT]
    likely = [each for each in found if each.matched >= LEAST and each.share >= ENOUGH]
    return sorted(likely, key=lambda each: (-_fit(each, targets), each.rig.name))


def likeness(rig: Rig, targets: Collection[str]) -> Likeness:
    """How much of one rig these names are."""
    channels = match(list(targets), rig.weights).channels
    return Likeness(rig, len({channel for channel in channels if channel}),
                    len(set(targets) & set(rig.weights)))


def _fit(likeness: Likeness, targets: Collection[str]) -> float:
    """Shared names over all names of both; an exact spelling counts a tenth more."""
    shared = likeness.matched
    return (shared + 0.1 * likeness.exact) / (len(likeness.rig.weights) + len(set(targets)) - shared)
