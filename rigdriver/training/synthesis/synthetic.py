"""Takes of synthetic speech: the synthesisers that are installed speak a script, and say when each phone was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import soxr

from rigdriver.audio import Audio
from rigdriver.errors import InputError
from rigdriver.take import Phone, Take
from rigdriver.training.synthesis import SYNTHESISERS
from rigdriver.training.synthesis.script import PARTS, Part, draw, split_of
from rigdriver.training.synthesis.sounds import Unknown, phones_of
from rigdriver.training.synthesis.spoken import Line, Spoken

RATE = 16000  # Hz, the network's
HOURS = 2.5
SEED = 1
PADDING_S = ((0.05, 0.5), (0.1, 0.6))  # silence before and after
TAPE = (0.88, 1.14)  # voices of which there are few are played slower and faster: another size of mouth
FLOOR_DB = (-90.0, -55.0)  # faint noise under it all: a synthesiser's silences are digital zeros, no room's are


def synthetic_takes(hours: float = HOURS, seed: int = SEED, unknown: Unknown | None = None) -> Iterator[Take]:
    """About `hours` of speech less the share of synthesisers that are missing; the same seed, the same takes.

    Raises InputError where no synthesiser is installed.
    """
    parts = [part for part in PARTS if SYNTHESISERS[part.synthesiser].installed()]
    if not parts:
        raise InputError("synthetic speech needs a synthesiser; on Debian: apt-get install espeak-ng flite festival")
    for part in parts:
        yield from _part(part, hours, seed, unknown)


def _part(part: Part, hours: float, seed: int, unknown: Unknown | None) -> Iterator[Take]:
    """Takes of one part, until it has its share. Chance depends on the part alone, not on what else is installed."""
    synthesiser = SYNTHESISERS[part.synthesiser]
    rng = np.random.default_rng([seed, *f"{part.synthesiser} {part.texts}".encode()])
    script: list[Line] = []

    def noted() -> Iterator[Line]:
        for line in draw(part, rng):
            script.append(line)
            yield line

    left = part.share * hours * 3600
    for count, spoken in enumerate(synthesiser.speak(noted())):
        line = script[count]
        take = _take(f"{part.synthesiser}-{part.language}-{count:04}", line, _taped(spoken, line, rng),
                     synthesiser.alphabet, rng, unknown)
        yield take
        left -= float(take.audio.duration)
        if left <= 0:
            return


def _taped(spoken: Spoken, line: Line, rng: np.random.Generator) -> Spoken:
    """Voices without variants played at another speed, so that pitch and formants move together."""
    factor = 1.0 if "+" in line.voice else rng.uniform(*TAPE)
    rate = round(spoken.rate * factor)
    exact = spoken.rate / rate
    sounds = tuple(replace(sound, start=sound.start * exact, end=sound.end * exact) for sound in spoken.sounds)
    return Spoken(spoken.samples, rate, sounds)


def _take(name: str, line: Line, spoken: Spoken, alphabet: str, rng: np.random.Generator,
          unknown: Unknown | None) -> Take:
    before, after = (round(rng.uniform(*span) * RATE) for span in PADDING_S)
    samples = soxr.resample(spoken.samples, spoken.rate, RATE)
    samples = np.pad(samples, (before, after))
    samples = samples + 10 ** (rng.uniform(*FLOOR_DB) / 20) * rng.standard_normal(len(samples))
    phones = phones_of(spoken.sounds, alphabet, line.language, unknown)
    speaker = f"{name.split('-')[0]}-{line.voice.rpartition('+')[2]}"
    return Take(name, Audio(np.clip(samples, -1, 1).astype(np.float32), RATE), None,
                _padded(phones, before / RATE, len(samples) / RATE), (), speaker, line.language, "", split_of(line))


def _padded(phones: tuple[Phone, ...], before: float, duration: float) -> tuple[Phone, ...]:
    """Phones moved by `before` seconds, with silence around them."""
    moved = [replace(phone, start=phone.start + before, end=phone.end + before) for phone in phones]
    last = moved[-1].end if moved else before
    return Phone("SIL", 0.0, before), *moved, Phone("SIL", last, duration)
