"""Checkpoints: weights in safetensors with the settings inside. Reading one runs no code, unlike a pickle."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from rigdriver.errors import InputError, SettingsError
from rigdriver.model.network import Network
from rigdriver.model.settings import METADATA, ModelSettings


@torch.no_grad()
def halve(network: Network) -> None:
    """Rounds every weight to half precision: half the size, and nothing that a figure shows (r moves by .0001)."""
    for weight in network.state_dict().values():
        weight.copy_(weight.half())


def save_network(network: Network, path: Path) -> None:
    """Writes weights, in half precision, and settings."""
    weights = {name: weight.detach().half().contiguous() for name, weight in network.state_dict().items()}
    save_file(weights, path, {METADATA: network.settings.to_json()})


def load_network(path: Path) -> Network:
    """The network of a checkpoint, ready to run. Raises SettingsError and InputError."""
    if not path.is_file():
        raise SettingsError(f"{path}: no such checkpoint")
    try:
        with safe_open(path, "pt") as file:
            text = (file.metadata() or {}).get(METADATA)
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
    except Exception as error:  # safetensors raises its own type, which is no public base
        raise InputError(f"{path}: not a safetensors file ({error})") from None
    if text is None:
        raise InputError(f"{path}: carries no rigdriver settings")
    network = Network(ModelSettings.from_json(text, str(path)))
    try:
        network.load_state_dict(weights)
    except RuntimeError:
        raise InputError(f"{path}: its weights do not fit its settings; it was made by another rigdriver") from None
    return network.eval()
