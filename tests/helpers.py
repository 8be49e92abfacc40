"""A few tiny clips, and the checks that every format's tests share."""

from fractions import Fraction
from pathlib import Path

import numpy as np

from rigdriver import formats
from rigdriver.clip import Clip
from rigdriver.rig import canonical

WEIGHTS = tuple(channel.name for channel in canonical().channels if channel.unit == "weight")
ANGLES = tuple(channel.name for channel in canonical().channels if channel.unit == "radian")
TONGUE = ("tongueTipUp", "tongueBodyUp", "tongueBackUp", "tongueDown")


def waves(frames: int = 40, fps: Fraction | int = 30, start: int = 0, names: tuple[str, ...] = WEIGHTS) -> Clip:
    """Smooth curves, every one different: weights in 0..1, angles in ±0.4."""
    time = np.arange(frames)[:, None] / 7.0
    phase = np.arange(len(names))[None, :] * 0.61
    wave = np.sin(time + phase)
    is_angle = np.array([name in ANGLES for name in names], bool)
    values = np.where(is_angle[None, :], 0.4 * wave, 0.5 + 0.5 * wave)
    return Clip(names, values.astype(np.float32), Fraction(fps), start)


def pose(frames: int = 2, fps: int = 30, **curves: float) -> Clip:
    """A clip that holds some curves: pose(jawOpen=1)."""
    return Clip(tuple(curves), np.tile(np.array([list(curves.values())], np.float32), (frames, 1)), Fraction(fps))


def round_trip(clip: Clip, path: Path, **options: object) -> Clip:
    """The clip, written in the format of that suffix and read again."""
    formats.write(clip, path, **options)
    return formats.read(path)


def assert_same(got: Clip, expected: Clip, within: float = 0.0) -> None:
    """Same curves, rate, place and values; the order of the curves is free."""
    assert set(got.names) == set(expected.names)
    assert (got.fps, got.start, len(got)) == (expected.fps, expected.start, len(expected))
    np.testing.assert_allclose(got.pick(expected.names).values, expected.values, rtol=0, atol=within)
