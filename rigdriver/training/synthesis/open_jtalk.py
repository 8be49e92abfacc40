"""Open JTalk 1.11 with Nitech's voice of the ATR 503 sentences: a statistical Japanese voice, with phone times.

BSD-like program; voice CC BY 3.0 (Nagoya Institute of Technology), in Debian's contrib section. It knows the accent of
words, and so wants kanji.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import soundfile

from rigdriver.errors import InputError
from rigdriver.training.synthesis.spoken import Line, Sound, Spoken

VOICES = {"nitech": Path("/usr/share/hts-voice/nitech-jp-atr503-m001/nitech_jp_atr503_m001.htsvoice")}
DICTIONARY = Path("/var/lib/mecab/dic/open-jtalk/naist-jdic")
PAUSES = ("sil", "pau")
LABEL = re.compile(r"^(\d+) (\d+) [^-]*-([A-Za-z]+)\+")  # begin and end in 100 ns, phone in its context
HALF_TONES = 16  # from pitch 0 to pitch 1


def installed() -> bool:
    return shutil.which("open_jtalk") is not None and DICTIONARY.is_dir() and VOICES["nitech"].is_file()


def speak(lines: Iterable[Line]) -> Iterator[Spoken]:
    """Each line spoken. Raises InputError where Open JTalk fails."""
    with tempfile.TemporaryDirectory() as folder:
        wav, trace = Path(folder) / "line.wav", Path(folder) / "line.trace"
        for line in lines:
            command = ["open_jtalk", "-x", str(DICTIONARY), "-m", str(VOICES[line.voice]), "-r", f"{line.speed:.3f}",
                       "-fm", f"{HALF_TONES * (line.pitch - 0.5):.2f}", "-jf", f"{0.5 + line.liveliness:.2f}",
                       "-ow", str(wav), "-ot", str(trace)]
            done = subprocess.run(command, input=line.text, capture_output=True, text=True, check=False)
            if done.returncode or not trace.is_file():
                raise InputError(f"open_jtalk cannot speak {line.text!r}: {done.stderr.strip()}")
            samples, rate = soundfile.read(wav, dtype="float32")
            yield Spoken(samples, rate, tuple(_sounds(trace.read_text(encoding="utf-8"))))
            trace.unlink()


def _sounds(trace: str) -> Iterator[Sound]:
    """Sounds of a trace's output labels, the last time they are printed."""
    labels = trace.rpartition("[Output label]")[2].splitlines()
    found = [match.groups() for match in map(LABEL.match, labels) if match]
    for (start, end, token), (_, _, following) in pairwise([*found, ("", "", "sil")]):
        spelled = "" if token in PAUSES else _in_context(token, following)
        yield Sound(spelled, int(start) * 1e-7, int(end) * 1e-7)


def _in_context(token: str, following: str) -> str:
    """ん before p, b, m is m, lips shut; っ is the first half of the sound it doubles."""
    if token == "N" and following.startswith(("p", "b", "m")):
        return "m"
    if token == "cl":
        return "" if following in PAUSES else following
    return token
