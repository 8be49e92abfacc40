"""A real recording converted onto two heads: the files are valid, and Blender shows the recorded weights."""

from pathlib import Path

import numpy as np
import pytest

from rigdriver import formats
from rigdriver.conversion import Conversion, convert
from rigdriver.resources import HEAD
from rigdriver.spelling import match
from tests.formats.test_livelink_csv import take
from tests.programs.readers import assert_valid, blender_sees
from tests.programs.test_validator import ict_facekit

TAKE, FRAMES = "alex_rom_3.csv", (0, 300, 599)
SEEN = {"built-in": 51, "ict": 50}  # shapes of the face's mesh that a take of 61 curves reaches at least


@pytest.mark.parametrize("head", SEEN)
def test_blender_shows_the_recorded_weights(head: str, blender: str, node: str, tmp_path: Path) -> None:
    """Twenty seconds of range of motion, cut out of a Live Link Face recording."""
    onto = HEAD if head == "built-in" else ict_facekit().write_glb(tmp_path / "ict.glb")
    convert(take(TAKE), tmp_path / "out.glb", Conversion(onto=onto, first_s=40, last_s=60))
    assert_valid(node, tmp_path / "out.glb")
    clip = formats.read(take(TAKE)).cut(40 * 30, 60 * 30 + 1)
    for frame, seen in zip(FRAMES, blender_sees(blender, tmp_path / "out.glb", [frame / 30 for frame in FRAMES])):
        keys = list(seen["keys"]["Face"])
        known = {key: curve for key, curve in zip(keys, match(keys, clip.names).channels) if curve}
        assert len(set(known.values())) >= SEEN[head]
        values = np.array([seen["keys"]["Face"][key] for key in known])
        np.testing.assert_allclose(values, [clip[curve][frame] for curve in known.values()], atol=1e-4)
