"""Incoming: what a client of Audio2Face sends, message by message, in the order that the protocol asks for."""

from __future__ import annotations

from typing import Any

import grpc
from google.protobuf.message import DecodeError

from rigdriver.errors import SettingsError
from rigdriver.live.pcm import Pcm
from rigdriver.service.audio2face import messages
from rigdriver.service.audio2face.within import within
from rigdriver.service.limits import Limits


class Incoming:
    """Both methods raise SettingsError for a message that is none, or not the one that should come; Refusal where
    nothing comes."""

    def __init__(self, context: Any, limits: Limits):
        self._context, self._limits, self._number = context, limits, 0

    async def header(self) -> Any:
        """The AudioStreamHeader."""
        message = await self._read(self._limits.hello_s)
        if message is None or not message.HasField("audio_stream_header"):
            raise SettingsError("the first message should be an audio_stream_header")
        return message.audio_stream_header

    async def portion(self) -> Any:
        """The next AudioWithEmotion; None at the end, said or not."""
        message = await self._read(self._limits.idle_s)
        if message is None or message.HasField("end_of_audio"):
            return None
        if not message.HasField("audio_with_emotion"):
            raise SettingsError(f"message {self._number} should hold audio_with_emotion or end_of_audio")
        return message.audio_with_emotion

    async def _read(self, seconds: float) -> Any:
        """The next message; None where the client closed its side."""
        raw = await within(seconds, self._context.read(), "not a word")
        if raw is grpc.aio.EOF:
            return None
        self._number += 1
        try:
            return messages.AudioStream.FromString(raw)
        except DecodeError:
            raise SettingsError(f"message {self._number} is no AudioStream") from None


def rate_of(sound: Any) -> int:
    """Hz, of the AudioHeader of sound that we hear. Raises SettingsError."""
    if (sound.audio_format, sound.bits_per_sample, sound.channel_count) != (messages.PCM, 16, 1):
        raise SettingsError("audio_header should say PCM (0), 16 bits_per_sample and 1 channel_count, not "
                            f"{sound.audio_format}, {sound.bits_per_sample} and {sound.channel_count}")
    return Pcm("s16le", sound.samples_per_second).rate
