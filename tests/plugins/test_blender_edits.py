"""An artist's session in each Blender: drive, edit, record again, drive again, and everything is still there."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import soxr

from rigdriver.resources import HEAD
from tests.plugins.conftest import PLUGINS, blender_build
from tests.plugins.test_blender import MARKED, blender, script
from tests.speech import EXAMPLES, hello, hello_phones

SESSION = Path(__file__).parent / "blender_artist.py"
FPS, START = 24, 11
SLOWER, FASTER = 1.2, 0.8
NEAR_S = 0.06 + 0.5 / FPS  # of its true place: a phone's shorter half, and keys lie on frames
NEAR = 0.03  # of a weight


def pause_s() -> float:
    """The middle of a pause within the line."""
    silences = [phone for phone in hello_phones() if phone.name == "SIL" and phone.start > 2 and phone.end < 5]
    longest = max(silences, key=lambda phone: phone.end - phone.start)
    return (longest.start + longest.end) / 2


def true(time_s: float) -> float:
    """Where a moment of the line lies in the recording after it: slower up to a pause, then faster."""
    return SLOWER * min(time_s, pause_s()) + FASTER * max(0.0, time_s - pause_s())


def recordings(folder: Path) -> dict[str, str]:
    """The line, the line again, the line without its first half, and another line."""
    samples, cut = hello().samples, round(pause_s() * 16000)
    slower = soxr.resample(samples[:cut], 16000, 16000 * SLOWER)
    faster = soxr.resample(samples[cut:], 16000, 16000 * FASTER)
    made = {"line": samples, "again": np.concatenate([slower, faster]), "cut": samples[cut:]}
    for name, sound in made.items():
        soundfile.write(folder / f"{name}.wav", sound, 16000)
    (folder / "other.wav").write_bytes((EXAMPLES / "moons.wav").read_bytes())
    return {name: str(folder / f"{name}.wav") for name in (*made, "other")}


@pytest.fixture(scope="module", params=["3.4", *MARKED])
def seen(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("artist")
    python = f'PYTHONPATH="{PLUGINS.parent}" exec "{sys.executable}" -m rigdriver "$@"'
    told = {"zip": str(blender_build().build(folder)), "program": script(folder / "rigdriver.sh", python),
            "head": str(HEAD), "fps": FPS, "start": START, **recordings(folder)}
    (folder / "told.json").write_text(json.dumps(told))
    home = {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder / "config"), "BLENDER_USER_RESOURCES": str(folder / "b")}
    done = subprocess.run([*blender(request.param, SESSION), "--", str(folder / "told.json")], capture_output=True,
                          text=True, env={**os.environ, **home}, timeout=300)
    lines = [line for line in done.stdout.splitlines() if line.startswith("SEEN ")]
    assert lines, done.stdout[-4000:] + done.stderr[-4000:]
    yield json.loads(lines[0][5:])


def assert_key(keys: list[list[float]], at_s: float, value: float) -> None:
    assert any(abs(time_s - at_s) <= NEAR_S and abs(there - value) <= NEAR for time_s, there in keys), (
        at_s, value, [key for key in keys if abs(key[0] - at_s) < 0.3])


def test_what_nobody_edited_is_not_edited(seen: dict[str, Any]) -> None:
    assert seen["first"].startswith("line: ") and seen["untouched"] == []


def test_where_rigdriver_is_missing_nothing_changes(seen: dict[str, Any]) -> None:
    assert "nowhere" in seen["missing"] and seen["after_missing"] == seen["before"]


def test_a_moved_and_an_added_key_are_there_at_the_right_moment(seen: dict[str, Any]) -> None:
    for name, which in (("jaw", "moved"), ("smile", "added"), ("nod", "nod")):
        at_s, value = seen[which]
        assert_key(seen["before"][name], at_s, value)
        assert_key(seen["after"][name], true(at_s), value)


def test_a_curve_that_they_added_goes_with_it(seen: dict[str, Any]) -> None:
    for after in ("after", "after_twice"):
        assert [value for _, value in seen[after]["puff"]] == pytest.approx([0.0, 0.4, 0.0], abs=1e-4)
        for (time_s, _), at_s in zip(seen[after]["puff"], (3.0, 3.3, 3.6)):
            assert time_s == pytest.approx(true(at_s), abs=NEAR_S)


def test_a_deleted_blink_stays_deleted(seen: dict[str, Any]) -> None:
    at_s, value = seen["deleted"]
    blink = np.array(seen["after"]["blink"])
    gone = blink[round((true(at_s) - 0.12) * FPS) : round((true(at_s) + 0.12) * FPS)]
    assert value > 0.5 and gone.max() < 0.05


def test_muted_tracks_and_dimmed_strips_stay_so(seen: dict[str, Any]) -> None:
    assert seen["after"]["emotion"] == [True] and seen["after"]["dimmed"] == seen["before"]["dimmed"] == [0.5, False]
    assert seen["after"]["channel_muted"]
    assert seen["after"]["names"] == seen["before"]["names"]


def test_the_new_recording_takes_the_place_of_the_old(seen: dict[str, Any]) -> None:
    assert seen["before"]["strips"] == ["line speech"] and seen["after"]["strips"] == ["again speech"]
    assert seen["after"]["sounds"] in (["again"], [])  # bpy may come without sound
    assert "your edits are in it (5)" in seen["again"] and "look at" not in seen["again"], seen["again"]
    assert seen["kept_tracks"] == []


def test_the_artists_own_action_goes_with_it_and_is_as_it_was(seen: dict[str, Any]) -> None:
    assert seen["brows"] == pytest.approx(np.array([[3.0, 0.0], [3.2, 0.5], [3.4, 0.0]]), abs=1e-5)
    highest = max(seen["after"]["own"], key=lambda key: key[1])
    assert highest[1] == pytest.approx(0.5)
    assert (highest[0] - START) / FPS == pytest.approx(true(3.2), abs=NEAR_S)
    assert f"your action {seen['own_action']} goes with the new line" in seen["again"]


def test_edited_actions_are_still_in_the_file(seen: dict[str, Any]) -> None:
    assert any(name.startswith("line speech") for name in seen["old"])


def test_once_more_changes_nothing_and_leaves_no_copies(seen: dict[str, Any]) -> None:
    assert seen["count_twice"] == seen["count"]
    for name, which in (("jaw", "moved"), ("smile", "added"), ("nod", "nod")):
        assert_key(seen["after_twice"][name], true(seen[which][0]), seen[which][1])
    assert seen["after_twice"]["blink"] == pytest.approx(seen["after"]["blink"], abs=0.02)


def test_another_line_is_no_recording_of_this_one(seen: dict[str, Any]) -> None:
    assert seen["two"] and "line plays at the same time" in seen["other"]


def test_what_is_left_out_is_told_and_kept(seen: dict[str, Any]) -> None:
    assert "left out (kept aside)" in seen["cut"] and "kept your edits in again speech" in seen["cut"], seen["cut"]
    assert any(muted and any(name.startswith("again speech") for name in names) for muted, names in seen["cut_kept"])


def test_edits_are_left_behind_where_that_is_asked_for(seen: dict[str, Any]) -> None:
    assert "your edits are in it" not in seen["plain"] and seen["plain_edited"] == []


def test_edits_go_from_layers_to_one_track_and_back(seen: dict[str, Any]) -> None:
    assert "look at Head x reshaped" in seen["one_track"], seen["one_track"]
    assert "nothing of it is made any more (kept aside)" in seen["one_track"]
    there = [value for time_s, value in seen["one_track_smile"] if abs(time_s - 2.75) < 1e-3]
    again = [value for time_s, value in seen["layers_smile"] if abs(time_s - 2.75) < 1e-3]
    assert len(there) == 1 and there[0] >= 0.55, "speech's key and what the other layers add"
    assert again == [pytest.approx(0.55, abs=0.01)] and "look at" not in seen["layers_again"]
