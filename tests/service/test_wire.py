"""Both forms of a frame say the same, and any JSON reader reads the one."""

from __future__ import annotations

import json
import struct

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rigdriver.clip import Clip
from rigdriver.live.performer import Frame
from rigdriver.service.wire import ENCODERS

WEIGHTS = st.floats(-180, 180, width=32)


@given(st.lists(WEIGHTS, min_size=1, max_size=60), st.integers(-5, 10**9), st.floats(0, 10**6), st.floats(0, 10**6))
def test_json_and_bytes_say_the_same(weights: list[float], index: int, time_s: float, said_s: float) -> None:
    header = Clip.header(tuple(f"c{k}" for k in range(len(weights))), 60)
    frame = Frame((np.array(weights, np.float32),), index, 0.0)
    said = json.loads(ENCODERS["json"](header)(frame, time_s, said_s))
    raw = ENCODERS["float32"](header)(frame, time_s, said_s)
    number, moment, spoken = struct.unpack_from("<qdd", raw)
    assert said["frame"] == number == index
    assert abs(said["time"] - moment) < 1e-6 and abs(said["said"] - spoken) < 1e-4
    np.testing.assert_allclose(said["values"], np.frombuffer(raw, "<f4", offset=24), rtol=6e-5, atol=1e-6)
