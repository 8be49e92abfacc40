"""One curve, many spellings: what is one is found, what is not is left alone."""

import os
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rigdriver.rig import DIRECTIONS, canonical
from rigdriver.spelling import find, match, words

NAMES = canonical().names
DATA = Path(os.environ.get("RIGDRIVER_DATA", Path(__file__).parents[2] / "shared" / "data"))
SAME = {
    "jawOpen": ["jawOpen", "JawOpen", "jaw_open", "JAW OPEN", "jaw-open", "JAWOPEN", "blendShape1.jawOpen",
                "Face.M_JawOpen", "head_geo:jawOpen", "Face.M_F00_000_00_JawOpen", "rig|head|jaw_open", "M_JawOpen"],
    "mouthSmileLeft": ["mouthSmile_L", "mouthSmileLeft", "MouthSmile_Left", "mouth_smile_l", "mouthSmileL",
                       "head.mouthSmile_L", "geo_mouthSmile_L", "MouthSmileLeft", "mouthsmileleft",
                       "L_mouthSmile", "Left_Mouth_Smile", "mouth_L_smile", "leftMouthSmile"],
    "eyeLookOutRight": ["eyeLookOut_R", "EyeLookOutRight", "eye_look_out_right", "EYE LOOK OUT R"],
    "mouthLeft": ["MouthLeft", "mouth_left", "mouthleft", "head:mouthLeft"],
    "browInnerUp": ["browInnerUp", "BrowInnerUp", "brow_inner_up"],
    "tongueOut": ["tongueOut", "TongueOut"],
}  # fmt: skip
OTHER = ["mouth_L", "jaw_R", "L_mouth", "left_jaw", "eyeLookLeft_R", "L_R_mouthSmile",
         "mouthL", "upper_jaw_left", "jawOpen_mouthClose", "jawOpenWide", "viseme_aa", "", "_",
         "あ", "left", "L", "PupilDilate_L", "cheekRaiser_L", "a" * 300, "_" * 5000, "jawOpen" * 60]  # fmt: skip


@pytest.mark.parametrize("channel", SAME)
def test_spellings_of_one_curve(channel: str) -> None:
    for spelling in SAME[channel]:
        assert match([spelling], NAMES).channels == (channel,), spelling
        assert find(spelling, NAMES) == channel, spelling


@pytest.mark.parametrize("name", OTHER, ids=lambda name: name[:20] or "nothing")
def test_other_names_are_left_alone(name: str) -> None:
    assert match([name], NAMES).channels == (None,)


def test_halves_of_a_shape_are_both_driven_by_the_whole() -> None:
    halves = ["browInnerUp_L", "browInnerUp_R", "cheekPuff_L", "head:cheekPuffRight", "tongueOut_L"]
    assert match(halves, NAMES).channels == ("browInnerUp", "browInnerUp", "cheekPuff", "cheekPuff", "tongueOut")
    assert find("browInnerUp_L", NAMES) is None  # a column of a table is one curve or another, never half of one


def test_the_nearest_spelling_wins_and_halves_come_last() -> None:
    targets = ["browInnerUp_L", "BrowInnerUp", "geo_browInnerUp", "browInnerUp"]
    assert match(targets, NAMES).channels == (None, None, None, "browInnerUp")
    assert not match(targets, NAMES).ambiguous


def test_two_claims_as_good_as_each_other_are_ambiguous() -> None:
    found = match(["Jaw_Open", "mouthClose", "JAW_OPEN", "jaw-open"], NAMES)
    assert found.channels == ("jawOpen", "mouthClose", None, None)
    assert found.ambiguous == (("JAW_OPEN", "jawOpen"), ("jaw-open", "jawOpen"))


def test_a_rig_of_other_names_is_matched_as_well() -> None:
    assert find("CTRL_expressions_browDownL", ["CTRL_expressions_browDownL"]) == "CTRL_expressions_browDownL"
    assert find("viseme_aa", ["aa", "oh"]) == "aa"


@given(st.permutations(NAMES))
def test_order_does_not_matter_where_nothing_is_ambiguous(names: list[str]) -> None:
    assert match(names, NAMES).channels == tuple(names)


@given(st.sampled_from(NAMES), st.sampled_from(["", "_", " ", "-"]), st.sampled_from([str.lower, str.upper, str.title]),
       st.sampled_from(["", "blendShape1.", "head_geo:", "a|b|"]))  # fmt: skip
def test_any_way_of_joining_words_is_read(name: str, joint: str, case, prefix: str) -> None:
    assert find(prefix + joint.join(case(word) for word in words(name)), NAMES) == name


@pytest.mark.parametrize("name", [n for n in NAMES if n.endswith(("Left", "Right")) and n not in DIRECTIONS])
def test_sides_may_be_short(name: str) -> None:
    stem, side = name.removesuffix("Left").removesuffix("Right"), "L" if name.endswith("Left") else "R"
    for joint in ("_", "", " ", "-"):
        assert find(stem + joint + side, NAMES) == name


@given(st.text(max_size=40))
def test_any_text_is_read_without_complaint(text: str) -> None:
    match([text, text], NAMES)


