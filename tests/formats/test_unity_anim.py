"""Unity's AnimationClip: what PyYAML sees of ours, what we see of Unity's, and what damage comes to."""

import re
import zlib
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given, settings

from rigdriver import formats
from rigdriver.clip import Clip
from rigdriver.errors import InputError, OutputError
from rigdriver.formats import unity
from rigdriver.keying import reduced
from tests.formats.damage import damaged, ends_well
from tests.helpers import TONGUE, WEIGHTS, assert_same, pose, waves

NAMES = tuple(name for name in WEIGHTS if name not in TONGUE)


def document(path: Path) -> dict:
    """The clip as PyYAML reads it, once Unity's tag on the document is gone."""
    text = path.read_text(encoding="utf-8")
    assert text.startswith("%YAML 1.1\n%TAG !u! tag:unity3d.com,2011:\n--- !u!74 &7400000\nAnimationClip:\n")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(text.partition("&7400000\n")[2], Loader=loader)["AnimationClip"]


def evaluated(keys: list[dict], time: float) -> float:
    """Unity's unweighted curve at a time between keys: cubic Hermite, slopes per second."""
    after = next(k for k, key in enumerate(keys) if key["time"] >= time)
    if not after:
        return keys[0]["value"]
    a, b = keys[after - 1], keys[after]
    length = b["time"] - a["time"]
    u = (time - a["time"]) / length
    return ((2 * u**3 - 3 * u**2 + 1) * a["value"] + (u**3 - 2 * u**2 + u) * length * a["outSlope"]
            + (3 * u**2 - 2 * u**3) * b["value"] + (u**3 - u**2) * length * b["inSlope"])  # fmt: skip


@pytest.mark.parametrize("keys", [0, 0.001, 0.02])
def test_an_independent_reader_finds_the_weights(tmp_path: Path, keys: float) -> None:
    clip = waves(90, 60, names=NAMES[:8])
    unity.write(clip, tmp_path / "talk.anim", meshes=["Body", "Armature/Face 2"], keys=keys, loop=True)
    made = document(tmp_path / "talk.anim")
    assert made["m_Name"] == "talk" and made["m_SampleRate"] == 60
    assert made["m_AnimationClipSettings"]["m_StopTime"] == pytest.approx(89 / 60)
    assert made["m_AnimationClipSettings"]["m_LoopTime"] == 1
    assert made["m_FloatCurves"] == made["m_EditorCurves"]
    assert [(curve["path"], curve["attribute"], curve["classID"]) for curve in made["m_FloatCurves"]] == [
        (mesh, f"blendShape.{name}", 137) for mesh in ("Body", "Armature/Face 2") for name in NAMES[:8]]  # fmt: skip
    for curve in made["m_FloatCurves"]:
        expected = clip[curve["attribute"].removeprefix("blendShape.")]
        got = [evaluated(curve["curve"]["m_Curve"], time) for time in clip.times[:-1]]
        np.testing.assert_allclose(got, 100 * expected[:-1], atol=100 * keys + 1e-4)
        assert {key["tangentMode"] for key in curve["curve"]["m_Curve"]} == ({0} if keys else {69})


@pytest.mark.parametrize("fps", [24, 30, 60, Fraction(30000, 1001)])
@pytest.mark.parametrize("scale", [100.0, 1.0])
def test_curves_come_back_within_the_tolerance(tmp_path: Path, fps: Fraction, scale: float) -> None:
    clip = waves(120, fps, names=NAMES)
    unity.write(clip, tmp_path / "a.anim", scale=scale)
    assert_same(formats.read(tmp_path / "a.anim"), clip, within=0.001 + 1e-6)
    unity.write(clip, tmp_path / "a.anim", scale=scale, keys=0)
    assert_same(formats.read(tmp_path / "a.anim", scale=scale), clip, within=2e-6)


def test_the_suffix_means_unity_and_names_are_made_fit_for_yaml(tmp_path: Path) -> None:
    odd = ("Fcl_MTH_A", "口を開く", "jaw: \"open\" #1", "it's", "-1")
    clip = waves(30, 60, names=odd)
    formats.write(clip, tmp_path / "a.anim", meshes="Körper/顔")
    assert [curve["attribute"] for curve in document(tmp_path / "a.anim")["m_FloatCurves"]] == [
        f"blendShape.{name}" for name in odd]  # fmt: skip
    assert document(tmp_path / "a.anim")["m_FloatCurves"][0]["path"] == "Körper/顔"
    assert (tmp_path / "a.anim").read_bytes().isascii()
    assert_same(formats.read(tmp_path / "a.anim"), clip, within=0.0011)


