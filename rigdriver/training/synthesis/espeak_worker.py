"""Speaks with libespeak-ng's C interface: JSON lines come in, JSON lines with sound behind them go out.

A process of its own, because the library keeps its state in globals (a fresh process says the same again, to the
bit) and a crash in C then costs one line, not a training run. `espeak.py` holds the other end.

In: {"voice", "text", "rate", "pitch", "range"}. Out: {"samples", "rate", "sounds": [[token, first sample]], "stresses":
[[token, stress]]} and the samples as little-endian int16; or {"error"}.
"""

from __future__ import annotations

import ctypes
import json
import sys
from ctypes import POINTER, c_char_p, c_int, c_short, c_uint, c_void_p
from typing import Any

LIBRARY = "libespeak-ng.so.1"
SYNCHRONOUS, PHONEME_EVENTS, PHONEME_IPA, DONT_EXIT = 2, 1 << 0, 1 << 1, 1 << 15
UTF8 = 1
RATE, PITCH, RANGE = 1, 3, 4  # numbers of espeak_PARAMETER
PHONEME = 7  # type of the event whose id holds a phone's name
IPA_APART = 0x02 | ord("_") << 8  # espeak_TextToPhonemes: IPA, with "_" between phones


class _Event(ctypes.Structure):
    _fields_ = [("type", c_int), ("number", c_uint), ("text_position", c_int), ("length", c_int),
                ("audio_position", c_int), ("sample", c_int), ("user_data", c_void_p), ("id", ctypes.c_char * 8)]


_Callback = ctypes.CFUNCTYPE(c_int, POINTER(c_short), c_int, POINTER(_Event))


class Voice:
    """The library, opened once in this process."""

    def __init__(self) -> None:
        self.library = ctypes.CDLL(LIBRARY)
        self.library.espeak_TextToPhonemes.restype = c_char_p
        self.rate = self.library.espeak_Initialize(SYNCHRONOUS, 0, None, PHONEME_EVENTS | PHONEME_IPA | DONT_EXIT)
        if self.rate < 0:
            raise OSError("espeak-ng finds no voices")
        self.sound = bytearray()
        self.events: list[list] = []
        self._callback = _Callback(self._hear)  # kept, or Python would free it under the library's feet
        self.library.espeak_SetSynthCallback(self._callback)

    def _hear(self, samples: Any, count: int, events: Any) -> int:
        if samples and count > 0:
            self.sound += ctypes.string_at(samples, 2 * count)
        k = 0
        while events[k].type:
            if events[k].type == PHONEME:  # eight bytes, all of which a long name may fill
                name = ctypes.string_at(ctypes.addressof(events[k]) + _Event.id.offset, 8).split(b"\0")[0]
                self.events.append([name.decode("utf-8", "replace"), events[k].sample])
            k += 1
        return 0

    def say(self, voice: str, text: str, rate: int, pitch: int, range: int) -> dict[str, Any]:
        if self.library.espeak_SetVoiceByName(voice.encode()):
            return {"error": f"espeak-ng has no voice {voice!r}"}
        for number, value in ((RATE, rate), (PITCH, pitch), (RANGE, range)):
            self.library.espeak_SetParameter(number, value, 0)
        self.sound.clear()
        self.events.clear()
        raw = text.encode() + b"\0"
        self.library.espeak_Synth(raw, len(raw), 0, 1, 0, UTF8, None, None)
        return {"samples": len(self.sound) // 2, "rate": self.rate, "sounds": list(self.events),
                "stresses": self.stresses(text)}

    def stresses(self, text: str) -> list[list]:
        """[token, stress] of each phone; events do not tell stress, this second reading of the text does."""
        raw = ctypes.create_string_buffer(text.encode())
        place, found = c_void_p(ctypes.addressof(raw)), []
        while place.value:
            clause = self.library.espeak_TextToPhonemes(ctypes.byref(place), UTF8, IPA_APART).decode("utf-8", "replace")
            for token in clause.replace(" ", "_").split("_"):
                stress = 1 if "ˈ" in token else 2 if "ˌ" in token else 0
                found.append([token.strip("ˈˌ"), stress])
        return found


def main() -> None:
    try:
        voice = Voice()
    except OSError as error:
        print(json.dumps({"error": str(error)}), flush=True)
        return
    for line in sys.stdin:
        answer = voice.say(**json.loads(line))
        sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
        if "error" not in answer:
            sys.stdout.buffer.write(bytes(voice.sound))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
