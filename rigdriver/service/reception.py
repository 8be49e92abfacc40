"""Reception: who opens a stream, and what they are told who may not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from http import HTTPStatus

from rigdriver.errors import RigdriverError, SettingsError
from rigdriver.service.guard import Guard
from rigdriver.service.hello import Hello
from rigdriver.service.house import House
from rigdriver.service.session import BROKEN, REFUSED
from rigdriver.service.websocket import WebSocket

STREAM = "/v1/stream"
TRY_AGAIN = 1013  # close code of RFC 6455's registry


class Reception:
    def __init__(self, house: House, guard: Guard):
        self._house, self._guard = house, guard

    def admits(self, path: str, headers: Mapping[str, str]) -> HTTPStatus:
        """Before a socket is opened at all."""
        if path != STREAM:
            return HTTPStatus.NOT_FOUND
        return HTTPStatus.SWITCHING_PROTOCOLS if self._guard.knows_place(headers) else HTTPStatus.FORBIDDEN

    async def attend(self, socket: WebSocket) -> None:
        """One client, until either side ends it."""
        house = self._house
        if house.stopping or house.full:
            house.counted["sessions_refused"] += 1
            return _dismiss(socket, f"{house.limits.sessions} streams are all that this server carries", TRY_AGAIN)
        house.sockets += 1  # counted to the end: while a voice is made, others may come
        try:
            if (hello := await self._hello(socket)) is not None:
                return await house.serve(socket, hello)
        except RigdriverError as error:
            _dismiss(socket, str(error))
        except Exception:
            socket.close(BROKEN)
            raise
        finally:
            house.sockets -= 1
        house.counted["sessions_refused"] += 1

    async def _hello(self, socket: WebSocket) -> Hello | None:
        """What the client wants; None where it went. Raises RigdriverError for what it is to be told."""
        try:
            message = await asyncio.wait_for(socket.first(), self._house.limits.hello_s)
        except asyncio.TimeoutError:
            raise SettingsError(f"no hello within {self._house.limits.hello_s:g} s") from None
        if message is None:
            return None
        if not isinstance(message, str):
            raise SettingsError("the first message should be a JSON object that says what is wanted, {} at least")
        hello = Hello.read(message)
        if not self._guard.admits(socket.headers, hello.token):
            raise SettingsError("the token is wrong")
        return hello


def _dismiss(socket: WebSocket, why: str, code: int = REFUSED) -> None:
    socket.send(json.dumps({"error": why}))
    socket.close(code)
