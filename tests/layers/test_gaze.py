"""Gaze: dwell, size of saccades, and weights and angles that say the same."""

import math
from dataclasses import replace

import numpy as np
import pytest

from rigdriver.clip import SHIFT
from rigdriver.layers import Layer, Layers
from rigdriver.layers.canonical import Canonical
from rigdriver.performance import Blink, Gaze, Performance
from rigdriver.stage import run
from tests.layers.speech_like import MOUTH, silent, speech_like

CLIPS = {(kind, fps): run(Canonical(), make(1200, fps))
         for kind, make in (("speech", speech_like), ("idle", silent)) for fps in (24, 60)}
SETTINGS = Gaze()
DEG = 180 / math.pi
SPEECH = (*MOUTH, "voice", "accent", "arousal")


def looked(kind: str, fps: int = 60, settings: Gaze = SETTINGS, seed: int = 0):
    return run(Layer("gaze", Performance(gaze=settings)), CLIPS[kind, fps], seed)


def direction(clip) -> np.ndarray:
    """(frames,) complex: yaw + i pitch of both eyes' mean, degrees."""
    return ((clip["leftEyeYaw"] + clip["rightEyeYaw"]) / 2 + 1j * clip["leftEyePitch"]).astype(complex) * DEG


def saccades_deg(at: np.ndarray, fps: int) -> np.ndarray:
    moving = np.abs(np.diff(at)) * fps > 25
    edges = np.flatnonzero(np.diff(np.concatenate([[0], moving.astype(int), [0]])))
    sizes = np.abs(at[edges[1::2]] - at[edges[::2]])
    return sizes[sizes > 0.8]  # without microsaccades


@pytest.mark.parametrize("fps", [24, 60])
@pytest.mark.parametrize("kind", ["speech", "idle"])
def test_share_of_mutual_gaze_is_that_of_the_settings(kind, fps):
    # With a partner's face of no size, what lies beyond 2.5 degrees is away.
    at = direction(looked(kind, fps, replace(SETTINGS, face_deg=0)))
    s = SETTINGS
    stay, leave = {"speech": (s.speaking_mutual_s, s.speaking_away_s),
                   "idle": (s.listening_mutual_s, s.listening_away_s)}[kind]
    assert (np.abs(at) < 2.5).mean() == pytest.approx(stay / (stay + leave), abs=0.06)


@pytest.mark.parametrize("fps", [24, 60])
def test_saccades_have_the_sizes_of_a_talker(fps):
    sizes = saccades_deg(direction(looked("speech", fps)), fps)
    quarter, half, most = np.quantile(sizes, [0.25, 0.5, 0.9])
    assert 2 < quarter < 4  # an actor's: 2.6, 4.8 and 11.4
    assert 3.5 < half < 6
    assert 8 < most < 14
    assert (sizes < 15).mean() > 0.9
    assert 1 < len(sizes) / 1200 < 2.5  # a second


def test_saccades_are_fast_and_rests_are_quiet():
    speed = np.abs(np.diff(direction(looked("speech")))) * 60
    assert 200 < speed.max() < 700
    assert np.median(speed) < 1


def test_weights_say_what_the_angles_say():
    out = looked("speech")
    degrees = {name: out[name] * DEG for name in ("leftEyeYaw", "rightEyeYaw", "leftEyePitch")}
    pairs = [("eyeLookOutLeft", degrees["leftEyeYaw"] / 36), ("eyeLookInLeft", -degrees["leftEyeYaw"] / 35),
             ("eyeLookInRight", degrees["rightEyeYaw"] / 35), ("eyeLookOutRight", -degrees["rightEyeYaw"] / 36),
             ("eyeLookDownLeft", degrees["leftEyePitch"] / 41), ("eyeLookUpLeft", -degrees["leftEyePitch"] / 24)]
    for name, want in pairs:
        np.testing.assert_allclose(out[name], np.clip(want, 0, 1), atol=1e-5)


