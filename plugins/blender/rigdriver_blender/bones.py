"""Which bones turn with head, eyes and jaw, told by what is left of a name without a rigging tool's words."""

from __future__ import annotations

from collections.abc import Sequence

from .copied.spelling import words

NOISE = frozenset((
    "mixamorig", "bip", "j", "c", "cc", "base", "rl", "def", "jnt", "joint", "bone", "bn", "b", "m", "node",
    "rig", "skel", "skeleton", "armature", "adj", "face", "facial", "character", "ball", "x",
))  # fmt: skip
MASTER = "master"  # Rigify's control; its "jaw" beside it only tweaks
SIDED = {"left_eye": ("left", "l"), "right_eye": ("right", "r")}
PLAIN = {"head": {("head",)}, "neck": {("neck",)},
         "jaw": {("jaw",), ("jaw", "root"), ("jaw", MASTER), ("lower", "jaw")}}


def plain(name: str) -> tuple[str, ...]:
    """A bone's words without what tools add and without numbers."""
    last = name.replace("|", ":").rsplit(":", 1)[-1]
    return tuple(word for word in words(last) if word not in NOISE and not word.isdigit())


def role(name: str) -> str:
    """head, neck, jaw, left_eye, right_eye, or ""."""
    left = plain(name)
    for part, names in PLAIN.items():
        if left in names:
            return part
    for part, sides in SIDED.items():
        if any(left in {(side, eye), (eye, side), (side + eye,), (eye + side,)}
               for side in sides for eye in ("eye", "eyeball")):
            return part
    return ""


def find(names: Sequence[str]) -> dict[str, str]:
    """Role → bone; of several that fit, a master, then the one whose name has the fewest added words, then the first.
    """
    found: dict[str, str] = {}
    for name in sorted(names, key=lambda name: (MASTER not in words(name), len(words(name)))):
        part = role(name)
        if part:
            found.setdefault(part, name)
    return found
