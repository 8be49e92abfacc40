"""The network for many streams a step at a time: the engine of a service. ONNX Runtime, with rings for a memory.

A step of one stream reads a megabyte of what it remembers. `engine_onnx` moves it all by one place with every step;
here it stays where it is, and the oldest is written over. Streams that are asked together share one block of memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rigdriver.errors import SettingsError
from rigdriver.model.condition import Condition
from rigdriver.model.engine import ANSWERS, Heard
from rigdriver.model.safetensors import read_safetensors
from rigdriver.model.session import session, takes
from rigdriver.model.settings import METADATA, ModelSettings, steps_file

NEWS = ("waiting_new", "future_new", "local_new", "keys_new", "values_new")
ORDERS = ("taps", "distance", "sight")  # of the rings: which tap, distance and tap ahead each place is
WEIGHTS_FILE = "weights"  # what the graph calls them; they come from the checkpoint


class Block:
    """What streams that step together remember: rings of (B, places, …), all at the same place. `now` counts steps."""

    def __init__(self, shapes: dict[str, tuple[int, ...]], count: int, longest: int):
        self.parts = {name: np.zeros((count, *shape), np.float32) for name, shape in shapes.items()}
        self.parts["waiting"] = np.zeros((count, max(1, longest), shapes["awaited"][0]), np.float32)
        self.count, self.now = count, 0


@dataclass(frozen=True, eq=False)
class Seat:
    """The state of one stream: a row of a block. An answer uses it up: the block goes on."""

    block: Block | None
    row: int = 0


class StepsEngine:
    """Runs `NAME.steps.onnx` on the weights of `NAME.safetensors` beside it. Raises SettingsError, InputError."""

    def __init__(self, path: Path, threads: int = 1):
        graph, weights = steps_file(path), path.with_suffix(".safetensors")
        for file in (graph, weights):
            if not file.is_file():
                raise SettingsError(f"{file}: no such model")
        raw = graph.read_bytes()
        held = {f"network.{name}": array for name, array in read_safetensors(weights)[0].items()
                if takes(raw, f"network.{name}")}
        self._session = session(raw, graph, threads, held)
        text = self._session.get_modelmeta().custom_metadata_map.get(METADATA, "")
        self.settings = ModelSettings.from_json(text, str(graph))
        nodes = {node.name: node.shape for node in self._session.get_inputs()}
        self._names = list(nodes)
        self._shapes = {name: tuple(shape[1:]) for name, shape in nodes.items()
                        if name not in ("x", *Condition._fields, *ORDERS)}
        self._longest = self.settings.longest_lookahead

    def start(self, condition: Condition | None = None) -> Seat:
        return Seat(None)

    def answer(self, x: np.ndarray, condition: Condition, state: Seat) -> tuple[Heard, Seat]:
        return self.answer_together(x[None], condition, [state])[0]

    def answer_together(self, x: np.ndarray, condition: Condition, states: Sequence[Seat]) -> list[tuple[Heard, Seat]]:
        """x (B, T, features), condition of B streams, their states → what each hears, and its new state."""
        block = self._seated(states)
        steps = []
        for k in range(x.shape[1]):
            manner = condition.manner[:, k : k + 1] if condition.manner.shape[1] > 1 else condition.manner
            steps.append(self._step(block, np.ascontiguousarray(x[:, k]), condition._replace(manner=manner)))
        answers = [np.stack(parts, 1) for parts in zip(*steps)]  # (B, T, …) each
        return [(Heard(*(answer[k] for answer in answers)), Seat(block, k)) for k in range(block.count)]

    def _step(self, block: Block, x: np.ndarray, condition: Condition) -> list[np.ndarray]:
        parts, lookahead = block.parts, int(condition.lookahead)
        waiting = parts["waiting"]
        parts["awaited"][:] = waiting[:, (block.now - lookahead) % waiting.shape[1]]
        given = {"x": x, "style": condition.style, "manner": np.ascontiguousarray(condition.manner),
                 "lookahead": condition.lookahead, **self._orders(block), **parts}
        found = self._session.run(None, {name: given[name] for name in self._names})
        answers, (h, future, local, keys, values) = found[: len(ANSWERS)], found[len(ANSWERS):]
        parts["stem"][:, :-1] = parts["stem"][:, 1:]
        parts["stem"][:, -1] = x
        waiting[:, block.now % waiting.shape[1]] = h
        _write(parts["future"], block.now, future)
        for k in range(self.settings.layers):
            _write(parts[f"local_{k}"], block.now, local[k])
            for name, new in (("keys", keys[k]), ("values", values[k])):
                ring = parts[f"{name}_{k}"]  # (B, heads, places, width / heads)
                ring[:, :, block.now % ring.shape[2]] = new.reshape(block.count, ring.shape[1], -1)
        block.now += 1
        return answers

    def _orders(self, block: Block) -> dict[str, np.ndarray]:
        taps, past, sight = (self._shapes["local_0"][0], self._shapes["keys_0"][1], self._shapes["future"][0])
        return {"taps": taps - distances(block.now, taps), "distance": distances(block.now, past),
                "sight": sight - distances(block.now, sight)}

    def _seated(self, seats: Sequence[Seat]) -> Block:
        """The block of a batch. Those who sat together last time in this order sit already: nothing is moved."""
        first = seats[0].block
        if first and len(seats) == first.count and all(
                seat.block is first and seat.row == k for k, seat in enumerate(seats)):
            return first
        block = Block(self._shapes, len(seats), self._longest)
        for k, seat in enumerate(seats):
            if seat.block:
                self._move(seat.block, seat.row, block, k)
        return block

    def _move(self, source: Block, row: int, target: Block, place: int) -> None:
        """One stream's past, turned to where the rings of the new block stand (at 0)."""
        for name, part in source.parts.items():
            if name in ("stem", "awaited"):
                target.parts[name][place] = part[row]
                continue
            axis = 1 if name.startswith(("keys", "values")) else 0
            target.parts[name][place] = np.roll(part[row], -(source.now % part.shape[1 + axis]), axis)


def distances(now: int, places: int) -> np.ndarray:
    """(places,) int64: how many steps before the coming one each place of a ring was written: 1 to `places`."""
    return (now - 1 - np.arange(places)) % places + 1


def _write(ring: np.ndarray, now: int, new: np.ndarray) -> None:
    ring[:, now % ring.shape[1]] = new
