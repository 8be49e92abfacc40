"""What of the add-on for Blender needs no Blender: layers, keys, turns, packets, rig files, finding rigdriver."""

import re
import sys
import zipfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rigdriver import __version__, keys, rotation
from rigdriver import rig as rigs
from rigdriver.clip import Clip
from rigdriver.errors import RigdriverError
from rigdriver.formats import plain_json
from rigdriver.outputs import jsonlivelink, osc
from tests.plugins.conftest import PLUGINS, blender_build

PACKAGE = PLUGINS / "blender" / "rigdriver_blender"
FPS = Fraction(24000, 1001)


def test_copies_are_what_rigdriver_has() -> None:
    """A copy that differs is made anew by `python plugins/blender/build.py --copies`."""
    for path, text in blender_build().copies().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name}: run python plugins/blender/build.py --copies"


def test_one_zip_for_every_blender(tmp_path: Path) -> None:
    build = blender_build().build
    made = build(tmp_path / "a")
    assert made.read_bytes() == build(tmp_path / "b").read_bytes()
    with zipfile.ZipFile(made) as archive:
        names = archive.namelist()
    assert {"rigdriver_blender/__init__.py", "rigdriver_blender/blender_manifest.toml"} <= set(names)
    assert not [name for name in names if "pycache" in name]


def test_versions_agree() -> None:
    manifest = (PACKAGE / "blender_manifest.toml").read_text()
    version = re.search(r'^version = "(.+)"', manifest, re.MULTILINE)
    info = re.search(r'"version": \((\d+), (\d+), (\d+)\)', (PACKAGE / "__init__.py").read_text())
    assert version and info and version[1] == ".".join(info.groups()) == __version__


def test_nothing_of_rigdriver_is_imported() -> None:
    for path in PACKAGE.rglob("*.py"):
        assert not re.search(r"^\s*(from|import) rigdriver", path.read_text(encoding="utf-8"), re.MULTILINE), path.name


# ---- layers


def layers_of(seed: int, frames: int = 80) -> dict[str, Clip]:
    """Layers of a face whose lips seal; nothing was asked of the emotion."""
    random = np.random.default_rng(seed)
    time = np.arange(frames)[:, None] / float(FPS)
    names = ("jawOpen", "mouthClose", "eyeBlinkLeft", "mouthSmileLeft", "browInnerUp", "still")
    whole, found = None, {}
    for layer in ("speech", "emotion", "gaze", "blink", "head"):
        values = np.clip(0.4 + 0.5 * np.sin(random.uniform(2, 25, 6) * time + random.uniform(0, 6, 6)), 0, 1)
        values[18:26, 0] = np.maximum(values[18:26, 0], 0.5)
        values[18:26, 1] = values[18:26, 0] - np.array([0.2, 0.2, 0, 0, 0, 0, 0.2, 0.2])  # sealed from 20 to 23
        values[:, 5] = 0
        values = values if whole is None or layer != "emotion" else whole
        found[layer] = Clip(names, (values - (0 if whole is None else whole)).astype(np.float32), FPS, -3)
        whole = values
    return found


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 999), tolerance=st.sampled_from([0.002, 0.005, 0.02]))
def test_layers_add_up_to_the_face_and_so_do_their_keys(seed: int, tolerance: float) -> None:
    layered, layers = _plain("layered"), layers_of(seed)
    whole = layered.summed(layers.values())
    made = layered.keyed(layers, tolerance)
    for name in whole.names:
        total = sum((each[name].at(whole.times) for each in made.values() if name in each), np.zeros(len(whole)))
        assert np.abs(total - whole[name]).max() <= tolerance + 2e-5
        assert name != "still" or not any(name in each for each in made.values())
    for frame in (20, 23):
        at = [sum(float(each[name].at(whole.times[frame : frame + 1])[0]) for each in made.values() if name in each)
              for name in ("jawOpen", "mouthClose")]
        assert at[0] - at[1] == pytest.approx(0, abs=2e-5), "where lips meet and part both are keys in every layer"


