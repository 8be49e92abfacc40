"""`rigdriver performance`: the commented default parameter file."""

import click

from rigdriver.performance import default_yaml


@click.command("performance")
def command() -> None:
    """Print the default parameter file, every key explained. Save it, keep the lines you change."""
    click.echo(default_yaml(), nl=False)
