"""A service in a thread of this process, and a client of it that is not ours: the `websockets` package."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from websockets.sync.client import ClientConnection, connect

from rigdriver.pipeline import Drive
from rigdriver.service.app import app
from rigdriver.service.guard import Guard
from rigdriver.service.house import House
from rigdriver.service.limits import Limits
from rigdriver.service.server import Server, listen

RATE = 16000
WAIT_S = 20.0


@dataclass
class Served:
    """A running service."""

    house: House
    server: Server
    port: int
    thread: threading.Thread
    errors: list[BaseException] = field(default_factory=list)

    def http(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def connect(self, **options: Any) -> ClientConnection:
        return connect(f"ws://127.0.0.1:{self.port}/v1/stream", compression=None, max_size=None, **options)

    @contextlib.contextmanager
    def stream(self, **hello: Any) -> Iterator[tuple[ClientConnection, dict[str, Any]]]:
        with self.connect() as socket:
            socket.send(json.dumps(hello))
            yield socket, heard(socket)["ready"]


@contextlib.contextmanager
def serving(way: Drive, limits: Limits | None = None, token: str = "", **options: Any) -> Iterator[Served]:
    house = House(way, limits or Limits(), **options)
    listener = listen("127.0.0.1", 0)
    guard = Guard(token)
    server = Server(app(house, guard), house, guard)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), daemon=True)
    thread.start()
    try:
        yield Served(house, server, listener.getsockname()[1], thread)
    finally:
        server.stop()
        thread.join(WAIT_S)
        assert not thread.is_alive()


def heard(socket: ClientConnection) -> dict[str, Any]:
    """The next text message."""
    return json.loads(socket.recv(WAIT_S))


def until(socket: ClientConnection, key: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Frames before the first message that has this key, and that message."""
    frames = []
    while True:
        word = heard(socket)
        if key in word:
            return frames, word
        assert "frame" in word, word
        frames.append(word)


def pcm(samples: np.ndarray) -> bytes:
    return (samples * 32767).astype("<i2").tobytes()


def values(frames: list[dict[str, Any]]) -> np.ndarray:
    return np.array([frame["values"] for frame in frames], np.float32)
