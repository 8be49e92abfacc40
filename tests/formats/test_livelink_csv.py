"""Live Link Face recordings: real takes are read, ours obey the importer's rules."""

import os
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rigdriver.errors import InputError, OutputError
from rigdriver.formats import livelink_csv
from rigdriver.formats.losses import Loss
from tests.helpers import ANGLES, TONGUE, WEIGHTS, assert_same, pose, round_trip, waves

DATA = Path(os.environ.get("RIGDRIVER_DATA", Path(__file__).parents[3] / "shared" / "data")) / "llf_mobu"
TAKES = ("alex_rom_3.csv", "alex_rom_4.csv")
FULL = tuple(name for name in (*WEIGHTS, *ANGLES) if name not in TONGUE)


def take(name: str) -> Path:
    if not (DATA / name).is_file():
        pytest.skip(f"needs {DATA / name}; set RIGDRIVER_DATA to the folder of the test data")
    return DATA / name


def lines(path: Path) -> list[list[str]]:
    return [line.split(",") for line in path.read_text().splitlines()]


def far(row: list[str]) -> float:
    """FF.mmm of a row."""
    return float(row[0].split(":")[3])


@pytest.mark.parametrize("fps", [30, 60])
@given(frames=st.integers(2, 70), start=st.integers(0, 100))
def test_all_61_curves_come_back(tmp_path_factory, fps: int, frames: int, start: int) -> None:
    clip = waves(frames, fps, start, FULL)
    again = round_trip(clip, tmp_path_factory.getbasetemp() / "a.csv")
    shifted = type(clip)(clip.names, clip.values, clip.fps)  # a recording says when, but not where the sound begins
    assert_same(again, shifted, within=1e-9)


@pytest.mark.parametrize("name", TAKES)
def test_real_takes_are_read(name: str) -> None:
    path = take(name)
    assert ",".join(livelink_csv.header()) == path.read_text().partition("\n")[0]
    clip = livelink_csv.read(path)
    table = np.array([row[2:] for row in lines(path)[1:]], np.float32)
    header = lines(path)[0][2:]
    assert (clip.fps, len(clip.names)) == (30, 61)
    assert len(table) <= len(clip) < 1.001 * len(table)  # a dropped frame now and then
    np.testing.assert_array_equal(clip["jawOpen"][:100], table[:100, header.index("JawOpen")])
    np.testing.assert_array_equal(clip["jawLeft"][:100], table[:100, header.index("JawLeft")])
    assert clip["jawLeft"].max() != clip["jawRight"].max()


def test_eyes_of_a_real_take_look_where_its_lids_say() -> None:
    """Ours: yaw to the left is positive. A left eye looks inward when it looks to the right."""
    clip = livelink_csv.read(take(TAKES[0]))
    inward = clip["eyeLookInLeft"] - clip["eyeLookOutLeft"]
    down = clip["eyeLookDownLeft"] - clip["eyeLookUpLeft"]
    assert np.corrcoef(clip["leftEyeYaw"], inward)[0, 1] < -0.9
    assert np.corrcoef(clip["leftEyePitch"], down)[0, 1] > 0.9


LENGTHS = [(60, 1, 0), (60, 30, 0), (60, 31, 5), (60, 10, 100), (60, 600, -5), (30, 90, 0)]


@pytest.mark.parametrize("fps, frames, start", LENGTHS)
def test_the_importer_sees_the_right_rate(tmp_path: Path, fps: int, frames: int, start: int) -> None:
    """Unreal takes a file for 60 fps where any FF is above 30."""
    livelink_csv.write(waves(frames, fps, start, FULL), tmp_path / "a.csv")
    rows = lines(tmp_path / "a.csv")[1:]
    assert len(rows) == frames
    assert any(far(row) > 30 for row in rows) == (fps == 60)
    assert all(far(row) < fps for row in rows)


def test_rows_are_as_the_app_writes_them(tmp_path: Path) -> None:
    clip = pose(frames=3, jawOpen=0.5, headYaw=0.25, headPitch=0.125, headRoll=0, jawRight=1)
    livelink_csv.write(clip, tmp_path / "a.csv")
    text = (tmp_path / "a.csv").read_bytes().decode("ascii")
    header, first, *_ = text.split("\n")
    cells = dict(zip(header.split(","), first.split(",")))
    assert text.endswith("\n") and "\r" not in text and " " not in text
    assert (cells["Timecode"], cells["BlendShapeCount"]) == ("00:00:00:00.000", "61")
    assert (cells["JawOpen"], cells["JawRight"], cells["JawLeft"]) == ("0.5000000000", "1.0000000000", "0.0000000000")
    angles = [cells["HeadYaw"], cells["HeadPitch"], cells["HeadRoll"]]
    assert angles == ["-0.2500000000", "0.1250000000", "0.0000000000"]


