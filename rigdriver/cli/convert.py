"""`rigdriver convert`: curves from one format to another."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import click

from rigdriver import choose, formats
from rigdriver.cli import density
from rigdriver.cli.pairs import pairs
from rigdriver.cli.progress import Progress
from rigdriver.conversion import Conversion, Converted, convert
from rigdriver.errors import RigdriverError


@click.command("convert")
@click.argument("sources", metavar="IN...", nargs=-1, required=True, type=click.Path())
@click.argument("target", metavar="OUT", type=click.Path())
@click.option("--from-format", "source_format", help="Format of IN, where its suffix does not say.")
@click.option("--to-format", "target_format", help="Format of OUT, where its suffix does not say, or OUT is a folder.")
@click.option("--from-rig", "source_rig", help="Rig of IN's curves, where their names do not say: a name or a file.")
@click.option("--rig", "target_rig", help="Rig of OUT's curves, or 'keep'; default: the format's, else as they are.")
@click.option("--fps", help="Another frame rate: 24, 29.97, 30000/1001 …; default: as it is.")
@click.option("--from", "first_s", type=float, help="Second of IN at which OUT begins.")
@click.option("--to", "last_s", type=float, help="Second of IN at which OUT ends.")
@click.option("--offset", "offset_s", type=float, default=0.0, help="Seconds by which OUT is later (below 0: earlier).")
@click.option("--onto", type=click.Path(), help="Your own character, where OUT is .glb, .gltf or .vrm.")
@click.option("--keys", type=density.Density(), help=f"{density.HELP} Where OUT's format holds keys.")
@click.option("--option", "write_options", multiple=True, metavar="NAME=VALUE", help="An option of OUT's format.")
@click.option("--input-option", "read_options", multiple=True, metavar="NAME=VALUE", help="An option of IN's format.")
@click.option("--resume", is_flag=True, help="Leave out what was converted before and has not changed since.")
@click.option("--list", "list_formats", is_flag=True, is_eager=True, expose_value=False, callback=lambda *given:
              _list_formats(*given), help="The formats, what they lose, and their options.")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON a file on stdout, losses and all.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
def command(sources: tuple[str, ...], target: str, resume: bool, as_json: bool, quiet: bool, fps: str | None,
            **choices: Any) -> int:
    """Convert curves between formats, rigs and frame rates.

    IN is a file, several, or folders of them; several go into a folder OUT. What is lost on the way is listed.
    """
    how = Conversion(**choices, fps=choose.frame_rate(fps) if fps else None)
    work = pairs(sources, target, how.source_format, how.target_format)
    waiting = [pair for pair in work if not (resume and _is_done(*pair))]
    failed = 0
    with Progress(len(waiting), quiet or as_json) as progress:
        if len(waiting) < len(work):
            progress.say(f"{len(work) - len(waiting)} of {len(work)} were converted before")
        for source, output in waiting:
            progress.begin(source.name, None)
            try:
                done = convert(source, output, how)
            except RigdriverError as error:
                if len(work) == 1:
                    raise
                failed += 1
                if as_json:
                    click.echo(json.dumps({"source": str(source), "error": str(error)}))
                progress.say(f"rigdriver: {error}", important=True)
                continue
            _tell(done, progress, as_json)
    return 2 if failed else 0


def _tell(done: Converted, progress: Progress, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(done.as_dict()))
    progress.say("\n".join(done.lines()))


def _is_done(source: Path, target: Path) -> bool:
    """Whether the output is there and not older than its input."""
    with contextlib.suppress(OSError):
        return target.stat().st_mtime >= source.stat().st_mtime
    return False


def _list_formats(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if not wanted or context.resilient_parsing:
        return
    for row in formats.rows():
        ways = " and ".join(way for way, can in (("in", row.reads), ("out", row.writes)) if can)
        click.echo(f"{row.name:13} {' '.join(row.suffixes):18} {ways:10} {row.summary}")
        for verb, can in (("read", row.reads), ("write", row.writes)):
            with contextlib.suppress(RigdriverError):
                if can and (known := formats.options_of(row.function(verb))):
                    flag = "--input-option" if verb == "read" else "--option"
                    click.echo(f"{'':13} {flag}: {', '.join(known)}")
    context.exit()
