"""The three laws, for every row of the table, the stages beside it, and all layers together."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rigdriver import rig
from rigdriver.layers import TABLE, Layer, Layers
from rigdriver.layers.canonical import Canonical
from rigdriver.layers.resample import Resample
from rigdriver.layers.retarget import Retarget
from rigdriver.performance import Blink, Channels, Emotion, Performance
from rigdriver.rig import Channel, Rig
from rigdriver.stage import run
from tests import laws
from tests.layers.speech_like import speech_like

FRAMES = 24 * 12  # 12 s: a few blinks, glances, nods and turns
# Gains and offsets that do something in every layer.
PERFORMANCE = Performance(
    channels=Channels(weight_multipliers={"jawOpen": 1.3}, weight_offsets={"headYaw": 0.1}),
    emotion=Emotion(sadness=0.4, cheekiness=0.3, auto=0.8),
    tracks={"emotion.joy": ((1.0, 0.0), (4.0, 0.7), (4.0, 0.2))},
)
# And a number of every section that changes while frames pass.
DIRECTED = replace(PERFORMANCE, tracks={
    "strength.jaw_strength": ((0, 0.4), (9, 1.8)), "smoothing.lower_face_smoothing": ((0, 0), (5, 0.05)),
    "silence.release_s": ((0, 0.05), (8, 0.6)), "emotion.upper_strength": ((1, 0), (6, 2)),
    "emotion.fear": ((2, 0), (3, 1)), "emotion.auto": ((0, 0), (6, 1)),
    "blink.idle_per_min": ((0, 10), (9, 60)), "blink.spread": ((0, 0.1), (9, 1)),
    "gaze.saccade_strength": ((0, 2), (7, 0)), "head.yaw_deg": ((0, 0), (6, 8)), "brows.drift": ((0, 0), (6, 0.2)),
    "restraint.lower_face_most": ((0, 1), (5, 0.2)), "restraint.lower_face_per_s": ((0, 30), (4, 1)),
    "channels.lip_open_offset": ((0, -0.2), (6, 0.2)), "labiodental.labiodental_strength": ((0, 0), (8, 1)),
    "sibilant.widest_jaw": ((0, 0.3), (8, 0.02)),
    "closure.closure_strength": ((0, 1), (8, 0)), "breath.breath_strength": ((0, 0), (9, 3)),
    "asymmetry.mouth": ((0, 0), (9, 0.4)),
})


def _mixed() -> Rig:
    """A rig whose channels sum several sources, one, or none."""
    matrix = np.random.default_rng(3).random((len(rig.canonical().names), 7)).astype(np.float32)
    matrix[:, 0], matrix[5:, 1] = 0, 0
    return Rig("mixed", tuple(Channel(f"c{k}") for k in range(7)), from_arkit=matrix)


LAYERS = {name: Layer(name, PERFORMANCE) for name in TABLE}
LAYERS |= {f"{name} directed": Layer(name, DIRECTED) for name in TABLE if name != "limits"}  # which has no numbers
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
CLIPS = {name: speech_like(12, 24, seed=2, start=start) for name, start in (("one", -7), ("other", 100))}
WIDE = {name: run(Canonical(), clip) for name, clip in CLIPS.items()}


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
