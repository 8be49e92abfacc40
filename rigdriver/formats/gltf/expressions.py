"""A VRM's expressions: names for a face's movements, each bound to morph targets that may be called anything.

Specification: https://github.com/vrm-c/vrm-specification, `VRMC_vrm` 1.0 (expressions) and `VRM` 0 (blendShapeMaster).
Two kinds matter here. A Perfect Sync character has one for each ARKit curve (`JawOpen`, …); every character has
presets (`aa`, `blink`, …; VRM 0 calls them `A`, `Blink`, …), which a clip drives that has curves of those names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rigdriver.spelling import find as spelled

PRESETS_OF_VRM0 = {
    "a": "aa", "i": "ih", "u": "ou", "e": "ee", "o": "oh", "blink": "blink", "blink_l": "blinkLeft",
    "blink_r": "blinkRight", "joy": "happy", "angry": "angry", "sorrow": "sad", "fun": "relaxed", "neutral": "neutral",
    "lookup": "lookUp", "lookdown": "lookDown", "lookleft": "lookLeft", "lookright": "lookRight",
}  # fmt: skip
PRESETS = ("happy", "angry", "sad", "relaxed", "surprised", "aa", "ih", "ou", "ee", "oh", "blink", "blinkLeft",
           "blinkRight", "lookUp", "lookDown", "lookLeft", "lookRight", "neutral")  # fmt: skip


LOOKS = PRESETS[13:17]


@dataclass(frozen=True)
class Bind:
    """One morph target that an expression moves: its weight is the expression's times `gain`."""

    mesh: int
    target: int
    gain: float


@dataclass(frozen=True)
class Expression:
    """name: as VRM 1 calls a preset, else the file's own; label: as this file calls it."""

    name: str
    label: str
    binds: tuple[Bind, ...]


def find(document: dict[str, Any]) -> list[Expression]:
    """A VRM's expressions that move morph targets; none for another glTF."""
    return [expression for expression in all_of(document) if expression.binds]


def all_of(document: dict[str, Any]) -> list[Expression]:
    """All expressions of a VRM, of which some may only change colours. What is malformed in them is passed over."""
    extensions = _object(document.get("extensions"))
    if "VRMC_vrm" in extensions:
        found = _of_vrm1(document, _object(extensions["VRMC_vrm"]))
    else:
        found = _of_vrm0(document, _object(extensions.get("VRM")))
    shows_gaze = gaze_is_shown(document)
    return [expression for expression in found if shows_gaze or expression.name not in LOOKS]


def gaze_is_shown(document: dict[str, Any]) -> bool:
    """Whether a VRM looks about by its look expressions; most turn the bones of the eyes."""
    extensions = _object(document.get("extensions"))
    new = _object(_object(extensions.get("VRMC_vrm")).get("lookAt")).get("type")
    old = _object(_object(extensions.get("VRM")).get("firstPerson")).get("lookAtTypeName")
    return new == "expression" or old == "BlendShape"


def is_vrm(document: dict[str, Any]) -> bool:
    """Whether a file is a VRM of either version."""
    return bool({"VRM", "VRMC_vrm"} & set(_object(document.get("extensions"))))


def preset(name: str) -> str | None:
    """VRM 1's name of the preset that a name of either version means."""
    return name if name in PRESETS else PRESETS_OF_VRM0.get(name.lower())


def channel_of(expression: Expression, channels: Sequence[str]) -> str | None:
    """The clip's curve that means this expression: of its name, of VRM 0's name for it, or a way to spell it."""
    known = {channel.lower(): channel for channel in channels}
    old = next((name for name, new in PRESETS_OF_VRM0.items() if new == expression.name), "")
    for name in (expression.name, expression.label, old):
        if name and name.lower() in known:
            return known[name.lower()]
    return None if expression.name in PRESETS else spelled(expression.name, channels)


def _of_vrm1(document: dict[str, Any], vrm: dict[str, Any]) -> Iterator[Expression]:
    groups = _object(vrm.get("expressions"))
    for kind in ("preset", "custom"):
        for name, expression in _object(groups.get(kind)).items():
            binds = _list(_object(expression).get("morphTargetBinds"))
            yield Expression(name, name, tuple(_binds(document, binds, "node", 1.0)))


def _of_vrm0(document: dict[str, Any], vrm: dict[str, Any]) -> Iterator[Expression]:
    for group in _list(_object(vrm.get("blendShapeMaster")).get("blendShapeGroups")):
        label, preset = str(group.get("name", "")), str(group.get("presetName", "")).lower()
        binds = tuple(_binds(document, _list(group.get("binds")), "mesh", 0.01))  # weights in percent
        yield Expression(PRESETS_OF_VRM0.get(preset, label), label, binds)


def _binds(document: dict[str, Any], binds: list[dict[str, Any]], by: str, unit: float) -> Iterator[Bind]:
    """Binds name a node in VRM 1, a mesh in VRM 0. A mesh that several nodes show is moved in all of them."""
    nodes, meshes = document.get("nodes", []), document.get("meshes", [])
    for bind in binds:
        mesh, target, weight = _index(bind.get(by)), _index(bind.get("index")), bind.get("weight", 0)
        if by == "node":
            mesh = _index(nodes[mesh].get("mesh")) if mesh < len(nodes) else len(meshes)
        if mesh < len(meshes) and target < _targets(meshes[mesh]) and _is_weight(weight, unit):
            yield Bind(mesh, target, float(weight) * unit)


def _targets(mesh: dict[str, Any]) -> int:
    return min((len(primitive.get("targets", [])) for primitive in mesh["primitives"]), default=0)


def _is_weight(value: Any, unit: float) -> bool:
    return isinstance(value, (int, float)) and 0 < abs(value) <= 1 / unit


def _index(value: Any) -> int:
    """A usable index, or one that is past the end of every list."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 1 << 62


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[dict[str, Any]]:
    """The objects of a list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
