"""Sources: whatever a program, a file or a client gives is heard, and what is wrong with it is said in one line."""

import socket
import struct
import sys
import threading
import time

import numpy as np
import pytest

from rigdriver.errors import InputError, RigdriverError
from rigdriver.live.intake import Intake
from rigdriver.live.pcm import Pcm
from rigdriver.live.sources import microphone, open_source
from tests.speech import HELLO, hello

RATE = 16000
RAW = (hello().samples[:RATE] * 32767).astype("<i2").tobytes()


def heard(intake: Intake) -> np.ndarray:
    steps = []
    while not intake.finished:
        steps.append(intake.pull(800))
    return np.concatenate(steps)


def started(address: str, pcm: Pcm | None = None) -> tuple[Intake, threading.Event, list[str], threading.Thread]:
    source, stop, said = open_source(address, pcm), threading.Event(), []
    intake = Intake(RATE, source.free_running)
    thread = threading.Thread(target=source.run, args=(intake, stop, said.append), daemon=True)
    thread.start()
    return intake, stop, said, thread


def test_a_recording_is_heard_whole() -> None:
    intake, *_, thread = started(str(HELLO))
    thread.join(10)
    sound = heard(intake)[: len(hello().samples)]
    assert np.abs(sound - hello().samples[: len(sound)]).max() < 1e-4


def test_what_a_command_prints_is_heard() -> None:
    code = f"import sys; sys.stdout.buffer.write(open({str(HELLO)!r}, 'rb').read())"
    intake, *_, thread = started(f'cmd:"{sys.executable}" -c "{code}"')
    thread.join(20)
    assert intake.ended and np.abs(heard(intake)).max() > 0.1


def test_a_command_that_fails_says_so_and_one_that_never_ends_is_ended() -> None:
    *_, said, thread = started(f'cmd:"{sys.executable}" -c "raise SystemExit(3)"')
    thread.join(20)
    assert any("ended with code 3" in line for line in said)
    _, stop, _, thread = started(f'cmd:"{sys.executable}" -c "import time; time.sleep(600)"')
    stop.set()
    thread.join(5)
    assert not thread.is_alive()


