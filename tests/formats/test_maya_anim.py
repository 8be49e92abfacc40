"""Maya's .anim: the text as its plug-in reads it, other people's files, and damage."""

import math
import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from rigdriver import formats
from rigdriver.errors import InputError, OutputError
from rigdriver.formats import maya
from tests.formats.damage import damaged, ends_well
from tests.helpers import TONGUE, WEIGHTS, assert_same, pose, waves

NAMES = tuple(name for name in WEIGHTS if name not in TONGUE)
RATES = [24, 25, 30, 48, 50, 60, 120, Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60000, 1001)]


@pytest.mark.parametrize("fps", RATES)
def test_curves_come_back_within_the_tolerance(tmp_path: Path, fps: Fraction) -> None:
    clip = waves(120, fps, -7, NAMES)
    maya.write(clip, tmp_path / "a.anim")
    assert_same(formats.read(tmp_path / "a.anim"), clip, within=0.001 + 1e-6)
    maya.write(clip, tmp_path / "a.anim", keys=0, scale=10)
    assert_same(maya.read(tmp_path / "a.anim", scale=10), clip, within=1e-6)


def rows(text: str, name: str) -> list[list[str]]:
    """The words of each key of an attribute."""
    block = re.search(rf"anim {name} {name} .*?keys \{{(.*?)\}}", text, re.S)
    assert block
    return [line.split() for line in block[1].split(";") if line.strip()]


def test_the_text_is_what_mayas_importer_reads(tmp_path: Path) -> None:
    clip = waves(60, 30, names=("jawOpen", "mouthClose"))
    maya.write(clip, tmp_path / "a.anim", nodes="face_bs, teeth:bs", keys=0.01)
    text = (tmp_path / "a.anim").read_text()
    assert text.startswith("animVersion 1.1;\nmayaVersion 2020;\ntimeUnit ntsc;\nlinearUnit cm;\nangularUnit deg;\n"
                           "startTime 0;\nendTime 59;\n")  # fmt: skip
    heads = re.findall(r"anim (\S+) (\S+) (\S+) 0 0 (\d);", text)
    assert heads == [(name, name, node, str(k)) for node in ("face_bs", "teeth:bs")
                     for k, name in enumerate(clip.names)]  # fmt: skip
    keys = rows(text, "jawOpen")
    for before, key, after in zip(keys, keys[1:], keys[2:]):
        assert float(key[1]) == pytest.approx(float(clip["jawOpen"][int(key[0])]), abs=1e-7)  # a key on a frame
        if key[2] == "fixed":  # an angle is that of value over frames: near the curve's own around that frame
            assert key[4:7] == ["1", "1", "0"] and key[7] == key[9] and key[8] == key[10] == "1"
            k = int(key[0])
            own = (clip["jawOpen"][k + 1] - clip["jawOpen"][k - 1]) / 2
            assert math.tan(math.radians(float(key[7]))) == pytest.approx(own, abs=0.02)
        else:
            assert key[2:] == ["flat", "flat", "1", "1", "0"]
            rising = float(after[1]) - float(key[1]), float(key[1]) - float(before[1])
            assert rising[0] * rising[1] <= 0
    maya.write(clip, tmp_path / "a.anim", keys=0)
    keys = rows((tmp_path / "a.anim").read_text(), "mouthClose")
    assert len(keys) == 60 and {tuple(key[2:]) for key in keys} == {("linear", "linear", "1", "1", "0")}


THEIRS = """\
// exported by hand
animVersion 1.1;
mayaVersion 2024 x64;
timeUnit film;
linearUnit cm;
angularUnit deg;
startTime 0;
endTime 48;
anim translate.translateX translateX head 0 1 0;
animData {
  input time;
  output linear;
  weighted 0;
  keys {
    1 9 linear linear 1 1 0;
  }
}
anim rootNode 0 2 0;
anim JawOpen JawOpen bs 0 0 3;
animData {
  input time;
  output unitless;
  weighted 1;
  preInfinity constant;
  postInfinity constant;
  keys {
    0 0 flat step 1 1 0;
    12 0.5 flat linear 1 1 0;
    24 1 linear fixed 0 1 0 -2.5 1;
    36 0.25 fixed auto 0 1 0 -2.5 1;
    48 0 auto auto 1 1 0;
  }
}
"""


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_files_of_other_makers_are_read(tmp_path: Path, ends: str) -> None:
    (tmp_path / "a.anim").write_bytes(THEIRS.replace("\n", ends).encode())
    clip = formats.read(tmp_path / "a.anim")
    assert (clip.names, clip.fps, clip.start, len(clip)) == (("jawOpen",), 24, 0, 49)
    np.testing.assert_allclose(clip.values[[0, 11, 12, 18, 24, 36, 48], 0], [0, 0, 0.5, 0.75, 1, 0.25, 0], atol=1e-6)
    slope, u = 12 * math.tan(math.radians(-2.5)), 0.5  # a stretch of twelve frames
    expected = 0.5 * (1 + 0.25) + (u**3 - 2 * u**2 + u) * slope + (u**3 - u**2) * slope
    assert clip["jawOpen"][30] == pytest.approx(expected, abs=1e-6)
    falling = clip["jawOpen"][36:]
    assert (np.diff(falling) <= 0).all() and falling.min() >= 0  # auto does not overshoot


