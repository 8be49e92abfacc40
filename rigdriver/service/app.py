"""App: the routes of HTTP. `rigdriver.service` says what they do; streams go by `reception`."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect

from rigdriver.errors import InputError, MissingExtra, RigdriverError
from rigdriver.service import metrics
from rigdriver.service.guard import Guard
from rigdriver.service.house import House
from rigdriver.service.jobs import TooMuch, Work
from rigdriver.service.reception import STREAM

WENT = 499  # status of a client that is gone
LIVE_TICK_MS = 1000 / 60


def app(house: House, guard: Guard, model: str | None = None, engine: str = "onnx") -> FastAPI:
    """model, engine: what recordings are driven with."""
    routes = FastAPI(title="rigdriver", docs_url=None, redoc_url=None, openapi_url=None)

    @routes.get("/health")
    async def health(request: Request) -> Response:
        return _health(house)

    @routes.get("/metrics")
    async def counted(request: Request) -> Response:
        if not guard.admits(request.headers):
            return _refusal()
        return PlainTextResponse(metrics.text(house), media_type="text/plain; version=0.0.4")

    @routes.get(STREAM)
    async def stream() -> Response:
        return _error(426, f"{STREAM} is a WebSocket; open it as ws://…{STREAM}", {"Upgrade": "websocket"})

    @routes.post("/v1/drive")
    async def drive(request: Request) -> Response:
        if not guard.admits(request.headers):
            return _refusal()
        if house.stopping or house.jobs >= house.limits.jobs:
            return _error(503, f"{house.jobs} recordings are being driven; try again", {"Retry-After": "5"})
        house.jobs += 1
        try:
            return await _drive(house, request, model, engine)
        finally:
            house.jobs -= 1

    return routes


def _health(house: House) -> Response:
    busy = list(house.ensemble.busy_ms)
    p99 = float(np.percentile(busy, 99)) if busy else 0.0
    status = "stopping" if house.stopping else "ok" if house.alive else "broken"
    word: dict[str, Any] = {"status": status, "sessions": len(house.sessions), "room": not house.full,
                            "tick_p99_ms": round(p99, 2), "keeps_up": p99 < LIVE_TICK_MS * house.ensemble.hop}
    return JSONResponse(word, 200 if status == "ok" else 503)


async def _drive(house: House, request: Request, model: str | None, engine: str) -> Response:
    query = {name: request.query_params.getlist(name) for name in request.query_params}
    work = None
    try:
        if request.headers.get("content-type", "").startswith("multipart/"):
            raise InputError("a recording is the body itself, not a part of a form (curl --data-binary @hello.wav)")
        work = Work(query, house.limits, model, engine)
        await work.receive(request.stream(), request.headers.get("content-length", "0"))
        await _while_there(request, work)
        house.counted["jobs"] += 1
        return FileResponse(work.output, filename=work.output.name, background=BackgroundTask(work.close))
    except BaseException as error:
        house.counted["jobs_failed"] += 1
        if work:
            work.close()
        if isinstance(error, TooMuch):
            return _error(413, str(error))
        if isinstance(error, MissingExtra):
            return _error(501, str(error))
        if isinstance(error, RigdriverError):
            return _error(400, str(error))
        if isinstance(error, ClientDisconnect):
            return Response(status_code=WENT)
        raise


async def _while_there(request: Request, work: Work) -> None:
    """The job ends with the client that wanted it."""
    running = asyncio.ensure_future(work.run())
    gone = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait((running, gone), return_when=asyncio.FIRST_COMPLETED)
        if not running.done():
            raise ClientDisconnect
        await running
    finally:
        for task in (running, gone):
            task.cancel()
        await asyncio.gather(running, gone, return_exceptions=True)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _error(status: int, why: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": why}, status, headers)


def _refusal() -> Response:
    return _error(401, "a token is needed: Authorization: Bearer TOKEN", {"WWW-Authenticate": "Bearer"})
