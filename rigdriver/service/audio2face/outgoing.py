"""Outgoing: answers on their way to a client of Audio2Face, who may read later than it sends, up to a limit."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

import grpc

from rigdriver.service.audio2face.refusal import Refusal
from rigdriver.service.audio2face.within import within
from rigdriver.service.limits import Limits


class Outgoing:
    """fps: of the frames that are sent, one an answer."""

    def __init__(self, context: Any, limits: Limits, fps: float):
        self._context, self._limits, self._most = context, limits, limits.waiting_s * fps
        self._waiting: deque[bytes] = deque()
        self._news, self._whole = asyncio.Event(), False

    def send(self, answer: bytes) -> None:
        """Raises Refusal where too much waits already: a service queues no hours."""
        if len(self._waiting) > self._most:
            raise Refusal(grpc.StatusCode.RESOURCE_EXHAUSTED,
                          f"more than {self._limits.waiting_s:g} s of frames wait to be read; read while you send")
        self._waiting.append(answer)
        self._news.set()

    def finish(self) -> None:
        """No more will be sent; what waits is still written."""
        self._whole = True
        self._news.set()

    def finish_with(self, answer: bytes) -> None:
        """Only this is still written."""
        self._waiting.clear()
        self._waiting.append(answer)
        self.finish()

    async def run(self) -> None:
        """Until all is written. Raises Refusal where nobody reads."""
        while self._waiting or not self._whole:
            while self._waiting:
                answer = self._waiting.popleft()
                await within(self._limits.idle_s, self._context.write(answer), "nothing was read")
            if not self._whole:
                await self._news.wait()
                self._news.clear()
