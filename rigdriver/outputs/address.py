"""Addresses of outputs: `scheme://host:port?option=value&…`, `scheme:path`, read strictly."""

from __future__ import annotations

import dataclasses
import errno
import socket
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

from rigdriver.errors import SettingsError
from rigdriver.settings import build

S = TypeVar("S")
YES, NO = ("true", "on", "yes", "1"), ("false", "off", "no", "0")


@dataclass(frozen=True)
class Address:
    """host "" and port None where the text has none; path: what stands behind `scheme:` where there is no host."""

    text: str
    scheme: str
    host: str = ""
    port: int | None = None
    path: str = ""
    options: Mapping[str, str] = field(default_factory=dict)


def parse(text: str) -> Address:
    """Raises SettingsError for what is no address."""
    scheme, colon, rest = text.partition(":")
    if not colon or not scheme.isidentifier():
        raise SettingsError(f"{text!r} is no address of an output; write one like livelink://127.0.0.1:11111")
    if not rest.startswith("//"):
        path, _, query = rest.partition("?")
        return Address(text, scheme.lower(), path=path, options=_options(text, query))
    try:
        parts = urlsplit(text)
        port, host = parts.port, parts.hostname or ""
    except ValueError as error:
        why = f"{error}; a port is a number, as in {scheme}://127.0.0.1:9000" if "Port" in str(error) else error
        raise SettingsError(f"{text}: {why}") from None
    if parts.path not in ("", "/") or parts.fragment or parts.username is not None:
        raise SettingsError(f"{text}: should look like {scheme}://host:port?option=value")
    return Address(text, scheme.lower(), unquote(host), port, "", _options(text, parts.query))


def _options(text: str, query: str) -> dict[str, str]:
    try:
        options = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError as error:
        raise SettingsError(f"{text}: {error}; options look like ?subject=Hero&names=own") from None
    if len(dict(options)) < len(options):
        raise SettingsError(f"{text}: an option stands twice")
    return dict(options)


def refused(error: OSError) -> str:
    """Why a place cannot be listened on, and what could be."""
    if isinstance(error, socket.gaierror) or error.errno in (socket.EAI_NONAME, socket.EAI_AGAIN):
        return "the host is not found"
    known = {errno.EADDRINUSE: "another program is there; close it or take another port",
             errno.EADDRNOTAVAIL: "no address of this machine; 127.0.0.1 is for this machine alone, 0.0.0.0 for all",
             errno.EACCES: "not allowed; take a port above 1023"}
    return known.get(error.errno or 0) or error.strerror or str(error)


def settings_of(cls: type[S], address: Address, options: Mapping[str, Any] | None = None) -> S:
    """A protocol's settings from an address's options, and `options` over them. Raises SettingsError."""
    kinds = typing.get_type_hints(cls)
    known = {each.name for each in dataclasses.fields(cls)}  # type: ignore[arg-type]
    said = {key: _value(kinds[key], text) if key in known else text for key, text in address.options.items()}
    return build(cls, {**said, **(options or {})}, address.text)


def _value(kind: Any, text: str) -> Any:
    """The value that an option's text means; text that does not fit stays text, for `build` to complain about."""
    if kind is bool and text.lower() in (*YES, *NO):
        return text.lower() in YES
    if typing.get_origin(kind) is tuple:
        return [_value(typing.get_args(kind)[0], part) for part in text.split(",")]
    if kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            return text
    return text
