"""Plain JSON, Unreal's curves and Audio2Face: what is specified is what is in the file, and comes back."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from rigdriver import formats
from rigdriver.clip import Clip
from rigdriver.errors import InputError, OutputError
from rigdriver.formats import audio2face, metahuman_json, plain_json
from rigdriver.formats.losses import Loss
from tests.helpers import ANGLES, WEIGHTS, assert_same, pose, waves

finite = st.floats(width=32, allow_nan=False, allow_infinity=False)
curve_names = st.lists(st.text(st.characters(exclude_categories=["Cs"])), unique=True, max_size=4)
rates = st.fractions(min_value=Fraction(1, 100), max_value=1000, max_denominator=1001)


def document(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"), parse_constant=lambda word: pytest.fail(word))


@given(curve_names, st.integers(0, 5), st.data(), rates, st.integers(-(2**40), 2**40))
def test_plain_json_loses_nothing(tmp_path_factory, names, frames: int, data, fps: Fraction, start: int) -> None:
    values = data.draw(arrays.arrays(np.float32, (frames, len(names)), elements=finite))
    path = tmp_path_factory.getbasetemp() / "a.json"
    plain_json.write(Clip(tuple(names), values, fps, start), path)
    again = formats.read(path)
    assert (again.names, again.fps, again.start) == (tuple(names), fps, start)
    np.testing.assert_array_equal(again.values, values)


def test_plain_json_is_what_it_says(tmp_path: Path) -> None:
    plain_json.write(Clip(("jawOpen", "headYaw"), np.array([[0, 0.1], [0.25, 0.1]], np.float32), Fraction(60)),
                     tmp_path / "a.json")
    assert document(tmp_path / "a.json") == {
        "format": "rigdriver-clip", "version": 1, "fps": [60, 1], "start": 0, "names": ["jawOpen", "headYaw"],
        "frames": [[0, 0.1], [0.25, 0.1]]}


@pytest.mark.parametrize("write", [plain_json.write, metahuman_json.write, audio2face.write])
def test_no_json_says_nan(tmp_path: Path, write) -> None:
    with pytest.raises(InputError, match="jawOpen is not a number at frame 1"):
        write(Clip(("jawOpen",), np.array([[0], [np.nan]], np.float32), Fraction(30)), tmp_path / "a.json")
    assert not list(tmp_path.iterdir())


def test_unreals_curves_as_specified(tmp_path: Path) -> None:
    values = np.array([[0, 0.5, 0.5], [0.25, 0.5, 0], [1, 0.5, 0]], np.float32)
    clip = Clip(("CTRL_expressions_jawOpen", "still", "headYaw"), values, Fraction(30000, 1001), -2)
    losses: list[Loss] = []
    formats.write(clip.with_column("voice", np.ones(3, np.float32)), tmp_path / "my take-1.json", "metahuman",
                  losses=losses)
    said = document(tmp_path / "my take-1.json")
    assert (said["format"], said["version"], said["name"]) == ("rigdriver-unreal-curves", 1, "my_take_1")
    assert (said["fps"], said["frames"], said["start"]) == ([30000, 1001], 3, -2)
    jaw, still, head = said["curves"]
    assert jaw == {"name": "CTRL_expressions_jawOpen", "unit": "weight", "values": [0, 0.25, 1]}
    assert still == {"name": "still", "unit": "weight", "times": [0], "values": [0.5]}
    assert head["unit"] == "degree" and head["values"] == [pytest.approx(28.6478898), 0, 0]
    assert [(loss.kind, loss.names) for loss in losses] == [("hints", ("voice",))]
    assert_same(formats.read(tmp_path / "my take-1.json"), clip, within=1e-7)


@given(frames=st.integers(1, 50), fps=st.sampled_from([24, 30, 60, Fraction(60000, 1001)]), start=st.integers(-99, 99))
def test_unreals_curves_come_back(tmp_path_factory, frames: int, fps: Fraction, start: int) -> None:
    path = tmp_path_factory.getbasetemp() / "u.json"
    clip = waves(frames, fps, start, (*WEIGHTS, *ANGLES))
    metahuman_json.write(clip, path)
    assert_same(metahuman_json.read(path), clip, within=3e-7)


def test_unreals_sparse_keys_are_straight_lines(tmp_path: Path) -> None:
    said = {"format": metahuman_json.FORMAT, "version": 1, "name": "a", "fps": [10, 1], "frames": 5, "start": 0,
            "curves": [{"name": "a", "times": [0.1, 0.3], "values": [0, 1]}]}
    (tmp_path / "a.json").write_text(json.dumps(said))
    np.testing.assert_allclose(metahuman_json.read(tmp_path / "a.json")["a"], [0, 0, 0.5, 1, 1], atol=1e-6)


UNREAL = {"format": metahuman_json.FORMAT, "version": 1, "name": "a", "fps": [10, 1], "frames": 2, "start": 0,
          "curves": [{"name": "a", "values": [0, 1]}]}


@pytest.mark.parametrize(("change", "says"), [
    ({"version": 2}, "version 1"),
    ({"fps": [0, 1]}, "'fps' should be"),
    ({"fps": 30}, "'fps' should be"),
    ({"frames": 10**9}, "'frames' should be"),
    ({"frames": 9_000_000, "curves": [{"name": str(k), "times": [0], "values": [0]} for k in range(3)]},
     "so small a file cannot mean"),
    ({"start": 0.5}, "'start' should be"),
    ({"curves": {}}, "not a list of objects"),
    ({"curves": [{"values": [0, 1]}]}, "not a list of names"),
    ({"curves": [{"name": "a", "values": [0]}]}, "'a': has 1 values for 2 frames"),
    ({"curves": [{"name": "a", "values": [0, "1"]}]}, "not a list of numbers"),
    ({"curves": [{"name": "a", "values": [0, 1e300]}]}, "too large for a curve"),
    ({"curves": [{"name": "a", "values": [0, True]}]}, "not a list of numbers"),
    ({"curves": [{"name": "a", "values": [0, 1], "times": [0, 0]}]}, "should rise"),
    ({"curves": [{"name": "a", "values": [0, 1], "unit": "radian"}]}, "'unit' should be"),
    ({"curves": UNREAL["curves"] * 2}, "names 'a' twice"),
])  # fmt: skip
def test_what_breaks_unreals_specification_is_refused(tmp_path: Path, change: dict[str, Any], says: str) -> None:
    (tmp_path / "a.json").write_text(json.dumps({**UNREAL, **change}))
    with pytest.raises(InputError, match=says):
        metahuman_json.read(tmp_path / "a.json")


A2F = {"exportFps": 30.0, "trackPath": "C:/a.wav", "numPoses": 3, "numFrames": 2,
       "facsNames": ["jawOpen", "eyeBlink_L", "jawDropLipTowards"], "weightMat": [[0.5, 1, 0.25], [0, 0.5, 0]]}


def test_the_apps_own_file_is_read(tmp_path: Path) -> None:
    newer = {**A2F, "joints": ["jaw", "eye_L"], "rotations": [[[0, 0, 0, 1]] * 2] * 2, "translations": []}
    (tmp_path / "a.json").write_text(json.dumps(newer))
    losses: list[Loss] = []
    assert formats.reader(tmp_path / "a.json").name == "audio2face"
    clip = formats.read(tmp_path / "a.json", losses=losses)
    assert clip.names == ("eyeBlinkLeft", "jawOpen", "jawDropLipTowards") and clip.fps == 30
    np.testing.assert_array_equal(clip.values, np.array([[1, 0.5, 0.25], [0.5, 0, 0]], np.float32))
    assert [str(loss) for loss in losses] == ["not read: joints, rotations: jaw, eye_L"]


def test_a_file_without_a_rate_asks_for_it(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({key: A2F[key] for key in A2F if key != "exportFps"}))
    with pytest.raises(InputError, match="say it, as the input's option fps=60"):
        formats.read(tmp_path / "a.json")
    assert formats.read(tmp_path / "a.json", fps=60).fps == 60


@pytest.mark.parametrize(("fps", "start"), [(60, 0), (Fraction(30000, 1001), 0), (30, -4), (30, 3)])
def test_what_is_written_for_the_app(tmp_path: Path, fps: Fraction, start: int) -> None:
    clip = waves(20, fps, start, (*WEIGHTS, *ANGLES))
    losses: list[Loss] = []
    formats.write(clip, tmp_path / "a.json", "audio2face", track="a.wav", losses=losses)
    said = document(tmp_path / "a.json")
    assert (said["numPoses"], said["trackPath"]) == (len(WEIGHTS), "a.wav")
    assert said["numFrames"] == len(said["weightMat"]) == 20 + start
    assert {name for loss in losses if loss.kind == "angles" for name in loss.names} == set(ANGLES)
    assert any(loss.kind == "frames" for loss in losses) == (start != 0)
    back = formats.read(tmp_path / "a.json")
    assert (back.fps, back.start) == (fps, 0)
    np.testing.assert_array_equal(back.values[max(start, 0) :], clip.pick(back.names).values[max(-start, 0) :])


def test_a_clip_an_hour_away_from_its_sound_is_not_padded(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="begins 7200 s after its sound"):
        formats.write(waves(2, 30, 30 * 7200), tmp_path / "a.json", "audio2face")


@pytest.mark.parametrize(("change", "says"), [
    ({"numFrames": 3}, "'numFrames' says 3, but 2"), ({"numPoses": "3"}, "'numPoses' says '3'"),
    ({"weightMat": [[0, 0, 0], [0, 0]]}, "row 1 does not hold 3"), ({"weightMat": 7}, "not a list of rows"),
    ({"facsNames": ["jawOpen", "JawOpen", "a"]}, "'jawOpen' twice"), ({"facsNames": ["a", "a", "b"]}, "'a' twice"),
    ({"exportFps": 0}, "no frame rate"), ({"exportFps": "30"}, "no frame rate"), ({"facsNames": None}, "list of names"),
])  # fmt: skip
def test_what_no_app_wrote_is_refused(tmp_path: Path, change: dict[str, Any], says: str) -> None:
    (tmp_path / "a.json").write_text(json.dumps({**A2F, **change}))
    with pytest.raises(InputError, match=says):
        formats.read(tmp_path / "a.json")


@pytest.mark.parametrize("lead", ["", ","])
def test_the_table_of_audio2face_3d_is_read(tmp_path: Path, lead: str) -> None:
    number = [f"{k}," if lead else "" for k in range(4)]
    rows = [f"{number[k]}{time},{value},{value / 2}" for k, (time, value) in
            enumerate(((0.0, 0), (0.033333, 0.5), (0.066667, 1), (0.133333, 0)))]  # fmt: skip
    text = f"{lead}timeCode,blendShapes.JawOpen,blendShapes.MouthSmileLeft\n" + "\n".join(rows) + "\n"
    (tmp_path / "animation_frames.csv").write_text(text)
    clip = formats.read(tmp_path / "animation_frames.csv")
    assert (clip.names, clip.fps) == (("jawOpen", "mouthSmileLeft"), 30)
    np.testing.assert_allclose(clip["jawOpen"], [0, 0.5, 1, 0.5, 0], atol=1e-4)


def test_json_in_other_encodings_is_read(tmp_path: Path) -> None:
    clip = pose(3, jawOpen=0.5)
    plain_json.write(clip, tmp_path / "a.json")
    text = (tmp_path / "a.json").read_text()
    for encoding in ("utf-8-sig", "utf-16"):
        (tmp_path / "b.json").write_text(text, encoding=encoding)
        assert_same(formats.read(tmp_path / "b.json", "plain-json"), clip)
