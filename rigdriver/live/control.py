"""Control: words to a show that goes on, from a person or a program beside it: be silent, be happy.

Lines on standard input (`-`), or OSC messages to a port (`osc://127.0.0.1:9100`), as engines, shows and music programs
send them:

    flush                   /rigdriver/flush                     what waits to be said is not; the face eases to rest
    emotion joy=.5,fear=.1  /rigdriver/emotion joy .5 fear .1    shown from now on; without any, neutral
    look left               /rigdriver/direct "look left"        any direction without a time (`rigdriver.directions`)

They are heard on a thread of their own and obeyed by the loop's, between two steps. What is not understood is said, and
the show goes on.
"""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import IO, Any

from rigdriver import choose
from rigdriver.directions import mixture
from rigdriver.errors import InputError, RigdriverError, SettingsError
from rigdriver.live.performer import Performer
from rigdriver.live.sources import Say
from rigdriver.outputs import oscwire
from rigdriver.outputs.address import parse
from rigdriver.outputs.listener import bound

LINES, SCHEME, ROOT = "-", "osc", "/rigdriver/"
FLUSH, EMOTION, DIRECT = "flush", "emotion", "direct"
LARGEST = 4096  # bytes of a line or a datagram
WAITING = 64  # orders; of more than that the oldest are forgotten
LOOK_S = 0.2  # how often we look whether to stop


class Control:
    """Opens `-` or an OSC address. Raises SettingsError for another, OutputError for a port that cannot be had."""

    def __init__(self, address: str, say: Say, lines: IO[str] | None = None):
        self._say, self._orders, self._stop = say, deque[str](maxlen=WAITING), threading.Event()
        self._socket = None
        if address == LINES:
            hearing, self._lines = self._read, lines or sys.stdin
        else:
            place = parse(address) if address.startswith(f"{SCHEME}:") else None
            if place is None or place.scheme != SCHEME or place.port is None or place.options:
                raise SettingsError(f"{address}: a show is controlled by - (lines on standard input) or by "
                                    "osc://127.0.0.1:9100 (OSC)")
            self._socket = bound(place.host or "127.0.0.1", place.port, address)
            self.port = self._socket.getsockname()[1]  # what port 0 became
            hearing = self._receive
        self._thread = threading.Thread(target=hearing, name="control", daemon=True)
        self._thread.start()

    def obey(self, performer: Performer) -> None:
        """Everything that was ordered since; for the thread that performs."""
        while self._orders:
            order = self._orders.popleft()
            try:
                _obeyed(order, performer)
            except RigdriverError as error:
                self._say(f"control: {error}")

    def close(self) -> None:
        self._stop.set()
        if self._socket:  # a thread that reads lines waits for one, and dies with us
            self._thread.join()
            self._socket.close()

    def __enter__(self) -> Control:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    def _read(self) -> None:
        while not self._stop.is_set():
            try:
                line = self._lines.readline(LARGEST)
            except (OSError, ValueError):  # closed under us, or bytes that are no text
                return
            if not line:
                return
            if line.strip():
                self._orders.append(line.strip())

    def _receive(self) -> None:
        assert self._socket
        self._socket.settimeout(LOOK_S)
        while not self._stop.is_set():
            try:
                data = self._socket.recv(LARGEST)
            except OSError:  # nothing came, or Windows tells of what we never sent
                continue
            try:
                self._orders.extend(_lines(data))
            except InputError as error:
                self._say(f"control: {error}")


def _lines(data: bytes) -> Iterator[str]:
    """The orders of a datagram. Raises InputError for what is none."""
    for address, arguments in oscwire.read(data):
        word = address.removeprefix(ROOT)
        if address == word or word not in (FLUSH, EMOTION, DIRECT):
            raise InputError(f"no order {address!r}; known: " + ", ".join(ROOT + each for each in
                                                                           (FLUSH, EMOTION, DIRECT)))
        yield {FLUSH: FLUSH, DIRECT: " ".join(map(str, arguments))}.get(word) or _mixture(arguments)


def _mixture(arguments: Sequence[Any]) -> str:
    """Names and weights in turn, as a line has them."""
    names, weights = arguments[::2], arguments[1::2]
    if len(names) != len(weights) or not all(isinstance(name, str) for name in names):
        raise InputError(f"{ROOT}{EMOTION} takes names and weights in turn, as in joy 0.5")
    return f"{EMOTION} " + ",".join(f"{name}={weight}" for name, weight in zip(names, weights))


def _obeyed(order: str, performer: Performer) -> None:
    word, _, rest = order.partition(" ")
    if word == FLUSH and not rest:
        performer.intake.clear()
    elif word == EMOTION:
        performer.direct(_direction(rest))
    else:
        performer.direct(order)


def _direction(text: str) -> str:
    """`joy=.5,fear=.1` as directions say it. Raises SettingsError."""
    said = choose.overrides([text], []) if text.strip() else {}
    return mixture({key.removeprefix("emotion."): weight for key, weight in said.items()})
