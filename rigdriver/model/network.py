"""The Transformer: audio features in, curves out, causal with cached state.

`y, state = net(x, style, state)`: state is passed in and out, never kept on the module. The lookahead is a delay:
the answer given at step s belongs to frame s − lookahead_steps, so every layer hears the whole lookahead and
streaming costs one step at a time. Positions enter only as distances (a learned bias per head), so a stream may
run for days; before its beginning stand zero keys and zero values, in training as in use.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from rigdriver.model.settings import ModelSettings

STEM_REACH = 4  # earlier steps that the convolution of the stem sees
CONV_REACH = 8  # and that of each layer: 150 ms, about a phone
OUT_OF_REACH = -1e9  # a logit that gets no attention


class Answer(NamedTuple):
    """What the network says of each step: curves 0..1, closure and voice as logits, phone classes as logits."""

    curves: Tensor  # (B, T, outputs)
    closure: Tensor  # (B, T)
    voice: Tensor  # (B, T)
    phones: Tensor  # (B, T, phones)

    def ready(self) -> Answer:
        """As it is used: curves clamped to 0..1, closure and voice as probabilities."""
        return Answer(self.curves.clamp(0, 1), self.closure.sigmoid(), self.voice.sigmoid(), self.phones)


class State(NamedTuple):
    """What a stream remembers: last inputs of the stem and of each layer's convolution, last keys and values."""

    stem: Tensor  # (B, STEM_REACH, features)
    local: Tensor  # (layers, B, CONV_REACH, width)
    keys: Tensor  # (layers, B, context − 1, width)
    values: Tensor  # (layers, B, context − 1, width)


class Local(nn.Module):
    """Gated depthwise convolution over the last steps, as in a Conformer: what is near is learned quickly."""

    def __init__(self, width: int):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.gate = nn.Linear(width, 2 * width)
        self.near = nn.Conv1d(width, width, CONV_REACH + 1, groups=width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor, held: Tensor) -> tuple[Tensor, Tensor]:
        """x (B, T, width); held (B, CONV_REACH, width), the gated steps before → change of x, and what to hold."""
        gated = functional.glu(self.gate(self.norm(x)), -1)
        held = torch.cat([held, gated], 1)  # (B, CONV_REACH + T, width)
        near = self.near(held.transpose(1, 2)).transpose(1, 2)  # (B, T, width)
        return self.out(functional.silu(near)), held[:, -CONV_REACH:]


class Block(nn.Module):
    """One layer: a local convolution, attention over the last `context` steps, a feed-forward net; all pre-normed."""

    def __init__(self, settings: ModelSettings, dropout: float):
        super().__init__()
        width, self.heads, self.context = settings.width, settings.heads, settings.context
        self.local = Local(width)
        self.norm = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.bias = nn.Parameter(self._slopes(settings))
        self.feed = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.GELU(),
                                  nn.Dropout(dropout), nn.Linear(2 * width, width))
        self.dropout = nn.Dropout(dropout)

    @staticmethod
    def _slopes(settings: ModelSettings) -> Tensor:
        """(heads, context): attention starts out favouring near steps, each head with its own reach (ALiBi)."""
        slopes = 2.0 ** (-8 / settings.heads * torch.arange(1, settings.heads + 1).float())
        return -slopes[:, None] * torch.arange(settings.context).float()

    def forward(self, x: Tensor, state: tuple[Tensor, Tensor, Tensor], distance: Tensor) -> tuple[Tensor, ...]:
        """x (B, T, width); state: local, keys and values of this layer; distance (T, T + context − 1) in steps."""
        local, keys, values = state
        near, local = self.local(x, local)
        x = x + self.dropout(near)
        query, key, value = self.qkv(self.norm(x)).chunk(3, -1)
        keys, values = torch.cat([keys, key], 1), torch.cat([values, value], 1)  # (B, context − 1 + T, width)
        x = x + self.dropout(self.out(self._attend(query, keys, values, distance)))
        x = x + self.dropout(self.feed(x))
        return x, local, keys[:, -(self.context - 1):], values[:, -(self.context - 1):]

    def _attend(self, query: Tensor, keys: Tensor, values: Tensor, distance: Tensor) -> Tensor:
        q, k, v = self._split(query), self._split(keys), self._split(values)  # (B, H, ·, width / H)
        within = (distance >= 0) & (distance < self.context)
        bias = self.bias[:, distance.clamp(0, self.context - 1)]  # (H, T, T + context − 1)
        bias = torch.where(within, bias, torch.full_like(bias, OUT_OF_REACH))
        logits = q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5 + bias  # plain matmul: SDPA does not export
        mixed = logits.softmax(-1) @ v  # (B, H, T, width / H)
        return mixed.transpose(1, 2).flatten(2)  # (B, T, width)

    def _split(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)


class Network(nn.Module):
    """Audio-to-rig Transformer of a `ModelSettings`."""

    def __init__(self, settings: ModelSettings, dropout: float = 0.0):
        super().__init__()
        self.settings = settings
        width, features = settings.width, settings.frontend.features
        self.stem = nn.Conv1d(features, width, STEM_REACH + 1)
        self.mix = nn.Linear(width, width)
        self.blocks = nn.ModuleList(Block(settings, dropout) for _ in range(settings.layers))
        self.norm = nn.LayerNorm(width)
        self.shared = nn.Linear(width, 2 + len(settings.phones))  # closure, voice, phones: the same for every face
        self.faces = nn.ModuleList(nn.Sequential(
            nn.Linear(width, width), nn.GELU(), nn.Linear(width, len(settings.outputs))) for _ in settings.styles)

    def start(self, batch: int = 1) -> State:
        """The state before the first step."""
        settings = self.settings
        cache = torch.zeros(settings.layers, batch, settings.context - 1, settings.width)
        stem = torch.zeros(batch, STEM_REACH, settings.frontend.features)
        local = torch.zeros(settings.layers, batch, CONV_REACH, settings.width)
        return State(stem, local, cache, cache.clone())

    def forward(self, x: Tensor, style: Tensor, state: State) -> tuple[Answer, State]:
        """x (B, T, features); style (B, styles), the share of each face; → answers of T steps, and the new state."""
        held = torch.cat([state.stem, x], 1)  # (B, STEM_REACH + T, features)
        h = self.stem(held.transpose(1, 2)).transpose(1, 2)  # (B, T, width)
        h = self.mix(functional.gelu(h))
        distance = self._distance(x.shape[1], x.device)
        layers = []
        for block, *layer in zip(self.blocks, state.local, state.keys, state.values):
            h, *layer = block(h, layer, distance)
            layers.append(layer)
        local, keys, values = (torch.stack(part) for part in zip(*layers))
        return self._heads(self.norm(h), style), State(held[:, -STEM_REACH:], local, keys, values)

    def _distance(self, steps: int, device: torch.device) -> Tensor:
        """(T, T + context − 1): how many steps each key lies before each query."""
        query = torch.arange(steps, device=device)[:, None] + self.settings.context - 1
        return query - torch.arange(steps + self.settings.context - 1, device=device)

    def _heads(self, h: Tensor, style: Tensor) -> Answer:
        shared = self.shared(h)  # (B, T, 2 + phones)
        faces = torch.stack([face(h) for face in self.faces], -1)  # (B, T, outputs, styles)
        curves = (faces * style[:, None, None]).sum(-1)  # (B, T, outputs)
        return Answer(curves, shared[..., 0], shared[..., 1], shared[..., 2:])

