"""What any sender sends to a port of ours: packets decoded, and what is none of them counted and described."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import math
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rigdriver.errors import InputError, OutputError
from rigdriver.outputs.datagrams import found
from rigdriver.outputs.packet import Packet

LARGEST = 65535  # bytes of a datagram
ROOM = 1 << 20  # bytes that may wait to be received: half a second of the wordiest sender
ASK_AGAIN_S = 2.0  # between questions to a sender that wants to be asked, while it is silent
PARTS = 512  # datagrams of one frame, before it counts as whole; some send each bone and value in one of its own
SENDERS = 64  # of frames in parts at once


@dataclass
class Heard:
    """Datagrams decoded and refused, their bytes, and why the last of the refused was."""

    received: int = 0
    rejected: int = 0
    bytes: int = 0
    last_rejection: str = ""


class Listener:
    """A bound UDP port and a decoder. A decoder raises InputError for what is not its protocol.

    host "" hears all networks of this machine. Raises OutputError for a port in use.
    """

    def __init__(self, address: str, decode: Callable[[bytes], Packet | None], host: str, port: int | None):
        self.address = address
        self.heard = Heard()
        self._decode = decode
        if port is None:
            example = f"{address.partition(':')[0]}://{host or '127.0.0.1'}:9000"
            raise OutputError(f"{address}: lacks a port, as in {example}")
        self._socket = bound(host, port, address)
        self.port = self._socket.getsockname()[1]  # what port 0 became
        self._parts: dict[str, list[Packet]] = {}
        self._question: tuple[bytes, tuple] | None = None
        self._quiet_since = -math.inf

    def ask(self, word: bytes, host: str, port: int) -> None:
        """Sends a word to host:port now and then while nothing is heard. Raises OutputError where it is not found."""
        self._question = word, found(host, port, self.address)[0][4]

    def receive(self, timeout_s: float) -> Packet | None:
        """The next frame, or None where none came in time. Malformed datagrams are counted in `heard`, never raised."""
        until = time.monotonic() + timeout_s
        while True:
            self._ask_again()
            left = until - time.monotonic()
            self._socket.settimeout(min(max(left, 1e-6), ASK_AGAIN_S))
            try:
                data, place = self._socket.recvfrom(LARGEST)
            except (TimeoutError, BlockingIOError, ConnectionResetError):  # the last: Windows, of what we asked
                data = b""
            packet = self._heard(data, f"{place[0]}:{place[1]}") if data else None
            if packet or time.monotonic() >= until:
                return packet

    def _ask_again(self) -> None:
        if self._question and time.monotonic() - self._quiet_since > ASK_AGAIN_S:
            self._quiet_since = time.monotonic()
            with contextlib.suppress(OSError):  # it may come within reach later
                self._socket.sendto(*self._question)

    def _heard(self, data: bytes, sender: str) -> Packet | None:
        self.heard.bytes += len(data)
        try:
            packet = self._decode(data)
        except InputError as error:
            self.heard.rejected += 1
            self.heard.last_rejection = f"from {sender}, {len(data)} bytes: {error}"
            return None
        self.heard.received += 1
        self._quiet_since = time.monotonic()
        return self._whole(dataclasses.replace(packet, sender=sender)) if packet else None

    def _whole(self, packet: Packet) -> Packet | None:
        """The frame that this datagram ends, with the parts that came before it."""
        parts = self._parts.setdefault(packet.sender, [])
        parts.append(packet)
        if not packet.ends and len(parts) < PARTS:
            if len(self._parts) > SENDERS:
                self._parts.pop(next(iter(self._parts)))
            return None
        del self._parts[packet.sender]
        return joined(parts)

    def close(self) -> None:
        self._socket.close()

    def __enter__(self) -> Listener:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def joined(parts: list[Packet]) -> Packet:
    """One packet of a frame that came in parts; of two values of one name the later counts."""
    if len(parts) == 1:
        return parts[0]
    values = {name: value for part in parts for name, value in zip(part.names, part.values)}
    times = [part.time_s for part in parts if part.time_s is not None]
    notes = tuple(dict.fromkeys(note for part in parts for note in part.notes))
    return dataclasses.replace(parts[-1], names=tuple(values), values=np.array(list(values.values()), np.float32),
                               notes=notes, ends=True, time_s=times[-1] if times else None)


def bound(host: str, port: int, address: str) -> socket.socket:
    """A UDP socket that listens at host:port. Raises OutputError where it cannot."""
    family, kind, protocol, _, place = found(host, port, address, passive=True)[0]
    made = socket.socket(family, kind, protocol)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ROOM)
        made.bind(place)
    except OSError as error:
        made.close()
        if error.errno == errno.EADDRINUSE:
            raise OutputError(f"{address}: the port {port} is in use by another program; close it or take another port"
                              ) from None
        raise OutputError(f"{address}: cannot listen there ({error.strerror})") from None
    return made
