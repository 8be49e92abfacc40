"""What lies between us and a receiver: its name, the way there, whether anybody refuses, and what packets look like.

UDP gives no answer. That a packet was refused can be told, that it arrived cannot: only the receiver can say so.
"""

from __future__ import annotations

import dataclasses
import errno
import ipaddress
import socket
import time
from collections.abc import Iterator

import numpy as np

from rigdriver import formats, outputs
from rigdriver import rig as rigs
from rigdriver.clip import Clip
from rigdriver.doctor.finding import BAD, GOOD, NOTE, Finding
from rigdriver.doctor.hints import hints
from rigdriver.errors import RigdriverError
from rigdriver.outputs import LOCAL, Protocol, address, datagrams

AREA = "receiver"
FPS = 60
ASKING_FRAMES = 30  # frames of a resting face that are sent; half a second
ANSWER_S = 0.3  # that a refusal may take to come back
SPOKEN_MTU = 1500  # bytes of an Ethernet frame; a longer datagram travels in pieces, and one lost piece loses it
SHOWN = 6


def look(text: str) -> Iterator[Finding]:
    """Findings about one address. Raises SettingsError for what is none."""
    return (dataclasses.replace(finding, area=f"{AREA} {text}") for finding in _findings(text))


def _findings(text: str) -> Iterator[Finding]:
    protocol, place = outputs.row(text), address.parse(text)
    header = Clip.header(rigs.load(outputs.wants(text) or rigs.CANONICAL).names, FPS)
    if not protocol.listens:
        yield from _other(text, protocol, header)
        return
    port = protocol.port if place.port is None else place.port
    if protocol.name == "ifacialmocap" and not place.host:
        yield from _asked(text, port)
    else:
        yield from _reached(text, place.host or LOCAL, port, header)
    yield from _echo(text, protocol, header)
    yield from (Finding(AREA, NOTE, hint) for hint in hints(protocol.name, port or 0))


def _other(text: str, protocol: Protocol, header: Clip) -> Iterator[Finding]:
    """A recording, lines of text, or a port that others connect to."""
    try:
        outputs.open_output(text, header, write=_never).close()
    except RigdriverError as error:
        yield Finding(AREA, BAD, str(error))
    else:
        yield Finding(AREA, GOOD, f"{text}: the port is free, and waits for whoever connects while live runs"
                      if protocol.port else f"{text}: can be written; there is no network in it")
        yield from (Finding(AREA, NOTE, hint) for hint in hints(protocol.name, protocol.port or 0) if protocol.port)


def _never(clip: Clip, path: object) -> None:
    """What a recording is tried with: its format is asked, and nothing is written."""
    formats.writer(clip, str(path))


def _asked(text: str, port: int | None) -> Iterator[Finding]:
    """A receiver that asks for frames: is the port free for its question?"""
    try:
        outputs.open_listener(f"ifacialmocap://:{port}").close()
    except RigdriverError as error:
        yield Finding(AREA, BAD, str(error))
        return
    yield Finding(AREA, GOOD, f"port {port} is free: {text} waits there until a receiver asks, and answers it")


def _reached(text: str, host: str, port: int | None, header: Clip) -> Iterator[Finding]:
    try:
        places = datagrams.found(host, port or 0, text)
        with datagrams.connected(host, port or 0, text) as made:
            source, found = made.getsockname()[0], made.getpeername()[0]
    except RigdriverError as error:
        yield Finding(AREA, BAD, f"{error}; is the name spelled right, and this machine in the same network?")
        return
    others = sorted({place[4][0] for place in places} - {found})
    named = "" if found == host else f" is {found}{f' (also {others[0]})' if others else ''}"
    yield Finding(AREA, GOOD, f"{host}{named}; frames leave from {source}", {"address": found, "source": source})
    yield from _network(found, source)
    yield from _sent(text, found, source, port or 0, header)


