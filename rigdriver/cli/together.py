"""`rigdriver drive --dialogue`: recordings of one conversation, or the channels of one recording, on one clock."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rigdriver.cli import written
from rigdriver.cli.progress import Progress
from rigdriver.cli.targets import Job
from rigdriver.dialogue import dialogue
from rigdriver.errors import InputError
from rigdriver.inputs import open_sound
from rigdriver.inputs.files import SoundFile
from rigdriver.pipeline import Drive


@dataclass(frozen=True)
class Voice:
    """One side of a conversation: a recording or a channel of it, and the file that it becomes."""

    sound: SoundFile
    channel: int | None
    job: Job


def drive_together(work: list[Job], way: Drive, progress: Progress) -> list[dict[str, Any]]:
    """Writes a clip for every voice, all as long as the longest; results as of `drive`. One voice: InputError."""
    began, voices = time.perf_counter(), _voices(work)
    for voice in voices:
        written.check(voice.job)
    progress.begin(" + ".join(voice.job.output.stem for voice in voices),
                   max((voice.sound.duration_s or 0.0 for voice in voices), default=0.0) or None)
    rate, seed = way.model.settings.frontend.rate, way.performance.seed if way.seed is None else way.seed
    ways = [replace(way, seed=seed + k) for k in range(len(voices))]  # each a face of its own
    clips = dialogue([voice.sound.blocks(rate, voice.channel) for voice in voices], ways, progress.heard)
    progress.writing()
    return [written.write(voice.job, clip, began) for voice, clip in zip(voices, clips)]


def _voices(work: list[Job]) -> list[Voice]:
    sounds = [open_sound(job.speech) for job in work]
    if len(work) > 1:
        return [Voice(sound, None, job) for sound, job in zip(sounds, work)]
    (sound,), (job,) = sounds, work
    if sound.channels < 2:
        raise InputError(f"{job.speech}: one channel; a dialogue needs several recordings, or a channel each")
    return [Voice(sound, channel, replace(job, output=_numbered(job.output, channel)))
            for channel in range(sound.channels)]


def _numbered(output: Path, channel: int) -> Path:
    return output.with_name(f"{output.stem}_{channel + 1}{output.suffix}")
