"""Choices as users write them become settings of the whole way: names, paths and numbers in, nouns out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

from rigdriver import performance as performances
from rigdriver import rig as rigs
from rigdriver.directions import directed
from rigdriver.errors import SettingsError
from rigdriver.model.runtime import DEFAULT, Model
from rigdriver.model.settings import ModelSettings
from rigdriver.performance import Performance
from rigdriver.pipeline import Drive
from rigdriver.rig import Rig
from rigdriver.sections import AUTO
from rigdriver.settings import parse_yaml

FPS_RANGE = (1, 240)
WHOLE = "whole"
RATE = re.compile(r"[+-]?[\d.]{1,40}(/\d{1,9})?")  # no exponent: 1e999999999 is a number of a gigabyte
NTSC = {"23.976": Fraction(24000, 1001), "29.97": Fraction(30000, 1001), "59.94": Fraction(60000, 1001),
        "119.88": Fraction(120000, 1001)}


def way(performance: Performance | str | Path | None = None, rig: Rig | str | Path = "arkit",
        fps: Fraction | float | str = 60, seed: int | None = None, style: str | None = None,
        model: str | Path | None = None, engine: str = "onnx", threads: int = 1,
        lookahead: float | str | None = None, direct: str | None = None) -> Drive:
    """Settings of the whole way; lookahead in milliseconds, or "whole"; direct: directions (`rigdriver.directions`).

    Raises SettingsError for what is not known.
    """
    if not isinstance(performance, Performance):
        performance = performances.load(performance) if performance else Performance()
    if direct:
        performance = directed(performance, direct)
    if seed is not None and seed < 0:
        raise SettingsError(f"seed should be 0 or more, not {seed}")
    loaded = Model.load(Path(model) if model else DEFAULT, engine, threads)
    chosen = Drive(loaded, performance, rig if isinstance(rig, Rig) else rigs.load(rig), frame_rate(fps), seed, style,
                   None if lookahead is None else steps_ahead(lookahead, loaded.settings))
    if chosen.target is not chosen.rig and chosen.rig.name != rigs.canonical().name:
        raise SettingsError(f"model {loaded.settings.name} speaks a rig of its own, and rig {chosen.rig.name} has none "
                            "of its channels; leave the rig out")
    return chosen


def overrides(emotions: Iterable[str], settings: Iterable[str]) -> dict[str, Any]:
    """Values by key from what stands on a command line: `joy=.6` for an emotion, `blink.spread=.3` for any key."""
    pairs = [(f"emotion.{name}", value, "--emotion") for each in emotions for name, value in _pairs(each, "--emotion")]
    pairs += [(*_pair(each, "--set"), "--set") for each in settings]
    return {key: parse_yaml(f"value: {value}", f"{option} {key}")["value"] for key, value, option in pairs}


def _pairs(text: str, option: str) -> list[tuple[str, str]]:
    """`joy=.6,fear=.2`; a bare `auto` is as strong as it should be."""
    parts = (f"auto={AUTO:g}" if part.strip() == "auto" else part for part in text.split(","))
    return [_pair(part, option) for part in parts]


def _pair(text: str, option: str) -> tuple[str, str]:
    name, sign, value = (part.strip() for part in text.partition("="))
    if not (name and sign and value):
        example = "joy=.6" if option == "--emotion" else "blink.idle_per_min=20"
        raise SettingsError(f"{option} {text}: should read NAME=VALUE, as in {option} {example}")
    return name, value


def steps_ahead(lookahead: float | str, settings: ModelSettings) -> int:
    """Milliseconds, or "whole" for as much as the model can use, as steps of the model that fit into them."""
    text = str(lookahead).strip().removesuffix("ms").strip()
    if text == WHOLE:
        return settings.longest_lookahead
    try:
        milliseconds = float(text)
    except ValueError:
        milliseconds = -1.0
    if not 0 <= milliseconds < float("inf"):
        raise SettingsError(f"lookahead {lookahead!r} should be milliseconds, 0 or more, or {WHOLE!r}")
    return settings.steps_ahead(milliseconds / 1000)


def frame_rate(fps: Fraction | float | str) -> Fraction:
    """24, 29.97, 30000/1001 … as an exact fraction; the NTSC rates are known by their usual names."""
    text = str(fps).strip()
    try:
        exact = NTSC.get(text) or Fraction(text if RATE.fullmatch(text) else "").limit_denominator(1001)
    except (ValueError, ZeroDivisionError):
        raise SettingsError(f"fps {text!r} is not a frame rate; write 30, 59.94 or 30000/1001") from None
    low, high = FPS_RANGE
    if not low <= exact <= high:
        raise SettingsError(f"fps {text} is outside {low} to {high}")
    return exact
