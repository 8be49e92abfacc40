"""The whole way: sound → model → layers → rig. One road for a file, a live stream, a batch and a page."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import IO

import numpy as np

from rigdriver import layers
from rigdriver import rig as rigs
from rigdriver.audio import Audio
from rigdriver.clip import Clip
from rigdriver.errors import InputError
from rigdriver.inputs import open_sound
from rigdriver.inputs.files import BLOCK_S, resampled
from rigdriver.layers import Acting
from rigdriver.layers.canonical import Canonical
from rigdriver.layers.resample import Resample
from rigdriver.layers.retarget import Retarget
from rigdriver.layers.told import Told
from rigdriver.model import align
from rigdriver.model.runtime import Model, ModelStream
from rigdriver.model.settings import ModelSettings
from rigdriver.performance import Performance
from rigdriver.rig import Channel, Rig
from rigdriver.stage import Chain
from rigdriver.take import Phone
from rigdriver.tracks import Track, Tracks
from rigdriver.transcript import Transcript

Progress = Callable[[float], None]
"""Told now and then how many seconds of sound have been heard."""

Witness = Callable[[Clip], None]
"""Shown what the model hears as it comes, or is told: its curves and hints, before any layer."""

HELD_BYTES = 64 * 2**20  # curves kept in memory; a longer clip (about an hour at 60 fps) goes to a temporary file


@dataclass(frozen=True, eq=False)
class Drive:
    """Settings of the whole way, shared by any number of streams.

    fps: frame rate of what comes out. seed: None takes the performance's. style: None takes the model's default.
    lookahead: steps of sound heard ahead of a frame; None takes the model's default.
    phones: what is known to be spoken, with trust; the lips follow it. heard: what `Model.phones` says of the
    recording, where it has been asked. `told` sets both.
    """

    model: Model
    performance: Performance = field(default_factory=Performance)
    rig: Rig = field(default_factory=rigs.canonical)
    fps: Fraction = Fraction(60)
    seed: int | None = None
    style: str | None = None
    lookahead: int | None = None
    phones: tuple[Phone, ...] = ()
    heard: np.ndarray | None = None

    @property
    def manner(self) -> dict[str, float]:
        """The performance's manner, as far as the model learned any; captured faces move in their own."""
        if self.style not in (None, self.model.settings.default_style):
            return {}
        said = dataclasses.asdict(self.performance.manner)
        return {name: said[name] for name in self.model.settings.manners if name in said}

    @property
    def keyed_manner(self) -> dict[str, Track]:
        """What of it changes over the take."""
        tracks = Tracks({key: keys for key, keys in self.performance.tracks.items() if key.startswith("manner.")})
        return {name: track for name, track in tracks.of("manner").items() if name in self.manner}

    @property
    def own(self) -> tuple[str, ...]:
        """Channels of another rig than the canonical that the model gives."""
        canonical = rigs.canonical()
        return tuple(name for name in self.model.settings.outputs if name not in canonical)

    @property
    def target(self) -> Rig:
        """The rig of what comes out: `rig`, unless the model speaks a rig of its own that has nothing of it."""
        own = self.own
        if not own or set(own) & set(self.rig.names):
            return self.rig
        return _spoken_rig(self.model.settings)

    def start(self, witness: Witness | None = None) -> DriveStream:
        return DriveStream(self, witness)


def _spoken_rig(settings: ModelSettings) -> Rig:
    """The rig that a model speaks by itself: its outputs, and all canonical channels where it gives some of those."""
    low, span = settings.spans
    own = [Channel(name, low=float(base), high=float(base + run))
           for name, base, run in zip(settings.outputs, low, span) if name not in rigs.canonical()]
    shared = rigs.canonical().channels if len(own) < len(settings.outputs) else ()
    return Rig(settings.name, (*shared, *own))


