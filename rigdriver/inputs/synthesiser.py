"""Speech from text, by a synthesiser of the user's own: a command, an address, or espeak-ng where it is installed."""

from __future__ import annotations

import os
import shlex
import shutil
import struct
import subprocess
from pathlib import Path
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import urlopen

from rigdriver.errors import InputError, nearest

ESPEAK = "espeak-ng -v {voice} -w {out} --stdin"
VOICE = "en"
STEM = "{stem}"
TIMEOUT_S = 60.0
MOST_BYTES = 2**28  # of sound from an address
ADDRESSES = ("http://", "https://")


def say(text: str, out: Path, voice: str = VOICE, synthesiser: str = ESPEAK, timeout_s: float = TIMEOUT_S) -> None:
    """Writes the spoken text to `out`, in whatever format the synthesiser gives (wav, as a rule).

    synthesiser: a command line in which {text}, {voice} and {out} are filled in (no shell sees it); without {text} the
    text comes on its standard input, without {out} the sound is taken from its standard output; {stem} is the path of
    `out` without its suffix, for a file of phone times. Or an address, fetched
    by GET. Raises InputError for an empty text, a voice that espeak-ng has not, and for a synthesiser that does not
    exist, fails, hangs or says nothing.
    """
    if not text.strip():
        raise InputError("nothing to say: the text is empty")
    if synthesiser == ESPEAK and shutil.which("espeak-ng"):
        _check_voice(voice)
    out.unlink(missing_ok=True)
    sound = (_fetched(text, voice, synthesiser, timeout_s) if synthesiser.startswith(ADDRESSES) else
             _spoken(text, out, voice, synthesiser, timeout_s))
    if sound:
        out.write_bytes(sound)
    if not out.is_file() or not out.stat().st_size:
        raise InputError(f"{_name(synthesiser)} gave no sound for {text!r}")


def _spoken(text: str, out: Path, voice: str, command: str, timeout_s: float) -> bytes:
    """What the command prints where it writes no file."""
    words = shlex.split(command, posix=os.name != "nt")
    filled = [_filled(word, text, out, voice) for word in words]
    if not filled or not shutil.which(filled[0]):
        raise InputError(f"{_name(command)}: no such program; install espeak-ng, or name your synthesiser by --synth")
    try:
        done = subprocess.run(filled, input=None if "{text}" in command else text.encode(), capture_output=True,
                              timeout=timeout_s, check=False)
    except subprocess.TimeoutExpired:
        raise InputError(f"{_name(command)} did not finish within {timeout_s:g} s") from None
    except OSError as error:
        raise InputError(f"{_name(command)} cannot be run ({error.strerror})") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        why = said[-1] if said else "it said nothing"
        raise InputError(f"{_name(command)} failed with code {done.returncode}: {why}")
    return b"" if "{out}" in command or STEM in command else _sized(done.stdout)


def _filled(word: str, text: str, out: Path, voice: str) -> str:
    """The text last: what it holds is nobody's placeholder."""
    places = {"{voice}": voice, "{out}": str(out), STEM: str(out.with_suffix("")), "{text}": text}
    for place, value in places.items():
        word = word.replace(place, value)
    return word


def _check_voice(voice: str) -> None:
    """espeak-ng speaks a voice that it does not have in another one, and does not say so."""
    listed = subprocess.run(["espeak-ng", "--voices"], capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    rows = [line.split() for line in listed.stdout.splitlines()[1:]]
    known = {name for row in rows for name in (*row[1:2], *row[3:4], *(part.strip("()") for part in row[4:]))}
    known |= {name.rpartition("/")[2] for name in known}
    if known and not voice.startswith("mb") and voice.split("+")[0].lower() not in {name.lower() for name in known}:
        raise InputError(f"espeak-ng has no voice {voice!r}; {nearest(voice, sorted(known))}")


def _sized(sound: bytes) -> bytes:
    """A wav that was written into a pipe does not know its own length; its header is mended."""
    at = sound.find(b"data", 12, 4096)
    if sound[:4] != b"RIFF" or at < 0:
        return sound
    mended = bytearray(sound)
    struct.pack_into("<I", mended, 4, len(sound) - 8)
    struct.pack_into("<I", mended, at + 4, len(sound) - at - 8)
    return bytes(mended)


def _fetched(text: str, voice: str, address: str, timeout_s: float) -> bytes:
    url = address.replace("{text}", quote(text)).replace("{voice}", quote(voice))
    try:
        with urlopen(url, timeout=timeout_s) as answer:
            return bytes(answer.read(MOST_BYTES))
    except (URLError, OSError, ValueError) as error:
        raise InputError(f"{_name(address)} did not answer: {getattr(error, 'reason', error)}") from None


def _name(synthesiser: str) -> str:
    """The program, or the address without what was asked of it."""
    return synthesiser.split("?")[0].split()[0] if synthesiser.strip() else "--synth"