def _plain(name: str) -> Any:
    """For hypothesis, which takes no fixture that starts anew."""
    from importlib import import_module
    from types import ModuleType
    if "plain_blender" not in sys.modules:
        package = ModuleType("plain_blender")
        package.__path__ = [str(PACKAGE)]
        sys.modules["plain_blender"] = package
    return import_module(f"plain_blender.{name}")


# ---- turning


angles = st.floats(-0.6, 0.6)


@settings(max_examples=60, deadline=None)
@given(yaw=angles, pitch=angles, roll=angles, order=st.sampled_from(["XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX"]))
def test_euler_angles_are_the_rotation(yaw: float, pitch: float, roll: float, order: str) -> None:
    """Blender turns about the first letter's axis first."""
    turned = rotation.from_angles(*(np.array([each]) for each in (yaw, pitch, roll)))
    euler = _plain("turning").euler(turned, order)[0]
    again = rotation.IDENTITY[None]
    for letter in order:
        axis = "XYZ".index(letter)
        about = np.zeros((1, 4))
        about[0, axis], about[0, 3] = np.sin(euler[axis] / 2), np.cos(euler[axis] / 2)
        again = rotation.multiply(about, again)
    assert abs(np.sum(again * turned)) == pytest.approx(1, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 999), mode=st.sampled_from(["QUATERNION", "XYZ", "ZXY"]), upright=st.booleans())
def test_a_bones_layers_make_the_whole_turn(seed: int, mode: str, upright: bool) -> None:
    turning = _plain("turning")
    random = np.random.default_rng(seed)
    names = ("headYaw", "headPitch", "headRoll")
    layers = {layer: Clip(names, random.normal(0, 0.1, (5, 3)).astype(np.float32), FPS)
              for layer in ("speech", "gaze", "head")}
    rest = random.normal(size=4)
    joint = turning.Joint("A", "Head", "head", rest / np.linalg.norm(rest), upright, mode, 0.65)
    strips = turning.channels(joint, layers, 18)
    whole = turning.basis(joint, Clip(names, sum(clip.values for clip in layers.values()), FPS))
    if mode == "QUATERNION":
        total = rotation.IDENTITY[None]
        for strip in strips.values():
            total = rotation.multiply(total, strip[:, [1, 2, 3, 0]])
        assert np.abs(np.abs(np.sum(total * whole, axis=1)) - 1).max() < 1e-6
    else:
        assert sum(strips.values()) == pytest.approx(turning.euler(whole, mode), abs=1e-6)


@pytest.mark.parametrize(("name", "role"), [
    ("Head", "head"), ("mixamorig:Neck", "neck"), ("J_Bip_C_Head", "head"), ("CC_Base_L_Eye", "left_eye"),
    ("eye.R", "right_eye"), ("DEF-jaw", "jaw"), ("LeftEye", "left_eye"), ("HeadTop_End", ""), ("forehead", ""),
    ("eye_target.L", ""), ("Neck1", "neck"), ("jaw_master", "jaw"), ("master_eye.L", "")])  # fmt: skip
def test_bones_by_name(in_blender: Any, name: str, role: str) -> None:
    assert in_blender("bones").role(name) == role


def test_the_plainest_name_wins(in_blender: Any) -> None:
    find = in_blender("bones").find
    assert find(["DEF-head", "head", "DEF-neck"]) == {"head": "head", "neck": "DEF-neck"}
    assert find(["jaw", "DEF-jaw", "jaw_master"]) == {"jaw": "jaw_master"}, "Rigify's control, not its tweak"


# ---- packets


@pytest.mark.parametrize("layout", ["each", "array"])
def test_plain_osc_as_rigdriver_sends_it(in_blender: Any, layout: str) -> None:
    packets = in_blender("packets")
    names = (*rigs.canonical().names, "a/b c")
    clip = Clip(names, np.random.default_rng(3).random((2, len(names))).astype(np.float32), 60)
    encoder, newest = osc.Encoder(clip, osc.Settings(layout=layout)), packets.Newest()
    for index, frame in enumerate(clip.values):
        for data in encoder.encode(frame, index, index / 60):
            assert newest.take(packets.read(data))
    expected = dict(zip(rigs.canonical().names, clip.values[1].tolist()))
    assert {name: newest.values[name] for name in expected} == pytest.approx(expected)
    late = [packets.read(data) for data in encoder.encode(clip.values[0], 0, 0.0)]
    assert not any(newest.take(packet) for packet in late if packet.frame is not None)
    assert newest.values["jawOpen"] == pytest.approx(expected["jawOpen"])


