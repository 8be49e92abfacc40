"""iFacialMocap: the text of both versions, recorded packets, and the handshake in both directions."""

import math
import socket
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rigdriver import outputs
from rigdriver.errors import InputError
from rigdriver.outputs import ifacialmocap
from rigdriver.outputs.ifacialmocap import ASK, STOP, Encoder, Settings, decode
from tests.outputs.sending import ARKIT, HEADER, NAMES, SOON_S, frame, header

RECORDED = Path(__file__).parents[3] / "shared" / "data" / "ifacialmocap"
EYES_DOWN_AND_TO_ITS_RIGHT = (
    "trackingStatus-1|mouthSmile_L-0|eyeLookIn_L-25|jawLeft-3|mouthLeft-4|eyeLookDown_L-25|tongueOut--3|hapihapi-0|"
    "=head#-16.5,4.35,0.26,0.03,-0.08,-0.4|rightEye#8.97,-4.78,-0.75|leftEye#8.81,-9.08,-1.4|"
)  # the layout of the app's own packets


def test_the_text_of_a_frame() -> None:
    values = np.zeros(len(NAMES), np.float32)
    for name, value in (("mouthSmileLeft", 0.344), ("jawLeft", 1.0), ("headPitch", 0.5), ("leftEyeYaw", -0.25)):
        values[NAMES.index(name)] = value
    (packet,) = Encoder(HEADER).encode(values, 0, 0.0)
    shapes, turns = packet.decode().split("=")
    items = shapes.split("|")
    assert items[0] == "trackingStatus-1" and items[-2:] == ["hapihapi-0", ""]
    assert "mouthSmile_L-34" in items and "jawLeft-100" in items and "browInnerUp-0" in items
    assert len(items) == 52 + 3
    head, right, left, end = turns.split("|")
    assert end == "" and [part.split("#")[0] for part in (head, right, left)] == ["head", "rightEye", "leftEye"]
    assert [float(number) for number in head.split("#")[1].split(",")] == pytest.approx([math.degrees(0.5)] + [0] * 5)
    assert float(left.split("#")[1].split(",")[1]) == pytest.approx(math.degrees(-0.25))


def test_the_second_version_separates_otherwise() -> None:
    (packet,) = Encoder(HEADER, Settings(version=2)).encode(frame(), 0, 0.0)
    assert b"&" in packet and b"trackingStatus" not in packet
    first = decode(Encoder(HEADER).encode(frame(), 0, 0.0)[0])
    second = decode(packet)
    assert first and second and first.names == second.names
    np.testing.assert_array_equal(first.values, second.values)


def test_a_packet_of_the_app() -> None:
    packet = decode(EYES_DOWN_AND_TO_ITS_RIGHT.encode())
    assert packet is not None
    assert (packet["eyeLookInLeft"], packet["jawLeft"], packet["tongueOut"]) == pytest.approx((0.25, 0.03, -0.03))
    assert packet["leftEyePitch"] == pytest.approx(math.radians(8.81)) and packet["leftEyeYaw"] < 0
    assert packet["headYaw"] == pytest.approx(math.radians(4.35))


def test_no_face_and_facemotion3d() -> None:
    lost = decode(b"trackingStatus-0|jawOpen-0|=head#0,0,0,0,0,0|")
    assert lost and lost.notes == ("no face",)
    whole = decode(b"eyeLookOutLeft&3|FM_SAD&7|=head#0,0,0,0,0,0|")
    assert whole and whole["eyeLookOutLeft"] == pytest.approx(0.03) and whole["FM_SAD"] == pytest.approx(0.07)


@pytest.mark.parametrize("text", [
    b"", b"|", b"jawOpen", b"jawOpen-x|", b"-3|", b"jawOpen-nan|", b"jawOpen-1e300|", b"jawOpen-1|=head#1,2|",
    b"jawOpen-1|=head#a,b,c|", b"jawOpen-1|=head|", b"\xff\xfe",
])  # fmt: skip
def test_malformed_text_is_refused(text: bytes) -> None:
    with pytest.raises(InputError):
        decode(text)


@given(st.text("jawOpen_LR-&|=#,.0123456789ein", max_size=80))
def test_text_of_its_own_signs_is_read_or_refused(text: str) -> None:
    try:
        packet = decode(text.encode())
    except InputError:
        return
    assert packet is not None and np.isfinite(packet.values).all()


@pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded packets are not here")
@pytest.mark.parametrize("path", sorted(RECORDED.glob("*.txt")), ids=lambda path: path.stem)
def test_recorded_packets_of_the_app(path: Path) -> None:
    packet = decode(path.read_bytes())
    assert packet is not None and set(ARKIT) <= set(packet.names) and set(NAMES[-9:]) <= set(packet.names)
    for eye, out, inside in (("left", "Out", "In"), ("right", "In", "Out")):
        side = eye.title()
        looks = packet[f"eyeLook{out}{side}"] - packet[f"eyeLook{inside}{side}"]  # to the character's left
        assert np.sign(packet[f"{eye}EyeYaw"]) == np.sign(looks)
        assert packet[f"{eye}EyePitch"] > 0 and packet[f"eyeLookDown{side}"] > 0
    again = header(packet.names)
    version = 2 if b"&" in path.read_bytes() else 1
    mine = Encoder(again, Settings(version)).encode(packet.values, 0, 0.0)[0].decode().partition("=")[0]
    assert set(mine.split("|")) == set(path.read_text().partition("=")[0].split("|")), "every shape, to the percent"


@pytest.fixture
def asker():  # type: ignore[no-untyped-def]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.settimeout(SOON_S)
        yield made


def test_who_asks_gets_frames_until_it_says_stop(asker: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    """Like the phone: to the protocol's own port at the asker's address, whatever port it asked from."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(SOON_S)
        monkeypatch.setattr(ifacialmocap, "PORT", receiver.getsockname()[1])
        with outputs.open_output("ifacialmocap://:0", HEADER) as output:
            output.send(frame(), 0, 0.0)
            assert output.counters.failed == 1 and "nobody has asked" in output.counters.last_error
            asker.sendto(ASK, ("127.0.0.1", output.port))  # type: ignore[attr-defined]
            time.sleep(0.05)
            output.send(frame(), 1, 0.1)
            assert decode(receiver.recv(4096)) is not None
            asker.sendto(ASK + b"|sendDataVersion=v2", ("127.0.0.1", output.port))  # type: ignore[attr-defined]
            time.sleep(0.05)
            output.send(frame(), 2, 0.2)
            assert b"jawOpen&" in receiver.recv(4096)
            asker.sendto(STOP, ("127.0.0.1", output.port))  # type: ignore[attr-defined]
            time.sleep(0.05)
            output.send(frame(), 3, 0.3)
            assert output.counters.failed == 2 and output.counters.sent == 2


def test_an_asker_on_this_machine_is_answered_where_it_asked_from(asker: socket.socket) -> None:
    """It cannot hold the port that we hold."""
    try:
        output = outputs.open_output("ifacialmocap://", HEADER)
    except outputs.address.SettingsError:
        raise
    except Exception as error:
        pytest.skip(f"port 49983 is taken on this machine: {error}")
    with output:
        asker.sendto(ASK, ("127.0.0.1", ifacialmocap.PORT))
        time.sleep(0.05)
        output.send(frame(), 1, 0.1)
        assert decode(asker.recv(4096)) is not None


def test_strangers_are_no_askers(asker: socket.socket) -> None:
    with outputs.open_output("ifacialmocap://:0", HEADER) as output:
        for word in (b"", b"hello", b"\xff" * 2000):
            asker.sendto(word, ("127.0.0.1", output.port))  # type: ignore[attr-defined]
        time.sleep(0.05)
        output.send(frame(), 1, 0.1)
        assert output.counters.sent == 0


def test_a_listener_asks_the_phone_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outputs.listener, "ASK_AGAIN_S", 0.05)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.bind(("127.0.0.1", 0))
        phone.settimeout(SOON_S)
        with outputs.open_listener("ifacialmocap://:0") as listener:
            listener.ask(ASK, "127.0.0.1", phone.getsockname()[1])
            assert listener.receive(0.2) is None
            questions = [phone.recvfrom(100)[0] for _ in range(2)]
            assert questions == [ASK, ASK]
            phone.sendto(EYES_DOWN_AND_TO_ITS_RIGHT.encode(), ("127.0.0.1", listener.port))
            assert listener.receive(SOON_S) is not None


def test_an_asked_listener_of_ours_hears_an_asked_output_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    with outputs.open_listener("ifacialmocap://:0") as listener:
        monkeypatch.setattr(ifacialmocap, "PORT", listener.port)  # where answers go
        with outputs.open_output("ifacialmocap://:0", HEADER) as output:
            listener.ask(ASK, "127.0.0.1", output.port)  # type: ignore[attr-defined]
            listener.receive(0.05)
            output.send(frame(), 1, 0.1)
            assert listener.receive(SOON_S) is not None
