"""`rigdriver eval`: figures of a model on test splits, or of one clip against another."""

from __future__ import annotations

from pathlib import Path

import click

from rigdriver import formats
from rigdriver.errors import InputError, MissingExtra, OutputError
from rigdriver.evaluation.report import Report, check_card, update_card
from rigdriver.formats import atomic

MODELS = (".onnx",)


@click.command("eval")
@click.argument("what", nargs=-1, type=click.Path(path_type=Path))
@click.option("--model", type=click.Path(path_type=Path), help="Trained model (.onnx); default: the shipped one.")
@click.option("--data", type=click.Path(path_type=Path), help="Folder of data sets.")
@click.option("--all", "everything", is_flag=True, help="Every test utterance, not the fixed sample of 300 and 200.")
@click.option("--card", type=click.Path(path_type=Path), help="Model card to rewrite between its report markers.")
@click.option("--against", type=click.Path(path_type=Path), help="Compare a clip with this one, the truth.")
@click.option("-o", "--output", type=click.Path(path_type=Path),
              help="Write the report: .json, .md, or a folder for both and pictures.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of Markdown.")
def command(what: tuple[Path, ...], model: Path | None, data: Path | None, everything: bool, card: Path | None,
            against: Path | None, output: Path | None, as_json: bool) -> None:
    """Measure a model, or a clip.

    \b
    rigdriver eval [MODEL] DATA             the test splits found in a folder of data sets
    rigdriver eval CLIP --against TRUTH     two clips of any format and rate
    """
    _check_output(output)
    if against is not None:
        _refuse({"--model": model, "--data": data, "--all": everything, "--card": card}, "--against")
        if len(what) != 1:
            raise InputError(f"--against compares one clip with the truth, not {len(what)}")
        report, sheets = _compared(what[0], against)
    else:
        if card is not None:
            check_card(card)  # before minutes are spent
        report, sheets = _measured(*_what(what, model, data), everything)
    click.echo(report.json() if as_json else report.markdown())
    if output is not None:
        _write(output, report, sheets)
    if card is not None:
        update_card(card, report)


def _what(what: tuple[Path, ...], model: Path | None, data: Path | None) -> tuple[Path | None, Path]:
    """Model and data, however they were given."""
    for path in what:
        if path.suffix.lower() in MODELS and model is None:
            model = path
        elif data is None and path.suffix.lower() not in MODELS:
            data = path
        else:
            raise InputError(f"{path}: one model and one folder of data sets are enough")
    if data is None:
        raise InputError("name a folder of data sets (--data), or a clip to compare with another (--against)")
    if not data.is_dir():
        hint = "; to compare a clip with another, say --against" if data.suffix.lower() in formats.suffixes() else ""
        raise InputError(f"{data}: no such folder of data sets{hint}")
    return model, data


def _refuse(given: dict[str, object], beside: str) -> None:
    for option, value in given.items():
        if value:
            raise InputError(f"{option} says nothing beside {beside}; leave one of them out")


def _measured(model: Path | None, data: Path, everything: bool) -> tuple[Report, list]:
    from rigdriver.model.runtime import DEFAULT, Model
    try:
        from rigdriver.evaluation.evaluate import evaluate
    except ModuleNotFoundError:
        raise MissingExtra("rigdriver eval", "train") from None
    work = evaluate(Model.load(model or DEFAULT), data, lambda line: click.echo(line, err=True), everything)
    if not work.report.tables:
        raise InputError(f"{data}: holds none of the known data sets")
    return work.report, work.sheets


def _compared(clip: Path, truth: Path) -> tuple[Report, list]:
    from rigdriver.evaluation.compare import compare, sheet
    made, true, names = formats.read(clip), formats.read(truth), (str(clip), str(truth))
    return compare(made, true, names), [sheet(made, true, names)]


def _check_output(output: Path | None) -> None:
    """Minutes of measuring should not end at a place that cannot be written."""
    if output is None:
        return
    if output.suffix.lower() in (".json", ".md"):
        atomic.check(output)
    elif output.exists() and not output.is_dir():
        raise OutputError(f"{output}: a report is .json, .md, or a folder for both and pictures")
    elif not output.absolute().parent.is_dir():
        raise OutputError(f"{output}: the folder {output.absolute().parent} does not exist; make it first")


def _write(output: Path, report: Report, sheets: list) -> None:
    texts = {".json": report.json() + "\n", ".md": report.markdown()}
    if output.suffix.lower() in texts:
        _put(output, texts[output.suffix.lower()])
        return
    try:
        output.mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(f"{output}: cannot be made ({error.strerror})") from None
    for suffix, text in texts.items():
        _put(output / f"report{suffix}", text)
    try:
        from rigdriver.evaluation.plots import draw
        draw(output, sheets, report.tables)
    except MissingExtra as lacking:
        click.echo(f"note: {lacking}", err=True)


def _put(path: Path, text: str) -> None:
    with atomic.replacing(path) as file:
        file.write(text.encode())