def _network(found: str, source: str) -> Iterator[Finding]:
    place = ipaddress.ip_address(found.partition("%")[0])
    if place.is_loopback:
        yield Finding(AREA, NOTE, "this machine alone: a receiver on another one needs its address here")
    elif place.is_multicast or found.endswith(".255"):
        yield Finding(AREA, NOTE, "to everybody in the network: WiFi sends that slowly and loses much of it")
    elif place.is_global:
        yield Finding(AREA, NOTE, "outside the local network: routers and providers rarely let UDP in")
    elif found != source:
        yield Finding(AREA, NOTE, "in a local network: WiFi adds 2 to 30 ms, unevenly; a cable does not")


def _sent(text: str, found: str, source: str, port: int, header: Clip) -> Iterator[Finding]:
    """A few frames of a resting face, and whether the other side refuses them."""
    try:
        output = outputs.open_output(text, header)
    except RigdriverError as error:
        yield Finding(AREA, BAD, str(error))
        return
    with output:
        rest = np.zeros(len(header.names), np.float32)
        for index in range(ASKING_FRAMES):
            output.send(rest, index, index / FPS)
            time.sleep(1 / FPS)
        time.sleep(ANSWER_S)
        output.send(rest, ASKING_FRAMES, ASKING_FRAMES / FPS)
        counters = output.counters
    figures = {"sent": counters.sent, "failed": counters.failed, "packets": counters.packets}
    if counters.failed:
        yield Finding(AREA, BAD, f"{counters.last_error}: the receiver is not running, listens at another port, or "
                      "only at another address of its machine", figures)
    elif source == found:
        yield _held(found, port, figures)
    else:
        yield Finding(AREA, NOTE, f"{counters.packets} packets of a resting face left, and nobody refused them. That "
                      "is no proof: a firewall that drops them in silence looks the same", figures)


def _held(host: str, port: int, figures: dict[str, int]) -> Finding:
    """Whether a program of this machine holds the port: then ours cannot."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return Finding(AREA, GOOD, f"a program on this machine holds port {port} and refused none of "
                               f"{figures['packets']} packets; whether it reads them, only it can say", figures)
    return Finding(AREA, BAD, f"nobody holds port {port} on this machine; start the receiver, or see where it listens",
                   figures)


def _echo(text: str, protocol: Protocol, header: Clip) -> Iterator[Finding]:
    """One frame to ourselves: what a receiver would see."""
    query = text.partition("?")[2]
    values = np.where(np.arange(len(header.names)) == 0, 0.5, 0.0).astype(np.float32)
    try:
        with outputs.open_listener(f"{protocol.name}://127.0.0.1:0") as listener:
            way = f"{protocol.name}://127.0.0.1:{listener.port}{'?' + query if query else ''}"
            with outputs.open_output(way, header) as output:
                output.send(values, 0, 0.0)
                packets = max(1, output.counters.packets)
                names = _received(listener, packets)
            size, rejected = output.counters.bytes, listener.heard.rejected
    except RigdriverError as error:
        yield Finding(AREA, BAD, str(error))
        return
    if not names:
        yield Finding(AREA, BAD, f"our own loopback loses the packets ({rejected} rejected): does a firewall close it?")
        return
    shown = ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
    yield Finding(AREA, GOOD, f"a frame is {packets} packets, {size} bytes, {len(names)} values: {shown}; "
                  f"at {FPS} fps {size * FPS * 8 / 1e6:.2f} Mbit/s",
                  {"packets": packets, "bytes": size, "names": names})
    if size / packets > SPOKEN_MTU:
        yield Finding(AREA, NOTE, f"packets of {size // packets} bytes travel in pieces; over WiFi some will be lost")


def _received(listener: outputs.Listener, packets: int) -> list[str]:
    names: dict[str, None] = {}
    until = time.monotonic() + 1.0
    while listener.heard.received + listener.heard.rejected < packets and time.monotonic() < until:
        packet = listener.receive(0.2)
        names.update(dict.fromkeys(packet.names if packet else ()))
    return list(names)
