"""The Transformer: audio features in, curves out, with cached state and a lookahead that is chosen in use.

`y, state = net(x, condition, state)`: state is passed in and out, never kept on the module. The lower layers hear steps
as they come. In the middle one convolution looks from each frame up to `lookahead` steps ahead and no further, so the
answer given at step s belongs to frame s − lookahead; the upper layers run on frames that have seen their future. One
set of weights serves every lookahead, because training draws another for each batch.
Every face but the default has a little of its own in every linear layer: a captured talker moves by other rules than
the teacher, and heads on one common trunk average the two (jaw r on GRID's validation takes .905; with low-rank parts
of its own .917, as with a whole network of its own).
Positions enter only as distances (a learned bias per head), so a stream may run for days; before its beginning stand
zero keys and zero values, in training as in use.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from rigdriver.model.condition import Condition
from rigdriver.model.settings import ModelSettings

STEM_REACH = 4  # earlier steps that the convolution of the stem sees
CONV_REACH = 8  # and that of each layer: 150 ms, about a phone
OUT_OF_REACH = -1e9  # a logit that gets no attention


class Answer(NamedTuple):
    """What the network says of each step: curves 0..1, closure, voice and accent as logits, phones as logits."""

    curves: Tensor  # (B, T, outputs)
    closure: Tensor  # (B, T)
    voice: Tensor  # (B, T)
    accent: Tensor  # (B, T)
    phones: Tensor  # (B, T, phones)

    def ready(self) -> Answer:
        """As it is used: curves clamped to 0..1, closure, voice and accent as probabilities."""
        return Answer(self.curves.clamp(0, 1), self.closure.sigmoid(), self.voice.sigmoid(), self.accent.sigmoid(),
                      self.phones)


class State(NamedTuple):
    """What a stream remembers: last inputs of each convolution, steps whose future is awaited, last keys and values."""

    stem: Tensor  # (B, STEM_REACH, features)
    local: Tensor  # (layers, B, CONV_REACH, width)
    waiting: Tensor  # (B, longest, width): steps whose frames are not answered yet
    future: Tensor  # (B, CONV_REACH + longest, ahead): the same and some before, as the look ahead sees them
    keys: Tensor  # (layers, B, context − 1, width)
    values: Tensor  # (layers, B, context − 1, width)


class Faced(nn.Linear):
    """A linear layer with a low-rank part of each captured face's own beside what all share (LoRA, Hu et al. 2021)."""

    def __init__(self, inputs: int, outputs: int, settings: ModelSettings):
        super().__init__(inputs, outputs)
        ranks = len(settings.other_styles) * settings.face_rank  # one face's after another's
        self.down = nn.Parameter(torch.randn(inputs, ranks) * inputs**-0.5) if ranks else None
        self.up = nn.Parameter(torch.zeros(ranks, outputs)) if ranks else None

    def forward(self, x: Tensor, own: Tensor) -> Tensor:  # type: ignore[override]  # one input more than a Linear
        """x (B, T, inputs), own (B, 1, ranks) as `Network.own` gives it → (B, T, outputs)."""
        shared = functional.linear(x, self.weight, self.bias)
        if self.down is None or self.up is None:
            return shared
        return shared + (x @ self.down * own) @ self.up


class Local(nn.Module):
    """Gated depthwise convolution over the last steps, as in a Conformer: what is near is learned quickly."""

    def __init__(self, settings: ModelSettings):
        super().__init__()
        width = settings.width
        self.norm = nn.LayerNorm(width)
        self.gate = Faced(width, 2 * width, settings)
        self.near = nn.Conv1d(width, width, CONV_REACH + 1, groups=width)
        self.out = Faced(width, width, settings)

    def forward(self, x: Tensor, own: Tensor, held: Tensor) -> tuple[Tensor, Tensor]:
        """x (B, T, width); held (B, CONV_REACH, width), the gated steps before → change of x, and what to hold."""
        gated = functional.glu(self.gate(self.norm(x), own), -1)
        held = torch.cat([held, gated], 1)  # (B, CONV_REACH + T, width)
        near = self.near(held.transpose(1, 2)).transpose(1, 2)  # (B, T, width)
        return self.out(functional.silu(near), own), held[:, -CONV_REACH:]


