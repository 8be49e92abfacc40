"""Readers that know nothing of us hear what we send: PyLiveLinkFace, python-osc, npm's osc, liblo's oscdump."""

import json
import queue
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pythonosc.dispatcher import Dispatcher
from pythonosc.osc_server import ThreadingOSCUDPServer

from rigdriver import outputs
from rigdriver.outputs import livelink
from rigdriver.outputs.facecap import shapes
from tests.outputs.sending import ARKIT, HEADER, NAMES, frame
from tests.programs.conftest import HERE, lacking, program

TIMEOUT_S = 20


def sent(address: str, seed: int = 1) -> dict[str, float]:
    """A frame sent there, by our names."""
    values = frame(seed)
    with outputs.open_output(address, HEADER) as output:
        output.send(values, 90, 1.5)
        assert output.counters.sent == 1, output.counters
    return dict(zip(NAMES, values.tolist()))


def check_vmc(messages: list[tuple[str, list[Any]]], values: dict[str, float]) -> None:
    """The messages of one VMC frame, in order, as any reader has them."""
    assert messages[0] == ("/VMC/Ext/OK", [1]) and messages[-1] == ("/VMC/Ext/Blend/Apply", [])
    heard = {args[0]: args[1] for where, args in messages if where == "/VMC/Ext/Blend/Val"}
    assert set(heard) == {name[0].upper() + name[1:] for name in ARKIT}
    for name in ARKIT:
        assert heard[name[0].upper() + name[1:]] == pytest.approx(values[name], abs=1e-5)
    (head,) = (args for where, args in messages if where == "/VMC/Ext/Bone/Pos")
    assert head[0] == "Head" and np.linalg.norm(head[4:]) == pytest.approx(1, abs=1e-4)


VMC_MESSAGES = 2 + 1 + 52 + 1
FACECAP_MESSAGES = 5 + 52


def test_pylivelinkface_decodes_our_packets() -> None:
    try:
        from pylivelinkface import FaceBlendShape, PyLiveLinkFace
    except ImportError:
        lacking("PyLiveLinkFace (pip install PyLiveLinkFace)")
    values = frame(2)
    (packet,) = livelink.Encoder(HEADER, livelink.Settings(subject="Hero")).encode(values, 90, 1.5)
    valid, face = PyLiveLinkFace.decode(packet)
    assert valid and face.name == "Hero" and face.fps == 60
    assert face.uuid.endswith(livelink.Settings(subject="Hero").device_id)
    for shape in FaceBlendShape:
        name = shape.name[0].lower() + shape.name[1:]
        sign = -1 if name.endswith(("Yaw", "Roll")) else 1
        assert face.get_blendshape(shape) == pytest.approx(sign * values[NAMES.index(name)], abs=1e-3), name


def test_we_decode_pylivelinkfaces_packets() -> None:
    try:
        from pylivelinkface import FaceBlendShape, PyLiveLinkFace
    except ImportError:
        lacking("PyLiveLinkFace (pip install PyLiveLinkFace)")
    face = PyLiveLinkFace(name="Hero", fps=60)
    for k, shape in enumerate(FaceBlendShape):
        face.set_blendshape(shape, k / 100, True)
    packet = livelink.decode(face.encode())
    assert packet.subject == "Hero" and packet["jawLeft"] == pytest.approx(0.15) and packet["jawOpen"] > 0.16


@pytest.fixture
def server() -> Iterator[tuple[int, list[tuple[str, list[Any]]]]]:
    """python-osc's own server: its port and what it has heard."""
    heard: list[tuple[str, list[Any]]] = []
    dispatcher = Dispatcher()
    dispatcher.set_default_handler(lambda where, *args: heard.append((where, list(args))))
    with ThreadingOSCUDPServer(("127.0.0.1", 0), dispatcher) as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made.server_address[1], heard
        made.shutdown()
        thread.join()


def wait_for(heard: list, count: int) -> list:
    until = time.monotonic() + TIMEOUT_S
    while len(heard) < count and time.monotonic() < until:
        time.sleep(0.01)
    assert len(heard) == count
    return heard


def test_python_osc_serves_face_cap(server: tuple[int, list]) -> None:
    port, heard = server
    values = sent(f"facecap://127.0.0.1:{port}")
    heard = wait_for(heard, FACECAP_MESSAGES)
    weights = dict(args for where, args in heard if where == "/W")
    assert [weights[k] for k in range(52)] == pytest.approx([values[name] for name in shapes()])


def test_python_osc_serves_plain_osc(server: tuple[int, list]) -> None:
    port, heard = server
    values = sent(f"osc://127.0.0.1:{port}?layout=array")
    heard = dict(wait_for(heard, 2))
    assert heard["/rigdriver/frame"] == [90, 1.5]
    assert heard["/rigdriver/values"] == pytest.approx(list(values.values()))


class Reader:
    """A program that prints what it hears, a line a message."""

    def __init__(self, command: list[str]):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=HERE)
        self.lines: queue.Queue[str] = queue.Queue()
        self.thread = threading.Thread(target=self._read)
        self.thread.start()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self.lines.put(line)

    def line(self) -> str:
        return self.lines.get(timeout=TIMEOUT_S)

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        self.thread.join()
        assert self.process.stdout
        self.process.stdout.close()


@pytest.mark.parametrize("scheme, count", [("vmc", VMC_MESSAGES), ("facecap", FACECAP_MESSAGES), ("osc", 65 + 2)])
def test_npm_osc_hears_every_message(scheme: str, count: int) -> None:
    if not (Path(HERE) / "node_modules" / "osc").is_dir():
        lacking("the npm package osc")
    with Reader([program("node"), str(HERE / "osc_read.cjs"), str(count)]) as reader:
        values = sent(f"{scheme}://127.0.0.1:{int(reader.line())}")
        messages = [tuple(json.loads(reader.line())) for _ in range(count)]
    if scheme == "vmc":
        check_vmc(messages, values)
    elif scheme == "osc":
        heard = {where.removeprefix("/rigdriver/"): args for where, args in messages}
        assert heard["jawOpen"] == pytest.approx([values["jawOpen"]]) and heard["frame"] == [90, 1.5]
        assert set(NAMES) <= set(heard)
    else:
        assert sum(where == "/W" for where, _ in messages) == 52


def test_liblos_oscdump_hears_every_message() -> None:
    oscdump = program("oscdump")
    with outputs.open_listener("osc://127.0.0.1:0") as probe:
        port = probe.port
    with Reader([oscdump, "-L", str(port)]) as reader:
        until = time.monotonic() + TIMEOUT_S
        with outputs.open_output(f"vmc://127.0.0.1:{port}", HEADER) as output:
            values = frame(1)
            while reader.lines.empty() and time.monotonic() < until:
                output.send(values, 90, 1.5)  # until it is there: it does not say when
                time.sleep(0.1)
        messages = [_message(reader.line()) for _ in range(VMC_MESSAGES)]
    check_vmc(messages, dict(zip(NAMES, values.tolist())))


def _message(line: str) -> tuple[str, list[Any]]:
    """`<time> /address types args…` as oscdump prints it."""
    words = line.split()
    at = next(k for k, word in enumerate(words) if word.startswith("/"))
    types, rest = (words[at + 1], words[at + 2 :]) if len(words) > at + 1 else ("", [])
    return words[at], [float(arg) if kind == "f" else int(arg) if kind == "i" else arg.strip('"')
                       for kind, arg in zip(types, rest)]
