"""`rigdriver train`: teach a network from a studio's takes or from a folder of data sets, and export it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from rigdriver.cli.progress import Steps
from rigdriver.errors import MissingExtra, SettingsError


@click.command("train")
@click.argument("what", metavar="TAKES|CONFIG", type=click.Path(path_type=Path))
@click.option("--data", type=click.Path(path_type=Path), help="Folder of data sets, for a CONFIG that names some.")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("runs/train"), show_default=True,
              help="Folder of checkpoints and log; started again, a run goes on from there.")
@click.option("--init", type=click.Path(path_type=Path), help="Checkpoint (.safetensors) that a new run begins from; "
              "takes begin from the shipped one, or from nothing with `none`.")
@click.option("--rig", help="Rig of the takes' curves, name or YAML file; its channels are the outputs.")
@click.option("--steps", type=click.IntRange(1), help="How many steps, instead of CONFIG's.")
@click.option("--minutes", type=click.FloatRange(0, min_open=True), help="As many steps as fit, instead.")
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), help="Default: a GPU where there is one.")
@click.option("--seed", type=click.IntRange(0))
def command(what: Path, data: Path | None, output: Path, init: Path | None, **changes: Any) -> None:
    """Teach a network: from TAKES, a folder of recordings with their curves, or as CONFIG says.

    TAKES hold line_01.wav beside line_01.csv (.npz, .glb …); the curves' own channels are what OUT/model.onnx gives.
    Settings are rigdriver/training/studio.yaml's. Where an artist edited what `drive` wrote (.glb, .csv, .anim), the
    change is learned and all else stays (edited.yaml). The shipped model's CONFIG is rigdriver/training/shipped.yaml.
    """
    if not what.exists():
        raise SettingsError(f"{what}: neither a folder of takes nor a training file")
    try:
        from rigdriver.training.ship import train_and_ship
    except ModuleNotFoundError:
        raise MissingExtra("rigdriver train", "train") from None
    given = {name: value for name, value in changes.items() if value is not None}
    with Steps() as steps:
        train_and_ship(what, data, output, steps.say, init, given, steps.done)
