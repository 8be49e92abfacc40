"""A map is found again from what a rig does, where the truth is known: shapes that are mixtures, driven clips."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("scipy")

from rigdriver import formats
from rigdriver import rig as rigs
from rigdriver.clip import Clip
from rigdriver.errors import InputError, MissingExtra, SettingsError
from rigdriver.formats import glb
from rigdriver.layers.retarget import Retarget
from rigdriver.rig import Rig
from rigdriver.rigging import solving
from rigdriver.rigging.least_squares import Basis
from rigdriver.rigging.rigtext import Drawn, text
from rigdriver.stage import run
from tests.glb_builder import Builder, face
from tests.helpers import pose
from tests.rigging import heads

MIXTURES = {  # a hero whose shapes are not ARKit's, and what they are made of
    "S1": {"jawOpen": 1.0}, "S2": {"mouthSmileLeft": 1.0, "mouthSmileRight": 1.0},
    "S3": {"mouthPucker": 0.5}, "S4": {"mouthFunnel": 1.0, "mouthPucker": 0.4},
    "S5": {"eyeBlinkLeft": 1.0}, "S6": {"eyeBlinkRight": 1.0}, "S7": {"browInnerUp": 0.8, "browOuterUpLeft": 0.5},
    "S8": {"mouthLowerDownLeft": 1.0, "mouthLowerDownRight": 1.0}, "S9": {"mouthClose": 1.0},
    "S10": {"mouthUpperUpLeft": 1.0}, "S11": {"mouthUpperUpRight": 1.0}, "S12": {"cheekPuff": 1.0, "jawForward": 0.3},
}


def loaded(drawn: Drawn, folder: Path) -> Rig:
    path = folder / f"{drawn.name}.yaml"
    path.write_text(text(drawn), encoding="utf-8")
    return rigs.load(path)


def errors(drawn: Drawn) -> dict[str, float]:
    return {name: float(error) for name, error in (line.rsplit(": ", 1) for line in drawn.errors)}


def test_mixtures_of_the_same_vertices_are_found_again(tmp_path: Path) -> None:
    hero = heads.mixed(tmp_path / "hero.glb", MIXTURES, scale=1.7, shift=0.4)
    like = heads.face_alone(tmp_path / "like.glb")
    drawn = solving.from_shapes(hero, like, "hero")
    rig = loaded(drawn, tmp_path)
    assert rig.forward
    rows = rig.forward.rows
    for shape, curve in (("S1", "jawOpen"), ("S9", "mouthClose"), ("S5", "eyeBlinkLeft"), ("S10", "mouthUpperUpLeft")):
        assert rows[shape][curve] == pytest.approx(1, abs=0.005)
        assert rows[shape][curve] == max(rows[shape].values())
    assert rows["S3"]["mouthPucker"] == pytest.approx(2, abs=0.02)  # half a pucker is driven at double
    assert rows["S2"]["mouthSmileLeft"] == rows["S2"]["mouthSmileRight"] == pytest.approx(0.5, abs=0.05)
    found = errors(drawn)
    exact = ("jawOpen", "mouthClose", "eyeBlinkLeft", "eyeBlinkRight", "mouthPucker", "mouthUpperUpLeft")
    assert max(found[name] for name in exact) < 0.02
    assert 0.6 < found["mouthSmileLeft"] < 0.75  # half of it is on the other side
    assert found["noseSneerLeft"] > 0.75 and "noseSneerLeft" in dict(drawn.leftover)[
        "Not shown by any mixture of these shapes, so left out"]


def test_what_is_driven_by_it_moves_as_the_known_head_does(tmp_path: Path) -> None:
    """The vertices of the hero under the solved rig, against those of the head that it was likened to."""
    mixtures = {f"H{k}": {name: 1.0} for k, name in enumerate(
        ("jawOpen", "mouthClose", "mouthFunnel", "mouthPucker", "mouthSmileLeft", "mouthSmileRight"))}
    hero, like = heads.mixed(tmp_path / "hero.glb", mixtures), heads.face_alone(tmp_path / "like.glb")
    rig = loaded(solving.from_shapes(hero, like, "hero"), tmp_path)
    clip = pose(jawOpen=0.4, mouthClose=0.4, mouthPucker=0.3, mouthSmileLeft=0.2)
    shown = dict(zip(rig.names, run(Retarget(rig), clip).values[0].tolist()))
    assert shown["H0"] == pytest.approx(shown["H1"], abs=0.005)  # shut stays shut
    assert shown == pytest.approx({"H0": 0.4, "H1": 0.4, "H2": 0, "H3": 0.3, "H4": 0.2, "H5": 0}, abs=0.02)


def test_other_vertices_are_found_by_nearness(tmp_path: Path) -> None:
    whole = heads.mixed(tmp_path / "whole.glb", MIXTURES)
    points = glb.read(whole).document["accessors"][0]["count"]
    keep = np.sort(np.random.default_rng(1).permutation(points)[: points * 2 // 3])
    hero = heads.mixed(tmp_path / "hero.glb", MIXTURES, keep=keep, scale=100.0, shift=-7.0)
    drawn = solving.from_shapes(hero, heads.face_alone(tmp_path / "like.glb"), "hero")
    assert "nearest points" in drawn.head[1]
    rows = loaded(drawn, tmp_path).forward.rows
    for shape, curve in (("S1", "jawOpen"), ("S5", "eyeBlinkLeft"), ("S6", "eyeBlinkRight"), ("S9", "mouthClose"),
                         ("S10", "mouthUpperUpLeft")):
        assert max(rows[shape], key=rows[shape].get) == curve and rows[shape][curve] == pytest.approx(1, abs=0.1)
    assert errors(drawn)["jawOpen"] < 0.1


def motion(frames: int, seed: int) -> Clip:
    """Every weight on a way of its own, and lips that shut now and then."""
    names = rigs.canonical().weights
    noise = np.random.default_rng(seed).normal(size=(frames + 20, len(names)))
    smooth = np.stack([np.convolve(column, np.hanning(21), "valid") for column in noise.T], axis=1)
    clip = Clip(names, np.clip(0.3 + 0.1 * smooth, 0, 1)[:frames], 30)
    close, jaw = clip["mouthClose"].copy(), clip["jawOpen"]
    clip.values[:, names.index("mouthClose")] = np.minimum(close * 2 * (close > 0.4), jaw)
    return clip


def drive_pair(tmp_path: Path, hidden: str) -> tuple[Path, Path, Rig]:
    """A performance on ARKit's rig and on a hidden one, as files."""
    (tmp_path / "hidden.yaml").write_text(hidden)
    rig = rigs.load(tmp_path / "hidden.yaml")
    played = motion(600, 5)
    formats.write(played, tmp_path / "a.npz")
    formats.write(run(Retarget(rig), played), tmp_path / "b.npz")
    return tmp_path / "a.npz", tmp_path / "b.npz", rig