class Feed(nn.Module):
    """The feed-forward net of a layer."""

    def __init__(self, settings: ModelSettings, dropout: float):
        super().__init__()
        width = settings.width
        self.norm, self.dropout = nn.LayerNorm(width), nn.Dropout(dropout)
        self.hidden, self.out = Faced(width, 2 * width, settings), Faced(2 * width, width, settings)

    def forward(self, x: Tensor, own: Tensor) -> Tensor:
        return self.out(self.dropout(functional.gelu(self.hidden(self.norm(x), own))), own)


class Block(nn.Module):
    """One layer: a local convolution, attention over the last `context` steps, a feed-forward net; all pre-normed."""

    def __init__(self, settings: ModelSettings, dropout: float):
        super().__init__()
        width, self.heads, self.context = settings.width, settings.heads, settings.context
        self.local = Local(settings)
        self.norm = nn.LayerNorm(width)
        self.qkv = Faced(width, 3 * width, settings)
        self.out = Faced(width, width, settings)
        self.bias = nn.Parameter(self._slopes(settings))
        self.feed = Feed(settings, dropout)
        self.dropout = nn.Dropout(dropout)

    @staticmethod
    def _slopes(settings: ModelSettings) -> Tensor:
        """(heads, context): attention starts out favouring near steps, each head with its own reach (ALiBi)."""
        slopes = 2.0 ** (-8 / settings.heads * torch.arange(1, settings.heads + 1).float())
        return -slopes[:, None] * torch.arange(settings.context).float()

    def forward(self, x: Tensor, own: Tensor, state: tuple[Tensor, Tensor, Tensor],
                distance: Tensor) -> tuple[Tensor, ...]:
        """x (B, T, width); state: local, keys and values of this layer; distance (T, T + context − 1) in steps."""
        local, keys, values = state
        near, local = self.local(x, own, local)
        x = x + self.dropout(near)
        query, key, value = self.qkv(self.norm(x), own).chunk(3, -1)
        keys, values = torch.cat([keys, key], 1), torch.cat([values, value], 1)  # (B, context − 1 + T, width)
        x = x + self.dropout(self.out(self._attend(query, keys, values, distance), own))
        x = x + self.dropout(self.feed(x, own))
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