def test_a_sender_that_begins_anew_is_followed(in_blender: Any) -> None:
    packets = in_blender("packets")
    newest = packets.Newest()
    assert newest.take(packets.Packet({"a": 1.0}, frame=50_000)) and newest.take(packets.Packet({"a": 2.0}, frame=0))
    assert newest.take(packets.Packet({"a": 1.0}, frame=90)) and not newest.take(packets.Packet({"a": 2.0}, frame=0))
    newest.forget_order()
    assert newest.take(packets.Packet({"a": 2.0}, frame=0)), "one that began anew after a silence is not late"


def test_a_frame_in_several_packets_is_shown_when_it_is_whole(in_blender: Any) -> None:
    packets = in_blender("packets")
    newest = packets.Newest()
    for frame, parts in enumerate([({"jaw": 0.1}, {"lips": 0.1}), ({"jaw": 0.2}, {"lips": 0.2})]):
        for values in parts:
            newest.take(packets.Packet(values, frame=frame, second=frame / 60))
            assert frame == 0 or newest.values["jaw"] == newest.values["lips"]
    assert newest.values == {"jaw": 0.2, "lips": 0.2} and newest.frame == 1
    newest.take(packets.Packet({"jaw": 0.3}, frame=2))  # whose other half is lost
    assert newest.values["jaw"] == 0.2
    newest.take(packets.Packet({"jaw": 0.4}, frame=3))
    assert newest.values == {"jaw": 0.3, "lips": 0.2}
    newest.take(packets.Packet({"lips": 0.4}, frame=3))
    assert newest.values == {"jaw": 0.4, "lips": 0.4} and newest.frame == 3
    newest.take(packets.Packet({"Jaw": 0.5}))  # from a sender that counts no frames
    assert newest.values == {"jaw": 0.5, "lips": 0.4}


def test_strangers_cannot_add_curves_without_end(in_blender: Any) -> None:
    packets = in_blender("packets")
    newest = packets.Newest()
    for k in range(0, 6000, 100):
        newest.take(packets.Packet({f"n{k + j}": 1.0 for j in range(100)}))
    newest.take(packets.Packet({"N0": 0.25}))
    assert len(newest.values) == packets.MOST and newest.values["n0"] == 0.25


# ---- recordings


@settings(max_examples=40, deadline=None)
@given(jitter=st.lists(st.floats(0, 2), min_size=30, max_size=30), told=st.booleans(), began=st.floats(0, 100))
def test_a_recording_keeps_the_senders_time(jitter: list[float], told: bool, began: float) -> None:
    """A line that rises with time: told seconds give it back exactly, whatever the network did; else arrival counts."""
    made = _plain("recording").Recording(5)
    arrival = 1000.0
    for index, late in enumerate(jitter):
        arrival = max(arrival, 1000 + index / 60 + late * told)
        made.add({"jawOpen": index / 30}, arrival, began + index / 60 if told else None)
    clip = made.clip(FPS)
    assert clip is not None and clip.fps == FPS and len(clip) == int(29 / 60 * FPS) + 1
    assert clip["jawOpen"] == pytest.approx(np.arange(len(clip)) / float(FPS) * 2, abs=1e-3)


def test_a_recording_goes_on_with_a_sender_that_began_anew(in_blender: Any) -> None:
    made = in_blender("recording").Recording(1)
    assert made.clip(FPS) is None
    for index in range(30):
        made.add({"a": 0.25}, 5 + index / 30, 70 + index / 30)
    for began in (0, 500):
        for index in range(30):
            made.add({"a": 0.75, "b": 1.0}, 8 + began / 500 + index / 30, began + index / 30)
    clip = made.clip(Fraction(30))
    assert clip.names == ("a", "b") and made.seconds == pytest.approx(4 + 29 / 30)
    assert clip["a"][[0, 20, 100]].tolist() == pytest.approx([0.25, 0.25, 0.75]) and clip["b"][0] == 0