@pytest.mark.parametrize("fps", [24, 25, Fraction(30000, 1001), 120])
def test_other_rates_are_refused_with_the_choice(tmp_path: Path, fps: Fraction) -> None:
    with pytest.raises(OutputError, match="30 fps or 60 fps"):
        livelink_csv.write(waves(5, fps), tmp_path / "a.csv")


def test_a_clip_of_another_rig_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="retarget it to the arkit rig"):
        livelink_csv.write(pose(CTRL_something=1), tmp_path / "a.csv")


def written(folder: Path, change) -> Path:
    """A recording with its text changed."""
    livelink_csv.write(waves(40, 60, names=FULL), folder / "a.csv")
    (folder / "a.csv").write_bytes(change((folder / "a.csv").read_bytes().decode()).encode())
    return folder / "a.csv"


@pytest.mark.parametrize("change", [
    lambda text: text.replace("\n", "\r\n"),
    lambda text: "\ufeff" + text,
    lambda text: text.replace("BlendShapeCount", "BlendshapeCount"),
    lambda text: text.replace("EyeBlinkLeft", "eyeBlink_L") + "\n\n",
])  # fmt: skip
def test_other_ways_to_write_the_same_are_read(tmp_path: Path, change) -> None:
    assert_same(livelink_csv.read(written(tmp_path, change)), waves(40, 60, names=FULL), within=1e-9)


BAD = {
    "unknown column 'JawOpem'; did you mean 'JawOpen'": lambda text: text.replace("JawOpen", "JawOpem"),
    "repeated column 'JawOpen'": lambda text: text.replace("JawForward", "JawOpen"),
    "its first columns are not": lambda text: text.replace("Timecode", "Timecode, FrameRate"),
    "line 3: has 64 cells": lambda text: text.replace("\n00:00:00:01.000,", "\n00:00:00:01.000,,"),
    "line 3: could not convert": lambda text: text.replace("\n00:00:00:01.000,61,", "\n00:00:00:01.000,61,x"),
    "line 3: holds a value that is not a number": lambda text: text.replace(":01.000,61,0.", ":01.000,61,1e999"),
    "line 4: '2' is not a timecode": lambda text: text.replace("00:00:00:02.000", "2"),
    "has no rows": lambda text: text.split("\n")[0],
    "run backwards": lambda text: text.replace("00:00:00:02.000", "00:00:01:02.000"),
    "is not a Live Link Face CSV": lambda text: "",
}


@pytest.mark.parametrize("says", BAD)
def test_what_cannot_be_read_is_named(tmp_path: Path, says: str) -> None:
    with pytest.raises(InputError) as error:
        livelink_csv.read(written(tmp_path, BAD[says]))
    assert says in str(error.value)
    assert len(str(error.value)) < 1500


def test_dropped_rows_are_filled_and_doubled_rows_are_one(tmp_path: Path) -> None:
    path = written(tmp_path, lambda text: "".join(np.delete(text.splitlines(keepends=True), [10, 11])))
    clip, full = livelink_csv.read(path), waves(40, 60, names=FULL)
    assert len(clip) == 40
    np.testing.assert_allclose(clip["jawOpen"][9], (2 * full["jawOpen"][8] + full["jawOpen"][11]) / 3, atol=1e-6)
    path = written(tmp_path, lambda text: text.replace("00:00:00:05.000", "00:00:00:04.000"))
    assert livelink_csv.read(path)["jawOpen"][4] == pytest.approx(full["jawOpen"][5])


def test_a_take_over_midnight_goes_on(tmp_path: Path) -> None:
    livelink_csv.write(waves(120, 60, 24 * 3600 * 60 - 60, FULL), tmp_path / "a.csv")
    assert lines(tmp_path / "a.csv")[-1][0] == "00:00:00:59.000"
    assert len(livelink_csv.read(tmp_path / "a.csv")) == 120


