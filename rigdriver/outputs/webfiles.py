"""The page that stands at the address of `ws://`: a face and its curves, in files of ours alone, over HTTP.

Which pages may read the frames is decided here, too: browsers say where a page comes from (Origin), and any site that
the user looks at could connect otherwise, also by a name of its own that leads to this machine.
"""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rigdriver.resources import HEAD

FOLDER = Path(__file__).parent / "webpage"
FILES = {"/": (FOLDER / "index.html", "text/html; charset=utf-8"),
         "/live.js": (FOLDER / "live.js", "text/javascript; charset=utf-8"),
         "/head.js": (FOLDER / "head.js", "text/javascript; charset=utf-8"),
         "/head.glb": (HEAD, "model/gltf-binary")}
LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")
GUARD = {"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; "
                                    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'",
         "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-cache",
         "Cross-Origin-Resource-Policy": "same-origin"}


def answer(path: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body for what a browser asks for that is no WebSocket."""
    file, kind = FILES.get(path.partition("?")[0], (None, "text/plain; charset=utf-8"))
    if file is None or not file.is_file():
        return 404, {"Content-Type": kind, **GUARD}, f"nothing is here; known: {', '.join(FILES)}\n".encode()
    return 200, {"Content-Type": kind, **GUARD}, file.read_bytes()


def is_own(origin: str, asked: str, told: str) -> bool:
    """Whether a page may read the frames unasked: it comes from this machine, or from the address that it connects to.

    origin: of the page, http://127.0.0.1:8765; asked: the request's Host, 192.168.1.7:8765; told: the host that frames
    were told to be served at. A page's own address counts only as a number or as that name: a stranger's name may
    lead here as well.
    """
    try:
        place, host = urlsplit(origin), urlsplit(f"//{asked}").hostname
        name = place.hostname or ""
    except ValueError:
        return False
    if place.scheme not in ("http", "https") or not name:
        return False
    return name in LOCAL_HOSTS or (place.netloc == asked and name == host and (name == told or _is_number(name)))


def _is_number(host: str) -> bool:
    try:
        return bool(ipaddress.ip_address(host))
    except ValueError:
        return False


def response(path: str) -> Any:
    """The same as websockets sends it."""
    from http import HTTPStatus

    from websockets.datastructures import Headers
    from websockets.http11 import Response
    status, headers, body = answer(path)
    headers = {**headers, "Content-Length": str(len(body)), "Connection": "close"}
    return Response(status, HTTPStatus(status).phrase, Headers(headers), body)
