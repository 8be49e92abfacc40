"""Performance: the one parameter file that directs a face, read by every command and plug-in alike.

Its sections stand in `sections`; here they become one value: loaded strictly, added to a personality, changed by key,
keyed over time, and printed with every key explained.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from rigdriver import stylization
from rigdriver.errors import SettingsError, nearest
from rigdriver.resources import PERSONALITIES
from rigdriver.sections import (
    AUTO,
    EMOTIONS,
    Asymmetry,
    Blink,
    Breath,
    Brows,
    Channels,
    Closure,
    Emotion,
    Gaze,
    Head,
    Idle,
    Labiodental,
    Limits,
    Manner,
    Restraint,
    Section,
    Sibilant,
    Silence,
    Smoothing,
    Speech,
    Strength,
    check,
    plain,
)
from rigdriver.settings import parse_yaml, read_yaml, update
from rigdriver.tracks import Track, Tracks

__all__ = ["ALIASES", "EMOTIONS", "PERSONALITY", "VERSION", "Asymmetry", "Blink", "Breath", "Brows", "Channels",
           "Closure", "Emotion", "Gaze", "Head", "Idle", "Labiodental", "Limits", "Manner", "Performance", "Restraint",
           "Section", "Sibilant", "Silence", "Smoothing", "Speech", "Strength", "changed", "default_yaml", "left_out",
           "load", "numbers_of", "parse", "personalities", "without_effect"]

VERSION = 1
PERSONALITY = "natural"
UNKEYED = ("emotion.transition_s", "emotion.follow_voice", "blink.double_share")
"""Numbers beside those of `speech` that no track may change."""
ALIASES = {"happy": "joy", "happiness": "joy", "sad": "sadness", "surprise": "amazement", "angry": "anger"}
"""Other names that people know them by, EmoFace's among them."""


