"""Frames for browsers: JSON or bytes, to as many pages as there are, and a slow one is nobody else's trouble."""

import contextlib
import json
import socket
import struct
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from rigdriver import outputs
from rigdriver.errors import OutputError, SettingsError
from rigdriver.outputs import webfiles
from rigdriver.outputs.browsers import Browsers
from tests.outputs.sending import HEADER, frame

client = pytest.importorskip("websockets.sync.client")
websockets = pytest.importorskip("websockets")


def opened(query: str = "") -> Browsers:
    output = outputs.open_output(f"ws://127.0.0.1:0{query}", HEADER)
    assert isinstance(output, Browsers)
    return output


@pytest.fixture
def output() -> Iterator[Browsers]:
    with opened() as made:
        yield made


@contextlib.contextmanager
def page(output: Browsers, **options: Any) -> Iterator[Any]:
    """A connected page that has read what comes."""
    with client.connect(f"ws://127.0.0.1:{output.port}", **options) as made:
        assert json.loads(made.recv(timeout=5))["type"] == "header"
        yield made


def test_pages_are_told_what_comes_and_get_every_frame(output: Browsers) -> None:
    with page(output) as second, client.connect(f"ws://127.0.0.1:{output.port}") as first:
        told = json.loads(first.recv(timeout=5))
        assert told == {"type": "header", "names": list(HEADER.names), "fps": 60.0, "format": "json"}
        for index in range(5):
            output.send(frame(index), index, index / 60)
            for each in (first, second):
                heard = json.loads(each.recv(timeout=5))
                assert heard["frame"] == index and heard["time"] == pytest.approx(index / 60, abs=1e-6)
                np.testing.assert_allclose(heard["values"], frame(index), atol=1e-5)
    assert output.counters.sent == 5 and output.counters.packets == 10


def test_bytes() -> None:
    with opened("?format=float32") as output, page(output) as reader:
        output.send(frame(3), 7, 0.125)
        data = reader.recv(timeout=5)
    assert struct.unpack_from("<qd", data) == (7, 0.125)
    assert (np.frombuffer(data, "<f4", offset=16) == frame(3)).all()


def test_nobody_is_there_and_pages_come_and_go(output: Browsers) -> None:
    output.send(frame(), 0, 0.0)
    assert output.counters.failed == 1 and "no page" in output.counters.last_error
    with page(output) as reader:
        output.send(frame(), 1, 0.0)
        assert json.loads(reader.recv(timeout=5))["frame"] == 1
    until = time.monotonic() + 5
    while output._pages and time.monotonic() < until:
        output.send(frame(), 2, 0.0)
        time.sleep(0.02)
    assert not output._pages


def test_a_page_that_does_not_read_keeps_nobody_waiting() -> None:
    """Its buffers fill, its thread waits, everybody else gets what is new, and the show ends without it."""
    output = opened()
    with page(output) as reader, socket.create_connection(("127.0.0.1", output.port)) as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
        until = time.monotonic() + 5
        while len(output._pages) < 2 and time.monotonic() < until:
            time.sleep(0.01)
        slowest = 0.0
        for index in range(6000):
            began = time.perf_counter()
            output.send(frame(), index, 0.0)
            slowest = max(slowest, time.perf_counter() - began)
            if index % 10 == 0:
                assert json.loads(reader.recv(timeout=5))["frame"] <= index
        while json.loads(reader.recv(timeout=5))["frame"] < 5999:
            pass
        assert slowest < 0.5 and output.counters.dropped > 0
        began = time.monotonic()
        output.close()
        assert time.monotonic() - began < 5


@pytest.mark.parametrize(("origin", "query", "comes_in"), [
    (None, "", True), ("http://localhost:5173", "", True), ("http://127.0.0.1", "", True), ("null", "", False),
    ("https://evil.example", "", False), ("https://localhost.evil.example", "", False),
    ("https://good.example", "?origin=https://good.example", True), ("https://any.example", "?origin=*", True),
    ("null", "?origin=null", True),
])
def test_pages_of_other_sites_are_kept_out(origin: str | None, query: str, comes_in: bool) -> None:
    with opened(query) as output:
        if comes_in:
            with page(output, origin=origin) as reader:
                output.send(frame(), 1, 0.0)
                assert json.loads(reader.recv(timeout=5))["frame"] == 1
        else:
            with pytest.raises(websockets.exceptions.InvalidStatus, match="403"), page(output, origin=origin):
                pass


@pytest.mark.parametrize(("origin", "asked", "told", "own"), [
    ("http://127.0.0.1:5173", "127.0.0.1:8765", "127.0.0.1", True), ("http://[::1]", "[::1]:8765", "::1", True),
    ("http://192.168.1.7:8765", "192.168.1.7:8765", "0.0.0.0", True),  # the page that we serve to a tablet
    ("http://192.168.1.7:9999", "192.168.1.7:8765", "0.0.0.0", False),
    ("http://studio.local:8765", "studio.local:8765", "studio.local", True),
    ("http://rebound.example:8765", "rebound.example:8765", "0.0.0.0", False),  # a stranger's name that leads here
    ("https://127.0.0.1.evil.example", "127.0.0.1:8765", "127.0.0.1", False),
    ("null", "127.0.0.1:8765", "127.0.0.1", False), ("http://[", "127.0.0.1", "127.0.0.1", False),
    ("file://localhost", "127.0.0.1:8765", "127.0.0.1", False), ("", "", "", False),
])
def test_whose_pages_are_our_own(origin: str, asked: str, told: str, own: bool) -> None:
    assert webfiles.is_own(origin, asked, told) is own


def test_the_page_that_comes_with_it(output: Browsers) -> None:
    """Over plain HTTP at the same port; nothing but its files, and nothing that loads from elsewhere."""
    for path in webfiles.FILES:
        with urllib.request.urlopen(output.url.rstrip("/") + path, timeout=5) as answer:
            body = answer.read()
            assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
            assert len(body) == int(answer.headers["Content-Length"]) > 500
            assert path == "/head.glb" or b"://" not in body.replace(b"://${", b"").replace(b"ws://", b""), path
    for path in ("/../browsers.py", "//etc/passwd", "/head.glb/", "/%2e%2e/browsers.py"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(output.url.rstrip("/") + path, timeout=5)
    with page(output) as reader:
        output.send(frame(), 0, 0.0)
        assert json.loads(reader.recv(timeout=5))["frame"] == 0


def test_strangers_at_the_port(output: Browsers) -> None:
    """Garbage, a hello that never ends, and a page that sends megabytes: the others go on."""
    with socket.create_connection(("127.0.0.1", output.port)) as rude, socket.create_connection(
            ("127.0.0.1", output.port)) as shy, page(output) as reader, page(output) as loud:
        rude.sendall(b"\x00\xff" * 1000)
        shy.sendall(b"GET / HT")
        with contextlib.suppress(websockets.exceptions.ConnectionClosed):
            loud.send(b"x" * 2**20)
        for index in range(3):
            output.send(frame(), index, 0.0)
            assert json.loads(reader.recv(timeout=5))["frame"] == index


def test_a_port_in_use_and_a_format_that_is_none(output: Browsers) -> None:
    with pytest.raises(OutputError, match="cannot be listened on"):
        outputs.open_output(f"ws://127.0.0.1:{output.port}", HEADER)
    with pytest.raises(SettingsError, match="json or float32"):
        outputs.open_output("ws://127.0.0.1:0?format=xml", HEADER)
