"""Frames as lines of text, to look at or to pipe on: `print:?every=30&show=jawOpen,mouthClose`, `print:?style=json`.

A line of text is time, frame, and the curves that stand out most; one of JSON holds them all. Lines that a stalled
reader leaves no room for are dropped where the system tells.
"""

from __future__ import annotations

import json
import select
import sys
from dataclasses import dataclass

import numpy as np

from rigdriver.clip import Clip
from rigdriver.errors import InputError, nearest
from rigdriver.outputs.address import Address
from rigdriver.outputs.output import Output

MOST = 6  # curves of a line of text, where none are named


@dataclass(frozen=True)
class Settings:
    """every: a line for each so many frames. show: the curves of a line. style: "text" or "json"."""

    every: int = 1
    show: tuple[str, ...] = ()
    style: str = "text"

    def __post_init__(self) -> None:
        if self.every < 1:
            raise ValueError(f"every should be 1 or more, not {self.every}")
        if self.style not in ("text", "json"):
            raise ValueError(f"style should be text or json, not {self.style!r}")


def open_output(address: Address, header: Clip, settings: Settings, write: object) -> Output:
    """Raises InputError where the clip lacks a curve to show."""
    for name in settings.show:
        if name not in header:
            raise InputError(f"{address.text}: the clip has no curve {name!r}; {nearest(name, header.names)}")
    return Printing(address.text, header, settings)


class Printing(Output):
    def __init__(self, address: str, header: Clip, settings: Settings):
        super().__init__(address, header)
        self._settings = settings

    def _send(self, frame: np.ndarray, index: int, time_s: float) -> None:
        if index % self._settings.every:
            return
        text = line(self.header.names, frame, index, time_s, self._settings)
        if not _has_room():
            self.counters.dropped += 1
            return
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
        self.counters.sent += 1
        self.counters.packets += 1
        self.counters.bytes += len(text) + 1


def line(names: tuple[str, ...], frame: np.ndarray, index: int, time_s: float, settings: Settings) -> str:
    """One frame as a line. Text shows the named curves, or the largest that are not 0."""
    shown = settings.show
    if settings.style == "json":
        values = dict(zip(names, frame.tolist()))
        return json.dumps({"frame": index, "time_s": time_s, "values": {k: values[k] for k in shown or names}})
    if not shown:
        largest = np.argsort(-np.abs(frame), kind="stable")[:MOST]
        shown = tuple(names[k] for k in largest if abs(frame[k]) >= 0.005)
    curves = "  ".join(f"{name} {frame[names.index(name)]:.2f}" for name in shown)
    return f"{time_s:9.3f} s  frame {index:6d}  {curves}".rstrip()


def _has_room() -> bool:
    """Whether standard output takes a line now; True where the system cannot say (Windows, a test's own stream)."""
    try:
        return bool(select.select([], [sys.stdout], [], 0)[1])
    except (OSError, ValueError, TypeError, AttributeError):
        return True
