"""Condition: how a stream wishes to be answered; arrays for the engines, tensors for the network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from rigdriver.errors import SettingsError, nearest
from rigdriver.model.settings import ModelSettings


class Condition(NamedTuple):
    """style (B, styles): the share of each face. manner (B, 1 or T, manners): −1..1, of each step's answer or of all.
    lookahead (): int64, steps."""

    style: Any
    manner: Any
    lookahead: Any


def condition(settings: ModelSettings, style: str | None = None, manner: Mapping[str, float] | None = None,
              lookahead: int | None = None) -> Condition:
    """For one stream, by name; None takes the model's default. Raises SettingsError for what it has not learned."""
    style = style or settings.default_style
    if style not in settings.styles:
        raise SettingsError(f"no style {style!r} in model {settings.name}; {nearest(style, settings.styles)}")
    lookahead = settings.lookahead_steps if lookahead is None else lookahead
    if not 0 <= lookahead <= settings.longest_lookahead:
        raise SettingsError(f"lookahead {lookahead} is outside 0 to {settings.longest_lookahead} steps")
    share = np.array([name == style for name in settings.styles], np.float32)
    return Condition(share[None], _numbers(settings, manner or {})[None, None], np.array(lookahead, np.int64))


def _numbers(settings: ModelSettings, manner: Mapping[str, float]) -> np.ndarray:
    for name, value in manner.items():
        if name not in settings.manners:
            raise SettingsError(f"no manner {name!r} in model {settings.name}; {nearest(name, settings.manners)}")
        if not -1 <= value <= 1:
            raise SettingsError(f"manner {name} should be −1 to 1, not {value}")
    return np.array([manner.get(name, 0.0) for name in settings.manners], np.float32)
