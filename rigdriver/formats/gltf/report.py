"""What writing a clip onto a character did, in data and in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class DrivenMesh:
    """One mesh: its (target, channel) pairs, the names of targets that keep their rest weight, how many are moved."""

    name: str
    driven: tuple[tuple[str, str], ...]
    still: tuple[str, ...] = ()
    moved: int = 0
    what: str = "morph targets"


@dataclass(frozen=True)
class Report:
    """Coverage of one written animation.

    missing: channels that move in the clip and drive nothing in this file.
    ambiguous: (mesh, target, channel) left still because another target of the mesh is that channel as well.
    joints: (what, node name) of every node that is turned.
    """

    path: Path
    animation: str
    keys: int
    fps: Fraction
    meshes: tuple[DrivenMesh, ...] = ()
    missing: tuple[str, ...] = ()
    ambiguous: tuple[tuple[str, str, str], ...] = ()
    joints: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()

    def lines(self) -> Iterator[str]:
        """The report for people, a line at a time."""
        yield f"{self.path}: animation {self.animation!r}, {self.keys} keys at {float(self.fps):g} fps"
        for mesh in self.meshes:
            yield f"  {mesh.name}: {mesh.moved} of {mesh.moved + len(mesh.still)} {mesh.what} driven"
        for what, node in self.joints:
            yield f"  {what}: turns {node!r}"
        if self.missing:
            yield f"  moves in the clip but nothing here shows it: {', '.join(self.missing)}"
        for mesh_name, target, channel in self.ambiguous:
            yield f"  {mesh_name}: {target!r} is left still, for another of its targets is {channel} too"
        for note in self.notes:
            yield f"  note: {note}"

    def as_dict(self) -> dict[str, Any]:
        """The report as plain values that JSON can hold."""
        return {**asdict(self), "path": str(self.path), "fps": str(self.fps)}

    def __str__(self) -> str:
        return "\n".join(self.lines())
