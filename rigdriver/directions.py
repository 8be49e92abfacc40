"""Directions: what a director writes beside a line becomes keys and moments of its performance.

    0.0 joy .4; 2.3 anger .8 over .5; 3.0 look camera; 4.1 blink

Each says when, in seconds (or minutes: 1:02.5), and what:

    EMOTION WEIGHT [+ EMOTION WEIGHT …]     from then on this mixture instead of the one before
    neutral                                  none
    look camera|left|right|up|down           or `look 20 -5`: degrees towards the character's left, and down
    blink, nod                               once
    set SECTION.KEY VALUE                    any number of the parameter file

A change takes `over SECONDS`, or what is usual for it; at 0 s the face begins so. One direction a line, or several with
semicolons between; what follows a # is a remark.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from rigdriver.errors import SettingsError, nearest
from rigdriver.performance import ALIASES, EMOTIONS, Gaze, Performance, changed, numbers_of
from rigdriver.tracks import led

NEUTRAL = "neutral"
LOOKS = {"camera": (0.0, 0.0), "left": (20.0, 0.0), "right": (-20.0, 0.0), "up": (0.0, -12.0), "down": (0.0, 15.0)}
"""Degrees from the camera (where the performance looks) towards the character's left, and down.

Far enough to be seen, near enough that eyes alone could go there."""
LOOK_S = 0.08  # a saccade of 20 degrees takes 25 ms + 2.4 ms a degree (BEHAVIOUR 4.1)
PAST_S = 1.0  # what frames under way may still ask for; a stream hears half a second ahead at most
NOW = "directions"  # what errors of those without times begin with
TIME = r"(?:(\d+):)?(\d+(?:\.\d*)?|\.\d+)s?"
MOMENTS = {"blink": "blink.at_s", "nod": "head.nods_at_s"}
ACTIONS = (*EMOTIONS, NEUTRAL, "look", *MOMENTS, "set")


@dataclass(frozen=True)
class Direction:
    """One line. values: numbers by `section.key` that are reached `over_s` seconds after `at_s`; moment: the key that
    lists when something happens once."""

    at_s: float
    values: Mapping[str, float]
    over_s: float = 0.0
    moment: str = ""


def directed(performance: Performance, text: str, where: str = "directions") -> Performance:
    """The performance as a director wants it. Raises SettingsError that names the direction."""
    return _led(performance, [_direction(part, performance, where) for part in _parts(text)], where)


def _led(performance: Performance, given: list[Direction], where: str) -> Performance:
    tracks = dict(performance.tracks)
    for key in dict.fromkeys(key for each in given for key in each.values):
        tracks[key] = _keys(key, [each for each in given if key in each.values], performance, where)
    try:
        performance = replace(performance, tracks=tracks)
    except ValueError as error:
        raise SettingsError(f"{where}: {error}") from None
    moments = {key: [*_times(performance, key), *(each.at_s for each in given if each.moment == key)]
               for key in MOMENTS.values()}
    return _at_moments(performance, moments, where)


def _times(performance: Performance, key: str) -> tuple[float, ...]:
    section, _, name = key.partition(".")
    known: tuple[float, ...] = getattr(getattr(performance, section), name)
    return known


def _at_moments(performance: Performance, moments: Mapping[str, Iterable[float]], where: str) -> Performance:
    """With other seconds for what happens once, by key. Checking a whole performance takes long: not for nothing."""
    said = {key: tuple(sorted(set(seconds))) for key, seconds in moments.items()}
    fresh = {key: seconds for key, seconds in said.items() if seconds != _times(performance, key)}
    return changed(performance, fresh, where) if fresh else performance


def directed_now(performance: Performance, text: str, at_s: float) -> Performance:
    """The performance of a stream that has come to `at_s`, led by directions without times from there on. What is long
    past is forgotten, so that a stream may be directed for days. Raises SettingsError."""
    recent = replace(performance, tracks={key: _recent(keys, at_s) for key, keys in performance.tracks.items()})
    old = {key: [each for each in _times(recent, key) if each > at_s - PAST_S] for key in MOMENTS.values()}
    return _led(_at_moments(recent, old, NOW), [_meant_now(part, at_s, performance) for part in _parts(text)], NOW)


def mixture(weights: Mapping[str, Any]) -> str:
    """The direction, without a time, that shows these emotions; none of them is neutral. Raises SettingsError for a
    weight that is no number, or none that a float holds."""
    for name, weight in weights.items():
        is_number = isinstance(weight, (int, float)) and not isinstance(weight, bool)
        if not is_number or not abs(weight) <= sys.float_info.max or not name.isidentifier():
            raise SettingsError(f"emotion {name!r} should have a weight, a number")
    return " ".join(f"{name} {weight:.6f}" for name, weight in weights.items()) or NEUTRAL


def _meant_now(part: str, at_s: float, performance: Performance) -> Direction:
    words = _words(part, NOW)
    if re.fullmatch(TIME, words[0]):
        raise SettingsError(f"{NOW}: {part!r}: a live direction means now and names no time, as in `joy .4`")
    return _meant(round(at_s, 4), words, part, performance, NOW)


def _recent(keys: tuple[tuple[float, float], ...], at_s: float) -> tuple[tuple[float, float], ...]:
    """Without keys that matter no more."""
    past = sum(time_s < at_s - PAST_S for time_s, _ in keys)
    return keys[max(0, past - 1):]


def last_s(text: str) -> float:
    """When the last direction comes; 0 where there is none."""
    return max((_seconds(_words(part, "directions")[0], part, "directions") for part in _parts(text)), default=0.0)


def _parts(text: str) -> list[str]:
    lines = [line.split("#")[0] for line in text.splitlines()]
    return [part.strip() for line in lines for part in line.split(";") if part.strip()]


def _words(part: str, where: str) -> list[str]:
    words = part.replace("+", " ").replace(",", " ").split()
    if not words:
        raise SettingsError(f"{where}: {part!r} says nothing; a direction reads like `2.3 joy .4`")
    return words


def _direction(part: str, performance: Performance, where: str) -> Direction:
    words = _words(part, where)
    return _meant(_seconds(words[0], part, where), words[1:], part, performance, where)


def _meant(at_s: float, words: list[str], part: str, performance: Performance, where: str) -> Direction:
    return _heeded(_said(at_s, words, part, performance, where), performance, f"{where}: {part!r}")


def _said(at_s: float, words: list[str], part: str, performance: Performance, where: str) -> Direction:
    over_s: float | None = None
    if "over" in words:
        over_s, words = _number_after("over", words, part, where)
    action = ALIASES.get(words[0], words[0]) if words else ""
    if action in MOMENTS:
        if len(words) > 1 or over_s is not None:
            raise SettingsError(f"{where}: {part!r}: {action} takes nothing more")
        return Direction(at_s, {}, moment=MOMENTS[action])
    if action == "look":
        yaw, pitch = _look(words[1:], performance.gaze, part, where)
        return Direction(at_s, {"gaze.look_at_yaw_deg": yaw, "gaze.look_at_pitch_deg": pitch},
                         _usual(at_s, LOOK_S) if over_s is None else over_s)
    over_s = _usual(at_s, performance.emotion.transition_s) if over_s is None else over_s
    if action == "set":
        return Direction(at_s, _set(words[1:], part, where), over_s)
    return Direction(at_s, _mixture(words, part, where), over_s)


def _heeded(direction: Direction, performance: Performance, which: str) -> Direction:
    """The direction, if there is a layer to follow it."""
    for key in (*direction.values, direction.moment):
        section = key.partition(".")[0]
        if not getattr(getattr(performance, section, None), "enabled", True):
            raise SettingsError(f"{which}: {section} is switched off in the performance")
    return direction


def _usual(at_s: float, over_s: float) -> float:
    return over_s if at_s else 0.0


def _seconds(word: str, part: str, where: str) -> float:
    match = re.fullmatch(TIME, word)
    if not match:
        raise SettingsError(f"{where}: {part!r} should begin with its time, as in `2.3 joy .4`")
    return 60 * float(match[1] or 0) + float(match[2])


def _float(word: str, part: str, where: str) -> float:
    try:
        value = float(word)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise SettingsError(f"{where}: {part!r}: {word!r} should be a number")
    return value


def _number_after(word: str, words: list[str], part: str, where: str) -> tuple[float, list[str]]:
    at = words.index(word)
    if at + 2 != len(words):
        raise SettingsError(f"{where}: {part!r} should end with `{word} SECONDS`")
    value = _float(words[at + 1].removesuffix("s"), part, where)
    if value < 0:
        raise SettingsError(f"{where}: {part!r}: a change takes 0 seconds or more")
    return value, words[:at]


def _look(words: list[str], gaze: Gaze, part: str, where: str) -> tuple[float, float]:
    if len(words) == 1 and words[0] in LOOKS:
        aside, down = LOOKS[words[0]]
        return gaze.look_at_yaw_deg + aside, gaze.look_at_pitch_deg + down
    if len(words) == 2:
        return _float(words[0], part, where), _float(words[1], part, where)
    raise SettingsError(f"{where}: {part!r}: look at {', '.join(LOOKS)}, or at two angles in degrees (left, down)")


def _set(words: list[str], part: str, where: str) -> dict[str, float]:
    if len(words) != 2:
        raise SettingsError(f"{where}: {part!r} should read `set SECTION.KEY VALUE`")
    return {words[0]: _float(words[1], part, where)}


def _mixture(words: list[str], part: str, where: str) -> dict[str, float]:
    """All ten weights: those that are named, and 0 for the others."""
    weights = dict.fromkeys(EMOTIONS, 0.0)
    named = [] if words == [NEUTRAL] else words
    if not words or len(named) % 2:
        raise SettingsError(f"{where}: {part!r} should name an emotion and its weight, as in `joy .4`, or one of "
                            f"{', '.join(ACTIONS[len(EMOTIONS):])}")
    for name, weight in zip(named[::2], named[1::2]):
        emotion = ALIASES.get(name, name)
        if emotion not in EMOTIONS:
            raise SettingsError(f"{where}: {part!r}: {name!r} is no emotion and no action; {nearest(name, ACTIONS)}")
        weights[emotion] = _float(weight, part, where)
    return {f"emotion.{emotion}": weight for emotion, weight in weights.items()}


def _keys(key: str, given: Iterable[Direction], performance: Performance,
          where: str) -> tuple[tuple[float, float], ...]:
    """Keys of one number: each direction leaves from where the one before had come by then."""
    keys = list(performance.tracks.get(key, ())) or [(0.0, _number(performance, key, where))]
    at_s = -1.0
    for each in sorted(given, key=lambda direction: direction.at_s):
        if each.at_s == at_s and each.values[key] != keys[-1][1]:
            raise SettingsError(f"{where}: two directions for {key} at {at_s:g} s contradict each other")
        at_s = each.at_s
        keys = led(keys, at_s, each.values[key], each.over_s)
    return tuple(keys)


def _number(performance: Performance, key: str, where: str) -> float:
    section, _, name = key.partition(".")
    if name not in numbers_of(section):
        raise SettingsError(f"{where}: {key!r} is no number of the parameter file; `rigdriver performance` lists them")
    return float(getattr(getattr(performance, section), name))
