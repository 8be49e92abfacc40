"""WebSocket: a client's socket, in place of uvicorn's own. Thirty faces are 1800 frames a second, and as many portions
of sound come in: here a frame is one write, and a message one call. There is no task, queue or lock for each.

What RFC 6455 says is kept by `websockets`, which reads; https://websockets.readthedocs.io/en/stable/howto/sansio.html
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from http import HTTPStatus
from typing import Any, Protocol, cast

from uvicorn.server import ServerState
from websockets.exceptions import InvalidState
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

GOODBYE_S = 1.0  # that a client has to read the last word, and to say goodbye itself
SHUTDOWN_S = 0.5  # the same where the server ends
GONE_S = 20.0  # without an answer to a ping a client is gone
NOT_TEXT = 1007  # close code

Message = str | bytes
DATA = (Opcode.TEXT, Opcode.BINARY, Opcode.CONT)


class Listener(Protocol):
    """Whom a socket tells. Neither may raise."""

    def heard(self, message: Message) -> None: ...

    def writable(self) -> None:
        """After a time in which the client read too slowly."""


class WebSocket(asyncio.Protocol):
    """admits: told the path and the headers of a request (names in lower case), says what status it is answered with;
    SWITCHING_PROTOCOLS lets it in. attend: a task for each who is. max_size: bytes of one message.

    Lives in the event loop's thread. `gone` is done when the connection is.
    """

    def __init__(self, state: ServerState, admits: Callable[[str, Mapping[str, str]], HTTPStatus],
                 attend: Callable[[WebSocket], Coroutine[Any, Any, None]], max_size: int):
        self._connections, self._tasks = state.connections, state.tasks
        self._admits, self._attend = admits, attend
        self._wire = ServerProtocol(max_size=max_size)
        self._listener: Listener | None = None
        self._unheard: deque[Message] = deque()
        self._parts: list[bytes] = []
        self._is_text = self._unanswered = False
        self._loop = asyncio.get_running_loop()
        self._came: asyncio.Future[None] = self._loop.create_future()
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self.gone: asyncio.Future[None] = self._loop.create_future()
        self.headers: Mapping[str, str] = {}
        self.writable = True

    # What those who attend it use.

    async def first(self) -> Message | None:
        """The first message; None where the client went. The next are not read before somebody listens."""
        if not self._unheard:
            await self._came
        return self._unheard.popleft() if self._unheard else None

    def listen(self, listener: Listener) -> None:
        """From now on messages are heard by it."""
        self._listener = listener
        while self._unheard:
            listener.heard(self._unheard.popleft())
        if not self._transport.is_closing():
            self._transport.resume_reading()

    def send(self, message: Message) -> None:
        """Whole, and past the protocol, which has nothing to remember of it. Where the socket is closing: nothing."""
        if self._wire.state is State.OPEN and not self._transport.is_closing():
            text = isinstance(message, str)
            payload = message.encode() if isinstance(message, str) else message
            self._transport.write(_head(Opcode.TEXT if text else Opcode.BINARY, len(payload)) + payload)

    def close(self, code: int, within_s: float = GOODBYE_S) -> None:
        """Says goodbye; a client that does not answer is left within so many seconds."""
        try:
            self._wire.send_close(code)
        except InvalidState:  # closing already
            return
        self._transport.resume_reading()  # for its answer
        self._send_due()
        self._later("goodbye", within_s, self.abort)

    def abort(self) -> None:
        self._transport.abort()

    # What asyncio and uvicorn call.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(0)  # what a slow client does not read waits where it can be left out
        self._connections.add(self)  # type: ignore[arg-type]

    def data_received(self, data: bytes) -> None:
        self._wire.receive_data(data)
        for event in self._wire.events_received():
            if isinstance(event, Request):
                self._greet(event)
            elif isinstance(event, Frame):
                self._take(event)
        self._send_due()

    def eof_received(self) -> None:
        self._wire.receive_eof()
        self._send_due()

    def pause_writing(self) -> None:
        self.writable = False

    def resume_writing(self) -> None:
        self.writable = True
        if self._listener:
            self._listener.writable()

    def connection_lost(self, error: Exception | None) -> None:
        self._connections.discard(self)  # type: ignore[arg-type]
        for timer in self._timers.values():
            timer.cancel()
        for waiting in (self._came, self.gone):
            if not waiting.done():
                waiting.set_result(None)

    def shutdown(self) -> None:
        """uvicorn ends."""
        self.close(1012, SHUTDOWN_S)
        self._later("goodbye", SHUTDOWN_S, self.abort)

    # How it is done.

    def _greet(self, request: Request) -> None:
        self.headers = _joined(request)
        response = self._wire.accept(request)
        status = self._admits(request.path.partition("?")[0], self.headers)
        if response.status_code == status == HTTPStatus.SWITCHING_PROTOCOLS:
            self._wire.send_response(response)
            self._later("ping", GONE_S, self._ping)
            task = self._loop.create_task(self._attend(self))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            refused = response.status_code != HTTPStatus.SWITCHING_PROTOCOLS
            self._wire.send_response(response if refused else self._wire.reject(status, f"{status.phrase}\n"))

    def _take(self, frame: Frame) -> None:
        if frame.opcode is Opcode.PONG:
            self._unanswered = False
        elif frame.opcode in DATA and self._wire.state is State.OPEN:
            if frame.opcode is not Opcode.CONT:
                self._is_text = frame.opcode is Opcode.TEXT
            self._parts.append(bytes(frame.data))
            if frame.fin:
                self._hear(self._parts[0] if len(self._parts) == 1 else b"".join(self._parts))
                self._parts = []

    def _hear(self, raw: bytes) -> None:
        try:
            message = raw.decode() if self._is_text else raw
        except UnicodeDecodeError as error:
            return self._wire.fail(NOT_TEXT, f"{error.reason} at {error.start}")
        if self._listener:
            return self._listener.heard(message)
        self._unheard.append(message)
        self._transport.pause_reading()
        if not self._came.done():
            self._came.set_result(None)

    def _send_due(self) -> None:
        """What the protocol answers by itself. Of its end, too: a server is the first to leave."""
        for data in self._wire.data_to_send():
            if data:
                self._transport.write(data)
            elif self._transport.can_write_eof() and not self._transport.is_closing():
                self._transport.write_eof()
        if self._wire.close_expected():
            self._later("goodbye", GOODBYE_S, self.abort)

    def _ping(self) -> None:
        if self._unanswered:
            return self.abort()
        if self._wire.state is State.OPEN:
            self._unanswered = True
            self._wire.send_ping(b"")
            self._send_due()
            self._later("ping", GONE_S, self._ping)

    def _later(self, name: str, seconds: float, what: Callable[[], None]) -> None:
        if name in self._timers:
            self._timers[name].cancel()
        self._timers[name] = self._loop.call_later(seconds, what)


def _joined(request: Request) -> Mapping[str, str]:
    """Headers by name; what is said twice as one that no check passes."""
    said: dict[str, str] = {}
    for name, value in request.headers.raw_items():
        said[name.lower()] = f"{said[name.lower()]}, {value}" if name.lower() in said else value
    return said


def _head(kind: Opcode, size: int) -> bytes:
    """Of a whole frame, RFC 6455 §5.2; a server's has no mask."""
    if size < 126:
        return bytes((0x80 | kind, size))
    if size < 1 << 16:
        return bytes((0x80 | kind, 126)) + size.to_bytes(2, "big")
    return bytes((0x80 | kind, 127)) + size.to_bytes(8, "big")
