"""The command line of `rigdriver_import.py`."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from rigdriver_unreal import importer


class ImportFailed(RuntimeError):
    """Raised at the end, so that the commandlet does not end well where a file failed."""


def main(arguments: list) -> None:
    """Raises ImportFailed where any file could not be imported, SystemExit for arguments that make no sense."""
    given = vars(_parser().parse_args(arguments))
    folder, targets = given.pop("folder"), given.pop("target")
    recursive, where = not given.pop("flat"), given.pop("report")
    given["save"] = not given.pop("no_save")
    settings = asdict(importer.with_defaults(**given))
    report = importer.import_folder(folder, targets, recursive=recursive, **settings)
    if where:
        report.write_json(where)
    if report.failed:
        raise ImportFailed(report.summary())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("rigdriver_import.py", description="Curves from files into Animation Sequences.")
    parser.add_argument("--folder", required=True, help="of .json and .csv files")
    parser.add_argument("--target", required=True, action="append", help="Skeletal Mesh or Skeleton; may be repeated")
    parser.add_argument("--destination", help="content folder, /Game/Rigdriver if not said")
    parser.add_argument("--prefix", help="of the sequences' names, AS_ if not said")
    parser.add_argument("--suffix")
    parser.add_argument("--existing", choices=importer.EXISTING)
    parser.add_argument("--fps", type=float, help="of the sequences; each file's own if not said")
    parser.add_argument("--scale", type=float, help="on every weight: 0.01 for files that count 0..100")
    parser.add_argument("--tolerance", type=float, help="of leaving keys out, .0005 if not said")
    parser.add_argument("--flat", action="store_true", help="not the files of subfolders")
    parser.add_argument("--no-save", action="store_true")
    parser.add_argument("--report", help="a JSON file to write")
    return parser
