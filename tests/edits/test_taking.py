"""Files that remember what was generated, and a line that is driven again from the command line."""

import json
import lzma
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from hypothesis import given
from hypothesis import strategies as st

import rigdriver
from rigdriver import formats
from rigdriver.clip import Clip
from rigdriver.edits import Edits, Record, places, taking
from rigdriver.errors import InputError
from rigdriver.formats import gltf
from rigdriver.training.takes.folder import look
from tests.edits.artist import TOUCHES, edited, exported, survived
from tests.helpers import waves
from tests.speech import HELLO, hello

SUFFIXES = (".glb", ".csv", ".anim", ".gltf")


def run(*arguments: object, cwd: Path) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "rigdriver", "drive", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=120)


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    """A folder with the line as it was and as it was recorded again, a fifth slower."""
    shutil.copy(HELLO, tmp_path / "line_v1.wav")
    soundfile.write(tmp_path / "line_v2.wav", soxr.resample(hello().samples, 16000, 19200), 16000)
    return tmp_path


def test_a_record_is_what_was_packed(driven: Clip, heard: np.ndarray) -> None:
    record = Record(driven, heard, {"seed": 7})
    again = Record.unpack(record.pack(), "it")
    assert (again.generated.fps, again.generated.start, again.made) == (driven.fps, 0, {"seed": 7})
    np.testing.assert_allclose(again.generated.values, driven.pick(again.generated.names).values, atol=6e-4)
    assert (again.heard.argmax(1) == heard.argmax(1)).mean() > 0.97
    assert record.pack() == record.pack()
    assert len(record.pack()) < 2300 * driven.duration  # bytes


@given(st.binary(max_size=300), st.integers(0, 10_000), st.integers(0, 255))
def test_no_bytes_are_a_record_unless_they_are(noise: bytes, at: int, byte: int) -> None:
    sound = bytearray(Record(waves(9)).pack())
    sound[at % len(sound)] = byte
    head = json.dumps({"version": 1, "names": ["a"], "fps": "60", "start": 0, "frames": 2**40, "heard": 0, "made": {}})
    for data in (noise, bytes(sound), lzma.compress(noise), lzma.compress(head.encode() + b"\n" + noise)):
        try:
            assert isinstance(Record.unpack(data, "it").generated, Clip)
        except InputError as error:
            assert "it: " in str(error)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_unedited_file_keeps_nothing(suffix: str, driven: Clip, heard: np.ndarray, tmp_path: Path) -> None:
    taking.write(driven, tmp_path / f"line{suffix}", heard=heard)
    found = taking.Earlier.read(tmp_path / f"line{suffix}")
    assert not [str(edit) for edit in found.edits]
    assert len(found.heard) == len(heard)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_edited_file_comes_back_from_its_own_recording(suffix: str, driven: Clip, heard: np.ndarray,
                                                         tmp_path: Path) -> None:
    taking.write(driven, tmp_path / f"line{suffix}", heard=heard)
    formats.write(edited(formats.read(tmp_path / f"line{suffix}").pick(driven.names)), tmp_path / f"line_mine{suffix}")
    earlier = taking.Earlier.read(tmp_path / f"line_mine{suffix}")
    _, kept = taking.write(driven, tmp_path / f"again{suffix}", heard=heard, earlier=earlier)
    assert kept is not None
    theirs, ours = (formats.read(tmp_path / f"{name}{suffix}") for name in ("line_mine", "again"))
    names = [name for name in theirs.names if name in ours]
    assert set(names) == set(theirs.names)
    assert np.abs(theirs.values - ours.pick(theirs.names).values).max() < 0.025
    third = taking.Earlier.read(tmp_path / f"again{suffix}").edits
    assert {edit.channel for edit in third} == {edit.channel for edit in earlier.edits}, "edits survive a third time"


def test_a_record_is_found_by_the_name_that_goes_on(tmp_path: Path) -> None:
    for name, frames in (("line", 20), ("line_2", 30), ("line_2_mi", 50), ("line_2_mine_too", 60)):
        taking.write(waves(frames), tmp_path / f"{name}.csv")
    formats.write(waves(40), tmp_path / "line_2_mine.csv")
    record = places.find(tmp_path / "line_2_mine.csv")
    assert record is not None
    assert len(record.generated) == 30
    formats.write(waves(40), tmp_path / "lonely.csv")
    assert places.find(tmp_path / "lonely.csv") is None


def test_a_note_changes_nothing_else_in_a_character(tmp_path: Path) -> None:
    gltf.write(waves(20), tmp_path / "a.glb")
    before = gltf.read(tmp_path / "a.glb")
    gltf.annotate(tmp_path / "a.glb", {"rigdriver": "hello"})
    assert gltf.annotation(tmp_path / "a.glb") == gltf.annotation(tmp_path / "a.glb", "rigdriver") == "hello"
    np.testing.assert_array_equal(gltf.read(tmp_path / "a.glb").values, before.values)
    with pytest.raises(InputError, match="no animation"):
        gltf.annotate(tmp_path / "a.glb", {"other": "x"})


