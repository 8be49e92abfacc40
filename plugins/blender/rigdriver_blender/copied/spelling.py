"""Which curve drives which morph target, whatever the file's maker calls it.

`jawOpen`, `JawOpen`, `jaw_open`, `JAW OPEN`, `blendShape1.jawOpen` and `Face.M_JawOpen` are one curve;
`mouthSmile_L`, `mouthSmileLeft`, `L_mouthSmile` and `mouth_smile_l` are another. A mesh that splits a shape in two
halves (`browInnerUp_L`, `browInnerUp_R` in ICT-FaceKit) has both driven by the whole (`browInnerUp`). What most names
of a mesh begin or end with (`hero_face_jaw_open`, `jawOpen_BS`) is no part of any of them, unless it says a side or a
shape; nor are words before a shape that no curve's name has (`hero_jaw_open`, `A25_Jaw_Open`).

The left in `jawLeft` and `mouthLeft` is where the mouth goes, not a half of the face: `mouth_L` is not `mouthLeft`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from .channel import DIRECTIONS

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+")
_CUT = re.compile(r"[.:/|]|[_\s-]")
_PATH_CUTS = ".:/|"  # what stands before one of these is a node, a mesh or a namespace, never part of the shape's name
FEWEST = 4  # names, before what they share says anything
DEEPEST = 4  # shared beginnings, and ends, that are tried: the longest; a shape's own words in one are three at most
LONGEST = 256  # characters; a longer name is no shape of ours, and reading is quadratic in its separators
_SIDES = {"l": "left", "r": "right", "left": "left", "right": "right"}
_PLACES = frozenset(("upper", "lower", "inner", "outer"))  # the upper jaw is not the jaw, whichever curves there are


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
    read = [target for target in targets if target and len(target) <= LONGEST]
    starts = book.saying_nothing(_shared(_starts(name) for name in read), str.removeprefix)
    ends = book.saying_nothing(_shared(_ends(name) for name in read), str.removesuffix)
    claims = [book.claim(target) or book.claim_within(target, starts, ends) for target in targets]
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


def _shared(parts: Iterable[list[str]]) -> list[str]:
    """Of each name's parts those that three in four names have, the shortest first; each holds the one before."""
    of_names = list(parts)
    if len(of_names) < FEWEST:
        return []
    counts = Counter(part for of_name in of_names for part in of_name)
    return sorted((part for part, count in counts.items() if 4 * count >= 3 * len(of_names)), key=len)


def _starts(name: str) -> list[str]:
    """What a name begins with, up to each of its separators."""
    return [name[: cut.end()] for cut in _CUT.finditer(name) if cut.end() < len(name)]


def _ends(name: str) -> list[str]:
    """What a name ends with, from each of its separators on."""
    return [name[cut.start() :] for cut in _CUT.finditer(name) if cut.start() > 0]


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
        self._known = {word for name in self.names for word in (*words(name), _key(name)[0])} | _SIDES.keys() | _PLACES
        self._read: dict[str, Claim | None] = {}

    def claim(self, target: str) -> Claim | None:
        """The best reading of a target's name."""
        if target not in self._read:
            self._read[target] = self._claim(target) if len(target) <= LONGEST else None
        return self._read[target]

    def claim_within(self, target: str, starts: Sequence[str], ends: Sequence[str]) -> Claim | None:
        """The reading of a name without one of these beginnings and ends, the first in their order that is a curve's.

        Behind a beginning stands a whole name: `open_mouthClose`, of `jaw_open_mouthClose`, is still a corrective.
        """
        if len(target) > LONGEST:
            return None
        for start in starts:
            if not target.startswith(start):
                continue
            for end in ends:
                bare = target.removeprefix(start).removesuffix(end)
                claim = (self._whole(bare) or self._half(bare)) if start else self.claim(bare)
                if claim:
                    return Claim(claim.channel, max(claim.rank, Rank.PREFIXED), claim.half)
        return None

    def saying_nothing(self, shared: Sequence[str], without: Callable[[str, str], str]) -> list[str]:
        """"" and the longest of these shared parts that say neither a side nor a shape, the shortest first."""
        kept = [""]
        for part in shared:
            sided = any(word in _SIDES for word in words(part))
            if sided or any(self._spelled(without(part, shorter)) for shorter in kept):
                break  # every longer part holds this one
            kept.append(part)
        return ["", *kept[1:][-DEEPEST:]]

    def _claim(self, target: str) -> Claim | None:
        return self._whole(target) or self._after_prefix(target) or self._half(target)

    def _whole(self, target: str) -> Claim | None:
        if target in self.names:
            return Claim(target, Rank.EXACT)
        channel = self._spelled(target)
        return Claim(channel, Rank.SPELLED) if channel else None

    def _spelled(self, target: str) -> str | None:
        stem, side = _key(target)
        channel = self.by_key.get(stem + side)
        if channel in DIRECTIONS and side and words(target)[-1] != side:
            return None  # `mouth_L` is a side of the face, `mouthLeft` a direction
        return channel

    def _after_prefix(self, target: str) -> Claim | None:
        for cut in _CUT.finditer(target):
            before, rest = target[: cut.start()], target[cut.end() :]
            apart = cut.group() in _PATH_CUTS or self._parts(before, rest)
            if not apart and not _is_one_shape(rest):
                continue
            if self.claim(before):
                return None  # `jawOpen_mouthClose` is a corrective of two shapes, not mouthClose
            channel = rest if rest in self.names else self._spelled(rest)
            if channel and (apart or channel not in DIRECTIONS or not _CUT.search(rest)):
                return Claim(channel, Rank.PREFIXED)
            if apart and (half := self._half(rest)):
                return half
        return None

    def _parts(self, before: str, rest: str) -> bool:
        """Whether a name's first word that a curve's name has too, or a side, is the first of the rest."""
        return self._known.isdisjoint(words(before)) and not self._known.isdisjoint(words(rest)[:1])

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
