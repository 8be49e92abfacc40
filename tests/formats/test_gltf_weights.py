"""Morph target weights on characters of every shape; the rest of the user's file stays as it was."""

import copy
import json
import tracemalloc
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from rigdriver import formats
from rigdriver.clip import Clip
from rigdriver.errors import InputError, OutputError
from rigdriver.formats import gltf
from tests.formats.reading_back import channels, document, text, weights, without_ours
from tests.glb_builder import ARKIT, Builder, face, skeleton
from tests.helpers import pose, waves


def test_every_target_follows_its_curve_in_the_meshs_own_order(tmp_path: Path) -> None:
    hero = face(["mouthSmile_R", "unknown", "JawOpen"]).write_glb(tmp_path / "hero.glb")
    clip = waves(20)
    report = formats.write(clip, tmp_path / "out.glb", onto=hero)
    written = weights(tmp_path / "out.glb", "Face", 3)
    np.testing.assert_array_equal(written, clip.pick(["mouthSmileRight", "", "jawOpen"]).values)
    assert report.meshes[0].driven == (("mouthSmile_R", "mouthSmileRight"), ("JawOpen", "jawOpen"))
    assert report.meshes[0].still == ("unknown",)


RESTS = [(None, None, 0), (None, [0.3, 0, 0], 0.3), ([0.7, 0, 0], [0.3, 0, 0], 0.7)]


@pytest.mark.parametrize("node_weights, mesh_weights, rest", RESTS)
def test_a_target_that_is_not_driven_keeps_its_rest_weight(tmp_path, node_weights, mesh_weights, rest) -> None:
    builder = face(["fat", "jawOpen", "thin"], weights=mesh_weights)
    if node_weights:
        builder.document["nodes"][0]["weights"] = node_weights
    gltf.write(pose(jawOpen=0.5), tmp_path / "out.glb", onto=builder.write_glb(tmp_path / "hero.glb"))
    np.testing.assert_allclose(weights(tmp_path / "out.glb", "Face", 3), [[rest, 0.5, 0]] * 2)


def test_every_mesh_and_every_node_that_shows_it_gets_a_channel(tmp_path: Path) -> None:
    builder = face(["jawOpen"], primitives=2)
    builder.node("Teeth", mesh=builder.mesh("Teeth", ["jawOpen", "tongueOut"], primitives=3))
    builder.node("Twin", mesh=0)
    builder.node("Fat twin", mesh=0, weights=[0.5])
    builder.node("Shirt", mesh=builder.mesh("Shirt", ["tight"]))
    gltf.write(pose(jawOpen=1), tmp_path / "out.glb", onto=builder.write_glb(tmp_path / "hero.glb"))
    assert {node for node, _ in channels(tmp_path / "out.glb")} == {"Face", "Teeth", "Twin", "Fat twin"}
    ours = document(tmp_path / "out.glb")["animations"][0]
    assert len(ours["samplers"]) == 3  # Face and Twin show the same mesh at the same rest: one sampler
    assert len({(c["target"]["node"], c["target"]["path"]) for c in ours["channels"]}) == 4


def test_the_accessors_are_as_the_specification_asks(tmp_path: Path) -> None:
    clip = waves(7, fps=Fraction(30000, 1001))
    gltf.write(clip, tmp_path / "out.glb", onto=face().write_glb(tmp_path / "hero.glb"))
    doc = document(tmp_path / "out.glb")
    sampler = doc["animations"][0]["samplers"][0]
    times, output = doc["accessors"][sampler["input"]], doc["accessors"][sampler["output"]]
    keys = clip.times.astype(np.float32)
    assert (times["min"], times["max"]) == ([float(keys[0])], [float(keys[-1])])
    assert (output["count"], output["type"]) == (7 * len(ARKIT), "SCALAR")
    assert sampler["interpolation"] == "LINEAR"
    for accessor in (times, output):
        view = doc["bufferViews"][accessor["bufferView"]]
        assert view["byteOffset"] % 4 == 0
        assert not {"target", "byteStride"} & set(view)


