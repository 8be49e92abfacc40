"""What a format or a rig could not take along, said by those who know: readers, writers and the maps between rigs.

A reader or a writer that has something to say takes `losses=`, a list, and appends to it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from rigdriver.clip import HINTS, PARTNER, Clip
from rigdriver.rig import canonical

STILL = 1e-6  # a curve that stays nearer to 0 than this does not move
BLOCK_FRAMES = 4096
NAMES_SHOWN = 12
KINDS = ("names", "angles", "still", "hints", "frames", "times", "values")
"""names: curves that move and have no home. angles: those of head and eyes. still: curves left out that never moved.
hints: what the model hears. frames: left out or made up. times: moved or rounded. values: clamped, rounded, filled."""


@dataclass(frozen=True)
class Loss:
    """One thing that did not come along, in words, and the curves that it concerns. Raises ValueError for a kind
    that is none of `KINDS`."""

    kind: str
    words: str
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"a loss is one of {', '.join(KINDS)}, not {self.kind!r}")

    def __str__(self) -> str:
        shown = ", ".join(self.names[:NAMES_SHOWN])
        more = f" and {len(self.names) - NAMES_SHOWN} more" if len(self.names) > NAMES_SHOWN else ""
        return f"{self.words}: {shown}{more}" if shown else self.words

    def as_dict(self) -> dict[str, Any]:
        """Plain values that JSON can hold; every name is in it."""
        return {**asdict(self), "names": list(self.names)}


def angle_names() -> set[str]:
    """Our names of the turns of head and eyes."""
    return {channel.name for channel in canonical().channels if channel.unit == "radian"}


def is_hint(name: str) -> bool:
    """Whether a column says what the model hears and is no curve of a face."""
    return name in HINTS or name == PARTNER


def moving(clip: Clip) -> set[str]:
    """The curves that ever leave 0."""
    highest = np.zeros(len(clip.names), np.float32)
    for at in range(0, len(clip), BLOCK_FRAMES):
        highest = np.fmax(highest, np.abs(clip.values[at : at + BLOCK_FRAMES]).max(axis=0))
    return {name for name, height in zip(clip.names, highest) if height > STILL}


def left_out(clip: Clip, kept: Collection[str], where: str) -> Iterator[Loss]:
    """The curves of a clip that are not in `kept`, sorted by what they were; where: "Live Link Face CSV has"."""
    moves, angles = moving(clip), angle_names()
    lost: dict[str, list[str]] = {}
    for name in clip.names:
        if name not in kept:
            where_it_moves = "angles" if name in angles else "names"
            kind = "hints" if is_hint(name) else where_it_moves if name in moves else "still"
            lost.setdefault(kind, []).append(name)
    words = {"names": f"{where} no place for", "angles": f"{where} no place for the angles",
             "still": f"{where} no place for, and they never moved", "hints": f"{where} no place for the model's hints"}
    yield from (Loss(kind, words[kind], tuple(lost[kind])) for kind in words if kind in lost)