def test_names_of_ict_facekit() -> None:
    path = DATA / "ict_facekit" / "ict_arkit_shapes.npz"
    if not path.is_file():
        pytest.skip(f"needs {path}; set RIGDRIVER_DATA to the folder of the test data")
    targets = [str(name) for name in np.load(path)["names"]]
    found = match(targets, NAMES)
    left = [target for target, channel in zip(targets, found.channels) if not channel]
    assert left == ["PupilDilate_L", "PupilDilate_R", "cheekRaiser_L", "cheekRaiser_R"]
    weights = {channel.name for channel in canonical().channels if channel.unit == "weight"}
    assert weights - set(found.channels) == {"tongueOut", "tongueTipUp", "tongueBodyUp", "tongueBackUp", "tongueDown"}
    assert not found.ambiguous


@pytest.mark.parametrize("spell", [
    "hero_face_{}", "Hero Face {}", "{}_BS", "pre.mesh:{}_shape_01", "MyHead__{}", "H.{}-morph",
])
def test_what_all_names_share_is_no_part_of_any(spell: str) -> None:
    snake = ["_".join(words(name)) for name in NAMES]
    for names in (list(NAMES), snake, snake[::-1]):
        want = NAMES if names[0] in (NAMES[0], snake[0]) else NAMES[::-1]
        assert match([spell.format(name) for name in names], NAMES).channels == tuple(want)


@pytest.mark.parametrize("targets, channels", [
    ("hero_mouth_close hero_mouth_funnel hero_mouth_pucker hero_mouth_smile_L",
     "mouthClose mouthFunnel mouthPucker mouthSmileLeft"),
    ("rig_jaw_open_BS rig_mouth_open_BS rig_mouth_close_BS rig_mouth_smile_L_BS",
     "jawOpen - mouthClose mouthSmileLeft"),
    ("hero_face_mouth_smile_L hero_face_brow_down_L hero_face_eye_blink_L hero_face_cheek_squint_L",
     "mouthSmileLeft browDownLeft eyeBlinkLeft cheekSquintLeft"),
    ("L_mouth_smile_BS L_brow_down_BS L_eye_blink_BS L_cheek_squint_BS",
     "mouthSmileLeft browDownLeft eyeBlinkLeft cheekSquintLeft"),
    ("hero_L_mouth_smile hero_L_brow_down hero_L_brow_inner_up hero_L_jaw",
     "mouthSmileLeft browDownLeft browInnerUp -"),
    ("upper_mouth_left upper_mouth_close upper_jaw_open upper_tongue_out", "mouthLeft mouthClose jawOpen tongueOut"),
])  # fmt: skip
def test_of_what_names_share_no_more_is_left_out_than_stands_before_a_shape(targets: str, channels: str) -> None:
    wanted = tuple(None if channel == "-" else channel for channel in channels.split())
    assert match(targets.split(), NAMES).channels == wanted


@pytest.mark.parametrize("spell", [
    "jawOpen_{}", "jaw_open_{}", "hero_jaw_open_{}", "hero_jawOpen_{}_BS", "mesh.jaw_open_{}", "{}_jawOpen",
    "{}_jaw_open", "hero_{}_jaw_open_BS", "{}_jawOpen_BS", "smile_{}_jaw_open",
])  # fmt: skip
def test_a_shape_that_all_names_share_makes_them_correctives(spell: str) -> None:
    for names in (["mouthClose", "mouthFunnel", "tongueOut", "mouthSmile_L", "browInnerUp_R"],
                  ["mouth_close", "mouth_funnel", "tongue_out", "mouth_smile_L", "brow_inner_up_R"]):  # fmt: skip
        assert set(match([spell.format(name) for name in names], NAMES).channels) == {None}


@pytest.mark.parametrize("target, channel", [
    ("hero_jaw_open", "jawOpen"), ("hero_L_mouthSmile", "mouthSmileLeft"),
    ("hero_face_L_mouth_smile", "mouthSmileLeft"),
    ("A25_Jaw_Open", "jawOpen"), ("A27_Jaw_Left", "jawLeft"), ("hero_brow_inner_up_L", "browInnerUp"),
    ("hero_mouth_L", None), ("lower_jaw_open", None), ("smile_jaw_open", None), ("jaw_open_mouth_close", None),
    ("hero_jaw_open_mouthClose", None), ("JAWOPEN_x_mouth_close", None), ("L_hero_jaw_open", None),
    ("hero_wide_open", None), ("hero_jaw_open_wide", None),
])  # fmt: skip
def test_words_that_no_curve_has_may_stand_before_a_single_name(target: str, channel: str | None) -> None:
    assert match([target], NAMES).channels == (channel,)


def test_halves_behind_a_prefix_are_halves() -> None:
    assert match(["hero_L_cheekPuff", "hero_R_cheekPuff"], NAMES).channels == ("cheekPuff", "cheekPuff")


def test_names_of_hundreds_of_shared_words_are_read_at_once() -> None:
    targets = [f"{'a_' * 60}{number}{'_b' * 60}" for number in range(8)]
    started = time.process_time()
    assert set(match(targets, NAMES).channels) == {None}
    assert time.process_time() - started < 5


def test_a_few_names_share_nothing_that_counts() -> None:
    assert match(["lower_jaw_open", "lower_jaw_left"], NAMES).channels == (None, None)
