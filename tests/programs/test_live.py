"""`rigdriver live` as it is typed, heard by readers that know nothing of us; and a microphone that nobody holds."""

import contextlib
import json
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pythonosc.dispatcher import Dispatcher
from pythonosc.osc_server import BlockingOSCUDPServer

import rigdriver
from rigdriver import outputs
from rigdriver.outputs.facecap import shapes
from tests.programs.conftest import HERE, lacking, program
from tests.programs.test_outputs import VMC_MESSAGES, Reader, _message
from tests.programs.virtual_microphone import DEVICE, VirtualMicrophone
from tests.speech import HELLO

FRAMES = 180
SECONDS = 5
AGREE = 2e-3  # of a weight; PyLiveLinkFace rounds


class LiveLinkFace:
    """PyLiveLinkFace at a port: the jaw of each packet."""

    def __init__(self) -> None:
        try:
            from pylivelinkface import FaceBlendShape, PyLiveLinkFace
        except ImportError:
            lacking("PyLiveLinkFace (pip install PyLiveLinkFace)")
        self._decode, self._shape = PyLiveLinkFace.decode, FaceBlendShape.JawOpen
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port, self.jaw = self._socket.getsockname()[1], []
        threading.Thread(target=self._receive, daemon=True).start()

    def _receive(self) -> None:
        while True:
            valid, face = self._decode(self._socket.recv(2048))
            if valid:
                self.jaw.append(face.get_blendshape(self._shape))


def osc_server(heard: list[tuple[str, list[Any]]]) -> BlockingOSCUDPServer:
    dispatcher = Dispatcher()
    dispatcher.set_default_handler(lambda where, *arguments: heard.append((where, list(arguments))))
    server = BlockingOSCUDPServer(("127.0.0.1", 0), dispatcher)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    return server


def agree(jaw: list[float], true: np.ndarray) -> bool:
    """Whether a reader's values are a piece of the recording's: some may have been late, or before it was there."""
    found = np.array(jaw, float)
    errors = [np.abs(true[first : first + 60] - found[:60]).max() for first in range(len(true) - 60)]
    return min(errors) < AGREE


def test_four_foreign_receivers_at_once_see_the_same_face(tmp_path: Path) -> None:
    """PyLiveLinkFace, python-osc, npm's osc and liblo's oscdump, and what each got is what was recorded."""
    if not (HERE / "node_modules" / "osc").is_dir():
        lacking("the npm package osc")
    oscdump, node = program("oscdump"), program("node")
    with outputs.open_listener("osc://127.0.0.1:0") as probe:
        plain = probe.port
    phone, caps = LiveLinkFace(), []
    with (osc_server(caps) as server,
          Reader([node, str(HERE / "osc_read.cjs"), str(VMC_MESSAGES * FRAMES)]) as vmc,
          Reader([oscdump, "-L", str(plain)]) as dump):
        places = [f"livelink://127.0.0.1:{phone.port}", f"facecap://127.0.0.1:{server.server_address[1]}",
                  f"vmc://127.0.0.1:{int(vmc.line())}", f"osc://127.0.0.1:{plain}", f"npz:{tmp_path / 'live.npz'}"]
        to = [word for place in places for word in ("--to", place)]
        done = subprocess.run([sys.executable, "-m", "rigdriver", "live", "--from", str(HELLO), "--seconds",
                               str(SECONDS), *to], capture_output=True, text=True, timeout=90)
        time.sleep(0.5)
        server.shutdown()
        assert done.returncode == 0, done.stderr
        told = [json.loads(line) for line in list(vmc.lines.queue) if line.startswith("[")]
        dumped = [_message(line) for line in list(dump.lines.queue) if "/rigdriver/jawOpen " in line]
    jaw = rigdriver.read(tmp_path / "live.npz")["jawOpen"].astype(float)
    cap = shapes().index("jawOpen")
    readers = {"PyLiveLinkFace": phone.jaw, "oscdump": [values[0] for _, values in dumped],
               "python-osc": [values[1] for where, values in caps if where == "/W" and values[0] == cap],
               "osc of npm": [values[1] for where, values in told
                              if where == "/VMC/Ext/Blend/Val" and values[0] == "JawOpen"]}
    for reader, heard in readers.items():
        assert len(heard) > 150 and max(heard) > 0.15, (reader, len(heard))
        start = int(np.argmax(np.array(heard) > 0.02))
        assert agree(heard[start : start + 60], jaw), reader


