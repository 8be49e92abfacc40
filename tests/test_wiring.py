"""What a rig file can say beyond a matrix: every key does what the reference file says, and nonsense is one line."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from rigdriver import rig as rigs
from rigdriver.clip import Clip
from rigdriver.errors import SettingsError
from rigdriver.layers.retarget import Retarget, ToArkit
from rigdriver.resources import rigs_folder
from rigdriver.rig import Rig
from rigdriver.rigfile import SHOWS, _RigFile
from rigdriver.stage import run
from rigdriver.wiring import KINDS
from tests import laws
from tests.helpers import pose
from tests.layers.speech_like import speech_like

HEAD = "version: 2\nname: own\nweights: {face: [open, shut, wide, fix, twice]}\n"
MAP = "from_arkit: {open: jawOpen, shut: mouthClose, wide: mouthSmileLeft}\n"


def written(folder: Path, text: str) -> Path:
    path = folder / f"{abs(hash(text))}.yaml"  # rigs are remembered by their paths
    path.write_text(text, encoding="utf-8")
    return path


def shown(folder: Path, text: str, **curves: float) -> dict[str, float]:
    """The channels of a rig of this text at one face."""
    out = run(Retarget(rigs.load(written(folder, text))), pose(**curves))
    return dict(zip(out.names, out.values[0].tolist()))


def test_a_lone_name_is_that_curve(tmp_path: Path) -> None:
    assert shown(tmp_path, HEAD + MAP, jawOpen=0.4)["open"] == pytest.approx(0.4)


def test_rest_gain_curve_and_range_in_that_order(tmp_path: Path) -> None:
    text = HEAD + MAP + ("rest: {open: 2}\ngains: {open: 10}\nranges: {open: [2, 9]}\n"
                         "curves: {open: [[0, 0], [1, 0.5]]}\n")
    heights = [shown(tmp_path, text, jawOpen=jaw)["open"] for jaw in (0, 0.5, 1)]
    assert heights == pytest.approx([2, 2 + 10 * 0.25, 7])
    assert shown(tmp_path, text.replace("gains: {open: 10}", "gains: {open: 40}"), jawOpen=1)["open"] == 9


@pytest.mark.parametrize(("made", "want"), [
    ("{product: [jawOpen, mouthClose]}", 0.12), ("{ratio: [mouthClose, jawOpen]}", 0.75),
    ("{difference: [jawOpen, mouthClose]}", 0.1), ("{least: [jawOpen, mouthClose]}", 0.3),
    ("{most: [jawOpen, mouthClose]}", 0.4), ("{mean: [jawOpen, mouthClose]}", 0.35),
    ("{ratio: [mouthClose, cheekPuff]}", 1),  # over nothing, and a curve that the clip lacks
])
def test_derived_curves(tmp_path: Path, made: str, want: float) -> None:
    text = HEAD + f"derived: {{made: {made}}}\nfrom_arkit: {{open: made}}\n"
    assert shown(tmp_path, text, jawOpen=0.4, mouthClose=0.3)["open"] == pytest.approx(want, abs=1e-6)


def test_correctives_are_products_of_the_rigs_own_channels_and_may_build_on_each_other(tmp_path: Path) -> None:
    text = HEAD + MAP + ("gains: {open: 0.5}\n"
                         "correctives: {twice: [{of: [fix, open], weight: 2}], fix: [{of: [open, wide]}]}\n")
    face = shown(tmp_path, text, jawOpen=0.8, mouthSmileLeft=0.5)
    assert face["fix"] == pytest.approx(0.4 * 0.5) and face["twice"] == pytest.approx(2 * 0.2 * 0.4)


def test_the_seal_holds_whatever_gains_and_curves_do(tmp_path: Path) -> None:
    text = HEAD + MAP + "gains: {open: 1.4}\ncurves: {open: [[0, 0], [0.3, 0.5], [1, 1]]}\n"
    broken = shown(tmp_path, text, jawOpen=0.3, mouthClose=0.3)
    sealed = shown(tmp_path, text + "seal: {close: shut, jaw: open}\n", jawOpen=0.3, mouthClose=0.3)
    assert broken["shut"] < broken["open"] and sealed["shut"] >= sealed["open"] == broken["open"]
    parted = shown(tmp_path, text + "seal: {close: shut, jaw: open}\n", jawOpen=0.3, mouthClose=0)
    assert parted["shut"] == 0


POSES = HEAD + ("poses: {show: SHOW, measure: {jawOpen: 1, mouthPucker: 1},\n"
                "        of: {shut: {}, open: {jawOpen: 0.5}, wide: {mouthPucker: 0.5}, (both): {jawOpen: 1}}}\n")


def test_poses_mix_and_leave_the_rest_to_rest(tmp_path: Path) -> None:
    text = POSES.replace("SHOW", "blend")
    half = shown(tmp_path, text, jawOpen=0.25)
    assert 0.35 < half["open"] < 0.6 and half["wide"] == 0 and 0.3 < half["shut"] < 0.6
    assert shown(tmp_path, text, jawOpen=0, mouthPucker=0)["shut"] == 1
    full = shown(tmp_path, text, jawOpen=0.5, mouthPucker=0.5)
    assert sum(full.values()) <= 1.0001 and full["open"] > 0.3 and full["wide"] > 0.3 and full["shut"] == 0


def test_one_pose_is_the_nearest_and_one_that_is_no_channel_shows_nothing(tmp_path: Path) -> None:
    text = POSES.replace("SHOW", "one")
    assert shown(tmp_path, text, jawOpen=0.4)["open"] == 1 and shown(tmp_path, text, jawOpen=0.1)["shut"] == 1
    assert sum(shown(tmp_path, text, jawOpen=1).values()) == 0


def test_what_the_model_gives_by_itself_is_not_bent(tmp_path: Path) -> None:
    rig = rigs.load(written(tmp_path, HEAD + MAP + "gains: {open: 0.5, wide: 0.5}\nrest: {wide: 0.1}\n"))
    clip = pose(open=0.9, jawOpen=0.2, mouthSmileLeft=0.4)
    out = run(Retarget(rig, ("open",)), clip)
    assert (out["open"] == np.float32(0.9)).all() and out["wide"][0] == pytest.approx(0.1 + 0.5 * 0.4)


def test_a_rig_of_arkits_names_may_be_gained_without_a_map(tmp_path: Path) -> None:
    text = "version: 2\nname: own\nweights: {face: [jawOpen, mouthClose]}\ngains: {jawOpen: 0.5}\n"
    assert shown(tmp_path, text, jawOpen=0.4, mouthClose=0.2) == pytest.approx({"jawOpen": 0.2, "mouthClose": 0.2})


@pytest.mark.parametrize(("more", "says"), [
    ("gains: {opne: 1}", "gains: no channel 'opne'; did you mean 'open'"),
    ("gains: {open: .nan}", "gains: open: should be a number"),
    ("from_arkit: {open: {jawOpen: .inf}}", "from_arkit: open: jawOpen: should be a number"),
    ("from_arkit: {open: jawOpne}", "no channel 'jawOpne'; did you mean 'jawOpen'"),
    ("to_arkit: {jawOpen: opn}", "did you mean 'open'"),
    ("ranges: {open: [1, 0]}", "1 should be below 0"),
    ("ranges: {open: [0, .nan]}", "should be a number"),
    ("rest: {open: 3}", "outside its range"),
    ("curves: {open: [[0, 0]]}", "two points"),
    ("curves: {open: [[0, 0], [0, 1]]}", "left to right"),
    ("curves: {open: [[0, 0, 1]]}", "2 values"),
    ("correctives: {fix: [{of: [fix, open]}]}", "'fix' is made of itself"),
    ("correctives: {fix: [{of: [twice]}], twice: [{of: [fix]}]}", "fix ← twice ← fix"),
    ("correctives: {fix: [{of: [jawOpen]}]}", "correctives: fix: no channel 'jawOpen'"),
    ("derived: {a: {product: [b, jawOpen]}, b: {product: [a, jawOpen]}}", "made of itself"),
    ("derived: {a: {sum: [jawOpen, mouthClose]}}", "no 'sum'"),
    ("derived: {a: {ratio: [jawOpen]}}", "2 curves, not 1"),
    ("derived: {open: {least: [jawOpen, mouthClose]}}", "is a channel already"),
    ("derived: {a: {least: [open, shut]}}\nfrom_arkit: {open: a}", "the other rig's curves"),
    ("poses: {measure: {jawOpen: 1}, of: {open: {mouthPucker: 1}}}", "measure has no 'mouthPucker'"),
    ("poses: {measure: {jawOpen: 1}, of: {elsewhere: {jawOpen: 1}}}", "none is a channel"),
    ("poses: {measure: {jawOpen: -1}, of: {open: {jawOpen: 1}}}", "0 or more"),
    ("poses: {measure: {jawOpen: 1}, of: {open: {}, shut: {}}}", "only one can be empty"),
    ("poses: {show: twice, measure: {jawOpen: 1}, of: {open: {}}}", "no 'twice'"),
    ("seal: {close: shut, jaw: jawOpen}", "seal: no channel 'jawOpen'"),
    ("gains: {open: 1, open: 2}", "stands twice"),
])
def test_nonsense_is_one_line(tmp_path: Path, more: str, says: str) -> None:
    path = written(tmp_path, HEAD + more + "\n")
    with pytest.raises(SettingsError) as raised:
        rigs.load(path)
    assert says in str(raised.value) and "\n" not in str(raised.value) and path.name in str(raised.value)


def test_the_reference_file_shows_and_explains_every_key() -> None:
    lines = (rigs_folder() / "reference.yaml").read_text(encoding="utf-8").splitlines()
    for key in (item.name for item in fields(_RigFile)):
        at = next(k for k, line in enumerate(lines) if line.startswith(f"{key}:"))
        assert any(line.startswith("#") for line in lines[at - 1 : at]) or "#" in lines[at] or key in (
            "description",), f"{key} has no comment before it"
    for word in (*KINDS, *SHOWS):
        assert any(line.startswith("#") and word in line for line in lines), word


def test_version_1_has_none_of_this(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="'gains' needs `version: 2`"):
        rigs.load(written(tmp_path, HEAD.replace("version: 2", "version: 1") + "gains: {open: 1}\n"))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lengths=laws.cuttings(48))
@pytest.mark.parametrize("name", ["reference", "metahuman", "oculus", "rhubarb", "vrm0", "vrchat"])
def test_chunking_changes_nothing(name: str, lengths: list[int]) -> None:
    clip = speech_like(2, 24, seed=2)
    laws.check_chunking(Retarget(rigs.load(name)), clip, lengths, 0)


def _loose(rig: Rig) -> set[str]:
    """ARKit's curves that a rig claims to give back."""
    return set(rig.backward.rows) if rig.backward else set(rig.names)


EXACT = ("arkit52", "arkit61", "perfectsync", "ict", "metahuman", "metahuman_board", "emoface", "cc", "vrchat",
         "readyplayerme")


@pytest.mark.parametrize("name", EXACT)
def test_each_curve_alone_comes_back_as_it_went(name: str) -> None:
    rig, arkit = rigs.load(name), rigs.canonical().names
    claimed = [curve for curve in arkit if curve in _loose(rig)]
    assert len(claimed) >= 47
    for curve in claimed:
        jaw = {"jawOpen": 0.5} if curve == "mouthClose" else {}  # which says nothing without a jaw that is open
        back = run(ToArkit(rig), run(Retarget(rig), pose(**{curve: 0.5}, **jaw)))
        want = Clip(arkit, np.zeros((2, len(arkit))), 30)
        want.values[:, [arkit.index(each) for each in (curve, *jaw)]] = 0.5
        told = [back.column(each) for each in claimed]
        np.testing.assert_allclose(back.values[:, told], want.values[:, told], atol=2e-3, err_msg=curve)


def test_a_rig_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no `to_arkit` map"):
        run(ToArkit(rigs.load(written(tmp_path, HEAD + MAP))), pose(open=1))
