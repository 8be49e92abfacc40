"""Orders to a show that goes on: by lines, by OSC as others send it, and what is no order."""

import gc
import io
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pythonosc.udp_client import SimpleUDPClient

import rigdriver
from rigdriver.choose import way as chosen
from rigdriver.cli.live import _run
from rigdriver.errors import OutputError, RigdriverError, SettingsError
from rigdriver.live.control import Control, _lines
from rigdriver.live.intake import Intake
from rigdriver.live.loop import Loop
from rigdriver.live.performer import Performer
from rigdriver.pipeline import Drive
from tests.live.manual_clock import Kept, ManualClock
from tests.speech import hello

RATE = 16000
SPEECH = hello().samples[: 8 * RATE]


@pytest.fixture(scope="module")
def way() -> Drive:
    return chosen()


def speaking(way: Drive) -> tuple[Loop, Kept]:
    intake, clock = Intake(RATE), ManualClock()
    intake.push(SPEECH, RATE)
    loop, kept = Loop(Performer(way, intake), [], clock), Kept(clock)
    loop.sinks.append((kept, 0))
    loop.run(lambda: clock.now() < 101.3)
    return loop, kept


def until(true) -> None:
    deadline = time.monotonic() + 5
    while not true() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert true()


def obeyed(loop: Loop, kept: Kept, control: Control, seconds: float) -> np.ndarray:
    """Curves from the order on."""
    until(lambda: control._orders)
    flushed, end = len(kept.frames), loop.clock.now() + seconds
    loop.run(lambda: control.obey(loop.performer) or loop.clock.now() < end)
    return np.array(kept.frames)[flushed:]


def test_a_line_flushes_and_another_shows_a_mood(way: Drive) -> None:
    loop, kept = speaking(way)
    clip, said = loop.performer.headers[0], []
    with Control("-", said.append, io.StringIO("flush\n\n")) as control:
        frames = obeyed(loop, kept, control, 2.0)
    assert loop.performer.intake.waiting_s == 0 and frames[60:, clip.column("jawOpen")].max() < 0.03
    with Control("-", said.append, io.StringIO("emotion joy=.9\n")) as control:
        smiling = obeyed(loop, kept, control, 2.0)[:, clip.column("mouthSmileLeft")]
    with Control("-", said.append, io.StringIO("emotion\n")) as control:
        after = obeyed(loop, kept, control, 3.0)[:, clip.column("mouthSmileLeft")]
    assert smiling[-1] > frames[-1, clip.column("mouthSmileLeft")] + 0.2 and after[-1] < 0.1 and not said


def test_osc_as_python_osc_sends_it(way: Drive) -> None:
    loop, kept = speaking(way)
    clip, said = loop.performer.headers[0], []
    with Control("osc://127.0.0.1:0", said.append) as control:
        client = SimpleUDPClient("127.0.0.1", control.port)
        client.send_message("/rigdriver/flush", [])
        frames = obeyed(loop, kept, control, 1.0)
        assert frames[40:, clip.column("jawOpen")].max() < 0.03
        client.send_message("/rigdriver/emotion", ["joy", 0.9])
        smiling = obeyed(loop, kept, control, 2.0)[:, clip.column("mouthSmileLeft")]
        client.send_message("/rigdriver/direct", "look left")
        looking = obeyed(loop, kept, control, 1.0)[:, clip.column("eyeLookOutLeft")]
    assert smiling[-1] > 0.2 and looking.max() > 0.15 and not said


@pytest.mark.parametrize(("line", "says"), [
    ("emotion joi=.5", "joi"), ("emotion joy", "NAME=VALUE"), ("emotion joy=much", "number"), ("dance", "dance"),
    ("set manner.jaw 1", "when a stream begins"), ("flush now", "flush"), ("emotion joy=nan", "joy"),
    ("emotion joy=1" + "0" * 400, "number"), ("\x00\xff", ""),
])
def test_what_is_no_order_is_said_and_the_show_goes_on(way: Drive, line: str, says: str) -> None:
    loop, kept = speaking(way)
    waits, said = loop.performer.intake.waiting_s, []
    with Control("-", said.append, io.StringIO(line + "\n")) as control:
        frames = obeyed(loop, kept, control, 0.5)
    assert len(said) == 1 and said[0].startswith("control: ") and says in said[0] and "\n" not in said[0]
    assert len(frames) >= 29 and loop.performer.intake.waiting_s == pytest.approx(waits - 0.5, abs=0.05)


