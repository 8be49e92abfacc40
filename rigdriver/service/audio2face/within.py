"""Within: a wait that ends in time, and that a cancellation always ends (`asyncio.wait_for` may swallow one before
Python 3.12, where the work is done at that very moment)."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import grpc

from rigdriver.service.audio2face.refusal import Refusal


async def within(seconds: float, work: Coroutine[Any, Any, Any], why: str) -> Any:
    """What the work gives. Raises Refusal, DEADLINE_EXCEEDED, where that takes longer."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait((task,), timeout=seconds)
        if task.done():
            return task.result()
    finally:
        task.cancel()
    raise Refusal(grpc.StatusCode.DEADLINE_EXCEEDED, f"{why} for {seconds:g} s")
