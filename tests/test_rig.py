"""Rigs are data, read strictly; the canonical one is ARKit's list and nothing else is."""

from pathlib import Path

import numpy as np
import pytest

from rigdriver import rig
from rigdriver.errors import SettingsError

CUSTOM = """
version: 1
name: puppet
weights: {face: [mouth, lidL]}
from_arkit: {mouth: {jawOpen: 0.5, mouthClose: -0.5}, lidL: {eyeBlinkLeft: 1}}
"""


def written(folder: Path, text: str) -> Path:
    (folder / "puppet.yaml").write_text(text, encoding="utf-8")
    return folder / "puppet.yaml"


def test_the_canonical_rig() -> None:
    arkit = rig.canonical()
    weights = [channel.name for channel in arkit.channels if channel.unit == "weight"]
    assert len(weights) == 52 + 4
    assert weights[:2] == ["eyeBlinkLeft", "eyeLookDownLeft"] and weights[51] == "tongueOut"
    assert len(arkit.channels) - len(weights) == 9
    assert arkit.from_arkit is None


def test_sides_are_halves_of_the_face_not_directions() -> None:
    arkit = rig.canonical()
    sides = {name: arkit[name].side for name in ("mouthSmileLeft", "mouthLeft", "jawRight", "rightEyeYaw", "jawOpen")}
    assert sides == {"mouthSmileLeft": "left", "mouthLeft": "", "jawRight": "", "rightEyeYaw": "right", "jawOpen": ""}


@pytest.mark.parametrize("name", rig.available())
def test_every_rig_that_ships_loads(name: str) -> None:
    loaded = rig.load(name)
    assert loaded.name == name and loaded.description
    assert len(set(loaded.names)) == len(loaded.channels)


def test_facegood_there_and_back() -> None:
    """What FACEGOOD can show comes back as it went."""
    facegood, arkit = rig.load("facegood"), rig.canonical()
    curves = np.zeros(len(arkit.names), np.float32)
    for name in ("jawOpen", "mouthFunnel", "mouthSmileLeft"):
        curves[arkit.names.index(name)] = 0.4
    assert facegood.from_arkit is not None and facegood.to_arkit is not None
    np.testing.assert_allclose(curves @ facegood.from_arkit @ facegood.to_arkit, curves, atol=1e-6)


def test_a_rig_of_ones_own(tmp_path: Path) -> None:
    puppet = rig.load(written(tmp_path, CUSTOM))
    assert puppet.names == ("mouth", "lidL")
    assert puppet.from_arkit is not None
    assert puppet.from_arkit[rig.canonical().names.index("mouthClose"), 0] == -0.5


@pytest.mark.parametrize("change, says", [
    (("weights:", "wieghts:"), "did you mean 'weights'"),
    (("version: 1", "version: 3"), "version 3 is not known"),
    (("lidL]", "mouth]"), "stands twice"),
    (("jawOpen", "jawOpne"), "did you mean 'jawOpen'"),
    (("name: puppet", "name: puppet\nname: other"), "stands twice"),
    (("jawOpen: 0.5", "jawOpen: wide"), "should be a number"),
    (("[mouth, lidL]", "[no, lidL]"), "quote it"),
    (("[mouth, lidL]", "[]"), "no channel 'mouth'|lists no weights"),
    (("face: [mouth, lidL]", "face: [mouth"), "not valid YAML"),
])
def test_mistakes_are_named(tmp_path: Path, change: tuple[str, str], says: str) -> None:
    with pytest.raises(SettingsError, match=says) as raised:
        rig.load(written(tmp_path, CUSTOM.replace(*change)))
    assert "puppet.yaml" in str(raised.value)


def test_unknown_names_name_the_nearest() -> None:
    with pytest.raises(SettingsError, match="did you mean 'arkit'"):
        rig.load("arkti")


@pytest.mark.parametrize("text", ["{{x}}: 1", "version: 2023-13-45", "version: 0b_", "name: \0", "[" * 3000, "1: 2"])
def test_no_text_whatever_is_a_traceback(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError) as raised:
        rig.load(written(tmp_path, text))
    assert "\n" not in str(raised.value)


def test_powershell_text_is_read(tmp_path: Path) -> None:
    path = tmp_path / "puppet.yaml"
    path.write_text(CUSTOM, encoding="utf-16")
    assert rig.load(path).names == ("mouth", "lidL")
