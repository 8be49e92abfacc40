"""UsdSkel: what usd-core's own queries see of our files, and our reader of theirs."""

import resource
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

pytest.importorskip("pxr", reason="needs usd-core: pip install 'rigdriver[usd]'")
from pxr import Gf, Sdf, Usd, UsdGeom, UsdSkel, Vt

from rigdriver import formats
from rigdriver.clip import Clip
from rigdriver.errors import InputError, OutputError
from rigdriver.formats import usd
from rigdriver.formats.usd.reading import read_here
from tests.formats.damage import damaged, ends_well
from tests.helpers import ANGLES, WEIGHTS, assert_same, pose, waves

SHAPES = ("JawOpen", "mouthSmile_L", "unrelated")


def here(path: Path, prim: str | None = None) -> Clip:
    """What reading does, without the process around it that costs most of a second."""
    return read_here(path, prim, [])


def character(path: Path, animated: bool = False, skeleton: bool = True) -> Path:
    """A triangle with blendshapes under a skeleton of one joint, as an exporter would leave it."""
    stage = Usd.Stage.CreateNew(str(path))
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.z)
    UsdGeom.SetStageMetersPerUnit(stage, 0.01)
    stage.SetTimeCodesPerSecond(24)
    root = UsdSkel.Root.Define(stage, "/Hero")
    stage.SetDefaultPrim(root.GetPrim())
    mesh = UsdGeom.Mesh.Define(stage, "/Hero/Face")
    mesh.CreatePointsAttr([(0, 0, 0), (1, 0, 0), (0, 1, 0)])
    mesh.CreateFaceVertexCountsAttr([3])
    mesh.CreateFaceVertexIndicesAttr([0, 1, 2])
    binding = UsdSkel.BindingAPI.Apply(mesh.GetPrim())
    binding.CreateBlendShapesAttr(Vt.TokenArray(list(SHAPES)))
    for name in SHAPES:
        shape = UsdSkel.BlendShape.Define(stage, f"/Hero/Face/{name}")
        shape.CreateOffsetsAttr([(0, 0, 1)] * 3)
        binding.CreateBlendShapeTargetsRel().AddTarget(shape.GetPath())
    if skeleton:
        bones = UsdSkel.Skeleton.Define(stage, "/Hero/Bones")
        bones.CreateJointsAttr(Vt.TokenArray(["root"]))
        bones.CreateBindTransformsAttr([Gf.Matrix4d(1)])
        bones.CreateRestTransformsAttr([Gf.Matrix4d(1)])
        binding.CreateSkeletonRel().SetTargets([bones.GetPath()])
        if animated:
            walk = UsdSkel.Animation.Define(stage, "/Hero/Walk")
            walk.CreateJointsAttr(Vt.TokenArray(["root"]))
            walk.CreateRotationsAttr().Set([Gf.Quatf(1)], 0)
            UsdSkel.BindingAPI.Apply(bones.GetPrim()).CreateAnimationSourceRel().SetTargets([walk.GetPath()])
    stage.GetRootLayer().Save()
    return path


@pytest.mark.parametrize(("suffix", "fps"), [(".usda", 24), (".usdc", 60), (".usd", Fraction(30000, 1001))])
def test_all_curves_come_back_bit_for_bit(tmp_path: Path, suffix: str, fps: Fraction) -> None:
    clip = waves(50, fps, -5, (*WEIGHTS, *ANGLES))
    formats.write(clip, tmp_path / f"a{suffix}")
    assert_same(formats.read(tmp_path / f"a{suffix}"), clip)
    assert_same(here(tmp_path / f"a{suffix}"), clip)
    formats.write(clip.cut(0, 1), tmp_path / f"a{suffix}")  # the file changed: nothing old is seen
    assert_same(here(tmp_path / f"a{suffix}"), clip.cut(0, 1))


