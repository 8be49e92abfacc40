"""The contract of a stage: settings that many streams share, and a stream that holds one stream's state.

Three laws, tested for every stage in the table (`tests/laws.py`): chunking changes nothing; streams do not
touch; same seed, same face. Offline is the live stream with one push.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from rigdriver.clip import Clip


class Stream(Protocol):
    """One stage at work on one stream. What needs the future waits inside until `flush`."""

    def push(self, clip: Clip) -> Clip:
        """The frames that are finished now, perhaps none."""
        ...

    def flush(self) -> Clip:
        """The rest; after it the stream is over."""
        ...


class Stage(Protocol):
    """Settings of a stage; `start` opens a stream whose first frame the header names."""

    def start(self, header: Clip, seed: int) -> Stream: ...


class Chain:
    """Several streams in a row are again a stream."""

    def __init__(self, streams: Sequence[Stream]):
        if not streams:
            raise ValueError("a chain needs at least one stream")
        self._streams = list(streams)

    def push(self, clip: Clip) -> Clip:
        for stream in self._streams:
            clip = stream.push(clip)
        return clip

    def flush(self) -> Clip:
        first, *rest = self._streams
        tail = first.flush()
        for stream in rest:
            tail = stream.push(tail).then(stream.flush())
        return tail


def run(stage: Stage, clip: Clip, seed: int = 0) -> Clip:
    """A whole clip through one stage: the live stream with one push."""
    stream = stage.start(clip.cut(clip.start, clip.start), seed)
    return stream.push(clip).then(stream.flush())
