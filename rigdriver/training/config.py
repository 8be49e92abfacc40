"""TrainConfig: one YAML file that says what to teach, from what, and for how long."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from rigdriver import rig
from rigdriver.model.settings import ModelSettings
from rigdriver.settings import build, read_yaml
from rigdriver.training.batches import RESTING
from rigdriver.training.loss import Weights
from rigdriver.training.sources import SOURCES
from rigdriver.training.teacher import CHANNELS


@dataclass(frozen=True)
class NetworkSize:
    """Sizes of the network; see `ModelSettings`."""

    width: int = 192
    layers: int = 6
    heads: int = 4
    context: int = 96
    lookaheads: tuple[int, ...] = (0, 1, 4, 8, 18, 30)
    lookahead_steps: int = 4


@dataclass(frozen=True)
class TrainConfig:
    """Keys of a training file; `shipped.yaml` shows and explains each.

    rate: peak learning rate (AdamW, linear warm-up, then half a cosine to zero). seconds: length of a crop.
    """

    version: int = 1
    name: str = "rigdriver"
    styles: tuple[str, ...] = ("natural",)
    network: NetworkSize = NetworkSize()
    shares: dict[str, float] = field(default_factory=dict)
    steps: int = 6000
    batch: int = 16
    seconds: float = 5.0
    rate: float = 1e-3
    warmup: int = 300
    weight_decay: float = 0.02
    dropout: float = 0.0
    average: float = 0.998
    seed: int = 1
    validate_every: int = 500
    save_every: int = 100
    loss: Weights = field(default_factory=Weights)

    def __post_init__(self) -> None:
        for source in self.shares:
            if source not in SOURCES and source != RESTING:
                raise ValueError(f"shares: no data set {source!r}; known: {', '.join([*SOURCES, RESTING])}")
        if self.steps <= self.warmup:
            raise ValueError(f"steps ({self.steps}) must be more than warmup ({self.warmup})")

    @property
    def sources(self) -> list[str]:
        return [source for source in self.shares if source != RESTING]

    def model(self) -> ModelSettings:
        """Settings of the network that this file asks for."""
        size = self.network
        outputs = tuple(name for name in rig.canonical().names if name in CHANNELS)
        return ModelSettings(outputs=outputs, styles=self.styles, lookaheads=size.lookaheads,
                             lookahead_steps=size.lookahead_steps,
                             width=size.width, layers=size.layers, heads=size.heads, context=size.context,
                             name=self.name, sources=tuple(SOURCES[source].source for source in self.sources))


def load(path: Path) -> TrainConfig:
    """Raises SettingsError for an unknown key or an unfit value."""
    return build(TrainConfig, read_yaml(path), str(path))
