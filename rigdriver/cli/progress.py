"""Progress on a terminal, and silence elsewhere. `rich` is imported only where a bar is drawn."""

from __future__ import annotations

import sys
from typing import Any

import click

LONG_S = 20.0  # a recording that is worth a bar of its own


class Progress:
    """One bar over all recordings, by seconds heard where there is one and by recordings where there are many."""

    def __init__(self, count: int, quiet: bool):
        self._count, self._quiet = count, quiet
        self._bar: Any = None
        self._task: Any = None
        self._done = 0

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar:
            self._bar.stop()

    def begin(self, name: str, duration_s: float | None) -> None:
        """A recording is about to be heard."""
        if self._quiet or not sys.stderr.isatty() or (self._count == 1 and (duration_s or 0) < LONG_S):
            return
        if self._bar is None:
            self._bar, self._task = _bar(self._count)
        total = self._count if self._count > 1 else duration_s
        self._bar.update(self._task, description=name, total=total, completed=self._done)
        self._done += 1

    def heard(self, seconds: float) -> None:
        """So many seconds of the present recording have been heard."""
        if self._bar and self._count == 1:
            self._bar.update(self._task, completed=seconds)

    def writing(self) -> None:
        if self._bar and self._count == 1:
            self._bar.update(self._task, description="writing")

    def say(self, text: str, important: bool = False) -> None:
        """A line that stays; unless quiet, or always where it is important."""
        if self._quiet and not important:
            return
        if self._bar:
            self._bar.console.print(text, markup=False, highlight=False, soft_wrap=True)
        else:
            click.echo(text, err=True)


class Steps:
    """Lines, and on a terminal a bar of steps with the time left below them."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> Steps:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar:
            self._bar.stop()

    def done(self, step: int, steps: int) -> None:
        """So many of `steps` are done; 0 steps are not known yet."""
        if not sys.stderr.isatty():
            return
        if self._bar is None:
            self._bar, self._task = _bar(2)
        self._bar.update(self._task, description="step", completed=step, total=steps or None)

    def say(self, line: str) -> None:
        if self._bar:
            self._bar.console.print(line, markup=False, highlight=False, soft_wrap=True)
        else:
            click.echo(line, err=True)


def _bar(count: int) -> tuple[Any, Any]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    counted = [MofNCompleteColumn()] if count > 1 else []
    bar = Bar(TextColumn("{task.description}"), BarColumn(), *counted, TimeRemainingColumn(),
              console=Console(stderr=True), transient=True)
    bar.start()
    return bar, bar.add_task("")
