"""Emotion beside speech: what is shown, what gives way, what it asks of head and lids, and how it changes over time."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from rigdriver.clip import HEARD
from rigdriver.errors import SettingsError
from rigdriver.evaluation.metrics import runs, sealed
from rigdriver.layers import Layer, Layers, poses
from rigdriver.layers.canonical import Canonical
from rigdriver.performance import EMOTIONS, Emotion, Performance
from rigdriver.stage import run
from tests.layers.speech_like import silent, speech_like
from tests.layers.test_mouth import constant

STEADY = {"variation": 0.0}


def shown(clip, performance: Performance):
    return run(Layer("emotion", performance), run(Canonical(), clip))


def test_a_pose_is_added_whole_where_nobody_speaks():
    out = shown(constant(30, mouthSmileLeft=0.1, voice=0), Performance(emotion=Emotion(joy=0.5, **STEADY)))
    joy = poses.load().of("joy").channels
    np.testing.assert_allclose(out["mouthSmileLeft"], 0.1 + 0.5 * joy["mouthSmile"], rtol=1e-5)
    np.testing.assert_allclose(out["cheekSquintRight"], 0.5 * joy["cheekSquint"], rtol=1e-5)


def test_speech_wins_at_the_lips():
    """While a person talks the corners keep .7, .3 on rounded sounds; the upper face keeps all, the jaw the wider."""
    rounded = [0.0] * 120 + [0.5] * 120
    clip = constant(240, jawOpen=0.3, mouthPucker=rounded, voice=1)
    out = shown(clip, Performance(emotion=Emotion(joy=0.5, amazement=0.5, **STEADY)))
    pose = poses.load()
    smile, raised = pose.of("joy").channels["mouthSmile"] / 2, pose.of("amazement").channels["browInnerUp"] / 2
    assert out["mouthSmileLeft"][119] == pytest.approx(0.7 * smile, rel=1e-3)
    assert out["mouthSmileLeft"][-1] == pytest.approx(0.3 * smile, rel=1e-3)
    assert out["browInnerUp"][-1] == pytest.approx(raised, rel=1e-3)
    wider = sum(pose.of(name).jaw_motion for name in ("joy", "amazement")) / 2
    assert out["jawOpen"].max() == pytest.approx(0.3 * wider)


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_lips_shut_under_every_emotion(emotion):
    clip = speech_like(20, seed=3)
    plain, moved = (run(Layers(replace(Performance(), emotion=Emotion(**weights))), clip)
                    for weights in ({}, {emotion: 1.0}))
    assert np.abs(plain.values - moved.values).max() > 0.1
    assert len(runs(sealed(moved) & (clip["closure"] == 1))) == len(runs(sealed(plain) & (clip["closure"] == 1))) > 5


@pytest.mark.parametrize(("hint", "against", "beside"), [
    ("closure", ("mouthUpperUpLeft", "jawOpen"), "noseSneerLeft"), ("labiodental", ("mouthLowerDownLeft",), "jawOpen")])
def test_a_pose_gives_way_where_lips_have_work_to_do(hint, against, beside):
    """From the level on at which the lips begin to close nothing of a pose holds them apart."""
    mix = Emotion(disgust=0.4, outofbreath=0.6, **STEADY)
    free, bound = (shown(constant(60, voice=1, **{hint: level}), Performance(emotion=mix)) for level in (0, 0.1))
    for name in against:
        assert free[name][-1] > 0.04 and bound[name][-1] == pytest.approx(0, abs=1e-6)
    np.testing.assert_array_equal(free[beside], bound[beside])


def heard(seconds=8.0, fps=60, **likely):
    """A voice that sounds like these for half the time, and then like nothing."""
    half = round(seconds * fps / 2)
    curves = {HEARD[name]: [likely.get(name, 0.0)] * half + [0.0] * half for name in HEARD}
    return constant(2 * half, fps, voice=1, **curves)


@pytest.mark.parametrize("fps", [24, 60])
def test_auto_shows_faintly_what_the_voice_sounds_like_and_lets_it_go(fps):
    out = shown(heard(40, fps, anger=1.0), Performance(emotion=Emotion(auto=0.4, **STEADY)))
    full = 0.4 * poses.load().of("anger").channels["browDown"]
    brow, times = out["browDownLeft"] / full, out.times
    at = [brow[np.argmin(abs(times - seconds))] for seconds in (1, 19.9, 23, 39)]
    np.testing.assert_allclose(at, [0.5, 1, 0.5, 0], atol=0.03)  # half-lives of 1 s there, 3 s back
    assert out["mouthSmileLeft"].max() == 0


def test_auto_is_off_unless_asked_for_and_shows_nothing_that_is_unlikely():
    loud, unsure = heard(joy=1.0), heard(joy=0.5, sadness=0.5)
    np.testing.assert_array_equal(shown(loud, Performance()).values, run(Canonical(), loud).values)
    np.testing.assert_array_equal(shown(unsure, Performance(emotion=Emotion(auto=1.0, **STEADY))).values,
                                  run(Canonical(), unsure).values)


def test_what_is_said_comes_before_what_is_guessed():
    said = Emotion(joy=1.0, **STEADY)
    alone, beside = (shown(heard(anger=1.0), Performance(emotion=emotion))
                     for emotion in (said, replace(said, auto=1.0)))
    np.testing.assert_array_equal(alone.values, beside.values)


def test_auto_without_an_ear_shows_nothing():
    deaf = constant(60, voice=1)
    np.testing.assert_array_equal(shown(deaf, Performance(emotion=Emotion(auto=1.0))).values,
                                  run(Canonical(), deaf).values)


def test_an_angry_jaw_goes_lower_and_a_sad_one_less():
    """Of speech itself, lips and all; a closure stays one, and teeth stay close on sibilants."""
    speech = speech_like(8, seed=5)
    plain, angry, sad = (run(Layers(replace(Performance(), emotion=Emotion(**weights, **STEADY))), speech)
                         for weights in ({}, {"anger": 1.0}, {"sadness": 1.0}))
    wide = (plain["jawOpen"] > 0.15) & (speech["sibilant"] < 0.05) & (speech["labiodental"] < 0.05)
    factors = [np.median(face["jawOpen"][wide] / plain["jawOpen"][wide]) for face in (angry, sad)]
    expected = [poses.load().of(name).jaw_motion for name in ("anger", "sadness")]
    assert expected[1] < 1 < expected[0]
    np.testing.assert_allclose(factors, expected, atol=0.05)


def test_a_roused_voice_opens_the_jaw_only_where_asked():
    calm, roused = (constant(60, jawOpen=0.3, mouthClose=0.1, voice=1, arousal=level) for level in (0.5, 0.9))
    for follow, clip, jaw in ((0.0, roused, 0.3), (1.0, calm, 0.3), (1.0, roused, 0.45)):
        out = shown(clip, Performance(emotion=Emotion(jaw_follow_voice=follow)))
        np.testing.assert_allclose(out["jawOpen"], jaw, rtol=1e-5)
        np.testing.assert_allclose(out["mouthClose"] / out["jawOpen"], 1 / 3, rtol=1e-5)


def test_more_than_one_in_all_is_one():
    half, twice = (shown(constant(2, voice=0), Performance(emotion=Emotion(joy=w, sadness=w, **STEADY))).values
                   for w in (0.5, 1.0))
    np.testing.assert_allclose(half, twice, atol=1e-6)


def test_a_held_expression_lives_and_is_another_for_another_seed():
    performance = Performance(emotion=Emotion(joy=0.6))
    one, other = (run(Layer("emotion", performance), run(Canonical(), silent(60)), seed)["cheekSquintLeft"]
                  for seed in (1, 2))
    assert 0.02 < one.std() / one.mean() < 0.15
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("fps", [24, 60, Fraction(30000, 1001)])
def test_a_track_eases_between_keys_and_steps_where_two_meet(fps):
    keys = ((1.0, 0.0), (2.0, 0.8), (3.0, 0.8), (3.0, 0.2))
    out = shown(silent(4, fps), Performance(emotion=Emotion(**STEADY), tracks={"emotion.fear": keys}))
    wide, full = out["eyeWideLeft"], poses.load().of("fear").channels["eyeWide"]
    at = [wide[round(seconds * Fraction(fps))] / full for seconds in (0.5, 1.5, 2.5, 3.5)]
    np.testing.assert_allclose(at, [0, 0.4, 0.8, 0.2], atol=0.02)
    assert np.abs(np.diff(wide[: round(2.9 * Fraction(fps))])).max() < 0.1


def test_head_and_lids_follow_the_mood():
    clip = silent(120)
    calm, fear, grief = (run(Layers(replace(Performance(), emotion=Emotion(**weights))), clip)
                         for weights in ({}, {"fear": 1.0}, {"grief": 1.0}))
    down = [np.degrees(face["headPitch"].mean()) for face in (calm, grief, fear)]
    assert down[1] - down[0] == pytest.approx(5, abs=1) and down[2] - down[0] == pytest.approx(-2, abs=1)
    blinks = [len(runs(face["eyeBlinkLeft"] > 0.6)) for face in (fear, calm, grief)]
    assert blinks[0] < 0.8 * blinks[1] < blinks[1] < blinks[2]


def test_an_artists_poses_take_the_place_of_ours(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("version: 1\nposes:\n  joy: {channels: {mouthSmileLeft: 0.4}}\n")
    out = shown(constant(2, voice=0), Performance(emotion=Emotion(joy=1, poses=str(path), **STEADY)))
    assert out["mouthSmileLeft"][0] == pytest.approx(0.4) and out["mouthSmileRight"][0] == 0


@pytest.mark.parametrize(("text", "says"), [
    ("poses: {joi: {}}", "no emotion 'joi'; did you mean 'joy'"),
    ("poses: {joy: {channels: {mouthSmil: 1}}}", "no channel 'mouthSmil'; did you mean 'mouthSmile"),
    ("poses: {joy: {channels: {mouthSmile: 2}}}", "mouthSmile should lie in -1..1, not 2"),
    ("poses: {joy: {smile: 2}}", "unknown key 'smile'"),
])
def test_a_pose_file_is_read_strictly(tmp_path, text, says):
    path = tmp_path / "mine.yaml"
    path.write_text(f"version: 1\n{text}\n")
    with pytest.raises(SettingsError, match=says):
        poses.load(str(path))
