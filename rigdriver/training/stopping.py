"""When a run ends before its last step: a Ctrl-C that is waited for, and a validation that no longer improves."""

from __future__ import annotations

import math
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

LEAST = 1e-4  # of a score; less is no improvement


class Asked:
    """Whether somebody asked the run to stop."""

    def __init__(self) -> None:
        self.stop = False


@contextmanager
def asked() -> Iterator[Asked]:
    """Turns the first Ctrl-C (or SIGTERM) into a wish, so that the step under way ends well; the second one kills."""
    wish = Asked()
    if threading.current_thread() is not threading.main_thread():
        yield wish
        return

    def hear(number: int, frame: FrameType | None) -> None:
        if wish.stop:
            raise KeyboardInterrupt
        wish.stop = True

    before = {number: signal.signal(number, hear) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield wish
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@dataclass
class Patience:
    """How long a validation score (more is better) may fail to improve. most: validations; 0 waits for ever."""

    most: int
    best: float = -math.inf
    since: int = 0

    def improved(self, score: float) -> bool:
        """Takes a score; whether it is the best so far."""
        better = score > self.best + LEAST
        self.best, self.since = (score, 0) if better else (self.best, self.since + 1)
        return better

    @property
    def over(self) -> bool:
        return 0 < self.most <= self.since
