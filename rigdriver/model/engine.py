"""Engine: what runs the network, and the words that streams and engines have in common."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Protocol

import numpy as np

from rigdriver.model.condition import Condition
from rigdriver.model.settings import ModelSettings

ENGINES = ("onnx", "torch", "steps", "alone")


@dataclass(frozen=True, eq=False)
class Heard:
    """What an engine says of T steps of one stream, ready for use: everything 0..1 but the phone logits.

    curves (T, outputs), closure (T,), voice (T,), accent (T,), phones (T, classes).
    """

    curves: np.ndarray
    closure: np.ndarray
    voice: np.ndarray
    accent: np.ndarray
    phones: np.ndarray


ANSWERS = tuple(item.name for item in fields(Heard))
"""What the graphs of one step call them."""


@dataclass(frozen=True, eq=False)
class Question:
    """What a stream asks of an engine: x (T, features), how it wishes to be answered, and where it stands."""

    x: np.ndarray
    condition: Condition
    state: Any


Answer = tuple[Heard, Any]
"""What an engine says, and the state after it."""


class Engine(Protocol):
    """Something that runs the network: ONNX Runtime, or PyTorch."""

    settings: ModelSettings

    def start(self, condition: Condition | None = None) -> Any:
        """The state before the first step; condition: of the stream, where an engine prepares for it."""
        ...

    def answer(self, x: np.ndarray, condition: Condition, state: Any) -> tuple[Heard, Any]:
        """x (T, features), condition of one stream → what it hears in T steps, and the new state."""
        ...