def test_what_never_moves_is_left_out_and_told(tmp_path: Path) -> None:
    clip = pose(30, 60, jawOpen=0.5, mouthClose=0.0, headYaw=0.1, voice=1.0)
    losses: list = []
    unity.write(clip, tmp_path / "a.anim", losses=losses)
    assert unity.read(tmp_path / "a.anim").names == ("jawOpen",)
    assert {(loss.kind, loss.names) for loss in losses} >= {
        ("still", ("mouthClose",)), ("angles", ("headYaw",)), ("hints", ("voice",))}  # fmt: skip
    unity.write(clip, tmp_path / "a.anim", still=True)
    assert_same(unity.read(tmp_path / "a.anim"), clip.pick(["jawOpen", "mouthClose"]))
    unity.write(clip.pick(["mouthClose"]), tmp_path / "a.anim")  # all at rest is a clip too
    assert_same(unity.read(tmp_path / "a.anim"), clip.pick(["mouthClose"]))


def test_time_before_the_sound_goes_and_a_late_start_is_led(tmp_path: Path) -> None:
    for start, expected in ((-3, waves(30, 30, -3).cut(0, 27)), (4, None)):
        unity.write(waves(30, 30, start), tmp_path / "a.anim", keys=0)
        got = unity.read(tmp_path / "a.anim")
        assert got.start == 0 and len(got) == (27 if expected else 34)
        if expected:
            assert_same(got, expected, within=1e-6)
    with pytest.raises(InputError, match="before its sound"):
        unity.write(waves(3, 30, -10), tmp_path / "b.anim")


THEIRS = """\
%YAML 1.1
%TAG !u! tag:unity3d.com,2011:
--- !u!74 &7400000
AnimationClip:
  m_ObjectHideFlags: 0
  m_Name: Face
  serializedVersion: 7
  m_PositionCurves:
  - curve:
      serializedVersion: 2
      m_Curve:
      - serializedVersion: 3
        time: 0
        value: {x: 1, y: 2, z: 3}
    path: Hips
  m_FloatCurves:
  - serializedVersion: 2
    curve:
      serializedVersion: 2
      m_Curve:
      - serializedVersion: 3
        time: 0
        value: 0
        inSlope: 0
        outSlope: Infinity
        tangentMode: 103
        weightedMode: 0
        inWeight: 0.33333334
        outWeight: 0.33333334
      - serializedVersion: 3
        time: 0.5
        value: 80
        inSlope: Infinity
        outSlope: 0
        tangentMode: 136
        weightedMode: 0
        inWeight: 0.33333334
        outWeight: 0.33333334
      - serializedVersion: 3
        time: 1
        value: 20
        inSlope: 0
        outSlope: 0
        tangentMode: 136
        weightedMode: 0
        inWeight: 0.33333334
        outWeight: 0.33333334
      m_PreInfinity: 2
      m_PostInfinity: 2
      m_RotationOrder: 4
    attribute: blendShape.Face.M_F00_000_00_Fcl_MTH_A with a name that Unity
      breaks in two
    path: "Arm\\u00e4ture/Face"
    classID: 137
    script: {fileID: 0}
    flags: 16
  - curve:
      m_Curve:
      - time: 0
        value: 1
    attribute: m_IsActive
    path: Body
    classID: 1
  m_PPtrCurves: []
  m_SampleRate: 30
  m_AnimationClipSettings:
    m_StopTime: 2
"""


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_clips_that_unity_saved_are_read(tmp_path: Path, ends: str) -> None:
    (tmp_path / "a.anim").write_bytes(THEIRS.replace("\n", ends).encode())
    clip = formats.read(tmp_path / "a.anim", mesh="Armäture/Face")
    assert clip.names == ("Face.M_F00_000_00_Fcl_MTH_A with a name that Unity breaks in two",)
    assert (clip.fps, len(clip)) == (30, 61)
    np.testing.assert_allclose(clip.values[[0, 14, 15, 30, 60], 0], [0, 0, 0.8, 0.2, 0.2], atol=1e-6)
    np.testing.assert_allclose(clip.values[22, 0], 0.8 - 0.6 * (3 * (7 / 15) ** 2 - 2 * (7 / 15) ** 3), atol=1e-6)
    with pytest.raises(InputError, match="no curves for a renderer at 'Body'"):
        unity.read(tmp_path / "a.anim", mesh="Body")


def test_the_editors_curves_do_where_there_are_no_others(tmp_path: Path) -> None:
    unity.write(pose(30, 60, jawOpen=0.5), tmp_path / "a.anim")
    text = (tmp_path / "a.anim").read_text()
    text = re.sub(r"m_FloatCurves:\n.*?(?=  m_PPtr)", "m_FloatCurves: []\n", text, flags=re.S)
    (tmp_path / "a.anim").write_text(text)
    assert unity.read(tmp_path / "a.anim")["jawOpen"].tolist() == [0.5] * 30


def test_weighted_tangents_bend_time(tmp_path: Path) -> None:
    unity.write(Clip(("jawOpen",), np.float32([[0], [0.5], [1]]), Fraction(1)), tmp_path / "a.anim", keys=0.5, scale=1)
    text = (tmp_path / "a.anim").read_text().replace("weightedMode: 0", "weightedMode: 3")
    (tmp_path / "a.anim").write_text(re.sub(r"Weight: 0.33+4", "Weight: 0.9", re.sub(r"Slope: .*", "Slope: 0", text)))
    values = unity.read(tmp_path / "a.anim", fps=16, scale=1)["jawOpen"]
    assert values[16] == pytest.approx(0.5)
    assert values[8] < 0.05 < 0.95 < values[24]  # without weights .156 and .844


