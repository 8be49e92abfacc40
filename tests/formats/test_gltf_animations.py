"""Which animation a clip becomes: beside others, in the place of one, several at once, and with fewer keys."""

import copy
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rigdriver.clip import Clip
from rigdriver.errors import InputError, OutputError, SettingsError
from rigdriver.formats import glb, gltf
from rigdriver.formats import write_all as formats_write_all
from rigdriver.formats.gltf import reduction
from rigdriver.rotation import from_angles, inverse, multiply
from tests.formats.reading_back import channels, document, text, without_ours
from tests.glb_builder import Builder, face, skeleton
from tests.helpers import ANGLES, WEIGHTS, assert_same, pose, waves


def names(path: Path) -> list[str]:
    return [animation["name"] for animation in document(path)["animations"]]


def walker(suffix: str, folder: Path) -> Path:
    """A character with two animations of its own."""
    builder = face(["jawOpen"])
    builder.animation("walk", 0)
    builder.animation("talk", 0)
    return builder.write_glb(folder / "hero.glb") if suffix == ".glb" else builder.write_gltf(folder / "hero.gltf")


@pytest.mark.parametrize("suffix", [".glb", ".gltf"])
def test_an_animation_takes_the_place_of_the_one_of_its_name(tmp_path: Path, suffix: str) -> None:
    hero, out = walker(suffix, tmp_path), tmp_path / f"out{suffix}"
    gltf.write(pose(jawOpen=0.5), out, onto=hero, animation="walk", replace=True)
    assert names(out) == ["walk", "talk"]
    assert gltf.read(out, animation="walk")["jawOpen"][0] == 0.5
    gltf.write(pose(jawOpen=0.75), out, onto=hero, animation="new", replace=True)
    assert names(out) == ["walk", "talk", "new"]


