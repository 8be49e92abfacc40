"""Record: what was generated, and what the network heard in the recording, as it travels with a file.

Specification: this file. XZ of a line of JSON (`version`, `names`, `fps`, `start`, `frames`, `heard`, `made`) and the
numbers: (names, frames) int16 little-endian, differences from frame to frame in thousandths, low bytes before high
ones; then (phones, heard) bytes, roots of probabilities in fifteenths. About 2 KB for a second of speech.
Loses: half a thousandth of every value, and phones less likely than 1 in 900.
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from .clip import HINTS, Clip
from .errors import InputError
from .phones import PHONES

VERSION = 1
STEP = 1e-3
LEVELS = 15
UNHEARD = 0.3 / LEVELS  # what a root of 0 stands for
LARGEST = 32.0  # of a value
LARGEST_BYTES = 1 << 28  # unpacked: half an hour of a face is a tenth of it
LONGEST_S = 300  # of a recording that is remembered: past it, it is no line, and what it takes to remember is felt


@dataclass(frozen=True, eq=False)
class Record:
    """generated: the clip as its file showed it. heard: (frames, phones) log probabilities, `Model.phones`; none where
    they are not known. made: how, for people: version, seed, model."""

    generated: Clip
    heard: np.ndarray = field(default_factory=lambda: np.zeros((0, len(PHONES)), np.float32))
    made: Mapping[str, Any] = field(default_factory=dict)

    def pack(self) -> bytes:
        """Its bytes, the same on every day and machine."""
        clip = self.generated.without(HINTS)
        steps = np.round(np.clip(np.nan_to_num(clip.values), -LARGEST, LARGEST) / STEP).astype("<i2")
        curves = np.ascontiguousarray(np.diff(steps, axis=0, prepend=np.zeros((1, len(clip.names)), "<i2")).T)
        planes = curves.view(np.uint8).reshape(curves.size, 2).T
        heard = np.round(np.exp(self.heard.astype(np.float32) / 2) * LEVELS).astype(np.uint8).T
        head = {"version": VERSION, "names": clip.names, "fps": str(clip.fps), "start": clip.start,
                "frames": len(clip), "heard": len(self.heard), "made": dict(self.made)}
        return lzma.compress(json.dumps(head).encode() + b"\n" + planes.tobytes() + heard.tobytes(), preset=6)

    @classmethod
    def unpack(cls, data: bytes, where: str) -> Record:
        """Raises InputError, naming `where` it was found, for bytes that are no record."""
        try:
            unpacker = lzma.LZMADecompressor()
            head_line, _, body = unpacker.decompress(data, LARGEST_BYTES).partition(b"\n")
            head = json.loads(head_line)
            if head["version"] != VERSION:
                raise InputError(f"{where}: its record is of version {head['version']}; this rigdriver reads {VERSION}")
            names, frames, heard = [str(name) for name in head["names"]], int(head["frames"]), int(head["heard"])
            size = 2 * frames * len(names)
            if not unpacker.eof or min(frames, heard) < 0 or len(body) != size + heard * len(PHONES):
                raise ValueError("of another length than it says")
            curves = np.frombuffer(body[:size], np.uint8).reshape(2, -1).T.copy().view("<i2").reshape(-1, frames)
            steps = np.cumsum(curves, axis=1, dtype="<i2").T
            roots = np.frombuffer(body[size:], np.uint8).reshape(len(PHONES), heard).T / np.float32(LEVELS)
            clip = Clip(tuple(names), steps * np.float32(STEP), Fraction(head["fps"]), int(head["start"]))
            return cls(clip, 2 * np.log(np.maximum(roots, UNHEARD)), dict(head["made"]))
        except (lzma.LZMAError, ValueError, KeyError, TypeError, ZeroDivisionError, OverflowError, RecursionError,
                EOFError) as error:
            raise InputError(f"{where}: holds no sound record of what was generated ({error})") from None
