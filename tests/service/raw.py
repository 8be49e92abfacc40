"""A client that may break every rule: bytes of its own making on a TCP socket."""

from __future__ import annotations

import contextlib
import json
import socket as sockets
import struct
import time
from collections.abc import Iterator
from typing import Any

TEXT, BINARY, CONT, CLOSE, PING, PONG = 1, 2, 0, 8, 9, 10  # opcodes of RFC 6455
UPGRADE = (b"GET /v1/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")


def framed(kind: int, payload: bytes, fin: bool = True, claimed: int | None = None) -> bytes:
    """A client's frame with a mask of zeros. claimed: a length other than it has."""
    size = len(payload) if claimed is None else claimed
    head = bytes([fin << 7 | kind])
    if size < 126:
        head += bytes([0x80 | size])
    else:
        head += struct.pack(">BH", 0x80 | 126, size) if size < 1 << 16 else struct.pack(">BQ", 0x80 | 127, size)
    return head + bytes(4) + payload


class Raw:
    """Frames as they come: opcode and payload."""

    def __init__(self, socket: sockets.socket):
        self.socket, self._held = socket, b""

    def send(self, kind: int, payload: bytes, **how: Any) -> None:
        self.socket.sendall(framed(kind, payload, **how))

    def read(self) -> tuple[int, bytes]:
        head = self._exactly(2)
        size = head[1]
        if size >= 126:
            size = int.from_bytes(self._exactly(2 if size == 126 else 8), "big")
        return head[0] & 15, self._exactly(size)

    def until(self, *kinds: int) -> tuple[int, bytes]:
        """The next frame of one of these kinds."""
        while True:
            kind, payload = self.read()
            if kind in kinds:
                return kind, payload

    def closed_with(self) -> int:
        """The code of the close frame."""
        return int.from_bytes(self.until(CLOSE)[1][:2], "big")

    def is_left(self, within_s: float) -> bool:
        """Whether the server hangs up."""
        self.socket.settimeout(0.1)
        end = time.perf_counter() + within_s
        while time.perf_counter() < end:
            with contextlib.suppress(TimeoutError):
                try:
                    if not self.socket.recv(1 << 16):
                        return True
                except ConnectionError:
                    return True
        return False

    def _exactly(self, count: int) -> bytes:
        while len(self._held) < count:
            more = self.socket.recv(1 << 16)
            if not more:
                raise EOFError("the server hung up")
            self._held += more
        taken, self._held = self._held[:count], self._held[count:]
        return taken


@contextlib.contextmanager
def raw(port: int, receive_bytes: int | None = None, **hello: Any) -> Iterator[Raw]:
    """A stream that has begun. receive_bytes: of the socket's own buffer, for a slow reader."""
    with sockets.socket() as socket:
        if receive_bytes:
            socket.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, receive_bytes)
        socket.settimeout(20)
        socket.connect(("127.0.0.1", port))
        socket.sendall(UPGRADE)
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            answer += socket.recv(1)
        assert b" 101 " in answer
        client = Raw(socket)
        client.send(TEXT, json.dumps(hello).encode())
        assert b'"ready"' in client.until(TEXT)[1]
        yield client
