"""What holds for every protocol in the table, ours and added ones: across the wire, and against anything that comes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rigdriver import outputs
from rigdriver.errors import InputError
from rigdriver.outputs.packet import Packet
from tests.outputs.sending import ARKIT, HEADER, LISTENING, NAMES, across, frame, ours

EXACT = {"ifacialmocap": 0.0051, "jsonlivelink": 1e-6}  # whole percents; six digits
MORE = {"vrchat": ("v2/EyeLeftX", "v2/EyeLeftY", "v2/EyeRightX", "v2/EyeRightY")}  # what it makes of ours besides
LACKING = {  # curves of ours that a protocol has no place for
    "osc": (), "jsonlivelink": (),
    "livelink": NAMES[len(ARKIT) : -9], "ifacialmocap": NAMES[len(ARKIT) : -9],
    "facecap": (*NAMES[len(ARKIT) : -9], "leftEyeRoll", "rightEyeRoll"),
    "vrchat": (*NAMES[-9:-6], "leftEyeRoll", "rightEyeRoll"),
    "vmc": (*NAMES[len(ARKIT) : -9], *NAMES[-6:]),
}  # fmt: skip


@pytest.mark.parametrize("scheme", LISTENING)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_frame_arrives_as_it_was_sent(scheme: str, seed: int) -> None:
    values = frame(seed)
    heard = across(scheme, values)
    assert set(heard) == (set(NAMES) - set(LACKING[scheme])) | set(MORE.get(scheme, ()))
    for name, value in zip(NAMES, values):
        if name in heard:
            assert abs(heard[name] - value) <= EXACT.get(scheme, 1e-6), name


@pytest.mark.parametrize("scheme", LISTENING)
def test_the_order_of_a_clips_curves_does_not_matter(scheme: str) -> None:
    values, order = frame(3), np.random.default_rng(0).permutation(len(NAMES))
    turned = outputs.Packet(tuple(NAMES[k] for k in order), values[order])
    heard = across(scheme, turned.values, HEADER.pick(turned.names))
    assert heard == across(scheme, values)


@pytest.mark.parametrize("scheme", LISTENING)
def test_datagrams_keep_below_what_networks_carry_unbroken(scheme: str) -> None:
    protocol = outputs.row(f"{scheme}://a")
    packets = protocol.code.Encoder(HEADER).encode(frame(), 0, 0.0)
    whole = scheme in ("jsonlivelink",)  # one object a datagram: there is no cutting it
    assert whole or all(len(packet) <= 1400 for packet in packets)


@pytest.mark.parametrize("scheme", LISTENING)
def test_the_encoder_has_no_memory(scheme: str) -> None:
    code = outputs.row(f"{scheme}://a").code
    encoder = code.Encoder(HEADER)
    first = encoder.encode(frame(1), 5, 5 / 60)
    encoder.encode(frame(2), 6, 6 / 60)
    assert encoder.encode(frame(1), 5, 5 / 60) == first == code.Encoder(HEADER).encode(frame(1), 5, 5 / 60)


def decoded(scheme: str, data: bytes) -> Packet | None:
    """What a protocol's decoder makes of bytes; None where it refuses them in our way, in one line."""
    code = outputs.row(f"{scheme}://a").code
    try:
        packet = code.decode(data, code.Settings())
    except InputError as error:
        assert str(error) and "\n" not in str(error)
        return None
    if packet is not None:
        assert packet.values.shape == (len(packet.names),) and packet.values.dtype == np.float32
        assert np.isfinite(packet.values).all()
        assert len(set(packet.names)) == len(packet.names)
        assert packet.timecode is not None and ours(packet) is not None
    return packet


@pytest.mark.parametrize("scheme", LISTENING)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(scheme: str, data: bytes) -> None:
    decoded(scheme, data)


@pytest.mark.parametrize("scheme", LISTENING)
@given(st.data())
def test_damaged_packets_are_read_or_refused(scheme: str, data: st.DataObject) -> None:
    """Real packets, cut, lengthened and changed in a few places."""
    packets = outputs.row(f"{scheme}://a").code.Encoder(HEADER).encode(frame(4), 9, 0.15)
    packet = bytearray(data.draw(st.sampled_from(packets)))
    assert decoded(scheme, bytes(packet)) is not None
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(packet) - 1))
        packet[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(packet)))
    decoded(scheme, bytes(packet[:cut]) + data.draw(st.binary(max_size=8)))


@pytest.mark.parametrize("scheme", LISTENING)
def test_a_cut_packet_is_refused(scheme: str) -> None:
    """Not a single byte may be lacking, but at the end of text, where the last sign is a separator."""
    packet = outputs.row(f"{scheme}://a").code.Encoder(HEADER).encode(frame(4), 9, 0.15)[0]
    for cut in (1, 2, 3, 5, 7) if scheme != "ifacialmocap" else ():
        assert decoded(scheme, packet[:-cut]) is None


@pytest.mark.parametrize("scheme", LISTENING)
def test_a_listener_counts_what_it_refuses_and_goes_on(scheme: str) -> None:
    import socket
    with outputs.open_listener(f"{scheme}://127.0.0.1:0") as listener:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            for data in (b"hello", b"\xff" * 300, b"{", b"/a", b"#bundle\0"):
                stranger.sendto(data, ("127.0.0.1", listener.port))
            with outputs.open_output(f"{scheme}://127.0.0.1:{listener.port}", HEADER) as output:
                output.send(frame(), 1, 0.1)
            packet = listener.receive(2.0)
        assert packet is not None and packet.sender.startswith("127.0.0.1:")
        assert listener.heard.rejected >= 4  # `/a` is an OSC message, if an old one
        assert "127.0.0.1" in listener.heard.last_rejection


def test_a_listener_returns_when_nothing_comes() -> None:
    with outputs.open_listener("livelink://127.0.0.1:0") as listener:
        assert listener.receive(0.05) is None
        assert listener.receive(0) is None
