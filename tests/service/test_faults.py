"""Clients that break every rule: each is told what is wrong and left, and the stream beside it misses nothing."""

from __future__ import annotations

import json
import os
import signal
import socket as sockets
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.sync.client import connect

from rigdriver.model.runtime import Model
from rigdriver.pipeline import Drive
from rigdriver.service.limits import Limits
from tests.service.raw import BINARY, CLOSE, CONT, PING, PONG, TEXT, UPGRADE, framed, raw
from tests.service.serving import RATE, WAIT_S, Served, heard, pcm, serving, until, values
from tests.service.test_stream import driven, spoken


@pytest.fixture(scope="module")
def way() -> Drive:
    return Drive(Model.load())


@pytest.fixture(scope="module")
def served(way: Drive) -> Iterator[Served]:
    with serving(way, Limits(message_bytes=1 << 16)) as running:
        yield running


MOMENT = 12  # frames


@pytest.fixture
def beside(served: Served) -> Iterator[None]:
    """Somebody's stream, which loses no frame meanwhile, but for a moment in which the machine had no time."""
    with served.stream() as (other, _):
        first = heard(other)["frame"]
        yield
        last = served.house.ensemble.ticks
        numbers = [heard(other)["frame"]]
        while numbers[-1] < first + 30 or served.house.ensemble.ticks < last + 12:
            numbers.append(heard(other)["frame"])
        assert numbers == sorted(set(numbers)) and numbers[-1] - first - len(numbers) <= MOMENT


BROKEN = {
    "a message of 10 GB": (framed(BINARY, b"", claimed=10 << 30), 1009),
    "pieces of more than a message": (framed(BINARY, bytes(40000), fin=False) + framed(CONT, bytes(40000)), 1009),
    "no mask": (bytes([0x82, 2, 0, 0]), 1002),
    "bits that mean nothing": (bytes([0xF2, 0x80, 0, 0, 0, 0]), 1002),
    "an opcode that means nothing": (framed(3, b""), 1002),
    "the rest of nothing": (framed(CONT, b"ab"), 1002),
    "a long ping": (framed(PING, bytes(126)), 1002),
    "no text": (framed(TEXT, b"\xff\xfe{}"), 1007),
    "a stream that was never asked for": (b"GET / HTTP/1.1\r\n\r\n" + bytes(4), 1002),
}


@pytest.mark.parametrize("broken, code", BROKEN.values(), ids=BROKEN)
def test_what_is_no_websocket_is_closed_with_the_code_for_it(
        served: Served, beside: None, broken: bytes, code: int) -> None:
    with raw(served.port) as client:
        client.socket.sendall(broken)
        assert client.closed_with() == code
        assert client.is_left(5)
    assert gone(served, 1)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=4))
def test_any_bytes_at_all_are_survived(served: Served, noise: list[bytes]) -> None:
    with raw(served.port) as client:
        for piece in noise:
            try:
                client.socket.sendall(piece)
            except ConnectionError:
                break
    assert gone(served, 0)
    with served.stream() as (socket, _):
        assert heard(socket)["frame"] == 0


def gone(served: Served, left: int) -> bool:
    """Whether all but so many streams end."""
    deadline = time.perf_counter() + WAIT_S
    while len(served.house.sessions) > left and time.perf_counter() < deadline:
        time.sleep(0.02)
    return len(served.house.sessions) == len(served.house.ensemble) == left


