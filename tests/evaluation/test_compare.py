"""`rigdriver eval CLIP --against TRUTH`, from Python and as it is typed."""

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import rigdriver
from rigdriver.cli import cli
from rigdriver.clip import Clip
from rigdriver.errors import InputError
from rigdriver.evaluation.compare import compare
from tests.evaluation.mouths import mouth


def curves(fps: int, late_s: float = 0.0, gain: float = 1.0, seconds: float = 4, start: int = 0) -> Clip:
    times = (start + np.arange(int(seconds * fps) + 1)) / fps - late_s
    jaw = 0.3 + 0.2 * np.sin(2 * np.pi * 1.3 * times) + 0.1 * np.sin(2 * np.pi * 0.4 * times)
    values = np.stack([gain * jaw, np.zeros(len(jaw))], 1).astype(np.float32)
    return Clip(("jawOpen", "cheekPuff"), values, Fraction(fps), start)


def row(made: Clip, true: Clip) -> dict[str, float]:
    return compare(made, true).tables["channels"].rows["jawOpen"]


def test_the_same_curves_at_another_rate_are_alike() -> None:
    same = row(curves(60), curves(25))
    assert same["r"] > 0.999 and same["velocity r"] > 0.99
    assert same["MAE"] < 0.002 and abs(same["lag ms"]) < 3
    assert same["speed p95"] == pytest.approx(1, abs=0.03)


def test_late_and_half_as_much() -> None:
    weak = row(curves(60, late_s=0.05, gain=0.5), curves(30))
    assert weak["lag ms"] == pytest.approx(50, abs=5)
    assert weak["p90"] == pytest.approx(0.5, abs=0.03) and weak["speed p95"] == pytest.approx(0.5, abs=0.03)
    assert weak["r"] < 0.95


def test_channels_at_rest_in_both_are_left_out() -> None:
    assert list(compare(curves(60), curves(60)).tables["channels"].rows) == ["jawOpen"]


def test_lips_are_compared_where_both_clips_have_them() -> None:
    report = compare(mouth((0.5, 0.6), (1.5, 1.6)), mouth((0.5, 0.6), (1.0, 1.1)))
    found = next(iter(report.tables["closures"].rows.values()))
    assert (found["found"], found["missed"], found["false"]) == (1, 1, 1)
    assert not compare(curves(60), curves(60)).tables["closures"].rows


def test_only_the_time_in_common_counts() -> None:
    report = compare(curves(60, seconds=1), curves(30, start=15))
    assert report.about["frames compared"] == 16
    with pytest.raises(InputError, match="0 frames of time in common"):
        compare(curves(60, seconds=1), curves(30, start=300))
    with pytest.raises(InputError, match=r"0 frames of time in common"):
        compare(Clip.header(("jawOpen",), 60), curves(30))


def test_clips_that_share_nothing() -> None:
    with pytest.raises(InputError, match=r"share no channels; the first has a, the second jawOpen, cheekPuff"):
        compare(Clip(("a",), np.zeros((9, 1), np.float32), Fraction(60)), curves(60))


def typed(*words: object) -> tuple[int, str]:
    done = CliRunner().invoke(cli, [str(word) for word in words])
    return (done.exit_code if not isinstance(done.exception, rigdriver.RigdriverError) else 2,
            done.output + str(done.exception or ""))


def test_as_typed(tmp_path: Path) -> None:
    rigdriver.write(curves(60), tmp_path / "made.npz")
    rigdriver.write(curves(25), tmp_path / "true.npz")
    code, told = typed("eval", tmp_path / "made.npz", "--against", tmp_path / "true.npz", "-o", tmp_path / "r.json")
    assert code == 0 and "| jawOpen |" in told
    saved = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert saved["tables"]["channels"]["rows"]["jawOpen"]["r"] > 0.999
    code, told = typed("eval", tmp_path / "made.npz", "--against", tmp_path / "true.npz", "--json")
    assert code == 0 and json.loads(told) == saved


def test_pictures(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    for name in ("made", "true"):
        rigdriver.write(mouth((0.5, 0.6)) if name == "made" else mouth((0.9, 1.0)), tmp_path / f"{name}.npz")
    code, _ = typed("eval", tmp_path / "made.npz", "--against", tmp_path / "true.npz", "-o", tmp_path / "out")
    assert code == 0
    there = {path.name for path in (tmp_path / "out").iterdir()}
    assert there == {"curves_clips.png", "report.json", "report.md"}


@pytest.mark.parametrize("words, says", [
    (("eval",), "name a folder of data sets"),
    (("eval", "a.npz"), "say --against"),
    (("eval", "a.npz", "--against", "b.npz", "--card", "c.md"), "--card says nothing beside --against"),
    (("eval", "a.npz", "c.npz", "--against", "b.npz"), "compares one clip with the truth, not 2"),
    (("eval", "a.npz", "--against", "b.npz", "-o", "none/here/r.json"), "does not exist"),
    (("eval", "m.onnx", "n.onnx", "data"), "one model and one folder"),
])  # fmt: skip
def test_bad_input_as_typed(words: tuple[str, ...], says: str) -> None:
    code, told = typed(*words)
    assert code == 2 and says in told
