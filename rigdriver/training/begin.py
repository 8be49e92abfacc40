"""Beginning from earlier weights: the ear is taken as it is, and each face is begun from the nearest that is known."""

from __future__ import annotations

from collections.abc import Mapping
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
    taken = {name: weight for name, weight in taken.items() if name not in _parts(taken)}
    network.load_state_dict(own | taken)
    taken |= _own_parts(network, earlier)
    known = _faces(network, earlier, rig)
    same = sum(len(face.state_dict()) for style, face in zip(network.settings.styles, network.faces)
               if style in earlier.settings.styles and network.settings.outputs == earlier.settings.outputs)
    said = f"begins from {init.name}: {len(taken) + same} of {len(own)} weights"
    channels = len(network.settings.outputs)
    return earlier, said if same else f"{said}; {known} of {channels} channels from its default face"


@torch.no_grad()
def _own_parts(network: Network, earlier: Network) -> dict[str, Tensor]:
    """Copies what each face that both know has of its own in the layers; gives the weights that are so filled."""
    ours, theirs = network.settings, earlier.settings
    known = [style for style in ours.other_styles if style in theirs.other_styles]
    if not known or (ours.face_rank, ours.width) != (theirs.face_rank, theirs.width):
        return {}
    near = earlier.state_dict()
    parts = {name: weight for name, weight in _parts(network.state_dict()).items() if name in near}
    for name, weight in parts.items():
        for style in known:
            _part(weight, name, style, ours).copy_(_part(near[name], name, style, theirs))
    return parts if len(known) == len(ours.other_styles) else {}


def _parts(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: weight for name, weight in weights.items() if name.endswith((".down", ".up"))}


def _part(weight: Tensor, name: str, style: str, settings: ModelSettings) -> Tensor:
    """The ranks of one style: columns of a way down, rows of a way up."""
    first = settings.other_styles.index(style) * settings.face_rank
    return weight.narrow(1 if name.endswith(".down") else 0, first, settings.face_rank)


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
