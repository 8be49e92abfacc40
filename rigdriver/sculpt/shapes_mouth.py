"""The mouth's shapes. Corners are pulled by strokes; lips are rolled along their own rings.

`mouthClose` follows Apple's definition: it is the corrective that seals the lips at whatever jawOpen has the same
weight, so it is built as the exact opposite of what jawOpen does to the lips.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rigdriver.sculpt import shapes_jaw
from rigdriver.sculpt.mouth import BORDER_ROW, CONTACT_ROW, CORNER_X, ROWS, SEAM_ROW, SEAM_Y, seam_height
from rigdriver.sculpt.strokes import Skin, bump, halved, push, ramp, stroke

CLOSE_MEETING = 0.74  # sealed lips at an open jaw: the lower lip makes three quarters of the way
CORNER = (25.0, SEAM_Y, 86.0)
CORNER_LEVEL = 0.42  # share of the jaw's way that the corners make anyway
Shapes = dict[str, np.ndarray]


@dataclass(frozen=True)
class Lips:
    """The rings' place in the skin: vertex numbers (2 sides, rows, columns), and the columns' across and side."""

    rings: np.ndarray
    across: np.ndarray
    side: np.ndarray


def mouth_shapes(skin: Skin, lips: Lips) -> Shapes:
    """Every mouth shape of the skin, in rigs/arkit.yaml's order."""
    shapes = {"mouthClose": close(skin)}
    shapes["mouthFunnel"], shapes["mouthPucker"] = funnel(skin, lips), pucker(skin, lips)
    shapes["mouthLeft"] = shift(skin)
    shapes["mouthRight"] = shift(Skin(skin.points * [-1, 1, 1], skin.lower)) * [-1, 1, 1]
    for name, shape in _corner_shapes(skin, lips).items():
        shapes |= {name + side: half for side, half in halved(skin, shape).items()}
    shapes["mouthRollLower"], shapes["mouthRollUpper"] = roll_lower(skin, lips), roll_upper(skin, lips)
    shapes["mouthShrugLower"], shapes["mouthShrugUpper"] = shrug_lower(skin), shrug_upper(skin)
    return shapes


def _corner_shapes(skin: Skin, lips: Lips) -> Shapes:
    """Shapes that come in a left and a right, as symmetric wholes."""
    return {
        "mouthSmile": smile(skin),
        "mouthFrown": frown(skin),
        "mouthDimple": stroke(skin, CORNER, (24, 22, 40), out=4.0, up=1.5, forward=-7.0),
        "mouthStretch": stretch(skin),
        "mouthPress": press(skin, lips),
        "mouthLowerDown": lower_down(skin),
        "mouthUpperUp": upper_up(skin),
    }


def lip_mask(skin: Skin, reach_up: float = 19.0, reach_down: float = 30.0) -> np.ndarray:
    """1 on the lips and in the pocket behind them, 0 from the nose, the chin and the mid-cheek outwards."""
    x, height = skin.half[:, 0], skin.points[:, 1] - seam_height(np.clip(skin.half[:, 0] / CORNER_X, 0, 1))
    vertical = np.where(height > 0, ramp(height, reach_up, 7.5), ramp(-height, reach_down, 9.5))
    depth = ramp(skin.points[:, 2], 52.0, 76.0)
    return vertical * ramp(x, 46.0, 24.0) * depth


def close(skin: Skin) -> np.ndarray:
    """The opposite of jawOpen on the lips: each column's two lips meet at one point between them."""
    whole = shapes_jaw.jaw_open(skin.points) * shapes_jaw.follow(skin.points)[:, None]
    outer = np.clip(skin.half[:, 0] / CORNER_X, 0, 1) ** 3
    meeting = 1 - CLOSE_MEETING + (CORNER_LEVEL - 1 + CLOSE_MEETING) * outer  # share of the jaw's way
    return lip_mask(skin, 17.0, 34.0)[:, None] * (meeting - skin.lower)[:, None] * whole


def _along(lips: Lips, points: np.ndarray, rows: float, last: int) -> np.ndarray:
    """Displacements that slide every ring towards the mouth's inside by `rows` rings, but not beyond ring `last`."""
    moved = np.zeros_like(points)
    row = np.arange(ROWS)
    ease = np.clip((row - (BORDER_ROW - 3)) / 3.0, 0, 1)  # the skin around follows less and less
    place = np.maximum(row, np.minimum(row + rows * ease, last))
    first = np.minimum(place.astype(int), ROWS - 2)
    share = (place - first)[:, None, None]
    fade = (1 - lips.across**4)[:, None]  # corners stay, or teeth would show there
    for rings in lips.rings:
        grid = points[rings]
        moved[rings] = fade * (grid[first] * (1 - share) + grid[first + 1] * share - grid)
    return moved


