"""The add-on in Blender itself: installed from its zip, driven, muted, edited, driven again, cancelled, heard live.

Debian's Blender 3.4 always; 4.2, 4.5 and 5.0 with `pytest -m bpy` (sh tests/programs/install.sh bpy).
"""

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

from rigdriver import choose, performance, pipeline, rotation
from rigdriver import rig as rigs
from rigdriver.clip import Clip
from rigdriver.outputs import jsonlivelink, osc
from rigdriver.resources import HEAD
from tests.plugins.conftest import PLUGINS, blender_build
from tests.programs.conftest import HERE as PROGRAMS
from tests.programs.conftest import program

ROOT = PLUGINS.parent
SPEECH = ROOT / "examples" / "moons.wav"
SESSION = Path(__file__).parent / "blender_session.py"
FPS, BASE, START, SEED, EMOTION = 24, 1.001, 11, 5, "joy=.7"
TOLERANCE = 0.005
LAYERS = ["rigdriver speech", "rigdriver emotion", "rigdriver gaze", "rigdriver blink", "rigdriver head"]
MARKED = [pytest.param(each, marks=pytest.mark.bpy) for each in ("4.2", "4.5", "5.0")]


def driven(*sets: str) -> Clip:
    """What rigdriver itself makes of the line."""
    told = performance.changed(performance.load(None, None), choose.overrides([EMOTION], sets), "a test")
    return pipeline.drive(SPEECH, choose.way(told, fps="24000/1001", seed=SEED))


def live_packets() -> list[list[str]]:
    """A frame of plain OSC in bundles; an older one, which comes late; a frame of JSON Live Link."""
    clip = Clip(rigs.canonical().names, np.zeros((1, len(rigs.canonical().names)), np.float32), 60)
    frames = [clip.values[0].copy() for _ in range(3)]
    for frame, (jaw, yaw) in zip(frames, [(0.5, 0.3), (0.9, 0.0), (0.25, -0.3)]):
        frame[clip.names.index("jawOpen")], frame[clip.names.index("headYaw")] = jaw, yaw
    plain = osc.Encoder(clip, osc.Settings())
    made = [plain.encode(frames[0], 7, 0.1), plain.encode(frames[1], 6, 0.1),
            [b"{rubbish", b"\x00" * 40, *jsonlivelink.Encoder(clip).encode(frames[2], 0, 0.0)]]
    return [[packet.hex() for packet in each] for each in made]


