"""Streaming against offline: pushes of any size give the same face, and what less lookahead costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from rigdriver.audio import Audio
from rigdriver.clip import Clip
from rigdriver.evaluation import hearing, metrics, voices
from rigdriver.evaluation.report import Rows
from rigdriver.model.runtime import Model
from rigdriver.pipeline import Drive
from rigdriver.take import Take
from rigdriver.training.teacher.articulation import teach

PUSHES_S = {"10 ms a push": 0.01, "1/60 s a push": 1 / 60, "250 ms a push": 0.25}
COMPARED = (*voices.SHARES, "vowels kept open")


def chunked(model: Model, audio: Audio) -> Rows:
    """How far the finished curves of small pushes lie from those of one push."""
    whole = _pushed(model, [audio.samples])
    rows = {}
    for name, seconds in PUSHES_S.items():
        size = int(seconds * audio.rate)
        pieces = [audio.samples[first : first + size] for first in range(0, len(audio), size)]
        away = np.abs(_pushed(model, pieces).values - whole.values)
        rows[name] = {"largest difference": float(away.max()), "mean difference": float(away.mean())}
    return rows


def _pushed(model: Model, pieces: Sequence[np.ndarray]) -> Clip:
    stream = Drive(model).start()
    clip = stream.push(pieces[0])
    for piece in pieces[1:]:
        clip = clip.then(stream.push(piece))
    return clip.then(stream.flush())


def going_on(model: Model, spoken: Sequence[Take]) -> Rows:
    """Figures of takes heard one by one, and of the same takes in one stream a speaker, which goes on for minutes."""
    speakers: dict[str, list[Take]] = {}
    for take in spoken:
        speakers.setdefault(take.speaker, []).append(take)
    if len(speakers) == len(spoken):
        return {}
    ordered = [take for takes in speakers.values() for take in takes]
    alone = [hearing.layered(model, take.audio) for take in ordered]
    held = [clip for takes in speakers.values() for clip in _in_one_stream(model, takes)]
    return {"each take alone": _shares(alone, ordered), "one stream a speaker": _shares(held, ordered)}


def _in_one_stream(model: Model, takes: Sequence[Take]) -> Iterator[Clip]:
    """Each take's part of one long stream, at its own times; takes begin on frames."""
    fps, rate = int(model.settings.fps), takes[0].audio.rate
    begins, sound, frame = [], [np.zeros(0, np.float32)], 0
    for take in takes:
        begins.append(frame)
        frame += -(-len(take.audio) * fps // rate)
        missing = frame * rate // fps - sum(map(len, sound)) - len(take.audio)
        sound += [take.audio.samples, np.zeros(max(0, missing), np.float32)]
    whole = hearing.layered(model, Audio(np.concatenate(sound), rate))
    for begin, take in zip(begins, takes):
        part = whole.cut(begin, begin + len(take.audio) * fps // rate + 1)
        yield Clip(part.names, part.values, part.fps, 0)


def _shares(clips: Sequence[Clip], takes: Sequence[Take]) -> dict[str, float]:
    seen = voices.together(voices.observe(clip, take, teach(take.phones, take.audio)[0])
                           for clip, take in zip(clips, takes))
    shares = with_open_vowels(voices.figures(seen))
    return {name: shares[name] for name in COMPARED if not np.isnan(shares[name])}


def lookaheads(model: Model, faces: dict[str, Sequence[Take]], spoken: Sequence[Take]) -> Rows:
    """Figures at every lookahead that the network was trained for, and their loss against the whole file in percent.

    faces: test takes by style. Empty for a network with one lookahead.
    """
    steps = model.settings.lookaheads
    if len(steps) < 2:
        return {}
    by_steps = {count: dict(_at(model, faces, spoken, count)) for count in steps}
    best = by_steps[steps[-1]]
    return {_label(model, count, count == steps[-1]):
            row | {f"loss %: {name}": loss_percent(best[name], got) for name, got in row.items()}
            for count, row in by_steps.items()}


def _label(model: Model, steps: int, whole: bool) -> str:
    return "whole file" if whole else f"{1000 * model.settings.seconds_ahead(steps):.0f} ms"


def _at(model: Model, faces: dict[str, Sequence[Take]], spoken: Sequence[Take],
        steps: int) -> Iterator[tuple[str, float]]:
    for style, takes in faces.items():
        clips = [hearing.curves(model, take.audio, style, lookahead=steps) for take in takes]
        for name in [name for name in ("jawOpen", "mouthPucker", "mouthFunnel") if name in takes[0].live]:
            made, true = (np.concatenate(rows) for rows in zip(*(_pair(clip, take, name)
                                                                 for clip, take in zip(clips, takes))))
            if true.std() > 1e-3:
                yield f"{style}: {name} r", metrics.pearson(made, true)
    if spoken:
        clips = [hearing.layered(model, take.audio, lookahead=steps) for take in spoken]
        yield from _shares(clips, spoken).items()


def _pair(clip: Clip, take: Take, name: str) -> tuple[np.ndarray, np.ndarray]:
    assert take.clip is not None
    times = take.clip.times[take.clip.times <= float(take.audio.duration)]
    return metrics.at_times(clip, name, times), take.clip[name][: len(times)]


def with_open_vowels(figures: dict[str, float]) -> dict[str, float]:
    """The figures, and falsely closed vowels as the share that is kept open: a loss of that has a meaning."""
    return figures | {"vowels kept open": 1 - figures["vowels falsely closed"]}


def loss_percent(best: float, got: float) -> float:
    """By how much of its value a figure of which more is better has fallen."""
    return 100 * (best - got) / best if best else float("nan")