def rich() -> Builder:
    """Everything that must survive: odd numbers, unknown extensions, extras, an animation of our name, no sense."""
    builder = face(["jawOpen"], sparse=True, weights=[0.1])
    extras = {"ü": [1e-7, 1.0, 12345678901234567890]}
    builder.document["nodes"][0] |= {"rotation": [0.0, 0.1, 0.0, 0.99498743710662], "extras": extras}
    builder.document |= {
        "extensions": {"EXT_of_a_studio": {"animations": "/animations/0", "nested": {"b": 1, "a": [None, True]}}},
        "extensionsUsed": ["EXT_of_a_studio"],
        "extras": "free text \u2028 🙂",
        "vendorKey": {"unknown": "top-level key"},
    }
    builder.animation("rigdriver", 0)
    return builder


@pytest.mark.parametrize("suffix", [".glb", ".gltf"])
def test_nothing_else_in_the_file_changes(tmp_path: Path, suffix: str) -> None:
    builder = rich()
    hero = tmp_path / f"hero{suffix}"
    (builder.write_glb if suffix == ".glb" else builder.write_gltf)(hero)
    before = copy.deepcopy(builder.document)
    gltf.write(waves(5), tmp_path / f"out{suffix}", onto=hero)
    assert text(without_ours(tmp_path / f"out{suffix}", before)) == text(before)
    assert [a["name"] for a in document(tmp_path / f"out{suffix}")["animations"]] == ["rigdriver", "rigdriver.001"]


def test_the_old_bytes_stay_in_front_of_ours_and_unknown_chunks_behind(tmp_path: Path) -> None:
    from rigdriver.formats import glb

    builder = rich().finish()
    old = bytes(builder.blob)
    (tmp_path / "hero.glb").write_bytes(glb.pack(glb.Glb(builder.document, old, [(0x4242, b"more")])))
    gltf.write(waves(5), tmp_path / "out.glb", onto=tmp_path / "hero.glb")
    again = glb.read(tmp_path / "out.glb")
    assert again.binary.startswith(old)
    assert again.extra_chunks == [(0x4242, b"more")]


def test_first_puts_the_animation_in_front(tmp_path: Path) -> None:
    hero = rich().write_glb(tmp_path / "hero.glb")
    gltf.write(waves(5), tmp_path / "out.glb", onto=hero, first=True, animation="talk")
    assert [a["name"] for a in document(tmp_path / "out.glb")["animations"]] == ["talk", "rigdriver"]


def test_a_file_without_a_buffer_gets_one(tmp_path: Path) -> None:
    builder = Builder()
    empty = {"componentType": 5126, "count": 3, "type": "VEC3", "min": [0, 0, 0], "max": [0, 0, 0]}
    accessor = builder.add("accessors", empty)
    primitive = {"attributes": {"POSITION": accessor}, "targets": [{"POSITION": accessor}]}
    builder.add("meshes", {"primitives": [primitive], "extras": {"targetNames": ["jawOpen"]}})
    builder.node("Face", mesh=0)
    hero = builder.write_glb(tmp_path / "hero.glb")
    gltf.write(pose(jawOpen=1), tmp_path / "out.glb", onto=hero)
    assert weights(tmp_path / "out.glb", "Face", 1).tolist() == [[1], [1]]
    gltf.write(pose(jawOpen=1), tmp_path / "out.gltf", onto=hero)
    assert weights(tmp_path / "out.gltf", "Face", 1).tolist() == [[1], [1]]


def test_frames_before_the_sound_are_dropped(tmp_path: Path) -> None:
    clip = waves(10, start=-4)
    gltf.write(clip, tmp_path / "out.glb", onto=face(["jawOpen"]).write_glb(tmp_path / "hero.glb"))
    times, output = channels(tmp_path / "out.glb")["Face", "weights"]
    np.testing.assert_array_equal(output, clip["jawOpen"][4:])
    assert (times[0], len(times)) == (0, 6)
    with pytest.raises(InputError, match="no frames at or after time 0"):
        gltf.write(clip.cut(-4, 0), tmp_path / "no.glb", onto=tmp_path / "hero.glb")


def test_a_clip_that_begins_later_holds_its_first_frame(tmp_path: Path) -> None:
    clip = waves(3, start=30, fps=30)
    gltf.write(clip, tmp_path / "out.glb", onto=face(["jawOpen"]).write_glb(tmp_path / "hero.glb"))
    times, output = channels(tmp_path / "out.glb")["Face", "weights"]
    np.testing.assert_allclose(times, [0, 1, 31 / 30, 32 / 30])
    np.testing.assert_array_equal(output, clip["jawOpen"][[0, 0, 1, 2]])


