"""Hello: what a client asks for, read strictly. Nothing in it may name a file of the server's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from rigdriver import choose
from rigdriver import performance as performances
from rigdriver import rig as rigs
from rigdriver.directions import directed
from rigdriver.errors import SettingsError, nearest
from rigdriver.live.pcm import Pcm
from rigdriver.performance import Performance
from rigdriver.pipeline import Drive
from rigdriver.rig import Rig
from rigdriver.settings import build

FORMATS = ("json", "float32")
WAV = "wav"  # a header says the rest


@dataclass(frozen=True)
class Hello:
    """As `rigdriver.service` describes it. Raises SettingsError (by `read`) for what is not known."""

    rig: str = rigs.CANONICAL
    fps: float | str = 60.0
    sound: str = "s16le@16000"
    format: str = FORMATS[0]
    performance: dict[str, Any] = field(default_factory=dict)
    set: dict[str, Any] = field(default_factory=dict)
    emotion: dict[str, float] = field(default_factory=dict)
    direct: str = ""
    style: str | None = None
    lookahead: float | str | None = None
    seed: int | None = None
    token: str = ""

    def __post_init__(self) -> None:
        if self.format not in FORMATS:
            raise ValueError(f"format {self.format!r} is not known; {nearest(self.format, FORMATS)}")

    @classmethod
    def read(cls, text: str) -> Hello:
        return build(cls, read_object(text), "hello")

    @property
    def pcm(self) -> Pcm | None:
        """How the sound comes; None where a header will say it."""
        return None if self.sound == WAV else Pcm.parse(self.sound)

    def way(self, base: Drive) -> Drive:
        """The whole way as this client wants it, on the server's model."""
        told = performances.parse(json.dumps(self.performance), "performance")
        told = performances.changed(told, {f"emotion.{name}": value for name, value in self.emotion.items()}, "emotion")
        told = performances.changed(told, self.set, "set")
        return self._over(base, directed(told, self.direct) if self.direct else told)

    def _over(self, base: Drive, told: Performance) -> Drive:
        if told.emotion.poses:
            raise SettingsError("emotion.poses names a file, which a client of a service may not")
        if self.seed is not None and self.seed < 0:
            raise SettingsError(f"seed should be 0 or more, not {self.seed}")
        ahead = base.lookahead if self.lookahead is None else choose.steps_ahead(self.lookahead, base.model.settings)
        return replace(base, performance=told, rig=known_rig(self.rig), fps=choose.frame_rate(self.fps),
                       seed=self.seed, style=self.style, lookahead=ahead)


def known_rig(name: str) -> Rig:
    """A rig of the house by name; a path would be the server's."""
    if name not in rigs.available():
        raise SettingsError(f"no rig {name!r}; {nearest(name, rigs.available())}")
    return rigs.load(name)


def read_object(text: str) -> Mapping[str, Any]:
    """A JSON object. Raises SettingsError for anything else, `NaN` and bottomless nesting too."""
    try:
        said = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"not a JSON object: {error}") from None
    if not isinstance(said, dict):
        raise SettingsError(f"a message should be a JSON object, not {type(said).__name__}")
    return said


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number")
