"""A driven clip becomes its file, and what is told of it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from rigdriver import formats, pipeline
from rigdriver.anchoring import Accents, anchors
from rigdriver.cli import kept
from rigdriver.cli.targets import Job
from rigdriver.cli.transcripts import FITS
from rigdriver.clip import Clip
from rigdriver.edits import taking
from rigdriver.edits.taking import Earlier
from rigdriver.formats import atomic
from rigdriver.likeness import Likeness
from rigdriver.pipeline import Drive

SHORT_S = 0.1  # a face needs about this long to do anything at all


def check(job: Job) -> None:
    """Whether the output can be written, before an hour is spent on it. Raises OutputError."""
    formats.check(job.output, job.format, job.options)
    atomic.check(job.output, [job.speech, *([job.options["onto"]] if "onto" in job.options else [])])


def write(job: Job, clip: Clip, began: float, way: Drive | None = None,
          earlier: Earlier | None = None, accents: Accents | None = None) -> dict[str, Any]:
    """Writes it; gives what `drive` tells. began: `time.perf_counter()` of when the job was.

    way: how it was driven, for the file's record; None writes none. earlier: the edited file whose edits are kept.
    accents: what was heard of them, for the places of keys.
    """
    if way is None:
        return _told(job, clip, began, formats.write(clip, job.output, job.format, **job.options))
    is_keyed = _is_keyed(job, clip)
    is_wanted = earlier is not None or is_keyed or taking.remembers(job.output, job.format, clip)
    heard = _heard(job, way) if is_wanted else None
    more = {formats.ANCHORS: anchors(heard, accents)} if is_keyed and heard is not None else {}
    report, result = taking.write(clip, job.output, job.format, heard=heard, earlier=earlier, made=_made(way),
                                  **job.options, **more)
    keys = _likeness(job, result.clip if result else clip, report)
    told = _told(job, clip, began, None if isinstance(report, Likeness) else report)
    return told | ({"kept": result} if result else {}) | ({"keys": keys} if keys else {})


def _likeness(job: Job, clip: Clip, report: Any) -> Likeness | None:
    """What keys cost, where there are any: as the format tells, or else as the file shows it again."""
    if isinstance(report, Likeness) or not job.options.get("keys"):
        return report if isinstance(report, Likeness) else None
    again = taking.read_back(job.output, report)
    shown = [name for name in again.names if again[name].any()]
    return Likeness.between(clip.pick([name for name in clip.names if name in again]), again,
                            report.keys * len(shown), report.keys, len(shown))


def _is_keyed(job: Job, clip: Clip) -> bool:
    """Whether its keys are placed by what is said."""
    return formats.takes_anchors(clip, job.output, job.format) and clip.duration <= taking.LONGEST_S


def heard_once(jobs: Iterable[Job], way: Drive, clips: Mapping[str, Clip], keeps: bool) -> Drive:
    """The way with what is said in the recording, where one of the files of its layers asks for it."""
    first, clip = next(iter(jobs)), next(iter(clips.values()))
    if way.heard is None and (keeps or _is_keyed(first, clip) or taking.remembers(first.output, first.format, clip)):
        return replace(way, heard=_heard(first, way))
    return way


def _heard(job: Job, way: Drive) -> np.ndarray:
    """What is said in the recording: where a transcript was looked for in it, that has been asked already."""
    return pipeline.phones(job.speech, way.model) if way.heard is None else way.heard


def _made(way: Drive) -> dict[str, Any]:
    return {"model": way.model.settings.name, "seed": way.performance.seed if way.seed is None else way.seed}


class Shelf:
    """Clips of several recordings until all are driven, when they become one file."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Job, Clip, np.ndarray]] = []

    def put(self, job: Job, clip: Clip, began: float, way: Drive) -> dict[str, Any]:
        """Keeps it; gives what `drive` tells so far, with no report yet."""
        self._waiting.append((job, clip, _heard(job, way)))
        return _told(job, clip, began, None)

    def write(self) -> list[Any]:
        """Writes them all; a report of each, none where every recording failed."""
        if not self._waiting:
            return []
        job = self._waiting[0][0]
        clips = {job.name: (clip, heard) for job, clip, heard in self._waiting}
        reports = formats.write_all({name: clip for name, (clip, _) in clips.items()}, job.output, job.format,
                                    **job.options)
        taking.remember_all(clips, job.output, reports)
        return reports


def _told(job: Job, clip: Clip, began: float, report: Any) -> dict[str, Any]:
    return {"speech": str(job.speech), "output": str(job.output), "seconds": float((len(clip) - 1) / clip.fps),
            "frames": len(clip), "fps": str(clip.fps), "took_s": round(time.perf_counter() - began, 3),
            "report": report}


def told(result: dict[str, Any]) -> str:
    """Lines for a person."""
    lines = [f"{result['speech']} → {result['output']}  ({result['frames']} frames at {result['fps']} fps, "
             f"{result['took_s']:.2f} s)"]
    if result["seconds"] < SHORT_S:
        lines.append(f"  note: only {result['seconds']:.2f} s of sound; too short for a face to say anything")
    if result.get("transcript_fits", 1.0) < FITS:
        lines.append(f"  note: the sound bears out {100 * result['transcript_fits']:.0f} % of the transcript; where it "
                     "does not, the words are not followed")
    if result["report"] is not None:
        lines += [f"  {line}" for line in result["report"].lines()]
    if "keys" in result:
        lines += [f"  {line}" for line in result["keys"].lines()]
    if "kept" in result:
        lines += [f"  {line}" for line in kept.told(result["kept"])]
    if "figures" in result:
        lines.append(f"  {result['figures'].line()}")
    return "\n".join(lines)


def as_json(result: dict[str, Any]) -> dict[str, Any]:
    """Plain values that JSON can hold."""
    report = result["report"]
    plain = result | {"report": None if report is None else report.as_dict()}
    plain |= {"keys": result["keys"].as_dict()} if "keys" in result else {}
    plain |= {"kept": kept.as_json(result["kept"])} if "kept" in result else {}
    return plain | ({"figures": result["figures"].as_dict()} if "figures" in result else {})
