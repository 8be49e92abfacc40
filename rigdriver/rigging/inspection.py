"""Inspection: what of a face a file has, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from rigdriver import rig as rigs
from rigdriver.guessing import guess
from rigdriver.rigging.character import Character
from rigdriver.rigging.recognition import Likeness, likenesses
from rigdriver.spelling import Matches, match

NAMES_SHOWN = 40
EYES = ("left_eye", "right_eye")


@dataclass(frozen=True)
class Inspection:
    """A character held against ARKit's 52 curves and against the rigs that ship."""

    character: Character

    @cached_property
    def matches(self) -> dict[str, Matches]:
        """Mesh → which curve of the canonical rig drives each of its targets."""
        weights = rigs.canonical().weights
        return {mesh.name: match(mesh.targets, weights) for mesh in self.character.meshes}

    @cached_property
    def found(self) -> dict[str, list[str]]:
        """ARKit curve → targets that it drives, over all meshes."""
        found: dict[str, dict[str, None]] = {}
        for mesh in self.character.meshes:
            for target, channel in zip(mesh.targets, self.matches[mesh.name].channels):
                if channel:
                    found.setdefault(channel, {})[target] = None
        return {channel: list(targets) for channel, targets in found.items()}

    @property
    def missing(self) -> list[str]:
        """Those of Apple's 52 that nothing here is."""
        return [name for name in rigs.load("arkit52").names if name not in self.found]

    @property
    def others(self) -> list[str]:
        """Named targets that are no ARKit curve in any spelling."""
        matched = {target for targets in self.found.values() for target in targets}
        return [target for target in self.character.targets if target not in matched and target not in rigs.canonical()]

    @cached_property
    def likely(self) -> list[Likeness]:
        """Rigs that it may be, the likeliest first; a VRM's expressions are names of it, too."""
        expressions = [expression.name for expression in self.character.expressions]
        return likenesses([*self.character.targets, *expressions])

    def lines(self) -> Iterator[str]:
        """For people, a line at a time."""
        it = self.character
        yield f"{it.path}: {it.kind}"
        for mesh in it.meshes:
            driven = sum(channel is not None for channel in self.matches[mesh.name].channels)
            yield f"  {mesh.name}: {len(mesh.targets)} shapes, {driven} of them ARKit's"
            if nameless := sum(not target for target in mesh.targets):
                yield f"  {mesh.name}: {nameless} shapes have no name; no name can reach them"
            for target, channel in self.matches[mesh.name].ambiguous:
                yield f"  {mesh.name}: {target!r} is {channel}, as another shape of it is; the first is driven"
        if it.expressions:
            yield f"  expressions: {_shown([expression.name for expression in it.expressions])}"
        yield f"  rig: {self.likely[0].line() if self.likely else 'none that is known here'}"
        for other in [other for other in self.likely[1:3] if other.exact]:
            yield f"       or {other.line()}"
        yield f"  ARKit's 52: {52 - len(self.missing)} are there" + (
            f"; missing: {_shown(self.missing)}" if self.missing and len(self.missing) < 52 else "")
        if self.others:
            yield f"  other shapes ({len(self.others)}): {_shown([self._other(name) for name in self.others])}"
        yield from self._turned()
        yield from (f"  note: {note}" for note in it.notes)
        yield f"  next: {self.advice}"

    def _other(self, target: str) -> str:
        meant = [curve for curve in guess(target) if curve not in self.found]
        return f"{target} (perhaps {' and '.join(meant)})" if meant else target

    def _turned(self) -> Iterator[str]:
        if not self.character.kind.endswith("character"):
            return
        for what in ("head", "neck", *EYES):
            if what in self.character.joints:
                yield f"  {what.replace('_', ' ')}: turned by the node {self.character.joints[what]!r}"
            elif what != "neck":
                yield f"  {what.replace('_', ' ')}: no joint of that name"

    @property
    def advice(self) -> str:
        """What to type next."""
        path, best = self.character.path, self.likely[0] if self.likely else None
        if not self.character.kind.endswith("character"):
            known = self.found or best
            return f"rigdriver convert {path} OUT" if known else f"rigdriver rig solve --from CLIP --to {path}"
        if len(self.missing) < 12:
            return f"rigdriver drive hello.wav --onto {path}"
        if best or len(self.found) > LEAST_OF_A_FACE or any(guess(other) for other in self.others):
            rig = f"{path.stem}.yaml"
            return f"rigdriver rig map {path} -o {rig}, look it over, then drive --rig {rig} --onto {path}"
        return f"rigdriver rig solve {path} --like HEAD.glb -o {path.stem}.yaml: its names say nothing, its shapes may"


LEAST_OF_A_FACE = 8  # ARKit curves


def _shown(names: list[str]) -> str:
    more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
    return ", ".join(names[:NAMES_SHOWN]) + more
