"""VRM characters: expressions drive what has no name, and all that makes a file a VRM stays as it was."""

import copy
from pathlib import Path

import numpy as np
import pytest

from rigdriver import formats
from rigdriver.errors import InputError, OutputError
from rigdriver.formats import gltf
from tests.formats.reading_back import channels, document, text, weights, without_ours
from tests.glb_builder import Builder, avatar
from tests.helpers import pose, waves

PERFECT = {"JawOpen": {"x1": 1.0}, "EyeBlinkLeft": {"x2": 0.5}, "MouthSmileLeft": {"x1": 0.25, "x3": 1.0}}
VERSIONS = pytest.mark.parametrize("version", [0, 1])


def driven(folder: Path, builder: Builder, **curves: float) -> list[float]:
    """The weights of the face's targets at the first key."""
    gltf.write(pose(**curves), folder / "out.vrm", onto=builder.write_glb(folder / "hero.vrm"))
    targets = len(builder.document["meshes"][0]["extras"]["targetNames"])
    return weights(folder / "out.vrm", "Face", targets)[0].tolist()


@VERSIONS
def test_perfect_sync_drives_what_its_expressions_bind(tmp_path: Path, version: int) -> None:
    found = driven(tmp_path, avatar(version, PERFECT), jawOpen=0.5, eyeBlinkLeft=0.4, mouthSmileLeft=0.8)
    np.testing.assert_allclose(found, [0.5 + 0.25 * 0.8, 0.5 * 0.4, 0.8], rtol=1e-6)


@VERSIONS
@pytest.mark.parametrize("names", [("aa", "blink"), ("A", "Blink"), ("a", "BLINK")])
def test_presets_are_known_by_the_names_of_both_versions(tmp_path: Path, version: int, names: tuple[str, str]) -> None:
    found = driven(tmp_path, avatar(version), **dict(zip(names, (0.5, 1.0))))
    np.testing.assert_allclose(found, [0.5, 0.8, 0.5], rtol=1e-6)


@VERSIONS
def test_a_targets_own_name_goes_before_an_expression(tmp_path: Path, version: int) -> None:
    builder = avatar(version, {"JawOpen": {"other": 1.0, "jawOpen": 0.5}})
    assert driven(tmp_path, builder, jawOpen=0.5) == [0, 0.5]


@VERSIONS
def test_what_was_driven_is_read_back(tmp_path: Path, version: int) -> None:
    clip = waves(20, 30, names=("aa", "blink", "headYaw"))
    gltf.write(clip, tmp_path / "out.vrm", onto=avatar(version).write_glb(tmp_path / "hero.vrm"))
    again = gltf.read(tmp_path / "out.vrm")
    for name in clip.names:
        np.testing.assert_allclose(again[name], clip[name], atol=2e-6)


@VERSIONS
@pytest.mark.parametrize("suffix", [".vrm", ".glb"])
def test_nothing_that_makes_it_a_vrm_changes(tmp_path: Path, version: int, suffix: str) -> None:
    builder = avatar(version, PERFECT)
    hero = builder.write_glb(tmp_path / "hero.vrm")
    before = copy.deepcopy(builder.document)
    formats.write(pose(jawOpen=1, headYaw=0.5), tmp_path / f"out{suffix}", onto=hero)
    assert text(without_ours(tmp_path / f"out{suffix}", before)) == text(before)


@VERSIONS
def test_a_vrm_of_presets_says_how_it_can_be_driven(tmp_path: Path, version: int) -> None:
    hero = avatar(version).write_glb(tmp_path / "hero.vrm")
    assert gltf.rig_of(hero) == "vrm1"
    with pytest.raises(InputError, match="--rig vrm1"):
        gltf.check(hero, ["jawOpen"])
    report = gltf.write(pose(jawOpen=1, headYaw=0.5), tmp_path / "out.vrm", onto=hero)
    assert any("--rig vrm1" in note for note in report.notes)
    assert gltf.rig_of(avatar(version, PERFECT).write_glb(tmp_path / "perfect.vrm")) == "arkit"


LOOKS = {"aa": {"x1": 1.0}, "lookLeft": {"x2": 1.0}}


@VERSIONS
@pytest.mark.parametrize("looks, eyes", [("bone", {"J_leftEye"}), ("expression", set())])
def test_a_gaze_is_shown_by_bones_or_by_expressions_never_both(
    tmp_path: Path, version: int, looks: str, eyes: set[str]
) -> None:
    found = driven(tmp_path, avatar(version, LOOKS, looks), aa=0.5, lookLeft=0.75, leftEyeYaw=0.2)
    assert found == [0.5, 0.75 if looks == "expression" else 0]
    assert {node for node, path in channels(tmp_path / "out.vrm") if path == "rotation"} == eyes


BROKEN = {
    "a bind to no node": {"node": 99, "index": 0, "weight": 1},
    "a bind to no target": {"node": 0, "index": 99, "weight": 1},
    "a bind to a node without a mesh": {"node": 3, "index": 0, "weight": 1},
    "a bind of words": {"node": "Face", "index": True, "weight": "much"},
    "a bind of nothing": {},
    "no bind at all": 7,
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_bind_that_leads_nowhere_moves_nothing(tmp_path: Path, what: str) -> None:
    builder = avatar(1, {"aa": {"x1": 1.0}, "ih": {"x2": 1.0}})
    preset = builder.document["extensions"]["VRMC_vrm"]["expressions"]["preset"]
    preset["ih"]["morphTargetBinds"] = [BROKEN[what]]
    assert driven(tmp_path, builder, aa=0.5, ih=1.0) == [0.5, 0]


@VERSIONS
def test_tables_of_another_shape_are_passed_over(tmp_path: Path, version: int) -> None:
    builder = avatar(version, {"aa": {"jawOpen": 1.0}})
    extension = builder.document["extensions"]["VRMC_vrm" if version else "VRM"]
    extension.update(humanoid=[1], expressions="none", blendShapeMaster=[], lookAt=3, firstPerson=None)
    assert driven(tmp_path, builder, jawOpen=0.5) == [0.5]


def test_the_report_counts_targets_and_not_binds(tmp_path: Path) -> None:
    hero = avatar(1, PERFECT).write_glb(tmp_path / "hero.vrm")
    report = gltf.write(pose(jawOpen=1, mouthSmileLeft=1), tmp_path / "out.vrm", onto=hero)
    assert "FaceMesh: 2 of 3 morph targets driven" in str(report)
    assert document(tmp_path / "out.vrm")["extensionsUsed"] == ["VRMC_vrm"]


def test_the_built_in_head_does_not_become_an_avatar_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no VRM avatar"):
        gltf.write(pose(jawOpen=1), tmp_path / "out.vrm")
    assert not (tmp_path / "out.vrm").exists()
