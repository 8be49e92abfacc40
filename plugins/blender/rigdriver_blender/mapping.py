"""Rig files between the panel and rigdriver: rows of `rigdriver rig show`, and a rig file written from pairs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .errors import PluginError

_ROW = re.compile(r"(?P<name>.+?)\s+(?P<unit>weight|radian)\s+(?P<low>\S+?)\.\.(?P<high>\S+)(?P<rest>.*)")
_TERM = re.compile(r"(?:(?P<weight>-?\d*\.?\d+)\s*\*?\s+)?(?P<name>\S+)")
POSE = "a pose"
MORE = ("gains", "curves", "derived", "correctives", "poses", "seal", "rest", "ranges")
"""Keys of a rig file that pairs do not show; a file that has one is edited as text."""


@dataclass(frozen=True)
class Row:
    """A channel of a rig, and what it is made of: curves of ARKit with their weights; none for ARKit's own."""

    name: str
    unit: str
    made: str = ""


def rows(shown: str) -> list[Row]:
    """What `rigdriver rig show` prints."""
    found = []
    for line in shown.splitlines():
        row = _ROW.fullmatch(line)
        if row:
            found.append(Row(row["name"].strip(), row["unit"], row["rest"].partition("←")[2].strip()))
    return found


def listed(shown: str) -> list[str]:
    """The rigs that `rigdriver rig list` prints."""
    return [line.split()[0] for line in shown.splitlines() if " channels " in line]


def sources(made: str) -> dict[str, float]:
    """`0.8 mouthSmileLeft + mouthStretchLeft` as curves and weights. Raises PluginError for anything else."""
    found: dict[str, float] = {}
    for part in made.split(" + "):
        term = _TERM.fullmatch(part.strip())
        if not term:
            raise PluginError(f"{made!r} should be curves with weights, as in 0.8 mouthSmileLeft + 0.5 jawOpen")
        found[term["name"]] = found.get(term["name"], 0.0) + float(term["weight"] or 1)
    return found


def editable(text: str) -> str:
    """Why a rig file's text cannot be edited as pairs, "" where it can."""
    more = [key for key in MORE if re.search(rf"^{key}:", text, re.MULTILINE)]
    return f"it has {', '.join(more)}, which pairs do not show; edit it as text" if more else ""


def text(name: str, pairs: Mapping[str, str], angles: Sequence[str], curves: Iterable[str]) -> str:
    """The rig file of shape keys and what each is made of; an empty one rests. curves: all that may be named.

    Raises PluginError for a curve that is none, and for no pair at all.
    """
    known, made = set(curves), {shape: sources(each) for shape, each in pairs.items() if each.strip()}
    for shape, parts in made.items():
        unknown = [curve for curve in parts if curve not in known]
        if unknown:
            raise PluginError(f"{shape}: {unknown[0]} is no curve of ARKit's; `rigdriver rig show arkit` lists them")
    if not made:
        raise PluginError("no shape key is made of anything; fill the map first")
    lines = ["# Written by rigdriver's add-on for Blender.", "version: 2", f"name: {_quoted(name)}",
             f"description: {_quoted('a map drawn up in Blender')}", "weights:", "  face:"]
    lines += [f"    - {_quoted(shape)}" for shape in made]
    lines += ["angles:", "  head:", *(f"    - {angle}" for angle in angles)] if angles else []
    lines += ["from_arkit:"]
    lines += [f"  {_quoted(shape)}: {{{_weighted(parts)}}}" for shape, parts in made.items()]
    return "\n".join([*lines, *(f"  {angle}: {angle}" for angle in angles)]) + "\n"


def _weighted(parts: Mapping[str, float]) -> str:
    return ", ".join(f"{_quoted(curve)}: {_number(weight)}" for curve, weight in parts.items())


def _quoted(name: str) -> str:
    """JSON's strings are YAML's."""
    return json.dumps(name, ensure_ascii=False)


def _number(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")