def funnel(skin: Skin, lips: Lips) -> np.ndarray:
    """Lips pushed out and apart into an O, as in "sh": both sets of front teeth may be seen."""
    mask, x = lip_mask(skin, 20.0, 30.0), skin.half[:, 0]
    gather = push(skin, mask * np.clip(x / CORNER_X, 0, 1.3), out=-7.5)
    across = np.clip(x / CORNER_X, 0, 1)
    round_up = np.sqrt(np.clip(1 - across**2, 0, 1))
    apart = push(skin, mask * skin.upper * round_up, up=2.6) + push(skin, mask * skin.lower * round_up, up=-3.2)
    out = push(skin, mask * (0.45 + 0.55 * (1 - across**2)), forward=7.5)
    evert = _evert(skin, lips, 2.2)
    return gather + apart + out + evert


def pucker(skin: Skin, lips: Lips) -> np.ndarray:
    """A kiss: lips gathered to the middle and pushed out, still closed."""
    mask, x = lip_mask(skin, 20.0, 30.0), skin.half[:, 0]
    across = np.clip(x / CORNER_X, 0, 1.4)
    gather = push(skin, mask * across, out=-11.0)
    out = push(skin, mask * (0.5 + 0.5 * np.clip(1 - across**2, 0, 1)), forward=8.5)
    plump = push(skin, bump(skin, (0, SEAM_Y + 7, 100), (22, 7, 30)) * skin.upper, up=1.6)
    plump += push(skin, bump(skin, (0, SEAM_Y - 8, 100), (22, 7.5, 30)) * skin.lower, up=-1.6)
    squeeze = np.clip(1 - across**2, 0, 1) * mask  # what keeps a puckered mouth small over a jaw that is a little open
    plump += push(skin, squeeze * skin.upper, up=-0.9) + push(skin, squeeze * skin.lower, up=1.3)
    cheeks = stroke(skin, (36, -64, 72), (18, 26, 30), out=-2.5, forward=0.5)
    return gather + out + plump + cheeks + _evert(skin, lips, 1.0)


def _evert(skin: Skin, lips: Lips, amount: float) -> np.ndarray:
    """Turns the lips' red outwards: the border is pushed forward and away from the seam."""
    moved = np.zeros_like(skin.points)
    share = np.zeros(ROWS)
    share[BORDER_ROW : SEAM_ROW + 1] = (0.9, 1.0, 0.8, 0.4, 0.0)
    for rings in lips.rings:
        fade = share[:, None] * (1 - lips.across**2)
        moved[rings, 1] = 0.45 * amount * fade * lips.side
        moved[rings, 2] = amount * fade
    return moved


def shift(skin: Skin) -> np.ndarray:
    """The whole mouth moved to the character's left, round the teeth."""
    mask = lip_mask(skin, 20.0, 34.0)
    mask = np.maximum(mask, 0.8 * bump(skin, (22, -70, 84), (34, 34, 40)))
    round_teeth = -0.030 * skin.points[:, 0] * 8.0 - 0.8
    return mask[:, None] * np.stack([np.full(len(mask), 8.0), 0.10 * skin.points[:, 0], round_teeth], axis=1)


def smile(skin: Skin) -> np.ndarray:
    """Zygomaticus: corners out, up and back; the cheek gathers under the eye; lips thin a little."""
    corner = stroke(skin, CORNER, (31, 23, 44), out=7.0, up=8.0, forward=-5.0)
    cheek = stroke(skin, (38, -40, 76), (24, 24, 34), out=1.5, up=4.0, forward=3.0)
    fold = stroke(skin, (33, -56, 84), (10, 15, 24), out=1.5, up=1.0, forward=-1.5)
    lips = stroke(skin, (9, SEAM_Y, 96), (22, 16, 30), out=1.2, up=1.4, forward=-1.6)
    return corner + cheek + fold + lips


