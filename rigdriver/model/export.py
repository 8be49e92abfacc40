"""Export: the network becomes the ONNX file that ships, and is held against PyTorch before it may."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import onnx
import onnx.numpy_helper
import torch
from torch import Tensor, nn

from rigdriver.model.condition import Condition, condition
from rigdriver.model.engine import Heard
from rigdriver.model.engine_onnx import INPUTS, OnnxEngine
from rigdriver.model.network import Answer, Network, State
from rigdriver.model.settings import METADATA

OPSET = 17
SMALL = 64  # numbers; below, a cast takes more room than it saves
TOLERANCE = 1e-4  # what torch and ONNX may differ by, on curves that run 0..1


class Shipped(nn.Module):
    """The network with flat inputs and outputs, and every number as it is used."""

    def __init__(self, network: Network):
        super().__init__()
        self.network = network

    def forward(self, x: Tensor, style: Tensor, manner: Tensor, lookahead: Tensor,
                *state: Tensor) -> tuple[Tensor, ...]:
        answer, state = self.network(x, Condition(style, manner, lookahead), State(*state))
        return (*answer.ready(), *state)


def export_onnx(network: Network, path: Path) -> None:
    """Writes the ONNX file, settings inside. Raises RuntimeError where it does not answer as the network does."""
    network = network.eval()
    settings = network.settings
    x, asked = torch.zeros(1, 8, settings.frontend.features), Condition(*map(torch.from_numpy, condition(settings)))
    states, answers = State._fields, Answer._fields
    dynamic = {name: {1: "batch"} for name in states} | {
        name: {0: "batch", 1: "steps"} for name in ("x", *answers)} | {
        name: {0: "batch"} for name in ("style", "stem", "waiting", "future")} | {
        "manner": {0: "batch", 1: "moments"}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracing exporter is deprecated; its heir needs one more package
        torch.onnx.export(Shipped(network).eval(), (x, *asked, *network.start()), str(path), dynamo=False,
                          opset_version=OPSET, input_names=[*INPUTS, *states],
                          output_names=[*answers, *(f"{name}_next" for name in states)], dynamic_axes=dynamic)
    _finish(path, settings.to_json())
    _hold_to_account(network, path)


def _finish(path: Path, settings: str) -> None:
    model = onnx.load(str(path))
    _store_halves(model.graph)
    entry = model.metadata_props.add()
    entry.key, entry.value = METADATA, settings
    onnx.save(model, str(path))


def _store_halves(graph: onnx.GraphProto) -> None:
    """Weights that half precision holds exactly are stored so, and cast back once, when a session starts."""
    for number, weight in enumerate(list(graph.initializer)):
        values = onnx.numpy_helper.to_array(weight)
        if values.dtype == np.float32 and values.size > SMALL and (values == values.astype(np.float16)).all():
            half = f"{weight.name}_half"
            graph.node.insert(number, onnx.helper.make_node("Cast", [half], [weight.name], to=onnx.TensorProto.FLOAT))
            weight.CopyFrom(onnx.numpy_helper.from_array(values.astype(np.float16), half))


@torch.inference_mode()
def _hold_to_account(network: Network, path: Path) -> None:
    engine, settings = OnnxEngine(path), network.settings
    rng = np.random.default_rng(0)
    for lookahead in (0, settings.lookahead_steps, settings.longest_lookahead):
        asked = condition(settings, settings.styles[-1], lookahead=lookahead)
        ours, theirs = network.start(), engine.start()
        for steps in (7, 1, 130):
            x = rng.standard_normal((steps, settings.frontend.features)).astype(np.float32)
            answer, ours = network(torch.from_numpy(x)[None], Condition(*map(torch.from_numpy, asked)), ours)
            heard, theirs = engine.answer(x, asked, theirs)
            _compare(answer.ready(), heard, path)


def _compare(answer: Answer, heard: Heard, path: Path) -> None:
    for name in ("curves", "closure", "voice", "accent"):
        gap = float(np.abs(getattr(answer, name)[0].numpy() - getattr(heard, name)).max())
        if gap > TOLERANCE:
            raise RuntimeError(f"{path}: ONNX and PyTorch differ by {gap:.2g} on {name}; not fit to ship")
