"""All layers together, and the stages beside them: names, times, ranges, errors."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rigdriver import layers, rig
from rigdriver.clip import HINTS, SHIFT, Clip
from rigdriver.errors import InputError, SettingsError
from rigdriver.layers.canonical import Canonical
from rigdriver.layers.resample import Resample
from rigdriver.layers.retarget import Retarget
from rigdriver.performance import Performance
from rigdriver.rig import Channel, Rig
from rigdriver.stage import run
from tests.layers.speech_like import speech_like

CANON = rig.canonical().names


def test_a_clip_is_widened_to_the_canonical_rig_and_keeps_its_hints():
    out = run(layers.Layers(Performance()), speech_like(2))
    assert out.names == (*CANON, *HINTS, SHIFT)
    assert run(layers.Layers(Performance()), speech_like(2).without(HINTS)).names == (*CANON, SHIFT)


def test_a_channel_of_another_rig_is_named():
    with pytest.raises(InputError, match=r"jaw_open.*jawOpen"):
        layers.chain(Performance(), Clip.header(("jaw_open",), 60))


def test_the_seed_is_the_performances_unless_given():
    clip = speech_like(10)
    header = clip.cut(0, 0)
    one, same, other = (layers.chain(Performance(seed=5), header, seed).push(clip)["headYaw"] for seed in (None, 5, 6))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


def test_chunks_that_do_not_meet_are_refused():
    clip = speech_like(2)
    stream = layers.chain(Performance(), clip.cut(0, 0))
    stream.push(clip.cut(0, 10))
    with pytest.raises(ValueError, match="frame 10"):
        stream.push(clip.cut(11, 12))


def test_onto_the_canonical_rig_hints_go_and_order_comes():
    clip = Clip(("voice", "jawOpen"), np.array([[1, 0.5]]), 60, 3)
    out = run(Retarget(rig.canonical()), clip)
    assert out.names == CANON and out.start == 3
    assert out["jawOpen"][0] == 0.5 and out.values.sum() == 0.5


def test_retargeting_is_the_rigs_matrix_in_its_ranges():
    rng = np.random.default_rng(1)
    matrix = np.where(rng.random((len(CANON), 9)) < 0.1, rng.normal(size=(len(CANON), 9)), 0).astype(np.float32)
    target = Rig("nine", tuple(Channel(f"c{k}", low=-0.5, high=0.5) for k in range(9)), from_arkit=matrix)
    clip = Clip(CANON, rng.random((50, len(CANON))), 60)
    want = np.clip(clip.values @ matrix, -0.5, 0.5)
    np.testing.assert_allclose(run(Retarget(target), clip).values, want, atol=1e-5)


def test_a_rig_that_nothing_drives_is_refused():
    target = Rig("odd", (Channel("jawOpen"), Channel("antenna")))
    with pytest.raises(SettingsError, match=r"odd.*antenna"):
        run(Retarget(target), speech_like(1))


rates = st.sampled_from([Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(30), Fraction(50), Fraction(60),
                         Fraction(60000, 1001), Fraction(120), Fraction(7, 3)])


@settings(max_examples=60, deadline=None)
@given(rates, rates, st.integers(-1000, 1000), st.integers(1, 200))
def test_resampled_frames_lie_on_the_line(native, fps, start, frames):
    ramp = np.arange(start, start + frames)[:, None] / native  # a curve that says the time
    clip = Clip(("time",), np.array(ramp, np.float64), native, start)
    out = run(Resample(fps), clip)
    assert out.fps == fps
    assert abs(out.duration - clip.duration) <= 1 / fps
    assert 0 <= out.start / fps - start / native < 1 / fps
    last = float((clip.end - 1) / native)
    np.testing.assert_allclose(out["time"], np.minimum(out.times, last), atol=1e-6 * (1 + abs(last)))


def test_resampling_to_the_same_rate_is_nothing():
    clip = speech_like(3, 60, start=-20)
    out = run(Resample(Fraction(60)), clip)
    np.testing.assert_array_equal(out.values, clip.values)
    assert out.start == clip.start


def test_no_drift_after_three_hours():
    start = 3 * 3600 * 60
    clip = Clip(("x",), np.arange(4)[:, None], 60, start)
    out = run(Resample(Fraction(30000, 1001)), clip)
    place = Fraction(out.start) / Fraction(30000, 1001) * 60 - start
    assert out["x"][0] == np.float32(place)


def test_resampling_gives_frames_as_soon_as_they_can_be_known():
    clip = speech_like(1, 60)
    stream = Resample(Fraction(24)).start(clip.cut(0, 0), 0)
    given_at = {}
    for frame in range(len(clip)):
        out = stream.push(clip.cut(frame, frame + 1))
        given_at.update(dict.fromkeys(range(out.start, out.end), frame))
    assert all(native == -(-k * 60 // 24) for k, native in given_at.items())


@settings(max_examples=30, deadline=None)
@given(rates)
def test_shut_lips_stay_shut_between_frames(fps):
    clip = run(layers.Layers(Performance()), speech_like(10, 60))
    shut = Clip(clip.names, clip.values[clip["closure"] == 1], 60)  # neighbours that all hold
    out = run(Resample(fps), shut)
    assert (out["mouthClose"] >= 0.8 * out["jawOpen"] - 1e-6).all()
    assert out.pick(CANON).values.max() <= 1


def test_a_number_that_is_keyed_is_what_it_is_at_each_time():
    clip = speech_like(8)
    keys = {"strength.lower_face_strength": ((2.0, 1.0), (2.0, 0.5), (6.0, 0.5), (6.0, 2.0))}
    keyed = run(layers.Layer("strength", Performance(tracks=keys)), run(Canonical(), clip))
    np.testing.assert_allclose(keyed["jawOpen"][100], clip["jawOpen"][100])
    np.testing.assert_allclose(keyed["jawOpen"][120:360], 0.5 * clip["jawOpen"][120:360])
    np.testing.assert_allclose(keyed["jawOpen"][360:], 2 * clip["jawOpen"][360:])
