"""Steps: the network for one step of many streams at once, as a graph of its own, with nothing moved that can stay.

The same weights and the same answers as `Network`. There the past is shifted by a step with every call, which for a
batch costs more than all sums do. Here it lies in rings that the caller keeps (`engine_steps`): the graph reads them
where they are, is told in which order, and gives back only what is new.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import cast

import numpy as np
import onnx
import torch
from torch import Tensor, nn
from torch.nn import functional

from rigdriver.model.condition import Condition, condition
from rigdriver.model.engine import ANSWERS, Engine
from rigdriver.model.engine_steps import NEWS, ORDERS, WEIGHTS_FILE
from rigdriver.model.network import CONV_REACH, Ahead, Answer, Block, Faced, Local, Network
from rigdriver.model.settings import METADATA

OPSET = 17
TOLERANCE = 1e-4


class Steps(nn.Module):
    """One step. Inputs as `engine_steps` names them; B streams, past of each part in a ring of its own length."""

    def __init__(self, network: Network):
        super().__init__()
        self.network = network

    def forward(self, x: Tensor, style: Tensor, manner: Tensor, lookahead: Tensor, taps: Tensor, distance: Tensor,
                sight: Tensor, stem: Tensor, awaited: Tensor, future: Tensor, *rings: Tensor) -> tuple[Tensor, ...]:
        net, layers = self.network, self.network.settings.layers
        own = net.own(style)[:, 0]  # (B, ranks)
        held = torch.cat([stem, x[:, None]], 1).flatten(1)  # (B, taps × features)
        h = held @ net.stem.weight.permute(2, 1, 0).flatten(0, 1) + _bias(net.stem)
        h = self._faced(net.mix, functional.gelu(h), own)
        news, local, keys, values = [], rings[:layers], rings[layers : 2 * layers], rings[2 * layers :]
        waiting = gate = h
        for k, block in enumerate(cast("list[Block]", list(net.blocks))):
            if k == layers // 2:
                waiting = h
                h, gate = self._ahead(net.ahead, h, own, lookahead, awaited, future, sight)
            h, *new = self._block(block, h, own, local[k], keys[k], values[k], taps, distance)
            news.append(new)
        found = net._heads(net.norm(h)[:, None], Condition(style, manner, lookahead)).ready()
        return (*(part[:, 0] for part in found), waiting, gate, *(torch.stack(part) for part in zip(*news)))

    def _block(self, block: Block, h: Tensor, own: Tensor, local: Tensor, keys: Tensor, values: Tensor, taps: Tensor,
               distance: Tensor) -> tuple[Tensor, ...]:
        """h (B, width); local (B, CONV_REACH, width); keys, values (B, heads, context − 1, width / heads)."""
        near, gated = self._local(block.local, h, own, local, taps)
        h = h + near
        query, key, value = self._faced(block.qkv, block.norm(h), own).chunk(3, -1)
        q, k, v = (part.unflatten(-1, (block.heads, 1, -1)) for part in (query, key, value))  # (B, H, 1, width / H)
        q = q * q.shape[-1] ** -0.5
        past = q @ keys.transpose(-1, -2) + block.bias.index_select(1, distance)[:, None]  # (B, H, 1, context − 1)
        now = (q * k).sum(-1, keepdim=True) + block.bias[:, :1, None]
        weights = torch.cat([past, now], -1).softmax(-1)
        mixed = weights[..., :-1] @ values + weights[..., -1:] * v
        h = h + self._faced(block.out, mixed.flatten(1), own)
        feed = block.feed
        h = h + self._faced(feed.out, functional.gelu(self._faced(feed.hidden, feed.norm(h), own)), own)
        return h, gated, key, value

    def _ahead(self, ahead: Ahead, h: Tensor, own: Tensor, lookahead: Tensor, awaited: Tensor, future: Tensor,
               sight: Tensor) -> tuple[Tensor, Tensor]:
        """awaited (B, width): the step `lookahead` before, as h was then; future (B, reach, ahead)."""
        gated = functional.glu(self._faced(ahead.gate, ahead.norm(h), own), -1)
        kernel = ahead._kernel(lookahead)[:, 0].T  # (reach + 1, ahead), from the oldest to the newest
        near = (future * kernel.index_select(0, sight)).sum(1) + gated * kernel[-1] + _bias(ahead.near)
        x = torch.where(lookahead == 0, h, awaited)
        return x + self._faced(ahead.out, functional.silu(near + ahead.known(lookahead)), own), gated

    def _local(self, local: Local, h: Tensor, own: Tensor, held: Tensor, taps: Tensor) -> tuple[Tensor, Tensor]:
        gated = functional.glu(self._faced(local.gate, local.norm(h), own), -1)
        kernel = local.near.weight[:, 0].T  # (CONV_REACH + 1, width)
        near = (held * kernel.index_select(0, taps)).sum(1) + gated * kernel[CONV_REACH] + _bias(local.near)
        return self._faced(local.out, functional.silu(near), own), gated

    def _faced(self, layer: Faced, x: Tensor, own: Tensor) -> Tensor:
        """x (B, inputs), own (B, ranks)."""
        shared = x @ layer.weight.T + layer.bias
        if layer.down is None or layer.up is None:
            return shared
        return shared + (x @ layer.down * own) @ layer.up


def _bias(layer: nn.Conv1d) -> Tensor:
    return cast(Tensor, layer.bias)


def export_steps(network: Network, path: Path) -> None:
    """Writes the graph without weights: they are the checkpoint's beside it. See `hold_to_account`."""
    network = network.eval()
    inputs, example = given(network, 2)
    dynamic = {name: {0: "batch"} for name in inputs if name not in ("lookahead", *ORDERS)}
    dynamic |= {name: {0: "batch"} for name in (*ANSWERS, *NEWS[:2])} | {name: {1: "batch"} for name in NEWS[2:]}
    traced(Steps(network), path, inputs, example, dynamic)
    finish(path, network.settings.to_json())


