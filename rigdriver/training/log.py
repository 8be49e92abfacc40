"""The log of a run: a JSON line at a time in `log.jsonl`, and TensorBoard's own files where that is installed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FILE = "log.jsonl"


class Log:
    """Figures by step. A run that goes on from step n forgets what a killed one wrote after n."""

    def __init__(self, folder: Path, step: int):
        self._file = folder / FILE
        self._forget(step)
        self._board = _tensorboard(folder / "tensorboard", step)

    def write(self, step: int, figures: Mapping[str, float]) -> dict[str, float]:
        """One row; returns it as written."""
        row = {"step": step} | {name: round(value, 5) for name, value in figures.items()}
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        if self._board:
            for name, value in figures.items():
                self._board.add_scalar(name, value, step)
            self._board.flush()
        return row

    def _forget(self, step: int) -> None:
        if not self._file.is_file():
            return
        lines = [line for line in self._file.read_text(encoding="utf-8").splitlines() if _step(line) <= step]
        part = self._file.with_suffix(".part")
        part.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        part.replace(self._file)


def _step(line: str) -> float:
    try:
        return float(json.loads(line)["step"])
    except (ValueError, KeyError, TypeError):
        return float("inf")  # a line that a kill cut short


def _tensorboard(folder: Path, step: int) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(folder), purge_step=step)
