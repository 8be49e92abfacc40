"""Frames as UDP datagrams to one receiver, who may come and go, change its address, or never be there.

The socket is connected, so that the system says when nobody listens. Sending never waits: looking a name up again after
failures happens on a thread beside it.
"""

from __future__ import annotations

import socket
import threading
import time
from typing import Protocol

import numpy as np

from rigdriver.clip import Clip
from rigdriver.errors import OutputError
from rigdriver.outputs.output import Output

LOOK_AGAIN_S = 2.0  # between two looks for a receiver that cannot be reached


class Encoder(Protocol):
    """Bytes of a frame: pure, one or several datagrams."""

    def encode(self, frame: np.ndarray, index: int, time_s: float) -> list[bytes]: ...


class Datagrams(Output):
    """Sends what an encoder makes of each frame to host:port. Raises OutputError where the host is not found."""

    def __init__(self, address: str, header: Clip, encoder: Encoder, host: str, port: int | None):
        super().__init__(address, header)
        if not port:
            example = f"{address.partition(':')[0]}://{host or '127.0.0.1'}:9000"
            raise OutputError(f"{address}: lacks a port, as in {example}")
        self.encoder = encoder
        self.host, self.port = host, port
        self._socket = connected(host, port, address)
        self._fresh: socket.socket | None = None  # what the thread beside found
        self._looked = time.monotonic()
        self._looking: threading.Thread | None = None

    def _send(self, frame: np.ndarray, index: int, time_s: float) -> None:
        if self._fresh:
            self._socket.close()
            self._socket, self._fresh = self._fresh, None
        refused = False
        for data in self.encoder.encode(frame, index, time_s):
            try:
                refused |= self._hand_on(data)
            except (BlockingIOError, InterruptedError):
                self.counters.dropped += 1
                return
            except OSError as error:
                return self._failed(f"{self.host}:{self.port} cannot be reached ({error.strerror})")
        if refused:
            return self._failed(f"nobody listens at {self.host}:{self.port}")
        self.counters.sent += 1

    def _hand_on(self, data: bytes) -> bool:
        """Gives a datagram to the system. True where the system reports that an earlier one was refused."""
        refused = False
        try:
            self._socket.send(data)
        except ConnectionRefusedError:  # of the one before; this one has not been sent yet
            refused = True
            self._socket.send(data)
        self.counters.packets += 1
        self.counters.bytes += len(data)
        return refused

    def _failed(self, why: str) -> None:
        self.counters.failure(why)
        now = time.monotonic()
        if now - self._looked > LOOK_AGAIN_S and not (self._looking and self._looking.is_alive()):
            self._looked = now
            self._looking = threading.Thread(target=self._look_again, name="rigdriver-resolve", daemon=True)
            self._looking.start()

    def _look_again(self) -> None:
        """The host may have another address by now, or this machine another network."""
        try:
            found = connected(self.host, self.port, self.address)
        except OutputError as error:
            self.counters.last_error = str(error)
            return
        if self.closed or self._fresh:
            found.close()
        else:
            self._fresh = found

    def _close(self) -> None:
        self._socket.close()
        if self._fresh:
            self._fresh.close()


def connected(host: str, port: int, address: str) -> socket.socket:
    """A UDP socket that never waits, towards host:port. Raises OutputError."""
    last: OSError | None = None
    for family, kind, protocol, _, place in found(host, port, address):
        try:
            made = socket.socket(family, kind, protocol)
        except OSError as error:
            last = error
            continue
        try:
            made.setblocking(False)
            made.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            made.connect(place)
            return made
        except OSError as error:
            made.close()
            last = error
    raise OutputError(f"{address}: {host} cannot be reached ({last.strerror if last else 'no address'})")


def found(host: str, port: int, address: str, passive: bool = False) -> list[tuple]:
    """What the system knows of host:port for UDP, IPv4 first. Raises OutputError where it knows nothing."""
    flags = socket.AI_PASSIVE if passive else 0
    try:
        places = socket.getaddrinfo(host or None, port, type=socket.SOCK_DGRAM, flags=flags)
    except (socket.gaierror, UnicodeError, OverflowError) as error:
        why = getattr(error, "strerror", None) or error
        raise OutputError(f"{address}: the host {host!r} is not found ({why})") from None
    return sorted(places, key=lambda place: place[0] != socket.AF_INET)
