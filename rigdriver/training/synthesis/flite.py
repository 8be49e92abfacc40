"""flite 2.2: English voices built from recordings, with phone times. A BSD-like licence (CMU), its voices too.

kal16 is of diphones; awb, rms and slt are statistical models of the ARCTIC recordings, and sound most like people.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import soundfile

from rigdriver.errors import InputError
from rigdriver.training.synthesis.spoken import Line, Sound, Spoken

VOICES = ("kal16", "awb", "rms", "slt")
PAUSE = "pau"


def installed() -> bool:
    return shutil.which("flite") is not None


def speak(lines: Iterable[Line]) -> Iterator[Spoken]:
    """Each line spoken. Pitch and liveliness stay the voice's own. Raises InputError where flite fails."""
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "line.wav"
        for line in lines:
            command = ["flite", "-voice", line.voice, "--setf", f"duration_stretch={1 / line.speed:.3f}", "-psdur",
                       "-t", line.text, "-o", str(wav)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode or not wav.is_file():
                raise InputError(f"flite cannot speak {line.text!r}: {done.stderr.strip()}")
            samples, rate = soundfile.read(wav, dtype="float32")
            yield Spoken(samples, rate, tuple(_sounds(done.stdout, len(samples) / rate)))
            wav.unlink()


def _sounds(printed: str, duration: float) -> Iterator[Sound]:
    """flite prints `phone:end` for each phone."""
    start = 0.0
    for item in printed.split():
        token, _, end = item.rpartition(":")
        stop = min(float(end), duration)
        if stop > start:
            yield Sound("" if token == PAUSE else token, start, stop)
        start = max(start, stop)
