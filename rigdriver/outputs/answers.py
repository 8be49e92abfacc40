"""Frames for those who ask: a port of ours hears the question, and frames go to the asker until it says stop.

Answers go to the protocol's own port at the asker's address, as the phone's do. An asker on this machine cannot hold
that port while we do, so it is answered where it asked from.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from enum import Enum

import numpy as np

from rigdriver.clip import Clip
from rigdriver.outputs.datagrams import Encoder
from rigdriver.outputs.listener import bound
from rigdriver.outputs.output import Output

MOST = 8  # askers at once; a ninth takes the place of the one that asked longest ago
LONGEST_QUESTION = 1024


class Asked(Enum):
    START, STOP, NOTHING = range(3)


class Answers(Output):
    """encoder_for: the encoder of an asker, by what it said. Frames that nobody asked for count as failed.

    Raises OutputError for a port in use.
    """

    def __init__(self, address: str, header: Clip, encoder_for: Callable[[bytes], Encoder],
                 asked: Callable[[bytes], Asked], port: int, answer_port: int):
        super().__init__(address, header)
        self._socket = bound("", port, address)
        self._socket.setblocking(False)
        self.port = self._socket.getsockname()[1]
        self._encoder_for, self._asked, self._answer_port = encoder_for, asked, answer_port
        self.askers: dict[tuple[str, int], Encoder] = {}

    def _send(self, frame: np.ndarray, index: int, time_s: float) -> None:
        self._hear()
        if not self.askers:
            return self.counters.failure(f"nobody has asked at port {self.port} yet")
        packets = {encoder: encoder.encode(frame, index, time_s) for encoder in set(self.askers.values())}
        handed = [self._hand_on(data, place) for place, encoder in self.askers.items() for data in packets[encoder]]
        full = not all(handed)
        self.counters.sent += not full
        self.counters.dropped += full

    def _hand_on(self, data: bytes, place: tuple[str, int]) -> bool:
        """Whether there was room for a datagram. An asker that cannot be reached is not the others' trouble."""
        try:
            self._socket.sendto(data, place)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError as error:
            self.counters.last_error = f"{place[0]}:{place[1]} cannot be reached ({error.strerror})"
            return True
        self.counters.packets += 1
        self.counters.bytes += len(data)
        return True

    def _hear(self) -> None:
        """Reads the questions that wait, a few a frame."""
        with contextlib.suppress(BlockingIOError, ConnectionResetError):
            for _ in range(MOST):
                word, (host, port, *_) = self._socket.recvfrom(LONGEST_QUESTION)
                self._answer(word, host, port)

    def _answer(self, word: bytes, host: str, port: int) -> None:
        said = self._asked(word)
        place = (host, port if self._is_here(host) else self._answer_port)
        if said is not Asked.NOTHING:
            self.askers.pop(place, None)
        if said is Asked.START:
            self.askers[place] = self._encoder_for(word)
            if len(self.askers) > MOST:
                self.askers.pop(next(iter(self.askers)))

    def _is_here(self, host: str) -> bool:
        """Whether an asker is on this machine and our own port is the one to answer at: only our own addresses bind."""
        if self.port != self._answer_port:
            return False
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, contextlib.suppress(OSError):
            probe.bind((host, 0))
            return True
        return False

    def _close(self) -> None:
        self._socket.close()
