"""That the numbers by which one part of a glTF document names another lead somewhere.

Only the links that driving a character follows are looked at; all others are the owner's business and stay.
"""

from __future__ import annotations

from typing import Any

from rigdriver.errors import InputError


def check(document: dict[str, Any], where: str) -> None:
    """Raises InputError for the first link of nodes, meshes, skins or animations that leads nowhere."""
    try:
        _check_nodes(document, where)
        _check_meshes(document, where)
        _check_animations(document, where)
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{where}: its glTF is malformed ({type(error).__name__}: {error})") from None


def _follow(document: dict[str, Any], kind: str, index: Any, where: str) -> None:
    count = len(document.get(kind, []))
    if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < count:
        raise InputError(f"{where} names {kind}[{index!r}], but there are {count}")


def _check_nodes(document: dict[str, Any], where: str) -> None:
    for k, node in enumerate(document.get("nodes", [])):
        for key, kind in (("mesh", "meshes"), ("skin", "skins")):
            if key in node:
                _follow(document, kind, node[key], f"{where}: node {k}")
        for key, size in (("matrix", 16), ("rotation", 4), ("scale", 3), ("translation", 3)):
            if key in node:
                _check_numbers(node[key], size, f"{where}: node {k}'s {key}")
    for k, skin in enumerate(document.get("skins", [])):
        for joint in skin["joints"]:
            _follow(document, "nodes", joint, f"{where}: skin {k}")


def _check_numbers(values: Any, size: int, what: str) -> None:
    if not isinstance(values, list) or len(values) != size or not all(isinstance(v, (int, float)) for v in values):
        raise InputError(f"{what} should be {size} numbers")


def _check_meshes(document: dict[str, Any], where: str) -> None:
    for k, mesh in enumerate(document.get("meshes", [])):
        for primitive in mesh["primitives"]:
            for attributes in (primitive["attributes"], *primitive.get("targets", [])):
                for accessor in attributes.values():
                    _follow(document, "accessors", accessor, f"{where}: mesh {k}")


def _check_animations(document: dict[str, Any], where: str) -> None:
    for k, animation in enumerate(document.get("animations", [])):
        samplers = animation["samplers"]
        for sampler in samplers:
            for key in ("input", "output"):
                _follow(document, "accessors", sampler[key], f"{where}: animation {k}")
        for channel in animation["channels"]:
            if "node" in channel["target"]:
                _follow(document, "nodes", channel["target"]["node"], f"{where}: animation {k}")
            if not 0 <= channel["sampler"] < len(samplers):
                raise InputError(f"{where}: animation {k} names a sampler that is not there")
