"""`rigdriver eval`: figures of a model on the test splits of a data folder."""

from __future__ import annotations

import json
from pathlib import Path

import click

from rigdriver.errors import InputError
from rigdriver.evaluation.evaluate import evaluate
from rigdriver.model.runtime import DEFAULT, Model


@click.command("eval")
@click.option("--model", type=click.Path(path_type=Path), default=DEFAULT, help="Trained model; default: the shipped.")
@click.option("--data", type=click.Path(path_type=Path), required=True, help="Folder of data sets.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Report as .json, beside the printed one.")
def command(model: Path, data: Path, output: Path | None) -> None:
    """Measure a model on the test splits found in a folder of data sets, beside what trivial answers would get."""
    report = evaluate(Model.load(model), data, lambda line: click.echo(line, err=True))
    if not report.tables:
        raise InputError(f"{data}: holds none of the known data sets")
    click.echo(report.markdown())
    if output:
        output.write_text(json.dumps(report.tables, indent=1), encoding="utf-8")
