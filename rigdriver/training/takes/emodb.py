"""Labels of the Berlin Database of Emotional Speech: narrow, made by hand, German.

After a head that ends with "#", a line holds the time at which a label *begins* (s), a colour, the label and its
remarks. "t", "!t", "tasp" are a plosive's closure, burst and breath; "_t" a closure after a pause, begun nobody knows
when; "(" a pause; a line of nothing but remarks ("-sth", "+lar") goes on with the sound before it; "." is the end.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from rigdriver.audio import Audio
from rigdriver.take import Phone
from rigdriver.training.synthesis.sounds import phones_of
from rigdriver.training.synthesis.spoken import Sound
from rigdriver.training.teacher.articulation import level_db

EMOTIONS = {"W": "anger", "L": "boredom", "E": "disgust", "A": "fear", "F": "joy", "T": "sadness", "N": "neutral"}
SPLITS = {"14": "validation", "15": "test", "16": "test"}  # by speaker; the other seven train
ASPIRATED = re.compile(r"^([ptkbdg])(asp|as|sap)$")
VOICED_STEP_DB = 6.0  # vowels lie at least so much above closures and pauses, or labels and sound do not meet
CLOSURE_S = 0.04  # of a plosive of which only the burst is labelled
VOWELS = ("A", "AA", "AH", "AX", "EH", "E", "IH", "IY", "AO", "O", "UH", "UW", "YH", "YY", "OO", "OE", "AY", "AW", "OW",
          "OY")


def read_labels(path: Path) -> tuple[Sound, ...]:
    """Sounds of a label file, from 0 to the mark of the end; none of a file without labels."""
    _, _, body = path.read_text(encoding="latin-1").partition("\n#")
    rows = [line.split(None, 2) for line in body.splitlines()[1:] if line.strip()]
    marks = [(float(row[0]), _label(row[2]) if len(row) > 2 else None) for row in rows]
    if not marks:
        return ()
    sounds = [Sound("", 0.0, marks[0][0])]
    for (start, label), (end, _) in pairwise(marks):
        _append(sounds, label, start, end)
    return tuple(sound for sound in sounds if sound.end > sound.start)


def _label(text: str) -> str | None:
    """The label without its remarks; None for remarks alone. Stress, a digit behind the label, is not read."""
    label = re.split(r"[\s+\[\];,-]", text, maxsplit=1)[0]
    return None if label in ("", "!", "hoe") else label


def _append(sounds: list[Sound], label: str | None, start: float, end: float) -> None:
    last = sounds[-1]
    if label is None:
        sounds[-1] = replace(last, end=end)
    elif label.startswith(("(", ".")):
        sounds.append(Sound("", start, end))
    elif label.startswith("!") and last.token == label[1:]:
        sounds[-1] = replace(last, end=end)
    elif label.startswith("!"):
        begun = max(start - CLOSURE_S, (last.start + last.end) / 2)
        sounds[-1] = replace(last, end=begun)
        sounds.append(Sound(label[1:], begun, end))
    else:
        sounds.append(Sound("asp" if ASPIRATED.match(label) else label.lstrip("_"), start, end))


def labelled(path: Path, audio: Audio) -> tuple[Phone, ...]:
    """Phones of a recording, or none where its labels do not meet the sound.

    The labels are of whole recordings; some collections hold only the first two seconds of each.
    """
    duration = float(audio.duration)
    sounds = [replace(sound, end=min(sound.end, duration)) for sound in read_labels(path) if sound.start < duration]
    phones = phones_of(sounds, "emodb", "de")
    return phones if _meets(phones, audio) else ()


def _meets(phones: tuple[Phone, ...], audio: Audio) -> bool:
    """Whether vowels are louder than pauses and the closures of p, t and k."""
    middles = np.array([(phone.start + phone.end) / 2 for phone in phones])
    level = level_db(audio, middles, 0.02)
    vowel = np.array([phone.name in VOWELS for phone in phones], bool)
    quiet = np.array([phone.name in ("P", "T", "K", "SIL") for phone in phones], bool)
    return bool(vowel.any() and quiet.any() and level[vowel].mean() - level[quiet].mean() > VOICED_STEP_DB)
