"""VRM Animation files: what is written comes back, in the words of the avatar they are for."""

from pathlib import Path

import numpy as np
import pytest

from rigdriver import formats
from rigdriver.errors import InputError, OutputError
from rigdriver.formats.gltf import vrma
from tests.formats.reading_back import channels, document
from tests.glb_builder import avatar, face
from tests.helpers import ANGLES, WEIGHTS, assert_same, pose, round_trip, waves

EXTENSION = "VRMC_vrm_animation"
REQUIRED = {"hips", "spine", "head"} | {f"{side}{part}" for side in ("left", "right") for part in (
    "UpperArm", "LowerArm", "Hand", "UpperLeg", "LowerLeg", "Foot")}  # fmt: skip


def expressions(path: Path) -> dict[str, list[str]]:
    found = document(path)["extensions"][EXTENSION]["expressions"]
    return {kind: list(found[kind]) for kind in found}


def test_weights_and_head_come_back(tmp_path: Path) -> None:
    clip = waves(40, 30, names=(*WEIGHTS, *ANGLES[:3]))
    assert_same(round_trip(clip, tmp_path / "a.vrma"), clip, within=2e-6)


def test_the_gaze_is_the_mean_of_both_eyes(tmp_path: Path) -> None:
    clip = pose(leftEyeYaw=0.3, rightEyeYaw=0.1, leftEyePitch=-0.2, rightEyePitch=-0.2)
    again = round_trip(clip, tmp_path / "a.vrma")
    for eye in ("left", "right"):
        np.testing.assert_allclose(again[f"{eye}EyeYaw"], 0.2, atol=1e-6)
        np.testing.assert_allclose(again[f"{eye}EyePitch"], -0.2, atol=1e-6)


def test_the_file_has_every_bone_that_a_vrm_must_have_and_stands_on_the_ground(tmp_path: Path) -> None:
    formats.write(pose(jawOpen=1), tmp_path / "a.vrma")
    doc = document(tmp_path / "a.vrma")
    bones = doc["extensions"][EXTENSION]["humanoid"]["humanBones"]
    assert set(bones) >= REQUIRED
    assert not {"leftEye", "rightEye"} & set(bones)
    assert doc["nodes"][bones["hips"]["node"]]["translation"][1] > 0.5
    assert doc["extensions"][EXTENSION]["specVersion"] == "1.0"
    assert doc["extensionsUsed"] == [EXTENSION]


def test_without_an_avatar_presets_and_perfect_sync_have_their_usual_names(tmp_path: Path) -> None:
    formats.write(pose(A=1, blinkLeft=1, jawOpen=1, wink=1, lookUp=1), tmp_path / "a.vrma")
    found = expressions(tmp_path / "a.vrma")
    assert {kind: set(names) for kind, names in found.items()} == {
        "preset": {"aa", "blinkLeft"}, "custom": {"JawOpen", "wink"}}  # fmt: skip


@pytest.mark.parametrize("version", [0, 1])
def test_an_avatars_own_spelling_is_taken(tmp_path: Path, version: int) -> None:
    hero = avatar(version, {"aa": {"x1": 1}, "jaw_open": {"x2": 1}}).write_glb(tmp_path / "hero.vrm")
    report = formats.write(pose(aa=1, jawOpen=1, cheekPuff=1), tmp_path / "a.vrma", onto=hero)
    assert expressions(tmp_path / "a.vrma") == {"preset": ["aa"], "custom": ["jaw_open"]}
    assert report.missing == ("cheekPuff",)
    with pytest.raises(InputError, match=r"it has (aa|A), jaw_open"):
        formats.write(pose(cheekPuff=1), tmp_path / "b.vrma", onto=hero)
    assert not (tmp_path / "b.vrma").exists()


def test_curves_called_like_bones_do_not_become_bones(tmp_path: Path) -> None:
    clip = pose(head=0.25, gaze=0.5, headYaw=0.1, leftEyeYaw=0.1, rightEyeYaw=0.1)
    again = round_trip(clip, tmp_path / "a.vrma")
    assert (again["head"][0], again["gaze"][0]) == (0.25, 0.5)
    np.testing.assert_allclose(again["headYaw"], 0.1, atol=1e-6)


def test_weights_stay_in_their_range(tmp_path: Path) -> None:
    assert round_trip(pose(jawOpen=1.5), tmp_path / "a.vrma")["jawOpen"][0] == 1


def test_fewer_keys(tmp_path: Path) -> None:
    clip = waves(300, 60, names=("jawOpen", "headYaw"))
    report = formats.write(clip, tmp_path / "a.vrma", keys=0.01)
    assert report.keys < 150
    again = vrma.read(tmp_path / "a.vrma", fps=60)
    for name in clip.names:
        assert np.abs(again[name] - clip[name]).max() <= 0.0101
    assert len({len(times) for times, _ in channels(tmp_path / "a.vrma").values()}) > 1


def test_what_is_no_vrma_is_told(tmp_path: Path) -> None:
    face(["jawOpen"]).write_glb(tmp_path / "a.vrma")
    with pytest.raises(InputError, match="not a VRM Animation"):
        formats.read(tmp_path / "a.vrma")
    with pytest.raises(InputError, match="nothing of the clip"):
        formats.write(pose(voice=1), tmp_path / "b.vrma")
    with pytest.raises(OutputError, match=r"name it \.vrma"):
        formats.write(pose(jawOpen=1), tmp_path / "b.gltf", "vrma")
