"""Which curve of a file goes onto which curve of a character, and under which name the sequence is kept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from rigdriver_unreal import spelling
from rigdriver_unreal.files import Curves

METAHUMAN = "CTRL_expressions_"
LARGEST_WEIGHT = 2.0  # a weight above this looks like 0..100 instead of 0..1
_UNFIT = re.compile(r"[^A-Za-z0-9_]+")  # Unreal refuses many more than these; these are always fine


@dataclass(frozen=True)
class Target:
    """What a character can show. meshes: names of the morph targets, mesh by mesh; curves: those of the skeleton.

    Unreal's names know no case: `jawopen` and `jawOpen` are one.
    """

    meshes: tuple = ()
    curves: tuple = ()

    @property
    def is_metahuman(self) -> bool:
        return any(name.lower().startswith(METAHUMAN.lower()) for name in self.curves)


@dataclass(frozen=True)
class Plan:
    """writes: the file's curve by the sequence's. missing: curves of the file that the character lacks. silent: the
    character's that the file does not drive. ambiguous: left still, because a better or earlier name has their curve.
    """

    writes: dict
    missing: tuple = ()
    silent: tuple = ()
    ambiguous: tuple = ()
    angles: tuple = ()
    notes: tuple = ()


def plan(clip: Curves, target: Target) -> Plan:
    """MetaHuman curves are matched by name alone, since `jawOpen` of ARKit is not `CTRL_expressions_jawOpen`; morph
    targets across spellings. A skeleton that does not tell its curves gets the file's names as they are.
    """
    weights = [name for name in clip.tracks if name not in clip.angles]
    told = target.curves and target.meshes
    if target.is_metahuman or (any(map(_is_metahuman, weights)) and not told):
        return _by_name(clip, weights, target)
    if not target.meshes and not target.curves:
        unchecked = "the skeleton does not tell its curves: every name was written, none could be checked"
        return Plan({name: name for name in weights}, angles=clip.angles, notes=(unchecked, *_doubts(clip, weights)))
    return _by_spelling(clip, weights, target)


def _is_metahuman(name: str) -> bool:
    return _key(name).startswith(METAHUMAN.lower())


def _by_name(clip: Curves, weights: list, target: Target) -> Plan:
    own = {name.lower(): name for name in target.curves}
    notes = _doubts(clip, weights)
    if not target.is_metahuman:
        notes.append("the skeleton tells no MetaHuman curve: every name was written, none could be checked")
        own = {_key(name): name.replace(".", "_") for name in weights}
    found = {own[_key(name)]: name for name in weights if _key(name) in own}
    if target.is_metahuman and not any(map(_is_metahuman, weights)):
        notes.append("the character is a MetaHuman and the file has no CTRL_expressions_ curve: "
                     "`rigdriver convert --to-format metahuman` makes one of it")
    missing = tuple(name for name in weights if _key(name) not in own)
    silent = tuple(name for name in own.values() if _is_metahuman(name) and name not in found)
    return Plan(found, missing, silent, angles=clip.angles, notes=tuple(notes))


def _key(name: str) -> str:
    return name.replace(".", "_").lower()  # a DNA file writes `CTRL_expressions.jawOpen`


def _by_spelling(clip: Curves, weights: list, target: Target) -> Plan:
    writes, silent, ambiguous = {}, [], []
    for names in target.meshes or (target.curves,):
        names = list(dict.fromkeys(names))
        found = spelling.match(names, weights)
        ambiguous += found.ambiguous
        for name, channel in zip(names, found.channels):
            if channel is None:
                silent.append(name)
            else:
                writes.setdefault(name, channel)
    driving = set(writes.values())
    missing = tuple(name for name in weights if name not in driving)
    silent = tuple(dict.fromkeys(name for name in silent if name not in writes)) if target.meshes else ()
    notes = _doubts(clip, weights)
    if any(map(_is_metahuman, weights)):
        notes.append("the file is for a MetaHuman, which this character's skeleton does not seem to be; "
                     "name the skeleton instead of the mesh to have its curves written unchecked")
    return Plan(writes, missing, silent, tuple(dict.fromkeys(ambiguous)), clip.angles, tuple(notes))


def _doubts(clip: Curves, weights: list) -> list:
    """Words about values that are probably not what was meant."""
    largest = max((max(clip.tracks[name].values, default=0.0) for name in weights), default=0.0)
    if largest <= LARGEST_WEIGHT:
        return []
    return [f"values reach {largest:g}: where the file counts 0..100, import it with scale 0.01"]


def asset_name(path: Path, prefix: str = "", suffix: str = "") -> str:
    """A name that Unreal takes, from a file's."""
    return prefix + (_UNFIT.sub("_", Path(path).stem).strip("_") or "take") + suffix


def package_of(path: Path, folder: Path, destination: str) -> str:
    """The content folder for a file below `folder`: its subfolders are kept."""
    inside = Path(path).parent.relative_to(folder).parts
    return "/".join([destination.rstrip("/"), *(_UNFIT.sub("_", part).strip("_") or "_" for part in inside)])
