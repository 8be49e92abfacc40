"""Edits carried out again: on the same line, on another recording of it, and where they cannot be."""

from dataclasses import replace

import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from rigdriver import pipeline
from rigdriver.audio import Audio
from rigdriver.clip import Clip
from rigdriver.edits import Edits, identity, onto, stretched, warp
from rigdriver.pipeline import Drive
from tests.edits.artist import NEAR, TOUCHES, disturbed, edited, exported, survived
from tests.helpers import pose, waves
from tests.speech import hello, hello_phones

CHANNELS = ("jawOpen", "browInnerUp", "mouthSmileLeft", "headYaw")
OTHERS = ("mouthPucker", "mouthFunnel", "browDownLeft", "cheekPuff", "jawLeft")
WITHIN = 0.01  # what a person sees, `comparing.TOLERANCE`


@st.composite
def changes(draw: st.DrawFn) -> Clip:
    """Waves, and the same after anything was done to some of its ranges."""
    clip = waves(150, 60, names=CHANNELS + OTHERS)
    values = clip.values.copy()
    for _ in range(draw(st.integers(0, 5))):
        column, first = draw(st.integers(0, len(CHANNELS) - 1)), draw(st.integers(0, 149))
        span = slice(first, first + draw(st.integers(1, 80)))
        now = values[span, column]
        by = draw(st.floats(-1, 1, width=32))
        how = draw(st.sampled_from(["hold", "offset", "gain", "reverse", "noise", "bump"]))
        shape = {"hold": np.full_like(now, by), "offset": now + by, "gain": now * (1 + by), "reverse": now[::-1],
                 "noise": now + by * np.random.default_rng(first).standard_normal(len(now)),
                 "bump": now + by * np.sin(np.pi * np.linspace(0, 1, len(now)))}[how]
        values[span, column] = shape.copy()
    return replace(clip, values=values)


@settings(max_examples=150)
@given(changes())
def test_any_edits_on_the_same_line_give_the_edited_file_back(changed: Clip) -> None:
    clip = waves(150, 60, names=CHANNELS + OTHERS)
    edits = Edits.between(clip, changed)
    kept = onto(clip, edits, identity())
    assert not kept.conflicts
    off = np.abs(kept.clip.values - changed.values)
    assert off.max() <= 2 * WITHIN, (off.max(), np.argwhere(off > 2 * WITHIN).tolist(), [*map(str, edits)])


def test_the_artists_line_comes_back_from_its_own_recording(driven: Clip, heard: np.ndarray) -> None:
    kept = onto(driven, Edits.between(driven, edited(driven)), warp(heard, heard))
    assert np.abs(kept.clip.values - edited(driven).values).max() <= WITHIN


def test_no_edits_change_nothing(driven: Clip) -> None:
    kept = onto(driven, Edits.between(driven, driven), identity())
    np.testing.assert_array_equal(kept.clip.values, driven.values)


@pytest.mark.parametrize("by", [0.8, 1.2])
@pytest.mark.parametrize("fps", [None, 24, 30])
def test_every_edit_survives_another_pace(by: float, fps: int | None, driven: Clip, heard: np.ndarray,
                                          usual: Drive) -> None:
    sound = Audio(soxr.resample(hello().samples, 16000, 16000 * by), 16000)
    generated = pipeline.drive(sound, usual)
    theirs = edited(driven) if fps is None else exported(edited(driven), fps)
    kept = onto(generated, Edits.between(driven, theirs), warp(heard, pipeline.phones(sound, usual.model)))

    def true(times: np.ndarray) -> np.ndarray:
        return by * times

    assert [touch.name for touch in TOUCHES if not survived(touch, theirs, kept.clip, generated, true)] == []
    assert max(disturbed(touch, kept.clip, generated, true) for touch in TOUCHES) < NEAR
    assert not [conflict for conflict in kept.conflicts if not conflict.applied]


def test_the_check_of_the_artist_can_fail(driven: Clip) -> None:
    """Without its edits, the line passes none of the checks."""
    theirs = edited(driven)
    assert not [touch.name for touch in TOUCHES if survived(touch, theirs, driven, driven, lambda t: t)]


