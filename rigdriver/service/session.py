"""Session: one client's WebSocket. What comes in goes to its voice; frames go out, the newest where it reads slowly."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Mapping
from typing import Any

from fastapi import WebSocket, WebSocketDisconnect

from rigdriver.directions import NEUTRAL
from rigdriver.errors import InputError, RigdriverError, SettingsError
from rigdriver.live.pcm import PcmReader
from rigdriver.service.hello import Hello, read_object
from rigdriver.service.limits import Limits
from rigdriver.service.voice import Shown, Voice
from rigdriver.service.wire import ENCODERS

OUTBOX = 16  # frames that wait for the socket: a quarter of a second
DONE, REFUSED, RESTART = 1000, 1008, 1012  # close codes of RFC 6455
SAID = ("flush", "end", "direct", "emotion")
GOODBYE_S = 1.0  # that a client has to read the last word


class Session:
    """hello: what the client asked for. Lives in the event loop's thread."""

    def __init__(self, socket: WebSocket, hello: Hello, voice: Voice, limits: Limits):
        self.voice = voice
        self._socket, self._limits = socket, limits
        self._encode, self._reader = ENCODERS[hello.format], PcmReader(hello.pcm)
        self._outbox: deque[Shown] = deque()
        self._words: deque[dict[str, Any]] = deque()
        self._news = asyncio.Event()
        self._closing: int | None = None

    def take(self, frames: list[Shown]) -> None:
        """Frames for the client. Those that find no room push out the oldest."""
        self._outbox.extend(frames)
        while len(self._outbox) > OUTBOX:
            self._outbox.popleft()
            self.voice.dropped += 1
        self._news.set()

    def tell(self, word: dict[str, Any], close: int | None = None) -> None:
        """A word to the client, after which the socket may close."""
        if self._closing is None:
            self._words.append(word)
            self._closing = close
            self._news.set()

    def ended(self) -> None:
        self.tell({"ended": {"frames": self.voice.sent + len(self._outbox), "dropped": self.voice.dropped}}, DONE)

    def stop(self, seconds: float) -> None:
        """The server stops: what waits may still be said, within so many seconds."""
        self.tell({"stopping": seconds})
        self.voice.intake.end()

    async def run(self) -> None:
        """Until either side ends it."""
        reading = asyncio.ensure_future(self._read())
        writing = asyncio.ensure_future(self._write())
        try:
            await asyncio.wait((reading, writing), return_when=asyncio.FIRST_COMPLETED)
            if reading.done() and self._closing is not None:
                await asyncio.wait((writing,), timeout=GOODBYE_S)
        finally:
            for task in (reading, writing):
                task.cancel()
            await asyncio.gather(reading, writing, return_exceptions=True)

    async def _read(self) -> None:
        try:
            while True:
                message = await asyncio.wait_for(self._socket.receive(), self._limits.idle_s)
                if message["type"] == "websocket.disconnect":
                    return
                self._hear(message)
        except asyncio.TimeoutError:
            self.tell({"error": f"not a word for {self._limits.idle_s:g} s"}, REFUSED)
        except RigdriverError as error:
            self.tell({"error": str(error)}, REFUSED)
        except (WebSocketDisconnect, RuntimeError):  # gone; starlette says so in either way
            return

    def _hear(self, message: Any) -> None:
        if message.get("bytes") is not None:
            if self.voice.intake.ended:
                raise InputError("sound after the end")
            samples = self._reader.push(message["bytes"])
            if len(samples) and self._reader.format:
                self.voice.listen(samples, self._reader.format.rate)
            return
        said = read_object(message["text"])
        if not said or set(said) - set(SAID):
            raise SettingsError(f"a message is bytes of sound, or one of {', '.join(SAID)}")
        if said.get("flush"):
            self.voice.intake.clear()
        if "direct" in said or "emotion" in said:
            self.voice.direct(_directions(said))
        if said.get("end"):
            self.voice.intake.end()

    async def _write(self) -> None:
        try:
            while True:
                await self._news.wait()
                self._news.clear()
                while self._outbox:
                    await self._send(self._outbox.popleft())
                while self._words:
                    await self._socket.send_text(json.dumps(self._words.popleft()))
                if self._closing is not None:
                    return await self._socket.close(self._closing)
        except (WebSocketDisconnect, RuntimeError, OSError):
            return

    async def _send(self, shown: Shown) -> None:
        raw = self._encode(shown.frame, shown.time_s, shown.said_s)
        await (self._socket.send_text(raw) if isinstance(raw, str) else self._socket.send_bytes(raw))
        self.voice.sent += 1


def _directions(said: Mapping[str, Any]) -> str:
    """`{"emotion": {…}}` is the direction of that mixture; none of them is neutral. Raises SettingsError."""
    direct, emotion = said.get("direct", ""), said.get("emotion")
    if not isinstance(direct, str) or not isinstance(emotion, (dict, type(None))):
        raise SettingsError("direct is text, emotion an object of weights")
    if emotion is None:
        return direct
    for name, weight in emotion.items():
        if not isinstance(weight, (int, float)) or isinstance(weight, bool) or not name.isidentifier():
            raise SettingsError(f"emotion {name!r} should have a weight, a number")
    mixture = " ".join(f"{name} {weight:.6f}" for name, weight in emotion.items())
    return f"{mixture or NEUTRAL}; {direct}"
