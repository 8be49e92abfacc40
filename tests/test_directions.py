"""Directions: what a director may write, what it becomes, and the one line that a slip gets."""

import time

import pytest

from rigdriver.directions import LOOKS, directed, directed_now, last_s
from rigdriver.errors import SettingsError
from rigdriver.performance import EMOTIONS, Blink, Gaze, Performance, changed
from rigdriver.tracks import Track

TEXT = "0.0 joy .4; 2.3 anger .8 over .5; 3.0 look left; 4.1 blink"


def value(performance: Performance, key: str, time_s: float) -> float:
    return float(Track.of(performance.tracks[key]).at([time_s])[0])


def test_the_house_example_reads_as_it_says():
    performance = directed(Performance(), TEXT)
    assert [value(performance, "emotion.joy", t) for t in (0, 2.3, 2.8)] == [0.4, 0.4, 0]
    assert [value(performance, "emotion.anger", t) for t in (2.3, 2.55, 2.8, 9)] == pytest.approx([0, 0.4, 0.8, 0.8])
    assert value(performance, "gaze.look_at_yaw_deg", 3.2) == LOOKS["left"][0]
    assert performance.blink.at_s == (4.1,)
    assert last_s(TEXT) == 4.1


def test_an_emotion_takes_the_place_of_the_one_before_and_several_blend():
    performance = directed(Performance(), "0 sadness .6\n1 happy .5 + surprise .3 over 0  # both\n2:00 neutral over 1s")
    weights = {t: {name: value(performance, f"emotion.{name}", t) for name in EMOTIONS} for t in (0.5, 1, 200)}
    assert {name for name, weight in weights[0.5].items() if weight} == {"sadness"}
    assert weights[1] == dict.fromkeys(EMOTIONS, 0.0) | {"joy": 0.5, "amazement": 0.3}
    assert not any(weights[200].values())


def test_a_change_that_is_cut_short_leaves_from_where_it_had_come():
    performance = directed(Performance(), "1 set head.head_strength 3 over 2; 2 set head.head_strength 0 over 1")
    before, at, after = (value(performance, "head.head_strength", t) for t in (1.999, 2, 3))
    assert before == pytest.approx(at, abs=0.01) == pytest.approx(2, abs=0.01) and after == 0


def test_what_a_file_says_stays_where_no_direction_touches_it():
    file = Performance(blink=Blink(at_s=(1.0,)), tracks={"emotion.fear": ((0.0, 0.2), (9.0, 0.4))})
    performance = directed(file, "0.5 blink; 4 nod")
    assert performance.blink.at_s == (0.5, 1.0) and performance.head.nods_at_s == (4.0,)
    assert performance.tracks == file.tracks
    assert directed(file, " \n# nothing\n") == file


@pytest.mark.parametrize(("text", "says"), [
    ("joy .4", "should begin with its time"),
    ("1 joi .4", "did you mean 'joy'"),
    ("1 joy", "its weight"),
    ("1 joy much", "'much' should be a number"),
    ("1 joy nan", "'nan' should be a number"),
    ("1 joy 2", "joy should lie in 0..1"),
    ("1 joy .4 over", "end with `over SECONDS`"),
    ("1 joy .4 over -1", "0 seconds or more"),
    ("1 look behind", "camera, left, right, up, down"),
    ("1 look 90 0", "look_at_yaw_deg should lie in -30..30"),
    ("1 blink twice", "takes nothing more"),
    ("1 joy .4; 1 anger .3", "contradict each other"),
    ("1 set blink.often 3", "no number of the parameter file"),
    ("1 set head.nod_deg 3", "no number of the parameter file"),
    ("1", "should name an emotion"),
    (",", "says nothing"),
    ("1 joy .4; +", "says nothing"),
    ("1 set speech.stop_below .2", "same for a whole take"),
    ("1 set closure.open_below .7; 2 set closure.shut_above .6", "should lie below shut_above"),
])
def test_a_slip_gets_one_line_that_names_it(text, says):
    with pytest.raises(SettingsError, match=says):
        directed(Performance(), text)


@pytest.mark.parametrize(("section", "text"), [("blink", "1 blink"), ("head", "1 nod"), ("emotion", "1 joy .4"),
                                                ("gaze", "1 look left"), ("brows", "1 set brows.drift .1")])
def test_what_a_layer_that_is_off_cannot_follow_is_refused(section, text):
    off = changed(Performance(), {f"{section}.enabled": False}, "test")
    with pytest.raises(SettingsError, match=f"{text}': {section} is switched off"):
        directed(off, text)
    assert directed(changed(off, {f"{section}.enabled": True}, "test"), text) != off


def test_the_camera_is_where_the_performance_looks():
    performance = directed(Performance(gaze=Gaze(look_at_yaw_deg=5)), "1 look right; 2 look camera")
    assert [value(performance, "gaze.look_at_yaw_deg", t) for t in (0.5, 1.5, 3)] == [5, -15, 5]


def test_a_range_that_is_reached_is_not_passed_by_a_rounding():
    text = "0 set channels.lip_open_offset -.1; 2.2 set channels.lip_open_offset .2 over .1"
    track = Track.of(directed(Performance(), text).tracks["channels.lip_open_offset"])
    assert track.at([k / 60 for k in range(200)]).max() <= 0.2


@pytest.mark.parametrize(("text", "said"), [
    ("jump", "'jump' should name an emotion and its weight, as in `joy .4`"),
    ("joy .4; 1.0 look left", "'1.0 look left': a live direction means now and names no time"),
    ("set head.nod_share=0", "'set head.nod_share=0' should read `set SECTION.KEY VALUE`")])
def test_a_slip_in_a_live_direction_is_told_in_its_own_words(text, said):
    with pytest.raises(SettingsError) as told:
        directed_now(Performance(), text, 1.25)
    assert said in str(told.value)
    assert "1.25" not in str(told.value)


def test_a_live_direction_costs_less_than_a_frame_however_many_came_before():
    """Whoever performs waits for it, in a service all do."""
    performance, took_s = Performance(), []
    for k in range(40):
        began = time.perf_counter()
        performance = directed_now(performance, f"joy {k / 40}; look left", k / 10)
        took_s.append(time.perf_counter() - began)
    assert min(took_s[20:]) < 1 / 60
