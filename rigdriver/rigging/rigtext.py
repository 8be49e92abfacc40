"""A rig file as text for people to edit: rows that say where they come from, and what is left over as comments."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rigdriver import rig as rigs
from rigdriver.channel import WEIGHT_RANGE, Channel
from rigdriver.errors import OutputError
from rigdriver.formats.atomic import replacing
from rigdriver.wiring import Poses, Wiring

WIDTH = 118
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
_TAKEN = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))  # YAML reads these as other things


@dataclass(frozen=True)
class Drawn:
    """A rig that was drawn up for a character.

    notes: channel → what to say behind its row. leftover: headings and the names under them, none of which is driven.
    said: what to tell on the spot. errors: of a fit, the worst first.
    """

    name: str
    description: str
    head: tuple[str, ...]
    channels: tuple[Channel, ...]
    forward: Wiring
    backward: Wiring | None = None
    notes: Mapping[str, str] = field(default_factory=dict)
    leftover: tuple[tuple[str, tuple[str, ...]], ...] = ()
    said: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()

    def summary(self) -> Iterator[str]:
        """For people, a line at a time."""
        yield from self.said
        if self.errors:
            yield f"  errors, the worst first: {', '.join(self.errors)}"
        for heading, names in self.leftover:
            if names:
                yield f"  {heading} ({len(names)}): {', '.join(names[:12])}{' …' if len(names) > 12 else ''}"


def check_place(path: Path, force: bool) -> None:
    """Raises OutputError where a rig file may not be written: another kind of file, no folder, or one that is there."""
    if path.suffix.lower() not in (".yaml", ".yml"):
        raise OutputError(f"{path}: a rig file ends in .yaml")
    if not path.absolute().parent.is_dir():
        raise OutputError(f"{path}: the folder {path.absolute().parent} does not exist")
    if path.exists() and not force:
        raise OutputError(f"{path}: is there already, perhaps with edits of yours; --force writes over it")


def write(drawn: Drawn, path: Path) -> None:
    """The rig file, whole or not at all; read again, since what we wrote is what must be read. Raises OutputError."""
    with replacing(path) as file:
        file.write(text(drawn).encode("utf-8", "replace"))
    rigs.load(path)


def text(drawn: Drawn) -> str:
    """The YAML of a rig file, version 2."""
    parts = [*_commented(drawn.head), "version: 2", f"name: {quoted(drawn.name)}",
             f"description: {json.dumps(drawn.description, ensure_ascii=False)}"]
    for key, unit in (("weights", "weight"), ("angles", "radian")):
        parts += _channels(key, [channel for channel in drawn.channels if channel.unit == unit])
    weights = [channel for channel in drawn.channels if channel.unit == "weight"]
    wiring = drawn.forward
    unusual = [channel for channel in weights if (channel.low, channel.high) != WEIGHT_RANGE]
    parts += _pairs("ranges", {channel.name: f"[{number(channel.low)}, {number(channel.high)}]" for channel in unusual})
    parts += _pairs("rest", {c.name: number(c.rest) for c in drawn.channels if c.rest})
    parts += _pairs("gains", {name: number(gain) for name, gain in wiring.gains.items()})
    parts += _pairs("curves", {name: "[" + ", ".join(f"[{number(x)}, {number(y)}]" for x, y in points) + "]"
                               for name, points in wiring.curves.items()})
    derived = {**wiring.derived, **(drawn.backward.derived if drawn.backward else {})}
    parts += _pairs("derived", {name: f"{{{made.kind}: [{', '.join(map(quoted, made.of))}]}}"
                                for name, made in derived.items()})
    parts += _poses(wiring.poses) if wiring.poses else []
    if wiring.seal:
        parts.append(f"seal: {{close: {quoted(wiring.seal[0])}, jaw: {quoted(wiring.seal[1])}}}")
    parts += _rows("from_arkit", wiring.rows, drawn.notes)
    parts += _rows("to_arkit", drawn.backward.rows, {}) if drawn.backward else []
    if drawn.errors:
        parts += ["", "# Errors of the fit, the worst first: 0 is exact, 1 is nothing shown.",
                  *_commented(f"  {error}" for error in drawn.errors)]
    for heading, names in drawn.leftover:
        if names:
            parts += ["", *_commented([f"{heading}:"]), *_commented(f"  {quoted(name)}" for name in names)]
    return "\n".join(parts) + "\n"


def quoted(name: str) -> str:
    """A name as YAML reads it back, quoted where it must be."""
    if _PLAIN.fullmatch(name) and name.lower() not in _TAKEN:
        return name
    safe = json.dumps(name, ensure_ascii=False)
    return "".join(each if each.isprintable() else f"\\U{ord(each):08x}" for each in safe)


def _commented(lines: Iterable[str]) -> list[str]:
    return [f"# {line}".rstrip() for line in lines]


def _channels(key: str, channels: Sequence[Channel]) -> list[str]:
    regions: dict[str, list[str]] = {}
    for channel in channels:
        regions.setdefault(channel.region or "face", []).append(quoted(channel.name))
    lines = [_wrapped(f"  {quoted(region)}: [", names, "]") for region, names in regions.items()]
    return [f"{key}:", *lines] if lines else []


def _pairs(key: str, values: Mapping[str, str]) -> list[str]:
    return [f"{key}:", *(f"  {quoted(name)}: {value}" for name, value in values.items())] if values else []


def _rows(key: str, rows: Mapping[str, Mapping[str, float]], notes: Mapping[str, str]) -> list[str]:
    if not rows:
        return []
    lines = [f"{key}:"]
    for name, row in rows.items():
        note = f"  # {notes[name]}" if name in notes else ""
        if list(row.values()) == [1.0]:
            lines.append(f"  {quoted(name)}: {quoted(next(iter(row)))}{note}")
        else:
            lines.append(_wrapped(f"  {quoted(name)}: {{", _weighted(row), "}") + note)
    return lines


def _weighted(row: Mapping[str, float]) -> list[str]:
    return [f"{quoted(source)}: {number(weight)}" for source, weight in row.items()]


def number(value: float) -> str:
    """Up to six decimals and no exponent, which YAML would read as text."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _poses(poses: Poses) -> list[str]:
    return ["poses:", f"  show: {poses.show}", _wrapped("  measure: {", _weighted(poses.measure), "}"), "  of:",
            *(_wrapped(f"    {quoted(name)}: {{", _weighted(pose), "}") for name, pose in poses.of.items())]


def _wrapped(opening: str, items: Sequence[str], closing: str) -> str:
    """Items in a row, broken between them where the line is full."""
    lines, line = [], opening
    for k, item in enumerate(items):
        piece = item + (", " if k < len(items) - 1 else "")
        if len(line) + len(piece) > WIDTH and line.strip() and line != opening:
            lines.append(line.rstrip())
            line = " " * len(opening)
        line += piece
    return "\n".join([*lines, line + closing])
