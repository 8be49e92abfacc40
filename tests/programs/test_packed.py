"""Characters as studios ship them, quantised and compressed by glTF-Transform: driven as they are, shown as written."""

from pathlib import Path

import pytest

from rigdriver.formats import gltf
from tests.glb_builder import ARKIT, Builder, face
from tests.helpers import WEIGHTS, waves
from tests.programs.readers import assert_valid, blender_sees, pack, three_sees

FRAMES = (0, 31)
TIMES = [frame / 60 for frame in FRAMES]
CLIP = waves(60, 60, names=WEIGHTS)
UNPACKED = "dequantize"


def head() -> Builder:
    """Two meshes, of which one is called a head: its node may not be turned once its mesh is packed."""
    builder = face(ARKIT)
    builder.node("Head", mesh=builder.mesh("Teeth", ["jawOpen"], primitives=2), translation=[0, -2, 0])
    return builder


@pytest.fixture(scope="module", params=["quantize", "meshopt", "draco"])
def packed(request: pytest.FixtureRequest, node: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packed")
    hero = head().write_glb(folder / "hero.glb")
    return pack(node, request.param, hero, folder / f"{request.param}.glb")


def test_a_packed_character_is_driven_as_it_is(packed: Path, node: str, chromium: str, tmp_path: Path) -> None:
    report = gltf.write(CLIP, tmp_path / "out.glb", onto=packed)
    assert_valid(node, packed, tmp_path / "out.glb")
    assert any("glTF" in note or "@gltf-transform" in note for note in report.notes) == (packed.stem != "quantize")
    for frame, seen in zip(FRAMES, three_sees(node, chromium, tmp_path / "out.glb", TIMES)):
        for name in ARKIT:
            assert seen["weights"]["Face"][0][name] == pytest.approx(float(CLIP[name][frame]), abs=2e-4), name
        for primitive in seen["weights"]["Head"]:
            assert primitive["jawOpen"] == pytest.approx(float(CLIP["jawOpen"][frame]), abs=2e-4)
    for name in CLIP.names[:52]:
        assert abs(gltf.read(tmp_path / "out.glb")[name] - CLIP[name]).max() < 1e-6


def test_the_advice_that_is_given_works(packed: Path, node: str, blender: str, tmp_path: Path) -> None:
    """Blender 3.4 refuses meshopt files, so the note says how to take the packing off first."""
    plain = pack(node, UNPACKED, packed, tmp_path / "plain.glb")
    report = gltf.write(CLIP, tmp_path / "out.glb", onto=plain)
    assert not report.notes
    (seen,) = blender_sees(blender, tmp_path / "out.glb", [TIMES[1]])
    for name in ARKIT:
        assert seen["keys"]["Face"][name] == pytest.approx(float(CLIP[name][FRAMES[1]]), abs=2e-4)


def test_what_others_make_of_our_file_comes_back(node: str, tmp_path: Path) -> None:
    """glTF-Transform reads the keys, packs the file and takes that back."""
    gltf.write(CLIP, tmp_path / "driven.glb", onto=face(ARKIT).write_glb(tmp_path / "hero.glb"))
    small = pack(node, "meshopt", tmp_path / "driven.glb", tmp_path / "small.glb")
    for path in (small, pack(node, UNPACKED, small, tmp_path / "plain.glb")):
        assert abs(gltf.read(path, fps=60)["jawOpen"] - CLIP["jawOpen"]).max() < 1e-6