def test_a_message_in_pieces_with_a_ping_between_is_one_message(served: Served) -> None:
    with raw(served.port) as client:
        client.send(BINARY, pcm(spoken(0.25)), fin=False)
        client.send(PING, b"there?")
        client.send(CONT, pcm(spoken(0.5)[RATE // 4 :]))
        client.send(TEXT, b'{"end"', fin=False)
        client.send(CONT, b": true}")
        assert client.until(PONG)[1] == b"there?"
        frames = []
        while b'"ended"' not in (payload := client.until(TEXT)[1]):
            frames.append(json.loads(payload))
        assert client.closed_with() == 1000
        client.send(CLOSE, (1000).to_bytes(2, "big"))
        assert client.is_left(5)
    assert frames[-1]["said"] == pytest.approx(0.5, abs=0.001)


def test_half_a_message_and_then_nothing_is_not_waited_for_for_ever(way: Drive) -> None:
    with serving(way, Limits(idle_s=0.5)) as served, raw(served.port) as client:
        client.socket.sendall(framed(BINARY, bytes(100), claimed=1000))
        words = b""
        while b"error" not in words:
            words = client.until(TEXT)[1]
        assert b"not a word for 0.5 s" in words
        assert client.closed_with() == 1008 and client.is_left(5)
        assert gone(served, 0)


def test_who_does_not_answer_goodbye_is_left_all_the_same(served: Served, beside: None) -> None:
    with raw(served.port) as client:
        client.send(TEXT, b"[]")
        assert client.closed_with() == 1008
        began = time.perf_counter()
        for _ in range(3):
            client.send(BINARY, bytes(640))  # and goes on as if nothing were
        assert client.is_left(5) and time.perf_counter() - began < 3
    assert gone(served, 1)


def test_who_does_not_even_read_is_left(served: Served, beside: None) -> None:
    """More frames than all buffers hold, then garbage: the last word cannot be said, and nothing hangs on it."""
    with raw(served.port, receive_bytes=4096, fps=240) as client:
        deadline = time.perf_counter() + WAIT_S
        while not any(voice.dropped for voice in list(served.house.sessions)) and time.perf_counter() < deadline:
            time.sleep(0.05)
        client.send(TEXT, b"[]")
        assert gone(served, 1)


def test_half_a_request_and_a_silent_connection_hold_up_neither_others_nor_the_end(way: Drive) -> None:
    idle = [sockets.socket() for _ in range(2)]
    with serving(way, Limits(stop_s=0.5)) as served:
        for socket, half in zip(idle, (b"", UPGRADE[:60])):
            socket.connect(("127.0.0.1", served.port))
            socket.sendall(half)
        assert httpx.get(served.http("/health")).json()["room"]
        with served.stream() as (socket, _):
            assert heard(socket)["frame"] == 0
        began = time.perf_counter()
        served.server.stop()
        served.thread.join(WAIT_S)
        assert not served.thread.is_alive() and time.perf_counter() - began < 5
    for socket in idle:
        socket.close()


def test_a_recording_of_10_gb_is_refused_before_it_is_sent(served: Served) -> None:
    with sockets.create_connection(("127.0.0.1", served.port), 10) as socket:
        socket.sendall(b"POST /v1/drive HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\nRIFF" % (10 << 30))
        answer = socket.recv(4096)
        assert b" 413 " in answer.split(b"\r\n")[0]


def test_another_path_is_not_found_and_what_is_no_request_for_a_socket_refused(served: Served) -> None:
    for request, status in ((UPGRADE.replace(b"/v1/stream", b"/v2/stream"), b" 404 "),
                            (UPGRADE.replace(b"Version: 13", b"Version: 7"), b" 400 "),
                            (UPGRADE.replace(b"127.0.0.1", b"evil.example"), b" 403 "),
                            (UPGRADE.replace(b"Upgrade\r\n", b"Upgrade\r\nOrigin: http://127.0.0.1\r\n"
                                             b"Origin: https://evil.example\r\n", 1), b" 400 ")):
        with sockets.create_connection(("127.0.0.1", served.port), 10) as socket:
            socket.sendall(request)
            assert status in socket.recv(4096).split(b"\r\n")[0]


def test_who_is_interrupted_interrupts_nobody_else(way: Drive) -> None:
    """Two speak at once, another sentence each; one is flushed, and the other's face is still that of `drive`."""
    mine, other = spoken(3.0), np.roll(spoken(3.0), 9000)
    with serving(way) as served, served.stream(seed=1) as (cut, ready), served.stream() as (whole, _):
        for socket, sound in ((cut, mine), (whole, other)):
            socket.send(pcm(sound))
        spoke = [heard(cut) for _ in range(60)]
        cut.send('{"flush": true}')
        whole.send('{"end": true}')
        frames, _ = until(whole, "ended")
        rest = [heard(cut) for _ in range(120)]
    jaw = ready["names"].index("jawOpen")
    assert values(spoke)[:, jaw].max() > 0.1 and values(rest)[-60:, jaw].max() < 0.03
    clip = driven(way, other)
    count = len(clip) - 12
    offset = round(frames[0]["time"] * 60) + lag(values(frames)[:, jaw], clip[:, jaw])
    heard_as = values(frames)[offset : offset + count, jaw]
    assert np.corrcoef(heard_as, clip[:count, jaw])[0, 1] > 0.98
    assert np.corrcoef(heard_as, driven(way, mine)[:count, jaw])[0, 1] < 0.8


def lag(mine: np.ndarray, theirs: np.ndarray) -> int:
    """Frames before speech began."""
    count = len(theirs) - 12
    return int(np.argmin([np.abs(mine[k : k + count] - theirs[:count]).mean() for k in range(len(mine) - count)]))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals to send")
def test_a_signal_ends_it_with_every_kind_of_client_there() -> None:
    """One speaks for longer than it may, one reads nothing, one has said half a hello."""
    command = [sys.executable, "-m", "rigdriver", "serve", "--stop-s", "1", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            port = int(process.stderr.readline().split("127.0.0.1:")[1].split("/")[0])
            half = sockets.create_connection(("127.0.0.1", port))
            half.sendall(UPGRADE + framed(TEXT, b"{", claimed=10))
            with connect(f"ws://127.0.0.1:{port}/v1/stream") as socket, \
                    raw(port, receive_bytes=4096, fps=240) as slow, half:
                socket.send("{}")
                assert "ready" in heard(socket)
                socket.send(pcm(np.ones(20 * RATE) * 0.1))
                slow.send(BINARY, pcm(np.ones(RATE) * 0.1))
                time.sleep(1)
                process.send_signal(signal.SIGTERM)
                assert "stopped" in until_error(socket)
                assert process.wait(20) == 0
            assert "Traceback" not in process.stderr.read()
        finally:
            process.kill()


def until_error(socket) -> str:
    until(socket, "stopping")
    return until(socket, "error")[1]["error"]


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak that Linux keeps")
def test_what_floods_it_fills_no_memory(way: Drive) -> None:
    import resource  # Windows has none

    with serving(way, Limits(waiting_s=5.0)) as served:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for _ in range(4):
            with raw(served.port) as client:
                for _ in range(400):  # 400 MB if all of it were kept
                    try:
                        client.send(BINARY, bytes(1 << 20))
                    except (ConnectionError, TimeoutError):
                        break
        assert gone(served, 0)
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150_000  # kB