def test_json_live_link_as_rigdriver_sends_it(in_blender: Any) -> None:
    packets = in_blender("packets")
    clip = Clip(("jawOpen", "headYaw"), np.array([[0.5, -0.25]], np.float32), 60)
    (data,) = jsonlivelink.Encoder(clip).encode(clip.values[0], 0, 0.0)
    assert packets.read(data).values == pytest.approx({"JawOpen": 0.5, "HeadYaw": -0.25})


@settings(max_examples=300, deadline=None)
@given(data=st.one_of(st.binary(max_size=80), st.binary(max_size=60).map(lambda tail: b"#bundle\0" + tail),
                      st.binary(max_size=60).map(lambda tail: b"/a\0\0,f\0\0" + tail),
                      st.text(max_size=40).map(lambda text: ("{" + text).encode())))
def test_anything_may_come_in(data: bytes) -> None:
    packets = _plain("packets")
    packet = packets.read(data)
    assert packet is None or all(np.isfinite(value) for value in packet.values.values())


# ---- rig files


def test_a_rig_file_of_pairs_is_one_that_rigdriver_reads(in_blender: Any, tmp_path: Path) -> None:
    mapping = in_blender("mapping")
    pairs = {"Mund auf": "jawOpen", "no": "", "yes": "tongueOut",
             'so "la la"': "0.8 mouthSmileLeft + 0.5 mouthStretchLeft"}
    known = rigs.canonical().names
    path = tmp_path / "a.yaml"
    path.write_text(mapping.text("hero: 1", pairs, ("headYaw",), known), encoding="utf-8")
    rig = rigs.load(str(path))
    assert rig.forward is not None and rig.name == "hero: 1"
    assert rig.forward.rows['so "la la"'] == {"mouthSmileLeft": 0.8, "mouthStretchLeft": 0.5}
    assert rig.names == ("Mund auf", "yes", 'so "la la"', "headYaw")
    assert mapping.editable(path.read_text()) == ""


@pytest.mark.parametrize("made", ["jawOpn", "0.5", "jawOpen mouthClose", "a pose"])
def test_a_pair_that_is_no_sum_of_curves_is_refused(in_blender: Any, made: str) -> None:
    mapping, errors = in_blender("mapping"), in_blender("errors")
    with pytest.raises(errors.PluginError):
        mapping.text("x", {"a": made}, (), rigs.canonical().names)


def test_a_rig_file_with_more_than_pairs_is_left_to_text(in_blender: Any) -> None:
    text = (PLUGINS.parent / "rigs" / "reference.yaml").read_text(encoding="utf-8")
    assert "gains" in in_blender("mapping").editable(text)


def test_what_rig_show_prints_is_read(in_blender: Any) -> None:
    from click.testing import CliRunner

    from rigdriver.cli.rig import show
    rows = in_blender("mapping").rows(CliRunner().invoke(show, ["metahuman"]).output)
    rig = rigs.load("metahuman")
    assert tuple(row.name for row in rows) == rig.names
    assert {row.name: row.unit for row in rows} == {channel.name: channel.unit for channel in rig.channels}
    assert rig.forward is not None
    known = {row.name: row.made for row in rows}
    assert any(in_blender("mapping").sources(known[name]) == dict(parts) for name, parts in rig.forward.rows.items()
               if len(parts) > 1)


# ---- rigdriver, found and run


def program(path: Path, text: str = "exit 0") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


posix = pytest.mark.skipif(sys.platform == "win32", reason="shell scripts stand for programs")


