"""`rigdriver drive --say`: a text is spoken, and its words are known, so that the lips need not guess them."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from rigdriver import formats, pipeline
from rigdriver.cli.targets import DEFAULT_FORMAT
from rigdriver.errors import InputError, OutputError
from rigdriver.inputs import synthesiser as synthesisers
from rigdriver.inputs.synthesiser import ESPEAK, STEM, VOICE
from rigdriver.pipeline import Drive
from rigdriver.transcript import labels, reading

LANGUAGE = re.compile(r"[a-z]{2,3}(?=[-_]|$)", re.IGNORECASE)  # `en_US-amy` is an English voice


def said(text: str, voice: str, synthesiser: str, output: str | None, format_: str | None,
         way: Drive) -> tuple[tuple[str], str, Drive]:
    """The recording of a text, spoken now, the output, and the way that knows what is spoken.

    The sound is `OUT.say.wav` beside OUT, so that none is written over. Phone times are the synthesiser's own where its
    command names a file for them by {stem} (`{stem}.TextGrid`, `{stem}.lab`), else the words are found in the sound.
    Raises InputError where nothing was said, OutputError where it cannot be written.
    """
    target = Path(output or f"said{formats.suffix_of(format_ or DEFAULT_FORMAT)}")
    if target.is_dir():
        raise OutputError(f"{target}: is a folder; name the file that is to speak")
    if not target.absolute().parent.is_dir():
        raise OutputError(f"{target}: the folder {target.absolute().parent} does not exist")
    sound = target.with_name(f"{target.stem}.say.wav")
    if STEM in synthesiser:
        for suffix in labels.WRITTEN:
            sound.with_suffix(suffix).unlink(missing_ok=True)  # of an earlier text
    synthesisers.say(text, sound, voice, synthesiser)
    return (str(sound),), str(target), _told(sound, text, voice, synthesiser, way)


def _told(sound: Path, text: str, voice: str, synthesiser: str, way: Drive) -> Drive:
    timed = labels.beside(sound) if STEM in synthesiser else None
    if timed:
        return replace(way, phones=labels.read(timed))
    language = LANGUAGE.match(voice)
    spoken_in = voice if synthesiser == ESPEAK else language.group().lower() if language else VOICE
    try:
        words = reading.of_text(text, spoken_in)
    except InputError:
        return way  # no pronunciation is known in this language; the model hears by itself
    return pipeline.told(sound, way, words)