@pytest.mark.parametrize("suffix", [".glb", ".csv", ".anim"])
def test_drive_keeps_an_artists_edits(suffix: str, lines: Path) -> None:
    """As an artist works: drive, edit elsewhere, record again, drive again; and once more."""
    assert run("line_v1.wav", "-o", f"line_v1{suffix}", cwd=lines).returncode == 0
    theirs = edited(rigdriver.read(lines / f"line_v1{suffix}").pick(rigdriver.drive(HELLO).names))
    theirs = theirs if suffix == ".csv" else exported(theirs, 30)
    rigdriver.write(theirs, lines / f"line_v1_edited{suffix}")
    done = run("line_v2.wav", "--keep", f"line_v1_edited{suffix}", "--json", cwd=lines)
    assert done.returncode == 0, done.stderr
    row = json.loads(done.stdout)
    assert Path(row["output"]).suffix == suffix
    assert not [conflict for conflict in row["kept"]["conflicts"] if not conflict["applied"]]
    generated, new = rigdriver.drive(lines / "line_v2.wav"), rigdriver.read(lines / row["output"])
    touches = [touch for touch in TOUCHES if touch.channel in new and touch.channel in theirs]
    assert len(touches) >= len(TOUCHES) - (suffix == ".anim")  # Unity has no head
    assert [touch.name for touch in touches if not survived(touch, theirs, new, generated, lambda t: 1.2 * t)] == []


def test_what_found_no_place_lies_beside(lines: Path) -> None:
    assert run("line_v1.wav", "-o", "line_v1.csv", cwd=lines).returncode == 0
    rigdriver.write(edited(rigdriver.read(lines / "line_v1.csv")), lines / "line_v1_edited.csv")
    sound, rate = soundfile.read(lines / "line_v1.wav", dtype="float32")
    soundfile.write(lines / "cut.wav", sound[: 2 * rate], rate)
    done = run("cut.wav", "--keep", "line_v1_edited.csv", cwd=lines)
    assert done.returncode == 0, done.stderr
    assert "kept aside" in done.stderr + done.stdout
    aside = json.loads((lines / "cut.csv.aside").read_text(encoding="utf-8"))
    assert {"browInnerUp", "noseSneerLeft"} <= {row["channel"] for row in aside["edits"]}
    spike = next(row for row in aside["edits"] if row["channel"] == "noseSneerLeft")
    assert max(value for _, value in spike["keys"]) > 0.45


@pytest.mark.parametrize("arguments, says", [
    (["--keep", "none.glb"], "none.glb: no such file"),
    (["--keep", "line_v2.wav"], "line_v2.wav"),
    (["--keep", "lonely.csv"], "--was"),
    (["--keep", "lonely.csv", "--was", "none.csv"], "none.csv: no such file"),
    (["--keep", "damaged.csv"], "no sound record"),
    (["--was", "lonely.csv"], "--was goes with --keep"),
    (["--keep", ".", "--was", "lonely.csv"], "--was names one file"),
    (["--keep", "lonely.csv", "--was", "lonely.csv", "-o", "lonely.csv"], "also the input"),
    (["line_v1.wav", "--keep", "lonely.csv", "-o", "out/"], "one edited file for 2 recordings"),
])
def test_a_slip_with_keep(arguments: list[str], says: str, lines: Path) -> None:
    formats.write(waves(60), lines / "lonely.csv")
    formats.write(waves(60), lines / "damaged.csv")
    (lines / "damaged.csv.rigdriver").write_bytes(b"no")
    done = run("line_v2.wav", *arguments, "-q", cwd=lines)
    assert done.returncode == 2, done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert says in done.stderr


def test_without_a_record_the_file_as_it_was_will_do(lines: Path, driven: Clip) -> None:
    formats.write(driven, lines / "was.csv")
    formats.write(edited(formats.read(lines / "was.csv")), lines / "mine.csv")
    done = run("line_v2.wav", "--keep", "mine.csv", "--was", "was.csv", "-o", "new.csv", cwd=lines)
    assert done.returncode == 0, done.stderr
    assert rigdriver.read(lines / "new.csv")["noseSneerLeft"].max() > 0.45


def test_a_folder_of_edited_files(lines: Path) -> None:
    (lines / "edited").mkdir()
    (lines / "again").mkdir()
    assert run("line_v1.wav", "-o", "edited/line_v1.csv", cwd=lines).returncode == 0
    rigdriver.write(edited(rigdriver.read(lines / "edited/line_v1.csv")), lines / "edited/line_v1.csv")
    for name in ("line_v1", "line_v2"):
        shutil.copy(lines / "line_v2.wav", lines / "again" / f"{name}.wav")
    done = run("again", "--keep", "edited", "-o", "out", "--format", "csv", "--json", cwd=lines)
    assert done.returncode == 0, done.stderr
    kept = [json.loads(line).get("kept") for line in done.stdout.splitlines()]
    assert [bool(one) for one in kept] == [True, False]


def test_edited_takes_are_a_data_set(tmp_path: Path, driven: Clip, heard: np.ndarray) -> None:
    """An edited GLB beside its recording is read as a take, whatever else lies there."""
    shutil.copy(HELLO, tmp_path / "line_01.wav")
    soundfile.write(tmp_path / "line_02.wav", hello().samples, 16000)
    taking.write(driven, tmp_path / "line_01.glb", heard=heard)
    gltf.write(edited(driven), tmp_path / "line_01.glb", onto=tmp_path / "line_01.glb", replace=True,
               overwrite_input=True)
    taking.write(edited(driven), tmp_path / "line_02.csv", heard=heard)
    found = look(tmp_path, lambda line: None)
    takes = {take.name: take for take in found.takes()}
    assert set(takes) == {"line_01", "line_02"}
    clip = takes["line_01"].clip
    assert clip is not None
    assert "mouthSmileLeft" in takes["line_01"].live
    smile = slice(round(2.6 * 60), round(2.9 * 60))
    assert clip["mouthSmileLeft"][smile].max() > driven["mouthSmileLeft"][smile].max() + 0.3


def test_edits_between_files_of_different_rates(driven: Clip) -> None:
    slow = exported(edited(driven), 24)
    assert {edit.channel for edit in Edits.between(driven, slow)} == {touch.channel for touch in TOUCHES}
    assert not len(Edits.between(replace(driven, start=0), exported(driven, 24)))
