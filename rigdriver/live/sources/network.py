"""Sound that comes over TCP: whoever connects is heard, one at a time, as raw PCM or WAV.

A speaker may go and another come; the face idles between them. Nothing in the bytes tells a microphone at the other end
from a synthesiser, and after a stall the two want opposite things: what the one said meanwhile is old, and left out;
what the other says at once waits its turn. So an address says `?live=yes` for the first. The port is bound to loopback
unless the address says otherwise.
"""

from __future__ import annotations

import socket
import threading
from urllib.parse import parse_qs, urlsplit

from rigdriver.errors import InputError, RigdriverError, SettingsError
from rigdriver.live.intake import PREFILL_S, Intake
from rigdriver.live.pcm import GUESSED, Pcm, PcmReader
from rigdriver.live.sources import Say
from rigdriver.outputs.address import NO, YES, refused

PORTION = 4096
LOOK_S = 0.2  # how often we look whether to stop
QUIET_S = 600.0  # after so long without a byte a speaker is taken to be gone


def open_(address: str, pcm: Pcm | None) -> Network:
    """`tcp://127.0.0.1:5005`, with `?pcm=s16le@24000` for raw sound, with `live=yes` for a speaker who is live.

    Raises SettingsError, InputError where the port cannot be had.
    """
    parts = urlsplit(address)
    try:
        host, port = parts.hostname or "127.0.0.1", parts.port
    except ValueError:
        port = None
    if not port:
        raise SettingsError(f"{address}: needs a port, as in tcp://127.0.0.1:5005")
    options = {name: said[-1] for name, said in parse_qs(parts.query, keep_blank_values=True).items()}
    named, live = options.pop("pcm", None), options.pop("live", "no").lower()
    if options:
        raise SettingsError(f"{address}: no option {next(iter(options))!r}; known: pcm, live")
    if live not in (*YES, *NO):
        raise SettingsError(f"{address}: live should be yes or no, not {live!r}")
    return Network(host, port, Pcm.parse(named) if named else pcm, live in YES)


class Network:
    """free_running: whoever speaks is live, with a clock of their own, and is caught up with after a stall."""

    def __init__(self, host: str, port: int, pcm: Pcm | None, free_running: bool = False):
        self._pcm, self.free_running = pcm, free_running
        try:
            self._server = socket.create_server((host, port))
        except OSError as error:
            raise InputError(f"tcp://{host}:{port} cannot be listened on ({refused(error)})") from None
        self.port = self._server.getsockname()[1]

    def run(self, intake: Intake, stop: threading.Event, say: Say) -> None:
        self._server.settimeout(LOOK_S)
        if self.free_running:
            intake.wait_for(PREFILL_S)
        with self._server:
            while not stop.is_set():
                try:
                    speaker, (host, *_) = self._server.accept()
                except TimeoutError:
                    continue
                with speaker:
                    say(f"{host} speaks")
                    say(self._listen(speaker, intake, stop, say) or f"{host} is gone")
        intake.end()

    def _listen(self, speaker: socket.socket, intake: Intake, stop: threading.Event, say: Say) -> str:
        """Until the speaker goes; what was wrong with it, or ""."""
        reader, quiet_s, told = PcmReader(self._pcm), 0.0, False
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
                if reader.guessed and not told:
                    told = True
                    say(GUESSED)
                if reader.format:
                    intake.push(sound, reader.format.rate)
            except RigdriverError as error:
                return f"not understood: {error}"
        return ""
