"""All pieces of the head put together: skin with its shapes and joints, eyes, teeth, tongue, brows, lashes, hair."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rigdriver import rig
from rigdriver.sculpt import shapes_jaw
from rigdriver.sculpt.brows import brows
from rigdriver.sculpt.colours import POCKET, WARM, paint_skin
from rigdriver.sculpt.ears import ears
from rigdriver.sculpt.eyeballs import eyeballs, lashes
from rigdriver.sculpt.face import FaceSheet, build_face
from rigdriver.sculpt.hair import hair
from rigdriver.sculpt.mesh import JOINTS, Mesh, cut_out
from rigdriver.sculpt.mouth import CONTACT_ROW
from rigdriver.sculpt.shapes_eyes import eye_shapes
from rigdriver.sculpt.shapes_mouth import Lips, mouth_shapes
from rigdriver.sculpt.shapes_upper import upper_shapes
from rigdriver.sculpt.shirt import shirt
from rigdriver.sculpt.skull import EYE_CENTRE, head_field
from rigdriver.sculpt.strokes import Skin, jaw_share, ramp
from rigdriver.sculpt.teeth import teeth
from rigdriver.sculpt.tongue import tongue

# Joint places in mm: root at the hem, neck at the seventh vertebra, head at the skull's base.
HEM_Y = -226.0
JOINT_PLACES = {
    "Shoulders": np.array([0.0, HEM_Y, -30.0]),
    "Neck": np.array([0.0, -168.0, -38.0]),
    "Head": np.array([0.0, -52.0, -14.0]),
    "LeftEye": EYE_CENTRE,
    "RightEye": EYE_CENTRE * [-1, 1, 1],
}
PARENTS = {"Neck": "Shoulders", "Head": "Neck", "LeftEye": "Head", "RightEye": "Head"}
FORGET = 0.02  # mm: displacements below this are written as none


def sculpt() -> list[Mesh]:
    """Every mesh of the head, in the order they are written."""
    return dress(build_face(head_field))


def dress(sheet: FaceSheet) -> list[Mesh]:
    """Every mesh of the head, around a face that is laid out already."""
    skin = skin_and_pocket(face(sheet), sheet)
    looks = [*eyeballs(), lashes(head_field), brows(head_field), hair(head_field)]
    return [_tidied(mesh) for mesh in (*skin, *looks, *teeth(), tongue(), _clothed())]


def _clothed() -> Mesh:
    """The shirt, bent by the neck as the skin is."""
    cloth = shirt(head_field)
    return replace(cloth, joints=neck_weights(cloth.points))


def face(sheet: FaceSheet) -> Mesh:
    """The skin, with the pocket behind the lips and the ears; its first vertices are the sheet's."""
    skin = Skin(sheet.points, jaw_share(sheet.points, _sides(sheet)))
    shapes = face_shapes(sheet, skin)
    tint = paint_skin(head_field, sheet, skin)
    points, triangles, shade = ears(head_field)
    count = len(points)
    still = np.zeros((count, 3))
    tint = np.vstack([tint, shade[:, None] * (0.5 + 0.5 * WARM)])
    shapes = {name: np.vstack([shape, still]) for name, shape in shapes.items()}
    triangles = np.vstack([sheet.triangles, triangles + len(sheet.points)])
    weights = np.vstack([neck_weights(sheet.points), np.tile(np.eye(len(JOINTS))[JOINTS.index("Head")], (count, 1))])
    together = {"mouthClose": "jawOpen"}
    return Mesh("Face", "Skin", np.vstack([sheet.points, points]), triangles, tint, shapes, weights, together)


def skin_and_pocket(whole: Mesh, sheet: FaceSheet) -> list[Mesh]:
    """The face in two: the skin, and the pocket behind the lips, whose matt dark stays dark in any light."""
    inside = np.isin(whole.triangles, sheet.mouth[:, CONTACT_ROW + 1 :]).any(axis=1)
    skin = cut_out(whole, whole.triangles[~inside], "Face", "Skin")
    pocket = cut_out(whole, whole.triangles[inside], "Mouth", "Mouth")
    return [skin, replace(pocket, colours=np.clip(pocket.colours / POCKET, 0, 1))]


def face_shapes(sheet: FaceSheet, skin: Skin) -> dict[str, np.ndarray]:
    """All shapes of the skin."""
    lips = Lips(sheet.mouth, sheet.half.across, sheet.half.side)
    shapes = eye_shapes(skin, head_field, sheet.lids) | shapes_jaw.skin_shapes(skin)
    return shapes | mouth_shapes(skin, lips) | upper_shapes(skin)


def _sides(sheet: FaceSheet) -> np.ndarray:
    """+1 for ring vertices of the upper lip, −1 for the lower, 0 elsewhere."""
    side = np.zeros(len(sheet.points))
    for rings in sheet.mouth:
        side[rings] = sheet.half.side
    return side


def neck_weights(points: np.ndarray) -> np.ndarray:
    """Joint weights of the skin: the head, then the neck's bend, then still shoulders."""
    lean = points[:, 1] - 0.22 * points[:, 2]  # the boundary runs from under the chin up to the nape
    head = ramp(lean, -158.0, -92.0) * ramp(points[:, 1], -170.0, -112.0) ** 0.5
    head = np.where(points[:, 1] > -70, np.maximum(head, ramp(points[:, 1], -90, -40)), head)
    neck = (1 - head) * ramp(points[:, 1], -205.0, -140.0) * ramp(np.abs(points[:, 0]), 105.0, 62.0)
    weights = np.zeros((len(points), len(JOINTS)))
    weights[:, :3] = np.stack([1 - head - neck, neck, head], axis=1)
    return weights


def _tidied(mesh: Mesh) -> Mesh:
    """Shapes in the canonical rig's order, without movements too small to see, and without those that do nothing."""
    shapes = {}
    for name in sorted(mesh.shapes, key=rig.canonical().names.index):
        shape = mesh.shapes[name]
        kept = np.where(np.linalg.norm(shape, axis=1, keepdims=True) > FORGET, shape, 0.0)
        if kept.any():
            shapes[name] = kept
    return replace(mesh, shapes=shapes)
