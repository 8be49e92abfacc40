"""An artist's round trip through Blender: what it does to a file by itself is no edit, and what was edited survives."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from click.testing import CliRunner

from rigdriver import formats, pipeline
from rigdriver.choose import way
from rigdriver.cli.drive import command
from rigdriver.edits import taking
from rigdriver.pipeline import Drive
from tests.speech import hello

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def usual() -> Drive:
    return way()


@pytest.fixture(scope="module")
def line(usual: Drive, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example's line on the built-in head."""
    path = tmp_path_factory.mktemp("lines") / "line.glb"
    taking.write(pipeline.drive(hello(), usual), path, heard=pipeline.phones(hello(), usual.model))
    return path


def through_blender(blender: str, line: Path, fps: int, *edit: str) -> Path:
    out = line.with_name(f"line_{fps}_{'_'.join(edit)}.glb")
    flags = ["-b", "--factory-startup", "-noaudio", "--python-exit-code", "1", "--python"]
    command = [blender, *flags, str(HERE / "blender_edit.py"), "--", str(line), str(out), str(fps), *edit]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    return out


@pytest.mark.parametrize("fps", [24, 60])
def test_saving_again_is_no_edit(fps: int, blender: str, line: Path) -> None:
    found = taking.Earlier.read(through_blender(blender, line, fps))
    assert [str(edit) for edit in found.edits] == []


@pytest.mark.parametrize("fps", [24, 60])
def test_keys_that_were_changed_in_blender_are_still_there_after_a_new_recording(
        fps: int, blender: str, line: Path, usual: Drive) -> None:
    earlier = taking.Earlier.read(through_blender(blender, line, fps, "edit"))
    assert {edit.channel for edit in earlier.edits} == {"mouthSmileLeft", "eyeBlinkLeft"}
    speech, out = line.with_name("again.wav"), line.with_name(f"again_{fps}.glb")
    soundfile.write(speech, soxr.resample(hello().samples, 16000, 16000 * 1.2), 16000)
    generated = pipeline.drive(speech, usual)
    words = [str(speech), "-o", str(out), "--keep", str(earlier.path)]
    told = CliRunner().invoke(command, words, catch_exceptions=False)
    assert "kept 2 of 2 edits" in told.output and "look at" not in told.output
    new, at = formats.read(out), round(2.75 * 1.2 * 60)
    was = earlier.edits.edited["mouthSmileLeft"].max()
    assert was > 0.4
    assert new["mouthSmileLeft"][at - 4 : at + 5].max() == pytest.approx(was, abs=0.03)
    assert new["eyeBlinkLeft"][round(2.6 * 1.2 * 60) : round(3.2 * 1.2 * 60)].max() < 0.02
    untouched = [name for name in new.names if name in generated and name not in ("mouthSmileLeft", "eyeBlinkLeft")]
    assert np.abs(new.pick(untouched).values - generated.pick(untouched).values).max() < 1e-3
