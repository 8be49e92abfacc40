"""`rigdriver live` as it is typed, with receivers on this machine."""

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import rigdriver
from rigdriver import outputs
from tests.speech import EXAMPLES, HELLO


def live(*arguments: object, **options) -> subprocess.Popen:
    command = [sys.executable, "-m", "rigdriver", "live", *map(str, arguments)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, **options)


def test_several_outputs_at_once_and_one_of_them_deaf(tmp_path: Path) -> None:
    """The recording is what drive makes of the same sound; the packets carry the same face."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        port = deaf.getsockname()[1]
    listener = outputs.open_listener("livelink://127.0.0.1:0")
    process = live("--from", HELLO, "--to", f"npz:{tmp_path / 'live.npz'}", "--to", f"osc://127.0.0.1:{port}",
                   "--to", f"livelink://127.0.0.1:{listener.port}", "--seed", 4)
    packets = []
    while process.poll() is None:
        packet = listener.receive(0.5)
        if packet:
            packets.append(packet)
    assert process.returncode == 0, process.stderr.read()
    clip = rigdriver.read(tmp_path / "live.npz")
    true = rigdriver.drive(HELLO, seed=4)
    assert len(packets) > 50  # some 540 on a machine with nothing else to do
    assert 0.1 < max(packet["jawOpen"] for packet in packets) <= clip["jawOpen"].max() + 1e-6
    if len(clip) >= len(true) - 2:  # no frame came too late on this machine
        np.testing.assert_allclose(clip.values[: len(true) - 3], true.values[: len(clip.values)][: len(true) - 3],
                                   atol=1e-4)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_show_and_the_recording_is_written(tmp_path: Path, stop: signal.Signals) -> None:
    process = live("--from", "-", "--to", f"npz:{tmp_path / 'a.npz'}", stdin=subprocess.PIPE)
    assert "ms behind the voice" in process.stderr.readline()
    time.sleep(1.0)
    process.send_signal(stop)
    assert process.wait(10) == 0
    assert len(rigdriver.read(tmp_path / "a.npz")) > 20


@pytest.mark.parametrize(("arguments", "says"), [
    ((), "live needs an output"),
    (("--from", EXAMPLES / HELLO.name, "--to", "pigeon://here"), "no output 'pigeon'"),
    (("--from", EXAMPLES / HELLO.name, "--to", "livelink://no.such.host.invalid:1"), "no.such.host.invalid"),
    (("--from", "nowhere.wav", "--to", "print:"), "nowhere.wav"),
    (("--from", EXAMPLES / HELLO.name, "--to", "print:", "--emotion", "joi=1"), "did you mean 'joy'"),
    (("--from", EXAMPLES / HELLO.name, "--to", "print:", "--fps", "1000"), "fps 1000 is outside"),
    (("--from", EXAMPLES / HELLO.name, "--to", "csv:none/a.csv"), "none"),
])
def test_what_cannot_be_live(tmp_path: Path, arguments: tuple, says: str) -> None:
    process = live(*arguments, cwd=tmp_path)
    said = process.stderr.read()
    assert process.wait(30) == 2 and says in said, said
    assert len(said.strip().splitlines()) == 1
