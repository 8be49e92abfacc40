"""`rigdriver drive`: recordings become animation."""

from __future__ import annotations

import json
import time
from typing import Any

import click

from rigdriver import choose, formats, pipeline
from rigdriver.cli.progress import Progress
from rigdriver.cli.targets import Job, jobs
from rigdriver.errors import RigdriverError
from rigdriver.formats import atomic, gltf
from rigdriver.inputs import open_sound
from rigdriver.pipeline import Drive

SHORT_S = 0.1  # a face needs about this long to do anything at all


@click.command("drive")
@click.argument("speech", nargs=-1, required=True, type=click.Path())
@click.option("-o", "--output", type=click.Path(), help="File or folder to write; default: beside the recording.")
@click.option("--format", "format_", help="Format to write, where the suffix does not say: glb, csv, npz …")
@click.option("--onto", type=click.Path(), help="Your own character (.glb, .gltf, .vrm); default: the built-in head.")
@click.option("--rig", default="arkit", show_default=True, help="Rig of the curves: a name or a YAML file.")
@click.option("--fps", default="60", show_default=True, help="Frames a second: 24, 29.97, 30000/1001 …")
@click.option("--seed", type=int, help="Of blinks, gaze and head; default: the performance's.")
@click.option("--performance", type=click.Path(), help="Parameter file; `rigdriver performance` prints one.")
@click.option("--style", help="One of the model's learned faces; default: natural.")
@click.option("--lookahead", help="Milliseconds of sound heard ahead of each frame, or 'whole'; default: 80, as live.")
@click.option("--model", type=click.Path(), help="Another trained model (.onnx).")
@click.option("--engine", type=click.Choice(["onnx", "torch"]), default="onnx", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One line of JSON a recording on stdout.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
def command(speech: tuple[str, ...], output: str | None, format_: str | None, onto: str | None, as_json: bool,
            quiet: bool, **choices: Any) -> int:
    """Turn SPEECH (recordings, or folders of them) into facial animation.

    With no other word, SPEECH.glb appears beside the recording, spoken by the built-in head.
    """
    way = choose.way(**choices)
    work = jobs(speech, output, format_, onto)
    if onto:
        gltf.check(onto, way.target.names)  # once, before anything is heard
    failed = 0
    with Progress(len(work), quiet or as_json) as progress:
        for job in work:
            try:
                result = _drive(job, way, progress)
            except RigdriverError as error:
                if len(work) == 1:
                    raise
                failed += 1
                if as_json:
                    click.echo(json.dumps({"speech": str(job.speech), "error": str(error)}))
                progress.say(f"rigdriver: {error}", important=True)
                continue
            progress.say(_told(result))
            if as_json:
                click.echo(json.dumps(result | {"report": _plain(result["report"])}))
    return 2 if failed else 0


def _drive(job: Job, way: Drive, progress: Progress) -> dict[str, Any]:
    """One recording, all the way to its file."""
    began = time.perf_counter()
    sound = open_sound(job.speech)
    formats.check(job.output, job.format)
    atomic.check(job.output, [job.speech, *([job.onto] if job.onto else [])])  # before an hour is spent on it
    progress.begin(job.speech.name, sound.duration_s)
    clip = pipeline.drive(job.speech, way, progress.heard)
    progress.writing()
    options = {"onto": job.onto} if job.onto else {}
    report = formats.write(clip, job.output, job.format, **options)
    return {"speech": str(job.speech), "output": str(job.output), "seconds": float((len(clip) - 1) / clip.fps),
            "frames": len(clip), "fps": str(clip.fps), "took_s": round(time.perf_counter() - began, 3),
            "report": report}


def _told(result: dict[str, Any]) -> str:
    lines = [f"{result['speech']} → {result['output']}  ({result['frames']} frames at {result['fps']} fps, "
             f"{result['took_s']:.2f} s)"]
    if result["seconds"] < SHORT_S:
        lines.append(f"  note: only {result['seconds']:.2f} s of sound; too short for a face to say anything")
    if result["report"] is not None:
        lines += [f"  {line}" for line in result["report"].lines()]
    return "\n".join(lines)


def _plain(report: Any) -> Any:
    return None if report is None else report.as_dict()
