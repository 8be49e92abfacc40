"""Keys and keying: near enough everywhere, exact where an animator looks, never past a range."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rigdriver import gathering, pipeline
from rigdriver.anchoring import Accents, anchors
from rigdriver.choose import way
from rigdriver.clip import Clip
from rigdriver.keying import AT_ONCE, STEPS, closures, every_frame, reduced
from rigdriver.keys import Keys, sampled
from rigdriver.likeness import Likeness
from rigdriver.phones import PHONES, moments
from tests.helpers import waves
from tests.speech import hello

FPS = Fraction(60)


def clip_of(fps: Fraction | int = FPS, start: int = 0, **curves: np.ndarray) -> Clip:
    return Clip(tuple(curves), np.stack(list(curves.values()), 1).astype(np.float32), Fraction(fps), start)


def bump(frames: int, middle: float, width: float, height: float = 1.0) -> np.ndarray:
    return height * np.exp(-(((np.arange(frames) - middle) / width) ** 2))


def smooth(values: np.ndarray) -> np.ndarray:
    return np.convolve(values, np.hanning(9)[1:-1] / np.hanning(9).sum(), "same")


curves = st.one_of(
    arrays(np.float32, st.integers(1, 90), elements=st.floats(0, 1, width=32)),
    arrays(np.float32, st.integers(9, 90), elements=st.floats(0, 1, width=32)).map(smooth),
    arrays(np.float32, st.integers(1, 90), elements=st.sampled_from(np.float32([0, 0, 0, 0.25, 0.5, 1, 1]))),
)


@settings(deadline=None)
@given(values=curves, tolerance=st.sampled_from([1e-4, 0.003, 0.02, 0.3]), start=st.integers(-20, 1000))
def test_every_frame_lies_within_the_tolerance_and_no_curve_leaves_its_range(values, tolerance, start) -> None:
    clip = clip_of(start=start, a=values, b=values[::-1])
    keyed = reduced(clip, tolerance, still=True)
    again = sampled(keyed, clip.fps, clip.start, clip.end - 1)
    assert np.abs(again.values - clip.values).max() <= tolerance + 1e-6
    between = np.linspace(clip.times[0], clip.times[-1], 10 * len(clip))
    for name, keys in keyed.items():
        assert keys.at(between).min() >= clip[name].min() - 1e-9
        assert keys.at(between).max() <= clip[name].max() + 1e-9
        frames = np.round(keys.times * 60 - start).astype(int)
        np.testing.assert_array_equal(keys.values.astype(np.float32), clip[name][frames])
        np.testing.assert_array_equal(keys.in_slopes, keys.out_slopes)


@settings(deadline=None)
@given(values=curves)
def test_a_stretch_between_keys_is_monotone(values) -> None:
    keys = reduced(clip_of(a=values), 0.01, still=True)["a"]
    for one, other in zip(keys.times[:-1], keys.times[1:]):
        steps = np.diff(keys.at(np.linspace(one, other, 50)))
        assert (steps >= -1e-12).all() or (steps <= 1e-12).all()


def test_extremes_are_keys_with_flat_tangents() -> None:
    values = bump(120, 30, 6) + bump(120, 80, 9, 0.6)
    keys = reduced(clip_of(a=values), 0.005)["a"]
    frames = np.round(keys.times * 60).astype(int).tolist()
    for peak in (30, 80, 30 + int(values[30:80].argmin())):
        assert keys.in_slopes[frames.index(peak)] == 0
        assert keys.values[frames.index(peak)] == np.float32(values[peak])
    assert len(keys) < 20


def test_holds_stay_exactly_flat_and_are_keyed_at_both_ends() -> None:
    rise = np.linspace(0, 1, 7) ** 2
    values = np.concatenate([np.zeros(40), rise, np.ones(30), rise[::-1], np.zeros(36), 0.4 * rise, np.full(20, 0.4)])
    keys = reduced(clip_of(a=values), 0.02)["a"]
    frames = np.round(keys.times * 60).astype(int).tolist()
    assert {0, 40, 46, 77, 83, 120, 126, 146} <= set(frames)
    for first, last, held in ((0, 40, 0.0), (46, 77, 1.0), (83, 120, 0.0), (126, 146, np.float32(0.4))):
        assert (keys.at(np.linspace(first, last, 500) / 60) == held).all()
        assert not [frame for frame in frames if first < frame < last]


def test_an_onset_out_of_rest_is_keyed_near_its_frame() -> None:
    """A rest that is not quite still: breath on a brow, then a raise."""
    values = 0.1 + 0.001 * np.sin(np.arange(160) / 5)
    values[100:130] += 0.4 * (1 - np.cos(np.linspace(0, np.pi, 30)))
    values[130:] += 0.8
    keys = reduced(clip_of(a=values), 0.005)["a"]
    frames = keys.times * 60
    assert np.abs(frames - 100).min() <= 4
    assert np.abs(frames - 130).min() <= 4
    assert len(keys) <= 12


def test_wiggles_within_the_tolerance_need_no_keys() -> None:
    wiggle = 0.5 + 0.002 * np.sin(np.arange(600))
    assert len(reduced(clip_of(a=wiggle), 0.005)["a"]) <= 4
    assert len(reduced(clip_of(a=wiggle), 0.0005)["a"]) > 100


def test_curves_of_zero_give_no_keys_or_one() -> None:
    clip = clip_of(a=np.zeros(50), b=np.full(50, 0.3))
    assert list(reduced(clip)) == list(every_frame(clip)) == ["b"]
    for made in (reduced(clip, still=True), every_frame(clip, still=True)):
        assert [len(keys) for keys in made.values()] == [1, 1]
    assert reduced(clip_of(a=np.zeros(5))) == {}
    assert reduced(Clip.header(("a",), 60), still=True) == every_frame(Clip.header(("a",), 60), still=True) == {}


def test_sealed_lips_stay_sealed() -> None:
    """mouthClose equals jawOpen while lips touch: the frames where that begins and ends are keys of both."""
    jaw = 0.3 + bump(90, 20, 9, 0.3) + bump(90, 70, 9, 0.4)
    shut = np.zeros(90)
    shut[40:52] = jaw[40:52]
    clip = clip_of(jawOpen=jaw, mouthClose=shut, start=7)
    assert closures(clip)["jawOpen"][0] == 47 and closures(clip)["mouthClose"][-1] == 58
    keyed = reduced(clip, 0.03)
    for name in clip.names:
        frames = np.round(keyed[name].times * 60).astype(int)
        for frame in closures(clip)[name]:
            assert keyed[name].values[frames.tolist().index(frame)] == clip[name][frame - 7]


def test_a_curve_is_keyed_alike_in_any_company() -> None:
    """Also where there are too many to be treated at once."""
    clip = waves(4000, 60)
    assert clip.values.size > AT_ONCE
    for name in clip.names[::11]:
        alone, among = reduced(clip.pick([name]), 0.002)[name], reduced(clip, 0.002)[name]
        np.testing.assert_array_equal(alone.times, among.times)
        np.testing.assert_allclose(alone.in_slopes, among.in_slopes, rtol=0, atol=1e-9)


def test_pinned_frames_are_keys() -> None:
    keys = reduced(clip_of(a=np.linspace(0, 1, 60)), 0.01, pinned={"a": [31], "unknown": [1]})["a"]
    assert 31 in np.round(keys.times * 60)
    assert len(keys) == 3


@given(values=curves)
@settings(deadline=None)
def test_every_frame_is_exact(values) -> None:
    clip = clip_of(start=3, a=values)
    again = sampled(every_frame(clip, still=True), FPS, clip.start, clip.end - 1)
    np.testing.assert_allclose(again.values, clip.values, atol=1e-6)


def test_a_tolerance_above_zero_is_asked_for() -> None:
    for tolerance in (0, -1, float("nan")):
        with pytest.raises(ValueError, match="tolerance"):
            reduced(clip_of(a=np.ones(3)), tolerance)


def test_slopes_mean_what_gltf_and_unity_mean_by_them() -> None:
    keys = Keys([0, 2], [1, 5], [0, 3], [6, 0])  # per second
    t, u = np.array([0.5, 1.0, 1.7]), np.array([0.25, 0.5, 0.85])
    expected = ((2 * u**3 - 3 * u**2 + 1) * 1 + (u**3 - 2 * u**2 + u) * 2 * 6
                + (-2 * u**3 + 3 * u**2) * 5 + (u**3 - u**2) * 2 * 3)  # fmt: skip
    np.testing.assert_allclose(keys.at(t), expected)
    np.testing.assert_allclose(keys.at([-1, 0, 2, 9]), [1, 1, 5, 5])
    thirds = Keys(keys.times, keys.values, keys.in_slopes, keys.out_slopes, np.full((2, 2), 1 / 3))
    np.testing.assert_allclose(thirds.at(t), expected, atol=1e-9)


def test_handles_that_reach_further_bend_time() -> None:
    """A Bézier with handles of all their length: at its own middle (u = ½) time and value are known."""
    keys = Keys([0, 1], [0, 1], [0, 0], [0, 0], np.array([[0.5, 0.8], [0.8, 0.5]]))
    time = 3 * 0.125 * 0.8 + 3 * 0.125 * 0.2 + 0.125
    np.testing.assert_allclose(keys.at([time]), [0.5], atol=1e-9)
    assert keys.at([0.3])[0] < Keys([0, 1], [0, 1], [0, 0], [0, 0]).at([0.3])[0]


def test_an_infinite_slope_is_a_step() -> None:
    keys = Keys([0, 1, 2], [1, 2, 3], [0, np.inf, 0], [np.inf, 0, 0])
    np.testing.assert_array_equal(keys.at([0, 0.99, 1]), [1, 1, 2])
    assert 2 < keys.at([1.5])[0] < 3


@pytest.mark.parametrize(("times", "values"), [
    ([0, 0], [1, 1]), ([0, 1], [1]), ([0, np.nan], [0, 0]), ([0, 1], [0, np.inf]), ([], [])])
def test_keys_check_themselves(times, values) -> None:
    with pytest.raises(ValueError):
        Keys(times, values, np.zeros(len(times)), np.zeros(len(times)))


def test_anchors_draw_keys_and_cost_nothing() -> None:
    """Keys come to lie at the moments that were named, sooner than beside them, within the same tolerance."""
    clip, moments_s = pipeline.drive(hello(), way()), np.arange(0.1, 8.9, 0.1)
    plain, drawn = reduced(clip, 0.02), reduced(clip, 0.02, anchors=moments_s)
    there = [np.isclose(np.concatenate([keys.times for keys in made.values()])[:, None], moments_s, atol=1e-6).any(1)
             for made in (plain, drawn)]
    assert there[1].mean() > 1.3 * there[0].mean()
    assert sum(map(len, drawn.values())) < 1.03 * sum(map(len, plain.values()))
    again = sampled(drawn, clip.fps, clip.start, clip.end - 1)
    assert np.abs(again.values - clip.pick(again.names).values).max() <= 0.02 + 1e-6


def test_anchors_beside_the_clip_are_no_matter() -> None:
    clip = waves(60, 60)
    plain = reduced(clip, 0.01)
    for name, keys in reduced(clip, 0.01, anchors=[-5.0, 99.0]).items():
        np.testing.assert_array_equal(keys.times, plain[name].times)


def test_moments_are_the_middles_of_phones() -> None:
    heard = np.full((60, len(PHONES)), -9.0)
    for name, first, last in (("SIL", 0, 20), ("M", 20, 29), ("AA", 29, 31), ("IY", 31, 40), ("SIL", 40, 60)):
        heard[first:last, PHONES.index(name)] = 0.0
    np.testing.assert_allclose(moments(heard) * 60, [0, 20, 24, 35, 40, 60])


@pytest.fixture(scope="module")
def line() -> tuple[Clip, dict[str, list[float]]]:
    """The example, driven, and its moments."""
    accents = Accents()
    clip = pipeline.drive(hello(), way(), witness=accents)
    return clip, anchors(pipeline.phones(hello(), way().model), accents)


def frames_of(curves: dict[str, Keys], fps: float = 60) -> np.ndarray:
    return np.unique(np.round(np.concatenate([keys.times for keys in curves.values()]) * fps))


@settings(deadline=None)
@given(values=curves, tolerance=st.sampled_from([0.001, 0.005, 0.02, 0.1, 0.3]),
       moments_s=st.lists(st.floats(-1, 3), max_size=5))
def test_shared_keys_honour_the_tolerance_and_the_range(values, tolerance, moments_s) -> None:
    clip = clip_of(start=4, jawOpen=values, mouthFunnel=values[::-1], browInnerUp=np.roll(values, 3))
    keyed = reduced(clip, tolerance, still=True, anchors={"mouth": moments_s}, shared=True)
    again = sampled(keyed, clip.fps, clip.start, clip.end - 1)
    assert again.names == clip.names
    assert np.abs(again.values - clip.values).max() <= tolerance + 1e-6
    between = np.linspace(clip.times[0], clip.times[-1], 7 * len(clip))
    for name, keys in keyed.items():
        assert clip[name].min() - 1e-9 <= keys.at(between).min() and keys.at(between).max() <= clip[name].max() + 1e-9
        rows = np.round(keys.times * 60).astype(int) - 4
        np.testing.assert_array_equal(keys.values.astype(np.float32), clip[name][rows])


@pytest.mark.parametrize(("step", "keys", "frames"), [("close", 0.97, 0.97), ("clear", 0.92, 0.85), ("loose", 0.9, 0.7),
                                                      ("poses", 1.25, 0.6)])
def test_sharing_takes_fewer_keys_and_far_fewer_frames(step: str, keys: float, frames: float, line) -> None:
    clip, moments_s = line
    alone, shared = reduced(clip, STEPS[step]), reduced(clip, STEPS[step], anchors=moments_s, shared=True)
    assert sum(map(len, shared.values())) < keys * sum(map(len, alone.values()))
    assert len(frames_of(shared)) < frames * len(frames_of(alone))
    cost = Likeness.of(clip, shared)
    assert cost.most <= STEPS[step] + 1e-6 and cost.kept == cost.closures > 10 and cost.gap < 1e-6


def test_steps_go_from_dense_to_sparse(line) -> None:
    clip, moments_s = line
    costs = [Likeness.of(clip, reduced(clip, tolerance, anchors=moments_s, shared=True) if tolerance else
                         every_frame(clip)) for tolerance in STEPS.values()]
    for dense, sparse in pairwise(costs):
        assert sparse.keys < dense.keys and sparse.rms > dense.rms and sparse.frames <= dense.frames
    assert costs[0].most < 1e-6


def test_poses_are_shared_by_the_mouth(line) -> None:
    clip, moments_s = line
    made = reduced(clip, STEPS["poses"], anchors=moments_s, shared=True)
    mouth = {name: made[name] for name in gathering.parts(made)["mouth"]}
    assert sum(map(len, mouth.values())) / len(frames_of(mouth)) > 7  # curves that a key frame has


def test_a_hold_stays_flat_where_keys_are_shared() -> None:
    up = np.concatenate([np.zeros(60), np.hanning(60), np.zeros(60)])
    keys = reduced(clip_of(jawOpen=up, mouthFunnel=np.roll(up, 4)), 0.02, shared=True)["jawOpen"]
    assert (keys.at(np.linspace(0, 0.9, 50)) == 0).all() and (keys.at(np.linspace(2.1, 3, 50)) == 0).all()


def test_parts_of_a_face_do_not_share() -> None:
    assert gathering.parts(["jawOpen", "browInnerUp", "eyeBlinkLeft", "eyeLookUpLeft", "headYaw", "tongueOut"]) == {
        "mouth": ["jawOpen", "tongueOut"], "brows": ["browInnerUp"], "lids": ["eyeBlinkLeft"],
        "eyes": ["eyeLookUpLeft"], "head": ["headYaw"]}


@given(weight=arrays(np.float64, 50, elements=st.floats(0, 1)), rows=st.lists(st.integers(0, 49), max_size=8),
       forced=st.lists(st.integers(0, 49), max_size=4), reach=st.integers(1, 5))
def test_poses_are_few_and_near_to_all_that_speaks(weight, rows, forced, reach) -> None:
    weight = np.where(weight > 0.8, weight, 0)
    found = gathering.poses(weight, np.array(rows, int), np.array(sorted(set(forced)), int), reach)
    for row in (*np.flatnonzero(weight), *rows):
        assert len(found) and np.abs(found - row).min() <= 2 * reach
    assert set(forced) <= set(found.tolist())
    free = [row for row in found.tolist() if row not in forced]
    assert all(np.abs(found[found != row] - row).min(initial=99) > reach for row in free)


def test_accents_are_moments_of_brows_and_head() -> None:
    accents, times = Accents(), np.arange(120) / 60
    heard = np.clip(bump(120, 30, 4) + bump(120, 90, 4, 0.8) + bump(120, 60, 4, 0.3), 0, 1)
    for first in range(0, 120, 25):
        accents(Clip(("accent",), heard[first : first + 25, None].astype(np.float32), FPS, first))
    assert anchors(np.zeros((0, 40)), accents) == {"mouth": [], "brows": [times[30], times[90]], "head": [0.5, 1.5]}


def test_likeness_counts_what_keys_cost() -> None:
    jaw = np.full(60, 0.4)
    shut = np.zeros(60)
    shut[20:30] = shut[40:50] = 0.4
    clip = clip_of(jawOpen=jaw, mouthClose=shut)
    open_ = Keys([0, 25 / 60, 35 / 60], [0, 0.4, 0], [0, 0, 0], [0, 0, 0])
    cost = Likeness.of(clip, {"jawOpen": Keys([0], [0.4], [0], [0]), "mouthClose": open_})
    assert (cost.keys, cost.frames, cost.curves, cost.dense) == (4, 3, 2, 120)
    assert (cost.closures, cost.kept) == (2, 1) and cost.gap == pytest.approx(0.4) and cost.most == pytest.approx(0.4)
    assert "1 of 2 closures" in next(cost.lines()) and cost.as_dict()["per_second"] == 4