def test_the_target_is_looked_at():
    out = looked("idle", 24, Gaze(saccade_strength=0, look_at_yaw_deg=10, look_at_pitch_deg=-5, vergence_deg=2))
    np.testing.assert_allclose(out["leftEyeYaw"] * DEG, 9, atol=1e-4)  # the left eye turns in, to the right
    np.testing.assert_allclose(out["rightEyeYaw"] * DEG, 11, atol=1e-4)
    np.testing.assert_allclose(out["leftEyePitch"] * DEG, -5, atol=1e-4)
    assert out["eyeWideLeft"].min() == pytest.approx(0.034, abs=1e-3)


def test_lids_follow_the_eyes():
    up, down = (looked("idle", 24, Gaze(saccade_strength=0, look_at_pitch_deg=deg)) for deg in (-12.5, 15))
    assert up["eyeWideLeft"][9] == pytest.approx(0.29, abs=0.02)
    assert down["eyeBlinkLeft"][9] == pytest.approx(0.06, abs=0.01)
    assert not up["eyeBlinkLeft"].any() and not down["eyeWideLeft"].any()


def test_a_turn_often_begins_with_a_look_away():
    clip, at = CLIPS["speech", 60], direction(looked("speech", settings=replace(SETTINGS, face_deg=0)))
    # Pauses of over 1.5 s end the turn here; .2 s into the next one the eyes have left for planning.
    starts = np.flatnonzero((clip["voice"][1:] > 0.5) & (clip["voice"][:-1] < 0.5))
    turns = [k for k in starts if not clip["voice"][max(0, k - 95) : k].any()]
    away = np.mean([np.abs(at[k + 12]) > 2.5 for k in turns])
    assert away == pytest.approx(0.5, abs=0.12)


def jumps(at: np.ndarray, fps: int, least: float) -> np.ndarray:
    """Seconds at which shifts of that size begin."""
    step = np.abs(at[6:] - at[:-6])
    return np.flatnonzero((step[1:] >= least) & (step[:-1] < least)) / fps


def test_large_shifts_draw_blinks_and_the_rate_stays():
    plain, drawn = (run(Layers(Performance(blink=Blink(shift_factor=factor))), CLIPS["speech", 60].pick(SPEECH), 3)
                    for factor in (0, 1))
    beside, rate = [], []
    for out in (plain, drawn):
        lid = out["eyeBlinkLeft"]
        shut = np.flatnonzero((lid[1:] >= 0.3) & (lid[:-1] < 0.3)) / 60
        far = jumps(direction(out) + (out["headYaw"] + 1j * out["headPitch"]) * DEG, 60, 10)
        beside.append(np.mean([np.abs(shut - at).min() < 0.2 for at in far]))
        rate.append(len(shut) / 20)
    assert beside[0] < 0.3 and 0.35 < beside[1] < 0.65
    assert rate[1] == pytest.approx(rate[0], rel=0.1)


def test_a_shift_is_told_before_the_eyes_leave():
    out = looked("speech")
    told = np.flatnonzero(out[SHIFT] >= 10)
    at = direction(out)
    assert len(told) > 100
    moved = [np.abs(at[frame + 8] - at[frame]) for frame in told if frame + 8 < len(at)]
    assert np.median(np.abs(np.array(moved) - out[SHIFT][told[: len(moved)]])) < 1
    assert np.median([np.abs(at[frame] - at[frame - 1]) for frame in told]) < 0.2


def test_a_directed_look_is_a_shift_to_the_target_from_wherever_the_eyes_were():
    """Whatever the state was, within a quarter of a second the eyes rest on the face at the new place."""
    track = {"gaze.look_at_yaw_deg": ((5.0, 0.0), (5.08, 20.0), (10.0, 20.0), (20.0, 0.0))}
    for seed in range(12):
        out = run(Layer("gaze", Performance(tracks=track)), CLIPS["idle", 60].cut(0, 1400), seed)
        assert out[SHIFT][300] >= 20
        assert np.abs(direction(out)[315:330] - 20).max() < 6
        assert out[SHIFT].max() < 35 and (out[SHIFT][620:1180] < 30).all()  # what moves slowly is followed
    stays = Performance(gaze=Gaze(saccade_strength=0), tracks=track)
    np.testing.assert_allclose(direction(run(Layer("gaze", stays), CLIPS["idle", 60].cut(0, 1400)))[900], 10, atol=0.1)
