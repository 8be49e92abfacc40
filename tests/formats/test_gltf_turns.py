"""Head and eye angles on joints: whatever lies between a joint and the model, the face turns where the clip says."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rigdriver.formats import gltf
from rigdriver.formats.gltf import joints
from rigdriver.formats.gltf.nodes import Graph, decompose, linear_part, rotation_matrix
from rigdriver.rotation import from_angles
from tests.formats.reading_back import channels, document, rotations
from tests.glb_builder import Builder, face, skeleton
from tests.helpers import pose, waves

UP, LEFT, FRONT = np.eye(3)[1], np.eye(3)[0], np.eye(3)[2]
TURN = 0.3
HALF = np.sqrt(0.5)
PLACED = {
    "upright": {},
    "turned about X, as Blender's armatures are": {"rotation": [-HALF, 0, 0, HALF]},
    "turned askew": {"rotation": [0.1, 0.2, 0.3, np.sqrt(1 - 0.14)]},
    "scaled": {"scale": [0.01, 0.01, 0.01]},
    "mirrored": {"scale": [-1, 1, 1]},
    "a matrix": {"matrix": [0, 0, -2, 0, 0, 2, 0, 0, 2, 0, 0, 0, 5, 0, 0, 1]},
}


def moved(path: Path, node: str, direction: np.ndarray, key: int = -1) -> np.ndarray:
    """Where a direction of the model, fixed to a node at rest, points at one key of the last animation."""
    doc = document(path)
    graph = Graph(doc)
    names = [n.get("name") for n in doc["nodes"]]
    tracks = channels(path).items()
    turned = {names.index(name): keys.reshape(-1, 4)[key] for (name, p), (_, keys) in tracks if p == "rotation"}
    index = names.index(node)
    chain = [*reversed(graph.above(index)), index]
    rest, now = np.eye(3), np.eye(3)
    for k in chain:
        rest = rest @ linear_part(doc["nodes"][k])
        now = now @ linear_part({**doc["nodes"][k], "rotation": turned[k].tolist()} if k in turned else doc["nodes"][k])
    result = now @ np.linalg.inv(rest) @ direction
    return result / np.linalg.norm(result)


def drive(builder: Builder, folder: Path, **curves: float) -> Path:
    gltf.write(pose(**curves), folder / "out.glb", onto=builder.write_glb(folder / "hero.glb"))
    return folder / "out.glb"


@pytest.mark.parametrize("place", PLACED)
def test_the_head_turns_about_the_models_axes(tmp_path: Path, place: str) -> None:
    joint_rest = {"rotation": [0.5, 0.5, -0.5, 0.5]}  # bones point along their own axes, never the model's
    builder = skeleton(**PLACED[place])
    for node in builder.document["nodes"][2:]:
        node |= joint_rest
    yawed = moved(drive(builder, tmp_path, headYaw=TURN), "Head", FRONT)
    np.testing.assert_allclose(yawed, [np.sin(TURN), 0, np.cos(TURN)], atol=1e-6)  # to the character's left, +X
    pitched = moved(drive(builder, tmp_path, headPitch=TURN), "Head", FRONT)
    np.testing.assert_allclose(pitched, [0, -np.sin(TURN), np.cos(TURN)], atol=1e-6)  # down
    rolled = moved(drive(builder, tmp_path, headRoll=TURN), "Head", UP)
    np.testing.assert_allclose(rolled, [-np.sin(TURN), np.cos(TURN), 0], atol=1e-6)  # to the right shoulder, −X


def test_the_neck_takes_its_share(tmp_path: Path) -> None:
    out = drive(skeleton(), tmp_path, headYaw=TURN)
    np.testing.assert_allclose(moved(out, "Neck", FRONT), [np.sin(0.35 * TURN), 0, np.cos(0.35 * TURN)], atol=1e-6)
    np.testing.assert_allclose(moved(out, "Head", FRONT), [np.sin(TURN), 0, np.cos(TURN)], atol=1e-6)


def test_a_head_without_a_neck_turns_alone(tmp_path: Path) -> None:
    out = drive(skeleton(neck="Spine"), tmp_path, headYaw=TURN)
    assert {node for node, path in channels(out) if path == "rotation"} == {"Head"}
    np.testing.assert_allclose(moved(out, "Head", FRONT), [np.sin(TURN), 0, np.cos(TURN)], atol=1e-6)


def test_eyes_turn_on_top_of_the_head(tmp_path: Path) -> None:
    out = drive(skeleton(), tmp_path, headYaw=TURN, leftEyeYaw=0.2, rightEyeYaw=-0.1)
    np.testing.assert_allclose(moved(out, "LeftEye", FRONT), [np.sin(TURN + 0.2), 0, np.cos(TURN + 0.2)], atol=1e-6)
    np.testing.assert_allclose(moved(out, "RightEye", FRONT), [np.sin(TURN - 0.1), 0, np.cos(TURN - 0.1)], atol=1e-6)


def vrm0(builder: Builder) -> Builder:
    bones = [{"bone": bone, "node": node} for bone, node in (("neck", 3), ("head", 4), ("leftEye", 5), ("rightEye", 6))]
    builder.document["extensions"] = {"VRM": {"humanoid": {"humanBones": bones}}}
    return builder


def test_a_vrm_0_model_faces_back(tmp_path: Path) -> None:
    out = drive(vrm0(skeleton("a", "b", "c", "d")), tmp_path, headYaw=TURN)
    np.testing.assert_allclose(moved(out, "a", -FRONT), [-np.sin(TURN), 0, -np.cos(TURN)], atol=1e-6)  # its left is −X
    out = drive(vrm0(skeleton("a", "b", "c", "d")), tmp_path, headPitch=TURN)
    np.testing.assert_allclose(moved(out, "a", -FRONT), [0, -np.sin(TURN), -np.cos(TURN)], atol=1e-6)  # down is down
    out = drive(vrm0(skeleton("a", "b", "c", "d")), tmp_path, headRoll=TURN)
    np.testing.assert_allclose(moved(out, "a", UP), [np.sin(TURN), np.cos(TURN), 0], atol=1e-6)  # its right is +X


def test_a_vrm_1_table_goes_before_names(tmp_path: Path) -> None:
    builder = skeleton("Kopf", "Hals", "AugeL", "AugeR")
    builder.node("Head")
    bones = {"neck": {"node": 3}, "head": {"node": 4}, "leftEye": {"node": 5}, "rightEye": {"node": 6}}
    builder.document["extensions"] = {"VRMC_vrm": {"humanoid": {"humanBones": bones}}}
    out = drive(builder, tmp_path, headYaw=TURN, leftEyeYaw=0.2)
    assert {node for node, path in channels(out) if path == "rotation"} == {"Kopf", "Hals", "AugeL"}
    np.testing.assert_allclose(moved(out, "Kopf", FRONT), [np.sin(TURN), 0, np.cos(TURN)], atol=1e-6)


HEADS = ["Head", "head", "HEAD", "Bip01 Head", "Bip001_Head", "mixamorig:Head", "mixamorig_Head", "mixamorig7:Head",
         "J_Bip_C_Head", "CC_Base_Head", "Head_M", "DEF-head", "head_jnt", "Character1_Head", "a|rig|head"]  # fmt: skip
LEFT_EYES = ["LeftEye", "eye_L", "EyeLeft", "J_Adj_L_FaceEye", "CC_Base_L_Eye", "L_eye_jnt", "Eye.L", "LeftEyeBall",
             "mixamorig:LeftEye", "lefteye", "eyeL", "Bip01 L Eye", "FACIAL_L_Eye", "eyeball_l"]  # fmt: skip
NEITHER = ["HeadTop_End", "Headphones", "forehead", "LeftEyelid", "eye_L_end", "eyeTarget_L", "Hair_Head"]


@pytest.mark.parametrize("name", HEADS)
def test_heads_are_found_by_name(name: str) -> None:
    assert joints.plain_words(name) in joints.HEAD


@pytest.mark.parametrize("name", LEFT_EYES)
def test_left_eyes_are_found_by_name(name: str) -> None:
    assert joints.plain_words(name) in joints.LEFT_EYE


@pytest.mark.parametrize("name", NEITHER)
def test_what_only_sounds_like_one_is_not(name: str) -> None:
    assert joints.plain_words(name) not in joints.HEAD | joints.LEFT_EYE | joints.RIGHT_EYE


def test_a_joint_goes_before_a_node_of_the_same_name(tmp_path: Path) -> None:
    builder = Builder()
    builder.node("Head", mesh=builder.mesh("Head", ["jawOpen"]))
    joint = builder.node("head")
    builder.skin([joint])
    out = drive(builder, tmp_path, headYaw=TURN)
    assert {node for node, path in channels(out) if path == "rotation"} == {"head"}


def test_nodes_that_would_not_turn_the_head_are_noted(tmp_path: Path) -> None:
    skinned = face(["jawOpen"])
    skinned.document["nodes"][0] |= {"name": "Head", "skin": skinned.skin([skinned.node("Bone")])}
    far = face(["jawOpen"], at=(0, 9, 0))
    far.document["nodes"][0]["name"] = "Head"
    sheared = face(["jawOpen"])
    sheared.node("Head", matrix=[1, 0, 0, 0, 0.5, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1])
    quantised = face(["jawOpen"])
    quantised.document["nodes"][0]["name"] = "Head"
    corners = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], np.int16)
    attributes = quantised.document["meshes"][0]["primitives"][0]["attributes"]
    attributes["POSITION"] = quantised.accessor(corners, bounds=True)
    cases = ((skinned, "moved by its joints"), (far, "outside its mesh"), (sheared, "shears"), (quantised, "quantised"))
    for builder, says in cases:
        hero = builder.write_glb(tmp_path / "hero.glb")
        report = gltf.write(pose(jawOpen=1, headYaw=TURN), tmp_path / "out.glb", onto=hero)
        assert [note for note in report.notes if says in note], (says, report.notes)
        assert not report.joints
        assert report.missing == ("headYaw",)


def test_a_matrix_node_is_put_as_its_parts(tmp_path: Path) -> None:
    builder = face(["jawOpen"])
    matrix = [0, 2, 0, 0, -2, 0, 0, 0, 0, 0, 2, 0, 1, 2, 3, 1]
    builder.node("Head", matrix=matrix)
    clip = pose(jawOpen=1, headYaw=TURN)
    out = tmp_path / "out.glb"
    report = gltf.write(clip, out, onto=builder.write_glb(tmp_path / "hero.glb"))
    assert "matrix now stands as" in report.notes[0]
    head = document(out)["nodes"][1]
    assert "matrix" not in head
    assert (head["translation"], head["scale"]) == ([1, 2, 3], [2, 2, 2])
    np.testing.assert_allclose(moved(out, "Head", FRONT), [np.sin(TURN), 0, np.cos(TURN)], atol=1e-6)


def test_a_still_head_and_a_face_without_joints_get_no_track(tmp_path: Path) -> None:
    assert not any(path == "rotation" for _, path in channels(drive(skeleton(), tmp_path, jawOpen=1, headYaw=0)))


def test_eyeballs_with_look_targets_are_not_turned_twice(tmp_path: Path) -> None:
    builder = skeleton()
    builder.node("EyeLeft_mesh", mesh=builder.mesh("EyeLeft", ["eyeLookInLeft", "eyeLookOutLeft"]))
    hero = builder.write_glb(tmp_path / "hero.glb")
    report = gltf.write(pose(eyeLookInLeft=1, leftEyeYaw=-0.3), tmp_path / "out.glb", onto=hero)
    assert not report.joints
    assert "joints are left still" in report.notes[0]


def test_neighbouring_keys_never_change_sign_and_are_unit(tmp_path: Path) -> None:
    clip = waves(20_000, names=("headYaw", "headPitch", "headRoll"))
    clip.values[:] = clip.values * 7  # round and round
    gltf.write(clip, tmp_path / "out.glb", onto=skeleton().write_glb(tmp_path / "hero.glb"))
    keys = rotations(tmp_path / "out.glb", "Head")
    assert (np.sum(keys[1:] * keys[:-1], axis=1) > 0).all()
    np.testing.assert_allclose(np.linalg.norm(keys, axis=1), 1, atol=1e-6)


def floats(count: int, low: float, high: float):
    return st.lists(st.floats(low, high), min_size=count, max_size=count)


@given(floats(4, -1, 1), floats(3, 0.1, 5), st.booleans())
@settings(max_examples=60)
def test_a_matrix_is_its_parts(rotation: list[float], scale: list[float], mirrored: bool) -> None:
    unit = np.array(rotation) / max(np.linalg.norm(rotation), 1e-9) if np.linalg.norm(rotation) > 0.1 else np.eye(4)[3]
    axes = rotation_matrix(unit) * np.array(scale) * ([1, -1, 1] if mirrored else [1, 1, 1])
    matrix = np.eye(4)
    matrix[:3, :3] = axes
    parts: Any = decompose(matrix.T.ravel().tolist())
    np.testing.assert_allclose(linear_part(parts), axes, atol=1e-9)


angles = st.floats(-1.4, 1.4)


@given(angles, angles, angles)
def test_angles_are_put_together_as_yaw_then_pitch_then_roll(yaw: float, pitch: float, roll: float) -> None:
    one = [rotation_matrix(from_angles(*turn)) for turn in ((yaw, 0, 0), (0, pitch, 0), (0, 0, roll))]
    np.testing.assert_allclose(rotation_matrix(from_angles(yaw, pitch, roll)), one[0] @ one[1] @ one[2], atol=1e-12)
