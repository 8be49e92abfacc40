"""`rigdriver bench`: speed, latency and memory on this machine."""

import json

import click

from rigdriver.bench import bench


@click.command("bench")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON a figure.")
def command(as_json: bool) -> None:
    """Measure cold start, speed on one thread, latency of a hop, memory, and growth with length. About a minute."""
    for figure in bench():
        click.echo(json.dumps(vars(figure)) if as_json else str(figure))
