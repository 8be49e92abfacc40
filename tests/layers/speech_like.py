"""Clips that move as the model's do: phrases of syllables with closures, pauses, long silences, and all hints."""

from fractions import Fraction

import numpy as np

from rigdriver.clip import HEARD, HINTS, Clip

MOUTH = ("jawOpen", "mouthClose", "mouthFunnel", "mouthLowerDownLeft", "mouthLowerDownRight", "mouthUpperUpLeft",
         "mouthUpperUpRight", "tongueTipUp")


def speech_like(seconds: float, fps: Fraction | int = 60, seed: int = 1, pauses=(0.5, 2.0), start: int = 0) -> Clip:
    """Phrases of 2 to 4 s and pauses between; the mouth hums a little throughout, as networks do."""
    rng, fps = np.random.default_rng(seed), Fraction(fps)
    times = (np.arange(round(seconds * fps)) + start) / float(fps)
    voice, jaw, closure, loudness = (np.zeros(len(times)) for _ in range(4))
    at = 0.5 + start / float(fps)
    while at < times[-1]:
        until = at + rng.uniform(2, 4)
        voice[(times >= at) & (times < until)] = 0.97
        for begin, length in _syllables(rng, at, until):
            here = slice(*np.searchsorted(times, [begin - 0.1, begin + 0.4]))
            bump = _bump(times[here], begin, length)
            size = 0.3 * rng.lognormal(0, 0.5)
            jaw[here] += size * bump
            loudness[here] = np.maximum(loudness[here], min(1.0, 0.55 + 0.5 * (size - 0.3)) * bump**0.5)
            if rng.random() < 0.25:
                gate = np.clip(2 * _bump(times[here], begin - 0.06, 0.16), 0, 1)
                closure[here] = np.maximum(closure[here], gate)
        at = until + rng.uniform(*pauses)
    hum = 0.01 * rng.random((len(times), len(MOUTH)))
    shape = np.array([1, 0.03, 0.4, 0.8, 0.8, 0.6, 0.6, 0.3])
    accent = np.clip(4 * loudness - 2.2, 0, 1)  # the larger syllables
    labiodental = np.roll(closure, round(0.4 * fps)) * voice
    sibilant = np.roll(closure, round(0.7 * fps)) * voice
    arousal = 0.5 + 0.08 * np.sin(times / 5)  # everyday speech
    mouth = np.clip(jaw[:, None] * shape + hum, 0, 1)
    heard = [np.clip(np.sin(times / 3 + k), 0, 1) for k in range(len(HEARD))]
    hints = [voice, closure, accent, loudness, labiodental, arousal, sibilant, 0.5 * mouth[:, 0], *heard]
    return Clip(MOUTH + HINTS, np.column_stack([mouth, *hints]), fps, start)


def silent(seconds: float, fps: Fraction | int = 60, seed: int = 1) -> Clip:
    """Nobody speaks; the mouth hums."""
    rng, frames = np.random.default_rng(seed), round(seconds * Fraction(fps))
    hints = np.zeros((frames, len(HINTS)))
    hum = 0.02 * rng.random((frames, len(MOUTH)))
    hints[:, HINTS.index("voice")], hints[:, HINTS.index("arousal")] = 0.1 * rng.random(frames), 0.5
    return Clip(MOUTH + HINTS, np.column_stack([hum, hints]), Fraction(fps))


def _syllables(rng, at, until):
    while at < until - 0.1:
        length = rng.uniform(0.15, 0.3)
        yield at, length
        at += length


def _bump(times, begin, length):
    x = np.clip((times - begin) / length, 0, 1)
    return (np.sin(np.pi * x)) ** 2
