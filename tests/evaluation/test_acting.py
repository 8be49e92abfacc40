"""Blinks, saccades, head and brows: events of known size are found, events at random fall where chance says."""

import os
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from rigdriver import formats
from rigdriver.audio import Audio
from rigdriver.clip import Clip
from rigdriver.evaluation import acting, blinks, heads, raises, saccades
from rigdriver.evaluation.report import Report, Table
from rigdriver.evaluation.turns import Acted, turns
from rigdriver.layers.strokes import Glide
from rigdriver.take import Phone, Take
from tests.layers.speech_like import speech_like

FPS = 60
DATA = Path(os.environ.get("RIGDRIVER_DATA", Path(__file__).parents[3] / "shared" / "data"))
CAPTURE = DATA / "llf_mobu" / "alex_rom_4.csv"
EYES = ("leftEyeYaw", "leftEyePitch", "rightEyeYaw", "rightEyePitch")


def clip_of(fps: int = FPS, **curves: np.ndarray) -> Clip:
    return Clip(tuple(curves), np.stack(list(curves.values()), 1).astype(np.float32), Fraction(fps))


def blinking(onsets: np.ndarray, sizes: np.ndarray, frames: int, rest: float = 0.0) -> Clip:
    """Straight strokes: 6 frames down, 3 shut, 12 up, beginning at whole frames."""
    lid = np.full(frames, rest)
    for first, size in zip(onsets, sizes):
        shape = np.interp(np.arange(22), (0, 6, 9, 21), (0, 1, 1, 0))
        lid[first : first + 22] = rest + shape[: frames - first] * (size - rest)
    return clip_of(eyeBlinkLeft=lid, eyeBlinkRight=lid)


def looking(points: list[complex], begin_s: list[float], seconds: float, fps: int = FPS) -> Clip:
    """Gaze that goes to each point (degrees) in a saccade of 25 ms and 2.4 ms a degree."""
    gaze, times, at = Glide(0j), np.arange(round(seconds * fps)) / fps, []
    coming = list(zip(points, begin_s))
    for time in times:
        while coming and coming[0][1] <= time:
            point, begins = coming.pop(0)
            gaze.to(point, begins, 0.025 + 0.0024 * abs(point - gaze.target))
        at.append(gaze.at(time))
    yaw, pitch = np.radians(np.real(at)), np.radians(np.imag(at))
    return clip_of(fps, **dict(zip(EYES, (yaw, pitch, yaw, pitch))))


def always(clip: Clip, talking: bool = True) -> Acted:
    """The clip as one long turn, or one long silence."""
    voice = np.full(len(clip), float(talking))
    return Acted(clip, turns(clip_of(voice=voice)))


@pytest.mark.parametrize("rest", [0.0, 0.1])
def test_blinks_of_known_shape_are_found(rest: float) -> None:
    onsets, sizes = np.array([60, 240, 266, 500]), np.array([1.0, 0.98, 0.8, 0.6])
    found = blinks.blinks(blinking(onsets, sizes, 900, rest))
    np.testing.assert_allclose([blink.size for blink in found], sizes, atol=1e-6)
    np.testing.assert_allclose([blink.onset_s for blink in found], onsets / FPS + 0.01, atol=1e-4)
    for blink in found:
        assert blink.closing_s == pytest.approx(0.09, abs=1e-4)
        assert blink.shut_s == pytest.approx(0.08, abs=1e-4)
        assert blink.opening_s == pytest.approx(0.23, abs=1e-4)
        assert blink.half_s == pytest.approx(0.2, abs=1e-4)


def test_what_is_no_blink_is_not_found() -> None:
    held = np.interp(np.arange(600), (100, 110, 300, 320), (0, 1, 1, 0))  # eyes shut for three seconds
    follow = 0.12 * (np.arange(600) % 100 < 50)  # lids that follow the eyes
    for lid in (held, follow, np.zeros(600)):
        assert blinks.blinks(clip_of(eyeBlinkLeft=lid, eyeBlinkRight=lid)) == []


def test_a_train_of_blinks_is_counted() -> None:
    onsets = np.arange(120, 36000 - 60, 150)  # one in 2.5 s, and every fifth comes twice, three in ten incomplete
    sizes = np.where(np.arange(len(onsets)) % 10 < 3, 0.6, 0.97)
    seconds = onsets[::5] + 26
    every = np.sort(np.concatenate([onsets, seconds]))
    size_at = dict(zip(onsets.tolist(), sizes)) | dict.fromkeys(seconds.tolist(), 0.8)
    got = blinks.figures([always(blinking(every, np.array([size_at[k] for k in every.tolist()]), 36000))])
    assert got["blinks a minute, speaking"] == pytest.approx(len(every) / 10, rel=0.01)
    assert got["share of blinks that come twice"] == pytest.approx(0.2, abs=0.01)
    assert got["share of blinks incomplete"] == pytest.approx(0.3, abs=0.01)
    assert np.isnan(got["blinks a minute, listening or idle"])


