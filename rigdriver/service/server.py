"""Server: the app on a port, until a signal. The first lets sessions finish, the second does not."""

from __future__ import annotations

import asyncio
import socket
import sys
from contextlib import AbstractAsyncContextManager, nullcontext
from types import FrameType
from typing import Any, cast

import uvicorn
from fastapi import FastAPI
from uvicorn.server import ServerState

from rigdriver.errors import OutputError
from rigdriver.outputs.address import refused
from rigdriver.service.guard import Guard
from rigdriver.service.house import House
from rigdriver.service.reception import Reception
from rigdriver.service.websocket import WebSocket

SEND_BYTES = 1 << 16  # of a socket: some seconds of frames; the system would keep minutes of them for a slow client
SWITCH_S = 0.001  # how long a thread may keep others of this process waiting: a tick lasts 17 ms


def listen(host: str, port: int) -> socket.socket:
    """Raises OutputError where the place is taken, or none of this machine's."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, proto)
    except OSError as error:
        raise OutputError(f"{host}:{port}: {error.strerror or error}") from None
    try:
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BYTES)  # those it accepts inherit it
        listener.bind(address)
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise OutputError(f"--host {host} --port {port}: cannot be listened on ({refused(error)})") from None
    return listener


class Server(uvicorn.Server):
    """uvicorn, which lets the house finish first. beside: what else serves, in the same event loop."""

    def __init__(self, routes: FastAPI, house: House, guard: Guard,
                 beside: AbstractAsyncContextManager[None] | None = None):
        self.house, self._reception, self._beside = house, Reception(house, guard), beside
        super().__init__(uvicorn.Config(routes, log_level="warning", access_log=False, timeout_graceful_shutdown=1,
                                        lifespan="off", ws=cast(Any, self._socket)))
        self._stopping: asyncio.Task[None] | None = None

    def _socket(self, server_state: ServerState, **_: Any) -> WebSocket:
        return WebSocket(server_state, self._reception.admits, self._reception.attend, self.house.limits.message_bytes)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """In place of uvicorn's, which would raise the signal again when all is over."""
        if self.house.stopping:
            self.should_exit = self.force_exit = True
        else:
            self.house.stopping = True
            self._loop.call_soon_threadsafe(self._stop)

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        self.house.start()
        try:
            async with self._beside or nullcontext():
                await super().serve(sockets)
        finally:
            await asyncio.to_thread(self.house.close)

    def stop(self) -> None:
        """As a signal does, from any thread."""
        self.handle_exit(0, None)

    def _stop(self) -> None:
        self._stopping = asyncio.ensure_future(self._finish())

    async def _finish(self) -> None:
        await self.house.stop()
        self.should_exit = True


def run(server: Server, listener: socket.socket) -> None:
    """Until a signal, or `Server.stop`."""
    sys.setswitchinterval(SWITCH_S)
    asyncio.run(server.serve([listener]))
