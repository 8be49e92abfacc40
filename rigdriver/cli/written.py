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
    formats.check(job.output, job.format)
    atomic.check(job.output, [job.speech, *([job.onto] if job.onto else [])])


def write(job: Job, clip: Clip, began: float) -> dict[str, Any]:
    """Writes it; gives what `drive` tells. began: `time.perf_counter()` of when the job was."""
    options = {"onto": job.onto} if job.onto else {}
    report = formats.write(clip, job.output, job.format, **options)
    return {"speech": str(job.speech), "output": str(job.output), "seconds": float((len(clip) - 1) / clip.fps),
            "frames": len(clip), "fps": str(clip.fps), "took_s": round(time.perf_counter() - began, 3),
            "report": report}
