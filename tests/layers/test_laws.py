"""The three laws, for every row of the table, the stages beside it, and all layers together."""

from dataclasses import replace
from fractions import Fraction
from functools import cache

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rigdriver import rig
from rigdriver.clip import PARTNER, SHIFT, Clip
from rigdriver.layers import TABLE, Layer, Layers
from rigdriver.layers.canonical import Canonical
from rigdriver.layers.resample import Resample
from rigdriver.layers.retarget import Retarget
from rigdriver.performance import (
    Blink,
    Breath,
    Channels,
    Emotion,
    Head,
    Idle,
    Limits,
    Performance,
    Restraint,
    Smoothing,
    Speech,
    Strength,
    numbers_of,
)
from rigdriver.rig import Channel, Rig
from rigdriver.stage import run
from tests import laws
from tests.layers.speech_like import speech_like

FRAMES = 24 * 12  # 12 s: a few blinks, glances, nods and turns
# Gains, offsets, rates and moments that make every layer do something in that time.
PERFORMANCE = Performance(
    speech=Speech(turn_gap_s=0.7),
    strength=Strength(0.8, 0.9, 1.4, 1.2),
    smoothing=Smoothing(upper_face_smoothing=0.01, lower_face_smoothing=0.02),
    channels=Channels(weight_multipliers={"jawOpen": 1.3}, weight_offsets={"headYaw": 0.1}),
    emotion=Emotion(sadness=0.4, cheekiness=0.3, auto=0.8),
    blink=Blink(at_s=(2.0, 2.05, 7.7), listening_share=0.8, double_share=0.5),
    head=Head(nods_at_s=(1.5, 6.0), listening_nod_share=0.9, nod_share=1.0, turn_share=1.0, posture_s=1.0),
    breath=Breath(quiet_per_min=40.0),
    idle=Idle(swallows_per_min=20.0, presses_per_min=20.0, corners_per_min=20.0),
    restraint=Restraint(lower_face_most=0.3, jaw_most=0.3),
    limits=Limits(weight_limits={"jawOpen": (0.0, 0.2)}),
    tracks={"emotion.joy": ((1.0, 0.0), (4.0, 0.7), (4.0, 0.2)),
            "gaze.look_at_yaw_deg": ((3.0, 0.0), (3.08, 20.0), (6.0, -10.0))},
)
# And a number of every section that changes while frames pass.
DIRECTED = replace(PERFORMANCE, tracks={
    "strength.jaw_strength": ((0, 0.4), (9, 1.8)), "smoothing.lower_face_smoothing": ((0, 0), (5, 0.05)),
    "silence.release_s": ((0, 0.05), (8, 0.6)), "emotion.upper_strength": ((1, 0), (6, 2)),
    "emotion.fear": ((2, 0), (3, 1)), "emotion.auto": ((0, 0), (6, 1)),
    "blink.idle_per_min": ((0, 10), (9, 60)), "blink.spread": ((0, 0.1), (9, 1)),
    "blink.shift_factor": ((0, 0), (9, 3)), "gaze.look_at_pitch_deg": ((2, 0), (2, 12), (8, -12)),
    "gaze.saccade_strength": ((0, 2), (7, 0)), "head.yaw_deg": ((0, 0), (6, 8)), "brows.drift": ((0, 0), (6, 0.2)),
    "restraint.lower_face_most": ((0, 1), (5, 0.2)), "restraint.lower_face_per_s": ((0, 30), (4, 1)),
    "channels.lip_open_offset": ((0, -0.2), (6, 0.2)), "labiodental.labiodental_strength": ((0, 0), (8, 1)),
    "sibilant.widest_jaw": ((0, 0.3), (8, 0.02)),
    "closure.closure_strength": ((0, 1), (8, 0)), "breath.breath_strength": ((0, 0), (9, 3)),
    "asymmetry.mouth": ((0, 0), (9, 0.4)), "idle.idle_strength": ((0, 0), (9, 2)),
})


def _mixed() -> Rig:
    """A rig whose channels sum several sources, one, or none."""
    matrix = np.random.default_rng(3).random((len(rig.canonical().names), 7)).astype(np.float32)
    matrix[:, 0], matrix[5:, 1] = 0, 0
    return Rig("mixed", tuple(Channel(f"c{k}") for k in range(7)), from_arkit=matrix)


LAYERS = {name: Layer(name, PERFORMANCE) for name in TABLE}
LAYERS |= {f"{name} directed": Layer(name, DIRECTED) for name in TABLE if numbers_of(name)}
OTHERS = {
    "canonical": Canonical(),
    "all": Layers(PERFORMANCE),
    "all directed": Layers(DIRECTED),
    "retarget canonical": Retarget(rig.canonical()),
    "retarget mixed": Retarget(_mixed()),
    "resample 24": Resample(Fraction(24)),
    "resample 30000/1001": Resample(Fraction(30000, 1001)),
    "resample 60": Resample(Fraction(60)),
    "resample 120": Resample(Fraction(120)),
}


