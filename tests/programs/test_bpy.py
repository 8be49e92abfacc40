"""Blender 4.2, 4.5 and 5.0 as Python modules: their importers show what was written. A set apart, for it needs 3 GB:

    sh tests/programs/install.sh bpy && pytest -m bpy
"""

from pathlib import Path

import pytest

from rigdriver.formats import gltf
from tests.helpers import ANGLES, WEIGHTS, waves
from tests.programs.readers import bpy_sees
from tests.programs.test_values import FRAMES, TIMES, assert_weights, crowd

VENVS = Path(__file__).parent / ".venv"
pytestmark = pytest.mark.bpy


@pytest.fixture(params=["4.2", "4.5", "5.0"])
def python(request: pytest.FixtureRequest) -> Path:
    found = sorted(VENVS.glob(f"{request.param}.*/bin/python"))
    if not found:
        pytest.skip(f"bpy {request.param} is not installed; run sh tests/programs/install.sh bpy")
    return found[-1]


def test_shape_keys_follow_the_clip(python: Path, tmp_path: Path) -> None:
    clip = waves(60, 60, names=(*WEIGHTS, *ANGLES))
    gltf.write(clip, tmp_path / "out.glb", onto=crowd().write_glb(tmp_path / "hero.glb"))
    for frame, seen in zip(FRAMES, bpy_sees(python, tmp_path / "out.glb", TIMES)):
        assert_weights(seen["keys"], frame, clip)


def test_the_built_in_head(python: Path, tmp_path: Path) -> None:
    clip = waves(60, 60, names=(*WEIGHTS, *ANGLES))
    gltf.write(clip, tmp_path / "out.glb")
    for frame, seen in zip(FRAMES, bpy_sees(python, tmp_path / "out.glb", TIMES)):
        assert seen["keys"]["Face"]["jawOpen"] == pytest.approx(float(clip["jawOpen"][frame]), abs=2e-4)
        assert seen["keys"]["Tongue"]["tongueTipUp"] == pytest.approx(float(clip["tongueTipUp"][frame]), abs=2e-4)
