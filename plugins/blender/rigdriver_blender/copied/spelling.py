"""Which curve drives which morph target, whatever the file's maker calls it.

`jawOpen`, `JawOpen`, `jaw_open`, `JAW OPEN`, `blendShape1.jawOpen` and `Face.M_JawOpen` are one curve;
`mouthSmile_L`, `mouthSmileLeft`, `L_mouthSmile` and `mouth_smile_l` are another. A mesh that splits a shape in two
halves (`browInnerUp_L`, `browInnerUp_R` in ICT-FaceKit) has both driven by the whole (`browInnerUp`). What most names
of a mesh begin or end with (`hero_face_jaw_open`, `jawOpen_BS`) is no part of any of them.

The left in `jawLeft` and `mouthLeft` is where the mouth goes, not a half of the face: `mouth_L` is not `mouthLeft`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from .channel import DIRECTIONS

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+")
_CUT = re.compile(r"[.:/|]|[_\s-]")
_PATH_CUTS = ".:/|"  # what stands before one of these is a node, a mesh or a namespace, never part of the shape's name
FEWEST = 4  # names, before what they share says anything
LONGEST = 256  # characters; a longer name is no shape of ours, and reading is quadratic in its separators
_SIDES = {"l": "left", "r": "right", "left": "left", "right": "right"}


class Rank(IntEnum):
    """How far a name is from the curve's own; a mesh's best rank for a curve wins."""

    EXACT = 0
    SPELLED = 1
    PREFIXED = 2
    HALF = 3


@dataclass(frozen=True)
class Claim:
    """A name's reading: the curve it means, how surely, and which half of a split shape it is ("" for the whole)."""

    channel: str
    rank: Rank
    half: str = ""


@dataclass(frozen=True)
class Matches:
    """channels: for each target the curve that drives it, or None.

    ambiguous: (target, channel) pairs that were left still because an earlier target of the same mesh has as
    good a claim to that curve; driving both would double the motion.
    """

    channels: tuple[str | None, ...]
    ambiguous: tuple[tuple[str, str], ...] = ()


def match(targets: Sequence[str], channels: Iterable[str]) -> Matches:
    """Which of the channels drives each morph target of one mesh. The same answer for the same lists, always."""
    book = _Book(channels)
    claims = [book.claim(target) for target in targets]
    for at, bare in _without_shared(targets).items():
        if claims[at] is None and (claim := book.claim(bare)):
            claims[at] = Claim(claim.channel, max(claim.rank, Rank.PREFIXED), claim.half)
    best: dict[str, Rank] = {}
    for claim in claims:
        if claim:
            best[claim.channel] = min(claim.rank, best.get(claim.channel, Rank.HALF))
    seated: set[tuple[str, str]] = set()
    chosen: list[str | None] = []
    ambiguous = []
    for target, claim in zip(targets, claims):
        if claim is None or claim.rank > best[claim.channel]:
            chosen.append(None)
        elif (claim.channel, claim.half) in seated:
            chosen.append(None)
            ambiguous.append((target, claim.channel))
        else:
            seated.add((claim.channel, claim.half))
            chosen.append(claim.channel)
    return Matches(tuple(chosen), tuple(ambiguous))


def find(name: str, channels: Iterable[str]) -> str | None:
    """The channel that a single name means, or None. For a table's header; a whole mesh goes through `match`."""
    claim = _Book(channels).claim(name)
    return claim.channel if claim and claim.rank < Rank.HALF else None


def _without_shared(targets: Sequence[str]) -> dict[int, str]:
    """Targets by their places, without the beginning and the end that most of them share, where they share any."""
    bare = {at: target for at, target in enumerate(targets) if target and len(target) <= LONGEST}
    if len(bare) < FEWEST:
        return {}
    for turned in (False, True):  # the end is the beginning, read backwards
        names = [name[::-1] if turned else name for name in bare.values()]
        shared = _shared_start(names)
        bare = {at: ((name[::-1][len(shared):])[::-1] if turned else name[len(shared):])
                if (name[::-1] if turned else name).startswith(shared) else name for at, name in bare.items()}
    return {at: name for at, name in bare.items() if name != targets[at]}


def _shared_start(names: Sequence[str]) -> str:
    """The longest beginning, up to a separator, that three in four of these names have; "" where there is none."""
    counts = Counter(name[: cut.end()] for name in names for cut in _CUT.finditer(name) if cut.end() < len(name))
    common = [start for start, count in counts.items() if 4 * count >= 3 * len(names)]
    return max(common, key=len, default="")


def words(name: str) -> list[str]:
    """A name's words in lower case, cut at separators, capitals and digits: `J_Bip_C_Head` → j bip c head."""
    return [word.lower() for word in _WORD.findall(name)]


class _Book:
    """The channels, by their own names and by their keys."""

    def __init__(self, channels: Iterable[str]):
        self.names = dict.fromkeys(channels)
        self.by_key: dict[str, str] = {}
        for name in self.names:
            self.by_key.setdefault("".join(_key(name)), name)
            self.by_key.setdefault("".join(words(name)), name)
        self.by_key.pop("", None)
        self._read: dict[str, Claim | None] = {}

    def claim(self, target: str) -> Claim | None:
        """The best reading of a target's name."""
        if target not in self._read:
            self._read[target] = self._claim(target) if len(target) <= LONGEST else None
        return self._read[target]

    def _claim(self, target: str) -> Claim | None:
        if target in self.names:
            return Claim(target, Rank.EXACT)
        whole = self._spelled(target)
        if whole:
            return Claim(whole, Rank.SPELLED)
        return self._after_prefix(target) or self._half(target)

    def _spelled(self, target: str) -> str | None:
        stem, side = _key(target)
        channel = self.by_key.get(stem + side)
        if channel in DIRECTIONS and side and words(target)[-1] != side:
            return None  # `mouth_L` is a side of the face, `mouthLeft` a direction
        return channel

    def _after_prefix(self, target: str) -> Claim | None:
        for cut in _CUT.finditer(target):
            before, rest = target[: cut.start()], target[cut.end() :]
            in_path = cut.group() in _PATH_CUTS
            if not in_path and not _is_one_shape(rest):
                continue
            if self.claim(before):
                return None  # `jawOpen_mouthClose` is a corrective of two shapes, not mouthClose
            channel = rest if rest in self.names else self._spelled(rest)
            if channel and (in_path or channel not in DIRECTIONS or not _CUT.search(rest)):
                return Claim(channel, Rank.PREFIXED)
            if in_path and (half := self._half(rest)):
                return half
        return None

    def _half(self, target: str) -> Claim | None:
        stem, side = _key(target)
        channel = self.by_key.get(stem) if side else None
        return Claim(channel, Rank.HALF, side) if channel else None


def _key(name: str) -> tuple[str, str]:
    """A name without case and separators, and its side ("left", "right" or ""): the last word of a side in it."""
    parts = words(name)
    at = max((k for k, part in enumerate(parts) if part in _SIDES), default=None) if len(parts) > 1 else None
    if at is None:
        return "".join(parts), ""
    side = _SIDES[parts.pop(at)]
    return "".join(parts), side


def _is_one_shape(text: str) -> bool:
    """Whether text after a `_` can be a whole name: `JawOpen`, `mouthSmile_L`; not `jaw_open` after `lower_`."""
    chunks = [chunk for chunk in _CUT.split(text) if chunk]
    return len(chunks) == 1 or (len(chunks) == 2 and chunks[1].lower() in _SIDES)