def drop_frame(number: int, rate: int) -> str:
    """The drop-frame timecode of a frame: 2 (or 4) numbers are left out in a minute, but in no tenth."""
    gone = rate // 15
    tens, rest = divmod(number, 600 * rate - 9 * gone)
    number += 9 * gone * tens + (gone * ((rest - gone) // (60 * rate - gone)) if rest >= gone else 0)
    return livelink_csv.timecode_of(number, rate)


@pytest.mark.parametrize("mark", [":", ";"])
@pytest.mark.parametrize(("rate", "first"), [(30, 1700), (60, 3500), (30, 17900), (60, 35900), (60, 0)])
def test_drop_frame_timecode_leaves_out_numbers_and_no_frames(tmp_path: Path, rate: int, first: int, mark: str) -> None:
    if first == 0 and mark == ":":
        return  # over no minute nothing tells
    clip = waves(300, rate, 0, FULL)
    livelink_csv.write(clip, tmp_path / "a.csv")
    head, *rows = (tmp_path / "a.csv").read_text().splitlines()
    stamps = [drop_frame(first + k, rate) for k in range(len(rows))]
    rows = [mark.join(stamp.rsplit(":", 1)) + row[row.index(","):] for stamp, row in zip(stamps, rows)]
    (tmp_path / "a.csv").write_text("\n".join([head, *rows]))
    losses: list[Loss] = []
    again = livelink_csv.read(tmp_path / "a.csv", losses=losses)
    if mark == ";" or first in (1700, 3500):
        assert again.fps == Fraction(1000 * rate, 1001)
        np.testing.assert_allclose(again.values, clip.pick(again.names).values, atol=1e-9)
        assert [loss.kind for loss in losses] == ["times"]
    else:
        assert again.fps == rate and len(again) == 300 and not losses  # a tenth minute: as without dropping


def test_a_dropped_row_at_a_minute_is_not_drop_frame(tmp_path: Path) -> None:
    clip = waves(60 * 60 * 2 + 240, 60, 30 * 60, FULL)
    livelink_csv.write(clip, tmp_path / "a.csv")
    rows = (tmp_path / "a.csv").read_text().splitlines(keepends=True)
    kept = [row for row in rows if not row.startswith(tuple(f"00:01:00:0{k}" for k in range(4)))]
    (tmp_path / "a.csv").write_text("".join(kept))
    losses: list[Loss] = []
    assert livelink_csv.read(tmp_path / "a.csv", losses=losses).fps == 60
    assert "4 of 7440 rows were missing" in str(losses[0])


def test_rows_without_a_face_are_filled(tmp_path: Path) -> None:
    def faceless(text: str) -> str:
        rows = text.splitlines()
        rows[6], rows[7] = rows[6].split(",")[0] + ",0", rows[7].split(",")[0] + "," * 62
        return "\n".join(rows)

    losses: list[Loss] = []
    clip, full = livelink_csv.read(written(tmp_path, faceless), losses=losses), waves(40, 60, names=FULL)
    np.testing.assert_allclose(clip["jawOpen"][5], (2 * full["jawOpen"][4] + full["jawOpen"][7]) / 3, atol=1e-6)
    assert "2 of 40 rows were missing, 2 of them without a face" in str(losses[0])


def test_the_timecode_may_be_chosen_and_the_sounds_beginning_named(tmp_path: Path) -> None:
    clip = waves(40, 30, 7, FULL)
    livelink_csv.write(clip, tmp_path / "a.csv", timecode="13:05:59:12")
    assert lines(tmp_path / "a.csv")[1][0] == "13:05:59:12.000"
    assert livelink_csv.read(tmp_path / "a.csv").start == 0
    assert_same(livelink_csv.read(tmp_path / "a.csv", origin="13:05:59:05"), clip, within=1e-9)
    assert livelink_csv.read(tmp_path / "a.csv", origin="13:06:00:00").start == -18
    for wrong in ("13:05", "13:05:59:30", "noon"):
        with pytest.raises(OutputError, match="is not a timecode"):
            livelink_csv.write(clip, tmp_path / "a.csv", timecode=wrong)
    with pytest.raises(InputError, match="origin 'noon' is not a timecode"):
        livelink_csv.read(tmp_path / "a.csv", origin="noon")


def test_losses_of_writing_are_said(tmp_path: Path) -> None:
    clip = pose(5, 60, jawOpen=0.5, tongueTipUp=0.5, voice=1.0)
    losses: list[Loss] = []
    livelink_csv.write(clip, tmp_path / "a.csv", losses=losses)
    assert [(loss.kind, loss.names) for loss in losses] == [("names", ("tongueTipUp",)), ("hints", ("voice",)),
                                                            ("times", ())]


@pytest.mark.parametrize(("change", "says"), [
    (lambda text: text.replace(",", ";"), "parted by ';'"),
    (lambda text: text.replace("00:00:00:02.000", "00:00:00:1" + "0" * 400), "is not a timecode"),
    (lambda text: text.splitlines()[0] + "".join(
        f"\n{k // 60:02d}:{k % 60:02d}:00:{frame:02d}.000,61" + ",0" * 61 for k in range(1200) for frame in (0, 1)),
     "its timecodes are damaged"),
])  # fmt: skip
def test_damage_that_would_cost_memory_or_sense_is_refused(tmp_path: Path, change, says: str) -> None:
    with pytest.raises(InputError, match=says):
        livelink_csv.read(written(tmp_path, change))