def connected(source_port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", source_port), timeout=5)


def test_speakers_come_and_go_on_a_port() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    intake, stop, said, thread = started(f"tcp://127.0.0.1:{port}?pcm=s16le@16000")
    for _ in range(2):
        with connected(port) as speaker:
            speaker.sendall(RAW[:6401])
    with connected(port) as speaker:
        speaker.sendall(b"RIFF")
    deadline = time.monotonic() + 10
    while len(said) < 6 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert said == ["127.0.0.1 speaks", "127.0.0.1 is gone"] * 3
    assert intake.waiting_s == pytest.approx(2 * 3200 / RATE, abs=0.01)
    stop.set()
    thread.join(5)
    assert intake.ended


def test_garbage_on_a_port_is_said_and_the_next_is_heard() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    intake, stop, said, _ = started(f"tcp://127.0.0.1:{port}")
    with connected(port) as speaker:
        speaker.sendall(b"RIFF\0\0\0\0WAVEfmt \x04\0\0\0xxxx" + b"data\0\0\0\0")
        deadline = time.monotonic() + 5
        while len(said) < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
    assert "not understood" in said[1]
    with connected(port) as speaker:
        speaker.sendall(RAW)
    while not intake.waiting_s and time.monotonic() < deadline + 5:
        time.sleep(0.02)
    assert intake.waiting_s > 0
    stop.set()


def eventually(true) -> None:
    deadline = time.monotonic() + 10
    while not true() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert true()


def listening(query: str = "") -> tuple[int, tuple]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return port, started(f"tcp://127.0.0.1:{port}{query}")


def test_who_sends_without_end_has_to_wait_and_can_be_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten gigabytes, say: what waits is bounded, the sender is held up, and a show that ends does not wait for it."""
    monkeypatch.setattr("rigdriver.live.intake.MOST_S", 2.0)
    port, (intake, stop, _, thread) = listening("?pcm=s16le@16000")
    with connected(port) as speaker:
        speaker.settimeout(1.0)
        sent = 0
        with pytest.raises(TimeoutError):
            while sent < 10 * 2**30:
                sent += speaker.send(b"\x11\x11" * 2**15)
        assert 2.0 <= intake.waiting_s < 2.5 and sent < 2**28, "the rest lies with the system, and the sender"
        for _ in range(40):
            eventually(lambda: intake.waiting_s > 0.5)
            assert intake.pull(1600).any()
        eventually(lambda: intake.waiting_s >= 2.0)
        stop.set()
        intake.end()
        thread.join(5)
    assert not thread.is_alive()


def test_who_never_closes_and_says_nothing_makes_room_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rigdriver.live.sources.network.QUIET_S", 0.5)
    port, (intake, stop, said, thread) = listening("?pcm=s16le@16000")
    with connected(port) as mute, connected(port) as speaker:
        mute.sendall(b"\0" * 321)  # and half a sample
        speaker.sendall(RAW)
        eventually(lambda: intake.waiting_s > 0.9)
        assert said[:2] == ["127.0.0.1 speaks", "127.0.0.1 is gone"]
        stop.set()
        thread.join(5)
        assert not thread.is_alive(), "a show that ends waits for nobody"


def test_a_speaker_whose_machine_dies(monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection is reset in the middle of a sample; whoever comes next is heard."""
    port, (intake, stop, said, _) = listening("?pcm=s16le@16000")
    with connected(port) as speaker:
        speaker.sendall(RAW[:3201])
        eventually(lambda: intake.waiting_s > 0.09)
        speaker.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    eventually(lambda: len(said) == 2)
    assert "reset" in said[1] or "gone" in said[1]
    with connected(port) as speaker:
        speaker.sendall(RAW[:3200])
        eventually(lambda: intake.waiting_s > 0.19)
    stop.set()


@pytest.mark.parametrize(("address", "says"), [
    ("nowhere.wav", "no such file"), ("cmd:no-such-program", "no such program"), ("cmd:", "lacks a command"),
    ("cmd:espeak-ng \"hello", "No closing quotation"), ("http://a/b.wav", "no source of sound"),
    ("", "no source of sound"),
    ("tcp://240.1.2.3:5005", "no address of this machine"), ("tcp://nohost.invalid:5005", "the host is not found"),
    ("tcp://127.0.0.1", "needs a port"), ("tcp://127.0.0.1:99999", "needs a port"),
    ("tcp://127.0.0.1:5005?pcm=mp3", "KIND@RATE"),
])
def test_sources_that_cannot_be(address: str, says: str) -> None:
    with pytest.raises(RigdriverError, match=says):
        open_source(address)


def test_a_port_in_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(InputError, match="cannot be listened on"):
        open_source(f"tcp://127.0.0.1:{other.getsockname()[1]}")


class Devices:
    """A stand-in of sounddevice: one microphone, which can be pulled out and put back."""

    class PortAudioError(Exception):
        pass

    def __init__(self):
        self.there, self.opened, self.callback = True, 0, None

    def query_devices(self, device=None, kind=None):
        row = {"name": "Headset Mic", "index": 3, "max_input_channels": 1, "default_samplerate": 48000.0}
        if device is None and kind is None:
            return [row] if self.there else []
        if not self.there:
            raise self.PortAudioError("Error querying device -1")
        return row

    def InputStream(self, *, callback, **options):
        assert options["samplerate"] == 48000 and options["device"] == 3
        self.opened, self.callback = self.opened + 1, callback
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.callback = None

    def _terminate(self):
        pass

    _initialize = _terminate


def test_a_microphone_that_is_pulled_out_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    devices, said, stop = Devices(), [], threading.Event()
    monkeypatch.setattr(microphone, "library", lambda: devices)
    monkeypatch.setattr(microphone, "SILENT_S", 0.3)
    monkeypatch.setattr(microphone, "RETRY_S", 0.05)
    source, intake = microphone.open_("headset"), Intake(RATE, free_running=True)
    thread = threading.Thread(target=source.run, args=(intake, stop, said.append), daemon=True)
    thread.start()

    def speak(until) -> None:
        deadline = time.monotonic() + 10
        while not until() and time.monotonic() < deadline:
            if devices.callback:
                devices.callback(np.full((240, 1), 0.1, np.float32), 240, None, None)
            time.sleep(0.005)

    speak(lambda: intake.waiting_s > 0.1)
    devices.there = False
    deadline = time.monotonic() + 10
    while len(said) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)  # silence: the device is gone
    time.sleep(0.2)
    devices.there = True
    speak(lambda: len(said) > 2)
    stop.set()
    thread.join(5)
    assert said[0] == "Headset Mic, 48000 Hz" and "fell silent" in said[1] and said[2].startswith("back: Headset Mic")
    assert not thread.is_alive() and intake.ended


def test_a_microphone_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(microphone, "library", Devices)
    with pytest.raises(InputError, match=r"no microphone 'Hedset'; .*'Headset Mic'"):
        microphone.open_("Hedset")
    gone = Devices()
    gone.there = False
    monkeypatch.setattr(microphone, "library", lambda: gone)
    with pytest.raises(InputError, match="the system has no input device"):
        microphone.open_("")


@pytest.mark.parametrize("pcm", [None, Pcm()])
def test_sound_without_a_header_that_nobody_described_is_told_once(pcm: Pcm | None) -> None:
    said: list[str] = []
    script = "import sys; sys.stdout.buffer.write(bytes(20000))"
    open_source(f"cmd:{sys.executable} -c '{script}'", pcm).run(Intake(RATE), threading.Event(), said.append)
    assert [line for line in said if "s16le@16000; --pcm" in line] == ([said[0]] if pcm is None else [])
