"""Recordings: files of any rate, depth, channel count and length, read in blocks so that hours fit in memory.

libsndfile (soundfile) reads wav, flac, ogg, opus, mp3, aiff and more; containers of film and phones (m4a, mp4,
webm …) go through PyAV, extra `media`. Channels are averaged.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr

from rigdriver.audio import Audio
from rigdriver.errors import InputError, MissingExtra
from rigdriver.inputs.sniff import ends_early, missing_bytes, what_else, what_media

SOUNDFILE_SUFFIXES = (".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aiff", ".aif", ".aifc", ".au", ".caf", ".w64",
                      ".rf64")
MEDIA_SUFFIXES = (".m4a", ".mp4", ".mov", ".webm", ".mkv", ".mka", ".aac", ".wma", ".3gp")
SUFFIXES = SOUNDFILE_SUFFIXES + MEDIA_SUFFIXES
BLOCK_S = 4  # seconds read at a time
HIGHEST_RATE = 768_000  # Hz; a header that claims more shall not ask for gigabytes
SHORTEST_FILE = 16  # bytes; no sound format's header is shorter


@dataclass(frozen=True)
class SoundFile:
    """A recording that was opened and found good, not read yet.

    rate: Hz. channels: count. frames: samples a channel, or None where only reading tells.
    """

    path: Path
    rate: int
    channels: int
    frames: int | None

    @property
    def duration_s(self) -> float | None:
        """Seconds, where known before reading."""
        return None if self.frames is None else self.frames / self.rate

    def blocks(self, rate: int, channel: int | None = None) -> Iterator[np.ndarray]:
        """(n,) float32 blocks at `rate` Hz, of one channel, or of their mean. Raises InputError for broken data, naming
        the place in seconds."""
        source = _media_blocks(self) if what_media(self.path) else _soundfile_blocks(self)
        if channel is not None:
            source = (block[:, channel : channel + 1] for block in source)
        return resampled(_sound(source, self), self.rate, rate)


def open_sound(path: str | Path) -> SoundFile:
    """Opens a recording. Raises InputError for what is not one, MissingExtra for a container that needs `media`."""
    path = Path(path)
    if path.is_dir():
        raise InputError(f"{path}: is a folder, not a recording")
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    if not os.access(path, os.R_OK):
        raise InputError(f"{path}: may not be read; look at its permissions")
    if path.stat().st_size < SHORTEST_FILE:
        raise InputError(f"{path}: the file is empty ({path.stat().st_size} bytes); was the recording cut off?")
    sound = _open_media(path) if what_media(path) else _open_soundfile(path)
    if sound.frames == 0:
        raise InputError(f"{path}: holds 0 samples of sound")
    return sound


def read(path: str | Path, rate: int = 16000) -> Audio:
    """A whole recording as mono sound at `rate` Hz."""
    blocks = list(open_sound(path).blocks(rate))
    return Audio(np.concatenate(blocks), rate)


def resampled(blocks: Iterator[np.ndarray], source_rate: int, rate: int) -> Iterator[np.ndarray]:
    """Blocks at another rate, in phase with the original; soxr's high quality."""
    if source_rate == rate:
        yield from blocks
        return
    stream = soxr.ResampleStream(source_rate, rate, 1, dtype="float32", quality="HQ")
    for block in blocks:
        yield stream.resample_chunk(block)
    yield stream.resample_chunk(np.zeros(0, np.float32), last=True)


def _open_soundfile(path: Path) -> SoundFile:
    other = what_else(path)
    if other:
        raise InputError(f"{path}: not a recording that can be read: {other}")
    lost = missing_bytes(path)
    if lost:
        raise InputError(f"{path}: truncated: its header promises {lost} bytes more than the file holds; "
                         "copy or export it again")
    if ends_early(path):
        raise InputError(f"{path}: truncated: the page that ends an Ogg file is missing; copy or export it again")
    try:
        with soundfile.SoundFile(path) as file:
            return SoundFile(path, file.samplerate, file.channels, file.frames)
    except (soundfile.LibsndfileError, OSError) as error:
        reason = str(error).rsplit(": ", 1)[-1].strip()
        raise InputError(f"{path}: not a recording that can be read: {reason}") from None


def _soundfile_blocks(sound: SoundFile) -> Iterator[np.ndarray]:
    """(n, channels) float32 blocks."""
    done = 0
    try:
        with soundfile.SoundFile(sound.path) as file:
            size = min(sound.rate, HIGHEST_RATE) * BLOCK_S
            # Not `file.blocks`: where a file ends early it gives whole blocks all the same, with anything in them.
            while len(block := file.read(size, dtype="float32", always_2d=True)):
                done += len(block)
                yield block
    except soundfile.LibsndfileError as error:
        raise InputError(f"{sound.path}: broken after {done / sound.rate:.2f} s: {error}") from None
    if sound.frames is not None and done < sound.frames:
        raise InputError(f"{sound.path}: truncated: its header promises {sound.frames / sound.rate:.2f} s, "
                         f"the file holds {done / sound.rate:.2f} s")


def _sound(blocks: Iterator[np.ndarray], sound: SoundFile) -> Iterator[np.ndarray]:
    """Mono blocks, each looked at: NaN and infinity are nobody's voice."""
    done = 0
    for block in blocks:
        mono = block[:, 0] if block.shape[1] == 1 else block.mean(1, dtype=np.float32)
        bad = np.flatnonzero(~np.isfinite(mono))
        if len(bad):
            raise InputError(f"{sound.path}: NaN or infinite samples, the first at "
                             f"{(done + bad[0]) / sound.rate:.3f} s; export the recording again")
        done += len(mono)
        yield np.ascontiguousarray(mono)
    if not done:
        raise InputError(f"{sound.path}: holds 0 samples of sound")


def _open_media(path: Path) -> SoundFile:
    try:
        from rigdriver.inputs import media
    except ModuleNotFoundError:
        raise MissingExtra(f"{path}: {what_media(path)}, which", "media") from None
    return SoundFile(path, *media.probe(path))


def _media_blocks(sound: SoundFile) -> Iterator[np.ndarray]:
    from rigdriver.inputs import media
    return media.blocks(sound.path)