@pytest.fixture
def sound_system() -> None:
    """PulseAudio and PortAudio."""
    for name in ("pulseaudio", "pacat", "parec"):
        program(name)
    try:
        import sounddevice
        assert sounddevice
    except (ImportError, OSError):
        lacking("sounddevice (pip install 'rigdriver[mic]') or libportaudio2")


@pytest.mark.usefixtures("sound_system")
def test_a_microphone_feeds_a_face_through_a_loaded_machine() -> None:
    """Sound played into a virtual microphone: every frame that left arrives, and none before its sound. How soon is not
    a test's matter, with others at work beside it: `python -m tests.bench.live --microphone` measures it."""
    from tests.bench.live import run
    figures, _ = run(26, microphone=True)  # one whole window of the bench
    assert figures.lost == 0 and figures.frames > 700, figures
    assert not figures.latency_p50_ms < 80, figures  # none where the machine held up the bench's own ear


@pytest.mark.usefixtures("sound_system")
def test_a_sound_server_that_dies_and_comes_back(tmp_path: Path) -> None:
    """The microphone is gone with it; the face rests until it is back, and hears again."""
    with outputs.open_listener("livelink://127.0.0.1:0") as listener:
        (first := tmp_path / "a").mkdir()
        server = VirtualMicrophone(first)
        live = subprocess.Popen([sys.executable, "-m", "rigdriver", "live", "--from", f"mic:{DEVICE}", "--to",
                                 f"livelink://127.0.0.1:{listener.port}"], env=server.env, stderr=subprocess.PIPE,
                                text=True)
        said: list[str] = []
        reader = threading.Thread(target=lambda: said.extend(iter(live.stderr.readline, "")), daemon=True)
        reader.start()
        try:
            assert waited(lambda: any("Hz" in line for line in said)), said
            server.close()
            assert waited(lambda: any("face rests" in line for line in said)), said
            server = VirtualMicrophone(first)
            assert waited(lambda: any(line.startswith("back: ") for line in said)), said
            subprocess.run(["paplay", "-d", "voice", "--latency-msec=20", str(HELLO)], env=server.env, check=True,
                           timeout=30)
            jaw = [packet["jawOpen"] for packet in iter(lambda: listener.receive(0.0), None)]
            assert max(jaw) > 0.1 and live.poll() is None
        finally:
            live.terminate()
            live.wait(10)
            server.close()
    assert live.returncode == 0


def waited(until: Any, seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while not until() and time.monotonic() < deadline:
        time.sleep(0.05)
    return bool(until())


@pytest.mark.usefixtures("sound_system")
def test_doctor_hears_a_microphone(tmp_path: Path) -> None:
    """Silence is told from a voice, with its level."""
    levels = {}
    with VirtualMicrophone(tmp_path) as microphone:
        for what in ("silence", "voice"):
            player = microphone.play(16000)
            assert player.stdin
            speaking = threading.Thread(target=_say, args=(player.stdin, what == "voice"), daemon=True)
            speaking.start()
            done = subprocess.run([sys.executable, "-c", "from rigdriver.doctor.devices import look\n"
                                   "import json\nfor finding in look(): print(json.dumps(vars(finding)))"],
                                  env=microphone.env, capture_output=True, text=True, timeout=60)
            player.kill()
            player.wait()
            found = [json.loads(line) for line in done.stdout.splitlines()]
            (levels[what],) = [finding for finding in found if finding["figures"].get("device") == DEVICE]
    assert levels["silence"]["state"] == "note" and "silence" in levels["silence"]["text"], levels
    assert levels["voice"]["state"] == "good" and -20 < levels["voice"]["figures"]["level_db"] < -5, levels


def _say(stream: Any, aloud: bool) -> None:
    """A tone of a quarter of full scale, or nothing, until nobody reads on."""
    tone = 0.25 * np.sin(np.arange(16000) * 0.2) * aloud
    raw = (tone * 32767).astype("<i2").tobytes()
    with contextlib.suppress(OSError, ValueError):
        while True:
            stream.write(raw)
            stream.flush()
