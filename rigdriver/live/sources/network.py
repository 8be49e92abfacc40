"""Sound that comes over TCP: whoever connects is heard, one at a time, as raw PCM or WAV.

A speaker may go and another come; the face idles between them. The port is bound to loopback unless the address says
otherwise.
"""

from __future__ import annotations

import socket
import threading
from urllib.parse import parse_qs, urlsplit

from rigdriver.errors import InputError, RigdriverError, SettingsError
from rigdriver.live.intake import Intake
from rigdriver.live.pcm import Pcm, PcmReader
from rigdriver.live.sources import Say

PORTION = 4096
LOOK_S = 0.2  # how often we look whether to stop
QUIET_S = 600.0  # after so long without a byte a speaker is taken to be gone


def open_(address: str, pcm: Pcm | None) -> Network:
    """`tcp://127.0.0.1:5005`, with `?pcm=s16le@24000` for raw sound. Raises InputError where the port cannot be had."""
    parts = urlsplit(address)
    try:
        host, port = parts.hostname or "127.0.0.1", parts.port
    except ValueError:
        port = None
    if not port:
        raise SettingsError(f"{address}: needs a port, as in tcp://127.0.0.1:5005")
    named = parse_qs(parts.query).get("pcm")
    return Network(host, port, Pcm.parse(named[-1]) if named else pcm)


class Network:
    free_running = False

    def __init__(self, host: str, port: int, pcm: Pcm | None):
        self._pcm = pcm
        try:
            self._server = socket.create_server((host, port))
        except OSError as error:
            raise InputError(f"tcp://{host}:{port} cannot be listened on ({error.strerror or error}); "
                             "is another program there?") from None
        self.port = self._server.getsockname()[1]

    def run(self, intake: Intake, stop: threading.Event, say: Say) -> None:
        self._server.settimeout(LOOK_S)
        with self._server:
            while not stop.is_set():
                try:
                    speaker, (host, *_) = self._server.accept()
                except TimeoutError:
                    continue
                with speaker:
                    say(f"{host} speaks")
                    say(self._listen(speaker, intake, stop) or f"{host} is gone")
        intake.end()

    def _listen(self, speaker: socket.socket, intake: Intake, stop: threading.Event) -> str:
        """Until the speaker goes; what was wrong with it, or ""."""
        reader, quiet_s = PcmReader(self._pcm), 0.0
        speaker.settimeout(LOOK_S)
        while not stop.is_set() and quiet_s < QUIET_S:
            try:
                raw = speaker.recv(PORTION)
            except TimeoutError:
                quiet_s += LOOK_S
                continue
            except OSError as error:
                return str(error)
            if not raw:
                return ""
            quiet_s = 0.0
            try:
                sound = reader.push(raw)
                if reader.format:
                    intake.push(sound, reader.format.rate)
            except RigdriverError as error:
                return f"not understood: {error}"
        return ""
