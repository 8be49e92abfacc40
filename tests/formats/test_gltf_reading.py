"""Animations read back as clips: ours exactly, other people's by glTF's rules of interpolation."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rigdriver.errors import InputError
from rigdriver.formats import gltf
from rigdriver.formats.gltf.sampling import Curve, frame_rate
from tests.glb_builder import Builder, face, skeleton
from tests.helpers import ANGLES, TONGUE, WEIGHTS, assert_same, pose, waves

RATES = [*map(Fraction, (24, 25, 30, 50, 60, 120)), Fraction(30000, 1001), Fraction(17, 3)]


@pytest.mark.parametrize("fps", RATES)
def test_weights_come_back_bit_for_bit(tmp_path: Path, fps: Fraction) -> None:
    clip = waves(30, fps).without(TONGUE)
    gltf.write(clip, tmp_path / "out.glb", onto=face().write_glb(tmp_path / "hero.glb"))
    assert_same(gltf.read(tmp_path / "out.glb"), clip)


@pytest.mark.parametrize("place", [{}, {"rotation": [0.5, 0.5, -0.5, 0.5]}, {"scale": [-1, 1, 1]}])
def test_angles_come_back(tmp_path: Path, place: dict) -> None:
    clip = waves(30, 60, names=(*WEIGHTS, *ANGLES)).without(TONGUE)
    gltf.write(clip, tmp_path / "out.glb", onto=skeleton(**place).write_glb(tmp_path / "hero.glb"))
    assert_same(gltf.read(tmp_path / "out.glb"), clip, within=2e-6)


def test_a_late_start_comes_back_with_what_was_held(tmp_path: Path) -> None:
    clip = waves(5, 30, start=3, names=("jawOpen",))
    gltf.write(clip, tmp_path / "out.glb", onto=face(["jawOpen"]).write_glb(tmp_path / "hero.glb"))
    again = gltf.read(tmp_path / "out.glb")
    np.testing.assert_array_equal(again["jawOpen"], clip["jawOpen"][[0, 0, 0, 0, 1, 2, 3, 4]])


@given(st.sampled_from(RATES[:-1]), st.integers(2, 50), st.integers(0, 700_000))
@settings(max_examples=60)
def test_the_rate_is_seen_in_the_keys(fps: Fraction, keys: int, first: int) -> None:
    if first > 1000 and keys < 20:
        return  # three hours in, a handful of float32 times do not tell 30 from 29.97
    times = ((first + np.arange(keys)) * fps.denominator / fps.numerator).astype(np.float32)
    seen = frame_rate([times[:2], times])
    assert abs(float(seen / fps) - 1) < (2e-4 if first < 1000 else 5e-2)


def animated(times: np.ndarray, output: np.ndarray, interpolation: str, targets: list[str]) -> Builder:
    builder = face(targets)
    keys = builder.accessor(times.astype(np.float32), bounds=True)
    sampler = {"input": keys, "output": builder.accessor(output), "interpolation": interpolation}
    channel = {"sampler": 0, "target": {"node": 0, "path": "weights"}}
    builder.add("animations", {"name": "theirs", "channels": [channel], "samplers": [sampler]})
    return builder


def test_linear_and_step_between_keys(tmp_path: Path) -> None:
    times, values = np.array([0, 1]), np.array([0, 1], np.float32)
    for kind, half in (("LINEAR", 0.5), ("STEP", 0.0)):
        path = animated(times, values, kind, ["jawOpen"]).write_glb(tmp_path / "a.glb")
        assert gltf.read(path, fps=2)["jawOpen"].tolist() == [0, half, 1]


def test_cubic_splines_follow_their_tangents(tmp_path: Path) -> None:
    flat = np.array([0, 0, 0, 0, 1, 0], np.float32)  # per key: in-tangent, value, out-tangent
    path = animated(np.array([0, 2]), flat, "CUBICSPLINE", ["jawOpen"]).write_glb(tmp_path / "a.glb")
    np.testing.assert_allclose(gltf.read(path, fps=2)["jawOpen"], [0, 0.15625, 0.5, 0.84375, 1])
    steep = np.array([0, 0, 0.5, 0.5, 1, 0], np.float32)  # the straight line's own slope
    path = animated(np.array([0, 2]), steep, "CUBICSPLINE", ["jawOpen"]).write_glb(tmp_path / "a.glb")
    np.testing.assert_allclose(gltf.read(path, fps=2)["jawOpen"], [0, 0.25, 0.5, 0.75, 1])


def test_integer_weights_are_normalised(tmp_path: Path) -> None:
    builder = animated(np.array([0, 1]), np.array([0, 65535], np.uint16), "LINEAR", ["jawOpen"])
    builder.document["accessors"][-1]["normalized"] = True
    assert gltf.read(builder.write_glb(tmp_path / "a.glb"), fps=1)["jawOpen"].tolist() == [0, 1]


def test_unknown_targets_keep_their_name_when_they_move(tmp_path: Path) -> None:
    values = np.array([[0, 0, 0.1], [1, 0, 0.3]], np.float32).ravel()
    path = animated(np.array([0, 1]), values, "LINEAR", ["moves", "rests", "jaw_open"]).write_glb(tmp_path / "a.glb")
    assert gltf.read(path, fps=1).names == ("jawOpen", "moves")


def test_halves_of_a_shape_come_back_as_their_mean(tmp_path: Path) -> None:
    values = np.array([[0, 0], [0.2, 0.4]], np.float32).ravel()
    builder = animated(np.array([0, 1]), values, "LINEAR", ["browInnerUp_L", "browInnerUp_R"])
    path = builder.write_glb(tmp_path / "a.glb")
    np.testing.assert_allclose(gltf.read(path, fps=1)["browInnerUp"], [0, 0.3])


def test_rotations_are_blended_the_short_way(tmp_path: Path) -> None:
    half_turn = np.array([[0, 0, 0, 1], [0, -np.sin(0.5), 0, -np.cos(0.5)]], np.float32)  # the same as +1 rad of yaw
    curve = Curve(np.array([0, 1], np.float32), half_turn, "LINEAR", is_rotation=True)
    middle = curve.sample(Fraction(2), 0, 2)[1]
    np.testing.assert_allclose(np.abs(middle), [0, np.sin(0.25), 0, np.cos(0.25)], atol=1e-6)


def test_the_first_animation_that_moves_a_face_is_read(tmp_path: Path) -> None:
    builder = face(["jawOpen"])
    builder.animation("walk", 0)
    hero = builder.write_glb(tmp_path / "hero.glb")
    gltf.write(pose(jawOpen=0.5), tmp_path / "out.glb", onto=hero, animation="talk")
    assert gltf.read(tmp_path / "out.glb")["jawOpen"][0] == 0.5
    with pytest.raises(InputError, match="no animation 'tlk'; did you mean 'talk'"):
        gltf.read(tmp_path / "out.glb", animation="tlk")
    with pytest.raises(InputError, match="no animation of morph targets"):
        gltf.read(hero)


def test_tracks_that_are_not_sound_are_refused(tmp_path: Path) -> None:
    backwards = animated(np.array([1, 0]), np.zeros(2, np.float32), "LINEAR", ["jawOpen"])
    too_many = animated(np.array([0, 1]), np.zeros(3, np.float32), "LINEAR", ["jawOpen"])
    for builder, says in ((backwards, "do not increase"), (too_many, "3 values for 2 keys")):
        with pytest.raises(InputError, match=says):
            gltf.read(builder.write_glb(tmp_path / "a.glb"))


def test_a_compressed_animation_is_refused_with_what_to_run(tmp_path: Path) -> None:
    builder = animated(np.array([0, 1]), np.array([0, 1], np.float32), "LINEAR", ["jawOpen"]).finish()
    packed = {"buffer": 0, "byteOffset": 0, "byteLength": 8, "byteStride": 4, "count": 2, "mode": "ATTRIBUTES"}
    builder.document["buffers"].append({"byteLength": 8, "extensions": {"EXT_meshopt_compression": {"fallback": True}}})
    builder.document["bufferViews"][-1] |= {
        "buffer": 1, "byteOffset": 0, "extensions": {"EXT_meshopt_compression": packed}}  # fmt: skip
    with pytest.raises(InputError, match=r"buffer 1 has no bytes; .* dequantize IN\.glb"):
        gltf.read(builder.write_glb(tmp_path / "a.glb"))


def test_keys_in_several_buffers_and_sparse_ones(tmp_path: Path) -> None:
    """Times in one file, values in another, and changes to them in a third."""
    builder = face(["jawOpen"]).finish()
    parts = {"times.bin": np.array([0, 1, 2], np.float32), "values.bin": np.array([0.25, 0.5, 0.75], np.float32),
             "more.bin": np.array([1], np.uint32), "new.bin": np.array([1.0], np.float32)}  # fmt: skip
    views = {}
    for name, values in parts.items():
        (tmp_path / name).write_bytes(values.tobytes())
        builder.document["buffers"].append({"uri": name, "byteLength": values.nbytes})
        place = {"buffer": len(builder.document["buffers"]) - 1, "byteLength": values.nbytes}
        views[name] = builder.add("bufferViews", place)
    kind = {"componentType": 5126, "count": 3, "type": "SCALAR"}
    keys = builder.add("accessors", {**kind, "bufferView": views["times.bin"], "min": [0], "max": [2]})
    changes = {"count": 1, "indices": {"bufferView": views["more.bin"], "componentType": 5125},
               "values": {"bufferView": views["new.bin"]}}  # fmt: skip
    values = builder.add("accessors", {**kind, "bufferView": views["values.bin"], "sparse": changes})
    zeros = builder.add("accessors", {**kind, "sparse": changes})
    for output in (values, zeros):
        channel = {"sampler": 0, "target": {"node": 0, "path": "weights"}}
        samplers = [{"input": keys, "output": output}]
        builder.add("animations", {"name": f"{output}", "channels": [channel], "samplers": samplers})
    path = builder.write_gltf(tmp_path / "a.gltf")
    assert gltf.read(path, animation=f"{values}", fps=1)["jawOpen"].tolist() == [0.25, 1, 0.75]
    assert gltf.read(path, animation=f"{zeros}", fps=1)["jawOpen"].tolist() == [0, 1, 0]


def test_values_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    for values in ([0, np.nan], [0, np.inf]):
        builder = animated(np.array([0, 1]), np.array(values, np.float32), "LINEAR", ["jawOpen"])
        with pytest.raises(InputError, match="no numbers"):
            gltf.read(builder.write_glb(tmp_path / "a.glb"))
