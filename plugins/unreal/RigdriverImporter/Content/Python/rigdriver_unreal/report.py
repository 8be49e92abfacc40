"""What an import did, for a person to read and for a pipeline (JSON)."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

SHOWN = 12  # names in a line of text; the JSON has them all


@dataclass
class Entry:
    """One file. outcome: "made", "replaced", "updated", "skipped" or "failed".

    missing: the file's curves that the character lacks; silent: the character's that the file does not drive; starts_s:
    where the sequence belongs beside the sound.
    """

    file: str
    asset: str = ""
    outcome: str = "failed"
    error: str = ""
    curves: int = 0
    keys: int = 0
    frames: int = 0
    fps: str = ""
    starts_s: float = 0.0
    missing: list = field(default_factory=list)
    silent: list = field(default_factory=list)
    ambiguous: list = field(default_factory=list)
    angles: list = field(default_factory=list)
    notes: list = field(default_factory=list)


@dataclass
class Report:
    """Entries in the order of the files. notes: of the whole import. cancelled: the user stopped before the last."""

    entries: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    cancelled: bool = False

    @property
    def failed(self) -> list:
        return [entry for entry in self.entries if entry.outcome == "failed"]

    def summary(self) -> str:
        """One line: how many of each outcome."""
        outcomes = ("made", "replaced", "updated", "skipped", "failed")
        counts = [(sum(entry.outcome == outcome for entry in self.entries), outcome) for outcome in outcomes]
        words = ", ".join(f"{count} {outcome}" for count, outcome in counts if count) or "nothing to import"
        return words + (", then cancelled" if self.cancelled else "")

    def lines(self) -> list:
        """(is a warning, text) in order."""
        found = []
        for entry in self.entries:
            found += _lines(entry)
        found += [(True, note) for note in self.notes]
        return [*found, (bool(self.failed) or self.cancelled, f"rigdriver: {self.summary()}")]

    def write_json(self, path: Path) -> None:
        data = {"summary": self.summary(), "cancelled": self.cancelled, "notes": self.notes,
                "files": [asdict(e) for e in self.entries]}
        Path(path).write_text(json.dumps(data, indent=2), encoding="utf-8")


def _lines(entry: Entry) -> list:
    if entry.outcome == "failed":
        return [(True, f"{entry.file}: {entry.error}")]
    if entry.outcome == "skipped":
        return [(False, f"{entry.file}: {entry.asset} is there already, left as it is")]
    made = f"{entry.curves} curves, {entry.keys} keys, {entry.frames} frames at {entry.fps} fps"
    found = [(False, f"{entry.file}: {entry.outcome} {entry.asset} ({made})")]
    lists = [(entry.missing, "not on the character", True),
             (entry.ambiguous, "left still: another has its curve", True),
             (entry.angles, "rotations, which turn bones and are not written as curves", False)]  # fmt: skip
    found += [(warns, f"{entry.file}: {what}: {_some(names)}") for names, what, warns in lists if names]
    if entry.starts_s:
        found.append((True, f"{entry.file}: its first frame lies at {entry.starts_s:g} s; place the sequence there"))
    return found + [(True, f"{entry.file}: {note}") for note in entry.notes]


def _some(names: list) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(map(str, names[:SHOWN])) + more
