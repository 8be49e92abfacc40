"""Call: one client of Audio2Face, from its header to its status."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from fractions import Fraction
from typing import Any, ParamSpec, TypeVar

import grpc

from rigdriver.errors import InputError, RigdriverError
from rigdriver.pipeline import Drive
from rigdriver.service.audio2face import answers, messages
from rigdriver.service.audio2face.face import BYTES, Face, Shot
from rigdriver.service.audio2face.incoming import Incoming, rate_of
from rigdriver.service.audio2face.outgoing import Outgoing
from rigdriver.service.audio2face.refusal import LONGEST_LINE, Refusal
from rigdriver.service.audio2face.wishes import Wishes
from rigdriver.service.limits import Limits

FPS = Fraction(30)  # of the microservice, whatever is asked
BLOCK_S = 0.5  # of sound heard at once; then it is another client's turn
GOODBYE_S = 1.0  # that a client has to read the last word
IGNORED = "rigdriver-ignored"

P = ParamSpec("P")
T = TypeVar("T")


class Call:
    """way: what faces are driven with. hearing: where sound is heard, a block at a time. Lives in the event loop."""

    def __init__(self, context: Any, way: Drive, limits: Limits, hearing: Executor):
        self._context, self._way, self._hearing = context, way, hearing
        self._incoming, self._outgoing = Incoming(context, limits), Outgoing(context, limits, float(FPS))
        self._stopped: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._said: list[Any] = []  # emotions since the last frame

    def stop(self, why: Refusal) -> None:
        """Ends the call from outside."""
        if not self._stopped.done():
            self._stopped.set_exception(why)

    async def run(self) -> None:
        """Until the last word is sent. Raises Refusal where that is not a success."""
        answering, writing = asyncio.ensure_future(self._answer()), asyncio.ensure_future(self._outgoing.run())
        try:
            await _until(answering, writing, self._stopped)
            self._outgoing.finish()
            await _until(writing, self._stopped)
        except Refusal as refusal:
            self._outgoing.finish_with(answers.status(messages.ERROR, str(refusal)))
            await asyncio.wait((writing,), timeout=GOODBYE_S)
            raise
        finally:
            for task in (answering, writing, self._stopped):
                task.cancel()
            await asyncio.gather(answering, writing, self._stopped, return_exceptions=True)

    async def _answer(self) -> None:
        try:
            await self._perform()
        except RigdriverError as error:
            raise Refusal(grpc.StatusCode.INVALID_ARGUMENT, str(error)) from None

    async def _perform(self) -> None:
        header = await self._incoming.header()
        rate, wishes = rate_of(header.audio_header), await self._aside(Wishes, header)
        await self._context.send_initial_metadata(_told(wishes.ignored))
        self._outgoing.send(answers.header(self._way.target.names, header.audio_header))
        face: Face | None = None
        while (portion := await self._incoming.portion()) is not None:
            if portion.emotions:
                self._said += portion.emotions
                await self._aside(wishes.feel, portion.emotions, face.given_s if face else 0.0)
            if face is None:
                face = await self._aside(Face, replace(self._way, performance=wishes.performance), rate)
            elif portion.emotions:
                await self._aside(face.redirect, wishes.performance)
            for block in _blocks(portion.audio_buffer, round(rate * BLOCK_S) * BYTES):
                self._show(await self._aside(face.push, block), wishes)
        if face is None:
            raise InputError("the stream ended before any sound had come")
        self._show(await self._aside(face.flush), wishes)
        self._outgoing.send(answers.processed())
        self._outgoing.send(answers.status(messages.SUCCESS, "all frames were sent"))

    async def _aside(self, work: Callable[P, T], *arguments: P.args, **_: P.kwargs) -> T:
        """In the thread where sound is heard, in its turn; so whatever takes long keeps no other client's frames."""
        return await asyncio.get_running_loop().run_in_executor(self._hearing, work, *arguments)

    def _show(self, shots: Sequence[Shot], wishes: Wishes) -> None:
        for shot, shown in zip(shots, wishes.felt([shot.time_s for shot in shots])):
            self._outgoing.send(answers.frame(shot, self._said, shown))
            self._said = []


async def _until(task: asyncio.Future[None], *others: asyncio.Future[None]) -> None:
    """Until this one is done, or any fails."""
    waiting = {task, *others}
    while not task.done():
        done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for each in done:
            each.result()
    task.result()


def _told(ignored: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """What was left out, as metadata: printable ASCII."""
    names = ", ".join(dict.fromkeys(ignored)).encode("ascii", "backslashreplace").decode()
    printable = "".join(sign for sign in names if sign.isprintable())[:LONGEST_LINE]
    return ((IGNORED, printable),) if printable else ()


def _blocks(raw: bytes, size: int) -> Iterator[bytes]:
    return (raw[k : k + size] for k in range(0, len(raw), size))
