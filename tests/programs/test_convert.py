"""A Live Link Face recording converted onto the built-in head and onto ICT's, by the command: is it what was recorded?

The real recording and the real ICT head are used where the test data lies, equivalents of ours everywhere else.
"""

import csv
import re
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import rigdriver
from rigdriver import resources
from rigdriver.clip import Clip
from rigdriver.formats import livelink_csv
from rigdriver.rig import DIRECTIONS
from tests.glb_builder import ARKIT, Builder, face
from tests.helpers import ANGLES, waves
from tests.programs.readers import assert_valid, blender_sees, three_sees
from tests.programs.test_validator import DATA, ict_facekit

LOOKED_AT = 4  # frames, spread over the take
SPLIT = ("browInnerUp", "cheekPuff")  # shapes that ICT-FaceKit has in two halves


def like_ict() -> Builder:
    """A face with the names that ICT-FaceKit gives its shapes."""
    names = [half for name in ARKIT for half in ([f"{name}_L", f"{name}_R"] if name in SPLIT else [ict_name(name)])]
    return face([*names, "eyeShut_more"])


def ict_name(name: str) -> str:
    if name in DIRECTIONS:
        return name
    return re.sub("(Left|Right)$", lambda side: f"_{side.group()[0]}", name)


def recorded(folder: Path) -> Path:
    """Like the app: its names and order, 60 rows a second, which begin at some time of day."""
    path = folder / "take.csv"
    livelink_csv.write(waves(240, 60, names=(*ARKIT, *ANGLES)), path)
    return path


@pytest.fixture(scope="module", params=["ours", "real"])
def take(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if request.param == "ours":
        return recorded(tmp_path_factory.mktemp("take"))
    path = DATA / "llf_mobu" / "alex_rom_3.csv"
    if not path.is_file():
        pytest.skip(f"needs {path}; set RIGDRIVER_DATA to the folder of the test data")
    return path


@pytest.fixture(scope="module", params=["head", "like ICT", "ICT"])
def character(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("character")
    if request.param == "head":
        return resources.HEAD
    return (like_ict() if request.param == "like ICT" else ict_facekit()).write_glb(folder / "ict.glb")


def rows_of(take: Path) -> dict[str, np.ndarray]:
    """Columns of the recording by the app's own names, read without any of our code."""
    with take.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    table = np.array([line[2:] for line in lines[1:] if line], float)
    return {name: table[:, k] for k, name in enumerate(lines[0][2:])}


def shown_by(target: str, columns: dict[str, np.ndarray]) -> str | None:
    """The app's column that a target of either head means: JawOpen for jawOpen, MouthSmileLeft for mouthSmile_L."""
    name = target[:1].upper() + target[1:]
    halves = [half for half in SPLIT if target in (f"{half}_L", f"{half}_R")]
    if halves:
        return halves[0][:1].upper() + halves[0][1:]
    name = name.removesuffix("_L") + "Left" if name.endswith("_L") else name
    name = name.removesuffix("_R") + "Right" if name.endswith("_R") else name
    return name if name in columns else None


def test_the_character_shows_what_was_recorded(
    take: Path, character: Path, node: str, chromium: str, blender: str, tmp_path: Path
) -> None:
    out = tmp_path / "out.glb"
    command = [sys.executable, "-m", "rigdriver", "convert", str(take), str(out), "--onto", str(character)]
    subprocess.run(command, check=True, capture_output=True)
    assert_valid(node, out)
    clip: Clip = rigdriver.read(out)
    columns = rows_of(take)
    assert clip.fps in (60, 30, Fraction(60000, 1001))
    rows = len(columns["JawOpen"])
    frames = np.linspace(0, rows - 1, LOOKED_AT).astype(int)
    stamps = rigdriver.read(take)
    times = [float(at) for at in stamps.times[np.linspace(0, len(stamps) - 1, LOOKED_AT).astype(int)]]
    if len(stamps) != rows:  # rows that the app left out were filled in: look at what was read
        columns = {name[:1].upper() + name[1:]: stamps[name] for name in stamps.names}
        frames = np.linspace(0, len(stamps) - 1, LOOKED_AT).astype(int)
    three = [seen["weights"]["Face"][0] for seen in three_sees(node, chromium, out, times)]
    shapes = [seen["keys"]["Face"] for seen in blender_sees(blender, out, times)]
    compared = 0
    for frame, by_three, by_blender in zip(frames, three, shapes):
        for target in by_three:
            column = shown_by(target, columns)
            value = 0.0 if column is None else float(columns[column][frame])
            assert by_three[target] == pytest.approx(value, abs=5e-4), (target, frame)
            assert by_blender[target] == pytest.approx(min(max(value, 0), 1), abs=5e-4), (target, frame)
            compared += column is not None
    assert compared >= LOOKED_AT * 50
