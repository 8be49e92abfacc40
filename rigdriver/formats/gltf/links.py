"""That the parts of a glTF document which driving a character follows are of the kind the specification says, and
that the numbers by which one part names another lead somewhere.

All other parts are the owner's business and stay unread.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from rigdriver.errors import InputError

Check = Callable[[dict[str, Any], Any, str], None]  # of a document, one value in it, and what that value is


def check(document: dict[str, Any], where: str) -> None:
    """Raises InputError for the first thing that is not as it should be in nodes, meshes, skins or animations."""
    for kind, (one, check_one) in _PARTS.items():
        for k, item in enumerate(document.get(kind, [])):
            check_one(document, item, f"{where}: {one} {k}")


def _object(checks: dict[str, Check], needed: tuple[str, ...] = ()) -> Check:
    def check(document: dict[str, Any], value: Any, what: str) -> None:
        if not isinstance(value, dict):
            raise InputError(f"{what} should be an object")
        for key in needed:
            if key not in value:
                raise InputError(f"{what} lacks {key!r}")
        for key, check_one in checks.items():
            if key in value:
                check_one(document, value[key], f"{what}'s {key}")

    return check


def _list(each: Check) -> Check:
    def check(document: dict[str, Any], value: Any, what: str) -> None:
        if not isinstance(value, list):
            raise InputError(f"{what} should be a list")
        for item in value:
            each(document, item, what)

    return check


def _every(each: Check) -> Check:
    """Of an object whose keys are free."""

    def check(document: dict[str, Any], value: Any, what: str) -> None:
        if not isinstance(value, dict):
            raise InputError(f"{what} should be an object")
        for item in value.values():
            each(document, item, what)

    return check


def _link(kind: str) -> Check:
    def check(document: dict[str, Any], value: Any, what: str) -> None:
        count = len(document.get(kind, []))
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < count:
            raise InputError(f"{what} names {kind}[{str(value)[:40]}], but there are {count}")

    return check


def _numbers(size: int | None = None) -> Check:
    def check(document: dict[str, Any], value: Any, what: str) -> None:
        fits = isinstance(value, list) and (size is None or len(value) == size)
        if not fits or not all(_is_number(item) for item in value):
            raise InputError(f"{what} should be {size or 'a list of'} numbers")

    return check


def _is_number(value: Any) -> bool:
    """Whether it is a number that a 32-bit float can hold."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return math.isfinite(value) and abs(value) < 3.4e38 if isinstance(value, float) else abs(value) < 2**127


def _text(document: dict[str, Any], value: Any, what: str) -> None:
    if not isinstance(value, str):
        raise InputError(f"{what} should be text")


def _animation(document: dict[str, Any], value: Any, what: str) -> None:
    _ANIMATION(document, value, what)
    for channel in value["channels"]:
        index = channel["sampler"]
        if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < len(value["samplers"]):
            raise InputError(f"{what} names a sampler that is not there")


_ATTRIBUTES = _every(_link("accessors"))
_ANIMATION = _object({
    "name": _text,
    "channels": _list(_object({"target": _object({"node": _link("nodes"), "path": _text}, ("path",))},
                              ("sampler", "target"))),
    "samplers": _list(_object({"input": _link("accessors"), "output": _link("accessors"), "interpolation": _text},
                              ("input", "output"))),
}, ("channels", "samplers"))  # fmt: skip
_PARTS: dict[str, tuple[str, Check]] = {
    "accessors": ("accessor", _object({"min": _numbers(), "max": _numbers()})),
    "nodes": ("node", _object({
        "name": _text, "mesh": _link("meshes"), "skin": _link("skins"), "children": _list(_link("nodes")),
        "matrix": _numbers(16), "rotation": _numbers(4), "scale": _numbers(3), "translation": _numbers(3),
        "weights": _numbers(),
    })),
    "skins": ("skin", _object({
        "joints": _list(_link("nodes")), "inverseBindMatrices": _link("accessors"),
    }, ("joints",))),
    "images": ("image", _object({"bufferView": _link("bufferViews")})),
    "meshes": ("mesh", _object({
        "name": _text, "weights": _numbers(),
        "primitives": _list(_object({
            "attributes": _ATTRIBUTES, "targets": _list(_ATTRIBUTES), "indices": _link("accessors"),
        }, ("attributes",))),
    }, ("primitives",))),
    "animations": ("animation", _animation),
}  # fmt: skip
