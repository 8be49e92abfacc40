"""Where frames go while they are made: engines, avatars, recordings. One row a protocol, its module imported when used.

    output = outputs.open_output("livelink://127.0.0.1:11111?subject=Hero", header)
    output.send(frame, index, time_s)                                     # never waits, never raises for the network
    packet = outputs.open_listener("livelink://:11111").receive(1.0)      # what any sender sends

A protocol's module has `Settings` (a frozen dataclass: what may stand behind the `?` of an address), `Encoder(header,
settings)` with `encode(frame, index, time_s) -> list[bytes]`, and `decode(data, settings) -> Packet`; or, where it
sends no datagrams, `open_output(address, header, settings, write)`. Other packages add rows through the entry-point
group `rigdriver.outputs`, each entry a `Protocol`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

from rigdriver.clip import Clip
from rigdriver.errors import SettingsError, nearest
from rigdriver.outputs.address import Address, parse, settings_of
from rigdriver.outputs.datagrams import Datagrams
from rigdriver.outputs.listener import Listener
from rigdriver.outputs.output import Counters, Output
from rigdriver.outputs.packet import Packet

__all__ = ["Address", "Counters", "Listener", "Output", "Packet", "Protocol", "open_listener", "open_output", "rows",
           "wants"]

GROUP = "rigdriver.outputs"
LOCAL = "127.0.0.1"  # where frames go when an address names no host
Write = Callable[[Clip, Path], Any]


@dataclass(frozen=True)
class Protocol:
    """One row. port: the customary UDP port, None where there is none. rig: the rig whose curves the receivers want, ""
    where any will do; an address may say otherwise, see `wants`."""

    name: str
    module: str
    summary: str
    port: int | None = None
    rig: str = ""
    listens: bool = True

    @property
    def code(self) -> ModuleType:
        return import_module(self.module)


TABLE = (
    Protocol("livelink", "rigdriver.outputs.livelink", "Live Link Face: Unreal and what reads Apple's app", 11111,
             "arkit"),
    Protocol("osc", "rigdriver.outputs.osc", "plain OSC, every curve by its own name", 9000),
    Protocol("vmc", "rigdriver.outputs.vmc", "VMC: VSeeFace, Warudo and other hosts of VRM avatars", 39539,
             "perfectsync"),
    Protocol("ifacialmocap", "rigdriver.outputs.ifacialmocap", "the text of iFacialMocap's app", 49983, "arkit"),
    Protocol("facecap", "rigdriver.outputs.facecap", "the OSC of Face Cap's app", 8080, "arkit"),
    Protocol("vrchat", "rigdriver.outputs.vrchat", "VRChat: parameters of face tracking and gaze", 9000, "vrchat"),
    Protocol("jsonlivelink", "rigdriver.outputs.jsonlivelink", "JSON for Unreal's JSONLiveLink plugin", 54321),
    Protocol("ws", "rigdriver.outputs.browsers", "a WebSocket server for pages in browsers, and one to look at", 8765,
             listens=False),
    Protocol("csv", "rigdriver.outputs.recording", "a recording as .csv", listens=False),
    Protocol("npz", "rigdriver.outputs.recording", "a recording as .npz, lossless", listens=False),
    Protocol("print", "rigdriver.outputs.printing", "lines of text on standard output", listens=False),
)


@cache
def rows() -> tuple[Protocol, ...]:
    """Our protocols and then those of installed packages."""
    added = [entry.load() for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name)]
    return (*TABLE, *added)


def row(address: str) -> Protocol:
    """The protocol that an address names. Raises SettingsError."""
    scheme = parse(address).scheme
    for protocol in rows():
        if protocol.name == scheme:
            return protocol
    raise SettingsError(f"{address}: no output {scheme!r}; {nearest(scheme, [protocol.name for protocol in rows()])}")


def wants(address: str) -> str:
    """The rig whose curves an address wants (`vmc://…?names=vrm1` wants vrm1), "" where any will do."""
    protocol = row(address)
    rig = getattr(protocol.code, "rig", None)
    return rig(settings_of(protocol.code.Settings, parse(address))) if rig else protocol.rig


def open_output(address: str, header: Clip, *, write: Write | None = None, **options: Any) -> Output:
    """A place that takes frames whose curves are those of `header`, at its rate.

    address: `scheme://host:port?option=value`, see `rows`; without a host it is this machine, without a port the
    customary one. options: the same as those behind the `?`, which they override.
    write: for recordings (`csv:`, `npz:`), what writes a clip into a file: `rigdriver.formats.write`.
    Raises SettingsError for an unknown scheme or option, OutputError for a host that is not found, a port in use or a
    file that cannot be written, InputError where the header has no curve that the protocol could send.
    """
    protocol, place = row(address), parse(address)
    settings = settings_of(protocol.code.Settings, place, options)
    opening = getattr(protocol.code, "open_output", None)
    if opening:
        return opening(place, header, settings, write)
    return Datagrams(place.text, header, protocol.code.Encoder(header, settings), place.host or LOCAL,
                     protocol.port if place.port is None else place.port)


def open_listener(address: str, **options: Any) -> Listener:
    """What arrives at a port of this machine: `livelink://:11111` on all its networks, `osc://127.0.0.1:9000` from
    itself alone. Raises SettingsError for an address, OutputError for a port in use."""
    protocol, place = row(address), parse(address)
    if not protocol.listens:
        able = ", ".join(other.name for other in rows() if other.listens)
        raise SettingsError(f"{address}: there is nothing to hear on {protocol.name!r}; known: {able}")
    settings = settings_of(protocol.code.Settings, place, options)
    opening = getattr(protocol.code, "open_listener", None)
    if opening:
        return opening(place, settings)
    port = protocol.port if place.port is None else place.port
    return Listener(place.text, lambda data: protocol.code.decode(data, settings), place.host, port)
