"""Dialogue: several voices on one clock, a face for each, and each face knows when another speaks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

import numpy as np

from rigdriver.clip import PARTNER, Clip, concatenate
from rigdriver.errors import InputError
from rigdriver.inputs.files import BLOCK_S
from rigdriver.pipeline import Drive, Progress, stages


class DialogueStream:
    """Sound of every voice in by `push`, as much of each; finished frames of every face out."""

    def __init__(self, ways: Sequence[Drive]):
        header = ways[0].model.header()
        header = Clip.header((*header.names, PARTNER), header.fps)
        self._heard = [way.model.start(way.style, way.lookahead, way.manner, way.keyed_manner) for way in ways]
        self._faces = [stages(way, header) for way in ways]

    def push(self, sounds: Sequence[np.ndarray]) -> list[Clip]:
        """(n,) float32 at the model's rate for each voice → clips of the same frames, one a face."""
        return self._shown([stream.push(sound) for stream, sound in zip(self._heard, sounds, strict=True)])

    def flush(self) -> list[Clip]:
        """The rest; after it the dialogue is over."""
        last = self._shown([stream.flush() for stream in self._heard])
        return [clip.then(face.flush()) for clip, face in zip(last, self._faces)]

    def _shown(self, clips: list[Clip]) -> list[Clip]:
        voices = np.stack([clip["voice"] for clip in clips])  # (faces, frames)
        others = [np.delete(voices, k, 0).max(0, initial=0.0) for k in range(len(clips))]
        return [face.push(clip.with_column(PARTNER, other)) for face, clip, other in zip(self._faces, clips, others)]


def dialogue(speeches: Sequence[Iterable[np.ndarray]], ways: Sequence[Drive],
             heard: Progress | None = None) -> list[Clip]:
    """Whole recordings as clips of one length, that of the longest; who has said everything goes on listening.

    speeches: for each voice, blocks of any lengths at the model's rate. Clips are held in memory, 60 MB an hour each.
    """
    if len(speeches) < 2:
        raise InputError("a dialogue needs two voices or more: recordings, or the channels of one")
    rate = ways[0].model.settings.frontend.rate
    stream, done, parts = DialogueStream(ways), 0, []
    for blocks in zip_longest(*(_even(speech, rate * BLOCK_S) for speech in speeches)):
        size = max(len(block) for block in blocks if block is not None)
        parts.append(stream.push([_filled(block, size) for block in blocks]))
        done += size
        if heard:
            heard(done / rate)
    parts.append(stream.flush())
    return [concatenate(list(clips)) for clips in zip(*parts)]


def _even(blocks: Iterable[np.ndarray], size: int) -> Iterator[np.ndarray]:
    """The same sound in blocks of `size` samples, the last one shorter."""
    held = np.zeros(0, np.float32)
    for block in blocks:
        held = np.concatenate([held, block])
        while len(held) >= size:
            yield held[:size]
            held = held[size:]
    if len(held):
        yield held


def _filled(block: np.ndarray | None, size: int) -> np.ndarray:
    return np.zeros(size, np.float32) if block is None else np.pad(block, (0, size - len(block)))
