"""Forced alignment: a recording and its English text become phones with times, by pocketsphinx and its own model.

    python -m rigdriver.training.takes.align FOLDER

writes STEM.TextGrid beside every recording that has STEM.txt and no phone times yet. It overwrites nothing, so that a
run that was stopped goes on. Two passes, as pocketsphinx asks: words first, then their phones. Times are multiples of
10 ms; the median error on speech with known times is about 10 ms.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import soxr

from rigdriver import inputs
from rigdriver.audio import Audio
from rigdriver.errors import InputError, MissingExtra, RigdriverError
from rigdriver.inputs import files
from rigdriver.take import Phone
from rigdriver.training.takes.textgrid import write_textgrid
from rigdriver.transcript import labels
from rigdriver.transcript.reading import plain_text
from rigdriver.transcript.words import spelled, words

RATE = 16000  # Hz, the acoustic model's
FRAME_S = 0.01
LEAST_WORD_S = 0.05  # text that leaves its sound less a word is another recording's
Say = Callable[[str], None]


def align(audio: Audio, text: str, say: Say | None = None) -> tuple[Phone, ...]:
    """Phones of the whole recording, silences among them, times in seconds that meet each other.

    text: what is spoken, English, nothing left out; punctuation, digits and any line ends are fine. A word that the
    dictionary lacks is pronounced by rule, and said. Raises InputError where text and sound do not fit,
    MissingExtra without pocketsphinx.
    """
    decoder = _decoder()
    spoken = _pronounceable(text, decoder, say)
    if not spoken:
        raise InputError("the text holds no English word")
    if len(spoken) * LEAST_WORD_S > audio.duration:
        raise InputError(f"{len(spoken)} words do not fit into {float(audio.duration):.2f} s of sound")
    samples = audio.samples if audio.rate == RATE else soxr.resample(audio.samples, audio.rate, RATE)
    sound = (np.clip(samples, -1, 1) * 32767).astype(np.int16).tobytes()
    try:
        decoder.set_align_text(" ".join(spoken))
        _hear(decoder, sound)
        if decoder.hyp() is None:
            raise InputError("the text does not fit the sound")
        decoder.set_alignment()
        _hear(decoder, sound)
        return _phones(decoder.get_alignment(), audio)
    except RuntimeError:  # pocketsphinx has no error types of its own; its words say nothing to a user
        raise InputError("the text does not fit the sound") from None


def align_folder(folder: Path, say: Say = print) -> int:
    """Writes a TextGrid beside each recording that has a text and no phone times; returns how many it wrote.

    A recording that cannot be aligned is named and left out. Raises InputError where nothing has a text.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder")
    sounds = sorted(path for path in folder.rglob("*") if path.suffix.lower() in inputs.SUFFIXES and path.is_file())
    texted = [path for path in sounds if path.with_suffix(".txt").is_file()]
    if not texted:
        raise InputError(f"{folder}: no recording here has its text beside it (line_01.wav, line_01.txt)")
    written = failed = 0
    listed = {place: labels.read_alignments(place) for place in {path.parent for path in texted}}
    for path in texted:
        if labels.beside(path) or path.stem in listed[path.parent]:
            continue
        try:
            phones = align(files.read(path, RATE), plain_text(path.with_suffix(".txt")), _naming(path, say))
            write_textgrid(phones, path.with_suffix(".TextGrid"))
        except RigdriverError as error:
            failed += 1
            say(f"skipped {error}" if str(path) in str(error) else f"skipped {path}: {error}")
            continue
        written += 1
    say(f"{written} aligned, {len(texted) - written - failed} were before, {failed} could not be")
    return written


@cache
def _decoder() -> Any:
    try:
        from pocketsphinx import Decoder
    except ModuleNotFoundError:
        raise MissingExtra("forced alignment", "train") from None
    # Without bestpath=False one recording in five fails: the lattice's best path may miss the end of the grammar.
    return Decoder(lm=None, samprate=RATE, cmn="batch", bestpath=False, silprob=0.1, loglevel="FATAL")


def _hear(decoder: Any, sound: bytes) -> None:
    decoder.start_utt()
    decoder.process_raw(sound, full_utt=True)
    decoder.end_utt()


def _pronounceable(text: str, decoder: Any, say: Say | None) -> list[str]:
    """Words that the decoder has a pronunciation for; those it lacked are given one by rule."""
    spoken, added = [], []
    for word in words(text, lambda word: decoder.lookup_word(word) is not None):
        if decoder.lookup_word(word) is None:
            phones = spelled(word)
            if not phones:
                raise InputError(f"{word!r} is not written in English letters; only English can be aligned")
            decoder.add_word(word, " ".join(phones), True)
            added.append(f"{word} ({' '.join(phones)})")
        spoken.append(word)
    if added and say:
        say(f"not in the dictionary, pronounced by rule: {', '.join(added)}")
    return spoken


def _phones(alignment: Any, audio: Audio) -> tuple[Phone, ...]:
    """The alignment's phones; the last lasts to the end of the sound, a noise is silence to a face."""
    rows = [(phone.name, phone.start, phone.duration) for word in alignment.words() for phone in word]
    if not rows:
        raise InputError("the text does not fit the sound")
    ends = [start for _, start, _ in rows[1:]] + [round(float(audio.duration) / FRAME_S)]
    return tuple(Phone(labels.arpabet(name, "pocketsphinx")[0], start * FRAME_S, end * FRAME_S)
                 for (name, start, _), end in zip(rows, ends) if end > start)


def _naming(path: Path, say: Say) -> Say:
    return lambda line: say(f"note {path}: {line}")


def main() -> None:
    """Read the command line and align a folder."""
    parser = argparse.ArgumentParser(prog="python -m rigdriver.training.takes.align",
                                     description="Write phone times beside English recordings that have a text.")
    parser.add_argument("folder", type=Path, help="recordings, each with its text beside it: line.wav, line.txt")
    try:
        align_folder(parser.parse_args().folder, lambda line: print(line, file=sys.stderr))
    except RigdriverError as error:
        print(f"rigdriver: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
