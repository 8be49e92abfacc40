"""The network for one stream, a step at a time: the engine of `rigdriver live`. ONNX Runtime, with rings for a memory.

Sixty steps a second leave the processor's caches to others between any two of them, so a step costs what it reads.
Here what a face has of its own is added to the weights once, in front; and all weights lie in one block of memory and
are read where they lie, without a packed copy: a quarter of the time that `engine_onnx` takes for a step at that pace.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime

from rigdriver.errors import SettingsError
from rigdriver.model.condition import Condition
from rigdriver.model.engine_steps import read_safetensors, takes
from rigdriver.model.runtime import Heard
from rigdriver.model.session import session
from rigdriver.model.settings import ModelSettings, alone_file

LINE = 16  # float32 numbers that each weight's place is a multiple of: 64 bytes
ROOM = 2**20  # numbers: a block of 4 MB and more NumPy asks large pages for, on Linux


@dataclass(frozen=True, eq=False)
class Face:
    """A session with one face's weights. block: where they lie; onnxruntime reads them there."""

    session: onnxruntime.InferenceSession
    block: np.ndarray


class Past:
    """What a stream remembers: rings of places, all at the same place. An answer changes it. `now` counts steps."""

    def __init__(self, shapes: Mapping[str, tuple[int, ...]], layers: int, longest: int):
        self.given = {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
        self.waiting = np.zeros((longest + 1, *shapes["awaited"]), np.float32)
        self.rings = {}
        for part in ("local", "keys", "values"):  # one array for all layers, so that one line writes what is new
            ring = self.rings[part] = np.zeros((layers, *shapes[f"{part}_0"]), np.float32)
            self.given.update((f"{part}_{k}", ring[k]) for k in range(layers))
        self.now = 0


class AloneEngine:
    """Runs `NAME.alone.onnx` on the weights of `NAME.safetensors` beside it. Raises SettingsError, InputError."""

    def __init__(self, path: Path, threads: int = 1):
        self._graph, self._weights, self._threads = alone_file(path), path.with_suffix(".safetensors"), threads
        for file in (self._graph, self._weights):
            if not file.is_file():
                raise SettingsError(f"{file}: no such model")
        weights, text = read_safetensors(self._weights)
        self.settings = ModelSettings.from_json(text, str(self._weights))
        self._faces = {self.settings.default_style: self._face(self.settings.default_style, weights)}
        nodes = next(iter(self._faces.values())).session.get_inputs()
        self._shapes = {node.name: tuple(node.shape) for node in nodes}
        self._style = np.ones((1, 1), np.float32)
        self._orders = {"taps": _places("local_0", 1, self._shapes), "distance": _places("keys_0", 2, self._shapes),
                        "sight": _places("future", 1, self._shapes)}

    def start(self, condition: Condition | None = None) -> Past:
        """Reads the face's weights where they have not been read."""
        if condition is not None:
            self._chosen(condition)
        own = ("x", *Condition._fields, *self._orders)
        return Past({name: shape for name, shape in self._shapes.items() if name not in own}, self.settings.layers,
                    self.settings.longest_lookahead)

    def answer(self, x: np.ndarray, condition: Condition, state: Past) -> tuple[Heard, Past]:
        """x (T, features), condition of one face → what it hears in T steps, and the state, which is the same one."""
        face, each = self._chosen(condition), condition.manner.shape[1] > 1
        steps = [self._step(face, x[k : k + 1], condition.manner[:, k : k + 1] if each else condition.manner,
                            condition.lookahead, state) for k in range(len(x))]
        return Heard(*(steps[0] if len(steps) == 1 else map(np.concatenate, zip(*steps)))), state

    def _step(self, face: Face, x: np.ndarray, manner: np.ndarray, lookahead: np.ndarray,
              past: Past) -> list[np.ndarray]:
        given, now = past.given, past.now
        given["x"], given["manner"], given["lookahead"], given["style"] = x, manner, lookahead, self._style
        given["awaited"] = past.waiting[(now - int(lookahead)) % len(past.waiting)]
        for name, (orders, places) in self._orders.items():
            first = -now % places
            given[name] = orders[first : first + places]
        *answers, h, future, local, keys, values = face.session.run(None, given)
        stem, ring = given["stem"], given["future"]
        stem[:, :-1] = stem[:, 1:]
        stem[:, -1] = x
        past.waiting[now % len(past.waiting)] = h
        ring[:, now % ring.shape[1]] = future
        rings = past.rings
        rings["local"][:, :, now % rings["local"].shape[2]] = local
        for part, new in (("keys", keys), ("values", values)):
            ring = rings[part]  # (layers, 1, heads, places, width / heads)
            ring[:, :, :, now % ring.shape[3]] = new.reshape(*ring.shape[:3], -1)
        past.now += 1
        return answers

    def _chosen(self, condition: Condition) -> Face:
        """The face that is asked for, read where it is new."""
        share = condition.style[0]
        if share.max() < 1:
            raise SettingsError("the engine 'alone' shows one face, and no mix of them")
        style = self.settings.styles[int(share.argmax())]
        if style not in self._faces:
            self._faces[style] = self._face(style, read_safetensors(self._weights)[0])
        return self._faces[style]

    def _face(self, style: str, weights: Mapping[str, np.ndarray]) -> Face:
        raw = self._graph.read_bytes()
        own = {name: weight for name, weight in _of_one(style, self.settings, weights).items() if takes(raw, name)}
        block, held = _side_by_side(own)
        return Face(session(raw, self._graph, self._threads, held, packed=False), block)


def _places(ring: str, axis: int, shapes: Mapping[str, tuple[int, ...]]) -> tuple[np.ndarray, int]:
    """How many steps before the coming one each place of a ring was written, twice around, from step 0 on; and how many
    places there are. Of taps it is the place among them, counted from the oldest, instead."""
    count = shapes[ring][axis]
    distance = (-1 - np.arange(2 * count)) % count + 1
    return (distance if ring.startswith("keys") else count - distance), count


def _of_one(style: str, settings: ModelSettings, weights: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """A checkpoint's weights as the graph of one face names them: linear ones (inputs, outputs), with the face's own
    low-rank part in them, and its last layers as the only ones."""
    mine, found = f"faces.{settings.styles.index(style)}.", {}
    for name, weight in weights.items():
        if name.startswith("faces.") and not name.startswith(mine):
            continue
        known = f"network.{name.replace(mine, 'faces.0.')}"
        found[known] = weight
        if name.endswith(".weight") and weight.ndim == 2:
            layer = name.removesuffix("weight")
            found[f"{known.removesuffix('weight')}across"] = _with_own(weight.T, layer, style, settings, weights)
    return found


def _with_own(across: np.ndarray, prefix: str, style: str, settings: ModelSettings,
              weights: Mapping[str, np.ndarray]) -> np.ndarray:
    """(inputs, outputs) and what the face has of its own in this layer, if anything."""
    down, up = weights.get(f"{prefix}down"), weights.get(f"{prefix}up")
    if down is None or up is None or style not in settings.other_styles:
        return across
    rank = settings.face_rank
    mine = slice(rank * settings.other_styles.index(style), rank * (settings.other_styles.index(style) + 1))
    return np.asarray(across + down[:, mine] @ up[mine])


def _side_by_side(weights: Mapping[str, np.ndarray]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """One block, and the same weights in it, each at the beginning of a line of the cache."""
    sizes = {name: -(-weight.size // LINE) * LINE for name, weight in weights.items()}
    block = np.zeros(max(ROOM, sum(sizes.values()) + LINE), np.float32)
    at, held = -(block.ctypes.data // block.itemsize) % LINE, {}
    for name, weight in weights.items():
        held[name] = block[at : at + weight.size].reshape(weight.shape)
        held[name][:] = weight
        at += sizes[name]
    return block, held