def test_meshes_that_share_a_shape(tmp_path: Path) -> None:
    unity.write(pose(9, 60, jawOpen=0.5), tmp_path / "a.anim", meshes="Face,Teeth")
    losses: list = []
    unity.read(tmp_path / "a.anim", losses=losses)
    assert not losses  # both the same
    first, second = (tmp_path / "a.anim").read_text().split("path: Teeth", 1)
    head, at, tail = first.rpartition("value: 50")
    (tmp_path / "a.anim").write_text(head + at.replace("50", "40") + tail + "path: Teeth" + second)
    assert unity.read(tmp_path / "a.anim", losses=losses)["jawOpen"][0] == 0.5
    assert losses[0].names == ("jawOpen",)
    assert unity.read(tmp_path / "a.anim", mesh="Teeth")["jawOpen"][0] == pytest.approx(0.4)


def test_names_that_spell_arkit_become_ours(tmp_path: Path) -> None:
    unity.write(pose(9, 60, jawOpen=0.5, Fcl_A=0.1), tmp_path / "a.anim", prefix="blendShape1.")
    assert set(unity.read(tmp_path / "a.anim").names) == {"jawOpen", "blendShape1.Fcl_A"}


@pytest.mark.parametrize(("options", "says"), [
    ({"scale": 0}, "scale"), ({"keys": -1}, "no tolerance"), ({"keys": float("nan")}, "no tolerance"),
    ({"meshes": []}, "meshes"), ({"meshes": "a,a"}, "meshes"), ({"mesh": "a"}, "did you mean 'meshes'")])  # fmt: skip
def test_options_are_checked(tmp_path: Path, options: dict, says: str) -> None:
    with pytest.raises(OutputError, match=says):
        formats.write(pose(jawOpen=1), tmp_path / "a.anim", format="unity-anim", **options)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("change", "says"), [
    (("time: 0.5", "time: x"), "line 31: 'time: x' is not a number"),
    (("value: 80", "value: nan"), "not a finite number"),
    (("value: 80", "value: {x: 1}"), "not a number"),
    (("value: 80", "value: *bomb"), "not a number"),
    (("time: 1\n", "time: 0.2\n"), "key times do not rise"),
    (("time: 1\n", "time: 1e7\n"), "too long for one clip"),
    (("m_SampleRate: 30", "m_SampleRate: 1e9"), "no frame rate"),
    (("m_SampleRate: 30", "m_SampleRate: 0"), "no frame rate"),
    (("m_StopTime: 2", "m_StopTime: 1e12"), "too long"),
    (("classID: 137", "classID: 4"), "holds no curve of a blendshape"),
    (("AnimationClip:", "Mesh:"), "is no AnimationClip"),
    (('"Arm', '"\\q'), "is no text"),
    (("value: 80", "value: 1e300"), "too large"),
])
def test_what_cannot_be_read_is_named(tmp_path: Path, change: tuple[str, str], says: str) -> None:
    assert change[0] in THEIRS
    (tmp_path / "a.anim").write_text(THEIRS.replace(*change))
    with pytest.raises(InputError, match=re.escape(says)):
        unity.read(tmp_path / "a.anim")


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        unity.read(tmp_path / "none.anim")
    (tmp_path / "a.anim").write_bytes(b"\xff\xd8\xff\xe0 a picture")
    with pytest.raises(InputError, match="not UTF-8"):
        unity.read(tmp_path / "a.anim")


@settings(max_examples=300)
@given(data=damaged(THEIRS.encode()))
def test_damage_ends_in_our_errors(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    ends_well(unity.read, tmp_path_factory.getbasetemp() / "damaged_unity.anim", data)


def test_the_attribute_is_what_unity_binds(tmp_path: Path) -> None:
    """Unity finds a property by the CRC-32 of this text; a space or a case would bind nothing."""
    unity.write(pose(jawOpen=1), tmp_path / "a.anim")
    attribute = document(tmp_path / "a.anim")["m_FloatCurves"][0]["attribute"]
    assert zlib.crc32(attribute.encode()) == 2671929183


def test_keys_in_the_file_are_those_of_the_reducer(tmp_path: Path) -> None:
    clip = waves(200, 60, names=("jawOpen",))
    unity.write(clip, tmp_path / "a.anim", keys=0.01, scale=1)
    keys = document(tmp_path / "a.anim")["m_FloatCurves"][0]["curve"]["m_Curve"]
    expected = reduced(clip, 0.01)["jawOpen"]
    np.testing.assert_allclose([key["time"] for key in keys], expected.times, atol=1e-7)
    np.testing.assert_allclose([key["inSlope"] for key in keys], expected.in_slopes, rtol=1e-6, atol=1e-7)
