"""A note on an animation, in its `extras`: text that travels with the file and that nothing else looks at."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rigdriver.errors import InputError
from rigdriver.formats import glb
from rigdriver.formats.atomic import replacing
from rigdriver.formats.gltf import asset as assets
from rigdriver.formats.gltf import reading, tracks

OWNER, NOTE = "rigdriver", "record"


def annotate(path: str | Path, notes: Mapping[str, str]) -> None:
    """Puts a note on each animation of that name; everything else in the file stays. Raises InputError for none."""
    asset = assets.load(path)
    for name, note in notes.items():
        tracks.named(asset, name).setdefault("extras", {}).setdefault(OWNER, {})[NOTE] = note
    if asset.in_glb:
        assets.settle(asset, Path(path), [])
        assets.save(asset, Path(path), 0, [], True)
    else:
        with replacing(path) as file:
            file.write(glb.encode(asset.document, indent=2))


def annotation(path: str | Path, animation: str | None = None) -> str | None:
    """The note on the animation of that name, or on the one that `read` takes; None where it has none."""
    asset = assets.load(path)
    try:
        found = [reading.choose(asset, animation)]
    except InputError:  # a .vrma moves the face by nodes that only its own reader knows
        found = asset.document.get("animations", []) if animation is None else []
    return next((note for note in map(_note, found) if note is not None), None)


def _note(animation: dict[str, Any]) -> str | None:
    try:
        note = animation["extras"][OWNER][NOTE]
    except (KeyError, TypeError):
        return None
    return note if isinstance(note, str) else None


def name_of(path: str | Path, wanted: str | None = None) -> str | None:
    """The name that is wanted where an animation has it, else what the animation that `read` takes is called; None
    where that has no name, or there is none."""
    asset = assets.load(path)
    if wanted is not None and any(each.get("name") == wanted for each in asset.document.get("animations", [])):
        return wanted
    try:
        name = reading.choose(asset, None).get("name")
    except InputError:
        return None
    return name if isinstance(name, str) else None