@pytest.mark.parametrize("suffix", [".glb", ".gltf"])
def test_driving_again_and_again_does_not_make_a_file_grow(tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"out{suffix}"
    gltf.write(pose(jawOpen=0.25), out, onto=walker(suffix, tmp_path), animation="hello")
    first, files = out.read_bytes(), sorted(tmp_path.iterdir())
    for value in (0.5, 0.75, 0.25):
        gltf.write(pose(jawOpen=value), out, onto=out, animation="hello", replace=True, overwrite_input=True)
        assert gltf.read(out, animation="hello")["jawOpen"][0] == value
        assert sorted(tmp_path.iterdir()) == files
    assert out.read_bytes() == first


def test_what_others_use_stays_when_an_animation_goes(tmp_path: Path) -> None:
    """Another animation shares the times of the one that goes, and an unknown extension the values."""
    gltf.write(pose(jawOpen=0.5), tmp_path / "a.glb", onto=face(["jawOpen"]).write_glb(tmp_path / "hero.glb"))
    file = glb.read(tmp_path / "a.glb")
    ours = file.document["animations"][0]
    times, values = ours["samplers"][0]["input"], ours["samplers"][0]["output"]
    shared = copy.deepcopy(ours) | {"name": "theirs"}
    file.document["animations"].append(shared)
    file.document["extensions"] = {"EXT_of_a_studio": {"accessor": values}}
    (tmp_path / "b.glb").write_bytes(glb.pack(file))
    gltf.write(pose(jawOpen=1), tmp_path / "c.glb", onto=tmp_path / "b.glb", replace=True)
    after = document(tmp_path / "c.glb")
    assert after["accessors"][: values + 1] == file.document["accessors"][: values + 1]
    assert after["animations"][0]["samplers"][0]["input"] > max(times, values)
    assert gltf.read(tmp_path / "c.glb", animation="theirs")["jawOpen"][0] == 0.5
    assert gltf.read(tmp_path / "c.glb", animation="rigdriver")["jawOpen"][0] == 1


def test_animations_of_pointers_are_left_as_they_are(tmp_path: Path) -> None:
    builder = face(["jawOpen"])
    builder.animation("colours", 0)
    pointer = {"pointer": "/materials/0/pbrMetallicRoughness/baseColorFactor"}
    target = {"path": "pointer", "extensions": {"KHR_animation_pointer": pointer}}
    builder.document["animations"][0]["channels"] = [{"sampler": 0, "target": target}]
    builder.document["extensionsUsed"] = ["KHR_animation_pointer"]
    hero = builder.write_glb(tmp_path / "hero.glb")
    before = copy.deepcopy(builder.document)
    gltf.write(pose(jawOpen=0.5), tmp_path / "out.glb", onto=hero)
    assert text(without_ours(tmp_path / "out.glb", before)) == text(before)
    assert gltf.read(tmp_path / "out.glb")["jawOpen"][0] == 0.5


def test_a_line_each_in_one_file(tmp_path: Path) -> None:
    lines = {f"line {k}": waves(5 + k, 30, names=(*WEIGHTS, *ANGLES)) for k in range(4)}
    hero = skeleton().write_glb(tmp_path / "hero.glb")
    reports = formats_write_all(lines, tmp_path / "all.glb", onto=hero)
    assert names(tmp_path / "all.glb") == [report.animation for report in reports] == list(lines)
    for name, clip in lines.items():
        shown = clip.without(WEIGHTS[52:])
        assert_same(gltf.read(tmp_path / "all.glb", animation=name), shown, within=2e-6)
    again = dict(reversed(lines.items())) | {"more": pose(jawOpen=1)}
    gltf.write_all(again, tmp_path / "again.glb", onto=tmp_path / "all.glb", replace=True)
    assert names(tmp_path / "again.glb") == [*lines, "more"]
    with pytest.raises(InputError, match="no clips"):
        gltf.write_all({}, tmp_path / "none.glb")
    with pytest.raises(OutputError, match="one clip a file"):
        formats_write_all(lines, tmp_path / "all.npz")


def test_several_lines_one_of_them_first(tmp_path: Path) -> None:
    lines = {"a": pose(jawOpen=0.25), "b": pose(jawOpen=0.5)}
    gltf.write_all(lines, tmp_path / "out.glb", onto=walker(".glb", tmp_path), first=True)
    assert names(tmp_path / "out.glb") == ["a", "b", "walk", "talk"]


def at_frames(times: np.ndarray, values: np.ndarray, frames: np.ndarray) -> np.ndarray:
    """(frames, width) of straight lines between keys."""
    return np.stack([np.interp(frames, times, column) for column in values.T], axis=1)


@st.composite
def speech_like(draw: st.DrawFn) -> Clip:
    """Holds, jumps, slopes and noise, at any place in time."""
    seed, frames = draw(st.integers(0, 2**32 - 1)), draw(st.integers(1, 1500))
    random = np.random.default_rng(seed)
    kinds = [np.zeros(frames), random.random(frames), (np.arange(frames) // 37 % 2) * 0.9,
             0.5 + 0.5 * np.sin(np.arange(frames) / draw(st.floats(1, 50))), np.linspace(0, 1, frames)]
    return Clip(("jawOpen", "mouthClose", "cheekPuff", "browInnerUp", "tongueOut"),
                np.stack(kinds, axis=1).astype(np.float32), 60, draw(st.integers(0, 20)))  # fmt: skip


@given(speech_like(), st.sampled_from([0.001, 0.01, 0.1]))
@settings(max_examples=30)
def test_fewer_keys_stay_within_the_tolerance(tmp_path_factory: pytest.TempPathFactory, clip: Clip, off: float) -> None:
    folder = tmp_path_factory.mktemp("keys")
    gltf.write(clip, folder / "out.glb", onto=face(clip.names).write_glb(folder / "hero.glb"), keys=off)
    times, output = channels(folder / "out.glb")["Face", "weights"]
    shown = at_frames(times.astype(float), output.reshape(len(times), -1).astype(float), clip.times)
    assert np.abs(shown - clip.values).max() <= off * (1 + 1e-3) + 1e-6
    assert set(times.tolist()) <= {0.0, *clip.times.astype(np.float32).tolist()}


def test_still_curves_and_straight_lines_need_only_their_ends(tmp_path: Path) -> None:
    hero = face(["jawOpen", "mouthClose"]).write_glb(tmp_path / "hero.glb")
    up = np.concatenate([np.linspace(0, 1, 1000), np.ones(9000)]).astype(np.float32)
    clip = Clip(("jawOpen", "mouthClose"), np.stack([up, 0 * up], axis=1), 60)
    report = gltf.write(clip, tmp_path / "out.glb", onto=hero, keys=1e-4)
    times, output = channels(tmp_path / "out.glb")["Face", "weights"]
    assert report.keys == len(times) <= 4
    assert output.reshape(-1, 2)[:, 0].max() == 1
    assert times[-1] == np.float32(clip.times[-1])


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.002, 0.02]))
@settings(max_examples=15)
def test_fewer_keys_turn_the_head_within_the_tolerance(
    tmp_path_factory: pytest.TempPathFactory, seed: int, off: float
) -> None:
    folder = tmp_path_factory.mktemp("keys")
    random = np.random.default_rng(seed)
    swings = np.arange(600)[:, None] / random.uniform(10, 60, 3) + random.uniform(0, 6, 3)
    path = random.uniform(0.2, 1.2, 3) * np.sin(swings)
    clip = Clip(("headYaw", "headPitch", "headRoll"), path.astype(np.float32), 60)
    hero = skeleton(rotation=[0.5, 0.5, -0.5, 0.5]).write_glb(folder / "hero.glb")
    gltf.write(clip, folder / "out.glb", onto=hero, keys=off)
    again = gltf.read(folder / "out.glb", fps=60)
    apart = multiply(inverse(from_angles(*clip.values.T)), from_angles(*again.pick(clip.names).values.T))
    angle = 2 * np.arctan2(np.linalg.norm(apart[:, :3], axis=1), np.abs(apart[:, 3]))
    assert angle.max() <= off * (1 + 1e-3) + 1e-5
    keys = [len(times) for times, _ in channels(folder / "out.glb").values()]
    assert max(keys) < 600


