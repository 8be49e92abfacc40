"""The receiver for Unity: our packets read as we send them, and a face that moves while they come."""

import json
import random
import socket
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rigdriver import outputs
from rigdriver.outputs import jsonlivelink, osc
from tests.outputs.sending import ARKIT, HEADER, NAMES, frame
from tests.plugins.test_unity import HEAD_AT, HERO, same, turned_head, wrote

VALUES = dict(zip(NAMES, frame(3).tolist()))


def packets(check: Any, folder: Path, given: list[bytes]) -> list[Any]:
    path = folder / "packets.txt"
    path.write_text("\n".join(data.hex() for data in given) + "\n")
    return check("packets", path)


@pytest.mark.parametrize("layout", ["each", "array"])
def test_plain_osc_is_read_as_it_is_sent(check: Any, tmp_path: Path, layout: str) -> None:
    sent = osc.Encoder(HEADER, osc.Settings(layout=layout)).encode(frame(3), 60, 1.0)
    heard: dict[str, float] = {}
    for values in packets(check, tmp_path, sent):
        heard.update(values)
    assert set(heard) == set(NAMES)
    assert all(heard[name] == pytest.approx(VALUES[name], abs=1e-6) for name in NAMES)


@pytest.mark.parametrize("names", ["unreal", "own"])
def test_jsonlivelink_is_read_as_it_is_sent(check: Any, tmp_path: Path, names: str) -> None:
    (data,) = jsonlivelink.Encoder(HEADER, jsonlivelink.Settings(names=names)).encode(frame(3), 60, 1.0)
    (heard,) = packets(check, tmp_path, [data])
    assert len(heard) == len(NAMES)
    for name in NAMES:
        sent_as = name[0].upper() + name[1:] if names == "unreal" else name
        assert heard[sent_as] == pytest.approx(VALUES[name], abs=1e-5)


def test_what_is_no_packet_is_said_in_one_line(check: Any, tmp_path: Path) -> None:
    nested = b"#bundle\0" + bytes(8)
    for _ in range(12):
        nested = b"#bundle\0" + bytes(8) + len(nested).to_bytes(4, "big") + nested
    bad = [b"\x06abc", b"/rigdriver/jawOpen", b"/rigdriver/a\0\0\0\0,f\0\0\0", nested, b"{", b'{"a": 1}', b"[]",
           b'{"a": {"Parameter": [{"Name": "x", "Value": "y"}]}}', b"#bundle\0" + bytes(8) + b"\xff\xff\xff\xff",
           b"/rigdriver/a\0\0\0\0,f\0\0\x7f\xc0\0\0", b"#bundle\0\0"]
    for data, said in zip(bad, packets(check, tmp_path, bad), strict=True):
        assert isinstance(said, str) and said and "\n" not in said, (data, said)


def test_mangled_packets_end_in_our_own_error(check: Any, tmp_path: Path) -> None:
    """A datagram may be anybody's: whatever it holds, it is values or one line; nothing else is thrown."""
    rng = random.Random(5)
    whole = [*osc.Encoder(HEADER).encode(frame(1), 0, 0.0), *jsonlivelink.Encoder(HEADER).encode(frame(1), 0, 0.0)]
    mangled = []
    for _ in range(600):
        data = bytearray(rng.choice(whole))
        for _ in range(rng.randrange(1, 6)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        mangled.append(bytes(data[: rng.randrange(1, len(data) + 1)] if rng.random() < 0.5 else data))
    read = packets(check, tmp_path, mangled)
    assert len(read) == 600 and 30 < sum(isinstance(said, str) for said in read) < 600
    assert all(np.isfinite(list(said.values())).all() for said in read if isinstance(said, dict))


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("0.0.0.0", 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize("scheme", ["osc", "jsonlivelink"])
def test_a_face_moves_while_packets_come_and_rests_after(check: Any, tmp_path: Path, scheme: str) -> None:
    port, done = free_port(), threading.Event()
    values = frame(3)

    def send() -> None:
        with (outputs.open_output(f"{scheme}://127.0.0.1:{port}", HEADER) as output,
              socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger):
            for index in range(900):  # until it has enough, and then for a moment it hears nothing
                if done.is_set() or output.counters.sent > 90:
                    return
                output.send(values, index, index / 60)
                stranger.sendto(b"garbage", ("127.0.0.1", port))
                time.sleep(1 / 60)

    sender = threading.Thread(target=send)
    sender.start()
    live, rest = check("live", wrote(tmp_path, HERO, "scene.json"), port, 60)[:2]
    done.set()
    sender.join()
    expected = {"head.jawOpen": 100 * VALUES["jawOpen"], "head.MouthSmile_L": 100 * VALUES["mouthSmileLeft"],
                "teeth.blendShape1.JawOpen": VALUES["jawOpen"]}
    for shape, weight in expected.items():
        assert live["weights"][shape] == pytest.approx(weight, rel=1e-4), shape
    assert live["live"] and live["rejected"] > 10 and "neither OSC nor JSON" in live["trouble"]
    missing = {name.lower() for name in live["missing"]}
    assert "mouthclose" in missing and "headyaw" not in missing and len(missing) > len(ARKIT) - 5
    assert not rest["live"] and set(rest["weights"].values()) == {0}
    assert same(live["turns"]["Head"], turned_head(VALUES, HEAD_AT[1])), "packets turn the head"
    assert not same(live["turns"]["Eye_L"], [0, 0, 0, 1])
    for bone, pose in (("Head", HEAD_AT[1]), ("Eye_L", [0, 0, 0, 1]), ("RightEye", [0.6, 0, 0, 0.8])):
        assert same(rest["turns"][bone], pose)


def test_the_newest_frame_wins_and_is_whole(check: Any, tmp_path: Path) -> None:
    """Two bundles a frame, late ones, a lost half, and a sender that began anew; the values after each datagram."""
    encoder = osc.Encoder(HEADER)

    def halves(number: int, value: float) -> list[bytes]:
        bundles = encoder.encode(np.full(len(NAMES), value, np.float32), number, 0.0)
        return [bundles[0], bundles[-1]]

    assert len(encoder.encode(frame(0), 0, 0.0)) == 2
    given = [*halves(10, 0.1), *halves(11, 0.2), halves(9, 0.9)[0], halves(12, 0.3)[0], *halves(13, 0.4),
             *halves(14, 0.5), *halves(20_000, 0.6), *halves(0, 0.7),
             *jsonlivelink.Encoder(HEADER, jsonlivelink.Settings(names="own")).encode(
                 np.full(len(NAMES), 0.8, np.float32), 0, 0.0)]
    path = tmp_path / "packets.txt"
    path.write_text("\n".join(data.hex() for data in given) + "\n")
    shown = [{round(value, 3) for value in each.values()} for each in check("newest", path)]
    late, lost = [{0.2}], [{0.2}, {0.2, 0.3}]  # half a frame is lost: what came of it is shown when the next begins
    assert shown == [{0.1}, {0.1}, {0.1}, {0.2}, *late, *lost, {0.4}, {0.4}, {0.5}, {0.5}, {0.6}, {0.6}, {0.7}, {0.8}]


def test_a_port_in_use_is_said_and_throws_nothing(check: Any, tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("0.0.0.0", 0))
        told = check("live", wrote(tmp_path, HERO, "scene.json"), other.getsockname()[1], 1)
    assert "cannot be had" in json.dumps(told) and any("error Hero" in str(line) for line in told)