def frown(skin: Skin) -> np.ndarray:
    """Depressor of the corner: down, a hair outwards; the skin below bunches."""
    corner = stroke(skin, CORNER, (20, 22, 40), out=1.0, up=-8.5, forward=-1.5)
    below = stroke(skin, (25, -88, 80), (18, 16, 34), out=1.0, up=-2.0, forward=1.5)
    return corner + below + stroke(skin, (6, SEAM_Y, 97), (16, 14, 30), up=0.8)


def stretch(skin: Skin) -> np.ndarray:
    """Risorius and platysma: corners straight out and back, a little down; the lower lip is drawn thin."""
    corner = stroke(skin, CORNER, (28, 24, 44), out=7.5, up=-2.5, forward=-5.5)
    jowl = stroke(skin, (36, -92, 60), (26, 24, 40), out=2.5, up=-1.5)
    return corner + jowl + push(skin, bump(skin, (12, SEAM_Y - 8, 94), (18, 9, 30)) * skin.lower, out=1.5, up=-1.0)


def press(skin: Skin, lips: Lips) -> np.ndarray:
    """Lips pressed together: the red thins from both sides and corners tighten."""
    thin = _along(lips, skin.points, 1.3, CONTACT_ROW) * np.array([0.4, 1.0, 0.7])
    bulge = push(skin, bump(skin, (14, SEAM_Y + 9, 94), (20, 8, 26)), forward=1.0)
    bulge += push(skin, bump(skin, (14, SEAM_Y - 12, 92), (20, 9, 26)), forward=1.2)
    return thin + bulge + stroke(skin, CORNER, (14, 14, 34), out=1.0, up=0.8, forward=-1.8)


def lower_down(skin: Skin) -> np.ndarray:
    """Depressor of the lower lip: it drops off the lower teeth, most at a third of the way to the corner."""
    mask = bump(skin, (10, SEAM_Y - 5, 94), (25, 27, 40)) * skin.lower
    chin = stroke(skin, (10, -90, 90), (22, 16, 34), up=-1.5, forward=-0.5)
    return push(skin, mask, out=1.0, up=-9.5, forward=1.2) + chin


def upper_up(skin: Skin) -> np.ndarray:
    """Levator of the upper lip: it bares the upper teeth; the groove beside the nose deepens."""
    mask = bump(skin, (10, SEAM_Y + 3, 96), (26, 22, 40)) * skin.upper
    wing = stroke(skin, (14, -42, 98), (14, 14, 20), out=0.8, up=1.8)
    cheek = stroke(skin, (28, -44, 84), (18, 20, 26), up=2.2, forward=1.4)
    return push(skin, mask, out=0.6, up=7.5, forward=0.8) + wing + cheek


def roll_lower(skin: Skin, lips: Lips) -> np.ndarray:
    """The lower lip curls in over the lower teeth, as before "f"."""
    curl = _along(lips, skin.points, 2.3, CONTACT_ROW + 1) * skin.lower[:, None]
    mask = lip_mask(skin, 8.0, 24.0) * skin.lower * ramp(skin.half[:, 0], 28.0, 14.0)
    return curl + push(skin, mask, up=4.6, forward=-3.8)


def roll_upper(skin: Skin, lips: Lips) -> np.ndarray:
    """The upper lip curls in under the upper teeth."""
    curl = _along(lips, skin.points, 2.1, CONTACT_ROW + 1) * skin.upper[:, None]
    mask = lip_mask(skin, 16.0, 8.0) * skin.upper * ramp(skin.half[:, 0], 28.0, 14.0)
    return curl + push(skin, mask, up=-0.8, forward=-2.8)


def shrug_lower(skin: Skin) -> np.ndarray:
    """Mentalis: the chin's pad pushes the lower lip up and out, and the upper one with it."""
    chin = stroke(skin, (0, -96, 92), (26, 20, 34), up=4.0, forward=1.0)
    lower = push(skin, bump(skin, (0, SEAM_Y - 6, 97), (30, 20, 40)) * skin.lower, up=5.1, forward=3.0)
    upper = push(skin, bump(skin, (0, SEAM_Y + 3, 98), (30, 17, 40)) * skin.upper, up=4.2, forward=1.6)
    return chin + lower + upper + stroke(skin, CORNER, (12, 14, 30), up=-1.6)


def shrug_upper(skin: Skin) -> np.ndarray:
    """The upper lip lifts and stands out."""
    return push(skin, bump(skin, (0, SEAM_Y + 4, 99), (32, 18, 40)) * skin.upper, up=4.5, forward=2.6)
