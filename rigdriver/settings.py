"""Strict YAML: every settings file of the house (performance, rig, model, training) is read through here.

Strict because plain YAML forgives too much: it keeps the last of two equal keys, reads a bare `no` as false
and `10:20:30` as 37230. Here an unknown or repeated key is an error that names the nearest known one.
"""

from __future__ import annotations

import contextlib
import dataclasses
import types
import typing
from pathlib import Path
from typing import Any, TypeVar

import yaml

from rigdriver.errors import SettingsError, nearest

T = TypeVar("T")
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class _StrictLoader(yaml.SafeLoader):
    """SafeLoader that refuses a key that stands twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise SettingsError(f"{_place(key_node)}: the key {key!r} should be text (quote it)")
            if key in seen:
                raise SettingsError(f"{_place(key_node)}: the key {key!r} stands twice")
            seen.add(key)
        return super().construct_mapping(node, deep)


def _place(node: yaml.Node) -> str:
    return f"{node.start_mark.name}, line {node.start_mark.line + 1}"


def read_yaml(path: str | Path) -> dict[str, Any]:
    """The mapping that a YAML file holds. Raises SettingsError naming file and line."""
    path = Path(path)
    try:
        raw = path.read_bytes()
        text = raw.decode("utf-16" if raw[:2] in UTF16_MARKS else "utf-8-sig")  # PowerShell's `>` writes UTF-16
    except FileNotFoundError:
        raise SettingsError(f"{path}: no such file") from None
    except (OSError, ValueError) as error:  # not text, or no path at all
        raise SettingsError(f"{path}: cannot be read as UTF-8 text ({error})") from None
    return parse_yaml(text, str(path))


def parse_yaml(text: str, where: str) -> dict[str, Any]:
    """The mapping that YAML text holds; `where` names it in errors."""
    try:
        loader = _StrictLoader(text)
        loader.name = where
        document = loader.get_single_data()
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:  # PyYAML lets its own inner errors out
        raise SettingsError(f"{where}: not valid YAML: {' '.join(str(error).split())}") from None
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise SettingsError(f"{where}: should hold `key: value` lines, not a {type(document).__name__}")
    return document


def build(cls: type[T], mapping: Any, where: str) -> T:
    """A dataclass from a mapping: nested dataclasses, tuples, dicts and plain values, types checked.

    Raises SettingsError for an unknown key (naming the nearest), a missing one, or a value of another type.
    """
    _check_keys(cls, mapping, where)
    fields = {field.name: field for field in dataclasses.fields(cls) if field.init}  # type: ignore[arg-type]
    lacking = [name for name, field in fields.items() if name not in mapping and _is_required(field)]
    if lacking:
        raise SettingsError(f"{where}: lacks the key {lacking[0]!r}")
    hints = typing.get_type_hints(cls)
    values = {key: _convert(hints[key], value, f"{where}: {key}") for key, value in mapping.items()}
    return _made(cls, values, where)


def update(base: T, mapping: Any, where: str) -> T:
    """A settings dataclass with some of its keys, or of its sections', said anew; a mapping is added to. Checked as a
    whole, so that two keys that depend on each other may change together. Raises SettingsError as `build`."""
    _check_keys(type(base), mapping, where)
    hints = typing.get_type_hints(type(base))
    own = {field.name: getattr(base, field.name) for field in dataclasses.fields(base)}  # type: ignore[arg-type]
    for key, value in mapping.items():
        if dataclasses.is_dataclass(own[key]):
            own[key] = update(own[key], value, f"{where}: {key}")
        else:
            said = _convert(hints[key], value, f"{where}: {key}")
            own[key] = {**own[key], **said} if isinstance(said, dict) else said
    return _made(type(base), own, where)


def _made(cls: type[T], values: dict[str, Any], where: str) -> T:
    try:
        return cls(**values)
    except ValueError as error:
        raise SettingsError(f"{where}: {error}") from None


def _check_keys(cls: Any, mapping: Any, where: str) -> None:
    if not isinstance(mapping, dict):
        raise SettingsError(f"{where}: should be `key: value` lines, not {mapping!r}")
    fields = {field.name: field for field in dataclasses.fields(cls) if field.init}
    for key in mapping:
        if key not in fields:
            raise SettingsError(f"{where}: unknown key {key!r}; {nearest(str(key), fields)}")


def _is_required(field: dataclasses.Field) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _convert(kind: Any, value: Any, where: str) -> Any:
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if dataclasses.is_dataclass(kind):
        return build(kind, value, where)  # type: ignore[arg-type]
    if origin in (typing.Union, types.UnionType):
        return _convert_union(args, value, where)
    if origin is tuple:
        return _convert_tuple(args, value, where)
    if origin is dict:
        if not isinstance(value, dict):
            raise SettingsError(f"{where}: should be `key: value` lines, not {value!r}")
        return {_convert(args[0], k, where): _convert(args[1], v, f"{where}: {k}") for k, v in value.items()}
    return _convert_plain(kind, value, where)


def _convert_union(args: tuple[Any, ...], value: Any, where: str) -> Any:
    if value is None and type(None) in args:
        return None
    kinds = [kind for kind in args if kind is not type(None)]
    for kind in kinds:
        try:
            return _convert(kind, value, where)
        except SettingsError:
            if kind is kinds[-1]:
                raise
    raise AssertionError("a union has at least one kind")


def _convert_tuple(args: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(value, (list, tuple)):
        raise SettingsError(f"{where}: should be a list, not {value!r}")
    if len(args) == 2 and args[1] is Ellipsis:
        return tuple(_convert(args[0], item, f"{where}[{k}]") for k, item in enumerate(value))
    if len(args) != len(value):
        raise SettingsError(f"{where}: should hold {len(args)} values, not {len(value)}")
    return tuple(_convert(kind, item, f"{where}[{k}]") for k, (kind, item) in enumerate(zip(args, value)))


def _convert_plain(kind: Any, value: Any, where: str) -> Any:
    if kind is Any:
        return value
    if kind is float and isinstance(value, (int, float)) and not isinstance(value, bool):
        with contextlib.suppress(OverflowError):  # a whole number of 400 digits
            return float(value)
    if kind in (int, bool, str) and type(value) is kind:
        return value
    names = {float: "a number", int: "a whole number", bool: "true or false", str: "text (quote it)"}
    raise SettingsError(f"{where}: should be {names.get(kind, kind)}, not {value!r}")
