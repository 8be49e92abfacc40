"""`rigdriver rig`: the rigs that are known, what a character has of them, and a rig file for it."""

from __future__ import annotations

from pathlib import Path

import click

from rigdriver import rig as rigs


@click.group("rig")
def command() -> None:
    """List rigs, show one, look into a character, and write a rig file for it."""


@command.command("list")
def list_rigs() -> None:
    """Names of the rigs that ship with rigdriver."""
    for name in rigs.available():
        rig = rigs.load(name)
        click.echo(f"{name:22} {len(rig.channels):4} channels  {rig.description}")


@command.command("show")
@click.argument("rig")
def show(rig: str) -> None:
    """Channels of RIG (a name or a YAML file), in order, and what each is made of."""
    loaded = rigs.load(rig)
    rows = loaded.forward.rows if loaded.forward else {}
    posed = loaded.forward.poses.of if loaded.forward and loaded.forward.poses else {}
    for channel in loaded.channels:
        made = "a pose" if channel.name in posed else " + ".join(
            name if weight == 1 else f"{weight:g} {name}" for name, weight in rows.get(channel.name, {}).items())
        click.echo(f"{channel.name:28} {channel.unit:7} {channel.low:g}..{channel.high:g}  {channel.region}"
                   f"{'  ← ' + made if made else ''}")


@command.command("inspect")
@click.argument("file", type=click.Path())
def inspect(file: str) -> None:
    """What FILE (.glb .gltf .vrm .csv .anim .usd .npz …) has of a face, which rig it is, and what is missing."""
    from rigdriver.rigging.character import look
    from rigdriver.rigging.inspection import Inspection
    for line in Inspection(look(file)).lines():
        click.echo(line)


@command.command("map")
@click.argument("file", type=click.Path())
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="Rig file to write (.yaml).")
@click.option("--as", "known", help="The rig it is, where it is not told right: a name from `rig list`.")
@click.option("--force", is_flag=True, help="Write over a file that is there, your own edits included.")
def map_names(file: str, output: Path, known: str | None, force: bool) -> None:
    """Write a first rig file for the character FILE from its names, for you to look over and edit."""
    from rigdriver.rigging.character import look
    from rigdriver.rigging.mapping import mapped
    from rigdriver.rigging.rigtext import check_place, write
    check_place(output, force)
    drawn = mapped(look(file), known, output.stem)
    write(drawn, output)
    for line in drawn.summary():
        click.echo(line)


@command.command("solve")
@click.argument("file", type=click.Path(), required=False)
@click.option("--like", type=click.Path(), help="A head whose shapes are known (.glb); default: the built-in one.")
@click.option("--from", "source", type=click.Path(), help="Instead of meshes: curves of a performance on ARKit's rig …")
@click.option("--to", "target", type=click.Path(), help="… and the same performance on your rig.")
@click.option("--from-rig", help="The rig of --from, where it is not ARKit's.")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="Rig file to write (.yaml).")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def solve(file: str | None, like: str | None, source: str | None, target: str | None, from_rig: str | None,
          output: Path, force: bool) -> None:
    """Fit a rig file by bounded least squares: from the shapes of FILE (.glb), or from a pair of clips."""
    from rigdriver.rigging import solving
    from rigdriver.rigging.rigtext import check_place, write
    check_place(output, force)
    fitted = solving.chosen(file, like, source, target, from_rig, output.stem)
    write(fitted, output)
    for line in fitted.summary():
        click.echo(line)
