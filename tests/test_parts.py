"""A face in parts: they add up to the whole, each is what its switch adds, and each becomes a file of its own."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from rigdriver import choose, formats, parts, performance, pipeline
from rigdriver.audio import Audio
from rigdriver.cli.drive import command
from rigdriver.clip import HINTS, Clip
from rigdriver.edits import places
from rigdriver.errors import RigdriverError
from rigdriver.pipeline import Drive
from tests.speech import HELLO, hello

DIRECTED = "1 blink; 1.5 look left; 2.3 anger .8 over .5"


def told(*sets: str) -> Drive:
    made = performance.changed(performance.load(None, None), choose.overrides(["joy=.5"], sets), "a test")
    return choose.way(made, fps="30", seed=3)


@pytest.fixture(scope="module")
def parted() -> dict[str, Clip]:
    return parts.drive(hello(), told())


def test_parts_add_up_to_the_whole_face(parted: dict[str, Clip]) -> None:
    whole = pipeline.drive(hello(), told()).without(HINTS)
    assert tuple(parted) == parts.PARTS
    total = sum(clip.values.astype(np.float64) for clip in parted.values())
    assert {(clip.names, clip.fps, clip.start) for clip in parted.values()} == {(whole.names, whole.fps, whole.start)}
    np.testing.assert_allclose(total, whole.values, atol=1e-5)


@pytest.mark.parametrize("lowest", [1, 3])
def test_lower_parts_are_the_face_with_the_others_switched_off(parted: dict[str, Clip], lowest: int) -> None:
    less = pipeline.drive(hello(), told(*(f"{part}.enabled=false" for part in parts.PARTS[lowest:])))
    total = sum(parted[part].values for part in parts.PARTS[:lowest])
    np.testing.assert_allclose(total, less.without(HINTS).values, atol=1e-5)


def test_each_part_moves_its_own(parted: dict[str, Clip]) -> None:
    def most(part: str, name: str) -> float:
        return float(np.abs(parted[part][name]).max())
    assert most("blink", "eyeBlinkLeft") > 0.5 and most("speech", "eyeBlinkLeft") < 0.2
    assert most("head", "headYaw") > 0.01 and most("gaze", "leftEyeYaw") > 0.01
    assert most("emotion", "mouthSmileLeft") > 0.1 and most("speech", "jawOpen") > 0.2
    assert not parted["speech"]["headYaw"].any()


def test_what_is_directed_comes_in_its_part() -> None:
    """A blink that is asked for is no fault where blinks are switched off for the parts below."""
    way = choose.way(performance.load(None, None), fps="30", seed=3, direct=DIRECTED)
    parted = parts.drive(hello(), way)
    assert parted["blink"]["eyeBlinkLeft"][30:45].max() > 0.5
    assert np.abs(parted["emotion"].values[75:]).max() > 0.1


def test_a_recording_in_blocks_is_the_same(parted: dict[str, Clip], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "BLOCK_S", 1)
    for part, clip in parts.drive(Audio(hello().samples, hello().rate), told()).items():
        np.testing.assert_allclose(clip.values, parted[part].values, atol=2e-4)


def run(*arguments: object, refused: bool = False) -> str:
    """What it prints, or the line that it refuses with."""
    try:
        return CliRunner().invoke(command, [*map(str, arguments)], catch_exceptions=False).output
    except RigdriverError as error:
        assert refused, error
        return str(error)


def test_a_file_for_each_layer(parted: dict[str, Clip], tmp_path: Path) -> None:
    lines = run(HELLO, "-o", tmp_path / "line.json", "--format", "plain-json", "--layers", "--fps", 30, "--seed", 3,
                "--emotion", "joy=.5", "--json", "-q").splitlines()
    assert [json.loads(line)["layer"] for line in lines] == list(parts.PARTS)
    for part, clip in parted.items():
        path = tmp_path / f"line.{part}.json"
        read, record = formats.read(path), places.of(path)
        np.testing.assert_allclose(read.values, clip.values, atol=1e-5)
        assert record and len(record.heard) and np.abs(record.generated.values - clip.values).max() <= 6e-4
    assert not (tmp_path / "line.json").exists()


def test_edits_of_a_layer_are_kept_in_it(parted: dict[str, Clip], tmp_path: Path) -> None:
    asked = (HELLO, "--format", "csv", "--layers", "--fps", 30, "--seed", 3, "--emotion", "joy=.5")
    (tmp_path / "was").mkdir()
    run(*asked, "-o", tmp_path / "was" / "line.csv")
    place = tmp_path / "was" / "line.blink.csv"
    clip = formats.read(place)
    clip.values[40:70, clip.names.index("cheekPuff")] = 0.6
    formats.write(clip, place, "csv")
    said = run(*asked, "-o", tmp_path / "line.csv", "--keep", tmp_path / "was")
    assert "kept 1 of 1 edits" in said and said.count("kept 0 of 0") == 4
    seen = {part: formats.read(tmp_path / f"line.{part}.csv") for part in ("blink", "gaze")}
    assert seen["blink"]["cheekPuff"][45:65] == pytest.approx(0.6, abs=1e-3) and not seen["gaze"]["cheekPuff"].any()


def test_what_does_not_go_with_layers_is_said_in_a_line(tmp_path: Path) -> None:
    out = ("-o", tmp_path / "a.csv", "--layers")
    assert "run without --layers" in run(HELLO, *out, "--report", refused=True)
    assert "line alone" in run(HELLO, *out, "--dialogue", refused=True)
    run(HELLO, "-o", tmp_path / "was.csv")
    assert "give a folder" in run(HELLO, *out, "--keep", tmp_path / "was.csv", refused=True)