def listened(seconds: float, fps: Fraction | int, seed: int, start: int) -> Clip:
    """A talker beside somebody who talks too, and whose voice is now calm, now roused."""
    clip = speech_like(seconds, fps, seed=seed, start=start, pauses=(0.4, 4.0))
    clip = clip.with_column(PARTNER, speech_like(seconds, fps, seed=seed + 1, start=start)["voice"])
    values = clip.values.copy()
    values[:, clip.column("arousal")] = 0.5 + 0.5 * np.sin(clip.times)
    return replace(clip, values=values)


def shifting(clip: Clip) -> Clip:
    """With shifts of gaze, which in a row of layers come from the gaze."""
    values = clip.values.copy()
    values[::17, clip.column(SHIFT)] = np.linspace(2, 40, len(values[::17]))
    return replace(clip, values=values)


CLIPS = {name: listened(12, 24, 2, start) for name, start in (("one", -7), ("other", 100))}
WIDE = {name: shifting(run(Canonical(), clip)) for name, clip in CLIPS.items()}


def _clips(name: str):
    return WIDE if name in LAYERS else CLIPS


@pytest.mark.parametrize("name", [*LAYERS, *OTHERS])
class TestLaws:
    @settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(lengths=laws.cuttings(FRAMES), seed=st.integers(0, 2**40))
    def test_chunking_changes_nothing(self, name, lengths, seed):
        laws.check_chunking({**LAYERS, **OTHERS}[name], _clips(name)["one"], lengths, seed)

    def test_frame_by_frame_changes_nothing(self, name):
        laws.check_chunking({**LAYERS, **OTHERS}[name], _clips(name)["one"], [1] * FRAMES, 7)

    def test_streams_do_not_touch(self, name):
        clips = _clips(name)
        laws.check_streams_apart({**LAYERS, **OTHERS}[name], clips["one"], clips["other"], 13, 7)

    def test_same_seed_same_face(self, name):
        laws.check_same_seed({**LAYERS, **OTHERS}[name], _clips(name)["one"], 7)


def test_every_layer_with_numbers_has_one_that_changes():
    assert {name for name in TABLE if numbers_of(name)} == {key.partition(".")[0] for key in DIRECTED.tracks}


@pytest.mark.parametrize("name", TABLE)
def test_every_layer_does_something_here(name):
    out = run(LAYERS[name], WIDE["one"], 3)
    assert not np.array_equal(out.values, WIDE["one"].values)


@cache
def _anywhere(fps: Fraction, start: int) -> Clip:
    return listened(4, fps, 5, start)


rates = st.sampled_from([Fraction(24), Fraction(30000, 1001), Fraction(60), Fraction(37, 2)])


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(fps=rates, start=st.sampled_from([-31, 0, 10**6]), seed=st.integers(0, 2**40), data=st.data(),
       performance=st.sampled_from([PERFORMANCE, DIRECTED, Performance()]))
def test_the_laws_hold_at_any_rate_place_and_seed(fps, start, seed, data, performance):
    stage, clip = Layers(performance), _anywhere(fps, start)
    laws.check_chunking(stage, clip, data.draw(laws.cuttings(len(clip))), seed)
    laws.check_streams_apart(stage, clip, _anywhere(fps, 7), data.draw(st.integers(1, len(clip))), seed)


@pytest.mark.parametrize("fps", [24, 30, 120])
def test_another_rate_shows_the_same_face(fps):
    """Chance is drawn by frames and so differs, but what a director asks for is the same motion at every rate."""
    asked = Performance(blink=Blink(idle_per_min=0, speaking_per_min=0, at_s=(2.0,)),
                        head=Head(yaw_deg=0, pitch_deg=0, roll_deg=0, nod_share=0, turn_share=0, nods_at_s=(4.0,)),
                        tracks={"emotion.joy": ((1.0, 0.0), (3.0, 0.8)), "gaze.saccade_strength": ((0, 0), (1, 0))})
    one, other = (run(Layers(asked), speech_like(6, rate)) for rate in (60, fps))
    for name, within in (("mouthSmileLeft", 0.1), ("eyeBlinkLeft", 0.35), ("headPitch", 0.012)):
        np.testing.assert_allclose(np.interp(other.times, one.times, one[name]), other[name], atol=within)
        assert one[name].max() > 3 * within / 2


@pytest.mark.parametrize(("name", "channel"), [
    ("blink", "eyeBlinkLeft"), ("gaze", "leftEyeYaw"), ("head", "headYaw"), ("brows", "browInnerUp"),
])
def test_another_seed_is_another_face(name, channel):
    one, other = (run(LAYERS[name], WIDE["one"], seed)[channel] for seed in (1, 2))
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("name", [*LAYERS, "all", "retarget canonical", "retarget mixed"])
def test_no_layer_delays(name):
    stage, clip = {**LAYERS, **OTHERS}[name], _clips(name)["one"]
    stream = stage.start(clip.cut(clip.start, clip.start), 0)
    assert len(stream.push(clip.cut(clip.start, clip.start + 1))) == 1


def test_one_layer_leaves_the_dice_of_the_others_alone():
    clip, quiet = CLIPS["one"], Performance(blink=Blink(enabled=False))
    with_blinks, without = (run(Layers(performance), clip, 3) for performance in (Performance(), quiet))
    np.testing.assert_array_equal(without["browInnerUp"], with_blinks["browInnerUp"])
