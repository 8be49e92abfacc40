"""Recordings: the frames that went out, as a file of any format, written when the output is closed.

Frames are spooled to a temporary file meanwhile, so that an hour needs no memory. What the file will be is tried with
no frames when it is opened: a rate that the format does not have, or a folder that is not there, is said then.
"""

from __future__ import annotations

import contextlib
import secrets
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from rigdriver.clip import Clip
from rigdriver.errors import OutputError
from rigdriver.outputs.address import Address
from rigdriver.outputs.output import Output

Write = Callable[[Clip, Path], Any]
LONGEST_GAP = 100_000  # frames left out at a stretch; more is a damaged index and not a pause


@dataclass(frozen=True)
class Settings:
    """Nothing to choose; the path says it all."""


def open_output(address: Address, header: Clip, settings: Settings, write: Write | None) -> Output:
    """Raises OutputError where such a file cannot be written, or `write` is lacking."""
    if write is None:
        raise OutputError(f"{address.text}: recording needs to be told how files are written (write=)")
    if not address.path:
        raise OutputError(f"{address.text}: lacks a path, as in {address.scheme}:take.{address.scheme}")
    return Recording(address.text, header, Path(address.path), address.scheme, write)


class Recording(Output):
    """format: the suffix that the file gets where its path has another or none."""

    def __init__(self, address: str, header: Clip, path: Path, format: str, write: Write):
        super().__init__(address, header)
        self.path = path if path.suffix.lower() == f".{format}" else path.with_name(f"{path.name}.{format}")
        self._write = write
        self._try()
        self._spool = tempfile.TemporaryFile()  # noqa: SIM115  # closed in _close
        self._row = np.dtype([("index", "<i8"), ("values", "<f4", len(header.names))])

    def _try(self) -> None:
        beside = self.path.with_name(f".rigdriver-{secrets.token_hex(6)}{self.path.suffix}")
        try:
            self._write(self.header.empty(), beside)
        except OutputError as error:
            raise OutputError(str(error).replace(str(beside), str(self.path))) from None
        finally:
            with contextlib.suppress(NotADirectoryError):
                beside.unlink(missing_ok=True)

    def _send(self, frame: np.ndarray, index: int, time_s: float) -> None:
        row = np.zeros(1, self._row)
        row["index"], row["values"] = index, frame
        self._spool.write(row.tobytes())
        self.counters.sent += 1
        self.counters.packets += 1
        self.counters.bytes += row.nbytes

    def _close(self) -> None:
        with self._spool:
            self._spool.flush()
            rows = np.memmap(self._spool, self._row, "r") if self.counters.sent else np.zeros(0, self._row)
            self._write(whole(self.header, rows["index"], rows["values"]), self.path)


def whole(header: Clip, indices: np.ndarray, values: np.ndarray) -> Clip:
    """One clip of frames that may lack some: straight lines stand for what was left out.

    Raises OutputError where frames do not run forwards, or leave out more than 100,000 at a stretch.
    """
    if not len(indices):
        return header.empty()
    steps = np.diff(indices)
    if (steps <= 0).any() or (steps > LONGEST_GAP).any():
        raise OutputError(f"recorded frames run backwards or leave out more than {LONGEST_GAP} at a stretch")
    start = int(indices[0])
    if (steps == 1).all():
        return replace(header, values=values, start=start)
    frames = np.arange(start, int(indices[-1]) + 1)
    filled = np.stack([np.interp(frames, indices, column) for column in values.T], axis=1)
    return replace(header, values=filled.astype(np.float32), start=start)
