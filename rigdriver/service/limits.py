"""Limits: how much one service takes upon itself."""

from __future__ import annotations

from dataclasses import dataclass, fields

from rigdriver.errors import SettingsError
from rigdriver.live.intake import MOST_S


@dataclass(frozen=True)
class Limits:
    """sessions: streams at once. jobs: recordings driven at once. message_bytes: of one WebSocket message.
    upload_bytes: of one recording. waiting_s: of sound that a stream may be ahead of its speech. job_s: that driving
    a recording may take. idle_s: without a word from a client. hello_s: until its first. stop_s: that sessions have
    to end in.
    Raises SettingsError for one that is not above 0, or more than an intake holds.
    """

    sessions: int = 32
    jobs: int = 2
    message_bytes: int = 1 << 20
    upload_bytes: int = 256 << 20
    waiting_s: float = 300.0
    job_s: float = 600.0
    idle_s: float = 300.0
    hello_s: float = 10.0
    stop_s: float = 5.0

    def __post_init__(self) -> None:
        for item in fields(self):
            if not getattr(self, item.name) > 0:
                raise SettingsError(f"{item.name} should be above 0, not {getattr(self, item.name)}")
        if self.waiting_s > MOST_S:
            raise SettingsError(f"waiting_s should be {MOST_S:g} at most, not {self.waiting_s:g}")
