"""The built-in head: it is what the script writes, it has every shape, and the shapes do what they are called."""

import json

import numpy as np
import pytest

from rigdriver import rig
from rigdriver.formats import glb
from rigdriver.preview.actor import Part, load_actor
from rigdriver.resources import HEAD
from rigdriver.sculpt.bust import dress
from rigdriver.sculpt.bust import face as whole_face
from rigdriver.sculpt.export import to_glb
from rigdriver.sculpt.eyes import COLUMNS, FRONT_ROW, MARGIN_ROW, SEGMENTS
from rigdriver.sculpt.face import build_face
from rigdriver.sculpt.mouth import SEAM_ROW
from rigdriver.sculpt.skull import EYE_CENTRE, EYE_RADIUS, head_field

MOST_VERTICES = 6000
MOST_BYTES = 4_000_000


@pytest.fixture(scope="module")
def actor():
    return load_actor(HEAD)


@pytest.fixture(scope="module")
def sheet():
    return build_face(head_field)


@pytest.fixture(scope="module")
def meshes(sheet):
    return dress(sheet)


@pytest.fixture(scope="module")
def face(sheet):
    """The skin and its shapes in millimetres, and the sheet that says which vertex is where."""
    return whole_face(sheet), sheet


def test_the_file_is_what_the_script_writes(meshes, actor):
    written, kept = to_glb(meshes).document, glb.read(HEAD).document
    for moving in ("accessors", "bufferViews", "buffers"):  # places and bounds may differ in a last bit
        written.pop(moving), kept.pop(moving)
    assert json.loads(json.dumps(written)) == kept
    for mesh, part in zip(meshes, actor.parts, strict=True):
        np.testing.assert_array_equal(part.triangles, mesh.triangles)
        assert np.ptp(part.positions * 1000 - mesh.points, axis=0).max() < 1e-3
        for name, shape in mesh.shapes.items():
            np.testing.assert_allclose(part.targets[name][0] * 1000, shape, atol=1e-3)


def test_it_is_small(actor):
    assert sum(len(part.positions) for part in actor.parts) <= MOST_VERTICES
    assert HEAD.stat().st_size <= MOST_BYTES


def test_it_has_every_canonical_weight_and_no_other(actor):
    assert sorted(actor.target_names) == sorted(name for name in rig.canonical().names if not name.endswith(_ANGLES))


_ANGLES = ("Yaw", "Pitch", "Roll")


def test_every_shape_moves_something_visible(actor):
    for name in actor.target_names:
        reach = max(np.abs(part.targets[name][0]).max() for part in actor.parts if name in part.targets)
        assert 0.5e-3 < reach < 50e-3, f"{name} moves {reach * 1000:.1f} mm"


def test_materials_are_not_metal_and_weights_rest_at_zero():
    document = glb.read(HEAD).document
    assert all(material["pbrMetallicRoughness"]["metallicFactor"] == 0 for material in document["materials"])
    for mesh in document["meshes"]:
        targets = mesh["primitives"][0].get("targets", [])
        assert mesh.get("weights", []) == [0.0] * len(targets)
        assert len(mesh.get("extras", {}).get("targetNames", [])) == len(targets)
    assert "animations" not in document


def test_joints_bend_the_neck(actor):
    names = [node.get("name") for node in actor.nodes]
    assert {"Neck", "Head", "LeftEye", "RightEye"} <= set(names)
    for part in actor.parts:
        np.testing.assert_allclose(part.weights.sum(axis=1), 1, atol=1e-6)
    face = actor.parts[0]
    mixed = ((face.weights > 0.05).sum(axis=1) > 1).mean()
    assert 0.05 < mixed < 0.4  # a stretch of neck, not a seam and not the whole head


def _mirror_distance(points: np.ndarray) -> float:
    """The furthest that any point lies from the mirror image of another, mm."""
    return max(np.linalg.norm(points - point * [-1, 1, 1], axis=1).min() for point in points[::7])


def test_the_face_and_its_pairs_are_mirror_images(face):
    mesh, _ = face
    assert _mirror_distance(mesh.points) < 1e-6
    for name in ("eyeBlink", "mouthSmile", "mouthUpperUp", "browDown", "noseSneer"):
        both = mesh.points + mesh.shapes[name + "Left"] + mesh.shapes[name + "Right"]
        assert _mirror_distance(both) < 1e-3
    assert _mirror_distance(mesh.points + mesh.shapes["jawLeft"] + mesh.shapes["jawRight"]) < 0.1