HIDDEN = """
version: 2
name: hidden
weights: {face: [drop, lips, wide, twist, still]}
ranges: {drop: [0, 12], twist: [-1, 1]}
gains: {drop: 10}
rest: {drop: 1, still: 0.3}
derived: {shut: {ratio: [mouthClose, jawOpen]}}
from_arkit:
  drop: jawOpen
  lips: shut
  wide: {mouthFunnel: 0.3, mouthPucker: 0.6}
  twist: {jawOpen: 0.5, mouthFunnel: -0.8}
"""


def test_a_pair_of_clips_tells_the_map(tmp_path: Path) -> None:
    source, target, hidden = drive_pair(tmp_path, HIDDEN)
    drawn = solving.from_clips(source, target, None, "own")
    rig = loaded(drawn, tmp_path)
    rows = rig.forward.rows
    assert rows["drop"]["jawOpen"] == pytest.approx(10, abs=0.3) and rig["drop"].rest == pytest.approx(1, abs=0.1)
    assert rows["wide"] == pytest.approx({"mouthFunnel": 0.3, "mouthPucker": 0.6}, abs=0.03)
    assert rows["twist"] == pytest.approx({"jawOpen": 0.5, "mouthFunnel": -0.8}, abs=0.05)
    assert rig["still"].rest == pytest.approx(0.3) and "still" not in rows
    assert max(errors(drawn).values()) < 0.2
    again = motion(200, 77)
    ours, theirs = run(Retarget(rig), again), run(Retarget(hidden), again)
    for name in ("drop", "lips", "wide", "twist"):
        assert np.abs(ours[name] - theirs[name]).max() < 0.05 * max(np.ptp(theirs[name]), 0.2), name


