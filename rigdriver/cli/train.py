"""`rigdriver train`: teach a network from a folder of data sets, and export it."""

from __future__ import annotations

from pathlib import Path

import click

from rigdriver.errors import MissingExtra


@click.command("train")
@click.argument("config", type=click.Path(path_type=Path))
@click.option("--data", type=click.Path(path_type=Path), required=True, help="Folder of data sets.")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("runs/train"), show_default=True,
              help="Folder of checkpoints and log; started again, a run goes on from there.")
@click.option("--init", type=click.Path(path_type=Path), help="Checkpoint (.safetensors) that a new run begins from.")
def command(config: Path, data: Path, output: Path, init: Path | None) -> None:
    """Teach a network as CONFIG says; the shipped one's is rigdriver/training/shipped.yaml."""
    try:
        from rigdriver.training.ship import train_and_ship
    except ModuleNotFoundError:
        raise MissingExtra("rigdriver train", "train") from None
    train_and_ship(config, data, output, lambda line: click.echo(line, err=True), init)