@pytest.mark.parametrize("fps", [Fraction(24000, 1001), 60, 120])
def test_three_hours_have_times_that_increase(tmp_path: Path, fps: Fraction) -> None:
    frames = int(3 * 3600 * fps)
    values = np.memmap(tmp_path / "values", np.float32, "w+", shape=(frames, 1))
    values[:, 0] = np.linspace(0, 1, frames)
    clip = Clip(("jawOpen",), values, Fraction(fps))
    gltf.write(clip, tmp_path / "out.glb", onto=face(["jawOpen"]).write_glb(tmp_path / "hero.glb"))
    times, output = channels(tmp_path / "out.glb")["Face", "weights"]
    assert (np.diff(times) > 0).all()
    np.testing.assert_array_equal(output, values[:, 0])


def test_a_long_clip_is_never_in_memory_as_a_whole(tmp_path: Path) -> None:
    values = np.memmap(tmp_path / "values", np.float32, "w+", shape=(400_000, 60))  # 96 MB
    clip = Clip((*ARKIT, "headYaw", "headPitch", *map(str, range(6))), values, Fraction(60))
    values[:, 0] = values[:, 52] = 0.5
    hero = skeleton().write_glb(tmp_path / "hero.glb")
    tracemalloc.start()
    gltf.write(clip, tmp_path / "out.glb", onto=hero)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 40e6
    assert (tmp_path / "out.glb").stat().st_size > 4 * 52 * 400_000


def test_times_that_float32_cannot_tell_apart_are_refused(tmp_path: Path) -> None:
    clip = Clip(("jawOpen",), np.ones((3, 1), np.float32), Fraction(120), start=2**25)
    with pytest.raises(InputError, match="cannot tell its frames apart"):
        gltf.write(clip, tmp_path / "out.glb", onto=face(["jawOpen"]).write_glb(tmp_path / "hero.glb"))


def test_a_glb_beyond_4_gib_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    hero = face(ARKIT + tuple(f"more{k}" for k in range(2000))).write_glb(tmp_path / "hero.glb")
    long = Clip(("jawOpen",), np.broadcast_to(np.float32(1), (600_000, 1)), Fraction(60))
    with pytest.raises(OutputError, match="cannot pass 4"):
        gltf.write(long, tmp_path / "out.glb", onto=hero)
    assert not (tmp_path / "out.glb").exists()


def test_a_character_that_cannot_be_driven_says_what_it_has(tmp_path: Path) -> None:
    hero = face([f"shape{k}" for k in range(20)]).write_glb(tmp_path / "hero.glb")
    with pytest.raises(InputError, match=r"20 morph targets .* shape11 and 8 more"):
        gltf.write(waves(), tmp_path / "out.glb", onto=hero)
    bare = Builder()
    bare.node("Box", mesh=bare.mesh("Box"))
    with pytest.raises(InputError, match="no morph targets at all"):
        gltf.write(waves(), tmp_path / "out.glb", onto=bare.write_glb(tmp_path / "bare.glb"))


def test_the_report_says_what_is_not_shown(tmp_path: Path) -> None:
    hero = face(["jawOpen", "Jaw_Open", "JAW_OPEN", "mouthClose"]).write_glb(tmp_path / "hero.glb")
    clip = pose(jawOpen=1, mouthSmileLeft=0.5, cheekPuff=0, headYaw=1, voice=1)
    report = gltf.write(clip, tmp_path / "out.glb", onto=hero)
    assert report.missing == ("mouthSmileLeft", "headYaw")
    twice = face(["Jaw_Open", "JAW_OPEN"]).write_glb(tmp_path / "twice.glb")
    report = gltf.write(pose(jawOpen=1), tmp_path / "out.glb", onto=twice)
    assert report.ambiguous == (("FaceMesh", "JAW_OPEN", "jawOpen"),)
    assert "1 of 2 morph targets driven" in str(report)
    assert json.loads(json.dumps(report.as_dict()))["meshes"][0]["driven"] == [["Jaw_Open", "jawOpen"]]


