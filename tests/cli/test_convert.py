"""`rigdriver convert` as it is typed: one file, folders, what is listed, what is refused."""

import json
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

import rigdriver
from rigdriver.cli import cli
from rigdriver.errors import InputError, OutputError, SettingsError
from rigdriver.resources import HEAD
from tests.glb_builder import ARKIT, face
from tests.helpers import pose, waves
from tests.programs.test_validator import ict_facekit

DATA = Path(os.environ.get("RIGDRIVER_DATA", Path(__file__).parents[3] / "shared" / "data"))


def run(*words: object) -> Result:
    return CliRunner().invoke(cli, ["convert", *map(str, words)], catch_exceptions=False, standalone_mode=False)


def takes(folder: Path) -> Path:
    """A folder of three recordings, one of them in a folder of its own and one damaged."""
    (folder / "takes" / "day2").mkdir(parents=True)
    rigdriver.write(waves(20, 30), folder / "takes" / "a.csv")
    rigdriver.write(waves(20, 60), folder / "takes" / "day2" / "b.npz")
    (folder / "takes" / "c.csv").write_text("Timecode,BlendShapeCount\n1,2\n")
    (folder / "takes" / "notes.md").write_text("not curves")
    return folder / "takes"


def test_a_folder_becomes_a_folder_and_one_bad_file_stops_no_other(tmp_path: Path) -> None:
    done = run(takes(tmp_path), tmp_path / "out", "--to-format", "json", "--json")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.return_value == 2
    assert sorted(path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.json")) == [
        "a.json", "day2/b.json"]
    assert [Path(line["source"]).name for line in lines] == ["a.csv", "c.csv", "b.npz"]
    assert "c.csv" in lines[1]["error"] and "losses" in lines[0]


def test_what_was_converted_before_is_left_out(tmp_path: Path) -> None:
    folder = takes(tmp_path)
    (folder / "c.csv").unlink()
    assert run(folder, tmp_path / "out", "--to-format", "npz").return_value == 0
    before = (tmp_path / "out" / "a.npz").stat().st_mtime_ns
    again = run(folder, tmp_path / "out", "--to-format", "npz", "--resume")
    assert "2 of 2 were converted before" in again.output
    assert (tmp_path / "out" / "a.npz").stat().st_mtime_ns == before
    newer = (tmp_path / "out" / "a.npz").stat().st_mtime + 10
    os.utime(folder / "a.csv", (newer, newer))
    assert "1 of 2 were converted before" in run(folder, tmp_path / "out", "--to-format", "npz", "--resume").output
    assert (tmp_path / "out" / "a.npz").stat().st_mtime_ns != before


def test_losses_are_listed_for_people_and_for_programs(tmp_path: Path) -> None:
    rigdriver.write(pose(3, jawOpen=0.5, tongueTipUp=0.4, headYaw=0), tmp_path / "a.npz")
    told = run(tmp_path / "a.npz", tmp_path / "b.csv").output
    assert "lost (names): Live Link Face CSV has no place for: tongueTipUp" in told
    line = json.loads(run(tmp_path / "a.npz", tmp_path / "b.csv", "--json").stdout)
    assert line["losses"] == [{"kind": "names", "words": "Live Link Face CSV has no place for",
                               "names": ["tongueTipUp"]}]
    assert run(tmp_path / "a.npz", tmp_path / "b.csv", "--quiet").output == ""


def test_formats_are_listed_with_their_options() -> None:
    told = run("--list").output
    assert "plain-json" in told and "--option: timecode" in told and "losses:" not in told


REFUSED = {
    "which format": (("takes", "out"), OutputError),
    "names a file; several": (("takes", "out.glb"), OutputError),
    "does not exist": (("takes", "missing/out", "--to-format", "csv"), OutputError),
    "would both become": (("takes/a.csv", "takes/day2/a.csv", "out", "--to-format", "csv"), OutputError),
    "would overwrite an input": (("takes", "takes", "--to-format", "csv"), OutputError),
    "a folder with no curves": (("empty", "out", "--to-format", "csv"), InputError),
    "no format 'cvs'": (("takes/a.csv", "out", "--to-format", "cvs"), OutputError),
    "no rig 'arkti'": (("takes/a.csv", "out.npz", "--rig", "arkti"), SettingsError),
    "has no option 'scale'": (("takes/a.csv", "out.npz", "--option", "scale=100"), SettingsError),
    "not a frame rate": (("takes/a.csv", "out.npz", "--fps", "x"), SettingsError),
}


@pytest.mark.parametrize("says", REFUSED)
def test_what_cannot_be_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str) -> None:
    words, error = REFUSED[says]
    folder = takes(tmp_path)
    rigdriver.write(waves(20, 30), folder / "day2" / "a.csv")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=says) as caught:
        run(*words)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("head", ["built-in", "ict"])
def test_a_real_take_onto_the_heads(tmp_path: Path, head: str) -> None:
    """What is read from the GLB is the take's, curve by curve, wherever the head has the shape."""
    take = DATA / "llf_mobu" / "alex_rom_3.csv"
    if not take.is_file():
        pytest.skip(f"needs {take}; set RIGDRIVER_DATA to the folder of the test data")
    onto = ict_facekit().write_glb(tmp_path / "ict.glb") if head == "ict" else HEAD
    before = onto.read_bytes()
    done = run(take, tmp_path / "out.glb", "--onto", onto, "--json")
    assert done.return_value == 0 and onto.read_bytes() == before
    clip, written = rigdriver.read(take), rigdriver.read(tmp_path / "out.glb")
    losses = json.loads(done.stdout)["losses"]
    lost = {name for loss in losses if loss["kind"] in ("names", "angles") for name in loss["names"]}
    shapes = [name for name in clip.names if name in ARKIT and name not in lost]
    assert len(shapes) >= 51 and set(shapes) <= set(written.names)
    np.testing.assert_allclose(written.pick(shapes).values, clip.pick(shapes).values, rtol=0, atol=1e-6)


def test_names_of_the_test_characters_shapes_are_arkits(tmp_path: Path) -> None:
    rigdriver.write(waves(5, 30, 0, ARKIT), tmp_path / "a.npz")
    hero = face().write_glb(tmp_path / "hero.glb")
    done = json.loads(run(tmp_path / "a.npz", tmp_path / "b.glb", "--onto", hero, "--json").stdout)
    assert done["formats"] == ["npz", "gltf"] and done["report"]["meshes"]


def test_a_format_whose_packages_are_not_installed_says_what_to_install(tmp_path: Path) -> None:
    """As in a plain install; a module that is None in `sys.modules` cannot be imported."""
    rigdriver.write(rigdriver.Clip(("jawOpen",), np.zeros((3, 1), np.float32), Fraction(60)), tmp_path / "a.npz")
    code = ("import sys; sys.modules['pxr'] = None; from rigdriver.cli import main; "
            f"main(['convert', {str(tmp_path / 'a.npz')!r}, {str(tmp_path / 'a.usda')!r}])")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "pip install 'rigdriver[usd]'" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
