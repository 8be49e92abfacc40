"""Beginning from earlier weights: the ear is taken as it is, and each face is begun from the nearest that is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from rigdriver.model.checkpoint import load_network
from rigdriver.model.network import Network
from rigdriver.model.settings import ModelSettings
from rigdriver.rig import Rig, canonical


def begin_from(network: Network, init: Path, rig: Rig | None = None) -> tuple[Network, str]:
    """Takes weights where name and shape agree; returns the earlier network, and a line that says how much was taken.

    A face that the earlier model lacks begins as its default face: channels of the same name as they were, channels of
    `rig` by its map from ARKit, the others at rest.
    """
    earlier = load_network(init)
    theirs, own = earlier.state_dict(), network.state_dict()
    taken = {name: weight for name, weight in theirs.items()
             if own.get(name, weight[:0]).shape == weight.shape and not name.startswith("faces.")}
    network.load_state_dict(own | taken)
    known = _faces(network, earlier, rig)
    same = sum(len(face.state_dict()) for style, face in zip(network.settings.styles, network.faces)
               if style in earlier.settings.styles and network.settings.outputs == earlier.settings.outputs)
    said = f"begins from {init.name}: {len(taken) + same} of {len(own)} weights"
    channels = len(network.settings.outputs)
    return earlier, said if same else f"{said}; {known} of {channels} channels from its default face"


def _faces(network: Network, earlier: Network, rig: Rig | None) -> int:
    """Begins every face; how many channels had a source."""
    ours, theirs = network.settings, earlier.settings
    mixed = torch.from_numpy(mixture(ours, theirs, rig))  # (outputs, their outputs)
    for style, face in zip(ours.styles, network.faces):
        near = earlier.faces[theirs.styles.index(style if style in theirs.styles else theirs.default_style)]
        (hidden, last), (near_hidden, near_last) = _linear(face), _linear(near)
        if hidden.weight.shape == near_hidden.weight.shape:
            hidden.load_state_dict(near_hidden.state_dict())
            _mix(last, near_last, mixed, ours, theirs)
    return int((mixed != 0).any(1).sum())


def _linear(face: nn.Module) -> list[nn.Linear]:
    return [layer for layer in face.children() if isinstance(layer, nn.Linear)]


@torch.no_grad()
def _mix(own: nn.Linear, near: nn.Linear, mixed: Tensor, ours: ModelSettings, theirs: ModelSettings) -> None:
    """Both layers answer in units of their outputs' ranges; what is mixed are the curves' own units."""
    low, span = (torch.from_numpy(part) for part in ours.spans)
    near_low, near_span = (torch.from_numpy(part) for part in theirs.spans)
    own.weight.copy_(mixed * near_span @ near.weight / span[:, None])
    own.bias.copy_((mixed @ (near_low + near_span * near.bias) - low) / span)


def mixture(ours: ModelSettings, theirs: ModelSettings, rig: Rig | None) -> np.ndarray:
    """(our outputs, their outputs) float32: what each channel of ours is made of in theirs."""
    arkit = canonical().names
    mixed = np.zeros((len(ours.outputs), len(theirs.outputs)), np.float32)
    for row, name in enumerate(ours.outputs):
        if name in theirs.outputs:
            mixed[row, theirs.outputs.index(name)] = 1
        elif rig is not None and rig.from_arkit is not None and name in rig:
            weights = rig.from_arkit[:, rig.names.index(name)]
            for k, output in enumerate(theirs.outputs):
                mixed[row, k] = weights[arkit.index(output)] if output in arkit else 0
    return mixed
