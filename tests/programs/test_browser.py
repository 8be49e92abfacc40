"""three.js shows what we write: pictures at times that the clip itself names."""

from pathlib import Path

import numpy as np
import pytest

from rigdriver import resources
from rigdriver.clip import Clip
from rigdriver.formats import glb, gltf
from rigdriver.formats.gltf.morphs import target_names
from rigdriver.formats.gltf_accessors import read_accessor
from tests.glb_builder import face
from tests.helpers import pose
from tests.programs.readers import View, difference, moments, shoot

MOVED = 0.02  # of a colour value on average over the region; what should not move stays under a quarter of it


def spoken() -> Clip:
    """A second of a syllable like `ba` by hand: lips shut on a lowered jaw, a wide vowel, then a blink."""
    clip = pose(frames=61, fps=60, jawOpen=0.0, mouthClose=0.0, eyeBlinkLeft=0.0, eyeBlinkRight=0.0, headYaw=0.0)
    frame = np.arange(61)
    closing, opening, blink = (np.clip(1 - np.abs(frame - at) / 8, 0, 1) for at in (12, 28, 46))
    clip.values[:, 0] = 0.2 * closing + 0.8 * opening
    clip.values[:, 1] = 0.2 * closing
    clip.values[:, 2:4] = blink[:, None]
    return clip


def regions() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Boxes of the built-in head (low, high corner in m) that its own targets move: mouth and eyes; and the face."""
    head = glb.read(resources.HEAD)
    mesh = next(mesh for mesh in head.document["meshes"] if mesh["name"] == "Face")
    primitive, names = mesh["primitives"][0], target_names(head.document, mesh)
    position = read_accessor(head.document, head.binary, primitive["attributes"]["POSITION"])
    boxes = {"face": (position.min(axis=0), position.max(axis=0))}
    for region, shapes in (("mouth", ("mouthClose", "mouthFunnel")), ("eyes", ("eyeBlinkLeft", "eyeBlinkRight"))):
        targets = [primitive["targets"][names.index(shape)]["POSITION"] for shape in shapes]
        length = sum(np.linalg.norm(read_accessor(head.document, head.binary, target), axis=1) for target in targets)
        moved = position[length > 0.5 * length.max()]
        boxes[region] = moved.min(axis=0), moved.max(axis=0)
    return boxes


@pytest.mark.skipif(not resources.HEAD.is_file(), reason="the built-in head is not built")
def test_the_built_in_head_speaks_and_blinks(node: str, chromium: str, tmp_path: Path) -> None:
    clip, boxes = spoken(), regions()
    times = moments(clip)
    assert times == pytest.approx({"closure": 12 / 60, "vowel": 28 / 60, "blink": 46 / 60})
    gltf.write(clip, tmp_path / "ba.glb")
    view = View.around(*boxes["face"])
    closure, vowel, blink = shoot(node, chromium, tmp_path / "ba.glb", list(times.values()), view, tmp_path / "shots")
    mouth = [view.crop(picture, *boxes["mouth"]) for picture in (closure, vowel, blink)]
    eyes = [view.crop(picture, *boxes["eyes"]) for picture in (closure, vowel, blink)]
    assert difference(mouth[0], mouth[1]) > MOVED, "the vowel opens the mouth"
    assert mouth[1].mean() < mouth[0].mean(), "an open mouth is darker than shut lips"
    assert difference(eyes[2], eyes[0]) > MOVED, "the blink shuts the eyes"
    assert difference(eyes[0], eyes[1]) < MOVED / 4, "speech alone leaves the eyes"
    assert difference(mouth[2], mouth[0]) < difference(mouth[1], mouth[0]), "lips at rest look shut"


def test_every_mesh_of_a_character_moves(node: str, chromium: str, tmp_path: Path) -> None:
    builder = face(["jawOpen"], primitives=2)
    builder.node("Teeth", mesh=builder.mesh("Teeth", ["Jaw_Open"], size=0.5), translation=[0, -2, 0])
    clip = pose(frames=31, fps=60, jawOpen=0.0)
    clip.values[30] = 10
    gltf.write(clip, tmp_path / "a.glb", onto=builder.write_glb(tmp_path / "hero.glb"))
    view = View(-3, 3, -3.5, 2.5, 256)
    rest, moved = shoot(node, chromium, tmp_path / "a.glb", [0, 0.5], view, tmp_path / "shots")
    for low, high in (((-2, -1), (2, 2)), ((-1, -3), (1, -1.2))):
        assert difference(view.crop(rest, low, high), view.crop(moved, low, high)) > MOVED
