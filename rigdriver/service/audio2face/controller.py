"""Controller: Audio2Face's gRPC service on a port, beside the house's own, under the same limits and token."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # its core writes to stderr what we say in one line

import grpc
from google.protobuf.message import DecodeError

from rigdriver import rig as rigs
from rigdriver.errors import OutputError
from rigdriver.pipeline import Drive
from rigdriver.service.audio2face import messages
from rigdriver.service.audio2face.call import FPS, GOODBYE_S, Call
from rigdriver.service.audio2face.refusal import Refusal
from rigdriver.service.guard import Guard
from rigdriver.service.house import House

PORT = 52000  # where the microservice listens
RIG = "arkit52"


class Controller:
    """Serves while its `async with` lasts. way: a model whose engine may be asked beside the ensemble, from another
    thread. ready: told the port."""

    def __init__(self, house: House, guard: Guard, way: Drive, host: str, port: int,
                 ready: Callable[[int], None] = lambda port: None):
        self._house, self._guard, self._ready = house, guard, ready
        self._way = replace(way, rig=rigs.load(RIG), fps=FPS)
        self._address, self._port = (f"[{host}]" if ":" in host else host), port
        self._calls: set[Call] = set()

    async def __aenter__(self) -> None:
        """Raises OutputError where the place is taken."""
        # One thread hears for all calls, in turn: the ensemble, which has to keep time, has one beside it and no more.
        self._hearing = ThreadPoolExecutor(1, "audio2face")
        self._server = grpc.aio.server(options=(
            ("grpc.max_receive_message_length", self._house.limits.message_bytes), ("grpc.so_reuseport", 0)))
        self._server.add_generic_rpc_handlers((
            grpc.method_handlers_generic_handler(messages.CONTROLLER, {
                "ProcessAudioStream": grpc.stream_stream_rpc_method_handler(self._process)}),
            grpc.method_handlers_generic_handler(messages.HEALTH, {
                "Check": grpc.unary_unary_rpc_method_handler(self._check)})))
        try:
            port = self._server.add_insecure_port(f"{self._address}:{self._port}")
        except RuntimeError:
            port = 0
        if not port:
            raise OutputError(f"{self._address}:{self._port}: cannot be listened at; choose another with --audio2face")
        await self._server.start()
        self._ready(port)

    async def __aexit__(self, *_: object) -> None:
        for call in self._calls:
            call.stop(Refusal(grpc.StatusCode.UNAVAILABLE, "the server stopped"))
        await self._server.stop(2 * GOODBYE_S)
        await asyncio.to_thread(self._hearing.shutdown)

    async def _process(self, _: Any, context: Any) -> None:
        self._house.counted["calls"] += 1
        try:
            self._admit(context)
            await self._carry(context)
        except Refusal as refusal:
            self._house.counted["calls_refused"] += 1
            await context.abort(refusal.code, str(refusal))
        except Exception:
            self._house.counted["calls_failed"] += 1
            await context.abort(grpc.StatusCode.INTERNAL, "the stream broke")

    def _admit(self, context: Any) -> None:
        """Raises Refusal. `Host` is not asked for: no page of a browser's speaks gRPC."""
        said = {name: value for name, value in context.invocation_metadata() or () if isinstance(value, str)}
        if not self._guard.admits({**said, "host": "localhost"}):
            raise Refusal(grpc.StatusCode.UNAUTHENTICATED, "a token is needed: authorization: Bearer TOKEN")
        if self._house.stopping:
            raise Refusal(grpc.StatusCode.UNAVAILABLE, "the server is stopping")
        if self._house.full:
            raise Refusal(grpc.StatusCode.RESOURCE_EXHAUSTED,
                          f"{self._house.limits.sessions} streams are all that this server carries")

    async def _carry(self, context: Any) -> None:
        call = Call(context, self._way, self._house.limits, self._hearing)
        self._house.guests += 1
        self._calls.add(call)
        try:
            await call.run()
        finally:
            self._calls.discard(call)
            self._house.guests -= 1

    async def _check(self, raw: bytes, context: Any) -> bytes:
        """Health, of the whole server or of this service; anybody may ask."""
        try:
            service = messages.HealthCheckRequest.FromString(raw).service
        except DecodeError:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "the request is no HealthCheckRequest")
        if service not in ("", messages.CONTROLLER):
            await context.abort(grpc.StatusCode.NOT_FOUND, "no such service here")
        well = self._house.alive and not self._house.stopping
        return bytes(messages.HealthCheckResponse(
            status=messages.SERVING if well else messages.NOT_SERVING).SerializeToString())
