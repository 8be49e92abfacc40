"""A contact sheet: every shape of a head at weight 1 with its name, then vowels, a closure and a blink half-way."""

from __future__ import annotations

import re

import numpy as np

from rigdriver.preview.actor import Actor
from rigdriver.preview.frame import render
from rigdriver.preview.lettering import width_of, write_text
from rigdriver.preview.raster import Camera
from rigdriver.preview.turning import rotations

CELL_WIDTH, CELL_HEIGHT, COLUMNS = 132, 144, 9
LABEL_HEIGHT = 9
INK, PAPER = (236, 238, 242), (58, 63, 71)
LEVELS = 64  # of each colour: at this size nobody sees fewer than 256, and the file is half as big
FACE = Camera(target=(0.0, 0.196, 0.04), distance=1.1, height=0.215)
MOUTH = Camera(target=(0.0, 0.158, 0.06), distance=1.1, height=0.11, yaw=0.32)

Pose = tuple[dict[str, float], dict[str, float]]
GAZE = {"In": ("Yaw", -0.6), "Out": ("Yaw", 0.6), "Up": ("Pitch", -0.42), "Down": ("Pitch", 0.7)}  # radians at 1
# A shape that makes sense only beside another is drawn beside it.
BESIDE = {"mouthClose": {"jawOpen": 1.0}, "tongueOut": {"jawOpen": 0.35}} | {
    name: {"jawOpen": 0.6} for name in ("tongueTipUp", "tongueBodyUp", "tongueBackUp", "tongueDown")
}


def pair(name: str, weight: float) -> dict[str, float]:
    """One weight on a shape's left and right."""
    return {name + "Left": weight, name + "Right": weight}


# Speech poses at about one and a half times the strength of quiet talk, so that the sheet can be read.
SPEECH: dict[str, dict[str, float]] = {
    "AH": {"jawOpen": 0.62, **pair("mouthLowerDown", 0.31), **pair("mouthUpperUp", 0.20), "tongueDown": 0.7},
    "EE": {"jawOpen": 0.14, **pair("mouthLowerDown", 0.34), **pair("mouthUpperUp", 0.36), **pair("mouthSmile", 0.34),
           **pair("mouthStretch", 0.22), "tongueBodyUp": 0.8},
    "EH": {"jawOpen": 0.38, **pair("mouthLowerDown", 0.33), **pair("mouthUpperUp", 0.30), **pair("mouthStretch", 0.16)},
    "OH": {"jawOpen": 0.40, "mouthFunnel": 0.62, "mouthPucker": 0.30},
    "OO": {"jawOpen": 0.14, "mouthFunnel": 0.44, "mouthPucker": 0.62},
    "B P M": {"jawOpen": 0.30, "mouthClose": 0.30, "mouthPressLeft": 0.1, "mouthPressRight": 0.1},
    "F V": {"jawOpen": 0.08, **pair("mouthUpperUp", 0.40), "mouthRollLower": 0.5},
}  # fmt: skip
FACES: dict[str, dict[str, float]] = {
    "blink .5": pair("eyeBlink", 0.5),
    "blink": pair("eyeBlink", 1.0),
    "smile": {**pair("mouthSmile", 0.7), **pair("cheekSquint", 0.6), **pair("eyeSquint", 0.35)},
    "laugh": {**pair("mouthSmile", 0.75), **pair("cheekSquint", 0.8), **pair("eyeSquint", 0.6), "jawOpen": 0.4,
              **pair("mouthUpperUp", 0.35), **pair("browOuterUp", 0.3)},
    "anger": {**pair("browDown", 1.0), **pair("noseSneer", 0.5), **pair("mouthFrown", 0.4), **pair("eyeSquint", 0.5),
              **pair("mouthPress", 0.5)},
    "grief": {"browInnerUp": 0.9, **pair("mouthFrown", 0.7), "mouthShrugLower": 0.4, **pair("eyeLookDown", 0.3)},
    "surprise": {"browInnerUp": 0.7, **pair("browOuterUp", 0.8), **pair("eyeWide", 0.8), "jawOpen": 0.4},
}  # fmt: skip


def contact_sheet(actor: Actor) -> np.ndarray:
    """The sheet as an RGB image, in the order of the file's shapes."""
    cells = [cell(actor, "rest", {}, {}, FACE)]
    cells += [cell(actor, _spaced(name), *_pose(name), _camera(name)) for name in actor.target_names]
    cells += [cell(actor, name, weights, {}, MOUTH) for name, weights in SPEECH.items()]
    cells += [cell(actor, name, weights, {}, FACE) for name, weights in FACES.items()]
    blank = np.full_like(cells[0], PAPER)
    cells += [blank] * (-len(cells) % COLUMNS)
    rows = [np.hstack(cells[k : k + COLUMNS]) for k in range(0, len(cells), COLUMNS)]
    return np.vstack(rows)


def _pose(name: str) -> Pose:
    """Weights and angles that show one shape; the eyes turn where their lids follow them."""
    gaze = re.fullmatch(r"eyeLook(In|Out|Up|Down)(Left|Right)", name)
    if gaze is None:
        return {**BESIDE.get(name, {}), name: 1.0}, {}
    way, side = gaze.groups()
    axis, angle = GAZE[way]
    mirrored = axis == "Yaw" and side == "Right"
    return {name: 1.0}, {f"{side.lower()}Eye{axis}": -angle if mirrored else angle}


def _camera(name: str) -> Camera:
    return MOUTH if name.startswith("tongue") else FACE


def cell(actor: Actor, label: str, weights: dict[str, float], angles: dict[str, float], camera: Camera) -> np.ndarray:
    """One picture with its name above it."""
    high = CELL_HEIGHT - LABEL_HEIGHT
    cell = np.full((CELL_HEIGHT, CELL_WIDTH, 3), PAPER, np.uint8)
    cell[LABEL_HEIGHT:] = render(
        actor, weights, rotations(angles), width=CELL_WIDTH, height=high, camera=camera, background=PAPER
    )
    step = 256 // LEVELS
    cell = np.clip((cell.astype(int) + step // 2) // step * step, 0, 255).astype(np.uint8)
    write_text(cell, label, max(1, (CELL_WIDTH - width_of(label)) // 2), 2, INK)
    return cell


def _spaced(name: str) -> str:
    """mouthSmileLeft as "smile left": the region's word is dropped where the line would be too long."""
    words = re.sub(r"([A-Z])", r" \1", name)
    return words if width_of(words) <= CELL_WIDTH else words.split(" ", 1)[1]
