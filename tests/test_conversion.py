"""One file into another: every format, any rig, any rate, and an honest word about what was lost."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rigdriver import formats
from rigdriver import rig as rigs
from rigdriver.clip import Clip
from rigdriver.conversion import Conversion, Converted, convert
from rigdriver.errors import InputError, OutputError, RigdriverError, SettingsError
from rigdriver.formats import livelink_csv
from rigdriver.formats.losses import KINDS
from tests.glb_builder import face
from tests.helpers import ANGLES, TONGUE, WEIGHTS, pose, waves

FULL = tuple(name for name in (*WEIGHTS, *ANGLES) if name not in TONGUE)
BOTH = [row for row in formats.TABLE if row.writes and row.reads]
WITHIN = {"rhubarb": 1.0, "gltf": 2e-6, "unity-anim": 0.006, "maya-anim": 0.006, "usd": 1e-3}
"""How far a value may be off after a format and back, where it says so; of the others 1e-6. Cues show one shape."""


def recording(folder: Path, frames: int = 90, fps: int = 30) -> Path:
    """A Live Link Face CSV in which everything moves; both eyes look the same way, for some formats have one gaze."""
    clip = waves(frames, fps, 0, FULL)
    values = clip.values * np.float32(0.5)
    for name in ANGLES:
        if name.startswith("rightEye"):
            values[:, clip.column(name)] = values[:, clip.column(name.replace("right", "left"))]
        if name.endswith("EyeRoll"):
            values[:, clip.column(name)] = 0
    livelink_csv.write(Clip(clip.names, values, clip.fps), folder / "take.csv")
    return folder / "take.csv"


def lost(done: Converted, kind: str) -> set[str]:
    assert kind in KINDS
    return {name for loss in done.losses if loss.kind == kind for name in loss.names}


def through_format(folder: Path, row: formats.Format) -> tuple[Clip, Clip, set[str]]:
    """A recording, what came back of it after the format, and the curves that were said to be lost."""
    source = recording(folder)
    there = folder / f"there{row.suffixes[0]}"
    out = convert(source, there, Conversion(target_format=row.name))
    back = convert(there, folder / "back.csv", Conversion(source_format=row.name, target_rig="arkit",
                                                          target_format="livelink-csv", fps=Fraction(30)))
    gone = {name for done in (out, back) for kind in ("names", "angles") for name in lost(done, kind)}
    return livelink_csv.read(source), livelink_csv.read(folder / "back.csv"), gone


@pytest.mark.parametrize("row", BOTH, ids=lambda row: row.name)
def test_csv_and_back_within_what_the_format_says(tmp_path: Path, row: formats.Format) -> None:
    needs(row)
    before, after, gone = through_format(tmp_path, row)
    kept = [name for name in before.names if name not in gone]
    assert abs(len(after) - len(before)) <= 1 and after.fps == before.fps
    if row.rig in ("", "arkit"):  # another rig's own way back is its map's affair, and tested there
        assert kept
        count = min(len(before), len(after))
        np.testing.assert_allclose(after.pick(kept).values[:count], before.pick(kept).values[:count], rtol=0,
                                   atol=WITHIN.get(row.name, 1e-6))


def needs(row: formats.Format) -> None:
    if row.rig and row.rig not in rigs.available():
        pytest.skip(f"needs the rig {row.rig}")
    try:
        row.function("write")
    except RigdriverError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("row", [row for row in formats.TABLE if row.writes], ids=lambda row: row.name)
def test_nothing_vanishes_unsaid(tmp_path: Path, row: formats.Format) -> None:
    """Every curve that moves is in the file or in the list of what was lost."""
    needs(row)
    source = tmp_path / "take.npz"
    clip = Clip((*FULL, "voice", "my_own_curve"), np.tile(waves(30, 30, 0, FULL).values[:, :1] * 0.4 + 0.1, (1, 63)),
                Fraction(30))
    formats.write(clip, source)
    done = convert(source, tmp_path / f"out{row.suffixes[0]}", Conversion(target_format=row.name))
    said = {name for loss in done.losses for name in loss.names}
    if row.reads and row.rig in ("", "arkit"):
        written = set(formats.read(tmp_path / f"out{row.suffixes[0]}", row.name).names)
        assert set(clip.names) <= written | said
    assert "my_own_curve" in said or row.rig in ("",)


def test_any_rig_to_any_rig(tmp_path: Path) -> None:
    clip = pose(5, mouth_stretch_c=0.5, mouth_oh_c=0.7, tooth_l=0)
    formats.write(clip, tmp_path / "maya.npz")
    done = convert(tmp_path / "maya.npz", tmp_path / "a.csv", Conversion(target_rig="arkit"))
    assert done.rigs == ("facegood", "arkit") and done.formats == ("npz", "livelink-csv")
    np.testing.assert_allclose(formats.read(tmp_path / "a.csv")["jawOpen"], 0.5, atol=1e-6)
    assert "mouth_oh_c" in lost(done, "names") and "tooth_l" in lost(done, "still")


def test_a_rig_that_is_not_recognised_must_be_named(tmp_path: Path) -> None:
    formats.write(pose(3, alpha=1.0, beta=0.5), tmp_path / "a.npz")
    with pytest.raises(SettingsError, match=r"alpha, beta.*--from-rig"):
        convert(tmp_path / "a.npz", tmp_path / "b.csv", Conversion(target_rig="facegood"))
    assert convert(tmp_path / "a.npz", tmp_path / "b.csv").rigs == ("", "")
    own = tmp_path / "own.yaml"
    own.write_text("version: 1\nname: own\nweights:\n  face: [alpha, beta]\nto_arkit:\n  jawOpen: {alpha: 0.5}\n"
                   "from_arkit:\n  alpha: {jawOpen: 2}\n")
    done = convert(tmp_path / "a.npz", tmp_path / "c.csv", Conversion(source_rig=str(own), target_rig="arkit"))
    assert formats.read(tmp_path / "c.csv")["jawOpen"][0] == pytest.approx(0.5)
    assert lost(done, "names") == {"beta"}


def test_clamped_values_are_said(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text("version: 1\nname: own\nweights:\n  face: [gape, pout]\n"
                   "from_arkit:\n  gape: {jawOpen: 2}\n  pout: {mouthPucker: 1}\n")
    clip = Clip(("jawOpen", "mouthPucker"), np.array([[0.2, 1], [0.5, 0.5], [0.8, 0]], np.float32), Fraction(30))
    formats.write(clip, tmp_path / "a.npz")
    done = convert(tmp_path / "a.npz", tmp_path / "b.npz", Conversion(target_rig=str(own)))
    np.testing.assert_allclose(formats.read(tmp_path / "b.npz")["gape"], [0.4, 1, 1], atol=1e-6)
    assert lost(done, "values") == {"gape"}
    assert any("1 values were cut off" in str(loss) for loss in done.losses)


def test_another_spelling_is_put_right_where_a_rig_is_wanted(tmp_path: Path) -> None:
    formats.write(pose(3, JawOpen=0.5, browInnerUp_L=0.2, browInnerUp_R=0.4, wing=1), tmp_path / "a.npz")
    done = convert(tmp_path / "a.npz", tmp_path / "b.csv", Conversion(target_rig="arkit"))
    back = formats.read(tmp_path / "b.csv")
    assert (back["jawOpen"][0], back["browInnerUp"][0]) == (pytest.approx(0.5), pytest.approx(0.3))
    assert lost(done, "names") == {"wing"}
    kept = convert(tmp_path / "a.npz", tmp_path / "c.npz")
    assert formats.read(tmp_path / "c.npz").names[0] == "JawOpen" and not kept.losses


def test_onto_a_character_the_way_leads_through_arkit(tmp_path: Path) -> None:
    hero = face().write_glb(tmp_path / "hero.glb")
    formats.write(pose(5, mouth_stretch_c=0.5, mouth_chinRaise_d=0.1), tmp_path / "maya.npz")
    done = convert(tmp_path / "maya.npz", tmp_path / "out.glb", Conversion(onto=hero))
    assert done.rigs == ("facegood", "arkit")
    np.testing.assert_allclose(formats.read(tmp_path / "out.glb")["jawOpen"], 0.5, atol=1e-6)


@given(first=st.floats(0, 2.9), length=st.floats(0.05, 3), offset=st.floats(-2, 2))
def test_trims_and_offsets_move_time_and_no_value(tmp_path_factory, first: float, length: float, offset: float) -> None:
    folder = tmp_path_factory.getbasetemp()
    clip = waves(100, 30, 0)
    formats.write(clip, folder / "a.npz")
    convert(folder / "a.npz", folder / "b.npz", Conversion(first_s=first, last_s=first + length, offset_s=offset))
    cut = formats.read(folder / "b.npz")
    at, last = round(Fraction(first) * 30), min(99, round(Fraction(first + length) * 30))
    np.testing.assert_array_equal(cut.values, clip.values[at : last + 1])
    assert cut.start == round(Fraction(offset) * 30)


def test_what_lies_between_frames_is_said(tmp_path: Path) -> None:
    formats.write(waves(90, 30), tmp_path / "a.npz")
    done = convert(tmp_path / "a.npz", tmp_path / "b.npz", Conversion(first_s=0.1, last_s=1.01))
    assert [str(loss) for loss in done.losses] == ["--to 1.01 s lies between frames; frame 30 is at 1.0000 s"]
    with pytest.raises(InputError, match=r"no frame lies from 5 s to the end; the clip lasts from 0 to 2\.96667 s"):
        convert(tmp_path / "a.npz", tmp_path / "b.npz", Conversion(first_s=5))


def test_a_rate_that_the_format_does_not_hold_becomes_one_that_it_does(tmp_path: Path) -> None:
    for fps, held in ((24, 30), (25, 30), (50, 60), (120, 60), (60, 60)):
        formats.write(waves(50, fps), tmp_path / "a.npz")
        done = convert(tmp_path / "a.npz", tmp_path / "b.csv")
        assert formats.read(tmp_path / "b.csv").fps == held == done.fps
        assert (fps != held) == any("livelink-csv holds 30 or 60" in str(loss) for loss in done.losses)


def test_a_read_recording_says_what_was_missing(tmp_path: Path) -> None:
    lines = recording(tmp_path).read_text().splitlines(keepends=True)
    (tmp_path / "take.csv").write_text("".join(lines[:10] + lines[13:]))
    done = convert(tmp_path / "take.csv", tmp_path / "b.npz")
    assert [loss.kind for loss in done.losses] == ["frames"] and "3 of 90 rows were missing" in str(done.losses[0])


def test_options_are_typed_and_unknown_ones_named(tmp_path: Path) -> None:
    source = recording(tmp_path)
    convert(source, tmp_path / "b.csv", Conversion(write_options=("timecode=13:05:59:12",)))
    assert (tmp_path / "b.csv").read_text().splitlines()[1].startswith("13:05:59:12.000,61,")
    convert(tmp_path / "b.csv", tmp_path / "c.npz", Conversion(read_options=("origin=13:05:59:02", "fps=30")))
    assert formats.read(tmp_path / "c.npz").start == 10
    for option, says in (("timecod=1", "did you mean 'timecode'"), ("timecode", "NAME=VALUE"), ("losses=1", "known:")):
        with pytest.raises(SettingsError, match=says):
            convert(source, tmp_path / "b.csv", Conversion(write_options=(option,)))
    with pytest.raises(SettingsError, match="fps=x: should be a frame rate or a whole number"):
        convert(source, tmp_path / "c.npz", Conversion(read_options=("fps=x",)))
    with pytest.raises(SettingsError, match="'livelink-csv' has no option 'keys'"):
        convert(source, tmp_path / "b.csv", Conversion(keys=0.01))


def test_inputs_stay_and_failures_leave_nothing(tmp_path: Path) -> None:
    source = recording(tmp_path)
    before = source.read_bytes()
    with pytest.raises(OutputError, match="is also the input"):
        convert(source, source)
    hero = face().write_glb(tmp_path / "hero.glb")
    with pytest.raises(OutputError, match="is also the input"):
        convert(source, hero, Conversion(onto=hero, write_options=("overwrite_input=yes",)))
    with pytest.raises(RigdriverError):
        convert(source, tmp_path / "new.glb", Conversion(onto=tmp_path / "missing.glb"))
    assert source.read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"take.csv", "hero.glb"}


def test_json_of_every_loss_is_whole(tmp_path: Path) -> None:
    formats.write(pose(5, mouth_stretch_c=0.5, **{f"tongue_Rot_{k}X": 0.1 for k in (1, 2, 3)}), tmp_path / "a.npz")
    done = convert(tmp_path / "a.npz", tmp_path / "b.csv", Conversion(target_rig="arkit"))
    told = done.as_dict()
    assert told["formats"] == ["npz", "livelink-csv"] and told["rigs"] == ["facegood", "arkit"]
    assert told["losses"] and all(set(loss) == {"kind", "words", "names"} for loss in told["losses"])
    assert len(list(done.lines())) == 1 + len(done.losses)
