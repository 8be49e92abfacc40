"""Hearing: how sound becomes curves here, raw or through the whole product, with the phones heard on the way."""

from __future__ import annotations

from typing import Any

import numpy as np

from rigdriver import pipeline
from rigdriver.audio import Audio
from rigdriver.clip import Clip
from rigdriver.layers import Layers
from rigdriver.model.engine import Engine, Heard
from rigdriver.model.runtime import Model
from rigdriver.performance import Performance
from rigdriver.pipeline import Drive
from rigdriver.stage import run


def curves(model: Model, audio: Audio, style: str | None = None, **choices: Any) -> Clip:
    """The model alone: its curves and hints in a style. choices: what else `Model.start` takes."""
    stream = model.start(style, **choices)
    return stream.push(audio.samples).then(stream.flush())


def layered(model: Model, audio: Audio, **choices: Any) -> Clip:
    """Default style and every layer, on the canonical rig, hints kept."""
    return run(Layers(Performance()), curves(model, audio, **choices))


class Product:
    """The whole product in its default style, which also says what phones it heard."""

    def __init__(self, model: Model):
        self._listener = Listener(model.engine)
        self._way = Drive(Model(self._listener))
        self._late = model.settings.lookahead_steps

    def __call__(self, audio: Audio) -> tuple[Clip, np.ndarray]:
        """Final curves at 60 fps, and the network's phone logits (frames, classes)."""
        clip = pipeline.drive(audio, self._way)
        phones = np.concatenate(self._listener.phones)[self._late :]  # the first answers belong to no frame
        return clip, phones[: len(clip)]


class Listener:
    """An engine around an engine, which keeps the phone logits of the stream started last."""

    def __init__(self, engine: Engine):
        self.settings = engine.settings
        self._engine = engine
        self.phones: list[np.ndarray] = []

    def start(self, *choices: Any) -> Any:
        self.phones = []
        return self._engine.start(*choices)

    def answer(self, *heard: Any) -> tuple[Heard, Any]:
        answer, state = self._engine.answer(*heard)
        self.phones.append(answer.phones)
        return answer, state