def given(network: Network, batch: int) -> tuple[list[str], tuple[Tensor, ...]]:
    """Names of the graph's inputs, and an example of each."""
    settings = network.settings
    width, heads, past = settings.width, settings.heads, settings.context - 1
    asked = Condition(*map(torch.from_numpy, condition(settings)))
    state = network.start(batch)
    rings = [part for ring in (state.local, *(part.unflatten(-1, (heads, -1)).transpose(2, 3)
                                              for part in (state.keys, state.values))) for part in ring.contiguous()]
    names = [f"{name}_{k}" for name in ("local", "keys", "values") for k in range(settings.layers)]
    orders = [torch.arange(size) for size in (CONV_REACH, past, state.future.shape[1])]
    return ["x", *Condition._fields, *ORDERS, "stem", "awaited", "future", *names], (
        torch.zeros(batch, settings.frontend.features), asked.style.repeat(batch, 1), asked.manner.repeat(batch, 1, 1),
        asked.lookahead, *orders, state.stem, torch.zeros(batch, width), state.future, *rings)


def traced(graph: Steps, path: Path, inputs: list[str], example: tuple[Tensor, ...],
            dynamic: dict[str, dict[int, str]]) -> None:
    """Nothing is folded: weights keep their names."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(graph.eval(), example, str(path), dynamo=False, opset_version=OPSET,
                          do_constant_folding=False, input_names=inputs, output_names=[*ANSWERS, *NEWS],
                          dynamic_axes=dynamic)


def finish(path: Path, settings: str) -> None:
    """Weights become names: the engine gives them what the checkpoint holds."""
    model = onnx.load(str(path))
    for weight in model.graph.initializer:
        if not weight.name.startswith("network."):
            continue
        weight.ClearField("raw_data")
        weight.data_location = onnx.TensorProto.EXTERNAL
        entry = weight.external_data.add()
        entry.key, entry.value = "location", WEIGHTS_FILE
    entry = model.metadata_props.add()
    entry.key, entry.value = METADATA, settings
    path.write_bytes(model.SerializeToString())


@torch.inference_mode()
def hold_to_account(network: Network, engine: Engine) -> None:
    """Raises RuntimeError where the engine's answers are not the network's."""
    settings, rng = network.settings, np.random.default_rng(0)
    for lookahead in (0, settings.lookahead_steps, settings.longest_lookahead):
        asked = condition(settings, settings.styles[-1], lookahead=lookahead)
        x = rng.standard_normal((2 * settings.context, settings.frontend.features)).astype(np.float32)
        answer, _ = network(torch.from_numpy(x)[None], Condition(*map(torch.from_numpy, asked)), network.start())
        heard, _ = engine.answer(x, asked, engine.start(asked))
        for name, part in zip(Answer._fields, answer.ready()):
            gap = float(np.abs(part[0].numpy() - getattr(heard, name)).max())
            if gap > TOLERANCE * (10 if name == "phones" else 1):  # logits run to some tens
                raise RuntimeError(f"steps and network differ by {gap:.2g} on {name}; not fit to ship")
