"""Sound from containers of film and phones (m4a, mp4, webm, aac …), by PyAV. Extra `media`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np

from rigdriver.errors import InputError

RAW_AAC_PRIMING = 1024  # samples an AAC decoder gives before the sound; only a container can say so, raw .aac cannot


def probe(path: Path) -> tuple[int, int, int | None]:
    """Rate in Hz, channels, samples where the container says. Raises InputError for a file without sound."""
    try:
        with av.open(str(path)) as container:
            stream = _stream(container, path)
            seconds = float(stream.duration * stream.time_base) if stream.duration else None
            frames = None if seconds is None else round(seconds * stream.rate)
            return stream.rate, stream.channels, frames
    except (av.FFmpegError, OSError) as error:
        raise InputError(f"{path}: not a recording that can be read: {error}") from None


def blocks(path: Path) -> Iterator[np.ndarray]:
    """(n, channels) float32 blocks at the file's own rate."""
    with av.open(str(path)) as container:
        stream = _stream(container, path)
        skip = RAW_AAC_PRIMING if container.format.name == "aac" else 0
        planar = av.AudioResampler(format="fltp", layout=stream.layout, rate=stream.rate)
        try:
            for frame in container.decode(stream):
                for ready in planar.resample(frame):
                    block = ready.to_ndarray().T  # (n, channels)
                    dropped = min(skip, len(block))
                    skip -= dropped
                    yield np.ascontiguousarray(block[dropped:])
        except av.FFmpegError as error:
            raise InputError(f"{path}: broken: {error}") from None


def _stream(container: Any, path: Path) -> Any:
    if not container.streams.audio:
        raise InputError(f"{path}: holds no sound")
    return container.streams.audio[0]
