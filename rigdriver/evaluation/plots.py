"""Plots: curve sheets, portraits and bars as PNG files, drawn with matplotlib where it is installed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rigdriver.audio import Audio
from rigdriver.clip import Clip
from rigdriver.errors import MissingExtra
from rigdriver.evaluation.metrics import runs, sealed
from rigdriver.evaluation.portrait import Portrait
from rigdriver.evaluation.report import Rows, Table
from rigdriver.lips import BILABIALS
from rigdriver.take import Phone

SHEET_S = 8.0  # longest piece that a sheet shows: enough to read, short enough to see closures
INK = {"made": "#0b5394", "true": "#cc4125", "lips": "#6aa84f", "shut": "#9fc5e8"}


@dataclass(frozen=True, eq=False)
class Sheet:
    """What one picture of curves shows. by, against: whose curves they are. audio may be unknown."""

    name: str
    title: str
    audio: Audio | None
    made: Clip
    against: str
    true: Clip
    channels: tuple[str, ...]
    phones: tuple[Phone, ...] = ()
    by: str = "model"


def draw(folder: Path, sheets: Sequence[Sheet | Portrait], tables: dict[str, Table]) -> list[Path]:
    """Writes a PNG for every sheet and portrait, and bars for every table of correlations. Raises MissingExtra."""
    try:
        import matplotlib
    except ModuleNotFoundError:
        raise MissingExtra("pictures of a report", "plots") from None
    matplotlib.use("Agg")
    drawn = [_drawn(folder, sheet) for sheet in sheets]
    bars = [(key, table) for key, table in tables.items() if key.endswith(".r")]
    return drawn + [_bars(folder / f"bars_{key.removesuffix('.r')}.png", table) for key, table in bars]


def _drawn(folder: Path, sheet: Sheet | Portrait) -> Path:
    if isinstance(sheet, Portrait):
        return _saved(folder / f"{sheet.name}.png", sheet.figure())
    return _sheet(folder / f"curves_{sheet.name}.png", sheet)


def _sheet(path: Path, sheet: Sheet) -> Path:
    from matplotlib import pyplot

    count = len(sheet.channels) + 1
    figure, axes = pyplot.subplots(count, 1, figsize=(13, 1.25 * count + 0.6), sharex=True, layout="constrained")
    begins, ends = float(sheet.true.times[0]), float(sheet.true.times[-1])
    until = min(ends, begins + SHEET_S)
    if sheet.audio is not None:
        _wave(axes[0], sheet.audio, until)
    axes[0].set_yticks([])
    _words(axes[0], sheet.phones, until)
    for axis, name in zip(axes[1:], sheet.channels):
        _curves(axis, sheet, name)
    key = f"blue: {sheet.by}; red: {sheet.against}; green: phones p, b, m; pale: the blue one's lips shut"
    axes[0].set_title(f"{sheet.title}\n{key}", fontsize=10)
    axes[-1].set_xlim(begins, until)
    axes[-1].set_xlabel("s")
    return _saved(path, figure)


def _wave(axis: Any, audio: Audio, until: float) -> None:
    shown = audio.samples[: int(until * audio.rate)]
    step = max(len(shown) // 4000, 1)
    axis.plot(np.arange(len(shown))[::step] / audio.rate, shown[::step], color="#999999", linewidth=0.5)


def _words(axis: Any, phones: Sequence[Phone], until: float) -> None:
    for phone in phones:
        if phone.name != "SIL" and phone.end <= until:
            axis.text((phone.start + phone.end) / 2, axis.get_ylim()[0], phone.name, fontsize=6, ha="center")


def _curves(axis: Any, sheet: Sheet, name: str) -> None:
    for phone in sheet.phones:
        if phone.name in BILABIALS:
            axis.axvspan(phone.start, phone.end, color=INK["lips"], alpha=0.25, linewidth=0)
    if "mouthClose" in sheet.made and "mouthUpperUpLeft" in sheet.made and "jawOpen" in sheet.made:
        for first, last in runs(sealed(sheet.made) & (sheet.made["mouthClose"] > 0.005)):
            axis.axvspan(sheet.made.times[first], sheet.made.times[last - 1], color=INK["shut"], alpha=0.4, linewidth=0)
    for clip, ink in ((sheet.true, INK["true"]), (sheet.made, INK["made"])):
        if name in clip:
            axis.plot(clip.times, clip[name], color=ink, linewidth=1.1)
    axis.set_ylabel(name, fontsize=8, rotation=0, ha="right", va="center")
    axis.set_ylim(bottom=min(0.0, axis.get_ylim()[0]))
    axis.tick_params(labelsize=7)


def _bars(path: Path, table: Table) -> Path:
    from matplotlib import pyplot

    rows = _moving_columns(table.rows)
    who = list(next(iter(rows.values())))
    figure, axis = pyplot.subplots(figsize=(1.2 * len(rows) + 2, 4), layout="constrained")
    width = 0.8 / len(who)
    for k, name in enumerate(who):
        heights = [row.get(name, 0.0) for row in rows.values()]
        axis.bar(np.arange(len(rows)) + k * width, heights, width, label=name)
    axis.set_xticks(np.arange(len(rows)) + 0.4 - width / 2, list(rows), rotation=30, ha="right", fontsize=8)
    axis.set_title(table.title, fontsize=10)
    axis.axhline(0, color="black", linewidth=0.6)
    figure.legend(loc="outside right upper", fontsize=8)
    return _saved(path, figure)


def _moving_columns(rows: Rows) -> Rows:
    """Without columns that are 0 throughout: what never moves has no bar."""
    kept = {column for row in rows.values() for column, value in row.items() if value}
    return {name: {column: value for column, value in row.items() if column in kept} for name, row in rows.items()}


def _saved(path: Path, figure: Any) -> Path:
    from matplotlib import pyplot

    figure.savefig(path, dpi=100)
    pyplot.close(figure)
    return path
