"""Edits that survive a new recording: `python -m tests.bench.edits`.

A scripted artist (`tests/edits/artist.py`) edits the example's line; the line is recorded again, slower and faster (a
phase vocoder, and plain resampling, which changes the voice as well), and by flite's voices where it is installed,
whose phone times say where everything truly is. Prints how many edits are still there at their true place with their
own value, how far the time warp is off at the middle of phones, and the most that a channel changed away from its edit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import librosa
import numpy as np
import soxr

from rigdriver import pipeline
from rigdriver.audio import Audio
from rigdriver.choose import way
from rigdriver.edits import Edits, Record, onto, warp
from rigdriver.pipeline import Drive
from rigdriver.training.synthesis import flite
from rigdriver.training.synthesis.spoken import Line
from tests.edits.artist import TOUCHES, disturbed, edited, exported, survived
from tests.speech import hello, hello_phones

RATES = (0.8, 0.9, 1.1, 1.2)  # of speech: 20 % slower to 20 % faster
TEXT = ("Hello! My name is Bobby. Papa built me from numbers. Put me on your own character, and maybe I will speak for "
        "them, too.")  # fmt: skip


@dataclass(frozen=True, eq=False)
class Recording:
    """A line as it was recorded again. true: old times → new ones."""

    name: str
    sound: Audio
    true: Callable


def again() -> Iterator[Recording]:
    """New recordings of the example's line."""
    old = hello()
    for rate in RATES:
        slower = librosa.effects.time_stretch(old.samples, rate=rate)
        yield Recording(f"vocoder × {rate}", Audio(slower, old.rate), lambda t, rate=rate: np.asarray(t) / rate)
    for rate in (0.85, 1.15):
        moved = soxr.resample(old.samples, old.rate, old.rate / rate)
        yield Recording(f"resampled × {rate}", Audio(moved, old.rate), lambda t, rate=rate: np.asarray(t) / rate)
    if flite.installed():
        yield from _spoken()


def _spoken() -> Iterator[Recording]:
    """flite's voices; where their phones are those of the example, from phone to phone."""
    ends = np.array([0.0, *(phone.end for phone in hello_phones())])
    for voice, speed in (("slt", 0.8), ("slt", 1.2), ("rms", 1.0), ("awb", 1.0), ("rms", 1.2), ("awb", 0.8)):
        spoken = next(iter(flite.speak([Line(TEXT, "en", voice, speed)])))
        new_ends = np.array([0.0, *(sound.end for sound in spoken.sounds)])
        if len(new_ends) != len(ends):
            print(f"flite {voice} × {speed}: says {len(new_ends)} phones for {len(ends)}")
            continue
        yield Recording(f"flite {voice} × {speed}", Audio(spoken.samples, spoken.rate),
                        lambda t, new=new_ends: np.interp(t, ends, new) + np.maximum(0, np.asarray(t) - ends[-1]))


def measure(recording: Recording, settings: Drive, record: Record, edits: Edits) -> tuple[int, str]:
    """How many of the scripted edits survived, and a line of figures."""
    generated = pipeline.drive(recording.sound, settings)
    laid = warp(record.heard, pipeline.phones(recording.sound, settings.model))
    new = onto(generated, edits, laid)
    lost = [touch.name for touch in TOUCHES
            if not survived(touch, edits.edited, new.clip, generated, recording.true)]
    middles = np.array([(phone.start + phone.end) / 2 for phone in hello_phones() if phone.name != "SIL"])
    off_ms = 1e3 * np.abs(laid(middles) - recording.true(middles))
    beside = max(disturbed(touch, new.clip, generated, recording.true) for touch in TOUCHES)
    kept = len(TOUCHES) - len(lost)
    return kept, (f"{recording.name:20s} {kept:3d} of {len(TOUCHES)}   {off_ms.mean():6.1f} "
                  f"{np.quantile(off_ms, 0.9):6.1f} {off_ms.max():6.1f}   {beside:7.4f}   "
                  f"{len(new.conflicts)} to look at{'; LOST ' + ', '.join(lost) if lost else ''}")


def main() -> None:
    settings = way()
    generated = pipeline.drive(hello(), settings)
    packed = Record(generated, pipeline.phones(hello(), settings.model)).pack()
    record = Record.unpack(packed, "the record")
    print(f"{len(generated)} frames, {float(generated.duration):.1f} s; the record takes "
          f"{len(packed) / float(generated.duration):.0f} bytes a second")
    for how, artist in (("the same file", edited(generated)), ("saved again at 24 fps", exported(edited(generated)))):
        edits, total = Edits.between(record.generated, artist), [0, 0]
        print(f"\n{how}: {len(edits)} edits found\n{'recording':20s} edits kept   off ms: mean .9 most   beside")
        for recording in again():
            kept, line = measure(recording, settings, record, edits)
            total = [total[0] + kept, total[1] + len(TOUCHES)]
            print(line)
        print(f"kept {total[0]} of {total[1]}: {100 * total[0] / total[1]:.1f} %")


if __name__ == "__main__":
    main()
