"""What a shape's name may mean that no spelling of ours is: `Smile_R`, `lids_closed`, `open_jaw`, `browRaiser_inner_L`.

Words are made plain (plural, tense, rigger's jargon) and compared as a bag, without order. A guess is for people to
check: `rigdriver rig map` writes it down as one, and nothing is driven by it unseen.
"""

from __future__ import annotations

from collections.abc import Iterable

from rigdriver.rig import canonical
from rigdriver.spelling import LONGEST, words

NOISE = frozenset((
    "bs", "blend", "shape", "shapes", "blendshape", "morph", "target", "key", "shapekey", "face", "facial", "head",
    "expression", "expressions", "expr", "ctrl", "ctl", "c", "geo", "mesh", "skin", "body", "character", "pose", "max",
    "au", "fac", "facs", "m", "f", "the", "of", "to", "and", "pair", "both", "lr",
))  # fmt: skip
PLAIN = {
    "eyes": "eye", "lids": "lid", "eyelid": "lid", "eyelids": "lid", "eyebrow": "brow", "eyebrows": "brow",
    "brows": "brow",
    "lips": "lip", "cheeks": "cheek", "corners": "corner", "nostrils": "nostril",
    "closed": "close", "shut": "close", "opened": "open", "dropped": "drop", "lowered": "down", "depress": "down",
    "depressor": "down", "lowerer": "down", "raise": "up", "raiser": "up", "raised": "up", "lift": "up",
    "widen": "wide",
    "widened": "wide", "tighten": "squint", "tightener": "squint", "squeeze": "squint", "wrinkle": "sneer",
    "wrinkler": "sneer", "wrinkled": "sneer", "puffed": "puff", "blow": "puff", "puckered": "pucker", "purse": "pucker",
    "pursed": "pucker", "kiss": "pucker", "stretcher": "stretch", "stretched": "stretch", "dimpler": "dimple",
    "smiling": "smile", "frowning": "frown", "fwd": "forward", "thrust": "forward", "rolled": "roll", "suck": "roll",
    "pressed": "press", "presser": "press", "funneler": "funnel", "together": "close", "centre": "", "center": "",
    "blinking": "blink", "puller": "pull", "pulled": "pull",
}  # fmt: skip
SIDES = {"l": "Left", "left": "Left", "r": "Right", "right": "Right"}
MEANINGS = {
    "jawOpen": "jaw open, mouth open, jaw drop, jaw down",
    "jawForward": "jaw forward, jaw out",
    "mouthClose": "mouth close, lip close, mouth lip close",
    "mouthFunnel": "funnel, mouth funnel, lip funnel",
    "mouthPucker": "pucker, mouth pucker, lip pucker",
    "mouthRollLower": "lower lip roll, lip lower roll, mouth lower roll, lower lip in, mouth roll in lower",
    "mouthRollUpper": "upper lip roll, lip upper roll, mouth upper roll, upper lip in, mouth roll in upper",
    "mouthShrugLower": "chin up, lower lip shrug, shrug lower",
    "mouthShrugUpper": "upper lip shrug, shrug upper",
    "tongueOut": "tongue out",
    "browInnerUp": "brow inner up, inner brow up, brow in up, brow up in",
    "cheekPuff": "cheek puff, puff",
    "eyeBlink*": "blink, eye blink, eye close, lid close, upper lid close, eye lid close, wink",
    "eyeWide*": "eye wide, eye open wide, upper lid up, lid wide, eye lid wide",
    "eyeSquint*": "squint, eye squint, lid squint, lower lid up",
    "eyeLookUp*": "eye up, look up, eye look up", "eyeLookDown*": "eye down, look down, eye look down",
    "eyeLookIn*": "eye in, look in, eye look in", "eyeLookOut*": "eye out, look out, eye look out",
    "mouthSmile*": "smile, mouth smile, lip corner pull, mouth corner pull, corner pull, mouth corner up, "
                   "lip corner up",
    "mouthFrown*": "frown, mouth frown, lip corner down, mouth corner down, corner down",
    "mouthDimple*": "dimple, mouth dimple", "mouthStretch*": "stretch, mouth stretch, lip stretch",
    "mouthPress*": "press, mouth press, lip press",
    "mouthLowerDown*": "lower lip down, lip lower down, mouth lower lip down, mouth down lower",
    "mouthUpperUp*": "upper lip up, lip upper up, mouth upper lip up, mouth up upper",
    "browDown*": "brow down, brow drop, brow frown, brow lower",
    "browOuterUp*": "brow outer up, outer brow up, brow out up",
    "cheekSquint*": "cheek up, cheek squint", "noseSneer*": "sneer, nose sneer",
}
"""Channel (`*` for a pair of sides) → bags of plain words that mean it."""


def guess(target: str) -> dict[str, float]:
    """ARKit curves that a target's name may mean, with their weights: one, or half each of a pair. {} for no guess."""
    if not target or len(target) > LONGEST:
        return {}
    sides = [word for word in words(target) if word in SIDES]
    if len(sides) > 1:
        return {}
    said = [PLAIN.get(word, word) for word in words(target) if word not in NOISE | set(SIDES) and not word.isdigit()]
    meaning = _BAGS.get(frozenset(said) - {""})
    if meaning is None:
        return {}
    if not meaning.endswith("*"):
        return {meaning: 1.0}
    stem = meaning[:-1]
    return {stem + SIDES[sides[0]]: 1.0} if sides else {stem + "Left": 0.5, stem + "Right": 0.5}


def _bags() -> dict[frozenset[str], str]:
    pairs = {frozenset(bag.split()): meaning for meaning, bags in MEANINGS.items() for bag in bags.split(",")}
    own = {frozenset(PLAIN.get(w, w) for w in words(name) if w not in SIDES): name for name in _unsided()}
    return own | pairs


def _unsided() -> Iterable[str]:
    """The canonical weights, pairs by one name; those whose side is a direction are left to spelling."""
    for channel in canonical().channels:
        if channel.unit == "weight" and channel.side:
            yield channel.name.removesuffix("Left").removesuffix("Right") + "*"
        elif channel.unit == "weight" and not channel.name.endswith(("Left", "Right")):
            yield channel.name


_BAGS = _bags()
