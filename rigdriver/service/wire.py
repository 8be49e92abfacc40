"""Wire: frames as a client asked for them."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable

from rigdriver.live.performer import Frame

HEAD = struct.Struct("<qdd")  # number, time, said
DIGITS = 5  # of a weight: a hundred thousandth is below what any rig shows

Encode = Callable[[Frame, float, float], str | bytes]
"""Frame, its time in seconds, seconds said by then."""


def as_json(frame: Frame, time_s: float, said_s: float) -> str:
    values = frame.values[0].round(DIGITS).tolist()  # float32 as Python floats: shortened below
    return json.dumps({"frame": frame.index, "time": round(time_s, 6), "said": round(said_s, 4),
                       "values": [round(value, DIGITS) for value in values]}, separators=(",", ":"))


def as_float32(frame: Frame, time_s: float, said_s: float) -> bytes:
    return HEAD.pack(frame.index, time_s, said_s) + frame.values[0].astype("<f4").tobytes()


ENCODERS: dict[str, Encode] = {"json": as_json, "float32": as_float32}
