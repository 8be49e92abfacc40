"""A driven clip becomes its file, and what is told of it."""

from __future__ import annotations

import time
from typing import Any

from rigdriver import formats
from rigdriver.cli.targets import Job
from rigdriver.clip import Clip
from rigdriver.formats import atomic


def check(job: Job) -> None:
    """Whether the output can be written, before an hour is spent on it. Raises OutputError."""
    formats.check(job.output, job.format, job.options)
    atomic.check(job.output, [job.speech, *([job.options["onto"]] if "onto" in job.options else [])])


def write(job: Job, clip: Clip, began: float) -> dict[str, Any]:
    """Writes it; gives what `drive` tells. began: `time.perf_counter()` of when the job was."""
    return _told(job, clip, began, formats.write(clip, job.output, job.format, **job.options))


class Shelf:
    """Clips of several recordings until all are driven, when they become one file."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Job, Clip, float]] = []

    def put(self, job: Job, clip: Clip, began: float) -> dict[str, Any]:
        """Keeps it; gives what `drive` tells so far, with no report yet."""
        self._waiting.append((job, clip, began))
        return _told(job, clip, began, None)

    def write(self) -> list[Any]:
        """Writes them all; a report of each, none where every recording failed."""
        if not self._waiting:
            return []
        job = self._waiting[0][0]
        clips = {job.name: clip for job, clip, _ in self._waiting}
        return formats.write_all(clips, job.output, job.format, **job.options)


def _told(job: Job, clip: Clip, began: float, report: Any) -> dict[str, Any]:
    return {"speech": str(job.speech), "output": str(job.output), "seconds": float((len(clip) - 1) / clip.fps),
            "frames": len(clip), "fps": str(clip.fps), "took_s": round(time.perf_counter() - began, 3),
            "report": report}
