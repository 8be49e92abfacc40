"""espeak-ng 1.51: formant speech in about a hundred languages, with the exact time of every phone.

A GPL-3 program, used as a tool: what it says is not a work derived from it. About 1400 times as fast as speech.
"""

from __future__ import annotations

import ctypes
import difflib
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from typing import IO, Any

import numpy as np

from rigdriver.errors import InputError
from rigdriver.training.synthesis import espeak_worker
from rigdriver.training.synthesis.closures import with_closures
from rigdriver.training.synthesis.spoken import Line, Sound, Spoken

USUAL_RATE = 165  # words a minute, at speed 1
WORKER = (sys.executable, "-I", espeak_worker.__file__)


def installed() -> bool:
    try:
        ctypes.CDLL(espeak_worker.LIBRARY)
    except OSError:
        return False
    return True


def speak(lines: Iterable[Line]) -> Iterator[Spoken]:
    """Each line spoken, in one worker process. Raises InputError for a voice that espeak-ng lacks."""
    with subprocess.Popen(WORKER, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        assert worker.stdin and worker.stdout
        try:
            for line in lines:
                worker.stdin.write(json.dumps(_request(line)).encode() + b"\n")
                worker.stdin.flush()
                yield _answer(worker.stdout, line)
        except BrokenPipeError:
            raise InputError("espeak-ng's process ended before its time") from None
        finally:
            worker.kill()


def _request(line: Line) -> dict[str, Any]:
    return {"voice": line.voice, "text": line.text, "rate": round(USUAL_RATE * line.speed),
            "pitch": round(100 * line.pitch), "range": round(100 * line.liveliness)}


def _answer(stream: IO[bytes], line: Line) -> Spoken:
    head = stream.readline()
    if not head:
        raise InputError(f"espeak-ng ended while {line.voice} spoke {line.text!r}")
    answer = json.loads(head)
    if "error" in answer:
        raise InputError(answer["error"])
    samples = np.frombuffer(stream.read(2 * answer["samples"]), "<i2").astype(np.float32) / 32768
    return with_closures(Spoken(samples, answer["rate"], tuple(_sounds(answer))))


def _sounds(answer: dict[str, Any]) -> Iterator[Sound]:
    """A phone lasts until the next begins; marks of no length are dropped."""
    tokens = [token for token, _ in answer["sounds"]]
    stresses = _matched(tokens, answer["stresses"])
    edges = [first / answer["rate"] for _, first in answer["sounds"]] + [answer["samples"] / answer["rate"]]
    if edges[0] > 0:
        yield Sound("", 0.0, edges[0])
    for token, stress, start, end in zip(tokens, stresses, edges, edges[1:]):
        if end > start:
            yield Sound(token, start, end, stress)


def _matched(tokens: list[str], stresses: list[list]) -> list[int]:
    """Stress of each token: the two readings of the text agree but for pauses and small elisions."""
    found = [-1] * len(tokens)
    names = [token.rstrip("0123456789") for token, _ in stresses]  # the other reading shows tones
    for block in difflib.SequenceMatcher(None, tokens, names, autojunk=False).get_matching_blocks():
        for k in range(block.size):
            found[block.a + k] = stresses[block.b + k][1]
    return found
