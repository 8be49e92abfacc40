"""Frames for browsers: a WebSocket server, `ws://127.0.0.1:8765`, to which any number of pages may connect.

The same address as http:// is a page that shows them: every curve, and the built-in head (`webfiles`).

A page is first told what comes, `{"type": "header", "names": […], "fps": 60, "format": "json"}`, then frames: as JSON
`{"frame": 7, "time": 0.1167, "values": […]}`, or with `format=float32` as bytes, little-endian: the frame (int64), its
time in seconds (float64), and the values (float32 each). A page that reads slowly misses frames, never the newest one.
Bound to this machine unless the address names a host; pages of other sites are kept out unless `origin` lets them in.
Nothing that a page sends is read.
"""

from __future__ import annotations

import contextlib
import json
import struct
import threading
from dataclasses import dataclass
from typing import Any

import numpy as np

from rigdriver.clip import Clip
from rigdriver.errors import MissingExtra, OutputError
from rigdriver.outputs import webfiles
from rigdriver.outputs.address import Address, refused
from rigdriver.outputs.output import Output

PORT, LOCAL = 8765, "127.0.0.1"
MOST = 64  # pages at once; further ones are sent away
PATIENCE_S = 5.0  # that a page may leave a frame unread, and that it has to say hello
HEAD = struct.Struct("<qd")  # frame, time
SECOND = 1.0  # how often a page's thread looks whether the show is over


@dataclass(frozen=True)
class Settings:
    """format: "json" or "float32". origin: a site whose pages may connect, as https://example.org, "null" for a page
    opened as a file, "*" for all; pages served by this machine, and programs, may always."""

    format: str = "json"
    origin: str = ""

    def __post_init__(self) -> None:
        if self.format not in ("json", "float32"):
            raise ValueError(f"format should be json or float32, not {self.format!r}")


def open_output(address: Address, header: Clip, settings: Settings, write: object) -> Output:
    """Raises MissingExtra, OutputError for a port in use."""
    return Browsers(address.text, header, settings, address.host or LOCAL,
                    PORT if address.port is None else address.port)


class Browsers(Output):
    """A thread for each page; `send` only puts the frame where they look for it."""

    def __init__(self, address: str, header: Clip, settings: Settings, host: str, port: int):
        super().__init__(address, header)
        self._settings, self._host = settings, host
        self._fresh = threading.Condition()
        self._number = 0  # of the newest frame
        self._message: str | bytes = b""
        self._pages: set[Any] = set()
        self._server = _server(self._serve, self._check, host, port, address)
        self.port = self._server.socket.getsockname()[1]
        self._thread = threading.Thread(target=self._server.serve_forever, name="rigdriver-ws", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where the page is that comes with it."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self.port}/"

    def _send(self, frame: np.ndarray, index: int, time_s: float) -> None:
        if not self._pages:
            return self.counters.failure(f"no page has connected yet; one is at {self.url}")
        message = self._encoded(frame, index, time_s)
        with self._fresh:
            self._number, self._message = self._number + 1, message
            self._fresh.notify_all()
        self.counters.sent += 1

    def _encoded(self, frame: np.ndarray, index: int, time_s: float) -> str | bytes:
        if self._settings.format == "float32":
            return HEAD.pack(index, time_s) + frame.astype("<f4").tobytes()
        values = [round(value, 5) for value in frame.tolist()]
        return json.dumps({"frame": index, "time": round(time_s, 6), "values": values}, separators=(",", ":"))

    def _serve(self, page: Any) -> None:
        """One page, in a thread of its own, until it goes or the show is over."""
        if len(self._pages) >= MOST or self.closed:
            return
        self._pages.add(page)
        known = self._number
        try:
            page.send(json.dumps({"type": "header", "names": self.header.names, "fps": float(self.header.fps),
                                  "format": self._settings.format}))
            self._show(page, known)
        except Exception as error:  # whatever a page does ends this page alone
            if not self.closed:
                self.counters.last_error = f"a page went: {type(error).__name__}"
        finally:
            self._pages.discard(page)

    def _show(self, page: Any, shown: int) -> None:
        """Every frame after number `shown`, or the newest where several came meanwhile."""
        while not self.closed:
            with self._fresh:
                self._fresh.wait_for(lambda shown=shown: self._number > shown or self.closed, SECOND)  # type: ignore[misc]
                number, message = self._number, self._message
            if self.closed or number == shown:
                with contextlib.suppress(TimeoutError):  # what it says is not asked for; that it goes is told here
                    page.recv(timeout=0)
                continue
            self.counters.dropped += number - shown - 1
            shown = number
            page.send(message)
            self.counters.packets += 1
            self.counters.bytes += len(message)

    def _check(self, page: Any, request: Any) -> Any:
        """Gives the page to whoever asks for no WebSocket, and keeps pages of other sites out of the frames."""
        asked = request.headers
        if asked.get("Upgrade", "").lower() != "websocket":
            page.socket.settimeout(PATIENCE_S)
            return webfiles.response(request.path)
        origin = asked.get("Origin")
        if origin is None or self._settings.origin in (origin, "*"):
            return None
        own = webfiles.is_own(origin, asked.get("Host", ""), self._host)
        return None if own else page.respond(403, "this site is not let in; see ?origin=\n")

    def _close(self) -> None:
        with self._fresh:
            self._fresh.notify_all()
        self._server.shutdown()
        for page in list(self._pages):
            with contextlib.suppress(OSError):  # also one whose thread waits for it to read
                page.socket.shutdown(2)
        self._thread.join(PATIENCE_S)


def _server(handler: Any, check: Any, host: str, port: int, address: str) -> Any:
    try:
        from websockets.sync.server import serve
    except ImportError:
        raise MissingExtra("frames for browsers (ws://)", "serve") from None
    try:
        return serve(handler, host, port, process_request=check, open_timeout=PATIENCE_S, close_timeout=SECOND,
                     max_size=2**16, compression=None, logger=_silent())
    except OSError as error:
        raise OutputError(f"{address}: cannot be listened on ({refused(error)})"
                          ) from None


def _silent() -> Any:
    """A log for what strangers do at the port; nobody reads it."""
    import logging
    quiet = logging.getLogger("rigdriver.outputs.browsers")
    quiet.addHandler(logging.NullHandler())
    quiet.propagate = False
    return quiet
