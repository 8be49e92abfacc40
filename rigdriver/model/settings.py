"""ModelSettings: everything needed to run a network, carried inside its own file so that nobody retypes a size."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from rigdriver.errors import SettingsError
from rigdriver.phones import PHONES
from rigdriver.settings import build

VERSION = 3
METADATA = "rigdriver"  # the key of the settings in a model file, ONNX and safetensors alike
MANNERS = ("jaw", "lips", "speed", "precision", "anticipation")
"""How the default style may be told to move: gains of jaw and lips, sluggish to crisp, mumbled to enunciated, how early
lips prepare."""


def steps_file(model: Path) -> Path:
    """Where the graph for many streams lies (`rigdriver.model.engine_steps`): beside the model, NAME.steps.onnx."""
    return model.with_name(f"{model.stem}.steps.onnx")


def alone_file(model: Path) -> Path:
    """Where the graph for one stream lies (`rigdriver.model.engine_alone`): beside the model, NAME.alone.onnx."""
    return model.with_name(f"{model.stem}.alone.onnx")


@dataclass(frozen=True)
class FrontendSettings:
    """The log-mel front end.

    rate: samples per second that the network hears, Hz.
    fps: steps per second, the network's native frame rate.
    frames_per_step: spectra stacked into one step.
    window, fft: samples.
    mels: bands between low_hz and high_hz.
    floor_db: quietest level kept, dB against a full-scale sine; quieter is the same as silence.
    scale_db, centre_db: decibels that become one unit, and the level that becomes 0, before normalisation.
    prior_low_db, prior_high_db: mean level of speech in the lowest and the highest band, straight between: what a
        stream believes before it has heard any (measured on the training sets).
    trust_s, settle_s: seconds of speech that the prior is worth, and over which the mean is taken later.
    margin_db: how far below the mean a step still counts as speech.
    sink_s, lowest_db: how slowly the mean sinks when all is quieter than that, and how far below the prior at most.
    """

    rate: int = 16000
    fps: int = 60
    frames_per_step: int = 2
    window: int = 400
    fft: int = 512
    mels: int = 80
    low_hz: float = 50.0
    high_hz: float = 8000.0
    floor_db: float = -90.0
    scale_db: float = 20.0
    centre_db: float = -50.0
    prior_low_db: float = -46.0
    prior_high_db: float = -66.0
    trust_s: float = 0.5
    settle_s: float = 4.0
    margin_db: float = 14.0
    sink_s: float = 60.0
    lowest_db: float = 15.0

    @property
    def features(self) -> int:
        """Numbers in one step."""
        return self.mels * self.frames_per_step

    def scaled(self, decibels: float) -> float:
        """A level as the network's unit, before normalisation."""
        return (decibels - self.centre_db) / self.scale_db

    @property
    def hop(self) -> Fraction:
        """Samples between two spectra; not a whole number at 60 fps, so centres are rounded down."""
        return Fraction(self.rate, self.fps * self.frames_per_step)


@dataclass(frozen=True)
class Source:
    """One data set that a model learned from."""

    name: str
    licence: str
    use: str = ""


@dataclass(frozen=True)
class ModelSettings:
    """Sizes, outputs and provenance of one network.

    lookaheads: steps of future that an answer may wait for, as training drew them, rising; any number up to the longest
        may be asked for. The longest counts as the whole file: lips do not know of sounds half a second ahead.
    lookahead_steps: what is used unless another is asked for.
    context: steps that attention sees, the present one included.
    face_rank: of what each style but the default has of its own in every linear layer.
    outputs: curves in order, of the canonical rig or of a studio's own; `phones` are the classes of the phone head.
    ranges: lowest and highest value of each output in its rig's own units; none where all run 0 to 1.
    styles: faces that it learned, each a way of moving; `default_style` is used unless another is asked for.
    manners: numbers −1..1, 0 neutral, by which the default style moves otherwise.
    """

    frontend: FrontendSettings = FrontendSettings()
    outputs: tuple[str, ...] = ()
    phones: tuple[str, ...] = PHONES
    styles: tuple[str, ...] = ("natural",)
    default_style: str = "natural"
    manners: tuple[str, ...] = MANNERS
    lookaheads: tuple[int, ...] = (0, 1, 4, 8, 18, 30)
    lookahead_steps: int = 4
    width: int = 192
    layers: int = 6
    heads: int = 4
    context: int = 96
    face_rank: int = 16
    name: str = "rigdriver"
    sources: tuple[Source, ...] = ()
    ranges: tuple[tuple[float, float], ...] = ()
    version: int = VERSION

    def __post_init__(self) -> None:
        if self.version != VERSION:
            raise ValueError(f"model version {self.version} is not known here; this rigdriver reads version {VERSION}")
        if self.width % self.heads:
            raise ValueError(f"width {self.width} is not a multiple of {self.heads} heads")
        if self.ranges and len(self.ranges) != len(self.outputs):
            raise ValueError(f"{len(self.ranges)} ranges do not fit {len(self.outputs)} outputs")
        if self.default_style not in self.styles:
            raise ValueError(f"default_style {self.default_style!r} is none of {', '.join(self.styles)}")
        if not 0 <= self.lookahead_steps <= self.longest_lookahead:
            raise ValueError(f"lookahead_steps {self.lookahead_steps} is outside 0 to {self.longest_lookahead}")

    @property
    def spans(self) -> np.ndarray:
        """(2, outputs) float32: lowest value of each output, and how far it runs from there."""
        low, high = np.array(self.ranges or [(0.0, 1.0)] * len(self.outputs), np.float32).reshape(-1, 2).T
        return np.stack([low, high - low])

    @property
    def other_styles(self) -> tuple[str, ...]:
        """All but the default."""
        return tuple(style for style in self.styles if style != self.default_style)

    @property
    def longest_lookahead(self) -> int:
        """Steps."""
        return max(self.lookaheads)

    @property
    def fps(self) -> Fraction:
        return Fraction(self.frontend.fps)

    @property
    def lookahead_s(self) -> float:
        """Seconds of sound after a frame's own time that its answer depends on, by default."""
        return self.seconds_ahead(self.lookahead_steps)

    def seconds_ahead(self, steps: int) -> float:
        """Seconds of sound after a frame's own time that `steps` of lookahead depend on: half a window more."""
        return steps / self.frontend.fps + self.frontend.window / 2 / self.frontend.rate

    def steps_ahead(self, seconds: float) -> int:
        """The most steps of lookahead that fit into `seconds`, 0 at least, the longest at most."""
        spare = seconds - self.frontend.window / 2 / self.frontend.rate
        return min(max(0, int(spare * self.frontend.fps + 1e-6)), self.longest_lookahead)

    def to_json(self) -> str:
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, text: str, where: str) -> ModelSettings:
        """Raises SettingsError naming `where` for unknown keys or unfit values."""
        try:
            return build(cls, json.loads(text), where)
        except json.JSONDecodeError as error:
            raise SettingsError(f"{where}: its settings are not valid JSON ({error})") from None
