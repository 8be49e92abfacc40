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
            if not stream.rate:
                raise ValueError("its sound has no sample rate")
            seconds = float(stream.duration * stream.time_base) if stream.duration else None
            frames = None if seconds is None else round(seconds * stream.rate)
            return stream.rate, stream.channels, frames
    except (av.FFmpegError, ValueError, OSError) as error:
        raise _broken(path, error) from None


def blocks(path: Path) -> Iterator[np.ndarray]:
    """(n, channels) float32 blocks at the file's own rate."""
    try:
        yield from _decoded(path)
    except (av.FFmpegError, ValueError, OSError) as error:
        raise _broken(path, error) from None


def _decoded(path: Path) -> Iterator[np.ndarray]:
    with av.open(str(path)) as container:
        stream = _stream(container, path)
        skip = RAW_AAC_PRIMING if container.format.name == "aac" else 0
        planar = av.AudioResampler(format="fltp", layout=stream.layout, rate=stream.rate)
        for frame in container.decode(stream):
            for ready in planar.resample(frame):
                block = ready.to_ndarray().T  # (n, channels)
                dropped = min(skip, len(block))
                skip -= dropped
                yield np.ascontiguousarray(block[dropped:])


def _broken(path: Path, error: Exception) -> InputError:
    reason = getattr(error, "strerror", None) or str(error)
    return InputError(f"{path}: not a recording that can be read: {reason}")


def _stream(container: Any, path: Path) -> Any:
    if not container.streams.audio:
        raise InputError(f"{path}: holds no sound")
    return container.streams.audio[0]
