"""Clock: what time it is, and how to wait. Tests bring one of their own that never waits."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Seconds that only grow, from an origin of its own."""

    def now(self) -> float: ...

    def wait_until(self, moment: float) -> None:
        """Returns at `moment` or a little after it; at once where it is past."""
        ...


class SystemClock:
    """The machine's monotonic clock: it neither jumps nor is set."""

    def now(self) -> float:
        return time.perf_counter()

    def wait_until(self, moment: float) -> None:
        ahead = moment - self.now()
        if ahead > 0:
            time.sleep(ahead)