def test_values_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    clip = pose(jawOpen=float("nan"))
    with pytest.raises(InputError, match="jawOpen is not a number at frame 0"):
        gltf.write(clip, tmp_path / "out.glb", onto=face(["jawOpen"]).write_glb(tmp_path / "hero.glb"))


def test_names_are_found_where_old_exporters_put_them(tmp_path: Path) -> None:
    builder = face(["jawOpen"])
    del builder.document["meshes"][0]["extras"]
    builder.document["meshes"][0]["primitives"][0]["extras"] = {"targetNames": ["jawOpen"]}
    gltf.write(pose(jawOpen=1), tmp_path / "out.glb", onto=builder.write_glb(tmp_path / "hero.glb"))
    del builder.document["meshes"][0]["primitives"][0]["extras"]
    accessor = builder.document["meshes"][0]["primitives"][0]["targets"][0]["POSITION"]
    builder.document["accessors"][accessor]["name"] = "JawOpen"
    gltf.write(pose(jawOpen=1), tmp_path / "out.glb", onto=builder.write_glb(tmp_path / "hero.glb"))
    assert weights(tmp_path / "out.glb", "Face", 1).tolist() == [[1], [1]]


def test_primitives_that_disagree_leave_the_mesh_still(tmp_path: Path) -> None:
    builder = face(["jawOpen"], primitives=2)
    del builder.document["meshes"][0]["primitives"][1]["targets"]
    builder.node("Teeth", mesh=builder.mesh("Teeth", ["jawOpen"]))
    report = gltf.write(pose(jawOpen=1), tmp_path / "out.glb", onto=builder.write_glb(tmp_path / "hero.glb"))
    assert [mesh.name for mesh in report.meshes] == ["Teeth"]
    assert "different numbers of morph targets" in report.notes[0]


def test_a_compressed_files_fallback_buffer_is_left_alone(tmp_path: Path) -> None:
    """EXT_meshopt_compression: compressed bytes in buffer 0, views that stand in a buffer without bytes."""
    builder = face(["jawOpen"]).finish()
    views = builder.document["bufferViews"]
    fallback = {"byteLength": 4096, "extensions": {"EXT_meshopt_compression": {"fallback": True}}}
    builder.document["buffers"].append(fallback)
    packed = {"buffer": 0, "byteOffset": 0, "byteLength": 12, "byteStride": 12, "count": 4, "mode": "ATTRIBUTES"}
    views[1] |= {"buffer": 1, "byteOffset": 0, "extensions": {"EXT_meshopt_compression": packed}}
    builder.document["extensionsRequired"] = builder.document["extensionsUsed"] = ["EXT_meshopt_compression"]
    from rigdriver.formats import glb

    (tmp_path / "hero.glb").write_bytes(glb.pack(glb.Glb(builder.document, bytes(builder.blob))))
    before = copy.deepcopy(builder.document)
    gltf.write(pose(jawOpen=1), tmp_path / "out.glb", onto=tmp_path / "hero.glb")
    assert text(without_ours(tmp_path / "out.glb", before)) == text(before)
    assert weights(tmp_path / "out.glb", "Face", 1).tolist() == [[1], [1]]


BROKEN = {
    "a mesh that is not there": lambda doc: doc["nodes"][0].update(mesh=9),
    "a target that is not there": lambda doc: doc["meshes"][0]["primitives"][0]["targets"][0].update(POSITION=99),
    "a mesh of no primitives": lambda doc: doc["meshes"][0].pop("primitives"),
    "its own child": lambda doc: doc["nodes"][1].update(children=[1]),
    "a child that is not there": lambda doc: doc["nodes"][0].update(children=[7]),
    "half a rotation": lambda doc: doc["nodes"][0].update(rotation=[0, 1]),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_character_is_an_input_error(tmp_path: Path, what: str) -> None:
    builder = face(["jawOpen"]).finish()
    builder.node("Head")
    BROKEN[what](builder.document)
    builder.document.pop("scenes")
    with pytest.raises(InputError) as error:
        gltf.write(pose(jawOpen=1, headYaw=1), tmp_path / "out.glb", onto=builder.write_glb(tmp_path / "hero.glb"))
    assert "\n" not in str(error.value)
