"""Finding: one thing that was looked at, and how it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

GOOD, NOTE, BAD = "good", "note", "bad"
MARKS = {GOOD: "ok", NOTE: "--", BAD: "!!"}


@dataclass(frozen=True)
class Finding:
    """area: what it belongs to. state: GOOD, NOTE (worth knowing, or cannot be told) or BAD. text: one line, with what
    to do where it is BAD. figures: numbers behind it, for programs."""

    area: str
    state: str
    text: str
    figures: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"  {MARKS[self.state]}  {self.text}"
