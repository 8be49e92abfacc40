"""Sources: where live sound comes from, one row and one module each.

`mic` or `mic:NAME`; a file, at the pace of speech; `-`, sound on standard input; `tcp://host:port`, whoever connects;
`cmd:COMMAND`, what a program prints. A source runs in a thread of its own and pushes what it has into an intake.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from importlib import import_module
from typing import Protocol

from rigdriver.errors import InputError
from rigdriver.live.intake import Intake
from rigdriver.live.pcm import Pcm

Say = Callable[[str], None]
MICROPHONE, COMMAND, NETWORK, STANDARD = "mic", "cmd:", "tcp://", "-"


class Source(Protocol):
    """Sound that comes. free_running: it has a clock of its own, as `Intake` wants to know."""

    free_running: bool

    def run(self, intake: Intake, stop: threading.Event, say: Say) -> None:
        """Push sound until there is no more or `stop` is set. Trouble that may pass is said and waited out."""
        ...


def open_source(address: str, pcm: Pcm | None = None) -> Source:
    """The source of an address; pcm: what raw sound without a header is. Raises InputError, SettingsError,
    MissingExtra for what can be told before anything is heard."""
    if address == MICROPHONE or address.startswith(f"{MICROPHONE}:"):
        return import_module("rigdriver.live.sources.microphone").open_(address.partition(":")[2])
    if address.startswith(COMMAND):
        return import_module("rigdriver.live.sources.streams").Command(address.removeprefix(COMMAND), pcm)
    if address.startswith(NETWORK):
        return import_module("rigdriver.live.sources.network").open_(address, pcm)
    if address == STANDARD:
        return import_module("rigdriver.live.sources.streams").Standard(pcm)
    if "://" in address or not address:
        raise InputError(f"{address!r} is no source of sound; known: mic, mic:NAME, a recording, -, tcp://HOST:PORT, "
                         "cmd:COMMAND")
    return import_module("rigdriver.live.sources.recording").open_(address)
