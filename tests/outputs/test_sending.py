"""Faults: receivers that come and go, full buffers, frames that are none; files, and lines of text."""

import json
import socket
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rigdriver import formats, outputs
from rigdriver.clip import Clip
from rigdriver.errors import InputError, OutputError
from rigdriver.outputs import Datagrams, datagrams
from tests.helpers import assert_same, waves
from tests.outputs.sending import HEADER, SOON_S, frame, header


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_receiver_may_come_die_and_come_back() -> None:
    port = free_port()
    with outputs.open_output(f"livelink://127.0.0.1:{port}", HEADER) as output:
        for index in range(5):
            output.send(frame(), index, 0.0)
            time.sleep(0.01)
        assert output.counters.failed >= 3 and f"nobody listens at 127.0.0.1:{port}" in output.counters.last_error
        for start in (100, 200):
            with outputs.open_listener(f"livelink://127.0.0.1:{port}") as listener:
                output.send(frame(), start, 0.0)
                output.send(frame(), start + 1, 0.0)
                packet = listener.receive(SOON_S)
                assert packet is not None and packet.frame == start
            before = output.counters.failed
            for index in range(3):
                output.send(frame(), start + 10 + index, 0.0)
                time.sleep(0.01)
            assert output.counters.failed > before


def test_a_full_buffer_drops_the_frame_and_counts_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with outputs.open_output(f"osc://127.0.0.1:{free_port()}", HEADER) as output:
        assert isinstance(output, Datagrams)
        real, calls = output._socket, []

        class Full:
            def send(self, data: bytes) -> int:
                calls.append(data)
                raise BlockingIOError

            def close(self) -> None:
                real.close()

        monkeypatch.setattr(output, "_socket", Full())
        output.send(frame(), 0, 0.0)
        assert (output.counters.dropped, output.counters.sent) == (1, 0)
        assert len(calls) == 1, "the rest of a frame is not sent without its beginning"


def test_sending_never_waits() -> None:
    """A receiver that reads nothing: thousands of frames in a moment, none of them waits."""
    with outputs.open_listener("osc://127.0.0.1:0") as listener:
        with outputs.open_output(f"osc://127.0.0.1:{listener.port}", HEADER) as output:
            slowest = 0.0
            for index in range(3000):
                start = time.perf_counter()
                output.send(frame(), index, 0.0)
                slowest = max(slowest, time.perf_counter() - start)
            counted = output.counters
        assert counted.sent + counted.dropped + counted.failed == 3000
        assert slowest < 0.5


