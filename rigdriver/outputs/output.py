"""What every output does: takes frames, counts what became of them, and keeps its troubles to itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rigdriver.clip import Clip
from rigdriver.errors import OutputError


@dataclass
class Counters:
    """Frames handed on, frames left out because there was no room for them, frames that failed; what last went wrong.

    packets and bytes: what was handed on, for packets a second.
    """

    sent: int = 0
    dropped: int = 0
    failed: int = 0
    packets: int = 0
    bytes: int = 0
    last_error: str = ""

    def failure(self, why: str) -> None:
        self.failed += 1
        self.last_error = why


class Output:
    """Takes one frame at a time, in order. A new kind overrides `_send` and `_close`.

    Not to be shared by threads. `send` never waits and never raises for what happens outside this process: that is
    counted, so that one output's trouble is not another's.
    """

    def __init__(self, address: str, header: Clip):
        self.address = address
        self.header = header
        self.counters = Counters()
        self.closed = False
        self._shape = (len(header.names),)

    @property
    def url(self) -> str:
        """Where a browser can look at it; "" for most."""
        return ""

    def send(self, frame: np.ndarray, index: int, time_s: float) -> None:
        """frame: (names,) values of one frame; index: its place, time_s: its time after audio sample 0.

        Raises ValueError for a frame of another width, OutputError once closed.
        """
        if self.closed:
            raise OutputError(f"{self.address}: is closed")
        if frame.shape != self._shape:
            raise ValueError(f"a frame of shape {frame.shape} does not fit {self._shape[0]} curves")
        if not np.isfinite(frame).all():  # it would freeze or explode a face on the other side
            return self.counters.failure(f"frame {index} holds a value that is not a number")
        try:
            self._send(frame, index, time_s)
        except OSError as error:
            self.counters.failure(error.strerror or str(error))

    def close(self) -> None:
        """Ends the output; a recording is written now. Closing twice is once."""
        if not self.closed:
            self.closed = True
            self._close()

    def __enter__(self) -> Output:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _send(self, frame: np.ndarray, index: int, time_s: float) -> None:
        raise NotImplementedError

    def _close(self) -> None:
        """Nothing to do for most."""
