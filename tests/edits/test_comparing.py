"""What a person did is found, and what programs do is not."""

from dataclasses import replace

import numpy as np
import pytest

from rigdriver.clip import Clip
from rigdriver.edits import Edits
from tests.edits.artist import TOUCHES, edited, exported
from tests.helpers import pose, waves

KINDS = {"added key": "reshaped", "one frame": "hold", "deeper jaw": "reshaped", "moved keys": "reshaped",
         "deleted blink": "hold", "held": "hold", "gain": "scaled", "muted": "hold"}


def test_an_unedited_clip_has_no_edits(driven: Clip) -> None:
    assert not len(Edits.between(driven, driven))


@pytest.mark.parametrize("fps", [24, 25, 30, 48, 60])
@pytest.mark.parametrize("late_frames", [0.0, 0.3, 0.5])
def test_a_program_that_saves_it_again_makes_none(fps: int, late_frames: float, driven: Clip) -> None:
    found = Edits.between(driven, exported(driven, fps, late_frames))
    assert not [str(edit) for edit in found]


@pytest.mark.parametrize("touch", TOUCHES, ids=lambda touch: touch.name)
@pytest.mark.parametrize("fps", [None, 24])
def test_each_thing_that_is_done_is_found_where_it_was_done(touch, fps: int | None, driven: Clip) -> None:
    changed = edited(driven, (touch,))
    found = list(Edits.between(driven, changed if fps is None else exported(changed, fps)))
    assert {edit.channel for edit in found} == {touch.channel}
    assert len(found) == 1
    slack_s = 0.11 if found[0].kind == "hold" else 0.05
    assert found[0].first_s >= touch.first_s - slack_s
    assert found[0].last_s <= touch.last_s + slack_s
    assert found[0].kind == KINDS.get(touch.name, found[0].kind)


def test_a_gain_is_read_as_one(driven: Clip) -> None:
    values = driven.values.copy()
    values[:, driven.column("browInnerUp")] = 0.7 * driven["browInnerUp"] + 0.1
    (edit,) = Edits.between(driven, replace(driven, values=values))
    assert (edit.kind, edit.gain, edit.base) == ("scaled", pytest.approx(0.7, abs=0.01), pytest.approx(0.1, abs=0.01))


def test_something_laid_over_a_lively_curve_is_an_offset() -> None:
    clip = waves(120, 30, names=("browInnerUp",))
    over = np.interp(clip.times, [0.5, 1.5, 2.5], [0, 0.3, 0], 0, 0)
    (edit,) = Edits.between(clip, replace(clip, values=clip.values + over[:, None].astype(np.float32)))
    assert edit.kind == "offset"


def test_a_curve_that_is_gone_is_held_at_0_and_one_that_is_new_is_the_artists() -> None:
    clip = waves(60, 30, names=("jawOpen", "browInnerUp"))
    other = clip.pick(["jawOpen"]).with_column("tongueOut", np.linspace(0, 1, 60))
    gone, new = Edits.between(clip, other)
    assert (gone.channel, gone.kind, gone.base) == ("browInnerUp", "hold", 0.0)
    assert (new.channel, new.kind) == ("tongueOut", "reshaped")


def test_what_never_moved_may_be_left_out() -> None:
    clip = pose(60, jawOpen=0.0, browInnerUp=0.2)
    assert not len(Edits.between(clip, clip.pick(["browInnerUp"])))


def test_a_clip_of_no_frames_was_not_edited() -> None:
    with pytest.raises(ValueError, match="no frames"):
        Edits.between(pose(3, jawOpen=0), pose(0, jawOpen=0))