def test_distance_tells_the_log_normal_from_a_timer() -> None:
    rng = np.random.default_rng(5)
    drawn = rng.lognormal(np.log(2.5) - 0.65**2 / 2, 0.65, 2000)
    assert blinks.distance(drawn, 2.5) < 0.04
    assert blinks.distance(2 * drawn, 2.5) > 0.3
    assert blinks.distance(rng.uniform(3, 4, 2000), 2.5) > 0.4
    assert np.isnan(blinks.distance(np.zeros(0), 2.5))


def test_blinks_at_random_shun_no_phrase_and_seek_no_pause() -> None:
    spoken = speech_like(1800, FPS)
    rng = np.random.default_rng(2)
    onsets = np.cumsum(rng.integers(60, 120, 1100))
    lids = blinking(onsets, np.ones(len(onsets)), len(spoken))
    scene = Acted(lids, turns(spoken))
    got = blinks.figures([scene])
    assert got["blink rate there over that inside phrases"] == pytest.approx(1, abs=0.2)
    assert got["blinks of a turn in the first .4 s of a pause"] == pytest.approx(got["the same by chance"], abs=0.03)
    in_pauses = np.flatnonzero(np.diff(scene.turns.pause.astype(int)) == 1)[:-1] + 3
    sought = blinks.figures([Acted(blinking(in_pauses, np.ones(len(in_pauses)), len(spoken)), scene.turns)])
    assert sought["blinks of a turn in the first .4 s of a pause"] == 1


def walk(sizes: np.ndarray, seed: int = 3) -> tuple[list[complex], list[float]]:
    """Points that lie those distances apart, and times at every phase of a frame."""
    rng, at, points = np.random.default_rng(seed), 0j, []
    for size in sizes:
        options = [at + size * np.exp(1j * angle) for angle in rng.uniform(-np.pi, np.pi, 8)]
        at = min(options, key=abs)
        points.append(complex(at))
    return points, (0.5 + 0.4 * np.arange(len(sizes)) + rng.uniform(0, 1 / FPS, len(sizes))).tolist()


@pytest.mark.parametrize("fps", [60, 120])
def test_saccades_of_known_size_are_found(fps: int) -> None:
    sizes = np.random.default_rng(1).uniform(1.5, 25, 400)
    points, begin_s = walk(sizes)
    found = saccades.saccades(looking(points, begin_s, 165, fps))
    np.testing.assert_allclose([saccade.size for saccade in found], sizes, atol=0.1)
    np.testing.assert_allclose([saccade.begin_s for saccade in found], begin_s, atol=1.5 / fps)
    ways = np.diff(np.array([0j, *points]))
    np.testing.assert_allclose([saccade.way for saccade in found], ways, atol=0.1)


@pytest.mark.parametrize("size", [3, 5, 15])
def test_durations_are_read_finer_than_frames(size: int) -> None:
    points, begin_s = walk(np.full(200, float(size)))
    found = saccades.saccades(looking(points, begin_s, 85))
    assert saccades.duration_s(saccades.of_size(found, size)) == pytest.approx(0.025 + 0.0024 * size, abs=0.003)


def test_a_head_that_the_eyes_make_up_for_is_no_saccade() -> None:
    points, begin_s = walk(np.full(20, 6.0))
    still = looking(points, begin_s, 10)
    turn = 0.5 * np.sin(np.arange(len(still)) / 10)
    turned = clip_of(**{name: still[name] - turn * name.endswith("Yaw") for name in EYES}, headYaw=turn)
    assert [round(s.size, 3) for s in saccades.saccades(turned)] == [round(s.size, 3) for s in saccades.saccades(still)]
    slow = np.radians(20 * np.abs(np.arange(1200) % 120 - 60) / 60)  # 20 degrees a second, to and fro
    assert saccades.saccades(clip_of(**dict.fromkeys(EYES, slow))) == []


def test_microsaccades_are_not_saccades() -> None:
    sizes = np.random.default_rng(4).uniform(0.2, 0.6, 100)
    clip = looking(*walk(sizes), 45)
    assert saccades.saccades(clip) == []
    np.testing.assert_allclose([micro.size for micro in saccades.microsaccades(clip)], sizes, atol=0.05)


