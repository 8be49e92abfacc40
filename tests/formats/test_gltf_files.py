"""Where a character's bytes lie: .glb, .vrm, .gltf with files beside it or inside, and every way between them."""

import json
from pathlib import Path

import numpy as np
import pytest

from rigdriver.errors import InputError, OutputError
from rigdriver.formats import gltf
from tests.formats.reading_back import document, weights
from tests.glb_builder import Builder, face
from tests.helpers import pose

CLIP = pose(jawOpen=0.25)


def hero(folder: Path, kind: str) -> Path:
    """The same character in four kinds of file, with a picture beside the .gltf."""
    folder.mkdir(exist_ok=True)
    builder = face(["jawOpen"])
    if kind in ("glb", "vrm"):
        return builder.write_glb(folder / f"hero.{kind}")
    builder.document["images"] = [{"uri": "skin%20a.png"}]
    (folder / "skin a.png").write_bytes(b"\x89PNG")
    return builder.write_gltf(folder / "hero.gltf", inside=kind == "inside")


@pytest.mark.parametrize("out", ["out.glb", "out.gltf", "out.vrm", "new/out.gltf"])
@pytest.mark.parametrize("kind", ["glb", "vrm", "beside", "inside"])
def test_every_kind_of_file_becomes_every_other(tmp_path: Path, kind: str, out: str) -> None:
    (tmp_path / "new").mkdir()
    source = hero(tmp_path, kind)
    gltf.write(CLIP, tmp_path / out, onto=source)
    assert weights(tmp_path / out, "Face", 1).tolist() == [[0.25], [0.25]]
    shape = document(tmp_path / out)["meshes"]
    assert shape == document(source)["meshes"]


def test_a_gltf_keeps_its_files_and_gets_one_more(tmp_path: Path) -> None:
    source = hero(tmp_path, "beside")
    before = (tmp_path / "hero.bin").read_bytes()
    gltf.write(CLIP, tmp_path / "new.gltf", onto=source)
    assert [b["uri"] for b in document(tmp_path / "new.gltf")["buffers"]] == ["hero.bin", "new.bin"]
    assert (tmp_path / "hero.bin").read_bytes() == before


def test_a_gltf_in_another_folder_takes_its_files_along(tmp_path: Path) -> None:
    source = hero(tmp_path / "a", "beside")
    (tmp_path / "b").mkdir()
    gltf.write(CLIP, tmp_path / "b" / "out.gltf", onto=source)
    assert sorted(p.name for p in (tmp_path / "b").iterdir()) == ["hero.bin", "out.bin", "out.gltf", "skin a.png"]
    (tmp_path / "b" / "hero.bin").write_bytes(b"someone else's")
    with pytest.raises(OutputError, match=r"hero\.bin beside it"):
        gltf.write(CLIP, tmp_path / "b" / "out.gltf", onto=source)


def test_a_gltf_that_becomes_a_glb_travels_alone(tmp_path: Path) -> None:
    source = hero(tmp_path, "beside")
    gltf.write(CLIP, tmp_path / "out.glb", onto=source)
    doc = document(tmp_path / "out.glb")
    assert "uri" not in doc["buffers"][0]
    assert doc["images"][0]["uri"].startswith("data:image/png;base64,")
    (tmp_path / "skin a.png").unlink()
    report = gltf.write(CLIP, tmp_path / "out.glb", onto=source)
    assert "stays a reference" in report.notes[0]


def test_a_second_buffer_goes_along(tmp_path: Path) -> None:
    builder = face(["jawOpen"])
    builder.finish().document["buffers"].append({"uri": "more.bin", "byteLength": 4})
    (tmp_path / "more.bin").write_bytes(b"1234")
    source = builder.write_gltf(tmp_path / "hero.gltf")
    gltf.write(CLIP, tmp_path / "out.glb", onto=source)
    assert document(tmp_path / "out.glb")["buffers"][1]["uri"] == "data:application/octet-stream;base64,MTIzNA=="


def test_driving_twice_keeps_both_animations(tmp_path: Path) -> None:
    source = hero(tmp_path, "beside")
    gltf.write(CLIP, tmp_path / "out.gltf", onto=source)
    gltf.write(pose(jawOpen=0.75), tmp_path / "out.gltf", onto=tmp_path / "out.gltf", overwrite_input=True)
    assert [a["name"] for a in document(tmp_path / "out.gltf")["animations"]] == ["rigdriver", "rigdriver.001"]
    assert gltf.read(tmp_path / "out.gltf", animation="rigdriver")["jawOpen"][0] == 0.25
    assert gltf.read(tmp_path / "out.gltf", animation="rigdriver.001")["jawOpen"][0] == 0.75


def test_the_input_is_not_overwritten_unless_asked(tmp_path: Path) -> None:
    source = hero(tmp_path, "glb")
    before = source.read_bytes()
    with pytest.raises(OutputError, match="also the input"):
        gltf.write(CLIP, source, onto=source)
    assert source.read_bytes() == before
    gltf.write(CLIP, source, onto=source, overwrite_input=True)
    assert gltf.read(source)["jawOpen"][0] == 0.25


ELSEWHERE = ["../secret", "/etc/passwd", "file:///etc/passwd", "http://host/a", "..\\secret", "a/%2e%2e/%2e%2e/secret"]


@pytest.mark.parametrize("uri", ELSEWHERE)
def test_a_character_may_not_read_the_rest_of_the_disk(tmp_path: Path, uri: str) -> None:
    source = hero(tmp_path, "beside")
    doc = json.loads(source.read_text())
    doc["buffers"][0]["uri"] = uri
    source.write_text(json.dumps(doc))
    with pytest.raises(InputError, match="not a file in its own folder"):
        gltf.write(CLIP, tmp_path / "out.glb", onto=source)


def test_a_missing_or_short_buffer_is_named(tmp_path: Path) -> None:
    source = hero(tmp_path, "beside")
    (tmp_path / "hero.bin").write_bytes(b"short")
    with pytest.raises(InputError, match="but 5 are there"):
        gltf.write(CLIP, tmp_path / "out.glb", onto=source)
    (tmp_path / "hero.bin").unlink()
    with pytest.raises(InputError, match=r"'hero\.bin', which cannot be read"):
        gltf.write(CLIP, tmp_path / "out.glb", onto=source)


def test_a_missing_character_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nobody\.glb: cannot be read"):
        gltf.write(CLIP, tmp_path / "out.glb", onto=tmp_path / "nobody.glb")


def test_a_broken_data_uri_is_named(tmp_path: Path) -> None:
    builder: Builder = face(["jawOpen"]).finish()
    builder.document["buffers"][0]["uri"] = "data:application/octet-stream;base64,$$$"
    (tmp_path / "hero.gltf").write_text(json.dumps(builder.document))
    with pytest.raises(InputError, match="data URI cannot be decoded"):
        gltf.write(CLIP, tmp_path / "out.glb", onto=tmp_path / "hero.gltf")


def test_padding_between_old_and_new_bytes(tmp_path: Path) -> None:
    builder = face(["jawOpen"])
    builder.view(b"odd")
    gltf.write(CLIP, tmp_path / "out.glb", onto=builder.write_glb(tmp_path / "hero.glb"))
    np.testing.assert_array_equal(weights(tmp_path / "out.glb", "Face", 1), [[0.25], [0.25]])
