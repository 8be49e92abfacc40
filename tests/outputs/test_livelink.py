"""Live Link Face packets byte by byte, against the app's own order and its recorded packets."""

import gzip
import struct
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from rigdriver import outputs
from rigdriver.errors import InputError
from rigdriver.outputs import livelink
from rigdriver.outputs.livelink import Encoder, Settings, decode
from tests.outputs.sending import HEADER, NAMES, frame, header

SHARED = Path(__file__).parents[3] / "shared"
RECORDED = SHARED / "data" / "llv"
ORDER = SHARED / "names" / "arkit52_livelinkface_udp_order.txt"
TRAPS = {14: "jawForward", 15: "jawLeft", 16: "jawRight", 17: "jawOpen", 18: "mouthClose", 21: "mouthLeft",
         22: "mouthRight", 41: "browDownLeft", 43: "browInnerUp", 51: "tongueOut", 52: "headYaw", 53: "headPitch",
         54: "headRoll", 55: "leftEyeYaw", 58: "rightEyeYaw", 60: "rightEyeRoll"}  # fmt: skip


def values_of(packet: bytes) -> tuple[float, ...]:
    return struct.unpack(">61f", packet[-244:])


def test_the_bytes_of_a_packet() -> None:
    settings = Settings(subject="Hero", device="0123456789abcdef0123456789abcdef0123")
    (packet,) = Encoder(header(fps=Fraction(30000, 1001)), settings).encode(frame(), 300, 10.01)
    assert packet[:1] == b"\x06"
    assert packet[1:41] == b"\x00\x00\x00\x24" + b"0123456789abcdef0123456789abcdef0123"
    assert packet[41:49] == b"\x00\x00\x00\x04Hero"
    assert struct.unpack(">ifii", packet[49:65]) == (300, 0.0, 30000, 1001)
    assert packet[65] == 61
    assert len(packet) == 270 + 36 + 4


@pytest.mark.parametrize("place, name", TRAPS.items())
def test_each_value_lies_where_the_app_puts_it(place: int, name: str) -> None:
    values = np.zeros(len(NAMES), np.float32)
    values[NAMES.index(name)] = 0.5
    sent = values_of(Encoder(HEADER).encode(values, 0, 0.0)[0])
    sign = -1 if name.endswith(("Yaw", "Roll")) else 1  # positive to the character's right there, to its left here
    assert [k for k, value in enumerate(sent) if value] == [place]
    assert sent[place] == 0.5 * sign


@pytest.mark.skipif(not ORDER.is_file(), reason="the reference lists are not here")
def test_the_order_is_that_of_the_reference() -> None:
    assert [name[0].upper() + name[1:] for name in livelink.names()] == ORDER.read_text().split()


def test_two_subjects_of_one_machine_are_two_devices() -> None:
    ids = {Settings(subject=name).device_id for name in ("Hero", "Villain")}
    assert len(ids) == 2 and all(len(each) == 36 and each.isascii() for each in ids)
    assert Settings(subject="Hero").device_id in ids, "the same at every start, so that Unreal knows it again"


def test_time_of_day_and_long_streams() -> None:
    clock = decode(Encoder(HEADER, Settings(timecode="clock")).encode(frame(), 0, 0.0)[0])
    assert clock.frame is not None and 0 <= clock.frame < 24 * 3600 * 60
    assert decode(Encoder(HEADER).encode(frame(), 2**31 + 5, 0.0)[0]).frame == -(2**31) + 5
    assert decode(Encoder(HEADER).encode(frame(), 60 * 3661 + 7, 0.0)[0]).timecode == "01:01:01:07"


def test_names_in_any_case_are_found() -> None:
    names = tuple(name[0].upper() + name[1:] for name in NAMES)
    assert Encoder(header(names)).encode(frame(), 1, 0.1) == Encoder(HEADER).encode(frame(), 1, 0.1)


def test_a_packet_without_a_face() -> None:
    packet = decode(Encoder(HEADER).encode(frame(), 1, 0.1)[0][:-245])
    assert packet.names == () and "no face" in packet.notes and packet.frame == 1


