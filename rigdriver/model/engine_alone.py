"""The network for one stream, a step at a time: the engine of `rigdriver live`. ONNX Runtime, with rings for a memory.

Sixty steps a second leave the processor's caches to others between any two of them, so a step costs what it reads.
Here what a face has of its own is added to the weights once, in front; and weights lie as a single row reads them,
without a packed copy beside: a quarter of the time that `engine_onnx` takes for a step at that pace.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnxruntime

from rigdriver.errors import SettingsError
from rigdriver.model.condition import Condition
from rigdriver.model.condition import condition as asked
from rigdriver.model.engine import ANSWERS, Heard
from rigdriver.model.engine_steps import distances
from rigdriver.model.safetensors import read_safetensors
from rigdriver.model.session import session, takes
from rigdriver.model.settings import ModelSettings, alone_file


class Past:
    """What a stream with one face remembers: rings of places, read and answered where they lie. `now` counts steps."""

    def __init__(self, face: onnxruntime.InferenceSession, style: np.ndarray, longest: int):
        """face: the graph with one face's weights."""
        self._session, self.style, self._now = face, style, 0
        self._binding = face.io_binding()
        nodes = face.get_inputs()
        self._in = {node.name: np.zeros(node.shape, np.float32 if "float" in node.type else np.int64)
                    for node in nodes}
        self._rings = {part: self._ring(part) for part in ("local", "keys", "values")}
        for name, array in self._in.items():
            self._binding.bind_input(name, "cpu", 0, array.dtype, array.shape, array.ctypes.data)
        self._out = {node.name: np.zeros(node.shape, np.float32) for node in face.get_outputs()}
        for name, array in self._out.items():
            self._binding.bind_output(name, "cpu", 0, array.dtype, array.shape, array.ctypes.data)
        self._in["style"][:] = 1  # the only one that the graph has
        self._waiting = np.zeros((longest + 1, self._in["awaited"].shape[1]), np.float32)
        taps, past, sight = self._in["local_0"].shape[1], self._in["keys_0"].shape[2], self._in["future"].shape[1]
        self._orders = {"taps": taps - _turning(taps), "distance": _turning(past), "sight": sight - _turning(sight)}

    def _ring(self, part: str) -> np.ndarray:
        """One array for a part of all layers, so that one line writes what is new."""
        names = [name for name in self._in if name.startswith(f"{part}_")]
        ring = np.zeros((len(names), *self._in[names[0]].shape), np.float32)
        self._in.update(zip(names, ring))
        return ring

    def step(self, x: np.ndarray, manner: np.ndarray, lookahead: int) -> list[np.ndarray]:
        """x (1, features), manner (1, 1, manners) → the answers of a step, (1, …) each."""
        given, out, now = self._in, self._out, self._now
        given["x"][:], given["manner"][:], given["lookahead"][...] = x, manner, lookahead
        given["awaited"][0] = self._waiting[(now - lookahead) % len(self._waiting)]
        for name, order in self._orders.items():
            places = len(order) // 2
            given[name][:] = order[-now % places :][:places]
        self._session.run_with_iobinding(self._binding)
        self._remember(x, now)
        self._now += 1
        return [out[name].copy() for name in ANSWERS]

    def _remember(self, x: np.ndarray, now: int) -> None:
        given, out, rings = self._in, self._out, self._rings
        stem, future, local = given["stem"], given["future"], rings["local"]
        stem[:, :-1] = stem[:, 1:]
        stem[:, -1] = x
        self._waiting[now % len(self._waiting)] = out["waiting_new"]
        future[:, now % future.shape[1]] = out["future_new"]
        local[:, :, now % local.shape[2]] = out["local_new"]
        for part in ("keys", "values"):
            ring = rings[part]  # (layers, 1, heads, places, width / heads)
            ring[:, :, :, now % ring.shape[3]] = out[f"{part}_new"].reshape(*ring.shape[:3], -1)


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

    def start(self, condition: Condition | None = None) -> Past:
        """For a face, the default one where none is said; its weights are read where they have not been."""
        style = (asked(self.settings) if condition is None else condition).style
        return Past(self._chosen(style), style, self.settings.longest_lookahead)

    def answer(self, x: np.ndarray, condition: Condition, state: Past) -> tuple[Heard, Past]:
        """x (T, features), condition with the face that the stream was started for → what it hears in T steps, and the
        state, which is the same one."""
        if condition.style is not state.style and (condition.style != state.style).any():
            raise ValueError("this stream was started for another face")
        manner, lookahead = condition.manner, int(condition.lookahead)
        each = manner.shape[1] > 1
        steps = [state.step(x[k : k + 1], manner[:, k : k + 1] if each else manner, lookahead) for k in range(len(x))]
        return Heard(*(steps[0] if len(steps) == 1 else map(np.concatenate, zip(*steps)))), state

    def _chosen(self, style: np.ndarray) -> onnxruntime.InferenceSession:
        """style (1, styles): the face that is asked for, read where it is new."""
        if style.max() < 1:
            raise SettingsError("the engine 'alone' shows one face, and no mix of them")
        name = self.settings.styles[int(style.argmax())]
        if name not in self._faces:
            self._faces[name] = self._face(name, read_safetensors(self._weights)[0])
        return self._faces[name]

    def _face(self, style: str, weights: Mapping[str, np.ndarray]) -> onnxruntime.InferenceSession:
        raw = self._graph.read_bytes()
        own = {name: weight for name, weight in _of_one(style, self.settings, weights).items() if takes(raw, name)}
        return session(raw, self._graph, self._threads, own, packed=False)


def _turning(places: int) -> np.ndarray:
    """(2 × places,) how many steps before the coming one each place of a ring was written, twice around, at step 0; at
    step k they are the `places` numbers from −k on."""
    return np.tile(distances(0, places), 2)


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
            across = _with_own(weight.T, layer, style, settings, weights)
            found[f"{known.removesuffix('weight')}across"] = np.ascontiguousarray(across)
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
