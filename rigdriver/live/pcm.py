"""Pcm: raw sound as bytes, in portions of any size, with a WAV header before it or none.

https://www.mmsp.ece.mcgill.ca/Documents/AudioFormats/WAVE/WAVE.html
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

import numpy as np

from rigdriver.errors import InputError, SettingsError, nearest

KINDS = {"s16le": ("<i2", 2, 2**15), "s24le": ("", 3, 2**23), "s32le": ("<i4", 4, 2**31), "f32le": ("<f4", 4, 1),
         "u8": ("u1", 1, 2**7)}
"""What NumPy calls them, their bytes, and what stands for 1."""

WAV_KINDS = {(1, 8): "u8", (1, 16): "s16le", (1, 24): "s24le", (1, 32): "s32le", (3, 32): "f32le"}
EXTENSIBLE = 0xFFFE  # the format's real number stands further on
LONGEST_HEADER = 2**16  # bytes before the sound begins
GUESSED = "no WAV header: taken as s16le@16000; --pcm, or ?pcm= at a tcp:// address, says otherwise"
RATES, CHANNELS = (8000, 192_000), (1, 16)


@dataclass(frozen=True)
class Pcm:
    """kind: a key of KINDS. rate: Hz."""

    kind: str = "s16le"
    rate: int = 16000
    channels: int = 1

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise SettingsError(f"raw sound of kind {self.kind!r} is not known; {nearest(self.kind, KINDS)}")
        if not RATES[0] <= self.rate <= RATES[1]:
            raise SettingsError(f"a rate of {self.rate} Hz is outside {RATES[0]} to {RATES[1]}")
        if not CHANNELS[0] <= self.channels <= CHANNELS[1]:
            raise SettingsError(f"{self.channels} channels are outside {CHANNELS[0]} to {CHANNELS[1]}")

    @classmethod
    def parse(cls, text: str) -> Pcm:
        """`s16le@16000`, or `f32le@48000x2` for two channels. Raises SettingsError."""
        found = re.fullmatch(r"(\w+)@(\d{1,7})(?:x(\d{1,3}))?", text.strip())
        if not found:
            raise SettingsError(f"raw sound {text!r} should read KIND@RATE or KIND@RATExCHANNELS, as in s16le@16000")
        return cls(found[1], int(found[2]), int(found[3] or 1))

    @property
    def frame_bytes(self) -> int:
        return KINDS[self.kind][1] * self.channels

    def samples(self, raw: bytes) -> np.ndarray:
        """Whole frames of bytes → (n, channels) float32, −1..1."""
        dtype, _, full = KINDS[self.kind]
        if self.kind == "s24le":
            threes = np.frombuffer(raw, np.uint8).reshape(-1, 3).astype(np.int32)
            values = (threes[:, 0] | threes[:, 1] << 8 | threes[:, 2] << 16).astype(np.int32) << 8 >> 8
        else:
            values = np.frombuffer(raw, dtype)
        floats = values.astype(np.float32) / np.float32(full)
        return (floats - 1 if self.kind == "u8" else floats).reshape(-1, self.channels)


class PcmReader:
    """Bytes in, sound out. Without a format it looks for a WAV header first; `format` tells what it found."""

    def __init__(self, format: Pcm | None = None):
        self.format, self._held, self._headed = format, b"", format is not None
        self.guessed = False
        """Whether there was no header, and nobody said what the sound is."""

    def push(self, raw: bytes) -> np.ndarray:
        """(n, channels) float32 of the frames that are complete. Raises InputError for a header that is no good."""
        self._held += raw
        if not self._headed and not self._read_header():
            return np.zeros((0, 1), np.float32)
        assert self.format is not None
        whole = len(self._held) // self.format.frame_bytes * self.format.frame_bytes
        ready, self._held = self._held[:whole], self._held[whole:]
        return self.format.samples(ready)

    def _read_header(self) -> bool:
        """Whether the sound begins in what is held. Sound without a header is taken as `Pcm()`."""
        if len(self._held) < 12:
            return False
        if self._held[:4] != b"RIFF" or self._held[8:12] != b"WAVE":
            self.format, self._headed, self.guessed = Pcm(), True, True
            return True
        at = 12
        while at + 8 <= len(self._held):
            name, size = struct.unpack_from("<4sI", self._held, at)
            if name == b"data":
                if self.format is None:
                    raise InputError("a WAV header without a format before its sound")
                self._held, self._headed = self._held[at + 8 :], True
                return True
            if name == b"fmt " and at + 8 + size <= len(self._held):
                self.format = _wav_format(self._held[at + 8 : at + 8 + size])
            at += 8 + size + size % 2
        if at > LONGEST_HEADER:
            raise InputError("a WAV header of more than 64 kB")
        return False


def _wav_format(chunk: bytes) -> Pcm:
    if len(chunk) < 16:
        raise InputError("a WAV header whose format breaks off")
    kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", chunk)
    if kind == EXTENSIBLE and len(chunk) >= 26:
        kind = struct.unpack_from("<H", chunk, 24)[0]
    if (kind, bits) not in WAV_KINDS:
        raise InputError(f"WAV sound of format {kind} with {bits} bits; PCM of 8 to 32 bits or 32-bit floats is read")
    return Pcm(WAV_KINDS[kind, bits], rate, channels)