def test_a_host_that_moves_is_found_again_without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its name comes to mean another address; a slow answer of the name server keeps no frame waiting."""
    places = {"hero.test": ("127.0.0.1", free_port())}
    real = socket.getaddrinfo

    def slow(host: str, port: int, **options: Any) -> list:
        if threading.current_thread() is not threading.main_thread():
            time.sleep(0.2)
        return real(*places.get(host, (host, port)), **options)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    monkeypatch.setattr(datagrams, "LOOK_AGAIN_S", 0.05)
    with outputs.open_output("livelink://hero.test:11111", HEADER) as output:
        with outputs.open_listener("livelink://127.0.0.1:0") as listener:
            places["hero.test"] = ("127.0.0.1", listener.port)
            slowest, packet = 0.0, None
            until = time.monotonic() + 5
            while packet is None and time.monotonic() < until:
                start = time.perf_counter()
                output.send(frame(), 1, 0.0)
                slowest = max(slowest, time.perf_counter() - start)
                packet = listener.receive(0.02)
        assert packet is not None
        assert slowest < 0.15


def test_a_host_that_vanishes_keeps_its_trouble_to_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    monkeypatch.setattr(datagrams, "LOOK_AGAIN_S", 0.0)
    with outputs.open_output(f"livelink://localhost:{port}", HEADER) as output:
        def gone(*_: object, **__: object) -> list:
            raise socket.gaierror(-2, "Name or service not known")
        monkeypatch.setattr(socket, "getaddrinfo", gone)
        for index in range(20):
            output.send(frame(), index, 0.0)
            time.sleep(0.01)
        assert output.counters.failed >= 10


def test_frames_that_are_none() -> None:
    with outputs.open_listener("livelink://127.0.0.1:0") as listener:
        output = outputs.open_output(f"livelink://127.0.0.1:{listener.port}", HEADER)
        broken = frame()
        broken[3] = np.nan
        output.send(broken, 7, 0.0)
        assert output.counters.failed == 1 and "frame 7" in output.counters.last_error
        assert listener.receive(0.05) is None
        with pytest.raises(ValueError, match="does not fit"):
            output.send(frame()[:-1], 8, 0.0)
        output.close()
        output.close()
        with pytest.raises(OutputError, match="closed"):
            output.send(frame(), 9, 0.0)


@pytest.mark.parametrize("name", ["csv", "npz"])
def test_a_recording_is_the_clip_that_went_out(name: str, tmp_path: Path) -> None:
    clip = waves(90, 60)
    with outputs.open_output(f"{name}:{tmp_path}/take.{name}", clip.empty(), write=formats.write) as output:
        for k, time_s in enumerate(clip.times):
            output.send(clip.values[k], clip.start + k, float(time_s))
        assert output.counters.sent == 90
        assert not list(tmp_path.iterdir()), "a file appears whole or not at all"
    back = formats.read(tmp_path / f"take.{name}")
    assert_same(back.pick([name for name in clip.names if name in back]),
                clip.pick([name for name in clip.names if name in back]), 1e-6)
    assert len(back.names) >= 52
    assert [path.name for path in tmp_path.iterdir()] == [f"take.{name}"]


def test_frames_that_were_left_out_are_filled_by_straight_lines(tmp_path: Path) -> None:
    with outputs.open_output(f"npz:{tmp_path}/take", header(("a",), 30), write=formats.write) as output:
        for index, value in ((5, 0.0), (6, 0.1), (9, 0.4), (10, 0.2)):
            output.send(np.array([value], np.float32), index, index / 30)
    back = formats.read(tmp_path / "take.npz")
    assert (back.start, len(back)) == (5, 6)
    np.testing.assert_allclose(back["a"], [0, 0.1, 0.2, 0.3, 0.4, 0.2], atol=1e-6)


def test_recordings_of_no_frames_and_of_any_rig(tmp_path: Path) -> None:
    outputs.open_output(f"npz:{tmp_path}/none.npz", HEADER, write=formats.write).close()
    assert len(formats.read(tmp_path / "none.npz")) == 0
    clip = header(("CTRL_a", "CTRL_b"), 24)
    with outputs.open_output(f"csv:{tmp_path}/any.csv", clip, write=formats.write) as output:
        for index in range(3):
            output.send(np.array([0.5, 7], np.float32), index, index / 24)
    assert formats.read(tmp_path / "any.csv").names == ("CTRL_a", "CTRL_b")


def test_frames_that_run_backwards_are_no_recording(tmp_path: Path) -> None:
    output = outputs.open_output(f"npz:{tmp_path}/a.npz", header(("a",)), write=formats.write)
    for index in (5, 5):
        output.send(np.zeros(1, np.float32), index, 0.0)
    with pytest.raises(OutputError, match="backwards"):
        output.close()


def test_what_cannot_be_recorded_is_said_when_opening(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="24"):
        outputs.open_output(f"csv:{tmp_path}/a.csv", Clip.header(HEADER.names, 24), write=formats.write)
    with pytest.raises(OutputError, match=r"does not exist"):
        outputs.open_output(f"npz:{tmp_path}/none/a.npz", HEADER, write=formats.write)
    with pytest.raises(OutputError, match="path"):
        outputs.open_output("npz:", HEADER, write=formats.write)
    assert not list(tmp_path.iterdir())


def test_a_recording_that_stands_there_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    formats.write(waves(4), tmp_path / "a.npz")
    output = outputs.open_output(f"npz:{tmp_path}/a.npz", header(("a",)), write=formats.write)
    assert len(formats.read(tmp_path / "a.npz")) == 4
    output.close()
    assert len(formats.read(tmp_path / "a.npz")) == 0


def test_lines_of_text(capsys: pytest.CaptureFixture[str]) -> None:
    clip = header(("jawOpen", "mouthClose", "browInnerUp"), 30)
    values = np.array([0.25, 0.0, 0.75], np.float32)
    for address in ("print:", "print:?every=2&show=mouthClose,jawOpen", "print:?style=json"):
        with outputs.open_output(address, clip) as output:
            output.send(values, 3, 0.1)
            output.send(values, 4, 4 / 30)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["0.100", "s", "frame", "3", "browInnerUp", "0.75", "jawOpen", "0.25"]
    assert lines[2].split()[3:] == ["4", "mouthClose", "0.00", "jawOpen", "0.25"]
    assert json.loads(lines[4]) == {"frame": 4, "time_s": 4 / 30, "values": dict(zip(clip.names, values.tolist()))}
    assert len(lines) == 5
    with pytest.raises(InputError, match="did you mean 'jawOpen'"):
        outputs.open_output("print:?show=jawopen", clip)


def test_frames_in_parts_are_joined_and_senders_are_kept_apart() -> None:
    """Two performers send to one port at once, each frame in several bundles."""
    with outputs.open_listener("vmc://127.0.0.1:0") as listener:
        address = f"vmc://127.0.0.1:{listener.port}"
        with outputs.open_output(address, HEADER) as one, outputs.open_output(address, HEADER) as other:
            first, second = (output.encoder.encode(frame(seed), 5, 0.5) for output, seed in ((one, 1), (other, 2)))  # type: ignore[attr-defined]
            for mine, theirs in zip(first, second):
                one._socket.send(mine)  # type: ignore[attr-defined]
                other._socket.send(theirs)  # type: ignore[attr-defined]
            packets = [listener.receive(SOON_S) for _ in range(2)]
    for packet, seed in zip(packets, (1, 2)):
        assert packet is not None and packet.time_s == 0.5 and len(packet.names) == 55
        assert packet["JawOpen"] == frame(seed)[HEADER.column("jawOpen")]


def test_a_sender_that_never_ends_a_frame_fills_no_memory() -> None:
    data = outputs.row("vmc://").code.Encoder(HEADER).encode(frame(), 0, 0.0)[0]
    with outputs.open_listener("vmc://127.0.0.1:0") as listener:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for _ in range(outputs.listener.PARTS):
                sender.sendto(data, ("127.0.0.1", listener.port))
        assert listener.receive(SOON_S) is not None
        assert not listener._parts
