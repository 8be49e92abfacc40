"""TrainConfig: one YAML file that says what to teach, from what, and for how long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rigdriver import rig
from rigdriver.errors import SettingsError
from rigdriver.model.settings import ModelSettings
from rigdriver.settings import build, read_yaml
from rigdriver.training.batches import RESTING
from rigdriver.training.loss import Weights
from rigdriver.training.takes.sources import SOURCES, DataSet
from rigdriver.training.teacher.articulation import CHANNELS

TAKES = "takes"  # the share of a studio's own takes


@dataclass(frozen=True)
class NetworkSize:
    """Sizes of the network; see `ModelSettings`."""

    width: int = 192
    layers: int = 6
    heads: int = 4
    context: int = 96
    face_rank: int = 16
    lookaheads: tuple[int, ...] = (0, 1, 4, 8, 18, 30)
    lookahead_steps: int = 4


@dataclass(frozen=True)
class TrainConfig:
    """Keys of a training file; `shipped.yaml` and `studio.yaml` show and explain each.

    takes: a studio's folder of takes to learn from, relative to the file. rig: the rig of its curves (a name or a YAML
        file), where its channels should be the outputs, in its order.
    minutes: instead of `steps`, as many as fit; 0 for steps. patience: validations without a better one before a run
        ends and ships its best; 0 for never.
    rate: peak learning rate (AdamW, linear warm-up, then half a cosine to zero). seconds: length of a crop.
    as_recorded: how often a captured face's sound stays as it was recorded but for its level. What noise hides from the
        ear no curve follows, and a face has no more takes than it has.
    only_faces: teach what the captured faces have of their own and leave alone what all share, the default face too.
    keep: how much it weighs to hear phones, closures and voice as the weights did that the run began from.
    unchanged: above 0, takes are files that somebody edited, and what is learned is the change (`takes.edited`); so
        much weighs what was left as it was. Only the last layers of the first of `styles` learn, or of the model's
        default face where it has none of that name.
    """

    version: int = 1
    name: str = "rigdriver"
    styles: tuple[str, ...] = ("natural",)
    network: NetworkSize = NetworkSize()
    takes: str = ""
    rig: str = ""
    shares: dict[str, float] = field(default_factory=dict)
    steps: int = 6000
    minutes: float = 0.0
    patience: int = 0
    device: str = "auto"
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
    as_recorded: float = 0.0
    only_faces: bool = False
    keep: float = 0.0
    unchanged: float = 0.0
    loss: Weights = field(default_factory=Weights)

    def __post_init__(self) -> None:
        if not self.styles:
            raise ValueError("styles should name one face or more")
        self._check_shares()
        if self.steps <= self.warmup:
            raise ValueError(f"steps ({self.steps}) must be more than warmup ({self.warmup})")
        for name in ("minutes", "patience", "keep", "unchanged"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} should be 0 or more, not {getattr(self, name)}")
        if not 0 <= self.as_recorded <= 1:
            raise ValueError(f"as_recorded should be 0 to 1, not {self.as_recorded}")
        for name in ("batch", "validate_every", "save_every"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} should be 1 or more, not {getattr(self, name)}")

    def _check_shares(self) -> None:
        known = [TAKES, RESTING] if self.takes else [*SOURCES, RESTING]
        for source, share in self.shares.items():
            if source not in known:
                raise ValueError(f"shares: no data set {source!r}; known: {', '.join(known)}")
            if share < 0:
                raise ValueError(f"shares: {source} should be 0 or more, not {share:g}")
        if not sum(self.shares.values()):
            raise ValueError(f"shares should say how often each is drawn; known: {', '.join(known)}")
        if self.only_faces and len(self.styles) < 2:
            raise ValueError("only_faces: styles name no face but the default one, which is what all share")
        for source in self.sources:
            face = SOURCES[source].style
            if face not in (DataSet.style, *self.styles):
                raise ValueError(f"shares: {source} teaches the face {face!r}, which styles lack: {list(self.styles)}")

    @property
    def sources(self) -> list[str]:
        """Data sets by name: every share but takes and resting."""
        return [source for source in self.shares if source not in (RESTING, TAKES)]

    def model(self) -> ModelSettings:
        """Settings of the network that this file asks for."""
        size = self.network
        outputs = tuple(name for name in rig.canonical().names if name in CHANNELS)
        return ModelSettings(outputs=outputs, styles=self.styles, default_style=self.styles[0],
                             lookaheads=size.lookaheads,
                             lookahead_steps=size.lookahead_steps,
                             width=size.width, layers=size.layers, heads=size.heads, context=size.context,
                             face_rank=size.face_rank,
                             name=self.name, sources=tuple(SOURCES[source].source for source in self.sources))


def load(path: Path, changes: Mapping[str, Any] | None = None) -> TrainConfig:
    """A training file, some keys set otherwise. Raises SettingsError for an unknown key or an unfit value."""
    changes = dict(changes or {})
    if "steps" in changes and "minutes" in changes:
        raise SettingsError("steps and minutes both say how long a run lasts; give one of them")
    keys = {**read_yaml(path), **changes}
    if "steps" in changes:  # a run that is cut short still warms up, and is saved and looked at
        keys |= {"minutes": 0.0, "warmup": min(keys.get("warmup", TrainConfig.warmup), changes["steps"] // 2)}
    return build(TrainConfig, keys, str(path))
