"""Options of a format as they are typed: `scale=100` becomes what its `read` or `write` asks for."""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

from rigdriver.choose import frame_rate
from rigdriver.errors import SettingsError, nearest
from rigdriver.formats import Format, options_of

YES, NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


def typed(row: Format, verb: str, pairs: Iterable[str]) -> dict[str, Any]:
    """Values by name. Raises SettingsError for a name that the format does not have, or a value of another kind."""
    function = row.function(verb)
    known = options_of(function)
    chosen = {}
    for pair in pairs:
        name, sign, text = (part.strip() for part in pair.partition("="))
        if not (name and sign):
            raise SettingsError(f"option {pair!r}: should read NAME=VALUE, as in scale=100")
        if name not in known:
            takes = nearest(name, known) if known else "it has none"
            raise SettingsError(f"the format {row.name!r} has no option {name!r} where it {verb}s; {takes}")
        chosen[name] = value(function, name, text)
    return chosen


def value(function: Callable[..., Any], name: str, text: str) -> Any:
    """A text as what the parameter of that name takes: the first of its kinds that the text can be."""
    hint = typing.get_type_hints(function).get(name, str)
    kinds = [kind for kind in typing.get_args(hint) or (hint,) if kind is not type(None)]
    for kind in sorted(kinds, key=lambda kind: kind in (str, Path)):  # any text is a text: that comes last
        try:
            return _as(kind, text)
        except (ValueError, SettingsError):
            continue
    wanted = " or ".join(_NAMES.get(kind, str(kind)) for kind in kinds)
    raise SettingsError(f"option {name}={text}: should be {wanted}")


_NAMES = {int: "a whole number", float: "a number", bool: "yes or no", Fraction: "a frame rate", str: "text"}


def _as(kind: Any, text: str) -> Any:
    if kind is bool:
        if text.lower() not in (*YES, *NO):
            raise ValueError(text)
        return text.lower() in YES
    if kind is Fraction:
        return frame_rate(text)
    if kind in (int, float, Path):
        return kind(text)
    return text