def test_a_rate_of_nothing_is_noted() -> None:
    """PyLiveLinkFace sends 30/0 where 30 fps are asked for."""
    sent = bytearray(Encoder(HEADER).encode(frame(), 1, 0.1)[0])
    sent[-253 : -245] = struct.pack(">ii", 30, 0)
    packet = decode(bytes(sent))
    assert packet.fps is None and any("30/0" in note for note in packet.notes) and packet.timecode == ""


@pytest.mark.parametrize("damage, says", [
    (lambda packet: b"", "nothing"),
    (lambda packet: b"\x05" + packet[1:], "version 5"),
    (lambda packet: packet[:1] + b"\xff\xff\xff\xff" + packet[5:], "device id"),
    (lambda packet: packet[:1] + b"\x7f\xff\xff\xff" + packet[5:], "device id"),
    (lambda packet: packet[:50], "time"),
    (lambda packet: packet[:-4], "61 values and has 60"),
    (lambda packet: packet[:-245] + b"\x3c" + packet[-244:-4], "says 60"),
    (lambda packet: packet[:-4] + struct.pack(">f", np.nan), "not a number"),
    (lambda packet: packet[:41] + b"\x00\x00\x00\x02\xff\xfe" + packet[-261:], "UTF-8"),
])  # fmt: skip
def test_malformed_packets_say_what_is_wrong(damage, says: str) -> None:  # type: ignore[no-untyped-def]
    packet = Encoder(HEADER, Settings(subject="Hero")).encode(frame(), 1, 0.1)[0]
    with pytest.raises(InputError, match=says):
        decode(damage(packet))


def recorded(path: Path) -> list[bytes]:
    """Packets of a recording of LLV: u8 version, u32 count, then u32 size and packet for each, big-endian, gzipped."""
    data, packets, at = gzip.decompress(path.read_bytes()), [], 5
    for _ in range(struct.unpack(">I", data[1:5])[0]):
        (size,) = struct.unpack(">I", data[at : at + 4])
        packets.append(data[at + 4 : at + 4 + size])
        at += 4 + size
    return packets


@pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded packets are not here")
@pytest.mark.parametrize("name", ["dao", "debug-all-blendshapes"])
def test_recorded_packets_of_the_app(name: str) -> None:
    packets = recorded(RECORDED / f"{name}.gesichter")
    heard = [decode(packet) for packet in packets]
    assert all(packet.subject == "LLV Default Device" and packet.fps == 60 for packet in heard)
    frames = np.array([int(packet.frame or 0) for packet in heard])
    assert (np.diff(frames) == 1).mean() > 0.9
    again = Encoder(header(livelink.names()), Settings("LLV Default Device", "DEADC0DE-1337-1337-1337-CAFEBABE"))
    for sent, packet in zip(packets[:50], heard):
        mine = again.encode(packet.values, int(packet.frame or 0), 0.0)[0]
        assert mine[:63] == sent[:63] and mine[-245:] == sent[-245:], "byte for byte, but for the fraction of a frame"


@pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded packets are not here")
def test_eyes_of_a_recorded_face_agree_with_their_shapes() -> None:
    """Our pitch is positive where lids look down, our yaw where the left eye looks out, to the character's left."""
    heard = [decode(packet) for packet in recorded(RECORDED / "dao.gesichter")]
    def curve(name: str) -> np.ndarray:
        return np.array([packet[name] for packet in heard])
    down = curve("eyeLookDownLeft") - curve("eyeLookUpLeft")
    left = curve("eyeLookOutLeft") - curve("eyeLookInLeft")
    assert np.corrcoef(curve("leftEyePitch"), down)[0, 1] > 0.9
    assert np.corrcoef(curve("leftEyeYaw"), left)[0, 1] > 0.9


def test_the_subject_of_the_address_arrives() -> None:
    with outputs.open_listener("livelink://127.0.0.1:0") as listener:
        with outputs.open_output(f"livelink://127.0.0.1:{listener.port}?subject=Hero%20One", HEADER) as output:
            output.send(frame(), 90, 1.5)
        packet = listener.receive(2.0)
    assert packet is not None
    assert (packet.subject, packet.frame, packet.fps, packet.time_s) == ("Hero One", 90, 60, 1.5)
