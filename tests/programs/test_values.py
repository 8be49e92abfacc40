"""What the programs show at a time is what was written for it: three.js, Babylon, Godot, and what assimp counts."""

from pathlib import Path

import numpy as np
import pytest

from rigdriver.clip import Clip
from rigdriver.formats import gltf
from rigdriver.rotation import from_angles
from tests.glb_builder import ARKIT, Builder, skeleton
from tests.helpers import ANGLES, WEIGHTS, pose, waves
from tests.programs.readers import assert_valid, assimp_reads, babylon_sees, godot_sees, three_sees

FRAMES = (0, 7, 31, 59)
TIMES = [frame / 60 for frame in FRAMES]
CLIP = waves(60, 60, names=(*WEIGHTS, *ANGLES))
NEAR = 2e-4


def crowd() -> Builder:
    """Several meshes with the same names, one of two primitives, one shown twice, one under a mirror; and joints."""
    builder = skeleton()
    builder.node("Teeth", mesh=builder.mesh("Teeth", ["Jaw_Open", "tongueOut"], primitives=2), translation=[0, -2, 0])
    builder.node("Twin", mesh=0, translation=[3, 0, 0])
    brows = builder.mesh("Brows", ["unknown", "browInnerUp_L", "browInnerUp_R"], weights=[0.5, 0, 0])
    builder.node("Brows", mesh=brows, scale=[-1, 1, 1])
    return builder


def expected(clip: Clip, frame: int) -> dict[str, dict[str, float]]:
    def of(name: str) -> float:
        return float(clip[name][frame])

    face = {name: of(name) for name in ARKIT}
    brows = {"unknown": 0.5, "browInnerUp_L": of("browInnerUp"), "browInnerUp_R": of("browInnerUp")}
    return {"Face": face, "Twin": face, "Teeth": {"Jaw_Open": of("jawOpen"), "tongueOut": of("tongueOut")},
            "Brows": brows}  # fmt: skip


@pytest.fixture(scope="module")
def driven(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two animations, of which the second is looked at."""
    folder = tmp_path_factory.mktemp("values")
    hero = crowd().write_glb(folder / "hero.glb")
    gltf.write_all({"other": pose(jawOpen=0.9), "talk": CLIP}, folder / "out.glb", onto=hero)
    return folder / "out.glb"


def assert_weights(seen: dict[str, dict[str, float]], frame: int, clip: Clip = CLIP, within: float = NEAR) -> None:
    for mesh, targets in expected(clip, frame).items():
        for name, value in targets.items():
            assert seen[mesh][name] == pytest.approx(value, abs=within), (mesh, name, frame)


def test_the_file_is_valid(driven: Path, node: str) -> None:
    assert_valid(node, driven)


def test_three_js(driven: Path, node: str, chromium: str) -> None:
    for frame, seen in zip(FRAMES, three_sees(node, chromium, driven, TIMES, "talk")):
        assert [len(primitives) for primitives in seen["weights"].values()].count(2) == 1
        for primitive in (0, -1):
            assert_weights({mesh: found[primitive] for mesh, found in seen["weights"].items()}, frame)
        head = from_angles(*(CLIP[name][frame] for name in ("headYaw", "headPitch", "headRoll")))
        assert abs(np.dot(seen["turns"]["Head"], head)) == pytest.approx(1, abs=1e-5)


def test_babylon(driven: Path, node: str) -> None:
    for frame, seen in zip(FRAMES, babylon_sees(node, driven, TIMES, "talk")):
        meshes = seen["weights"]
        meshes |= {name.removesuffix("_primitive0"): meshes[name] for name in list(meshes) if name.endswith("0")}
        assert meshes["Teeth_primitive0"] == meshes["Teeth_primitive1"]
        assert_weights(meshes, frame)
        eye = from_angles(*(CLIP[name][frame] for name in ("leftEyeYaw", "leftEyePitch", "leftEyeRoll")))
        assert abs(np.dot(seen["turns"]["LeftEye"], eye)) == pytest.approx(1, abs=1e-5)


def test_godot(driven: Path, godot: str, tmp_path: Path) -> None:
    for frame, seen in zip(FRAMES, godot_sees(godot, driven, TIMES, "talk", tmp_path / "project")):
        assert_weights(seen["weights"], frame)


def test_fewer_keys_show_the_same_within_the_tolerance(tmp_path: Path, node: str) -> None:
    hero = crowd().write_glb(tmp_path / "hero.glb")
    report = gltf.write(CLIP, tmp_path / "out.glb", onto=hero, keys=0.02)
    assert report.keys < 45
    frames = range(0, 60, 3)
    for frame, seen in zip(frames, babylon_sees(node, tmp_path / "out.glb", [f / 60 for f in frames], "rigdriver")):
        meshes = {name.removesuffix("_primitive0"): values for name, values in seen["weights"].items()}
        assert_weights(meshes, frame, within=0.02 + NEAR)


def test_assimp(driven: Path, assimp: str) -> None:
    """It knows no weights in glTF animations, but what turns: a neck, a head and two eyes."""
    told = assimp_reads(assimp, driven)
    assert (told["Animations"], told["Animation Channels"]) == ("2", "4")


def test_assimp_opens_the_built_in_head(assimp: str, tmp_path: Path) -> None:
    gltf.write(CLIP, tmp_path / "head.glb")
    assert assimp_reads(assimp, tmp_path / "head.glb")["Animations"] == "1"


def test_a_replaced_animation_is_what_is_shown(driven: Path, node: str, tmp_path: Path) -> None:
    out = tmp_path / "out.glb"
    gltf.write(pose(60, 60, jawOpen=0.125), out, onto=driven, animation="talk", replace=True)
    assert_valid(node, out)
    talk, other = (babylon_sees(node, out, [0.0], name)[0]["weights"]["Face"] for name in ("talk", "other"))
    assert (talk["jawOpen"], other["jawOpen"]) == (pytest.approx(0.125), pytest.approx(0.9))
