"""VRM characters and VRM Animation in three-vrm: files stay valid, expressions and bones do what was written."""

from pathlib import Path

import numpy as np
import pytest

from rigdriver import formats
from rigdriver.clip import Clip
from rigdriver.rotation import from_angles
from tests.glb_builder import avatar
from tests.helpers import waves
from tests.programs.readers import assert_valid, three_sees

EXPRESSIONS = {
    "aa": {"Fcl_1": 1.0}, "ou": {"Fcl_2": 0.75}, "blink": {"Fcl_3": 1.0, "Fcl_4": 0.5}, "happy": {"Fcl_1": 0.25},
    "JawOpen": {"Fcl_5": 1.0}, "MouthSmileLeft": {"Fcl_6": 0.5},
}  # fmt: skip
PRESETS = ("aa", "ou", "blink", "happy")
TURNS = ("headYaw", "headPitch", "headRoll")
FRAMES, TIMES = (0, 20, 59), (0.0, 20 / 60, 59 / 60)


def spoken() -> Clip:
    clip = waves(60, 60, names=(*PRESETS, "jawOpen", "mouthSmileLeft", *TURNS, "leftEyeYaw", "leftEyePitch"))
    clip.values[:, :6] *= 0.6  # so that what adds up on one target stays below 1
    return clip


@pytest.fixture(scope="module", params=[0, 1])
def hero(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return avatar(request.param, EXPRESSIONS).write_glb(tmp_path_factory.mktemp("vrm") / f"vrm{request.param}.vrm")


def test_a_driven_vrm_is_still_a_vrm(hero: Path, node: str, chromium: str, tmp_path: Path) -> None:
    clip, out = spoken(), tmp_path / "out.vrm"
    formats.write(clip, out, onto=hero)
    assert_valid(node, hero, out)
    for frame, seen in zip(FRAMES, three_sees(node, chromium, out, TIMES)):
        assert set(seen["expressions"]) >= set(EXPRESSIONS)
        found = seen["weights"]["Face"][0]
        row = {name: float(clip[name][frame]) for name in clip.names}
        sums = {"Fcl_1": row["aa"] + 0.25 * row["happy"], "Fcl_2": 0.75 * row["ou"], "Fcl_3": row["blink"],
                "Fcl_4": 0.5 * row["blink"], "Fcl_5": row["jawOpen"], "Fcl_6": 0.5 * row["mouthSmileLeft"]}
        for target, value in sums.items():
            assert found[target] == pytest.approx(value, abs=2e-4), (target, frame)


def test_a_vrma_plays_on_an_avatar(hero: Path, node: str, chromium: str, tmp_path: Path) -> None:
    clip, motion = spoken(), tmp_path / "talk.vrma"
    formats.write(clip, motion, onto=hero)
    assert_valid(node, motion)
    names = {**{name: name for name in PRESETS}, "jawOpen": "JawOpen", "mouthSmileLeft": "MouthSmileLeft"}
    is_old = hero.stem == "vrm0"
    for frame, seen in zip(FRAMES, three_sees(node, chromium, hero, TIMES, motion=motion)):
        for name, expression in names.items():
            assert seen["expressions"][expression] == pytest.approx(float(clip[name][frame]), abs=2e-4), expression
        head = from_angles(*(clip[name][frame] for name in TURNS)) * ([-1, 1, -1, 1] if is_old else [1, 1, 1, 1])
        assert abs(np.dot(seen["head"], head)) == pytest.approx(1, abs=1e-5)
        looked = np.degrees([clip["leftEyeYaw"][frame], clip["leftEyePitch"][frame]])
        np.testing.assert_allclose(seen["gaze"], looked, atol=0.02)