class DriveStream:
    """One voice on its way to one face: sound in by `push`, finished frames out."""

    def __init__(self, drive: Drive, witness: Witness | None = None):
        self._witness = witness
        self._heard: ModelStream = drive.model.start(drive.style, drive.lookahead, drive.manner,
                                                     drive.keyed_manner)
        self._told = Told(drive.phones).start(drive.model.header(), 0)
        self._stages = stages(drive, drive.model.header())

    def push(self, samples: np.ndarray) -> Clip:
        """(n,) float32 at the model's rate → frames of the target rig, perhaps none."""
        return self._stages.push(self._shown(self._heard.push(samples)))

    def flush(self) -> Clip:
        """The rest; after it the stream is over."""
        return self._stages.push(self._shown(self._heard.flush())).then(self._stages.flush())

    def _shown(self, heard: Clip) -> Clip:
        clip = self._told.push(heard)
        if self._witness is not None:
            self._witness(clip)
        return clip


def stages(drive: Drive, header: Clip) -> Chain:
    """From what a model says to one face: layers, rig, frame rate."""
    return Chain([acted(drive, header), fitted(drive, drive.target, header)])


def acted(drive: Drive, header: Clip) -> Acting:
    """From what a model says to what a face does, on the canonical rig."""
    return layers.chain(drive.performance, header, drive.seed, drive.own)


def fitted(drive: Drive, rig: Rig, header: Clip) -> Chain:
    """From what a face does to a rig, at the frame rate that is asked for."""
    retarget = Retarget(rig, drive.own).start(Canonical(drive.own).start(header, 0).header, 0)
    return Chain([retarget, Resample(drive.fps).start(retarget.header, 0)])


def phones(speech: str | Path | Audio, model: Model) -> np.ndarray:
    """What is said at each frame of a recording: `Model.phones`. Raises InputError for what cannot be read."""
    return model.phones(_blocks(speech, model.settings.frontend.rate))


def told(speech: str | Path | Audio, way: Drive, transcript: Transcript) -> Drive:
    """The same way, which knows what is spoken in this recording: the transcript's phones, where the sound has them,
    each with the trust that the sound gives it.

    The recording is heard from end to end for it, before it is driven. Raises InputError for what cannot be read.
    """
    heard, fps = phones(speech, way.model), way.model.settings.frontend.fps
    known = (align.confirm(heard, transcript.phones, fps) if transcript.phones else
             align.locate(heard, transcript.words, fps))
    return dataclasses.replace(way, phones=known, heard=heard)


def drive(speech: str | Path | Audio, way: Drive, heard: Progress | None = None,
          witness: Witness | None = None) -> Clip:
    """A whole recording as a clip on the target rig. Raises InputError for what cannot be read."""
    return collect(frames(speech, way, heard, witness))


def frames(speech: str | Path | Audio, way: Drive, heard: Progress | None = None,
           witness: Witness | None = None) -> Iterator[Clip]:
    """Clips that meet, as the recording is heard."""
    rate = way.model.settings.frontend.rate
    stream, done = way.start(witness), 0
    for block in _blocks(speech, rate):
        yield stream.push(block)
        done += len(block)
        if heard:
            heard(done / rate)
    yield stream.flush()


def _blocks(speech: str | Path | Audio, rate: int) -> Iterable[np.ndarray]:
    if not isinstance(speech, Audio):
        return open_sound(speech).blocks(rate)
    if not len(speech):
        raise InputError("the sound holds 0 samples")
    if not np.isfinite(speech.samples).all():
        raise InputError("the sound has NaN or infinite samples")
    size = speech.rate * BLOCK_S
    blocks = (speech.samples[first : first + size] for first in range(0, len(speech), size))
    return resampled(blocks, speech.rate, rate)


def collect(clips: Iterable[Clip]) -> Clip:
    """One clip from clips that meet. A long one lies in a temporary file, mapped into memory, not in memory."""
    held: list[np.ndarray] = []
    size, file = 0, None
    first = last = None
    for clip in clips:
        first, last = first or clip, clip
        held.append(clip.values)
        size += clip.values.nbytes
        if size > HELD_BYTES:
            file = file or tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the clip that maps it
            file.write(np.concatenate(held).tobytes())
            held, size = [], 0
    if first is None or last is None:
        raise ValueError("nothing to collect")
    return Clip(first.names, _gathered(held, file, len(first.names)), first.fps, first.start)


def _gathered(held: list[np.ndarray], file: IO[bytes] | None, columns: int) -> np.ndarray:
    if file is None:
        return np.concatenate(held)
    if held:
        file.write(np.concatenate(held).tobytes())
    file.flush()
    return np.memmap(file, np.float32, "r").reshape(-1, columns)
