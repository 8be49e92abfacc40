"""Sound that a program gives: on our standard input, or printed by a command that we start."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import threading
from typing import IO

from rigdriver.errors import InputError
from rigdriver.live.intake import Intake
from rigdriver.live.pcm import GUESSED, Pcm, PcmReader
from rigdriver.live.sources import Say

PORTION = 4096  # bytes asked for at once; what has come so far is given


class Standard:
    """Standard input: WAV, or raw sound of the format given."""

    free_running = False

    def __init__(self, pcm: Pcm | None):
        self._pcm = pcm

    def run(self, intake: Intake, stop: threading.Event, say: Say) -> None:
        pump(sys.stdin.buffer, self._pcm, intake, stop, say)


class Command:
    """What a command prints on its standard output. It is ended with us."""

    free_running = False

    def __init__(self, command: str, pcm: Pcm | None):
        try:
            self._words, self._pcm = shlex.split(command, posix=os.name != "nt"), pcm
        except ValueError as error:
            raise InputError(f"cmd:{command}: {error}; close it, or leave it out") from None
        if not self._words:
            raise InputError("cmd: lacks a command, as in \"cmd:espeak-ng --stdout hello\"")
        if not shutil.which(self._words[0]):
            raise InputError(f"cmd:{command}: no such program")

    def run(self, intake: Intake, stop: threading.Event, say: Say) -> None:
        with subprocess.Popen(self._words, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as process:
            assert process.stdout
            ending = threading.Thread(target=_end_with, args=(process, stop), daemon=True)
            ending.start()
            pump(process.stdout, self._pcm, intake, stop, say)
            code = process.wait()
        if code and not stop.is_set():
            say(f"{self._words[0]} ended with code {code}")


def pump(stream: IO[bytes], pcm: Pcm | None, intake: Intake, stop: threading.Event, say: Say) -> None:
    """Bytes of a stream into the intake until the stream ends. Raises InputError for a header that is no good."""
    reader, told = PcmReader(pcm), False
    try:
        while not stop.is_set() and (raw := os.read(stream.fileno(), PORTION)):
            sound = reader.push(raw)
            if reader.guessed and not told:
                told = True
                say(GUESSED)
            if len(sound) and reader.format:
                intake.push(sound, reader.format.rate)
    finally:
        intake.end()


def _end_with(process: subprocess.Popen, stop: threading.Event) -> None:
    while process.poll() is None:
        if stop.wait(0.1):
            process.terminate()
            return
