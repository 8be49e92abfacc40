"""Session: one client's WebSocket. What comes in goes to its voice; frames go out, the newest where it reads slowly."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Mapping
from typing import Any

from rigdriver.directions import mixture
from rigdriver.errors import InputError, RigdriverError, SettingsError
from rigdriver.live.pcm import PcmReader
from rigdriver.service.hello import Hello, read_object
from rigdriver.service.limits import Limits
from rigdriver.service.voice import Shown, Voice
from rigdriver.service.websocket import GOODBYE_S, WebSocket
from rigdriver.service.wire import ENCODERS

OUTBOX = 16  # frames that wait for the socket: a quarter of a second
DONE, REFUSED, BROKEN, RESTART = 1000, 1008, 1011, 1012  # close codes of RFC 6455
SAID = ("flush", "end", "direct", "emotion")


class Session:
    """hello: what the client asked for. Lives in the event loop's thread."""

    def __init__(self, socket: WebSocket, hello: Hello, voice: Voice, limits: Limits):
        self.voice = voice
        self._socket, self._limits = socket, limits
        self._encode, self._reader = ENCODERS[hello.format](voice.header), PcmReader(hello.pcm)
        self._outbox: deque[Shown] = deque()
        self._words: deque[dict[str, Any]] = deque()
        self._closing: int | None = None
        self._loop = asyncio.get_running_loop()
        self._heard_at, self._timers = self._loop.time(), dict[str, asyncio.TimerHandle]()

    def take(self, frames: list[Shown]) -> None:
        """Frames for the client. Those that find no room push out the oldest."""
        self._outbox.extend(frames)
        self.writable()
        while len(self._outbox) > OUTBOX:
            self._outbox.popleft()
            self.voice.dropped += 1

    def tell(self, word: dict[str, Any], close: int | None = None) -> None:
        """A word to the client, after which the socket may close."""
        if self._closing is None:
            self._words.append(word)
            self._closing = close
            if close is not None:  # who does not even read the last word is left
                patience_s = self._limits.idle_s if close == DONE else GOODBYE_S
                self._timers["goodbye"] = self._loop.call_later(patience_s, self._socket.abort)
            self.writable()

    def warn(self, why: str) -> None:
        """That something was not followed, and the stream goes on. Who reads no words gets no more of them."""
        if len(self._words) < OUTBOX:
            self.tell({"warning": why})

    def ended(self) -> None:
        self.tell({"ended": {"frames": self.voice.sent + len(self._outbox), "dropped": self.voice.dropped}}, DONE)

    def stop(self, seconds: float) -> None:
        """The server stops: what waits may still be said, within so many seconds."""
        self.tell({"stopping": seconds})
        self.voice.intake.end()

    async def run(self) -> None:
        """Until either side ends it."""
        self._watch()
        self._socket.listen(self)
        try:
            await self._socket.gone
        finally:
            for timer in self._timers.values():
                timer.cancel()

    def heard(self, message: str | bytes) -> None:
        if self._closing is not None:
            return
        self._heard_at = self._loop.time()
        try:
            self._hear(message)
        except RigdriverError as error:
            self.tell({"error": str(error)}, REFUSED)

    def writable(self) -> None:
        """What waits goes out, as far as the client reads."""
        while self._outbox and self._socket.writable:
            shown = self._outbox.popleft()
            self._socket.send(self._encode(shown.frame, shown.time_s, shown.said_s))
            self.voice.sent += 1
        while self._words and self._socket.writable and not self._outbox:
            self._socket.send(json.dumps(self._words.popleft()))
        if self._closing is not None and not (self._outbox or self._words):
            self._socket.close(self._closing)

    def _watch(self) -> None:
        """One timer, not one for each message."""
        left_s = self._heard_at + self._limits.idle_s - self._loop.time()
        if left_s > 0:
            self._timers["idle"] = self._loop.call_later(left_s, self._watch)
        else:
            self.tell({"error": f"not a word for {self._limits.idle_s:g} s"}, REFUSED)

    def _hear(self, message: str | bytes) -> None:
        if not isinstance(message, str):
            if self.voice.intake.ended:
                raise InputError("sound after the end")
            samples = self._reader.push(message)
            if len(samples) and self._reader.format:
                self.voice.listen(samples, self._reader.format.rate)
            return
        said = read_object(message)
        if not said or set(said) - set(SAID):
            raise SettingsError(f"a message is bytes of sound, or one of {', '.join(SAID)}")
        if said.get("flush"):
            self.voice.intake.clear()
        if "direct" in said or "emotion" in said:
            self._direct(said)
        if said.get("end"):
            self.voice.intake.end()


    def _direct(self, said: Mapping[str, Any]) -> None:
        try:
            self.voice.direct(_directions(said))
        except RigdriverError as error:
            self.warn(str(error))


def _directions(said: Mapping[str, Any]) -> str:
    """`{"emotion": {…}}` is the direction of that mixture; none of them is neutral. Raises SettingsError."""
    direct, emotion = said.get("direct", ""), said.get("emotion")
    if not isinstance(direct, str) or not isinstance(emotion, (dict, type(None))):
        raise SettingsError("direct is text, emotion an object of weights")
    return direct if emotion is None else f"{mixture(emotion)}; {direct}"