def test_times_in_seconds_are_read(tmp_path: Path) -> None:
    text = THEIRS.replace("timeUnit film", "timeUnit millisec").replace("endTime 48", "endTime 2000")
    text = re.sub(r"^    (\d+) ", lambda found: f"    {int(found[1]) * 1000 / 24:.6f} ", text, flags=re.M)
    (tmp_path / "a.anim").write_text(text)
    assert len(maya.read(tmp_path / "a.anim")) == 61
    np.testing.assert_allclose(maya.read(tmp_path / "a.anim", fps=24)["jawOpen"][[0, 18, 24]], [0, 0.75, 1], atol=1e-5)


def test_nodes_that_share_a_target(tmp_path: Path) -> None:
    maya.write(pose(9, 60, jawOpen=0.5), tmp_path / "a.anim", nodes=["one", "two"])
    losses: list = []
    maya.read(tmp_path / "a.anim", losses=losses)
    assert not losses
    text = (tmp_path / "a.anim").read_text()
    (tmp_path / "a.anim").write_text(text[::-1].replace("5.0 0", "4.0 0", 1)[::-1])
    assert maya.read(tmp_path / "a.anim", losses=losses)["jawOpen"][0] == 0.5 and losses[0].names == ("jawOpen",)
    assert maya.read(tmp_path / "a.anim", node="two")["jawOpen"][0] == pytest.approx(0.4)
    with pytest.raises(InputError, match="did you mean \"'two'\""):
        maya.read(tmp_path / "a.anim", node="twoo")


def test_what_never_moves_is_left_out_and_told(tmp_path: Path) -> None:
    clip = pose(30, 60, jawOpen=0.5, mouthClose=0.0, headYaw=0.1, voice=1.0)
    losses: list = []
    maya.write(clip, tmp_path / "a.anim", losses=losses)
    assert_same(maya.read(tmp_path / "a.anim"), clip.pick(["jawOpen"]))
    assert {loss.kind for loss in losses} >= {"still", "angles", "hints"}
    maya.write(clip, tmp_path / "a.anim", still=True)
    assert_same(maya.read(tmp_path / "a.anim"), clip.pick(["jawOpen", "mouthClose"]))


@pytest.mark.parametrize(("clip", "options", "says"), [
    (pose(fps=27, jawOpen=1), {}, "no time unit of 27 fps"),
    (pose(**{"jaw open": 1}), {}, "'jaw open' is no name"),
    (pose(jawOpen=1), {"nodes": "3d;"}, "is no name"),
    (pose(jawOpen=1), {"scale": math.inf}, "scale"),
    (pose(jawOpen=1), {"keys": -1}, "no tolerance"),
])
def test_what_maya_cannot_hold_is_said(tmp_path: Path, clip, options: dict, says: str) -> None:
    with pytest.raises(OutputError, match=re.escape(says)):
        maya.write(clip, tmp_path / "a.anim", **options)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("change", "says"), [
    (("12 0.5 flat", "12 x flat"), "line 28: '12 x' is not a number"),
    (("12 0.5 flat", "12 1e999 flat"), "not a finite number"),
    (("12 0.5 flat", "12 0.5 3"), "is not a key"),
    (("36 0.25", "2 0.25"), "key times do not rise"),
    (("endTime 48", "endTime 1e12"), "too long"),
    (("timeUnit film", "timeUnit flim"), "did you mean 'film'"),
    (("keys {", "kyes {"), "not a block"),
    (("animData {", "animData { animData {"), "not a block"),
    (("48 0 auto auto 1 1 0;\n  }\n}\n", "48 0 auto auto 1 1 0;\n  }\n"), "is cut short"),
    (("48 0 auto auto 1 1 0;\n  }\n}\n", "48 0 auto"), "is cut short"),
    (("animVersion", "animversion"), "is no .anim of Maya"),
    (("JawOpen JawOpen bs", "scaleX scaleX bs"), "holds no curve"),
    (("24 1 linear", "24 1e39 linear"), "too large"),
])
def test_what_cannot_be_read_is_named(tmp_path: Path, change: tuple[str, str], says: str) -> None:
    assert change[0] in THEIRS
    (tmp_path / "a.anim").write_text(THEIRS.replace(*change))
    with pytest.raises(InputError, match=re.escape(says)):
        maya.read(tmp_path / "a.anim")


@settings(max_examples=300)
@given(data=damaged(THEIRS.encode()))
def test_damage_ends_in_our_errors(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    ends_well(maya.read, tmp_path_factory.getbasetemp() / "damaged_maya.anim", data)


def test_both_kinds_of_anim_are_told_apart(tmp_path: Path) -> None:
    clip = waves(40, 30, names=("jawOpen", "mouthClose"))
    for name in ("unity-anim", "maya-anim"):
        formats.write(clip, tmp_path / f"{name}.anim", name)
        assert_same(formats.read(tmp_path / f"{name}.anim"), clip, within=0.0011)
    assert (tmp_path / "unity-anim.anim").read_text().startswith("%YAML")
    assert (tmp_path / "maya-anim.anim").read_text().startswith("animVersion")
