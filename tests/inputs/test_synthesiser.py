"""Text becomes speech: by a command in each of its ways, from an address, and one line for each that does not."""

import http.server
import io
import shutil
import sys
import threading
from urllib.parse import parse_qs, urlparse

import numpy as np
import pytest
import soundfile

from rigdriver.errors import InputError
from rigdriver.inputs import read
from rigdriver.inputs.synthesiser import say

SPEAKS = """
import io, sys, numpy, soundfile
text = sys.argv[2] if len(sys.argv) > 2 else sys.stdin.buffer.read().decode()
sound = io.BytesIO()
soundfile.write(sound, numpy.full(1600 * len(text), 0.1), 16000, format="WAV")
if sys.argv[1] == "-":  # as into a pipe: the lengths are not known yet
    sound = bytearray(sound.getvalue())
    sound[4:8] = sound[40:44] = b"\\xff\\xff\\xff\\x7f"
    sys.stdout.buffer.write(sound)
else:
    open(sys.argv[1], "wb").write(sound.getvalue())
"""


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "voice box.py"
    path.write_text(SPEAKS)
    return f'"{sys.executable}" "{path}"'


@pytest.mark.parametrize("ends", ["{out} {text}", "{out}", "- {text}", "-"])
def test_a_command_takes_text_and_gives_sound_in_either_way(script, tmp_path, ends):
    say("it's “quoted”", tmp_path / "a b.wav", synthesiser=f"{script} {ends}")
    assert read(tmp_path / "a b.wav").duration == pytest.approx(1.3)


def test_an_address_is_asked(tmp_path):
    asked = []

    class Server(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(parse_qs(urlparse(self.path).query))
            sound = io.BytesIO()
            soundfile.write(sound, np.zeros(8000), 16000, format="WAV")
            self.send_response(200)
            self.end_headers()
            self.wfile.write(sound.getvalue())

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/tts?text={{text}}&voice={{voice}}"
        say("a & b?", tmp_path / "a.wav", "de", address)
    assert asked == [{"text": ["a & b?"], "voice": ["de"]}]
    assert read(tmp_path / "a.wav").duration == pytest.approx(0.5)


@pytest.mark.parametrize(("text", "command", "says"), [
    (" ", "x", "the text is empty"),
    ("hi", "no-such-voice {text}", "no-such-voice: no such program; install espeak-ng"),
    ("hi", "", "no such program"),
    ("hi", "PYTHON -c 'import sys; sys.exit(\"no voice\")' {out}", "failed with code 1: no voice"),
    ("hi", "PYTHON -c pass {out}", "gave no sound"),
    ("hi", "PYTHON -c 'import time; time.sleep(60)' {out}", "did not finish within 0.5 s"),
    ("hi", "http://127.0.0.1:9/tts?text={text}", "http://127.0.0.1:9/tts did not answer"),
])
def test_what_does_not_speak_gets_one_line(tmp_path, text, command, says):
    with pytest.raises(InputError, match=says):
        say(text, tmp_path / "a.wav", synthesiser=command.replace("PYTHON", f'"{sys.executable}"'), timeout_s=0.5)
    assert not (tmp_path / "a.wav").exists()


@pytest.mark.skipif(not shutil.which("espeak-ng"), reason="espeak-ng is not installed")
@pytest.mark.parametrize("voice", ["en", "de"])
def test_espeak_speaks(tmp_path, voice):
    say("Hallo hello", tmp_path / "a.wav", voice)
    assert read(tmp_path / "a.wav").duration > 0.5
    with pytest.raises(InputError, match="espeak-ng has no voice 'no-such-language'"):
        say("hello", tmp_path / "b.wav", "no-such-language")
    say("hello", tmp_path / "c.wav", "en-us+f3")
