"""Plain tables: any rig's curves, as a spreadsheet or a Maya script would write them."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from rigdriver import formats
from rigdriver.clip import Clip
from rigdriver.errors import InputError
from tests.helpers import assert_same, round_trip, waves

OWN = ("CTRL_jaw", "CTRL lips, round", "Mund_offen")


@pytest.mark.parametrize("fps", [24, 25, 30, 60, Fraction(30000, 1001), Fraction(24000, 1001), 100])
def test_curves_come_back_by_suffix_alone(tmp_path: Path, fps: Fraction) -> None:
    clip = waves(200, fps, 3, OWN)
    assert_same(round_trip(Clip(clip.names, clip.values * 30 - 10, fps, 3), tmp_path / "a.csv"),
                Clip(clip.names, clip.values * 30 - 10, fps, 3), within=1e-5)


def test_arkit_curves_may_be_a_table_when_asked(tmp_path: Path) -> None:
    clip = waves(9, 24)
    formats.write(clip, tmp_path / "a.csv", format="table")
    assert_same(formats.read(tmp_path / "a.csv"), clip, within=1e-6)


def test_hand_made_tables_are_read(tmp_path: Path) -> None:
    path = tmp_path / "maya.csv"
    path.write_bytes("\ufeffTime, jaw ,lips\r\n0.000,0,1\r\n0.033,0.5,1\r\n0.067,1,1\r\n0.1,0,0\r\n".encode())
    clip = formats.read(path)
    assert (clip.names, clip.fps, clip.start) == (("jaw", "lips"), 30, 0)
    np.testing.assert_array_equal(clip["jaw"], np.array([0, 0.5, 1, 0], np.float32))


@pytest.mark.parametrize(("text", "says"), [
    ("time,a\n0,1\n", "does not say its frame rate"),
    ("time,a\n0,1\n0,2\n", "do not advance"),
    ("time,a\n0,1\n0.1,2\n0.5,3\n0.6,3\n", "not evenly spaced"),
    ("time,a\n0,1\n0.1,x\n", "line 3"),
    ("time,a\n0,1\n0.1,nan\n", "line 3: holds a value that is not a number"),
    ("time,a\n0,1\n0.1\n", "line 3: has 1 cells"),
    ("time,a,a\n0,1,1\n0.1,1,1\n", "names stand twice"),
])
def test_damage_is_one_line(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(InputError, match=says):
        formats.read(tmp_path / "a.csv")
