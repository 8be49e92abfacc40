"""Festival 2.5: three American voices, with phone times and stress. University of Edinburgh's and CMU's own licences,
BSD-like, for program and voices.

cmu_us_slt_arctic_hts is a statistical model, kal_diphone and ked_diphone join pieces of recordings.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import soundfile

from rigdriver.errors import InputError
from rigdriver.training.synthesis.spoken import Line, Sound, Spoken

VOICES = ("cmu_us_slt_arctic_hts", "kal_diphone", "ked_diphone")
FOLDER = Path("/usr/share/festival/voices")  # where Debian's packages put them
PAUSE = "pau"
SAY = """(voice_{voice}) (Parameter.set 'Duration_Stretch {stretch:.3f})
(set! spoken (utt.synth (Utterance Text "{text}"))) (utt.save.wave spoken "{wav}")
(mapcar (lambda (segment) (format t "%s %s %s\\n" (item.name segment) (item.feat segment "segment_end")
 (item.feat segment "R:SylStructure.parent.stress"))) (utt.relation.items spoken 'Segment)) (format t "=\\n")
"""
DONE = "=\n"
BATCH = 20  # lines a process, whose start takes a tenth of a second


def voices() -> tuple[str, ...]:
    """Those of VOICES that are installed."""
    if shutil.which("festival") is None:
        return ()
    return tuple(voice for voice in VOICES if any(FOLDER.glob(f"*/{voice}")))


def installed() -> bool:
    return bool(voices())


def speak(lines: Iterable[Line]) -> Iterator[Spoken]:
    """Each line spoken. Pitch and liveliness stay the voice's own. Raises InputError where festival fails."""
    waiting = iter(lines)
    while batch := list(islice(waiting, BATCH)):
        with tempfile.TemporaryDirectory() as folder:
            yield from _speak(batch, Path(folder))


def _speak(batch: list[Line], folder: Path) -> Iterator[Spoken]:
    wavs = [folder / f"{k}.wav" for k in range(len(batch))]
    script = folder / "lines.scm"
    script.write_text("".join(map(_order, batch, wavs)), encoding="utf-8")
    done = subprocess.run(["festival", "-b", str(script)], capture_output=True, text=True, check=False)
    answers = done.stdout.split(DONE)[:-1]
    if done.returncode or len(answers) != len(batch):
        raise InputError(f"festival cannot speak: {done.stderr.strip()}")
    for wav, answer in zip(wavs, answers):
        samples, rate = soundfile.read(wav, dtype="float32")
        yield Spoken(samples, rate, tuple(_sounds(answer, len(samples) / rate)))


def _order(line: Line, wav: Path) -> str:
    text = line.text.replace("\\", " ").replace('"', " ")
    return SAY.format(voice=line.voice, stretch=1 / line.speed, text=text, wav=wav)


def _sounds(answer: str, duration: float) -> Iterator[Sound]:
    start = 0.0
    for token, end, stress in map(str.split, answer.strip().splitlines()):
        stop = min(float(end), duration)
        if stop > start:
            yield Sound("" if token == PAUSE else token, start, stop, int(stress))
        start = max(start, stop)
