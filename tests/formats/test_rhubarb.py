"""Mouth cues: Rhubarb's three layouts, from any clip of the nine shapes and back."""

import json
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rigdriver import formats
from rigdriver.clip import Clip
from rigdriver.errors import InputError, OutputError
from rigdriver.formats.losses import Loss
from rigdriver.formats.rhubarb.cues import SHAPES
from tests.helpers import waves

LAYOUTS = ("tsv", "json", "xml")


def shown(letters: str, fps: int = 10) -> Clip:
    """A clip that shows one shape a frame."""
    values = np.array([[float(shape == letter) for shape in SHAPES] for letter in letters], np.float32)
    return Clip(SHAPES, values.reshape(len(letters), len(SHAPES)), Fraction(fps))


def seen(clip: Clip) -> str:
    return "".join(clip.names[k] for k in clip.values.argmax(axis=1))


def test_the_three_layouts_are_rhubarbs(tmp_path: Path) -> None:
    for layout in LAYOUTS:
        formats.write(shown("XXBBBDDA"), tmp_path / f"a.{layout}", "rhubarb", sound="hi & <bye>.wav")
    assert (tmp_path / "a.tsv").read_text() == "0.00\tX\n0.20\tB\n0.50\tD\n0.70\tA\n0.80\tX\n"
    said = json.loads((tmp_path / "a.json").read_text())
    assert said["metadata"] == {"soundFile": "hi & <bye>.wav", "duration": 0.8}
    assert said["mouthCues"][1] == {"start": 0.2, "end": 0.5, "value": "B"}
    root = ElementTree.parse(tmp_path / "a.xml").getroot()
    assert root.tag == "rhubarbResult" and root.findtext("metadata/soundFile") == "hi & <bye>.wav"
    assert root.findtext("metadata/duration") == "0.80"
    assert [(cue.get("start"), cue.get("end"), cue.text) for cue in root.iterfind("mouthCues/mouthCue")] == [
        ("0.00", "0.20", "X"), ("0.20", "0.50", "B"), ("0.50", "0.70", "D"), ("0.70", "0.80", "A")]  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
@given(letters=st.text(st.sampled_from(SHAPES), min_size=1, max_size=30), fps=st.sampled_from([10, 24, 30, 60, 100]))
def test_every_frame_comes_back_where_nothing_is_held(tmp_path_factory, layout: str, letters: str, fps: int) -> None:
    path = tmp_path_factory.getbasetemp() / f"r.{layout}"
    formats.write(shown(letters, fps), path, "rhubarb", hold_s=0)
    assert formats.reader(path).name == "rhubarb"
    assert seen(formats.read(path, fps=fps)) == letters


@given(letters=st.text(st.sampled_from(SHAPES), min_size=1, max_size=60))
def test_no_shape_but_a_shut_mouth_is_seen_shorter_than_it_is_held(tmp_path_factory, letters: str) -> None:
    path = tmp_path_factory.getbasetemp() / "h.json"
    formats.write(shown(letters, 60), path, "rhubarb")
    cues = json.loads(path.read_text())["mouthCues"]
    assert cues[0]["start"] == 0 and cues[-1]["end"] == pytest.approx(len(letters) / 60, abs=0.006)
    for one, after in pairwise(cues):
        assert one["end"] == after["start"] and one["value"] != after["value"]
    shut = [k for k, letter in enumerate(letters) if letter == "A"]
    again = seen(formats.read(path))
    assert all(again[k] == "A" for k in shut)
    if len(cues) > 1:
        assert all(cue["value"] == "A" or cue["end"] - cue["start"] > 0.07 - 0.011 for cue in cues)


def test_the_strongest_shape_wins_and_what_is_lost_is_said(tmp_path: Path) -> None:
    values = np.array([[0.2, 0.7, 0.3]] * 10 + [[0.9, 0.1, 0]] * 10, np.float32)
    clip = Clip(("A", "D", "jawOpen"), values, Fraction(30), -2)
    losses: list[Loss] = []
    formats.write(clip, tmp_path / "a.tsv", losses=losses)
    assert (tmp_path / "a.tsv").read_text() == "0.00\tD\n0.27\tA\n0.60\tX\n"
    assert [loss.kind for loss in losses] == ["names", "frames", "values"] and losses[0].names == ("jawOpen",)


def test_drawings_without_the_extended_shapes(tmp_path: Path) -> None:
    clip = Clip(SHAPES, np.array([[0, 0, 0.4, 0, 0, 0, 0, 0.6, 0]] * 9 + [[0] * 9] * 9, np.float32), Fraction(30))
    formats.write(clip, tmp_path / "a.tsv", extended="")
    assert (tmp_path / "a.tsv").read_text() == "0.00\tC\n0.30\tA\n0.60\tA\n"


def test_what_cannot_be_cues_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="retarget to the rig rhubarb"):
        formats.write(waves(), tmp_path / "a.tsv")
    with pytest.raises(OutputError, match="extended is some of GHX"):
        formats.write(shown("A"), tmp_path / "a.tsv", extended="Q")


DAMAGED = {
    "0.00\tX\n0.20\tQ\n0.30\tX\n": "'Q' is none of the shapes",
    "0.20\tX\n0.10\tB\n0.30\tX\n": "cue 1: begins before",
    "0.00\tX\n1e9\tB\n": "is no time in seconds",
    "nan\tX\n1\tB\n": "is no time in seconds",
    "0.00 X\n": "a time, a tab and a shape",
    "": "has no mouth cues",
}


@pytest.mark.parametrize("text", DAMAGED)
def test_damaged_cues_are_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.tsv").write_text(text)
    with pytest.raises(InputError, match=DAMAGED[text]):
        formats.read(tmp_path / "a.tsv")


def test_entities_do_not_unfold(tmp_path: Path) -> None:
    laughs = "".join(f'<!ENTITY a{k} "{f"&a{k - 1};" * 9}">' for k in range(1, 12))
    (tmp_path / "a.xml").write_text(f'<!DOCTYPE r [<!ENTITY a0 "ha">{laughs}]><rhubarbResult>&a11;</rhubarbResult>')
    with pytest.raises(InputError, match="document type or entities"):
        formats.read(tmp_path / "a.xml")