def test_usd_itself_sees_the_weights(tmp_path: Path) -> None:
    clip = waves(50, 60, 3)
    losses: list = []
    usd.write(clip.with_column("voice", np.ones(50)), tmp_path / "a.usda", losses=losses)
    assert [(loss.kind, loss.names) for loss in losses] == [("hints", ("voice",))]
    stage = Usd.Stage.Open(str(tmp_path / "a.usda"))
    assert (stage.GetTimeCodesPerSecond(), stage.GetStartTimeCode(), stage.GetEndTimeCode()) == (60, 3, 52)
    query = UsdSkel.Cache().GetAnimQuery(UsdSkel.Animation(stage.GetDefaultPrim()))
    assert tuple(query.GetBlendShapeOrder()) == clip.names
    for frame in (3, 20, 52):
        np.testing.assert_array_equal(query.ComputeBlendShapeWeights(frame), clip.values[frame - 3])
    between = np.array(query.ComputeBlendShapeWeights(20.5))
    np.testing.assert_allclose(between, (clip.values[17] + clip.values[18]) / 2, atol=1e-6)


@pytest.mark.parametrize("animated", [False, True])
def test_a_character_is_bound_to_the_clip_and_its_file_stays(tmp_path: Path, animated: bool) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "shots").mkdir()
    hero = character(tmp_path / "assets" / "hero.usda", animated)
    before = hero.read_bytes()
    clip = waves(48, 60, names=("jawOpen", "mouthSmileLeft", "mouthClose"))
    losses: list = []
    usd.write(clip, tmp_path / "shots" / "talk.usda", onto=hero, losses=losses)
    assert hero.read_bytes() == before
    assert [(loss.kind, loss.names) for loss in losses] == [("names", ("mouthClose",))]
    assert "@../assets/hero.usda@" in (tmp_path / "shots" / "talk.usda").read_text()
    stage = Usd.Stage.Open(str(tmp_path / "shots" / "talk.usda"))
    assert UsdGeom.GetStageUpAxis(stage) == "Z" and UsdGeom.GetStageMetersPerUnit(stage) == 0.01
    assert stage.GetDefaultPrim().GetPath() == "/Hero"
    mesh = stage.GetPrimAtPath("/Hero/Face")
    cache = UsdSkel.Cache()
    cache.Populate(UsdSkel.Root(stage.GetPrimAtPath("/Hero")), Usd.PrimDefaultPredicate)
    bones = cache.GetSkelQuery(UsdSkel.Skeleton(stage.GetPrimAtPath("/Hero/Bones")))
    weights = bones.GetAnimQuery().ComputeBlendShapeWeights(30)
    on_mesh = cache.GetSkinningQuery(mesh).GetBlendShapeMapper().Remap(weights)
    np.testing.assert_allclose(on_mesh, [clip["jawOpen"][30], clip["mouthSmileLeft"][30], 0])
    assert bool(bones.GetAnimQuery().GetJointOrder()) == animated  # a walk goes on under the talk
    assert_same(usd.read(tmp_path / "shots" / "talk.usda"), clip.pick(["jawOpen", "mouthSmileLeft"]))


def test_characters_that_cannot_be_driven_are_refused(tmp_path: Path) -> None:
    hero = character(tmp_path / "hero.usda")
    with pytest.raises(InputError, match="has no blendshape that a curve of the clip drives; its own: JawOpen"):
        usd.write(pose(tongueOut=1), tmp_path / "a.usda", onto=hero)
    with pytest.raises(InputError, match="has no Skeleton"):
        usd.write(pose(jawOpen=1), tmp_path / "a.usda", onto=character(tmp_path / "bare.usda", skeleton=False))
    with pytest.raises(OutputError, match="is also the input"):
        usd.write(pose(jawOpen=1), hero, onto=hero)
    assert not (tmp_path / "a.usda").exists()


def animation(path: Path, per_second: float, codes: list[float], values: list[float]) -> Path:
    stage = Usd.Stage.CreateNew(str(path))
    stage.SetTimeCodesPerSecond(per_second)
    made = UsdSkel.Animation.Define(stage, "/World/Face")
    made.CreateBlendShapesAttr(Vt.TokenArray(["jawOpen"]))
    for code, value in zip(codes, values):
        made.CreateBlendShapeWeightsAttr().Set(Vt.FloatArray([value]), code)
    stage.GetRootLayer().Save()
    return path


