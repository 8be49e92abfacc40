"""Report: figures in tables, as numbers for programs and as Markdown for people."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rigdriver.errors import InputError
from rigdriver.formats import atomic

Rows = dict[str, dict[str, float]]
BEGIN, END = "<!-- report -->", "<!-- /report -->"


@dataclass
class Table:
    """Rows of figures by column. `card` marks those that belong into a model card. words: columns that follow the
    figures, by row and column."""

    title: str
    rows: Rows
    note: str = ""
    card: bool = False
    words: dict[str, dict[str, str]] = field(default_factory=dict)

    def markdown(self) -> str:
        columns, said = _columns(self.rows), _columns(self.words)
        body = [[name, *(number(row.get(column)) for column in columns),
                 *(self.words.get(name, {}).get(column, "") for column in said)] for name, row in self.rows.items()]
        table = grid(["", *columns, *said], body) if body else ""
        return "\n\n".join(part for part in (f"### {self.title}", self.note, table) if part)


def _columns(rows: Mapping[str, Mapping[str, object]]) -> list[str]:
    return list(dict.fromkeys(column for row in rows.values() for column in row))


@dataclass(frozen=True)
class Goal:
    """A row of the summary: a figure, what it came to, what is aimed at, and whether it got there."""

    what: str
    got: float
    aim: str
    met: bool


@dataclass
class Report:
    """about: what was measured, by whom and how, as plain values. tables: by short key, in order."""

    about: dict[str, object] = field(default_factory=dict)
    goals: list[Goal] = field(default_factory=list)
    tables: dict[str, Table] = field(default_factory=dict)

    def figure(self, table: str, row: str, column: str) -> float | None:
        """A number, or None where it was not measured."""
        value = self.tables[table].rows.get(row, {}).get(column) if table in self.tables else None
        return None if value is None or math.isnan(value) else value

    def json(self) -> str:
        document = {"about": self.about, "summary": [asdict(goal) for goal in self.goals],
                    "tables": {key: asdict(table) for key, table in self.tables.items()}}
        return json.dumps(_finite(document), indent=1, ensure_ascii=False)

    def markdown(self) -> str:
        """Everything, the summary first."""
        about = "\n".join(f"- {key}: {value}" for key, value in self.about.items())
        parts = ("# Evaluation", about, self._summary(2), *self._bodies(False))
        return "\n\n".join(part for part in parts if part) + "\n"

    def card(self) -> str:
        """What a model card shows: the summary and the main tables."""
        return "\n\n".join(part for part in (self._summary(3), *self._bodies(True)) if part) + "\n"

    def _summary(self, depth: int) -> str:
        if not self.goals:
            return ""
        body = [[goal.what, number(goal.got), goal.aim, "yes" if goal.met else "no"] for goal in self.goals]
        return f"{'#' * depth} Summary\n\n" + grid(["", "got", "aim", "met"], body)

    def _bodies(self, card_only: bool) -> list[str]:
        return [table.markdown() for table in self.tables.values() if table.card or not card_only]


def number(value: float | None) -> str:
    """Three decimals for what is near 1, fewer for what is large, counts whole; a dash for what is not known."""
    if value is None or math.isnan(value):
        return "–"
    if isinstance(value, int):
        return str(value)
    if 0 < abs(value) < 0.0005:
        return f"{value:.0e}"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.3f}"


def grid(head: list[str], body: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in (head, *body)]
    return "\n".join([lines[0], "|---" * len(head) + "|", *lines[1:]])


def _finite(value: object) -> object:
    """JSON knows no NaN: what is not a number becomes null."""
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    if isinstance(value, float):  # NumPy's own numbers are floats, too, but JSON prints them under their names
        return float(value) if math.isfinite(value) else None
    return value


def check_card(path: Path) -> str:
    """The text of a model card that has the markers. Raises InputError where the file or one of them is missing."""
    if not path.is_file():
        raise InputError(f"{path}: no such model card")
    text = path.read_bytes().decode("utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise InputError(f"{path}: should hold the lines {BEGIN} and {END} once each, in this order; the report goes "
                         "between them")
    return text


def update_card(path: Path, report: Report) -> None:
    """Rewrites what lies between the markers of a model card and nothing else. Raises InputError as `check_card`."""
    text = check_card(path)
    before, after = text[: text.index(BEGIN) + len(BEGIN)], text[text.index(END) :]
    with atomic.replacing(path) as file:
        file.write(f"{before}\n\n{report.card()}\n{after}".encode())
