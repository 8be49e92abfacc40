"""The report of `rigdriver drive --report`: one row a recording, to read on the spot or to sort by the worst."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import fields
from pathlib import Path

from rigdriver.clip import Clip
from rigdriver.errors import OutputError
from rigdriver.evaluation.driven import Driven, Watch, measure
from rigdriver.evaluation.report import grid, number
from rigdriver.formats import atomic
from rigdriver.pipeline import Drive

SUFFIXES = (".csv", ".json", ".md")
COLUMNS = ("speech", "missed", *(item.name for item in fields(Driven) if item.name != "speech"))


class Book:
    """Rows as they come, and the file that they end in, if any."""

    def __init__(self, path: Path | None):
        self._path = path
        self._rows: list[Driven] = []
        if path is not None:
            if path.suffix.lower() not in SUFFIXES:
                raise OutputError(f"{path}: a report of recordings is one of {', '.join(SUFFIXES)}")
            atomic.check(path)  # before hours are spent on it

    def watch(self, way: Drive) -> Watch:
        """What a recording that is about to be driven should be watched by."""
        return Watch(way.performance)

    def measured(self, speech: str, clip: Clip, watch: Watch, way: Drive) -> Driven:
        """The row of a recording that has been driven."""
        self._rows.append(measure(speech, clip, watch, way))
        return self._rows[-1]

    def write(self) -> None:
        """All rows into the file; CSV and JSON in the order driven, Markdown with the worst first."""
        if self._path is None or not self._rows:
            return
        text = {".csv": _csv, ".json": _json, ".md": _markdown}[self._path.suffix.lower()](self._rows)
        with atomic.replacing(self._path) as file:
            file.write(text.encode())


def _csv(rows: list[Driven]) -> str:
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(COLUMNS)
    for row in rows:
        cells = row.as_dict() | {"missed_s": " ".join(map(str, row.missed_s))}
        table.writerow(["" if cells[name] is None else cells[name] for name in COLUMNS])
    return text.getvalue()


def _json(rows: list[Driven]) -> str:
    return json.dumps([row.as_dict() for row in rows], indent=1, ensure_ascii=False) + "\n"


def _markdown(rows: list[Driven]) -> str:
    worst_first = sorted(rows, key=lambda row: (-row.missed, -(row.silence or 0), -(row.clipped or 0), row.speech))
    numbers = [name for name in COLUMNS if name not in ("speech", "missed_s")]
    body = [[row.speech, *(number(getattr(row, name)) for name in numbers), " ".join(map(str, row.missed_s))]
            for row in worst_first]
    return grid(["speech", *numbers, "missed_s"], body) + "\n"