def test_mutual_gaze_is_the_share_of_time_on_the_face() -> None:
    points, begin_s = [15 + 0j, 0j] * 20, [2.0 * k + (0.5 if k % 2 else 0) for k in range(1, 41)]
    clip = looking(points, begin_s, 83)
    got = saccades.figures([always(clip)])
    assert got["mutual gaze, speaking: mean time away, s"] == pytest.approx(1.5, abs=0.05)
    assert got["mutual gaze, speaking: mean stay, s"] == pytest.approx(2.5, abs=0.05)
    assert got["mutual gaze, speaking: share"] == pytest.approx(53 / 83, abs=0.01)
    assert got["saccades, speaking: size p50, degrees"] == pytest.approx(15, abs=0.1)
    assert got["saccades, speaking: horizontal"] == 1
    assert np.isnan(got["mutual gaze, listening: share"])


@pytest.mark.parametrize(("way", "kind"), [(3, "horizontal"), (-3, "horizontal"), (2j, "vertical"), (-2j, "vertical"),
                                           (1 + 1j, "oblique"), (-1 + 1j, "oblique"), (-1 - 1j, "oblique")])
def test_directions(way: complex, kind: str) -> None:
    assert saccades.direction(complex(way)) == kind


def test_shifts_with_a_blink_are_counted() -> None:
    clip = looking([12 + 0j, 0j, 12 + 0j, 0j], [1, 2, 3, 4], 6)
    lids = blinking(np.array([58]), np.array([1.0]), len(clip))
    both = clip_of(**{name: clip[name] for name in EYES}, **{name: lids[name] for name in lids.names})
    assert saccades.figures([always(both)])["gaze shifts of 10 degrees or more with a blink"] == 0.25


def test_head_of_known_size_and_band() -> None:
    t = np.arange(60 * FPS) / FPS
    yaw = np.radians(np.sqrt(2) * (1.5 * np.sin(2 * np.pi * 0.5 * t) + np.sin(2 * np.pi * 3 * t)))
    clip = clip_of(headYaw=yaw, headPitch=0 * t, headRoll=0.5 * yaw)
    got = heads.figures([always(clip)])
    assert got["head yaw, speaking: sd, degrees"] == pytest.approx(np.hypot(1.5, 1), rel=0.01)
    assert got["head yaw, speaking: 90 % of energy below, Hz"] == pytest.approx(3, abs=0.06)
    assert got["head roll, speaking: sd, degrees"] == pytest.approx(np.hypot(1.5, 1) / 2, rel=0.01)
    fastest = 2 * np.pi * np.sqrt(2) * (1.5 * 0.5 + 3)
    assert got["head yaw, speaking: peak speed, degrees/s"] == pytest.approx(fastest, rel=0.02)
    assert got["head pitch, speaking: sd, degrees"] == 0
    rest = heads.figures([always(clip), always(clip_of(**{n: 0.5 * clip[n] for n in clip.names}), talking=False)])
    assert rest["head yaw: sd listening over speaking"] == pytest.approx(0.5, abs=0.01)


def browed(raised_s: np.ndarray, accented_s: np.ndarray, seconds: float) -> Clip:
    """Raises that peak at those times (.15 s up, .5 s down), over a drift, and accents of .1 s."""
    t = np.arange(round(seconds * FPS)) / FPS
    brow, accent = 0.02 * np.sin(t), np.zeros(len(t))
    for peak in raised_s:
        brow += 0.25 * np.interp(t - peak, (-0.15, 0, 0.5), (0, 1, 0))
    for peak in accented_s:
        accent = np.maximum(accent, 0.8 * np.interp(t - peak, (-0.05, 0, 0.05), (0, 1, 0)))
    return clip_of(browInnerUp=brow, accent=accent)


def test_raises_on_accents_are_told_from_chance() -> None:
    rng = np.random.default_rng(8)
    accented = np.cumsum(rng.uniform(0.5, 2.5, 400))
    seconds = float(accented[-1]) + 2
    some = accented[np.concatenate([[True], np.diff(accented) > 1.2])][::2]
    clip = browed(some + 0.1, accented, seconds)
    assert len(raises.raises_s(clip)) == len(some) and len(raises.accents_s(clip)) == len(accented)
    got = raises.figures([always(clip)])
    assert got["brow raises on accents"] == 1
    assert got["accents with a brow raise"] == pytest.approx(len(some) / 400, abs=0.02)
    assert got["brow raises on accents: peak after the accent's, ms"] == pytest.approx(100, abs=17)
    chance = got["brow raises on accents by chance"]
    assert chance == pytest.approx(0.4 / 1.5, abs=0.04)  # a window of .4 s, an accent in 1.5 s
    shuffled = [np.cumsum(np.random.default_rng(k).permutation(np.diff(accented, prepend=0))) for k in range(4)]
    null = [raises.figures([always(browed(some + 0.1, other, seconds))]) for other in shuffled]
    assert np.mean([figures["brow raises on accents"] for figures in null]) == pytest.approx(chance, abs=0.06)


