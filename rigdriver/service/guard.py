"""Guard: who may come in. A token where there is one; without it the loopback, and no page of another origin.

A browser lets any page open a WebSocket to 127.0.0.1, and a name that an attacker owns may resolve to it; so without a
token, `Origin` and `Host` must name this machine.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from urllib.parse import urlsplit

LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Guard:
    def __init__(self, token: str = ""):
        self._token = token

    def knows_place(self, headers: Mapping[str, str]) -> bool:
        """Whether a request without a token may be listened to at all."""
        if self._token:
            return True
        origin = headers.get("origin")
        return _is_here(f"//{headers.get('host', '')}") and (origin is None or _is_here(origin))

    def admits(self, headers: Mapping[str, str], token: str = "") -> bool:
        """By the token in a header, or the one given. Compared in constant time."""
        if not self._token:
            return self.knows_place(headers)
        kind, _, said = headers.get("authorization", "").partition(" ")
        offered = said.strip() if kind.lower() == "bearer" else token
        return hmac.compare_digest(_raw(offered), _raw(self._token))


def _raw(token: str) -> bytes:
    return token.encode(errors="surrogatepass")  # JSON may hold halves of a character


def _is_here(url: str) -> bool:
    try:
        return urlsplit(url).hostname in LOOPBACK
    except ValueError:
        return False
