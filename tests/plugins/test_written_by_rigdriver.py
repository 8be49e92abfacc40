"""What `rigdriver convert` writes for the plugins is what they read."""

from fractions import Fraction
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rigdriver import formats
from rigdriver.clip import Clip

NAMES = ("jawOpen", "CTRL_expressions_tongueOut", "still", "headYaw", "rightEyePitch")


def written(name: str, folder: Path) -> tuple[Clip, Path]:
    """A clip in one of rigdriver's two JSON formats, with a curve that stands still and a start before the sound."""
    values = np.random.default_rng(8).normal(0.4, 0.2, (60, len(NAMES))).astype(np.float32)
    values[:, 2] = 0.25
    clip = Clip(NAMES, values, Fraction(30000, 1001), -15)
    import_module(f"rigdriver.formats.{name}").write(clip, folder / f"{name}.json")
    return clip, folder / f"{name}.json"


@pytest.mark.parametrize("name", ["metahuman_json", "plain_json"])
def test_unreal(part: Any, tmp_path: Path, name: str) -> None:
    clip, path = written(name, tmp_path)
    read = part("files").read(path)
    assert (read.fps, read.angles) == (clip.fps, ("headYaw", "rightEyePitch"))
    assert (read.duration_s, read.offset_s) == pytest.approx((float(59 / clip.fps), float(-15 / clip.fps)))
    for curve in ("jawOpen", "CTRL_expressions_tongueOut", "still"):
        track = read.tracks[curve]
        sampled = np.interp(np.arange(60) / float(clip.fps), track.times, track.values)
        assert sampled == pytest.approx(clip[curve], abs=1e-6)


@pytest.mark.parametrize("name", ["metahuman_json", "plain_json"])
def test_unity(check: Any, tmp_path: Path, name: str) -> None:
    clip, path = written(name, tmp_path)
    found = check("parse", path)[0]
    assert (found["fps"], found["duration"], found["offset"]) == pytest.approx(
        (float(clip.fps), float(59 / clip.fps), float(-15 / clip.fps)), abs=1e-5)  # fmt: skip
    for curve in NAMES:
        times, values = (found["weights"] | found["angles"])[curve]
        assert np.interp(np.arange(60) / float(clip.fps), times, values) == pytest.approx(clip[curve], abs=1e-5)


def test_the_names_of_the_formats() -> None:
    """The READMEs tell users to say these."""
    assert {"metahuman", "plain-json", "livelink-csv"} <= {row.name for row in formats.TABLE}
