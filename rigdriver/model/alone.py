"""The same step for one stream with one face, as a graph of its own: the one that `rigdriver live` runs.

A stream that runs alone pays for every node and for every byte that it reads, for between two steps the machine forgets
both. So what other faces have of their own is left out, and weights lie as one row reads them (`engine_alone`).
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import torch
from torch import Tensor, nn

from rigdriver.model.network import Faced, Network
from rigdriver.model.steps import Steps, finish, given, traced


class Across(nn.Module):
    """A linear layer whose weight lies (inputs, outputs), as a product with a single row reads it."""

    def __init__(self, layer: nn.Linear):
        super().__init__()
        self.across = nn.Parameter(layer.weight.T.contiguous())
        self.bias = layer.bias

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.across if self.bias is None else x @ self.across + self.bias


class Alone(Steps):
    """One step of a network whose linear layers are `Across`."""

    def _faced(self, layer: Faced, x: Tensor, own: Tensor) -> Tensor:
        return layer(x)  # type: ignore[call-arg, no-any-return]


def export_alone(network: Network, path: Path) -> None:
    """Writes the graph without weights: the engine makes them of the checkpoint's. See `steps.hold_to_account`."""
    one = Network(dataclasses.replace(network.settings, styles=(network.settings.default_style,))).eval()
    inputs, example = given(one, 1)
    for weight in one.parameters():
        nn.init.normal_(weight)  # all different: of equal ones the exporter keeps one
    _lay_across(one)
    traced(Alone(one), path, inputs, example, {})
    finish(path, network.settings.to_json())


@torch.no_grad()
def _lay_across(module: nn.Module) -> None:
    for name, child in list(module.named_children()):
        if isinstance(child, nn.Linear):
            setattr(module, name, Across(child))
        else:
            _lay_across(child)