@dataclass(frozen=True)
class Performance:
    """Everything that directs a face beside the sound. Raises ValueError for another version or a negative seed."""

    version: int = VERSION
    seed: int = 0
    personality: str = PERSONALITY
    speech: Speech = field(default_factory=Speech)
    manner: Manner = field(default_factory=Manner)
    strength: Strength = field(default_factory=Strength)
    smoothing: Smoothing = field(default_factory=Smoothing)
    silence: Silence = field(default_factory=Silence)
    emotion: Emotion = field(default_factory=Emotion)
    blink: Blink = field(default_factory=Blink)
    gaze: Gaze = field(default_factory=Gaze)
    head: Head = field(default_factory=Head)
    brows: Brows = field(default_factory=Brows)
    breath: Breath = field(default_factory=Breath)
    idle: Idle = field(default_factory=Idle)
    asymmetry: Asymmetry = field(default_factory=Asymmetry)
    restraint: Restraint = field(default_factory=Restraint)
    channels: Channels = field(default_factory=Channels)
    sibilant: Sibilant = field(default_factory=Sibilant)
    labiodental: Labiodental = field(default_factory=Labiodental)
    closure: Closure = field(default_factory=Closure)
    limits: Limits = field(default_factory=Limits)
    tracks: dict[str, tuple[tuple[float, float], ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.version != VERSION:
            raise ValueError(f"version {self.version} is not known here; this rigdriver reads version {VERSION}")
        if self.seed < 0:
            raise ValueError(f"seed should be 0 or more, not {self.seed}")
        for name, keys in self.tracks.items():
            self._check_track(name, keys)
        self._check_together(Tracks(self.tracks))

    def _check_track(self, name: str, keys: tuple[tuple[float, float], ...]) -> None:
        section, _, key = name.partition(".")
        if section == "speech" or name in UNKEYED:
            raise ValueError(f"tracks: {name} is the same for a whole take")
        numbers = numbers_of(section)
        if key not in numbers:
            known = [f"{section}.{number}" for number in numbers] or [f"{each}." for each in _sections()]
            raise ValueError(f"tracks: {name!r} is no number of a section; {nearest(name, known)}")
        try:
            Track.of(keys)
            for _, value in keys:
                check(key, value, *_range(getattr(self, section), key))
        except ValueError as error:
            raise ValueError(f"tracks: {name}: {error}") from None

    def _check_together(self, tracks: Tracks) -> None:
        """Numbers of a section that must keep an order keep it at all times. (Between two keys that are in range all
        is: where a section asks for no more than that, as emotion does, a live direction does not wait for this.)"""
        for section in {name.partition(".")[0] for name in tracks}:
            if type(getattr(self, section)).__post_init__ is Section.__post_init__:
                continue
            own = tracks.of(section)
            moments = own.moments()
            values = np.array([track.at(moments) for track in own.values()]).T.tolist()
            for time_s, at_once in zip(moments.tolist(), values):
                try:
                    replace(getattr(self, section), **dict(zip(own, at_once)))
                except ValueError as error:
                    raise ValueError(f"tracks: {section} at {time_s:.2f} s: {error}") from None


def _range(section: Section, key: str) -> tuple[float, float]:
    metadata = next(item.metadata for item in dataclasses.fields(section) if item.name == key)
    return metadata["low"], metadata["high"]


@cache
def numbers_of(section: str) -> tuple[str, ...]:
    """The keys of a section that are single numbers, and so may be keyed over time; none of what is no section."""
    value = _sections().get(section)
    return () if value is None else tuple(item.name for item in dataclasses.fields(value)
                                          if isinstance(getattr(value, item.name), float))


def personalities() -> list[str]:
    """Names of the house's own, from calm to large."""
    return sorted((path.stem for path in PERSONALITIES.glob("*.yaml")), key=lambda name: _of(name).head.head_strength)


@cache
def _of(name: str) -> Performance:
    """The performance of a personality, which all else that is said is added to. Raises SettingsError."""
    known = {path.stem: path for path in PERSONALITIES.glob("*.yaml")}
    if name not in known:
        raise SettingsError(f"no personality {name!r}; {nearest(name, known)}")
    path = known[name]
    return replace(update(Performance(), read_yaml(path), str(path)), personality=name)


def load(path: str | Path | None, personality: str | None = None) -> Performance:
    """A performance from a YAML file, or from none; what it does not say is as in `default_yaml`. Raises SettingsError.

    A stylization file of Audio2Face-3D is read as well (`rigdriver.stylization`).

    personality: instead of the file's.
    """
    said = read_yaml(path) if path else {}
    if stylization.is_one(said):
        said, _ = stylization.translated(said, str(path))
    emotion = said.get("emotion")
    if path and isinstance(emotion, dict) and isinstance(emotion.get("poses"), str) and emotion["poses"]:
        said = {**said, "emotion": {**emotion, "poses": str(Path(path).parent / emotion["poses"])}}  # beside the file
    asked = {} if personality is None else {"personality": personality}
    return _build({**said, **asked}, str(path or "the command line"))


def left_out(path: str | Path) -> list[str]:
    """What of a stylization file has no counterpart here; nothing of a file of our own."""
    said = read_yaml(path)
    return stylization.translated(said, str(path))[1] if stylization.is_one(said) else []


def without_effect(performance: Performance) -> list[str]:
    """A line for each section that is switched off although tracks, or moments of it, wait for it."""
    lines = []
    for name in _sections():
        section = getattr(performance, name)
        if getattr(section, "enabled", True):
            continue
        waiting = [key for key in performance.tracks if key.startswith(f"{name}.")]
        waiting += [f"{name}.{item.name}" for item in dataclasses.fields(section)
                    if item.name.endswith("at_s") and getattr(section, item.name)]
        if waiting:
            lines.append(f"{name} is switched off, so {', '.join(waiting)} will do nothing")
    return lines


def parse(text: str, where: str = "performance") -> Performance:
    """A performance from YAML text; `where` names it in errors. Raises SettingsError."""
    return _build(parse_yaml(text.removeprefix("\ufeff"), where), where)


def changed(performance: Performance, values: Mapping[str, Any], where: str) -> Performance:
    """With other values by `section.key` (or `seed`), checked as a file's are. Raises SettingsError."""
    document: dict[str, Any] = {}
    if "personality" in values:
        raise SettingsError(f"{where}: a personality is what a performance begins with; name it in the file")
    for key, value in values.items():
        section, _, name = key.partition(".")
        if not name:
            document[section] = value
        elif isinstance(document.setdefault(section, {}), dict):
            document[section][name] = list(value) if isinstance(value, tuple) else value
        else:
            raise SettingsError(f"{where}: {section} and {key} are both said")
    anew = {_plainly(key) for key in values}  # what is said anew, for the whole take, is keyed no longer
    tracks = {key: keys for key, keys in performance.tracks.items() if key not in anew}
    return _build(document, where, replace(performance, tracks=tracks))


def _plainly(key: str) -> str:
    section, _, name = key.partition(".")
    return f"emotion.{ALIASES.get(name, name)}" if section == "emotion" else key


def _build(document: dict[str, Any], where: str, base: Performance | None = None) -> Performance:
    # A section whose every line is commented out reads as None, and means its defaults.
    said = {key: {} if value is None and key in _sections() else value for key, value in document.items()}
    if said.get("emotion") == "auto":
        said["emotion"] = {"auto": AUTO}
    if isinstance(said.get("emotion"), dict):
        said["emotion"] = _by_name(said["emotion"], where)
    return update(_base(said, where) if base is None else base, said, where)


def _by_name(emotions: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Without aliases. Raises SettingsError where one emotion is said twice."""
    named: dict[str, Any] = {}
    for key, value in emotions.items():
        name = ALIASES.get(key, key)
        if name in named:
            raise SettingsError(f"{where}: emotion: {key!r} says {name!r} a second time")
        named[name] = value
    return named


def _base(said: Mapping[str, Any], where: str) -> Performance:
    try:
        return _of(str(said.get("personality", PERSONALITY)))
    except SettingsError as error:
        raise SettingsError(f"{where}: personality: {error}") from None


@cache
def _sections() -> Mapping[str, Section]:
    performance = Performance()
    values = {item.name: getattr(performance, item.name) for item in dataclasses.fields(performance)}
    return {name: value for name, value in values.items() if isinstance(value, Section)}


def default_yaml(personality: str = PERSONALITY) -> str:
    """The commented parameter file: every key as a personality has it, what it does and its range."""
    return "\n".join(_lines(personality)) + "\n"


def _lines(personality: str) -> Iterator[str]:
    told = _of(personality)
    yield "# A performance: everything that directs a face beside the sound. Keep only the lines that you change."
    yield "# Weights are 0..1 and angles in degrees unless a line says otherwise; left is the character's own."
    yield f"version: {VERSION}"
    yield "seed: 0  # another seed, other blinks, glances and nods; the same seed gives the same face"
    yield f"personality: {personality}  # what the rest is added to: {', '.join(personalities())}"
    for name, section in _sections().items():
        yield ""
        yield from (f"# {line.strip()}".rstrip() for line in (type(section).__doc__ or "").splitlines())
        yield f"{name}:"
        for item in dataclasses.fields(section):
            yield f"  {item.name}: {plain(getattr(getattr(told, name), item.name))}  # {_comment(item.metadata)}"
    yield ""
    yield "# Any number above as a curve over the take: [seconds, value] keys, eased between; two at one time step."
    yield "tracks: {}  # as in {emotion.joy: [[0, 0], [1.5, 0.6]], head.head_strength: [[4, 1], [5, 0.2]]}"


def _comment(metadata: Any) -> str:
    limits = f" ({metadata['low']:g} to {metadata['high']:g})" if "low" in metadata else ""
    return metadata["about"] + limits
