"""Meshes whose names try every rule by which curves are matched to morph targets; both plugins are given the same."""

import random
from collections.abc import Iterable, Sequence

from rigdriver import spelling
from rigdriver.rig import canonical

Mesh = tuple[list[str], list[str]]  # its targets, and the channels of a file

SEED, COUNT = 11, 3000
SHAPES = tuple(name for name in canonical().names if not name.endswith(("Yaw", "Pitch", "Roll")))
JOINTS = ("", "_", "_", " ", "-", ".")  # "": capitals tell the words apart
SIDES = ("L", "R", "l", "r", "Left", "Right", "left", "right", "LEFT")
STARTS = ("hero_", "Hero_face_", "head.", "blendShape1.", "ns:Hero|face_", "root|", "Root/m/", "l_", "my hero ",
          "x-", "für_", "a1", "jaw_open_", "hero_upper_")  # fmt: skip
ENDS = ("_BS", "_shape", ".001", "_L", " copy", "-right", "_jawOpen", "_jaw_open_BS", "x")
PIECES = ("jaw", "Open", "mouth", "Smile", "L", "R", "Left", "right", "brow", "Inner", "Up", "_", ".", ":", " ", "-",
          "blendShape1", "M", "F00", "12", "tongue", "out", "Eye", "Blink", "JAW", "|", "é", "",
          "e\u0301", "\u00bd", "\u2161", "\u3042", "\u203f", "\u00a0", "\u3000", "\x1f", "\u200b")  # fmt: skip


def meshes() -> list[Mesh]:
    """Half are a character's, spelled in one way and then spoilt here and there; half are pieces thrown together."""
    rng = random.Random(SEED)
    made = [_character(rng) if k % 2 else _noise(rng) for k in range(COUNT)]
    longest = [(["x" * (length - 8) + ".jawOpen"], ["jawOpen"]) for length in (256, 257)]
    return [*made, *longest, (["_" * 5000, "Face.M_F00_000_00_JawOpen", "mouth_L", "jawOpen_mouthClose"], list(SHAPES)),
            (["hero_face_" + name for name in SHAPES], list(SHAPES)), *_correctives(), *_deep(),
            (["JAWOPEN_x_mouth_close", "MOUTHSMILE_mouth_funnel"], list(SHAPES)),
            (["upper_mouth_" + end for end in ("open_wide", "shut", "o", "u")], ["openWide", "mouthOpenWide"]),
            ]  # fmt: skip


def _correctives() -> list[Mesh]:
    """Meshes of which every name has one shape more, before or behind its own."""
    frames = ("jaw_open_{}", "hero_jaw_open_{}_BS", "upper_jaw_open_rig_{}", "{}_jaw_open_BS", "{}_rig_tongue_out_BS",
              "rig_{}_smile_jaw_open", "rig_smile_{}", "A25_{}")  # fmt: skip
    mouths = [name for name in SHAPES if name.startswith("mouth")]
    return [([frame.format(name) for name in names], list(SHAPES))
            for frame in frames for names in (mouths, ["_".join(spelling.words(name)) for name in mouths])]


def _deep() -> list[Mesh]:
    """Meshes whose names share more words than a curve's name has."""
    return [mesh for deep in range(1, 9) for mesh in (
        ([*(f"upper_{'x_' * deep}{k}" for k in range(8)), "upper_jaw_open"], ["jawOpen"]),
        ([*(f"{k}{'_x' * deep}_BS" for k in range(8)), "jaw_open_BS"], ["jawOpen"]),
        (["upper_" * deep + "jaw_open" + "_x" * deep] * 4, ["jawOpen"]),
    )]  # fmt: skip


def _noise(rng: random.Random) -> Mesh:
    def name() -> str:
        if rng.random() < 0.3:
            return rng.choice(SHAPES)
        return "".join(rng.choice(PIECES) for _ in range(rng.randrange(8)))

    return [name() for _ in range(rng.randrange(9))], [name() for _ in range(rng.randrange(9))]


def _character(rng: random.Random) -> Mesh:
    family = rng.choice(("", "", "mouth", "eye", "brow"))  # shapes that share a word of their own
    shapes = [name for name in SHAPES if name.startswith(family)]
    channels = rng.sample(shapes, rng.randrange(1, min(11, len(shapes) + 1)))
    joint, start, end = rng.choice(JOINTS), rng.choice(("", *STARTS)), rng.choice(("", "", *ENDS))
    targets = []
    for name in rng.choices(channels, k=rng.randrange(13)):
        if rng.random() < 0.1:  # a corrective of two shapes
            name = name + "_" + rng.choice(channels)
        spelled = _spelled(rng, name, joint if rng.random() < 0.8 else rng.choice(JOINTS))
        targets.append(_mostly(rng, start) + _mostly(rng, spelled) + _mostly(rng, end))
    return targets, [_spelled(rng, name, joint) if rng.random() < 0.2 else name for name in channels]


def _mostly(rng: random.Random, part: str) -> str:
    return part if rng.random() < 0.92 else ""


def _spelled(rng: random.Random, name: str, joint: str) -> str:
    """A channel's name with other joints and case; its side, or one that it gets for being a half, stands anywhere."""
    words = spelling.words(name)
    side = words.pop() if words[-1] in ("left", "right") else ""
    if rng.random() < 0.3:
        side = side[:1]
    if rng.random() < 0.2:
        side = rng.choice(SIDES)
    if side:
        words.insert(rng.choice((0, len(words) // 2, len(words), len(words))), side)
    return joint.join(_cased(words, rng.choice(("camel", "camel", "Pascal", "lower", "UPPER")) if joint else "camel"))


def _cased(words: Sequence[str], case: str) -> list[str]:
    if case == "lower":
        return list(words)
    if case == "UPPER":
        return [word.upper() for word in words]
    return [word if case == "camel" and not k else word[:1].upper() + word[1:] for k, word in enumerate(words)]


def decided(cases: Iterable[Mesh]) -> dict[str, int]:
    """How many names each rule decided: meshes that no longer try one would let a plugin forget it."""
    counts = dict.fromkeys(("shared", "half", "ambiguous", "outranked"), 0)
    for targets, channels in cases:
        found = spelling.match(targets, channels)
        left = {target for target, _ in found.ambiguous}
        counts["ambiguous"] += len(found.ambiguous)
        for target, channel in zip(targets, found.channels):
            alone = spelling.match([target], channels).channels[0]
            counts["shared"] += channel is not None and alone is None
            counts["half"] += channel is not None and alone is not None and spelling.find(target, channels) is None
            counts["outranked"] += channel is None and alone is not None and target not in left
    return counts
