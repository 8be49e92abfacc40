"""`rigdriver rig`: the rigs that are known."""

import click

from rigdriver import rig as rigs


@click.group("rig")
def command() -> None:
    """List the rigs that curves can be written for, or show one."""


@command.command("list")
def list_rigs() -> None:
    """Names of the rigs that ship with rigdriver."""
    for name in rigs.available():
        rig = rigs.load(name)
        click.echo(f"{name:12} {len(rig.channels):4} channels  {rig.description}")


@command.command("show")
@click.argument("rig")
def show(rig: str) -> None:
    """Channels of RIG (a name or a YAML file), in order."""
    for channel in rigs.load(rig).channels:
        click.echo(f"{channel.name:28} {channel.unit:7} {channel.low:g}..{channel.high:g}  {channel.region}")