def test_samples_of_others_are_read_at_their_own_rate(tmp_path: Path) -> None:
    clip = here(animation(tmp_path / "dense.usda", 24, [0, 0.4, 0.8, 1.2], [0, 0.1, 0.2, 0.4]))
    assert (clip.fps, clip["jawOpen"].tolist()) == (60, pytest.approx([0, 0.1, 0.2, 0.4]))
    clip = here(animation(tmp_path / "half.usda", 60, [10, 12, 14], [0, 0.1, 0.3]))
    assert (clip.fps, clip.start, len(clip)) == (30, 5, 3)
    clip = here(animation(tmp_path / "keys.usda", 24, [0, 4, 10], [0, 0.4, 1]))
    assert (clip.fps, len(clip)) == (24, 11)
    np.testing.assert_allclose(clip["jawOpen"][[2, 7]], [0.2, 0.7], atol=1e-6)  # straight between samples


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    for codes, values, says in (([0, 1, 1e12], [0, 0, 1], "too long"), ([0], [float("nan")], "not a number")):
        with pytest.raises(InputError, match=says):
            here(animation(tmp_path / f"{says[:3]}.usda", 24, codes, values))
    with pytest.raises(InputError, match="holds no SkelAnimation"):
        here(character(tmp_path / "hero.usda"))
    with pytest.raises(InputError, match="cannot be read"):
        here(tmp_path / "none.usda")
    (tmp_path / "bad.usda").write_text("#usda 1.0\ndef {")
    with pytest.raises(InputError, match="is no USD that can be read"):
        here(tmp_path / "bad.usda")
    layer = Sdf.Layer.CreateNew(str(tmp_path / "wrong.usda"))
    layer.ImportFromString('#usda 1.0\ndef SkelAnimation "A" {\nuniform token[] blendShapes = ["a", "b"]\n'
                           "float[] blendShapeWeights.timeSamples = { 0: [1] }\n}\n")  # fmt: skip
    layer.Save()
    with pytest.raises(InputError, match="2 blendshapes but 1 weights"):
        here(tmp_path / "wrong.usda")
    with pytest.raises(InputError, match="did you mean"):
        usd.read(tmp_path / "wrong.usda", prim="/AA")
    (tmp_path / "noise.usdc").write_bytes(b"noise")
    for path in (tmp_path, tmp_path / "none.usd", tmp_path / "noise.usdc"):
        with pytest.raises(InputError, match="read"):
            usd.read(path)


def good(suffix: str) -> bytes:
    stage = Usd.Stage.CreateInMemory(suffix)
    made = UsdSkel.Animation.Define(stage, "/Face")
    made.CreateBlendShapesAttr(Vt.TokenArray(["jawOpen", "mouthClose"]))
    for frame in range(4):
        made.CreateBlendShapeWeightsAttr().Set(Vt.FloatArray([frame / 4, 0.5]), frame)
    return stage.GetRootLayer().ExportToString().encode()


@settings(max_examples=100)
@given(data=damaged(good(".usda")))
def test_damage_ends_in_our_errors(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    ends_well(here, tmp_path_factory.getbasetemp() / "damaged.usda", data)


def test_damaged_crates_end_in_our_errors_soon_and_in_little_memory(tmp_path: Path) -> None:
    """The kinds of damage that alone made usd-core take gigabytes and half a minute, and some more."""
    usd.write(waves(12, 30), tmp_path / "good.usdc")
    crate = (tmp_path / "good.usdc").read_bytes()
    toc = int.from_bytes(crate[16:24], "little")
    damage = [(29, 2, b""), (16, 8, b"\xff" * 8), (toc, 8, b"\xff" * 7 + b"\0"), (31, 2, b"nan"),
              (len(crate) // 2, 9999, b"")]  # fmt: skip
    damage += [(k * len(crate) // 12, 4, b"\xff\xff\xff\x7f") for k in range(1, 5)]
    refused = 0
    for at, length, put in damage:
        (tmp_path / "bad.usdc").write_bytes(crate[:at] + put + crate[at + length :])
        began = time.perf_counter()
        try:
            assert len(usd.read(tmp_path / "bad.usdc")) == 12
        except InputError as error:
            refused += 1
            assert "\n" not in str(error)
        assert time.perf_counter() - began < 30  # seconds are allowed, and a busy machine
    assert refused >= 4
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 2 << 20  # kilobytes


def test_without_usd_core_the_error_names_the_extra(tmp_path: Path) -> None:
    code = ("import sys; sys.modules['pxr'] = None\n"
            "from rigdriver import formats\n"
            "try: formats.read('a.usda')\n"
            "except Exception as error: print(error)")
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "pip install 'rigdriver[usd]'" in said
