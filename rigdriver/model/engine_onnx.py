"""The network on ONNX Runtime: the engine that ships."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rigdriver.errors import InputError, SettingsError
from rigdriver.model.condition import Condition
from rigdriver.model.engine import Heard
from rigdriver.model.session import session
from rigdriver.model.settings import METADATA, ModelSettings

INPUTS = ("x", *Condition._fields)  # and after them the state, whatever the network's is


@dataclass(frozen=True, eq=False)
class Seat:
    """The state of one stream: row `row` of the arrays that a batch of `count` shares. Nobody writes into them."""

    arrays: list[np.ndarray]
    row: int
    count: int


class OnnxEngine:
    """Runs `*.onnx` as `export` wrote it, for one stream or for many in one call."""

    def __init__(self, path: Path, threads: int = 1):
        if not path.is_file():
            raise SettingsError(f"{path}: no such model; the shipped one lies in rigdriver/model/weights")
        self._session = session(path, path, threads)
        text = self._session.get_modelmeta().custom_metadata_map.get(METADATA)
        if text is None:
            raise InputError(f"{path}: carries no rigdriver settings; was it exported by `rigdriver train`?")
        nodes = self._session.get_inputs()
        self._names = [node.name for node in nodes]
        self._axes = [node.shape.index("batch") for node in nodes[len(INPUTS):]]  # of each part of the state
        self.settings = ModelSettings.from_json(text, str(path))

    def start(self, condition: Condition | None = None) -> Seat:
        nodes = self._session.get_inputs()[len(INPUTS):]
        shapes = [[1 if isinstance(size, str) else size for size in node.shape] for node in nodes]
        return Seat([np.zeros(shape, np.float32) for shape in shapes], 0, 1)

    def answer(self, x: np.ndarray, condition: Condition, state: Seat) -> tuple[Heard, Seat]:
        return self.answer_together(x[None], condition, [state])[0]

    def answer_together(self, x: np.ndarray, condition: Condition, states: Sequence[Seat]) -> list[tuple[Heard, Seat]]:
        """x (B, T, features), condition of B streams, their states → what each hears, and its new state."""
        inputs = dict(zip(self._names, (x, *condition, *self._seated(states))))
        found, count = self._session.run(None, inputs), len(states)
        answers, state = found[: -len(self._axes)], found[-len(self._axes):]
        return [(Heard(*(answer[k] for answer in answers)), Seat(state, k, count)) for k in range(count)]

    def _seated(self, seats: Sequence[Seat]) -> list[np.ndarray]:
        """States of a batch. Those who sat together last time in this order sit already: nothing is moved."""
        first = seats[0]
        if len(seats) == first.count and all(seat.arrays is first.arrays and seat.row == k
                                             for k, seat in enumerate(seats)):
            return first.arrays
        rows = [[seat.arrays[part].take([seat.row], axis) for seat in seats] for part, axis in enumerate(self._axes)]
        return [np.concatenate(parts, axis) for parts, axis in zip(rows, self._axes)]
