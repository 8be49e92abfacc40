"""The parameter file: its default says what the code does, and what is wrong in it is named."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rigdriver import performance
from rigdriver.choose import overrides
from rigdriver.errors import SettingsError
from rigdriver.performance import Emotion, Performance, changed, parse


def test_the_default_file_says_the_defaults():
    assert performance.parse(performance.default_yaml()) == Performance()


def test_the_default_file_comments_every_key():
    lines = performance.default_yaml().splitlines()
    sections = [value for value in vars(Performance()).values() if isinstance(value, performance.Section)]
    assert len(sections) >= 15
    for section in sections:
        for option in dataclasses.fields(section):
            assert any(line.startswith(f"  {option.name}: ") and "  # " in line for line in lines), option.name


def test_auto_is_a_word_for_as_much_as_a_guess_should_show():
    asked = [parse("emotion: auto"), parse("emotion: {auto: 0.4}"),
             *(changed(Performance(), overrides([said], []), "test") for said in ("auto", "auto=.4"))]
    assert [each.emotion for each in asked] == [Emotion(auto=0.4)] * 4
    assert changed(Performance(), overrides(["joy=.3,auto"], []), "test").emotion == Emotion(joy=0.3, auto=0.4)
    with pytest.raises(SettingsError, match="emotion: should be"):
        parse("emotion: automatic")


def test_an_empty_file_and_an_empty_section_are_defaults():
    assert performance.parse("") == performance.parse("blink:\n  # blink_strength: 0\n") == Performance()


def test_windows_line_ends_and_a_byte_order_mark_are_fine(tmp_path):
    path = tmp_path / "hero.yaml"
    path.write_bytes(("\ufeff" + performance.default_yaml()).replace("\n", "\r\n").encode())
    assert performance.load(path) == Performance()
    assert performance.parse("\ufeffseed: 3\r\n").seed == 3


@pytest.mark.parametrize(("text", "words"), [
    ("blnk: {}", ["hero.yaml", "blnk", "blink"]),
    ("blink: {blink_strenght: 1}", ["hero.yaml: blink", "blink_strength"]),
    ("blink: {idle_per_min: fast}", ["hero.yaml: blink: idle_per_min", "a number"]),
    ("blink: {idle_per_min: -1}", ["hero.yaml: blink", "idle_per_min", "0..60"]),
    ("blink: {close_s: [0.2, 0.1]}", ["close_s", "low to high"]),
    ("blink: {close_s: 0.1}", ["close_s", "list"]),
    ("head: {yaw_deg: .nan}", ["yaw_deg", "0..10"]),
    ("head: 3", ["hero.yaml: head", "key: value"]),
    ("channels: {weight_offsets: {jawOpn: 0.1}}", ["weight_offsets", "jawOpn", "jawOpen"]),
    ("channels: {weight_multipliers: {jawOpen: 90}}", ["weight_multipliers: jawOpen", "-5..5"]),
    ("limits: {weight_limits: {jawOpen: [0.6, 0]}}", ["weight_limits: jawOpen", "low to high"]),
    ("closure: {open_below: 0.5, shut_above: 0.5}", ["open_below", "below shut_above"]),
    ("speech: {start_above: 0.2}", ["stop_below", "start_above"]),
    ("version: 2", ["hero.yaml", "version 2", "version 1"]),
    ("seed: -1", ["hero.yaml", "seed"]),
    ("seed: 1.5", ["seed", "whole number"]),
    ("seed: 1\nseed: 2", ["hero.yaml, line 2", "twice"]),
])
def test_what_is_wrong_is_named(text, words):
    with pytest.raises(SettingsError) as caught:
        performance.parse(text, "hero.yaml")
    for word in words:
        assert word in str(caught.value)


@given(st.sampled_from(["blink", "gaze", "head", "brows", "strength"]), st.floats(), st.data())
def test_any_number_is_taken_or_refused_by_name(section, value, data):
    kind = type(getattr(Performance(), section))
    numbers = [option for option in dataclasses.fields(kind) if option.type == "float"]
    option = data.draw(st.sampled_from(numbers))
    inside = option.metadata["low"] <= value <= option.metadata["high"]
    if inside:
        assert getattr(kind(**{option.name: value}), option.name) == value
    else:
        with pytest.raises(ValueError, match=option.name):
            kind(**{option.name: value})


def test_a_personality_is_what_the_rest_is_added_to():
    assert performance.personalities() == ["reserved", "natural", "lively", "theatrical"]
    assert performance.load(None, "natural") == Performance()
    lively = performance.load(None, "lively")
    calm = performance.parse("personality: lively\nhead: {head_strength: 0.2}\n")
    assert lively.head.head_strength > 1 and calm.head.head_strength == 0.2
    assert calm.brows == lively.brows != Performance().brows


def test_what_is_set_on_top_keeps_the_rest():
    base = performance.parse("blink: {idle_per_min: 9}\ntracks: {emotion.joy: [[0, 0.2]]}\n")
    changed = performance.changed(base, {"blink.spread": 0.3, "seed": 4, "emotion.sad": 0.5}, "here")
    assert (changed.blink.idle_per_min, changed.blink.spread, changed.seed) == (9, 0.3, 4)
    assert changed.emotion.sadness == 0.5 and changed.tracks == base.tracks
    with pytest.raises(SettingsError, match="here: a personality"):
        performance.changed(base, {"personality": "lively"}, "here")


def test_what_is_said_anew_is_keyed_no_longer():
    base = performance.parse("tracks: {emotion.joy: [[0, 0.2]], head.yaw_deg: [[0, 1]]}")
    changed = performance.changed(base, {"emotion.happy": 1.0}, "here")
    assert changed.emotion.joy == 1 and set(changed.tracks) == {"head.yaw_deg"}
    added = performance.changed(base, {"tracks.head.roll_deg": [[0, 1]]}, "here")
    assert set(added.tracks) == {"emotion.joy", "head.yaw_deg", "head.roll_deg"}


def test_keys_that_depend_on_each_other_are_checked_as_they_end_up():
    base = performance.parse("closure: {open_below: 0.7, shut_above: 0.95}")
    assert performance.changed(base, {"closure.open_below": 0.85}, "here").closure.open_below == 0.85


@pytest.mark.parametrize(("values", "words"), [
    ({"head": 3, "head.yaw_deg": 1.0}, "head and head.yaw_deg are both said"),
    ({"emotion.joy": 0.2, "emotion.happy": 0.9}, "says 'joy' a second time"),
    ({"seed.x": 2}, "seed"),
])
def test_contradictions_are_refused(values, words):
    with pytest.raises(SettingsError, match=words):
        performance.changed(Performance(), values, "here")


def test_a_pose_file_lies_beside_the_performance_that_names_it(tmp_path):
    (tmp_path / "hero.yaml").write_text("emotion: {poses: mine.yaml}\n")
    assert performance.load(tmp_path / "hero.yaml").emotion.poses == str(tmp_path / "mine.yaml")


def test_a_personality_prints_its_own_values():
    text = performance.default_yaml("theatrical")
    assert performance.parse(text) == performance.load(None, "theatrical") != Performance()
