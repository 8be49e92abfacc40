"""House: everything one service holds: the model, the ensemble in its threads, the sessions, and what is counted."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

from rigdriver import __version__
from rigdriver.errors import RigdriverError
from rigdriver.live.clock import SystemClock
from rigdriver.pipeline import Drive
from rigdriver.service.ensemble import Ensemble, delay_steps
from rigdriver.service.hello import Hello
from rigdriver.service.limits import Limits
from rigdriver.service.session import BROKEN, REFUSED, RESTART, Session
from rigdriver.service.voice import Shown, Voice
from rigdriver.service.websocket import WebSocket


class House:
    """way: the model, its engine and the lookahead that clients get. hop, batched: as `Ensemble` has them."""

    def __init__(self, way: Drive, limits: Limits, hop: int = 1, batched: bool = True):
        self.way, self.limits = way, limits
        self.counted: Counter[str] = Counter()
        self.sessions: dict[Voice, Session] = {}
        self.sockets = 0  # that were let in, whether they have said hello yet or not
        self.jobs = 0
        self.guests = 0  # streams that are carried beside the ensemble (`audio2face`)
        self.stopping = self._closed = False
        self.ensemble = Ensemble(way.model.engine, SystemClock(), self._failed, hop, batched)
        self._showing = False
        self._threads = [threading.Thread(target=run, name=f"ensemble {run.__name__}", daemon=True)
                         for run in (self._hear, self._beat)]

    def start(self) -> None:
        """In the event loop that the sockets live in."""
        self._loop = asyncio.get_running_loop()
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Ends the threads: a process that ends while the network runs in it would be aborted."""
        self._closed = True
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    @property
    def full(self) -> bool:
        return self.sockets + self.guests >= self.limits.sessions

    @property
    def alive(self) -> bool:
        """Whether the ensemble keeps time."""
        return all(thread.is_alive() for thread in self._threads)

    async def serve(self, socket: WebSocket, hello: Hello) -> None:
        """One client, until either side ends it. Raises RigdriverError for a hello that asks for what is not there."""
        voice = await asyncio.to_thread(self._voice, hello)
        session = Session(socket, hello, voice, self.limits)
        session.tell({"ready": {
            "names": voice.header.names, "rig": hello.rig, "fps": str(voice.header.fps), "session": self._count(),
            "latency_s": round(voice.latency_s, 4), "version": __version__}})
        self.sessions[voice] = session
        self.ensemble.join(voice)
        try:
            await session.run()
        finally:
            self.ensemble.leave(voice)
            self.sessions.pop(voice)
            self.counted.update(frames_sent=voice.sent, frames_dropped=voice.dropped)

    async def stop(self) -> None:
        """Tells every session, gives them some seconds, and ends the others."""
        self.stopping = True
        for session in list(self.sessions.values()):
            session.stop(self.limits.stop_s)
        end = asyncio.get_running_loop().time() + self.limits.stop_s
        while (self.sessions or self.jobs or self.guests) and asyncio.get_running_loop().time() < end:
            await asyncio.sleep(0.02)
        for session in list(self.sessions.values()):
            session.tell({"error": "the server stopped"}, RESTART)

    def _count(self) -> int:
        self.counted["sessions"] += 1
        return self.counted["sessions"]

    def _voice(self, hello: Hello) -> Voice:
        return Voice(hello.way(self.way), delay_steps(self.ensemble.hop), self.limits.waiting_s)

    def _hear(self) -> None:
        self.ensemble.run(lambda: not self._closed)

    def _beat(self) -> None:
        """In a thread of its own: a loop's timers are as coarse as 16 ms on some systems."""
        while not self._closed:
            self.ensemble.wait_for_tick()
            if not self._showing:
                self._showing = True
                self._in_loop(self._show)

    def _show(self) -> None:
        """Once a tick: what is due goes to its client."""
        self._showing = False
        with self.ensemble.making_way():
            for voice, frames in self.ensemble.leaving():
                if session := self.sessions.get(voice):
                    self._hand_on(session, frames)

    def _hand_on(self, session: Session, frames: list[Shown]) -> None:
        """One stream's trouble is not another's."""
        try:
            while session.voice.refused:
                session.warn(session.voice.refused.popleft())
            if frames:
                session.take(frames)
            if session.voice.over:
                session.ended()
        except Exception as error:
            self.ensemble.leave(session.voice)
            self._fail(session.voice, error)

    def _failed(self, voice: Voice, error: Exception) -> None:
        """In the ensemble's thread."""
        self._in_loop(self._fail, voice, error)

    def _in_loop(self, what: Callable[..., None], *told: Any) -> None:
        """From another thread."""
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(what, *told)

    def _fail(self, voice: Voice, error: Exception) -> None:
        if session := self.sessions.get(voice):
            self.counted["sessions_failed"] += 1
            known = isinstance(error, RigdriverError)
            session.tell({"error": str(error) if known else "the stream broke"}, REFUSED if known else BROKEN)