def test_meshes_that_need_other_keys_have_times_of_their_own(tmp_path: Path) -> None:
    builder: Builder = face(["jawOpen"])
    builder.node("Brows", mesh=builder.mesh("Brows", ["browInnerUp"]))
    clip = waves(300, 60, names=("jawOpen", "browInnerUp"))
    clip.values[:, 1] = 0.5
    gltf.write(clip, tmp_path / "out.glb", onto=builder.write_glb(tmp_path / "hero.glb"), keys=0.01)
    found = channels(tmp_path / "out.glb")
    assert len(found["Brows", "weights"][0]) == 2 < len(found["Face", "weights"][0]) < 300


@pytest.mark.parametrize("off", [-0.1, float("nan"), float("inf")])
def test_a_tolerance_that_is_none_is_refused(tmp_path: Path, off: float) -> None:
    with pytest.raises(SettingsError, match="largest error"):
        gltf.write(pose(jawOpen=1), tmp_path / "out.glb", keys=off)
    assert not (tmp_path / "out.glb").exists()


@given(values=arrays(np.float32, st.tuples(st.integers(2, 90), st.just(3)), elements=st.floats(0, 1, width=32)),
       pinned=st.sets(st.integers(0, 89), max_size=6), tolerance=st.sampled_from([0.01, 0.1, 0.5]),
       blocks=st.integers(1, 40))
@settings(deadline=None)
def test_pinned_frames_are_keys_and_lines_stay_near(values, pinned, tolerance, blocks) -> None:
    rows, times = np.array(sorted(each for each in pinned if each < len(values)), int), np.arange(len(values)) / 60
    parts = [values[at : at + blocks] for at in range(0, len(values), blocks)]
    kept = reduction.kept(parts, times, tolerance, pinned=rows)
    assert set(rows.tolist()) <= set(kept.tolist()) and (np.diff(kept) > 0).all()
    again = np.stack([np.interp(times, times[kept], column[kept]) for column in values.T], 1)
    assert np.abs(again - values).max() <= tolerance + 1e-6
