"""Parts: what of a face belongs to speech, emotion, gaze, blinks and head, as clips that add up to the whole face.

For layers in an animation program, each to be muted, faded and edited by itself. The recording is heard once, and acted
with ever more switched off; a part is what its switch adds:

    everything                       ─┐ head
    without head                     ─┤ blink
    without head, blink              ─┤ gaze
    without head, blink, gaze        ─┤ emotion
    without any of these              = speech

So the parts add up to the whole exactly, sealed lips included. The seed is one for all, and each layer draws chance
from the clock: what is left does not change because something was switched off. Blinks come off before gaze and the
head before both, because large shifts of gaze draw blinks and heads.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from rigdriver import pipeline
from rigdriver.audio import Audio
from rigdriver.clip import HINTS, PARTNER, Clip, concatenate
from rigdriver.pipeline import Drive, Progress, Witness

PARTS = ("speech", "emotion", "gaze", "blink", "head")
"""From the lowest layer up; each of them, but for speech, is a section of the performance."""
NOTHING = 2e-6  # a difference of float32 sums


def drive(speech: str | Path | Audio, way: Drive, heard: Progress | None = None,
          witness: Witness | None = None) -> dict[str, Clip]:
    """A whole recording as clips on the target rig, by part. witness: is shown what the model heard, as
    `pipeline.drive` shows it. Raises InputError for what cannot be read."""
    said: list[Clip] = []

    def listen(clip: Clip) -> None:
        said.append(clip)
        if witness:
            witness(clip)

    faces = [pipeline.drive(speech, way, heard, listen)]
    faces += [_acted(said, _without(way, PARTS[keep:])) for keep in range(len(PARTS) - 1, 0, -1)]
    faces = [clip.without((*HINTS, PARTNER)) for clip in faces]
    parts = {"speech": faces[-1]}
    for part, with_it, less in zip(reversed(PARTS), faces, faces[1:]):
        change = with_it.values - less.values
        change[np.abs(change) < NOTHING] = 0.0
        parts[part] = replace(with_it, values=change)
    return {part: parts[part] for part in PARTS}


def _without(way: Drive, off: Iterable[str]) -> Drive:
    sections = {part: replace(getattr(way.performance, part), enabled=False) for part in off}
    return replace(way, performance=replace(way.performance, **sections))


def _acted(said: Iterable[Clip], way: Drive) -> Clip:
    """What the model said, acted in another way."""
    stream = pipeline.stages(way, way.model.header())
    return concatenate([*(stream.push(clip) for clip in said), stream.flush()])
