"""Khronos' own validator finds no error in what we write, whatever character it is written onto."""

import copy
import os
from pathlib import Path

import numpy as np
import pytest

from rigdriver import resources
from rigdriver.formats import glb, gltf
from tests.formats.reading_back import document, text, without_ours
from tests.glb_builder import ARKIT, Builder, face, skeleton
from tests.helpers import ANGLES, WEIGHTS, waves
from tests.programs.readers import assert_valid

DATA = Path(os.environ.get("RIGDRIVER_DATA", Path(__file__).parents[3] / "shared" / "data"))
CLIP = waves(90, 60, start=-10, names=(*WEIGHTS, *ANGLES))


def several() -> Builder:
    builder = face(ARKIT, primitives=2, sparse=True, weights=[0.0] * len(ARKIT))
    builder.node("Twin", mesh=0, weights=[0.5] * len(ARKIT), translation=[3, 0, 0])
    lying = [1, 0, 0, 0, 0, 0, -1, 0, 0, 1, 0, 0, 0, 0, 0, 1]
    builder.node("Teeth", mesh=builder.mesh("Teeth", ["jawOpen"]), matrix=lying)
    builder.node("Head", matrix=[0, 2, 0, 0, -2, 0, 0, 0, 0, 0, 2, 0, 1, 2, 3, 1])
    builder.animation("rigdriver", 0)
    builder.document["extras"] = {"made": "by hand"}
    return builder


CHARACTERS = {
    "one mesh": face,
    "several meshes, nodes, primitives and matrices": several,
    "a skeleton under a mirror": lambda: skeleton(scale=[-1, 1, 1]),
    "a skeleton turned": lambda: skeleton(rotation=[0.5, 0.5, -0.5, 0.5]),
}


@pytest.mark.parametrize("what", CHARACTERS)
def test_no_errors(node: str, tmp_path: Path, what: str) -> None:
    hero = CHARACTERS[what]().write_glb(tmp_path / "hero.glb")
    beside = CHARACTERS[what]().write_gltf(tmp_path / "beside.gltf")
    outs = [tmp_path / name for name in ("a.glb", "b.gltf", "c.glb", "d.gltf")]
    for out, source in zip(outs, (hero, hero, beside, beside)):
        gltf.write(CLIP, out, onto=source)
    gltf.write(CLIP, tmp_path / "again.glb", onto=outs[0], first=True)
    assert_valid(node, hero, *outs, tmp_path / "again.glb")


def test_the_built_in_head(node: str, tmp_path: Path) -> None:
    report = gltf.write(CLIP, tmp_path / "hello.glb")
    assert not report.missing
    assert {what for what, _ in report.joints} == {"neck", "head", "left eye", "right eye"}
    assert_valid(node, resources.HEAD, tmp_path / "hello.glb")
    before = glb.read(resources.HEAD).document
    assert text(without_ours(tmp_path / "hello.glb", before)) == text(before)


def ict_facekit() -> Builder:
    """A real face: 26,719 vertices, 57 shapes of split names, triangulated from quads."""
    path = DATA / "ict_facekit" / "ict_arkit_shapes.npz"
    if not path.is_file():
        pytest.skip(f"needs {path}; set RIGDRIVER_DATA to the folder of the test data")
    with np.load(path) as archive:
        vertices, faces, deltas = archive["vertices"], archive["faces_quad_minus1_pad"], archive["deltas"]
        names = [str(name) for name in archive["names"]]
    quads = faces[faces[:, 3] >= 0]
    triangles = np.concatenate([faces[faces[:, 3] < 0][:, :3], quads[:, :3], quads[:, [0, 2, 3]]]).astype(np.uint16)
    builder = Builder()
    position = builder.accessor(np.ascontiguousarray(vertices), bounds=True)
    targets = [{"POSITION": builder.accessor(np.ascontiguousarray(delta), bounds=True)} for delta in deltas]
    indices = builder.accessor(triangles.ravel())
    primitive = {"attributes": {"POSITION": position}, "indices": indices, "targets": targets}
    mesh = {"name": "ICT", "primitives": [primitive], "extras": {"targetNames": names}}
    builder.node("Face", mesh=builder.add("meshes", mesh))
    return builder


def test_a_face_of_ict_facekit(node: str, tmp_path: Path) -> None:
    builder = ict_facekit()
    hero = builder.write_glb(tmp_path / "ict.glb")
    before = copy.deepcopy(builder.document)
    report = gltf.write(CLIP, tmp_path / "out.glb", onto=hero)
    (mesh,) = report.meshes
    assert (len(mesh.driven), len(mesh.still)) == (53, 4)
    assert text(without_ours(tmp_path / "out.glb", before)) == text(before)
    assert glb.read(tmp_path / "out.glb").binary.startswith(bytes(builder.blob))
    assert_valid(node, tmp_path / "out.glb")
    assert len(document(tmp_path / "out.glb")["animations"]) == 1
