"""`rigdriver performance`: the commented parameter file."""

import click

from rigdriver.performance import PERSONALITY, default_yaml


@click.command("performance")
@click.option("--personality", default=PERSONALITY, show_default=True, help="reserved, natural, lively or theatrical.")
def command(personality: str) -> None:
    """Print the parameter file, every key explained. Save it, keep the lines you change."""
    click.echo(default_yaml(personality), nl=False)
