"""`rigdriver rig` as it is typed: what is asked for is written, and drives."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

import rigdriver
from rigdriver import rig as rigs
from rigdriver.cli import cli
from rigdriver.errors import RigdriverError
from tests.rigging import heads
from tests.speech import HELLO


def invoke(*arguments: str | Path) -> str:
    result = CliRunner().invoke(cli, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_every_rig_is_listed_and_can_be_shown() -> None:
    listed = invoke("rig", "list").splitlines()
    assert len(listed) == len(rigs.available()) >= 19
    assert "← 0.5 mouthSmileLeft" in invoke("rig", "show", "vrchat").replace("0.5 mouthSmileRight + ", "")
    assert "PP" in invoke("rig", "show", "oculus") and "a pose" in invoke("rig", "show", "oculus")


def test_from_names_to_a_character_that_speaks(tmp_path: Path) -> None:
    hero = heads.renamed(tmp_path / "hero.glb", lambda name: f"Hero_{name}_BS", 1)
    assert "52 are there" in invoke("rig", "inspect", hero)
    assert "56 of 56 shapes mapped" in invoke("rig", "map", hero, "-o", tmp_path / "hero.yaml")
    with pytest.raises(RigdriverError, match="--force"):
        invoke("rig", "map", hero, "-o", tmp_path / "hero.yaml")
    invoke("rig", "map", hero, "-o", tmp_path / "hero.yaml", "--force")
    invoke("drive", HELLO, "--rig", tmp_path / "hero.yaml", "--onto", hero, "-o", tmp_path / "a.glb")
    invoke("drive", HELLO, "-o", tmp_path / "b.glb")
    ours, plain = rigdriver.read(tmp_path / "a.glb"), rigdriver.read(tmp_path / "b.glb")
    for name in ("jawOpen", "mouthClose", "eyeBlinkLeft", "tongueTipUp", "headYaw"):
        assert abs(ours[name] - plain[name]).max() < 1e-6, name


def test_from_shapes_to_a_rig_file(tmp_path: Path) -> None:
    pytest.importorskip("scipy")
    shapes = {"one": {"jawOpen": 1.0}, "two": {"mouthClose": 1.0}, "three": {"mouthPucker": 1.0}}
    hero = heads.mixed(tmp_path / "hero.glb", shapes)
    said = invoke("rig", "solve", hero, "--like", heads.face_alone(tmp_path / "like.glb"), "-o", tmp_path / "hero.yaml")
    assert "3 shapes mapped" in said and "jawOpen: 0.00" in said
    assert rigs.load(tmp_path / "hero.yaml").names[:3] == ("one", "two", "three")