def _lips(face, **weights: float) -> tuple[np.ndarray, np.ndarray]:
    """The seam of the upper and of the lower lip, column by column, mm."""
    mesh, sheet = face
    points = mesh.points + sum(weight * mesh.shapes[name] for name, weight in weights.items())
    seam = sheet.mouth[0, SEAM_ROW]
    middle = len(seam) // 2
    return points[seam[:middle]], points[seam[:middle:-1]]


def test_lips_are_shut_at_rest(face):
    upper, lower = _lips(face)
    assert np.abs(upper - lower).max() < 1e-6


@pytest.mark.parametrize("jaw", [0.2, 0.5, 1.0])
def test_mouth_close_seals_any_open_jaw(face, jaw):
    upper, lower = _lips(face, jawOpen=jaw, mouthClose=jaw)
    assert np.linalg.norm(upper - lower, axis=1).max() < 1.0


def test_the_jaw_opens_the_lips_wide(face):
    upper, lower = _lips(face, jawOpen=1.0)
    assert 20.0 < np.linalg.norm(upper - lower, axis=1).max() < 32.0


def test_pressed_and_gathered_lips_stay_shut(face):
    for name in ("mouthPucker", "mouthLeft", "jawLeft", "jawForward", "cheekPuff", "mouthShrugLower"):
        upper, lower = _lips(face, **{name: 1.0})
        assert (upper[:, 1] - lower[:, 1]).max() < 0.8, name


def _left_lids(face, weights: dict[str, float]) -> np.ndarray:
    """The left eye's lid rings (rows, columns, 3) about the eyeball's centre, mm."""
    mesh, sheet = face
    points = mesh.points + sum((w * mesh.shapes[name] for name, w in weights.items()), np.zeros(3))
    return points[sheet.lids[0]] - EYE_CENTRE


@pytest.mark.parametrize("other", ["", "eyeLookDownLeft", "eyeSquintLeft", "eyeWideLeft", "eyeLookUpLeft"])
def test_lids_never_cut_the_eyeball_on_their_way(face, other):
    for blink in np.linspace(0, 1, 11):
        lids = _left_lids(face, {"eyeBlinkLeft": blink} | ({other: 0.5} if other else {}))
        rows = lids[FRONT_ROW - 3 : MARGIN_ROW + 1]
        middles = (rows[:, :-1] + rows[:, 1:]) / 2  # edges dip deeper than their ends
        assert min(np.linalg.norm(rows, axis=-1).min(), np.linalg.norm(middles, axis=-1).min()) > EYE_RADIUS


def test_a_blink_leaves_no_gap(face):
    lids = _left_lids(face, {"eyeBlinkLeft": 1.0})[MARGIN_ROW]
    upper, lower = lids[1:SEGMENTS], lids[:SEGMENTS:-1][: SEGMENTS - 1]
    assert (upper[:, 1] - lower[:, 1]).max() < 0.0
    opened = _left_lids(face, {})[MARGIN_ROW]
    assert (opened[1:SEGMENTS, 1] - opened[:SEGMENTS:-1][: SEGMENTS - 1, 1]).max() > 8.0
    assert COLUMNS == 2 * SEGMENTS


def test_the_tongue_clears_teeth_and_lips_when_it_comes_out(actor):
    part = next(p for p in actor.parts if "tongueTipUp" in p.targets)
    out = part.positions + part.targets["tongueOut"][0] + 0.35 * part.targets["jawOpen"][0]
    lips = actor.parts[0].positions[:, 2].max()
    assert out[:, 2].max() > lips - 0.012  # beyond the lips, short of the nose's tip


def test_lower_teeth_are_the_jaws_and_upper_teeth_the_skulls(meshes):
    shapes = {mesh.name: set(mesh.shapes) for mesh in meshes}
    assert shapes["LowerTeeth"] == {"jawOpen", "jawForward", "jawLeft", "jawRight"}
    assert shapes["UpperTeeth"] == set()


def test_both_sides_share_the_middle_equally(face):
    mesh, _ = face
    middle = np.abs(mesh.points[:, 0]) < 1e-9
    for name in ("browDown", "mouthSmile", "mouthLowerDown"):
        left, right = mesh.shapes[name + "Left"][middle], mesh.shapes[name + "Right"][middle]
        np.testing.assert_allclose(left, right, atol=1e-9)


def test_part_is_loaded_whole(actor):
    assert all(isinstance(part, Part) and len(part.normals) == len(part.positions) for part in actor.parts)
    for part in actor.parts:
        np.testing.assert_allclose(np.linalg.norm(part.normals, axis=1), 1, atol=1e-3)
