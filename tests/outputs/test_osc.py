"""OSC: what we pack an independent reader reads, and what we read is what it packs."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythonosc.osc_bundle import OscBundle
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder

from rigdriver.errors import InputError
from rigdriver.outputs import facecap, osc, oscwire, vmc, vrchat
from rigdriver.outputs.oscwire import Bundles, Flag, Index, Message, Slot
from rigdriver.rotation import from_angles
from tests.outputs.sending import ARKIT, HEADER, NAMES, frame, header, ours

words = st.text("abcXYZ09_/.-é", min_size=1, max_size=12)
floats = st.floats(width=32, allow_nan=False, allow_infinity=False)
arguments = st.lists(st.one_of(words, st.integers(-(2**31), 2**31 - 1), floats), max_size=5)


def read_by_python_osc(packet: bytes) -> list[tuple[str, list]]:
    bundle = OscBundle(packet)
    assert bundle.dgram_is_bundle(packet)
    return [(message.address, message.params) for message in bundle]


@given(st.lists(st.tuples(words, arguments), min_size=1, max_size=6))
def test_python_osc_reads_what_we_pack(messages: list[tuple[str, list]]) -> None:
    packets = Bundles([Message("/" + where, tuple(args)) for where, args in messages]).fill(np.zeros(1))
    read = [message for packet in packets for message in read_by_python_osc(packet)]
    assert read == [("/" + where, args) for where, args in messages]
    assert [message for packet in packets for message in oscwire.read(packet)] == read


@given(st.lists(st.tuples(words, arguments), min_size=1, max_size=6))
def test_we_read_what_python_osc_packs(messages: list[tuple[str, list]]) -> None:
    bundle = OscBundleBuilder(IMMEDIATELY)  # type: ignore[arg-type]
    for where, args in messages:
        message = OscMessageBuilder("/" + where)
        for argument in args:
            message.add_arg(argument, "f" if isinstance(argument, float) else None)
        bundle.add_content(message.build())
    assert oscwire.read(bundle.build().dgram) == [("/" + where, args) for where, args in messages]


def test_what_changes_is_filled_in() -> None:
    bundles = Bundles([Message("/a", ("name", Index(), Slot(1))), Message("/b", (Slot(0), 7))])
    flagged = Bundles([Message("/c", (Flag(0), True, 7))])
    for index, values in ((3, [0.25, 0.5]), (-4, [1.0, -1.0])):
        (packet,) = bundles.fill(np.array(values, np.float32), index)
        assert read_by_python_osc(packet) == [("/a", ["name", index, values[1]]), ("/b", [values[0], 7])]
        assert read_by_python_osc(flagged.fill(np.array(values, np.float32))[0]) == [("/c", [values[0] > 0.5, True, 7])]
        assert packet[8:16] == b"\0\0\0\0\0\0\0\1", "immediately: other time tags make receivers wait"


def test_every_type_of_argument_is_read() -> None:
    message = b"/a\0\0,ihfdsTFNI[i]bt\0"
    data = struct.pack(">iqfd4sii4sQ", -1, 2**40, 0.5, 0.25, b"abc\0", 9, 2, b"xy\0\0", 1)
    expected = [-1, 2**40, 0.5, 0.25, "abc", True, False, None, float("inf"), 9, b"xy", 1]
    assert oscwire.read(message + data) == [("/a", expected)]


@pytest.mark.parametrize("data, says", [
    (b"hello", "neither"),
    (b"#bundle\0", "time tag"),
    (oscwire.IMMEDIATELY + struct.pack(">i", -4) + b"abcd", "announces -4 bytes"),
    (oscwire.IMMEDIATELY + struct.pack(">i", 0), "announces 0 bytes"),
    (oscwire.IMMEDIATELY + struct.pack(">i", 99) + b"/a\0\0", "announces 99"),
    (oscwire.IMMEDIATELY + b"\0\0", "announces"),
    (b"/a\0\0,f\0\0\0", "within its arguments"),
    (b"/a\0\0,s\0\0abcd", "within a string"),
    (b"/a\0\0,b\0\0\0\0\0\x09abcd", "within a blob"),
    (b"/a\0\0,x\0\0", "'x' is not known"),
    (b"/a\0\0if\0\0", "no type tags"),
    (b"/\xff\0\0,\0\0\0", "UTF-8"),
])  # fmt: skip
def test_what_is_no_osc_says_why(data: bytes, says: str) -> None:
    with pytest.raises(InputError, match=says):
        oscwire.read(data)


def test_bundles_within_bundles_end_somewhere() -> None:
    data = b"/a\0\0,\0\0\0"
    for _ in range(3000):
        data = oscwire.IMMEDIATELY + len(data).to_bytes(4, "big") + data
    with pytest.raises(InputError, match="deeper"):
        oscwire.read(data)


def test_plain_osc_is_laid_out_as_documented() -> None:
    names = ("jawOpen", "CTRL_L_brow down.ty", "v2/JawX")
    packets = osc.Encoder(header(names)).encode(np.array([0.25, 0.5, -1], np.float32), 90, 1.5)
    assert [message for packet in packets for message in read_by_python_osc(packet)] == [
        ("/rigdriver/frame", [90, 1.5]), ("/rigdriver/jawOpen", [0.25]),
        ("/rigdriver/CTRL_L_brow_down.ty", [0.5]), ("/rigdriver/v2/JawX", [-1.0]),
    ]  # fmt: skip


def test_every_bundle_of_a_frame_says_which_frame() -> None:
    names = tuple(f"CTRL_expressions_{k}_of_many" for k in range(251))
    packets = osc.Encoder(header(names)).encode(np.zeros(251, np.float32), 7, 0.1)
    assert len(packets) > 5
    assert all(read_by_python_osc(packet)[0][0] == "/rigdriver/frame" for packet in packets)


def test_one_array_a_frame_and_its_names_once_a_second() -> None:
    encoder = osc.Encoder(header(("a", "b"), 30), osc.Settings(prefix="/face", layout="array"))
    said = {index: [where for packet in encoder.encode(np.array([0.25, 0.5], np.float32), index, 0)
                    for where, _ in read_by_python_osc(packet)] for index in (0, 1, 30)}
    assert said[0] == said[30] == ["/face/names", "/face/frame", "/face/values"]
    assert said[1] == ["/face/frame", "/face/values"]
    packet = osc.decode(encoder.encode(np.array([0.25, 0.5], np.float32), 1, 0)[-1], osc.Settings(prefix="/face"))
    assert dict(zip(packet.names, packet.values)) == {"values.0": 0.25, "values.1": 0.5}


def test_a_vmc_frame_ends_with_apply_and_begins_with_ok() -> None:
    packets = vmc.Encoder(HEADER).encode(frame(), 60, 1.0)
    messages = [message for packet in packets for message in read_by_python_osc(packet)]
    assert [messages[0], messages[1], messages[-1]] == [
        ("/VMC/Ext/OK", [1]), ("/VMC/Ext/T", [1.0]), ("/VMC/Ext/Blend/Apply", [])]  # fmt: skip
    values = {args[0]: args[1] for where, args in messages if where == "/VMC/Ext/Blend/Val"}
    assert set(values) == {name[0].upper() + name[1:] for name in ARKIT}
    assert values["JawOpen"] == frame()[NAMES.index("jawOpen")]


def test_vmc_bones_are_unitys() -> None:
    """Left-handed, the avatar looks along +Z and has its right at +X: a turn to its left is about −Y there."""
    def bones(names: str = "own", **angles: float) -> dict[str, list[float]]:
        clip = header(("A", *NAMES[-9:]))
        values = np.array([0.0, *(angles.get(name, 0.0) for name in NAMES[-9:])], np.float32)
        packets = vmc.Encoder(clip, vmc.Settings(names=names)).encode(values, 0, 0.0)
        return {args[0]: args[1:] for packet in packets for where, args in read_by_python_osc(packet)
                if where == "/VMC/Ext/Bone/Pos"}
    half = 0.2
    left = bones(headYaw=2 * half)["Head"]
    assert left[3:] == pytest.approx([0, -np.sin(half), 0, np.cos(half)], abs=1e-6)
    down = bones(headPitch=2 * half)["Head"]
    assert down[3:] == pytest.approx([np.sin(half), 0, 0, np.cos(half)], abs=1e-6)
    eyes = bones(leftEyeYaw=2 * half)
    assert eyes["LeftEye"][3:] == pytest.approx([0, -np.sin(half), 0, np.cos(half)], abs=1e-6)
    assert eyes["RightEye"][3:] == pytest.approx([0, 0, 0, 1])
    assert eyes["LeftEye"][0] == -eyes["RightEye"][0] < 0, "its left eye lies at −X"


def test_rotations_are_the_houses() -> None:
    for seed in range(20):
        yaw, pitch, roll = np.random.default_rng(seed).uniform(-1, 1, 3)
        quaternion = facecap.quaternion(yaw, pitch, roll)
        np.testing.assert_allclose(quaternion, from_angles(*np.array([yaw, pitch, roll])), atol=1e-12)


@pytest.mark.parametrize("names, rig", [("vrm0", vmc.VRM0), ("vrm1", vmc.VRM1)])
def test_vmc_sends_the_presets_of_either_vrm(names: str, rig: tuple[str, ...]) -> None:
    clip = header((*rig, "someCurveOfMine", *NAMES[-9:]))
    packets = vmc.Encoder(clip, vmc.Settings(names=names)).encode(np.full(len(clip.names), 0.5, np.float32), 0, 0.0)
    messages = [message for packet in packets for message in read_by_python_osc(packet)]
    assert [args[0] for where, args in messages if where == "/VMC/Ext/Blend/Val"] == list(rig)
    assert [args[0] for where, args in messages if where == "/VMC/Ext/Bone/Pos"] == ["Head", "LeftEye", "RightEye"]


def test_eyes_are_not_turned_twice_with_perfect_sync() -> None:
    """Its EyeLook… expressions move them."""
    for bones, expected in (("auto", ["Head"]), ("all", ["Head", "LeftEye", "RightEye"]), ("none", [])):
        packets = vmc.Encoder(HEADER, vmc.Settings(bones=bones)).encode(frame(), 0, 0.0)
        messages = [message for packet in packets for message in read_by_python_osc(packet)]
        assert [args[0] for where, args in messages if where == "/VMC/Ext/Bone/Pos"] == expected


def test_bodies_of_other_senders_are_noted_not_refused() -> None:
    hips = Message("/VMC/Ext/Bone/Pos", ("Hips", *[0.0] * 6, 1.0))
    (data,) = Bundles([hips, Message("/VMC/Ext/Hmd/Pos", ("x", *[0.0] * 7))]).fill(np.zeros(1))
    packet = vmc.decode(data)
    assert packet.names == () and packet.notes == ("2 messages of bodies and devices",) and not packet.ends


def test_face_cap_indices_and_angles() -> None:
    values = frame()
    (packet,) = facecap.Encoder(HEADER).encode(values, 0, 0.0)
    messages = read_by_python_osc(packet)
    shapes = dict(args for where, args in messages if where == "/W")
    for index, name in ((0, "browInnerUp"), (9, "eyeLookInLeft"), (13, "eyeBlinkLeft"), (24, "jawOpen"),
                        (26, "jawLeft"), (30, "mouthLeft"), (36, "mouthClose"), (38, "mouthSmileRight"),
                        (51, "tongueOut")):  # fmt: skip
        assert shapes[index] == values[NAMES.index(name)], name
    assert len(shapes) == 52
    turn = dict(messages[:1] + messages[1:5])
    degrees = np.degrees([values[NAMES.index(name)] for name in ("headPitch", "headYaw", "headRoll")])
    assert turn["/HR"] == pytest.approx(degrees, rel=1e-5)
    assert turn["/ERR"] == pytest.approx(np.degrees(values[[NAMES.index("rightEyePitch"), NAMES.index("rightEyeYaw")]]))


def test_vrchat_parameters_and_gaze() -> None:
    clip = header(("v2/JawOpen", "v2/EyeClosed", "leftEyeYaw", "leftEyePitch", "rightEyeYaw", "rightEyePitch"))
    values = np.array([0.25, 0.5, 0.1, 0.2, 0.3, 0.4], np.float32)
    (packet,) = vrchat.Encoder(clip, vrchat.Settings(prefix="me/")).encode(values, 0, 0.0)
    messages = dict(read_by_python_osc(packet))
    assert messages["/avatar/parameters/me/v2/JawOpen"] == [0.25]
    assert messages["/tracking/eye/EyesClosedAmount"] == [0.5]
    right_and_down = np.degrees([0.2, -0.1, 0.4, -0.3])  # pitch and yaw of the left eye, then of the right
    assert messages["/tracking/eye/LeftRightPitchYaw"] == pytest.approx(right_and_down, rel=1e-5)
    assert ours(vrchat.decode(packet, vrchat.Settings(prefix="me/")))["leftEyeYaw"] == pytest.approx(0.1)
    assert messages["/avatar/parameters/LipTrackingActive"] == [True]
    right, up = (messages[f"/avatar/parameters/me/v2/EyeLeft{axis}"][0] for axis in "XY")
    assert (right, up) == pytest.approx((-0.1 / (np.pi / 4), -0.2 / (np.pi / 4)))
    (bare,) = vrchat.Encoder(clip, vrchat.Settings(gaze=False)).encode(values, 0, 0.0)
    assert not any(where.startswith("/tracking/") for where, _ in read_by_python_osc(bare))


def avatar_file(path: Path, *inputs: tuple[str, str]) -> Path:
    """What VRChat writes about an avatar: with a byte order mark, and outputs without inputs among the rest."""
    parameters = [{"name": name, "input": {"address": f"/avatar/parameters/{name}", "type": kind}}
                  for name, kind in inputs]
    parameters.append({"name": "VelocityZ", "output": {"address": "/avatar/parameters/VelocityZ", "type": "Float"}})
    path.write_text(json.dumps({"id": "avtr_1", "name": "Hero", "parameters": parameters}), encoding="utf-8-sig")
    return path


def test_vrchat_sends_an_avatar_what_it_listens_to(tmp_path: Path) -> None:
    bits = [(f"me/v2/{name}", "Bool") for name in ("JawOpen1", "JawOpen2", "JawOpen4", "JawX1", "JawX2", "JawXNegative",
                                                   "MouthX1")]  # fmt: skip
    path = avatar_file(tmp_path / "avtr_1.json", ("me/v2/MouthClosed", "Float"), ("VRCEmote", "Int"),
                       ("me/LipTrackingActive", "Bool"), *bits)
    clip = header(("v2/JawOpen", "v2/MouthClosed", "v2/JawX", "v2/MouthX", "v2/TongueOut"))
    encoder = vrchat.Encoder(clip, vrchat.Settings(avatar=str(path)))

    def heard(*values: float) -> dict[str, list]:
        (packet,) = encoder.encode(np.array(values, np.float32), 0, 0.0)
        return {where.removeprefix("/avatar/parameters/me/"): args for where, args in read_by_python_osc(packet)}

    half = heard(0.65, 0.25, -0.5, -1.0, 0.9)
    assert half == {
        "LipTrackingActive": [True], "v2/MouthClosed": [0.25],
        "v2/JawOpen1": [True], "v2/JawOpen2": [False], "v2/JawOpen4": [True],  # 5 of 8 steps
        "v2/JawX1": [False], "v2/JawX2": [True], "v2/JawXNegative": [True],  # −2 of 4
        "v2/MouthX1": [False],  # below 0, and no sign to say it
    }  # fmt: skip
    full = heard(1.0, 0.0, 1.0, 1.0, 0.0)
    assert [name for name, args in full.items() if args[0] is False] == ["v2/JawXNegative"]
    assert "v2/TongueOut" not in full


def test_vrchat_files_that_are_none(tmp_path: Path) -> None:
    clip = header(("v2/JawOpen",))
    (tmp_path / "text.json").write_text("[1]")
    (tmp_path / "other.json").write_text('{"parameters": [{"name": "a", "input": 3}]}')
    plain = avatar_file(tmp_path / "plain.json", ("VRCEmote", "Int"))
    for path, says in ((tmp_path / "none.json", "no such file"), (tmp_path / "text.json", "is not a file of VRChat"),
                       (tmp_path / "other.json", "is not a file of VRChat"), (plain, "listens to none")):
        with pytest.raises(InputError, match=says):
            vrchat.Encoder(clip, vrchat.Settings(avatar=str(path)))


@pytest.mark.parametrize("module", [vmc, vrchat, facecap])
def test_osc_of_somebody_else_is_refused(module) -> None:  # type: ignore[no-untyped-def]
    (data,) = Bundles([Message("/other", (0.5,))]).fill(np.zeros(1))
    with pytest.raises(InputError, match="OSC, but not of"):
        module.decode(data)