def test_clips_of_other_rates_and_places_meet(tmp_path: Path) -> None:
    source, target, _ = drive_pair(tmp_path, HIDDEN)
    late = formats.read(target)
    formats.write(late.cut(late.start + 60, late.end), tmp_path / "late.npz")
    drawn = solving.from_clips(source, tmp_path / "late.npz", None, "own")
    assert errors(drawn)["wide"] < 0.05 and "540 frames" in drawn.head[1]


@pytest.mark.parametrize(("arguments", "says"), [
    ((None, None, None, None), "needs a character"), (("a.glb", None, "b.csv", "c.csv"), "not both"),
    ((None, None, "b.csv", None), "needs a character"),
])
def test_one_way_or_the_other(arguments: tuple[str | None, ...], says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        solving.chosen(*arguments, None, "own")


def test_what_cannot_be_fitted_says_why(tmp_path: Path) -> None:
    like = heads.face_alone(tmp_path / "like.glb")
    with pytest.raises(InputError, match="has no named morph targets"):
        builder = Builder()
        builder.node("Box", mesh=builder.mesh("Box"))
        solving.from_shapes(builder.write_glb(tmp_path / "box.glb"), like, "own")
    with pytest.raises(InputError, match="none of its shapes has a name of ARKit's"):
        other = heads.mixed(tmp_path / "mute.glb", {"x": {"jawOpen": 1.0}, "y": {"mouthClose": 1.0}})
        solving.from_shapes(like, other, "own")
    with pytest.raises(InputError, match="points"):
        solving.from_shapes(face(["a", "b"]).write_glb(tmp_path / "square.glb"), like, "own")
    short = Clip(("jawOpen",), np.linspace(0, 1, 9)[:, None], 30)
    formats.write(short, tmp_path / "short.npz")
    with pytest.raises(InputError, match="share 9 frames"):
        solving.from_clips(tmp_path / "short.npz", tmp_path / "short.npz", None, "own")
    formats.write(Clip(("wing",), np.zeros((99, 1)), 30), tmp_path / "wing.npz")
    with pytest.raises(InputError, match="--from-rig"):
        solving.from_clips(tmp_path / "wing.npz", tmp_path / "wing.npz", None, "own")


def test_without_scipy_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, target, _ = drive_pair(tmp_path, HIDDEN)
    monkeypatch.setitem(sys.modules, "scipy.optimize", None)
    with pytest.raises(MissingExtra, match=r"rigdriver\[solve\]"):
        solving.from_clips(source, target, None, "own")


def test_bounds_hold_and_faint_weights_go() -> None:
    rng = np.random.default_rng(0)
    columns = rng.normal(size=(400, 6))
    truth = np.array([0.5, 0, 3.0, -1.0, 0, 0.001])
    result = columns @ truth
    fit = Basis(columns.T @ columns).fit(columns.T @ result, float(result @ result), 0.0, 2.0)
    assert fit.weights.min() >= 0 and fit.weights.max() <= 2
    assert fit.weights[2] == pytest.approx(2) and fit.weights[3] == 0 and fit.weights[5] == 0
    left = np.linalg.norm(result - columns @ fit.weights) / np.linalg.norm(result)
    assert fit.error == pytest.approx(left, abs=1e-6)
