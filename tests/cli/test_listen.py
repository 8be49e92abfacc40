"""`rigdriver listen` hears what any sender sends, tells it, and records it."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import rigdriver
from rigdriver import outputs
from rigdriver.clip import Clip
from rigdriver.live.listening import Traffic, expected
from rigdriver.live.taking import Taking
from rigdriver.outputs import Packet
from rigdriver.rig import canonical
from tests.helpers import waves

SENDERS = ("livelink", "osc", "vmc", "ifacialmocap", "facecap", "vrchat", "jsonlivelink")


@contextmanager
def listening(scheme: str, *arguments: object) -> Iterator[tuple[subprocess.Popen, int]]:
    """The command as a process, and the port that it listens at."""
    command = [sys.executable, "-m", "rigdriver", "listen", f"{scheme}://127.0.0.1:0", *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield process, int(process.stderr.readline().split("port ")[1].split(";")[0])
    finally:
        process.kill()
        process.communicate()


def sent(scheme: str, port: int, clip: Clip, leave_out: tuple[int, ...] = ()) -> None:
    with outputs.open_output(f"{scheme}://127.0.0.1:{port}", clip.empty()) as output:
        for k, values in enumerate(clip.values):
            if k not in leave_out:
                output.send(values, k, k / float(clip.fps))
            time.sleep(0.004)


@pytest.mark.parametrize("scheme", SENDERS)
def test_what_is_sent_is_told_and_recorded(scheme: str, tmp_path: Path) -> None:
    wanted = outputs.wants(f"{scheme}://") or "arkit"
    clip = Clip.header(rigdriver.rig.load(wanted).names, 60)
    values = np.zeros((60, len(clip.names)), np.float32)
    values[:, next(k for k, name in enumerate(clip.names) if "jawopen" in name.lower())] = np.linspace(0, 0.9, 60)
    clip = Clip(clip.names, values, Fraction(60))
    with listening(scheme, "-o", tmp_path / "take.npz") as (process, port):
        sent(scheme, port, clip)
        time.sleep(0.3)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.sendto(b"\xffnot a packet", ("127.0.0.1", port))
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        said, complained = process.communicate(timeout=20)
    assert process.returncode == 0, complained
    frames = int(said.partition(" frames in ")[0].split()[-1])
    # VRChat's packets have no frame numbers: what belongs together is told by time and names
    assert frames == 60 or (scheme == "vrchat" and 56 <= frames <= 66), said
    assert "jawopen" in said.lower(), said
    assert "1 datagrams rejected" in said and "not" in said.partition("rejected; the last")[2]
    take = rigdriver.read(tmp_path / "take.npz")
    name = next(name for name in take.names if "jawopen" in name.lower())
    assert take[name].max() == pytest.approx(0.9, abs=0.01) and np.diff(take[name]).min() >= -1e-6


def test_frames_that_never_came_are_counted() -> None:
    """Livelink says its frame numbers: what is left out is known, and the recording keeps its time."""
    clip = waves(90, 60)
    with outputs.open_listener("livelink://127.0.0.1:0") as listener:
        sent("livelink", listener.port, clip, leave_out=(10, 11, 40))
        traffic, taking = None, Taking()
        while packet := listener.receive(0.2):
            traffic = traffic or Traffic(packet.sender, packet.subject, 0.0)
            traffic.take(packet, time.monotonic())
            taking.take(packet, time.monotonic())
    assert traffic is not None and traffic.packets == 87 and traffic.missing == 3
    take = taking.clip()
    assert (len(take), take.fps) == (90, 60)
    np.testing.assert_allclose(take["jawOpen"][[5, 50, 89]], clip["jawOpen"][[5, 50, 89]], atol=1e-5)


def test_how_evenly_packets_come_is_told() -> None:
    even, uneven = Traffic("a", "", 0.0), Traffic("b", "", 0.0)
    for k in range(300):
        packet = Packet.of({"jawOpen": k / 300})
        even.take(packet, k / 60)
        uneven.take(packet, k / 60 + (0.008 if k % 20 == 0 else 0.0))
    assert even.jitter_ms[1] < 0.01 and 7 < uneven.jitter_ms[1] < 9
    assert even.rate == pytest.approx(60, abs=0.3) and "60 packets/s" in even.line(5.0)
    even.take(packet, 300 / 60 + 5)
    assert even.pauses == 1 and even.jitter_ms[1] < 0.01


def test_what_moves_is_shown_and_what_does_not_is_not() -> None:
    traffic = Traffic("a", "Hero", 0.0)
    for k in range(10):
        traffic.take(Packet.of({"still": 0.4, "jawOpen": k / 10, "brow": 0.1 + k / 50}), k / 60)
    line = traffic.line(1.0)
    assert "'Hero'" in line and "jawOpen 0.90, brow 0.28" in line and "still" not in line
    traffic.take(Packet.of({"still": 0.4, "jawOpen": 0.9, "brow": 0.28}), 1.0)
    assert "nothing moves" in traffic.line(1.0)


def test_what_a_rig_lacks() -> None:
    missing, beyond = expected(["JawOpen", "extra"], canonical())
    assert "jawOpen" not in missing and len(missing) == len(canonical().names) - 1 and beyond == ["extra"]


def test_curves_that_come_one_by_one_are_held() -> None:
    """A sender of one value a datagram: the others stay what they were."""
    taking = Taking()
    for k in range(20):
        taking.take(Packet.of({"ab"[k % 2]: float(k)}, sender="x"), k / 10)
    clip = taking.clip(Fraction(10))
    assert clip["a"][[0, 1, 2, 3]].tolist() == [0, 0, 2, 2] and clip["b"][[0, 1, 2]].tolist() == [0, 1, 1]


def test_another_sender_does_not_mix_in() -> None:
    taking = Taking()
    for k in range(10):
        taking.take(Packet.of({"a": 1.0}, sender="x", subject="One"), k / 10)
        taking.take(Packet.of({"a": 9.0}, sender="y", subject="Two"), k / 10)
    assert taking.clip()["a"].max() == 1.0
    named = Taking("Two")
    named.take(Packet.of({"a": 1.0}, sender="x", subject="One"), 0.0)
    named.take(Packet.of({"a": 9.0}, sender="y", subject="Two"), 0.1)
    assert named.clip()["a"].tolist() == [9.0]


def test_nothing_comes() -> None:
    command = [sys.executable, "-m", "rigdriver", "listen", "livelink://127.0.0.1:0", "--seconds", ".3", "--json",
               "--expect", "arkit"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    told = json.loads(done.stdout)
    assert done.returncode == 1 and told["senders"] == [] and "jawOpen" in told["missing"]


@pytest.mark.parametrize(("arguments", "says"), [
    (("pigeon://",), "no output 'pigeon'"), (("csv:a.csv",), "nothing to hear"),
    (("livelink://127.0.0.1:0", "--expect", "arkitt"), "arkitt"),
    (("livelink://127.0.0.1:0", "-o", "a.doc"), "a.doc"),
])
def test_what_cannot_be_listened_to(arguments: tuple[str, ...], says: str) -> None:
    done = subprocess.run([sys.executable, "-m", "rigdriver", "listen", *arguments], capture_output=True, text=True,
                          timeout=60)
    assert done.returncode == 2 and says in done.stderr and len(done.stderr.strip().splitlines()) == 1, done.stderr


def test_a_port_in_use() -> None:
    with outputs.open_listener("osc://127.0.0.1:0") as other:
        done = subprocess.run([sys.executable, "-m", "rigdriver", "listen", f"osc://127.0.0.1:{other.port}"],
                              capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "in use by another program" in done.stderr
