"""FACEGOOD as a studio would bring it: the takes it is cut into, and one short run of all that the curve is made of."""

import json
from pathlib import Path

import pytest

from rigdriver import formats
from rigdriver.errors import InputError

pytest.importorskip("torch", reason="PyTorch comes with the extra [train]")

from rigdriver.training.learning_curve import curve, studio_takes

DATA = Path(__file__).parents[2].parent / "shared" / "data"
NEEDS = pytest.mark.skipif(not (DATA / "facegood").is_dir(), reason="needs the shared data: facegood")


@NEEDS
def test_takes_are_cut_in_the_order_they_were_recorded(tmp_path: Path) -> None:
    assert studio_takes(DATA, tmp_path, 2.5) == pytest.approx(2.5, abs=0.01)
    assert sorted(path.name for path in (tmp_path / "train").glob("*.wav")) == ["1114_2_01.wav", "1114_2_02.wav"]
    assert len(formats.read(tmp_path / "validation" / "1114_2_04.npz")) == 900
    assert len(formats.read(tmp_path / "train" / "1114_2_01.npz").names) == 116


@NEEDS
def test_a_short_run_gives_a_row(tmp_path: Path) -> None:
    row, = curve(DATA, tmp_path, (0.25,), Path("none"), {"steps": 4})
    assert row["channels"] > 10 and -1 <= row["all"] <= 1 and 0.6 < row["loudness jaw"] < 0.8
    assert json.loads((tmp_path / "learning_curve.json").read_text()) == [row]
    assert curve(DATA, tmp_path, (0.25,), Path("none"), {"steps": 4}) == [row]  # not done again


def test_without_the_set_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no facegood"):
        studio_takes(tmp_path, tmp_path / "out", 1)
