"""What the importer for Unreal reads, reduces and matches, and what it says of what it cannot read."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rigdriver import spelling
from rigdriver.clip import Clip
from rigdriver.formats import table_csv
from tests.plugins import mesh_names

SEQUENCE = {"format": "rigdriver-unreal-curves", "version": 1, "generator": "rigdriver", "name": "x", "fps": [60, 1],
            "frames": 4, "start": -30, "curves": [
                {"name": "CTRL_expressions_jawOpen", "unit": "weight", "values": [0, 0.25, 0.5, 0]},
                {"name": "CTRL_expressions_tongueOut", "unit": "weight", "times": [0], "values": [0.5]},
                {"name": "headYaw", "unit": "degree", "values": [0, -1.5, 0, 0]}]}  # fmt: skip
CLIP = {"format": "rigdriver-clip", "version": 1, "fps": [30000, 1001], "start": 0,
        "names": ["jawOpen", "headYaw", "voice"], "frames": [[0, 0.1, 1], [0.25, 0.1, 1]]}  # fmt: skip
loosely = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)


def wrote(folder: Path, text: str, name: str = "a.json") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_sequences_of_rigdriver(part: Any, tmp_path: Path) -> None:
    read = part("files").read(wrote(tmp_path, json.dumps(SEQUENCE)))
    assert read.fps == 60 and read.duration_s == pytest.approx(3 / 60) and read.offset_s == -0.5
    assert read.angles == ("headYaw",)
    assert read.tracks["CTRL_expressions_jawOpen"].values == [0, 0.25, 0.5, 0]
    assert read.tracks["CTRL_expressions_tongueOut"].times == [0]


def test_clips_of_rigdriver(part: Any, tmp_path: Path) -> None:
    read = part("files").read(wrote(tmp_path, json.dumps(CLIP)))
    assert set(read.tracks) == {"jawOpen", "headYaw"}, "what the model hears is no curve"
    assert read.fps == Fraction(30000, 1001) and read.angles == ("headYaw",)
    assert read.tracks["jawOpen"].times[1] == pytest.approx(1001 / 30000)


def test_audio2face_and_keys(part: Any, tmp_path: Path) -> None:
    files = part("files")
    given = {"exportFps": 30.0, "trackPath": "x.wav", "numPoses": 2, "numFrames": 2, "facsNames": ["jawOpen", "b"],
             "weightMat": [[0, 1], [0.5, 0]]}  # fmt: skip
    assert files.read(wrote(tmp_path, json.dumps(given))).tracks["jawOpen"].values == [0, 0.5]
    given = {"curves": {"a": {"times": [-0.5, 1], "values": [0, 1]}, "b": {"times": [0], "values": [2]}}}
    read = files.read(wrote(tmp_path, json.dumps(given)))
    assert read.tracks["a"].times == [0, 1.5] and read.tracks["b"].times == [0.5], "a sequence begins at 0"
    assert read.offset_s == -0.5 and read.duration_s == 1.5 and read.fps is None


@pytest.mark.parametrize("fps", [Fraction(24), Fraction(30000, 1001), Fraction(60), Fraction(120)])
def test_tables_of_rigdriver(part: Any, tmp_path: Path, fps: Fraction) -> None:
    clip = Clip(("jawOpen", "my shape, left"), np.random.default_rng(2).random((30, 2)).astype(np.float32), fps, 12)
    table_csv.write(clip, tmp_path / "a.csv")
    read = part("files").read(tmp_path / "a.csv")
    assert read.fps == fps and read.offset_s == pytest.approx(float(12 / fps), abs=1e-6)
    assert read.tracks["my shape, left"].values == pytest.approx(clip["my shape, left"].tolist(), abs=1e-6)
    assert read.tracks["jawOpen"].times[0] == 0


def recording(rows: list[str]) -> str:
    return "\n".join(["Timecode,BlendShapeCount,JawOpen,HeadYaw", *rows])


def test_timecodes(part: Any, tmp_path: Path) -> None:
    """Past midnight, with a dropped row, two rows of one frame, and FF counting in 60ths at every second frame."""
    files = part("files")
    text = recording(["23:59:59:56.652,2,0.1,0", "23:59:59:58.651,2,0.2,0", "00:00:00:00.651,2,0.3,0",
                      "00:00:00:04.651,2,0.5,0", "00:00:00:04.671,2,0.6,0"])  # fmt: skip
    read = files.read(wrote(tmp_path, text, "a.csv"))
    assert read.fps == 30 and read.angles == ("headYaw",)
    assert read.tracks["jawOpen"].times == pytest.approx([0, 1 / 30, 2 / 30, 4 / 30])
    assert read.tracks["jawOpen"].values == [0.1, 0.2, 0.3, 0.6], "of two rows of one frame the later counts"


BAD = {
    "empty": ("", "a.json"), "list": ("[1]", "a.json"), "nothing in it": ("{}", "a.json"),
    "deep": ("[" * 100_000, "a.json"), "no fps": ('{"curves": {"a": [1]}}', "a.json"),
    "NaN": ('{"fps": 30, "curves": {"a": [NaN]}}', "a.json"),
    "1e999": ('{"fps": 30, "curves": {"a": [1e999]}}', "a.json"),
    "true": ('{"fps": 30, "curves": {"a": [true]}}', "a.json"), "fps 0": ('{"fps": 0, "curves": {"a": [1]}}', "a.json"),
    "fps 1/0": ('{"fps": [1, 0], "curves": {"a": [1]}}', "a.json"),
    "fps x": ('{"fps": "x", "curves": {"a": [1]}}', "a.json"),
    "falling": ('{"curves": {"a": {"times": [1, 0], "values": [0, 0]}}}', "a.json"),
    "unequal": ('{"curves": {"a": {"times": [1], "values": [0, 0]}}}', "a.json"),
    "ragged": ('{"fps": 30, "names": ["a", "b"], "values": [[1, 2], [1]]}', "a.json"),
    "twice": ('{"fps": 30, "names": ["a", "a"], "values": [[1, 2]]}', "a.json"),
    "no frame": ('{"fps": 30, "names": ["a"], "values": []}', "a.json"),
    "start": ('{"fps": 30, "start": "x", "names": ["a"], "values": [[1]]}', "a.json"),
    "version": (json.dumps({**SEQUENCE, "version": 2}), "a.json"),
    "frames": (json.dumps({**SEQUENCE, "frames": 10**12}), "a.json"),
    "fewer": (json.dumps({**SEQUENCE, "frames": 5}), "a.json"),
    "no rate": (json.dumps({**SEQUENCE, "fps": None}), "a.json"),
    "no header": ("1,2\n3,4", "a.csv"), "cells": (recording(["00:00:00:00.000,2,0.1"]), "a.csv"),
    "timecode": (recording(["00:00,2,0.1,0"]), "a.csv"), "word": (recording(["00:00:00:00.000,2,x,0"]), "a.csv"),
    "backwards": (recording(["00:00:01:00.000,2,0,0", "00:00:00:00.000,2,0,0"]), "a.csv"),
    "still": (recording(["00:00:01:00.000,2,0,0"] * 3), "a.csv"), "jump": (
        recording(["00:00:01:00.000,2,0,0", "00:59:00:00.000,2,0,0"]), "a.csv"),
    "no rows": (recording([]), "a.csv"), "table falls": ("time_s,a\n1,0\n0,0", "a.csv"),
    "suffix": ("{}", "a.fbx"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_what_cannot_be_read_is_said_in_one_line(part: Any, tmp_path: Path, what: str) -> None:
    files = part("files")
    text, name = BAD[what]
    with pytest.raises(files.FileError) as raised:
        files.read(wrote(tmp_path, text, name))
    assert str(raised.value).startswith(name) and "\n" not in str(raised.value)


def test_files_that_are_no_text_or_not_there(part: Any, tmp_path: Path) -> None:
    files = part("files")
    (tmp_path / "a.json").write_bytes(b"\xff\xfe\x00{")
    for name in ("a.json", "none.json"):
        with pytest.raises(files.FileError):
            files.read(tmp_path / name)


@loosely
@given(st.data())
def test_mangled_files_end_in_our_own_error(part: Any, tmp_path: Path, data: st.DataObject) -> None:
    files = part("files")
    recorded = recording(["00:00:00:00.000,2,0.1,0", "00:00:00:01.000,2,0.2,0"])
    text, name = data.draw(st.sampled_from([(json.dumps(SEQUENCE), "a.json"), (json.dumps(CLIP), "a.json"),
                                            (recorded, "a.csv"), ("time_s,a\n0,1\n1,2\n", "a.csv")]))  # fmt: skip
    at = data.draw(st.integers(0, len(text)))
    cut = data.draw(st.integers(0, 8))
    put = data.draw(st.text(st.sampled_from('0123456789eE.,-+:"[]{}\n nNaIf/xü'), max_size=6))
    try:
        read = files.read(wrote(tmp_path, text[:at] + put + text[at + cut :], name))
    except files.FileError:
        return
    for track in read.tracks.values():
        assert len(track.times) == len(track.values)
        assert all(b > a for a, b in zip(track.times, track.times[1:])) and all(np.isfinite(track.values))


@loosely
@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=80), st.sampled_from([0.0, 0.0005, 0.01, 0.2]))
def test_fewer_keys_stay_within_the_tolerance(part: Any, values: list[float], tolerance: float) -> None:
    times = [k / 60 for k in range(len(values))]
    kept_times, kept = part("keys").reduced(times, values, tolerance)
    assert kept_times[0] == 0 and (len(set(kept)) == 1 or kept_times[-1] == times[-1])
    assert set(kept_times) <= set(times) and len(kept) == len(kept_times)
    assert np.abs(np.interp(times, kept_times, kept) - values).max() <= tolerance + 1e-7


def test_straight_and_still_curves_need_few_keys(part: Any) -> None:
    reduced = part("keys").reduced
    times = [k / 64 for k in range(65)]
    assert len(reduced(times, [0.25] * 65, 0.0)[0]) == 1
    assert len(reduced(times, [0.0] * 30 + [1.0] + [0.0] * 34, 0.0)[0]) == 5
    assert len(reduced(times, [k / 64 for k in range(65)], 0.0)[0]) == 2


def test_names_are_matched_as_rigdriver_matches_them(part: Any) -> None:
    theirs = part("spelling")
    for targets, channels in mesh_names.meshes():
        wanted, found = spelling.match(targets, channels), theirs.match(targets, channels)
        assert (found.channels, found.ambiguous) == (wanted.channels, wanted.ambiguous), (targets, channels)
        for target in targets:
            assert theirs.find(target, channels) == spelling.find(target, channels), (target, channels)


def test_the_meshes_try_every_rule() -> None:
    assert all(count > 100 for count in mesh_names.decided(mesh_names.meshes()).values())
