"""`rigdriver convert`: curves from one format to another."""

from __future__ import annotations

import click

from rigdriver import choose, formats
from rigdriver.layers.resample import Resample
from rigdriver.stage import run


@click.command("convert")
@click.argument("source", type=click.Path())
@click.argument("target", type=click.Path())
@click.option("--from", "source_format", help="Format of SOURCE, where its suffix does not say.")
@click.option("--to", "target_format", help="Format of TARGET, where its suffix does not say.")
@click.option("--fps", help="Another frame rate; default: as it is.")
@click.option("--onto", type=click.Path(), help="Your own character, where TARGET is .glb.")
def command(source: str, target: str, source_format: str | None, target_format: str | None, fps: str | None,
            onto: str | None) -> None:
    """Read curves from SOURCE and write them to TARGET."""
    clip = formats.read(source, source_format)
    if fps:
        clip = run(Resample(choose.frame_rate(fps)), clip)
    report = formats.write(clip, target, target_format, **({"onto": onto} if onto else {}))
    click.echo(f"{source} → {target}  ({len(clip)} frames at {clip.fps} fps)", err=True)
    for line in report.lines() if report is not None else ():
        click.echo(f"  {line}", err=True)