def script(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


@pytest.fixture(scope="module", params=["3.4", *MARKED])
def seen(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What an artist's session showed, in each Blender."""
    folder = tmp_path_factory.mktemp("blender")
    other = folder / "other.wav"
    speech = folder / "line.wav"
    for place in (speech, other):
        place.write_bytes(SPEECH.read_bytes())
    python = f'PYTHONPATH="{ROOT}" exec "{sys.executable}" -m rigdriver "$@"'
    told = {"zip": str(blender_build().build(folder)), "program": script(folder / "rigdriver.sh", python),
            "stuck": script(folder / "stuck.sh", f'echo $$ > "{folder}/stuck.pid"; sleep 120'), "speech": str(speech),
            "other": str(other), "head": str(HEAD), "packets": live_packets(), "folder": str(folder), "fps": FPS,
            "fps_base": BASE, "emotion": EMOTION, "seed": SEED, "start": START, "frames": len(driven())}  # fmt: skip
    (folder / "told.json").write_text(json.dumps(told))
    home = {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder / "config"), "BLENDER_USER_RESOURCES": str(folder / "b")}
    done = subprocess.run([*blender(request.param, SESSION), "--", str(folder / "told.json")], capture_output=True,
                          text=True, env={**os.environ, **home}, timeout=300)
    lines = [line for line in done.stdout.splitlines() if line.startswith("SEEN ")]
    assert lines, done.stdout[-4000:] + done.stderr[-4000:]
    yield {**json.loads(lines[0][5:]), "folder": folder}


def blender(version: str, session: Path) -> list[str]:
    """What starts a session in a version of Blender."""
    if version == "3.4":
        return [program("blender"), "-b", "--factory-startup", "-noaudio", "--python-exit-code", "1", "--python",
                str(session)]
    found = sorted((PROGRAMS / ".venv").glob(f"{version}.*/bin/python"))
    if not found:
        pytest.skip(f"bpy {version} is not installed; run sh tests/programs/install.sh bpy")
    return [str(found[-1]), str(session)]


def columns(look: dict[str, Any], clip: Clip) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """(frames, shapes) seen and meant, without the shape that has a driver."""
    names = [name for name in look["names"] if name != "cheekPuff"]
    at = [look["names"].index(name) for name in names]
    return np.array(look["values"])[:, at], clip.pick(names).values, names


def test_where_rigdriver_is_missing_a_line_says_so(seen: dict[str, Any]) -> None:
    assert "rigdriver was not found" in seen["missing"] and seen["offered"]
    assert "nowhere" in seen["wrong"]


def test_what_rigdriver_refuses_is_said_in_its_words(seen: dict[str, Any]) -> None:
    assert "jam" in seen["refused"] and seen["free"] and seen["nothing"] == ["Breathing"]


def test_paths_may_lie_beside_the_file(seen: dict[str, Any]) -> None:
    assert seen["beside"] == [], "Blender warns of // where a property does not say that it takes it"


def test_the_tracks_give_the_whole_face(seen: dict[str, Any]) -> None:
    assert seen["driven"].startswith("['FINISHED']")
    values, meant, names = columns(seen["look"], driven())
    off = np.abs(values - meant)
    assert off.max() <= TOLERANCE + 1e-4, names[int(off.max(axis=0).argmax())]


def sealed(look: dict[str, Any], clip: Clip) -> np.ndarray:
    """How far lips part in Blender where they are sealed in the clip."""
    jaw, close = (np.array(look["values"])[:, look["names"].index(name)] for name in ("jawOpen", "mouthClose"))
    shut = (clip["jawOpen"] > 0.01) & (clip["jawOpen"] - clip["mouthClose"] < 0.002)
    assert shut.any()
    return (jaw - close)[shut]


def test_sealed_lips_stay_sealed(seen: dict[str, Any]) -> None:
    assert sealed(seen["look"], driven()).max() < 0.005


def test_muting_emotion_leaves_speech_as_it_is_without(seen: dict[str, Any]) -> None:
    plain = driven("emotion.enabled=false")
    mouth = [name for name in plain.names if name.startswith(("mouth", "jaw")) and name in seen["muted"]["names"]]
    values = np.array(seen["muted"]["values"])[:, [seen["muted"]["names"].index(name) for name in mouth]]
    assert np.abs(values - plain.pick(mouth).values).max() <= 2 * TOLERANCE
    assert sealed(seen["muted"], plain).max() < 0.005
    assert seen["look"]["values"] != seen["muted"]["values"]


def test_the_head_and_the_eyes_turn(seen: dict[str, Any]) -> None:
    """Bones in the armature: the neck's and the head's shares make the head's angles, about Blender's axes."""
    clip = driven()
    turn = rotation.from_angles(*(clip[f"head{part}"] for part in ("Yaw", "Pitch", "Roll")))
    assert np.abs(turn[:, :3]).max() > 0.01
    assert_turned(seen["look"]["bones"]["Head"], turn)
    assert_turned(seen["look"]["bones"]["Neck"], rotation.part(turn, 0.35))
    eye = rotation.from_angles(*(clip[f"leftEye{part}"] for part in ("Yaw", "Pitch", "Roll")))
    assert_turned(seen["look"]["bones"]["LeftEye"], rotation.multiply(turn, eye))


REST = {"Head": [0, -1, 0, 0], "Neck": [0.5**0.5, 0.5**0.5, 0, 0], "LeftEye": [0, -1, 0, 0]}


def assert_turned(bones: list[list[float]], turn: np.ndarray) -> None:
    """bones: (w, x, y, z); turn: (x, y, z, w) about glTF's axes. What a bone did since its first frame."""
    seen_turn = np.array(bones)[:, [1, 2, 3, 0]]
    x, y, z, w = turn.T
    meant = np.stack([x, -z, y, w], axis=1)
    did = rotation.multiply(seen_turn, rotation.inverse(seen_turn[:1]))
    should = rotation.multiply(meant, rotation.inverse(meant[:1]))
    off = rotation.multiply(did, rotation.inverse(should))
    assert 2 * np.linalg.norm(off[:, :3], axis=1).max() < 0.005


def test_each_layer_has_its_track_at_the_sounds_place(seen: dict[str, Any]) -> None:
    assert list(seen["tracks"]) == ["rigdriver rest", *LAYERS]
    assert list(seen["bone_tracks"]) == ["rigdriver gaze", "rigdriver head"]
    _, (strip, action, first, last) = seen["tracks"]["rigdriver speech"]
    assert (strip, first, last) == ("line speech", START, START + len(driven()) - 1)
    assert action.startswith("line speech")
    assert seen["end"] >= last


def test_keys_are_sparse(seen: dict[str, Any]) -> None:
    keys, dense, kept, closures = (int(word) for word in seen["driven"].split() if word.isdigit())
    assert keys == seen["keys"] < dense / 2
    assert "off by 0.00" in seen["driven"] and kept == closures > 3, "what it costs is told"


def test_the_sound_lies_in_the_sequencer(seen: dict[str, Any]) -> None:
    if "without Audaspace" in seen["driven"]:
        pytest.skip("this Blender was built without sound")
    assert seen["sounds"] == [["line", START]]
    assert "choose a sound strip" in seen["no_strip"]
    assert seen["strip"].startswith("['FINISHED']") and seen["strip_at"] == START


def test_what_the_artist_has_is_left_alone(seen: dict[str, Any]) -> None:
    assert seen["own"] == ["Breathing", 1]
    assert "Face: cheekPuff has a driver" in seen["driven"]
    puffed = np.array(seen["look"]["values"])[:, seen["look"]["names"].index("cheekPuff")]
    assert puffed == pytest.approx(0.25)


def test_again_leaves_no_doubles_and_a_muted_track_muted(seen: dict[str, Any]) -> None:
    assert seen["again"] == seen["names"]
    assert seen["again_tracks"]["rigdriver emotion"][0] is True
    assert list(seen["again_tracks"]) == ["rigdriver rest", *LAYERS]


def test_an_edited_action_is_kept_and_a_new_one_made(seen: dict[str, Any]) -> None:
    assert seen["is_edited"] and f"kept your edits in {seen['edited_name']}" in seen["kept"]
    muted, (_, kept, *_) = seen["kept_tracks"]["rigdriver kept"]
    assert muted and kept == seen["edited_name"] and seen["kept_value"] == 0.77
    _, (_, new, *_) = seen["kept_tracks"]["rigdriver speech"]
    assert new != kept and len(seen["kept_tracks"]["rigdriver speech"]) == 2


def test_edits_are_exported_beside_what_was_generated(seen: dict[str, Any]) -> None:
    document = json.loads((seen["folder"] / "edits.json").read_text())
    edited = next(each for each in document["takes"] if each["action"] == seen["edited_name"])
    changed = [(was["path"], a, b) for was, now in zip(edited["generated"], edited["edited"])
               for a, b in zip(was["keys"], now["keys"]) if a[1] != b[1]]
    assert [path for path, *_ in changed] == ['key_blocks["jawOpen"].value'] and changed[0][2][1] == 0.77
    assert edited["order"]["seed"] == SEED and edited["layer"] == "speech"


def test_every_frame_where_it_is_asked_for(seen: dict[str, Any]) -> None:
    values, meant, _ = columns(seen["dense"], driven())
    assert np.abs(values - meant).max() < 1e-4


def test_many_lines_become_actions_of_their_own(seen: dict[str, Any]) -> None:
    assert {name.split()[0] for name in seen["batch"]} == {"line", "other"}
    assert {"speech", "emotion", "blink"} <= {name.split()[1].split(".")[0] for name in seen["batch"]}
    _, first, second = seen["row"]
    assert first[0] == "line speech" and second[0] == "other speech" and second[2] == first[3] + 1 + 12


def test_lines_in_a_row_do_not_meet_and_an_old_frame_rate_is_told(seen: dict[str, Any]) -> None:
    assert "at the same time" not in seen["row_told"] and "frame rate" not in seen["row_told"]
    assert "the scene's frame rate is another now; drive other again" in seen["other_rate"]


def test_edits_that_cannot_be_written_are_an_error_in_a_line(seen: dict[str, Any]) -> None:
    no_folder, nobody = seen["not_exported"]
    assert "edits.json: No such file" in no_folder and "choose a character" in nobody


def test_two_takes_at_once_are_told(seen: dict[str, Any]) -> None:
    assert "line plays at the same time" in seen["crowded"] and "plays at" not in seen["kept"]


def test_cancelled_ends_rigdriver_and_changes_nothing(seen: dict[str, Any]) -> None:
    assert seen["cancelled"] and seen["ended"]


def test_a_map_is_drawn_up_edited_and_saved(seen: dict[str, Any]) -> None:
    names = rigs.canonical().names
    assert seen["coverage"].startswith(f"{len(names) - 1} of {len(names)} curves of arkit"), seen["missed"]
    assert seen["missed"] == "noseSneerLeft"
    rig = rigs.load(seen["rig_file"])
    assert rig.forward is not None
    assert rig.forward.rows["mouthPucker"] == {"mouthPucker": 0.5, "mouthFunnel": 0.25}
    assert rig.forward.rows["jawOpen"] == {"jawOpen": 1.0} and "headYaw" in rig.names
    assert "mouthPuker is no curve of ARKit's" in seen["bad_map"]


def test_live_the_newest_packet_wins(seen: dict[str, Any]) -> None:
    now, late, json_too = seen["live"]
    assert now["values"]["jawOpen"] == pytest.approx(0.5) and late["values"]["jawOpen"] == pytest.approx(0.5)
    assert json_too["values"]["jawOpen"] == pytest.approx(0.25)
    assert now["values"]["cheekPuff"] == pytest.approx(0.25), "a driver is left alone"
    assert now["head"][0] == pytest.approx(np.cos(0.65 * 0.15), abs=1e-4)
    assert np.array(json_too["head"][1:]) == pytest.approx(-np.array(now["head"][1:]), abs=1e-4)
    assert seen["restored"] == pytest.approx(0.125)


def test_fewer_keys_where_that_is_chosen(seen: dict[str, Any]) -> None:
    keys, _, kept, closures = (int(word) for word in seen["loose"].split() if word.isdigit())
    assert keys < 0.6 * seen["keys"] and "off by 0.04" in seen["loose"] and kept == closures


def test_what_came_live_is_kept_as_keys(seen: dict[str, Any]) -> None:
    assert seen["recorded"].startswith("['FINISHED'] recorded 1: ") and "in live" in seen["recorded"]


def test_of_a_strip_that_is_cut_what_is_heard_is_driven(seen: dict[str, Any]) -> None:
    if not seen["sounds"]:
        pytest.skip("this Blender was built without sound")
    last = 1000 + len(driven()) - 1
    (first, _), (second, _), (moved, strips), (active, *faster) = seen["parts"]
    assert "first half: " in first and "second half: " in second and "at the same time" not in second
    assert strips == [["first half speech", 1000, 1049], ["second half speech", 1260, 200 + last]], moved
    assert "second half: " in active and "another speed" not in active
    assert all("line: " in each and "second half plays at another speed" in each for each in faster)


def test_where_nothing_can_be_moved_the_reason_is_said(seen: dict[str, Any]) -> None:
    assert seen["all_driven"].startswith("error")
    assert "Driven: jawOpen and mouthClose have drivers" in seen["all_driven"]
    assert seen["absolute"].startswith("error") and "switch Relative on" in seen["absolute"]
    assert "Muted: jawOpen is muted" in seen["unseen"] and "Shape Key Lock is on" in seen["unseen"]
    assert "Muted: your action" in seen["unseen"] and "plays over some of these" in seen["unseen"]


def test_the_rig_of_the_characters_names_is_found(seen: dict[str, Any]) -> None:
    assert seen["fit"][0] in ("vrm0", "vrm1") and seen["fit"][1].startswith("5 of "), seen["fit"]


def test_shape_keys_in_a_library_are_overridden_with_a_button(seen: dict[str, Any]) -> None:
    told, offered = seen["linked"]
    assert told.startswith("error") and "Linked: shape keys come from" in told and offered
    told, offered = seen["overridden"]
    assert told.startswith("['FINISHED']") and not offered


def test_a_jaw_alone_shuts_where_lips_meet(seen: dict[str, Any]) -> None:
    """The bone that Rigify means for it; what its eyes look at is no eye."""
    clip = driven("emotion.enabled=false")
    meant = np.radians(18) * np.maximum(clip["jawOpen"] - clip["mouthClose"], 0)
    assert np.ptp(meant) > 0.02 and np.abs(np.array(seen["jaws"]) - meant).max() < 0.005
    assert "eye.L is what MCH-eye.L looks at" in seen["puppet"]


def test_it_goes_without_a_trace(seen: dict[str, Any]) -> None:
    assert seen["gone"]


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What was seen in Blender 3.4 with a window."""
    folder = tmp_path_factory.mktemp("window")
    program("blender")
    python = f'PYTHONPATH="{ROOT}" exec "{sys.executable}" -m rigdriver "$@"'
    told = {"zip": str(blender_build().build(folder)), "program": script(folder / "rigdriver.sh", python),
            "speech": str(SPEECH), "again": slower(folder / "again.wav"), "head": str(HEAD),
            "picture": str(folder / "window.png")}  # fmt: skip
    (folder / "told.json").write_text(json.dumps(told))
    words = [program("xvfb-run"), "-a", "-s", "-screen 0 1100x1500x24", "blender", "--factory-startup", "-noaudio",
             "--window-geometry", "0", "0", "1100", "1500", "--python", str(SESSION.with_name("blender_window.py"))]
    done = subprocess.run([*words, "--", str(folder / "told.json")], capture_output=True, text=True, timeout=300,
                          env={**os.environ, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder / "config")})
    lines = [line for line in done.stdout.splitlines() if line.startswith("SEEN ")]
    assert lines, done.stdout[-4000:] + done.stderr[-4000:]
    assert "Traceback" not in done.stderr, done.stderr[-4000:]  # a panel that fails to draw says it there
    return {**json.loads(lines[0][5:]), "folder": folder}


def slower(path: Path) -> str:
    samples, rate = soundfile.read(SPEECH, dtype="float32")
    soundfile.write(path, soxr.resample(samples, rate, 1.15 * rate), rate)
    return str(path)


def test_with_a_window_blender_goes_on_and_a_cancelled_run_leaves_nothing(window: dict[str, Any]) -> None:
    assert window["invoked"] == ["RUNNING_MODAL"] and window["running"]
    assert window["cancelled"] == [False, "cancelled; nothing was changed", []]
    assert "nowhere" in window["missing"]


def test_a_drive_is_one_step_of_undo(window: dict[str, Any]) -> None:
    assert window["told"].startswith("moons: ") and window["strips"] == 1 and window["actions"]
    assert window["undone"] == [[], [], 0, True]
    assert window["redone"] == window["actions"]
    assert (window["folder"] / "window.png").stat().st_size > 10_000


def test_a_line_recorded_again_is_one_step_of_undo_with_its_edits(window: dict[str, Any]) -> None:
    assert window["edited"] == [["moons speech"], 0.93]
    assert window["carried"][0] == ["again speech"] and window["carried"][1] == pytest.approx(0.93, abs=0.03)
    assert "your edits are in it (1)" in window["again"]
    assert window["back"] == window["edited"]


@pytest.mark.bpy
def test_blenders_own_tool_finds_the_extension_valid(tmp_path: Path) -> None:
    """Its checks come with Blender 4.2 and later, as a script that needs no Blender."""
    where = "*/lib/python3*/site-packages/bpy/*/scripts/addons_core/bl_pkg/cli/blender_ext.py"
    tools = sorted((PROGRAMS / ".venv").glob(where))
    if not tools:
        pytest.skip("blender_ext.py comes with bpy; run sh tests/programs/install.sh bpy")
    for what in (PLUGINS / "blender" / "rigdriver_blender", blender_build().build(tmp_path)):
        done = subprocess.run([sys.executable, str(tools[-1]), "validate", str(what)], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