def test_raises_are_held_against_what_was_truly_accented_too() -> None:
    """A face that follows a hint which is wrong half the time: right by the hint, half right in truth."""
    told = np.arange(2.0, 240, 2.0)
    clip = browed(told, told, 242)
    truth = browed(told, told[::2], 242)["accent"]
    got = raises.figures([replace(always(clip), accent=truth)])
    assert got["brow raises on accents"] == 1
    assert got["brow raises on true accents"] == pytest.approx(0.5, abs=0.01)
    assert got["brow raises on true accents by chance"] == pytest.approx(0.1, abs=0.02)
    assert np.isnan(raises.figures([always(clip)])["brow raises on true accents"])


def test_the_truth_of_an_accent_comes_from_the_phones() -> None:
    """Two takes of two vowels each, the second of which is loud and long."""
    rate = 16000
    phones = (Phone("AA", 0.1, 0.2), Phone("D", 0.2, 0.3), Phone("AA", 0.3, 0.6), Phone("SIL", 0.6, 1.0))
    t = np.arange(rate) / rate
    loud = np.where((t > 0.3) & (t < 0.6), 0.5, 0.05) * ((t > 0.1) & (t < 0.6))
    take = Take("a", Audio((loud * np.sin(2 * np.pi * 150 * t)).astype(np.float32), rate), phones=phones)
    clip = Clip(("voice",), np.zeros((240, 1)), Fraction(FPS))
    truth = acting.accented([take, take], clip)
    assert truth is not None and set(np.round(clip.times[truth > 0.5], 2)) <= {
        round(begin + k / 60, 2) for begin in (0, 1) for k in range(15, 40)}
    assert truth[25] > 0.5 and truth[85] > 0.5 and truth[8] < 0.2
    assert acting.accented([take, replace(take, phones=())], clip) is None


def test_a_mood_is_no_raise() -> None:
    t = np.arange(40 * FPS) / FPS
    slow = clip_of(browInnerUp=0.3 + 0.3 * np.sin(t), accent=0 * t)
    assert not len(raises.raises_s(slow))
    assert np.isnan(raises.figures([always(slow)])["brow raises on accents"])


def test_the_layers_act_and_the_table_says_how() -> None:
    scenes = acting.acted(speech_like(120, FPS), (0, 1))
    got = acting.figures(scenes)
    assert set(acting.TARGETS) == set(got)
    assert 12 < got["blinks a minute, speaking"] < 40
    assert got["saccades, speaking: share < 15 degrees"] > 0.9
    table = acting.table(got)
    for name, row in table.words.items():
        aim = acting.TARGETS[name].aim
        if aim is not None and not np.isnan(got[name]):
            assert (row["met"] == "yes") == aim[1](got[name]) and row["aim"] == aim[0]
    text = Report(tables={"acting": table}).markdown()
    assert "|  | got | aim | met | from |" in text and "| blinks a minute, speaking | " in text
    picture = acting.portrait(scenes)
    assert len(picture.traces) == 20 * FPS and len(picture.sizes) == len(picture.durations_ms) > 50


def test_words_follow_figures_in_a_table() -> None:
    table = Table("A", {"a": {"x": 1.0}, "b": {"x": 2.0}}, words={"b": {"aim": "≥ 3", "met": "no"}})
    assert table.markdown().splitlines()[-2:] == ["| a | 1.000 |  |  |", "| b | 2.000 | ≥ 3 | no |"]


@pytest.mark.skipif(not CAPTURE.is_file(), reason="no data folder beside the checkout")
def test_a_phone_s_capture_has_blinks_and_saccades() -> None:
    """A range of motion, no talk: 30 fps rows, so strokes are only about right."""
    clip = formats.read(CAPTURE)
    seen = blinks.blinks(clip)
    assert 4 < len(seen) / (float(clip.duration) / 60) < 30
    assert 0.06 < np.median([blink.closing_s for blink in seen]) < 0.11
    assert 0.08 < np.median([blink.half_s for blink in seen]) < 0.15
    sizes = [saccade.size for saccade in saccades.saccades(clip)]
    assert 0.5 < len(sizes) / float(clip.duration) < 3 and np.mean(np.array(sizes) < 15) > 0.9
