"""The example recording, driven by the command, looked at in the real programs: is it what was said?"""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import rigdriver
from rigdriver.clip import Clip
from rigdriver.evaluation import metrics
from tests.programs.readers import View, assert_valid, blender_sees, difference, shoot
from tests.programs.test_browser import MOVED, regions
from tests.speech import HELLO, hello_phones

# So that only mouth and lids change a picture.
STILL_HEAD = "version: 1\nhead: {enabled: false}\ngaze: {enabled: false}\nbrows: {enabled: false}\n"


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("spoken")
    (folder / "still.yaml").write_text(STILL_HEAD, encoding="utf-8")
    command = [sys.executable, "-m", "rigdriver", "drive", str(HELLO), "-o", str(folder / "hello.glb")]
    subprocess.run([*command, "--performance", str(folder / "still.yaml"), "-q"], check=True)
    return folder / "hello.glb"


@pytest.fixture(scope="module")
def clip(spoken: Path) -> Clip:
    return rigdriver.read(spoken)


def best(clip: Clip, curve: np.ndarray, *phones: str) -> float:
    """Time of the frame inside these phones where the curve is highest."""
    inside = np.zeros(len(clip), bool)
    for phone in hello_phones():
        if phone.name in phones:
            inside |= (clip.times >= phone.start) & (clip.times <= phone.end)
    return float(clip.times[np.where(inside, curve, -1).argmax()])


def moments(clip: Clip) -> dict[str, float]:
    """In seconds: lips sealed in a /b/, the widest open vowel, lids shut; the first two with open eyes."""
    lids = np.minimum(clip["eyeBlinkLeft"], clip["eyeBlinkRight"])
    awake = lids < 0.02
    return {"closure": best(clip, awake * metrics.sealed(clip) * (1 - clip["jawOpen"]), "B"),
            "vowel": best(clip, awake * (clip["jawOpen"] - clip["mouthClose"]), "AA", "AE", "AO", "AY"),
            "blink": float(clip.times[lids.argmax()])}


def test_the_file_is_valid(spoken: Path, node: str) -> None:
    assert_valid(node, spoken)


def test_pictures_show_what_was_said(spoken: Path, clip: Clip, node: str, chromium: str, tmp_path: Path) -> None:
    boxes, times = regions(), moments(clip)
    view = View.around(*boxes["face"])
    pictures = shoot(node, chromium, spoken, list(times.values()), view, tmp_path)
    (shut, open_, _), (seeing, also_seeing, blinking) = (
        [view.crop(picture, *boxes[region]) for picture in pictures] for region in ("mouth", "eyes"))
    assert difference(shut, open_) > MOVED, "the vowel opens the mouth"
    assert open_.mean() < shut.mean(), "an open mouth is darker than shut lips"
    assert difference(blinking, seeing) > MOVED, "the blink shuts the eyes"
    assert difference(seeing, also_seeing) < MOVED / 2, "speech leaves the eyes open"


def test_blender_plays_it(spoken: Path, clip: Clip, blender: str) -> None:
    times = moments(clip)
    shut, open_, blink = (seen["keys"]["Face"] for seen in blender_sees(blender, spoken, list(times.values())))
    assert open_["jawOpen"] > shut["jawOpen"] + 0.05
    assert shut["mouthClose"] >= 0.8 * shut["jawOpen"]
    assert blink["eyeBlinkLeft"] > 0.9
    frame = round(times["vowel"] * 60)
    for name, value in open_.items():
        assert value == pytest.approx(float(clip[name][frame]), abs=1e-4)