class Ahead(nn.Module):
    """The look ahead: a gated depthwise convolution around each frame that stops `lookahead` steps after it."""

    def __init__(self, settings: ModelSettings):
        super().__init__()
        width, self.longest = settings.width, settings.longest_lookahead
        self.norm = nn.LayerNorm(width)
        self.gate = Faced(width, 2 * self.channels(settings), settings)
        self.near = nn.Conv1d(self.channels(settings), self.channels(settings), CONV_REACH + 1 + self.longest,
                              groups=self.channels(settings))
        self.known = nn.Embedding(self.longest + 1, self.channels(settings))  # what it means to see just so far
        self.out = Faced(self.channels(settings), width, settings)
        nn.init.zeros_(self.known.weight)

    @staticmethod
    def channels(settings: ModelSettings) -> int:
        return 2 * settings.width

    def forward(self, h: Tensor, own: Tensor, lookahead: Tensor, waiting: Tensor,
                future: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """h (B, T, width) of steps s; → the frames s − lookahead (B, T, width), and the state's two parts."""
        steps = h.shape[1]
        waiting = torch.cat([waiting, h], 1)  # (B, longest + T, width)
        gated = functional.glu(self.gate(self.norm(h), own), -1)
        future = torch.cat([future, gated], 1)  # (B, reach + longest + T, ahead)
        kernel = self._kernel(lookahead)
        near = functional.conv1d(future.transpose(1, 2), kernel, self.near.bias, groups=kernel.shape[0])
        near = functional.silu(near.transpose(1, 2) + self.known(lookahead))  # (B, T, ahead)
        frames = torch.arange(steps, device=h.device) + self.longest - lookahead  # (T,)
        x = waiting.index_select(1, frames) + self.out(near, own)
        return x, waiting[:, steps:], future[:, steps:]

    def _kernel(self, lookahead: Tensor) -> Tensor:
        """(ahead, 1, taps) laid over the last steps: weights belong to distances from the frame, which lies `lookahead`
        before the newest step, so they are shifted, and those of steps not known yet fall off the end."""
        weight = functional.pad(self.near.weight, (self.longest, 0))
        return weight.index_select(2, torch.arange(self.near.weight.shape[2], device=weight.device) + lookahead)


class Network(nn.Module):
    """Audio-to-rig Transformer of a `ModelSettings`."""

    def __init__(self, settings: ModelSettings, dropout: float = 0.0):
        super().__init__()
        self.settings = settings
        width, features = settings.width, settings.frontend.features
        self.stem = nn.Conv1d(features, width, STEM_REACH + 1)
        self.mix = Faced(width, width, settings)
        self.blocks = nn.ModuleList(Block(settings, dropout) for _ in range(settings.layers))
        self.ahead = Ahead(settings)
        self.norm = nn.LayerNorm(width)
        self.shared = nn.Linear(width, 3 + len(settings.phones))  # closure, voice, accent, phones: for every face
        self.manner = nn.Linear(len(settings.manners), width, bias=False)
        nn.init.zeros_(self.manner.weight)
        self.faces = nn.ModuleList(nn.Sequential(
            nn.Linear(width, width), nn.GELU(), nn.Linear(width, len(settings.outputs))) for _ in settings.styles)

    def own_parts(self) -> Iterator[nn.Parameter]:
        """What belongs to one face alone and not to the default one: its ranks in the layers, and its last layers."""
        for module in self.modules():
            if isinstance(module, Faced) and module.down is not None and module.up is not None:
                yield from (module.down, module.up)
        for style, face in zip(self.settings.styles, self.faces):
            if style != self.settings.default_style:
                yield from face.parameters()

    def start(self, batch: int = 1) -> State:
        """The state before the first step."""
        settings = self.settings
        cache = torch.zeros(settings.layers, batch, settings.context - 1, settings.width)
        stem = torch.zeros(batch, STEM_REACH, settings.frontend.features)
        local = torch.zeros(settings.layers, batch, CONV_REACH, settings.width)
        longest = settings.longest_lookahead
        waiting = torch.zeros(batch, longest, settings.width)
        future = torch.zeros(batch, CONV_REACH + longest, Ahead.channels(settings))
        state = State(stem, local, waiting, future, cache, cache.clone())
        return State(*(part.to(self.mix.weight.device) for part in state))

    def forward(self, x: Tensor, condition: Condition, state: State) -> tuple[Answer, State]:
        """x (B, T, features) → answers of T steps, and the new state."""
        held = torch.cat([state.stem, x], 1)  # (B, STEM_REACH + T, features)
        h = self.stem(held.transpose(1, 2)).transpose(1, 2)  # (B, T, width)
        own = self.own(condition.style)
        h = self.mix(functional.gelu(h), own)
        distance = self._distance(x.shape[1], x.device)
        waiting, future, layers = state.waiting, state.future, []
        for k, (block, *layer) in enumerate(zip(self.blocks, state.local, state.keys, state.values)):
            if k == self.settings.layers // 2:
                h, waiting, future = self.ahead(h, own, condition.lookahead, waiting, future)
            h, *layer = block(h, own, layer, distance)
            layers.append(layer)
        local, keys, values = (torch.stack(part) for part in zip(*layers))
        state = State(held[:, -STEM_REACH:], local, waiting, future, keys, values)
        return self._heads(self.norm(h), condition), state

    def own(self, style: Tensor) -> Tensor:
        """(B, styles) → (B, 1, ranks): the shares of the faces that have parts of their own."""
        shares = style[:, [self.settings.styles.index(name) for name in self.settings.other_styles]]
        return shares.repeat_interleave(self.settings.face_rank, 1)[:, None]

    def _distance(self, steps: int, device: torch.device) -> Tensor:
        """(T, T + context − 1): how many steps each key lies before each query."""
        query = torch.arange(steps, device=device)[:, None] + self.settings.context - 1
        return query - torch.arange(steps + self.settings.context - 1, device=device)

    def _heads(self, h: Tensor, condition: Condition) -> Answer:
        shared = self.shared(h)  # (B, T, 3 + phones)
        acted = h + self.manner(condition.manner)
        faces = torch.stack([face(acted) for face in self.faces], -1)  # (B, T, outputs, styles)
        curves = (faces * condition.style[:, None, None]).sum(-1)  # (B, T, outputs)
        return Answer(curves, shared[..., 0], shared[..., 1], shared[..., 2], shared[..., 3:])