HEADS = [b"", b"#bundle\0", b"/rigdriver/emotion\0\0", b"/rigdriver/direct\0\0\0"]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=80), st.sampled_from(HEADS))
def test_garbage_is_orders_or_one_line(raw: bytes, head: bytes) -> None:
    try:
        assert all(isinstance(order, str) for order in _lines(head + raw))
    except RigdriverError as error:
        assert "\n" not in str(error)


def test_garbage_on_the_port_is_said_and_the_next_is_heard() -> None:
    said = []
    with Control("osc://127.0.0.1:0", said.append) as control:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            for raw in (b"", b"GET / HTTP/1.1\r\n\r\n", b"#bundle\0", b"/rigdriver/stop\0,\0\0\0", b"\xff" * 4096,
                        b"/rigdriver/emotion\0\0,s\0\0joy\0"):
                other.sendto(raw, ("127.0.0.1", control.port))
        SimpleUDPClient("127.0.0.1", control.port).send_message("/rigdriver/flush", [])
        until(lambda: control._orders)
    assert list(control._orders) == ["flush"] and len(said) >= 4


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "osc://127.0.0.1", "osc://127.0.0.1:99999", "osc:", "here"])
def test_where_no_orders_are_heard(address: str) -> None:
    with pytest.raises(RigdriverError):
        Control(address, print)


def test_a_port_in_use() -> None:
    for address in ("foo", "", "osc:9100", "vmc://127.0.0.1:9"):
        with pytest.raises(SettingsError, match="is controlled by"):
            Control(address, print)
    with Control("osc://127.0.0.1:0", print) as one, pytest.raises(OutputError, match="in use"):
        Control(f"osc://127.0.0.1:{one.port}", print)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_orders_as_they_are_typed() -> None:
    """A line on standard input ends speech; where standard input is the sound, orders cannot come that way."""
    refused = subprocess.run([sys.executable, "-m", "rigdriver", "live", "--from", "-", "--control", "-", "--to",
                              "print:"], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)
    assert refused.returncode == 2 and "--control osc://" in refused.stderr
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "rigdriver", "live", "--from", f"tcp://127.0.0.1:{port}", "--to",
                                "print:", "--control", "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True)
    assert "behind the voice" in process.stderr.readline()
    process.stdin.write("dance\nflush\n")
    process.stdin.close()
    assert "control: " in process.stderr.readline()
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0


@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="this system has no SIGUSR1")
def test_a_signal_flushes(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-m", "rigdriver", "live", "--from", "-", "--to",
                                f"npz:{tmp_path / 'a.npz'}"], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    assert b"behind the voice" in process.stderr.readline()
    process.stdin.write((SPEECH * 32767).astype("<i2").tobytes())  # eight seconds, at once
    process.stdin.flush()
    time.sleep(2.0)
    process.send_signal(signal.SIGUSR1)
    time.sleep(1.5)
    process.stdin.close()
    assert process.wait(20) == 0
    jaw = rigdriver.read(tmp_path / "a.npz")["jawOpen"]
    assert len(jaw) < 6 * 60 and jaw[:120].max() > 0.1 and jaw[-30:].max() < 0.03


@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="this system has no SIGUSR1")
def test_a_signal_in_the_middle_of_a_step_waits_for_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    intake, left = Intake(RATE), []
    intake.push(SPEECH, RATE)

    def run(going: Callable[[], bool]) -> None:
        take = intake._take
        monkeypatch.setattr(intake, "_take", lambda count: signal.raise_signal(signal.SIGUSR1) or take(count))
        assert len(intake.pull(800)) == 800
        left.append(intake.waiting_s)
        going()
        left.append(intake.waiting_s)

    monkeypatch.setattr("rigdriver.live.monitor.Monitor", lambda show: None)
    before = signal.getsignal(signal.SIGUSR1)
    try:
        _run(SimpleNamespace(intake=intake, run=run), None, False, None)
    finally:
        signal.signal(signal.SIGUSR1, before)
        gc.unfreeze()
    assert left == [pytest.approx(7.95), 0]
