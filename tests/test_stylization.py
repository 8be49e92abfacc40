"""Stylization files of Audio2Face-3D: what is taken, what is named as left out, and what is refused."""

import pytest

from rigdriver import performance
from rigdriver.errors import SettingsError
from rigdriver.tracks import Track

TEXT = """
face_parameters: {upperFaceStrength: 0.9, lowerFaceStrength: 1.25, lowerFaceSmoothing: 0.006, skinStrength: 1.0,
                  eyelidOpenOffset: 0.06, lipOpenOffset: -0.02, tongueStrength: 1.3}
blendshape_parameters:
  enable_clamping_bs_weight: False
  multipliers: {EyeLookUpLeft: 0.0, JawOpen: 0.8, MouthFunnel: 1.0, TongueTipDown: 0.5}
  offsets: {BrowInnerUp: 0.1, JawOpen: 0.0}
live_transition_time: 0.4
beginning_emotion: {fear: 1.0}
post_processing_parameters: {emotion_strength: 0.6, max_emotions: 3}
emotion_with_timecode_list:
  emotion_with_timecode2: {time_code: 1.0, emotions: {joy: 0.0, fear: 1.0}}
  emotion_with_timecode1: {time_code: 0.0, emotions: {joy: 1.0, fear: 0.0}}
"""


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "james.yml"
    file.write_text(TEXT, encoding="utf-8")
    return file


def test_what_has_the_same_meaning_is_taken(path):
    told = performance.load(path)
    assert (told.strength.upper_face_strength, told.strength.lower_face_strength) == (0.9, 1.25)
    assert told.emotion.upper_strength == told.brows.brow_strength == 0.9 and told.emotion.lower_strength == 1
    assert told.smoothing.lower_face_smoothing == 0.006 and told.strength.tongue_strength == 1.3
    assert told.blink.eyelid_open_offset == 0.06 and told.channels.lip_open_offset == -0.02
    assert told.channels.weight_multipliers == {"jawOpen": 0.8} and told.channels.weight_offsets == {"browInnerUp": 0.1}
    assert told.emotion.emotion_strength == 0.6 and told.emotion.transition_s == 0.4


def test_emotions_with_time_codes_become_tracks(path):
    tracks = performance.load(path).tracks
    joy, fear = (Track.of(tracks[f"emotion.{name}"]).at([0, 0.9, 1.2, 1.4, 9]).tolist() for name in ("joy", "fear"))
    assert joy == pytest.approx([1, 1, 0.5, 0, 0]) and fear == pytest.approx([0, 0, 0.5, 1, 1])


def test_the_rest_is_named(path):
    left = performance.left_out(path)
    assert {"skinStrength", "beginning_emotion", "max_emotions", "EyeLookUpLeft", "TongueTipDown"} <= set(left)


@pytest.mark.parametrize(("old", "new", "says"), [
    ("time_code: 1.0", "time_code: soon", "emotion_with_timecode2 should hold time_code and emotions"),
    ("joy: 0.0", "joi: 0.0", "did you mean 'emotion.joy'"),
    ("lowerFaceStrength: 1.25", "lowerFaceStrength: 9", "lower_face_strength should lie in 0..2"),
    ("multipliers: {", "multipliers: 3 #", "multipliers should be `key: value` lines"),
    ("time_code: 1.0", "time_code: -1.0", "emotion_with_timecode2 should hold time_code"),
    ("live_transition_time: 0.4", "live_transition_time: fast", "should be seconds, 0 or more, not 'fast'"),
    ("joy: 0.0", "joy: much", "joy should be a number"),
])
def test_a_slip_gets_one_line(path, old, new, says):
    path.write_text(TEXT.replace(old, new), encoding="utf-8")
    with pytest.raises(SettingsError, match=says):
        performance.load(path)


def test_a_change_may_be_cut_short_by_the_next(path):
    slow = TEXT.replace("transition_time: 0.4", "transition_time: 2")
    path.write_text(slow.replace("time_code: 1.0", "time_code: 0.1"))
    joy = Track.of(performance.load(path).tracks["emotion.joy"])
    assert joy.at([0.1, 1.1, 2.1]).tolist() == pytest.approx([1, 0.5, 0])
