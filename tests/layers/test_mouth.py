"""What the layers do to the mouth: sizes, smoothing, stillness, shut lips, ranges."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rigdriver import rig
from rigdriver.clip import HINTS, Clip
from rigdriver.layers import Layer, Layers
from rigdriver.layers.canonical import Canonical
from rigdriver.performance import (
    EMOTIONS,
    Asymmetry,
    Channels,
    Closure,
    Emotion,
    Idle,
    Limits,
    Performance,
    Restraint,
    Silence,
    Smoothing,
    Strength,
)
from rigdriver.stage import run
from tests.layers.speech_like import silent, speech_like

MOUTH = rig.canonical().of_region("jaw", "mouth", "tongue")
PARTING = ("mouthLowerDownLeft", "mouthLowerDownRight", "mouthUpperUpLeft", "mouthUpperUpRight")


def layer(name: str, clip: Clip, **sections) -> Clip:
    return run(Layer(name, Performance(**sections)), run(Canonical(), clip))


def constant(frames: int, fps: int = 60, **curves) -> Clip:
    """A clip in which each curve holds one value, or a list of them."""
    columns = [np.broadcast_to(np.asarray(curve, np.float32), frames) for curve in curves.values()]
    return Clip(tuple(curves), np.column_stack(columns), Fraction(fps))


def test_strength_scales_regions_and_keeps_a_closure_one():
    clip = constant(1, jawOpen=0.2, mouthClose=0.2, mouthPucker=0.2, tongueTipUp=0.2, browInnerUp=0.2, voice=0.2)
    out = layer("strength", clip, strength=Strength(2, 0.5, 3 / 2, 0))
    got = [float(out[name][0]) for name in clip.names]
    np.testing.assert_allclose(got, [0.15, 0.15, 0.1, 0, 0.4, 0.2], rtol=1e-6)


@pytest.mark.parametrize("fps", [24, 60, 120])
def test_smoothing_takes_its_half_lives_at_every_rate(fps):
    clip = constant(fps + 1, fps, jawOpen=[0] + [1] * fps, browInnerUp=[0] + [1] * fps)
    out = layer("smoothing", clip, smoothing=Smoothing(0.05, 0.2))
    # Two cascaded averages: the half-lives' exponential once more, delayed by itself.
    for name, half_life in (("jawOpen", 0.2), ("browInnerUp", 0.05)):
        lives = 0.5 / half_life * np.log(2)
        assert out[name][fps // 2] == pytest.approx(1 - (1 + lives) * np.exp(-lives), abs=0.06)


def test_smoothing_switched_off_passes_all():
    clip = constant(20, jawOpen=[0, 1] * 10, browInnerUp=[1, 0] * 10)
    out = layer("smoothing", clip, smoothing=Smoothing(0, 0))
    np.testing.assert_array_equal(out.values, run(Canonical(), clip).values)


def test_audio2faces_smoothing_keeps_a_closure_of_50_ms():
    jaw = [0.3] * 20 + [0] * 3 + [0.3] * 20
    out = layer("smoothing", constant(43, jawOpen=jaw), smoothing=Smoothing(0.001, 0.006))["jawOpen"]
    assert 0 < out.min() < 0.01


def test_silence_is_still():
    for clip in (silent(20), silent(20, 24)):
        mouth = run(Layers(Performance(idle=Idle(enabled=False))), clip).pick(MOUTH).values
        assert not mouth.any()


def test_pauses_are_still_enough_and_speech_is_untouched():
    clip = speech_like(60)
    out = layer("silence", clip)
    quiet, loud = clip["voice"] < 0.3, clip["voice"] > 0.5
    speed = np.abs(np.diff(out.pick(MOUTH).values, axis=0)) * 60
    assert speed[quiet[1:]].mean() <= 0.05
    settled = loud & np.roll(loud, 4)  # the gate needs 50 ms
    np.testing.assert_array_equal(out["jawOpen"][settled], clip["jawOpen"][settled])


@pytest.mark.parametrize("fps", [24, 60, 120])
def test_the_mouth_opens_fast_and_rests_slowly(fps):
    clip = constant(4 * fps, fps, jawOpen=1, voice=[0] * fps + [1] * fps + [0] * (2 * fps))
    jaw, times = layer("silence", clip)["jawOpen"], clip.times
    assert not jaw[times < 1].any()
    assert jaw[times >= 1.05].max() == 1
    assert jaw[(times >= 1 + 0.05) & (times <= 2 + 0.1)].min() == 1  # and a pause of .1 s changes nothing
    assert 0.2 < jaw[np.argmin(abs(times - 2.175))] < 0.8  # half way down
    assert not jaw[times > 2.1 + 0.15 + 2 / fps].any()


def test_a_wavering_voice_does_not_chop():
    voice = np.tile([0.6, 0.35], 60)
    assert layer("silence", constant(120, jawOpen=1, voice=voice))["jawOpen"][10:].min() == 1


def test_without_hints_the_mouth_lives():
    clip = speech_like(5).without(HINTS)
    assert run(Layers(Performance()), clip)["jawOpen"].max() > 0.2


style = st.builds(
    Performance,
    strength=st.builds(Strength, *[st.floats(0, 2)] * 4),
    channels=st.builds(
        Channels,
        lip_open_offset=st.floats(-0.2, 0.2),
        weight_multipliers=st.dictionaries(st.sampled_from(MOUTH), st.floats(0, 5)),
        weight_offsets=st.dictionaries(st.sampled_from(MOUTH), st.floats(-1, 1)),
    ),
)
SPEECH = speech_like(6, 30, seed=4)


@settings(max_examples=60, deadline=None)
@given(style)
def test_lips_shut_whatever_the_style(performance):
    out = run(Layers(performance), SPEECH)
    shut = SPEECH["closure"] == 1
    assert shut.sum() > 5
    assert (out["mouthClose"][shut] >= 0.8 * out["jawOpen"][shut]).all()
    assert out.pick(PARTING).values[shut].max() <= 0.05


@settings(max_examples=60, deadline=None)
@given(style, st.sampled_from(EMOTIONS))
def test_teeth_stay_close_whatever_the_style_and_emotion(performance, emotion):
    out = run(Layers(replace(performance, emotion=Emotion(**{emotion: 1.0}))), SPEECH)
    settled = (SPEECH["sibilant"] >= 0.8) & (np.roll(SPEECH["sibilant"], 1) >= 0.8)  # two frames are 67 ms
    assert settled.sum() >= 5
    assert (out["jawOpen"] <= np.maximum(0.12, SPEECH["spoken_jaw"]) + 1e-6)[settled].all()


@pytest.mark.parametrize("most", [0.3, 0.6, 0.9])
def test_restraint_lets_small_things_be_and_bends_large_ones(most):
    weights = np.linspace(0, 1.5, 100)
    clip = constant(100, mouthSmileLeft=weights, browInnerUp=weights, eyeBlinkLeft=weights)
    out = layer("restraint", clip, restraint=Restraint(lower_face_most=most))
    smile, small = out["mouthSmileLeft"], weights <= most * 2 / 3
    np.testing.assert_allclose(smile[small], weights[small], atol=1e-6)
    assert (np.diff(smile) >= 0).all() and smile.max() <= most and smile.max() > 0.9 * min(most, 0.99)
    np.testing.assert_array_equal(out["browInnerUp"], clip["browInnerUp"])
    np.testing.assert_array_equal(out["eyeBlinkLeft"], clip["eyeBlinkLeft"])


@pytest.mark.parametrize("fps", [24, 60, 120])
def test_restraint_holds_speed_at_every_rate(fps):
    clip = constant(2 * fps, fps, browInnerUp=[0.0] * fps + [0.8] * fps, eyeBlinkLeft=[0.0] * fps + [1.0] * fps)
    out = layer("restraint", clip, restraint=Restraint(upper_face_per_s=2.0))
    assert np.diff(out["browInnerUp"]).max() * fps == pytest.approx(2.0, rel=0.02)
    assert out["browInnerUp"][np.argmin(abs(clip.times - 1.25))] == pytest.approx(0.5, abs=0.09)
    assert out["browInnerUp"][-1] == pytest.approx(0.8, abs=0.01)
    np.testing.assert_array_equal(out["eyeBlinkLeft"], clip["eyeBlinkLeft"])


def test_a_restrained_jaw_keeps_its_lips():
    clip = constant(3, jawOpen=[0.2, 0.6, 0.9], mouthClose=[0.2, 0.3, 0.9])
    out = layer("restraint", clip, restraint=Restraint(jaw_most=0.4))
    assert out["jawOpen"][0] == pytest.approx(0.2) and out["jawOpen"].max() <= 0.4
    np.testing.assert_allclose(out["mouthClose"] / out["jawOpen"], [1, 0.5, 1], rtol=1e-5)


def test_restraint_off_is_no_restraint():
    wild = constant(4, jawOpen=[0, 1, 0, 1.4], browInnerUp=[1, 0, 1.4, 0])
    np.testing.assert_array_equal(layer("restraint", wild).values, run(Canonical(), wild).values)


@settings(max_examples=60, deadline=None)
@given(style)
def test_every_channel_ends_in_its_range(performance):
    out = run(Layers(performance), SPEECH)
    for channel in rig.canonical().channels:
        assert channel.low - 1e-3 <= out[channel.name].min() <= out[channel.name].max() <= channel.high + 1e-3


def test_closure_follows_its_gate():
    clip = constant(3, jawOpen=0.2, mouthClose=0.01, mouthLowerDownLeft=0.3, mouthFunnel=0.2, closure=[0.1, 0.45, 0.8])
    out = layer("closure", clip)
    np.testing.assert_allclose(out["mouthClose"], [0.01, 0.1, 0.2], atol=1e-6)
    np.testing.assert_allclose(out["mouthLowerDownLeft"], [0.3, 0.15, 0], atol=1e-6)
    np.testing.assert_allclose(out["mouthFunnel"], 0.2)


def test_a_lip_under_the_teeth_is_rolled_in_and_not_drawn_down():
    hint = [0.1] * 5 + [0.45] * 5 + [0.8] * 5
    clip = constant(15, jawOpen=0.35, mouthLowerDownLeft=0.3, mouthUpperUpLeft=0.2, labiodental=hint)
    out = layer("labiodental", clip)
    np.testing.assert_allclose(out["mouthRollLower"][4::5], [0, 0.125, 0.25], atol=1e-6)
    np.testing.assert_allclose(out["mouthLowerDownLeft"][4::5], [0.3, 0.15, 0], atol=1e-6)
    np.testing.assert_allclose(out["jawOpen"][4::5], [0.35, 0.25, 0.15], atol=1e-6)
    np.testing.assert_allclose(out["mouthUpperUpLeft"], 0.2)


@pytest.mark.parametrize("fps", [24, 60, 120])
def test_a_lip_takes_its_time_to_the_teeth(fps):
    out = layer("labiodental", constant(fps, fps, labiodental=[0.0] * (fps // 2) + [1.0] * (fps - fps // 2)))
    assert np.diff(out["mouthRollLower"]).max() * fps <= 0.25 / 0.05 + 1e-3
    assert out["mouthRollLower"][fps // 2 + round(0.05 * fps)] == pytest.approx(0.25)


@pytest.mark.parametrize("fps", [24, 60, 120])
def test_teeth_stay_close_on_a_sibilant(fps):
    hint = [0.0] * fps + [1.0] * fps + [0.0] * fps
    clip = constant(3 * fps, fps, jawOpen=0.3, mouthClose=0.15, mouthUpperUpLeft=0.4, mouthPucker=0.2, sibilant=hint)
    out, times = layer("sibilant", clip), clip.times
    jaw = out["jawOpen"]
    np.testing.assert_allclose(jaw[(times > 1.05) & (times < 2)], 0.12, atol=1e-6)
    np.testing.assert_allclose(jaw[(times < 1) | (times > 2.05)], 0.3, atol=1e-6)
    assert np.abs(np.diff(jaw)).max() * fps <= (0.3 - 0.12) / 0.05 + 1e-3  # a jaw takes its time
    np.testing.assert_allclose(out["mouthClose"], 0.5 * jaw, atol=1e-6)  # and lips stay as they were against it
    np.testing.assert_array_equal(out["mouthUpperUpLeft"], clip["mouthUpperUpLeft"])


def test_a_jaw_that_is_narrow_is_left_alone():
    """So is a wider one that the model itself gave: some faces have it, and speech is theirs."""
    for jaw in (0.1, 0.3):
        clip = constant(60, jawOpen=jaw, mouthClose=0.05, sibilant=1, spoken_jaw=jaw)
        np.testing.assert_array_equal(layer("sibilant", clip).values, run(Canonical(), clip).values)
    wider = layer("sibilant", constant(60, jawOpen=0.4, sibilant=1, spoken_jaw=0.3))
    assert wider["jawOpen"][-1] == pytest.approx(0.3)


def test_channels_and_limits_are_the_users():
    performance = Performance(
        channels=Channels(weight_multipliers={"mouthSmileLeft": 2}, weight_offsets={"mouthSmileLeft": 0.1}),
        limits=Limits(weight_limits={"mouthSmileLeft": (0.0, 0.6), "browInnerUp": (0.2, 1.0)}),
        silence=Silence(enabled=False),
        asymmetry=Asymmetry(enabled=False),
    )
    out = run(Layers(performance), constant(40, mouthSmileLeft=[0.1] * 20 + [0.4] * 20))
    assert out["mouthSmileLeft"][10] == pytest.approx(0.3, abs=1e-5)
    assert out["mouthSmileLeft"][-1] == pytest.approx(0.6)
    assert out["browInnerUp"].min() == pytest.approx(0.2)


def test_a_layer_switched_off_leaves_all_as_it_is():
    clip = run(Canonical(), SPEECH)
    for name in ("silence", "blink", "gaze", "head", "brows", "breath", "asymmetry", "sibilant", "labiodental",
                 "closure"):
        section = replace(getattr(Performance(), name), enabled=False)
        out = run(Layer(name, Performance(**{name: section})), clip)
        np.testing.assert_array_equal(out.values, clip.values)


def test_closure_strength_holds_back():
    out = layer("closure", constant(1, jawOpen=0.2, closure=1), closure=Closure(closure_strength=0.5))
    assert out["mouthClose"][0] == pytest.approx(0.1)