@posix
def test_where_rigdriver_is_found(in_blender: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    process, errors = in_blender("process"), in_blender("errors")
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    with pytest.raises(errors.MissingError, match="install it"):
        process.find()
    on_path = program(tmp_path / "path" / "rigdriver")
    assert process.find() == [str(on_path)]
    own = program(tmp_path / "env" / "bin" / "rigdriver")
    assert process.find(own=tmp_path / "env") == [str(own)], "what the button installed goes before PATH"
    python = program(tmp_path / "other" / "bin" / "python3")
    assert process.find(str(python)) == [str(python), "-m", "rigdriver"]
    with pytest.raises(errors.MissingError, match="nowhere"):
        process.find(str(tmp_path / "nowhere"), tmp_path / "env")


@posix
def test_a_program_that_is_not_rigdriver_is_told(in_blender: Any, tmp_path: Path) -> None:
    process, errors = in_blender("process"), in_blender("errors")
    with pytest.raises(errors.MissingError, match="is not rigdriver"):
        process.version([str(program(tmp_path / "a", "echo hello 3"))])
    assert process.version([str(program(tmp_path / "b", "echo rigdriver, version 9.9"))]) == "9.9"


@posix
def test_a_run_ends_with_its_first_failure(in_blender: Any, tmp_path: Path) -> None:
    process, errors = in_blender("process"), in_blender("errors")
    said = 'if [ "$1" = bad ]; then echo "rigdriver: no such rig" >&2; exit 2; fi; sleep 60'
    run = process.Run([str(program(tmp_path / "a", said))])
    run.add(["good"])
    run.add(["bad"])
    with pytest.raises(errors.FailedError, match=r"^no such rig$"):
        run.wait()
    assert not run.output(0).parent.exists(), "its folder is gone"


def test_orders_are_command_lines_that_rigdriver_knows(in_blender: Any) -> None:
    from rigdriver.cli.drive import command
    process = in_blender("process")
    order = process.Order("a.wav", FPS, rig="arkit", personality="lively", emotion="joy=.5", direct="1 blink",
                          transcript="hello", performance="p.yaml", seed=3)  # fmt: skip
    made = command.make_context("drive", order.arguments("out.json")[1:]).params
    assert (made["fps"], made["seed"], made["format_"]) == ("24000/1001", 3, "plain-json")
    assert made["layers"] and made["personality"] == "lively"
    plain = command.make_context("drive", process.Order("a.wav", FPS).arguments("out.json")[1:]).params
    assert plain["rig"] is None and plain["performance"] is None and plain["emotion"] == ()
    assert plain["seed"] is None, "a performance file's own holds"


@settings(max_examples=30, deadline=None)
@given(first=st.floats(0, 3), length=st.floats(0.1, 3))
def test_part_of_a_recording_keeps_its_place(first: float, length: float) -> None:
    process, clips = _plain("process"), _plain("copied.clip")
    clip = clips.Clip(("a",), np.arange(72, dtype=np.float32)[:, None], FPS)
    made = process.Driven({"speech": clip}, np.ones((180, 40)), {"mouth": [0.5, 1.5, 2.5]})
    assert made.within(()) is made
    try:
        part = made.within((first, first + length))
    except _plain("errors").FailedError:
        assert round(first * FPS) >= 72 or length < 1 / FPS
        return
    (cut,) = part.parts.values()
    assert cut.values[:, 0].tolist() == list(range(cut.start, cut.end)) and cut.start == round(first * FPS)
    assert cut.end == min(72, round((first + length) * FPS))
    assert part.anchors["mouth"] == [at for at in (0.5, 1.5, 2.5) if first <= at <= first + length]
    assert part.heard is made.heard, "edits are laid by all that is said in the file"


def test_curves_as_rigdriver_writes_them(in_blender: Any, tmp_path: Path) -> None:
    process, errors = in_blender("process"), in_blender("errors")
    clip = layers_of(4)["speech"]
    plain_json.write(clip, tmp_path / "a.json")
    read = process.read(tmp_path / "a.json")
    assert (read.names, read.fps, read.start) == (clip.names, clip.fps, clip.start)
    assert np.array_equal(read.values, clip.values)
    for text in ("", "{}", '{"format": "rigdriver-clip", "version": 2}', "[1]"):
        (tmp_path / "b.json").write_text(text)
        with pytest.raises(errors.FailedError):
            process.read(tmp_path / "b.json")


def test_copied_keys_are_keys(in_blender: Any) -> None:
    """The copy's own classes: a key of it is at the same place as one of rigdriver's."""
    clip = layers_of(2)["speech"]
    copied = in_blender("copied.keying").reduced(in_blender("copied.clip").Clip(clip.names, clip.values, clip.fps))
    from rigdriver import keying
    for name, made in keying.reduced(Clip(clip.names, clip.values, clip.fps)).items():
        assert isinstance(made, keys.Keys) and np.array_equal(made.at(clip.times), copied[name].at(clip.times))
    assert not issubclass(in_blender("errors").PluginError, RigdriverError)


# ---- edits


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 999), first=st.integers(0, 70), length=st.integers(1, 30), held=st.booleans())
def test_keys_of_an_edited_curve_change_only_where_it_was(seed: int, first: int, length: int, held: bool) -> None:
    edited, keying, clips = _plain("edited"), _plain("copied.keying"), _plain("copied.clip")
    curve = layers_of(seed)["speech"].pick(["mouthSmileLeft"])
    clip = clips.Clip(curve.names, curve.values, FPS, -3)
    clean = keying.reduced(clip, 0.005)["mouthSmileLeft"]
    change, rows = np.zeros(len(clip)), slice(first, first + length)
    change[rows] = -clip.values[rows, 0] if held else 0.3
    hand = min(first + length // 2, len(clip) - 1)
    made = edited.keys(clip, clean, edited.Change(change, [hand - 3]), 0.005)
    assert np.abs(made.at(clip.times) - clip.values[:, 0] - change).max() <= 0.005 + 1e-5
    assert held or np.isclose(made.times * float(FPS), hand - 3).any(), "where a person had a key is one"
    frames = clean.times * float(FPS)
    outside = np.concatenate([clean.times[frames < first - 4][:-1], clean.times[frames > first + length - 3][1:]])
    assert np.isin(outside.round(6), made.times.round(6)).all(), "other keys are those that were there"


def test_keys_that_were_carried_over_are_not_set_by_hand_again(in_blender: Any) -> None:
    by_hand = in_blender("edited").set_by_hand
    was = {"keys": [[0, 0, 0, 0, 0, 0], [9, 1, 8, 1, 10, 1]], "made": [[0, 0, 0, 0, 0, 0], [4, 2, 3, 2, 5, 2],
                                                                   [7, 3, 6, 3, 8, 3]], "hand": [4, 5]}
    assert by_hand(was, was["made"], 2.0).tolist() == [2.0], "4 is theirs still, 5 is gone, 7 came with it"
    assert by_hand(was, [*was["made"], [11, 5, 11, 5, 11, 5]], 2.0).tolist() == [2.0, 5.5]
    assert by_hand({"keys": was["keys"]}, was["keys"], 2.0).tolist() == []


def test_another_line_is_told_from_the_same(in_blender: Any) -> None:
    edited = in_blender("edited")
    random = np.random.default_rng(4)
    said = np.repeat(random.integers(1, 40, 30), 8)
    heard = np.log(np.eye(40)[said] * 0.9 + 0.1 / 40).astype(np.float32)
    assert edited.is_identity(edited.way(heard, heard.copy(), 4.0, 4.0))
    assert edited.is_same_line(edited.way(heard, np.repeat(heard, 2, axis=0), 4.0, 8.0))
    other = np.log(np.eye(40)[np.repeat(random.integers(1, 40, 30), 8)] * 0.9 + 0.1 / 40).astype(np.float32)
    assert not edited.is_same_line(edited.way(heard, other, 4.0, 4.0))
    session = np.concatenate([other, heard, other, np.repeat(heard, 2, axis=0)])
    again = edited.way_of_parts(session, session, (4.0, 8.0), (12.0, 20.0))
    assert edited.is_same_line(again) and again(np.array([4.5, 6.0, 7.5])) == pytest.approx([13, 16, 19], abs=0.1)
    assert not edited.is_same_line(edited.way_of_parts(session, session, (4.0, 8.0), (8.0, 12.0)))
    assert edited.way_of_parts(heard, heard, (5.0, 9.0), ()) is None, "nothing is known of what lies beyond"
    nothing = edited.way(np.zeros((0, 0)), heard, 2.0, 4.0)
    assert not edited.is_same_line(nothing) and float(nothing(1.0)) == pytest.approx(2.0)