def test_lips_that_close_stay_shut_under_an_edit_of_the_jaw(driven: Clip) -> None:
    """The artist opens the jaw through a whole phrase, lips with it; the new line closes its lips elsewhere."""
    m = next(phone for phone in hello_phones() if phone.name == "M" and phone.start > 1.5)
    new = replace(driven, start=driven.start + 20)  # the same, a third of a second later
    values = driven.values.copy()
    rows = slice(round(1.2 * 60), round(2.2 * 60))
    values[rows, driven.column("jawOpen")] += 0.2
    values[rows, driven.column("mouthClose")] = np.where(driven["mouthClose"][rows] >= driven["jawOpen"][rows] - 0.002,
                                                         values[rows, driven.column("jawOpen")],
                                                         driven["mouthClose"][rows])
    wrong = stretched(1.0, 1.0)  # a warp that is 20 frames off, so that no closure lies where it should
    kept = onto(new, Edits.between(driven, replace(driven, values=values)), wrong)
    at = round((m.start + m.end) / 2 * 60) + 20
    shut = slice(at - 2 - new.start, at + 3 - new.start)
    gap = kept.clip["jawOpen"][shut] - kept.clip["mouthClose"][shut]
    was = new["jawOpen"][shut] - new["mouthClose"][shut]
    assert (gap[was <= 0.002] <= 0.002 + 1e-6).all()
    assert (was <= 0.002).any()
    assert kept.sealed_s


def test_a_closure_that_the_artist_opened_stays_open_and_is_told() -> None:
    frames = np.arange(60)
    shut = (frames >= 20) & (frames < 30)
    clip = Clip(("jawOpen", "mouthClose"), np.stack([np.full(60, 0.3), 0.3 * shut], 1), 60)
    opened = replace(clip, values=clip.values * [1.0, 0.0])
    kept = onto(clip, Edits.between(clip, opened), identity())
    assert kept.clip["mouthClose"].max() == 0
    assert [conflict.applied for conflict in kept.conflicts] == [True]
    assert "lips" in str(kept.conflicts[0])


def test_an_edit_without_a_place_is_kept_aside() -> None:
    clip = waves(120, 60, names=("jawOpen", "browInnerUp"))
    edits = Edits.between(clip, edited_late(clip))
    gone = onto(clip.pick(["jawOpen"]), edits, identity())
    assert (len(gone.applied), len(gone.conflicts), gone.conflicts[0].applied) == (0, 1, False)
    assert "no such channel" in gone.conflicts[0].why
    short = onto(clip.cut(0, 60), edits, identity())
    assert "outside" in short.conflicts[0].why


def edited_late(clip: Clip) -> Clip:
    values = clip.values.copy()
    values[100:110, clip.column("browInnerUp")] += 0.4
    return replace(clip, values=values)


def test_an_edit_that_half_fits_is_done_and_told() -> None:
    clip = waves(120, 60, names=("browInnerUp",))
    kept = onto(clip.cut(0, 106), Edits.between(clip, edited_late(clip)), identity())
    assert len(kept.applied) == 1
    assert "past the new line's end" in kept.conflicts[0].why


def test_a_channel_that_the_artist_added_comes_along() -> None:
    clip = waves(60, 60, names=("jawOpen",))
    kept = onto(clip, Edits.between(clip, clip.with_column("hornLeft", np.linspace(0, 1, 60))), identity())
    np.testing.assert_allclose(kept.clip["hornLeft"], np.linspace(0, 1, 60), atol=WITHIN)


def test_a_blink_half_in_what_was_deleted_goes_as_a_whole() -> None:
    blink = np.interp(np.arange(120), [40, 45, 55], [0, 1, 0], 0, 0)
    old = Clip(("eyeBlinkLeft",), blink[:, None], 60)
    later = Clip(("eyeBlinkLeft",), np.roll(blink, 8)[:, None], 60)
    kept = onto(later, Edits.between(old, pose(120, 60, eyeBlinkLeft=0.0)), identity())
    assert kept.clip["eyeBlinkLeft"].max() <= WITHIN
