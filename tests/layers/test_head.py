"""Head and brows: sizes of an actor's, the same at every frame rate, and eyes that hold their target."""

import math
from dataclasses import replace

import numpy as np
import pytest

from rigdriver.layers import Layer, Layers
from rigdriver.layers.canonical import Canonical
from rigdriver.performance import Emotion, Gaze, Head, Performance
from rigdriver.stage import run
from tests.layers.speech_like import silent, speech_like

DEG = 180 / math.pi
SIZES = {"headYaw": 1.36, "headPitch": 1.23, "headRoll": 0.86}
RATES = (24, 60, 120)
OUT = {fps: run(Layers(Performance()), speech_like(1200, fps)) for fps in RATES}


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize("name", SIZES)
def test_size_while_speaking(fps, name):
    speaking = OUT[fps]["voice"] > 0.5
    assert OUT[fps][name][speaking].std() * DEG == pytest.approx(SIZES[name], rel=0.25)


@pytest.mark.parametrize("name", SIZES)
def test_speed_is_human_and_the_same_at_every_rate(name):
    speeds = [np.median(np.abs(np.diff(OUT[fps][name]))) * fps * DEG for fps in RATES]
    assert np.ptp(speeds) < 0.1 * speeds[1]
    assert 1 < speeds[1] < 6  # degrees a second
    assert np.abs(np.diff(OUT[60][name])).max() * 60 * DEG < 75


def test_no_tremble():
    """Above 6 Hz there is next to nothing: an OU walk sampled at the frame rate would fail here."""
    yaw = OUT[60]["headYaw"].astype(float)
    power = np.abs(np.fft.rfft((yaw - yaw.mean()) * np.hanning(len(yaw)))) ** 2
    hz = np.fft.rfftfreq(len(yaw), 1 / 60)
    assert power[hz > 6].sum() < 0.002 * power.sum()
    assert power[hz > 0.8].sum() > 0.02 * power.sum()  # and yet it is no drift alone


def test_listening_is_calmer():
    idle = run(Layers(Performance(gaze=Gaze(enabled=False))), silent(600, 24))
    assert 0.2 < idle["headYaw"].std() * DEG < 0.8


def test_the_eyes_hold_their_target_while_the_head_moves():
    performance = Performance(gaze=Gaze(saccade_strength=0, vergence_deg=0))
    out = run(Layers(performance), speech_like(60))
    assert out["headYaw"].std() > 0.005
    for eye in ("leftEye", "rightEye"):
        np.testing.assert_allclose(out[f"{eye}Yaw"] + out["headYaw"], 0, atol=1e-6)
        np.testing.assert_allclose(out[f"{eye}Pitch"] + out["headPitch"], 0, atol=1e-6)
    np.testing.assert_allclose(out["eyeLookOutLeft"], np.clip(-out["headYaw"] * DEG / 36, 0, 1), atol=1e-5)


def test_the_head_takes_its_share_of_a_wide_gaze():
    settings = Gaze(saccade_strength=0, look_at_yaw_deg=27, vergence_deg=0)
    still = replace(Head(), yaw_deg=0, pitch_deg=0, roll_deg=0, nod_share=0)
    out = run(Layers(Performance(gaze=settings, head=still)), silent(5))
    assert out["headYaw"][-1] * DEG == pytest.approx(0.6 * (27 - 12), abs=0.01)
    assert out["leftEyeYaw"][-1] * DEG == pytest.approx(18, abs=0.01)
    assert out["headYaw"][6] < 0.5 * out["headYaw"][-1] < out["headYaw"][24]  # later than the eyes, within .4 s


def test_nods_go_down_on_accents():
    still = replace(Head(), yaw_deg=0, pitch_deg=0, roll_deg=0, follow_share=0)
    pitch = run(Layers(Performance(head=still)), speech_like(300))["headPitch"] * DEG
    peaks = pitch[1:-1][(pitch[1:-1] > 0.5) & (pitch[1:-1] >= pitch[2:]) & (pitch[1:-1] > pitch[:-2])]
    assert pitch.min() == 0
    assert 6 < len(peaks) / 5 < 40  # a minute
    assert 1 <= np.median(peaks) <= 3


def test_strength_0_is_a_still_head():
    out = run(Layers(Performance(head=Head(head_strength=0, follow_share=0))), speech_like(20))
    assert not out.pick(list(SIZES)).values.any()


@pytest.mark.parametrize("fps", RATES)
def test_brows_rise_now_and_then(fps):
    inner, outer = OUT[fps]["browInnerUp"], OUT[fps]["browOuterUpLeft"]
    raises = ((inner[1:] > 0.1) & (inner[:-1] <= 0.1)).sum() / 20
    assert 5 < raises < 15  # a minute
    assert 0.2 < inner.max() <= 0.45 + 0.08 and outer.max() <= 0.3
    assert np.abs(np.diff(inner)).max() * fps < 10


def test_without_hints_the_brows_only_drift():
    clip = run(Canonical(), speech_like(20).without(["accent"]))
    inner, down = (run(Layer("brows", Performance()), clip)[name] for name in ("browInnerUp", "browDownLeft"))
    assert 0 < inner.max() < 0.1 and 0 < down.max() < 0.1
    assert not (inner * down).any()  # never both


@pytest.mark.parametrize(("arousal", "factor"), [(0.1, 0.7), (0.38, 1.0), (0.6, 1.0), (0.9, 1.5)])
def test_a_roused_voice_enlarges_head_and_brows(arousal, factor):
    clip = speech_like(30)
    values = clip.values.copy()
    values[:, clip.column("arousal")] = arousal
    plain, roused = (run(Layers(Performance(emotion=Emotion(follow_voice=share), gaze=Gaze(enabled=False))),
                         replace(clip, values=values)) for share in (0.0, 1.0))
    np.testing.assert_allclose(roused["headYaw"], factor * plain["headYaw"], atol=1e-4)
