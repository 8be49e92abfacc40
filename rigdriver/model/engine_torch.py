"""The network on PyTorch: for those who have it, and to hold the exported one to account."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from rigdriver.errors import MissingExtra

try:
    import torch
except ModuleNotFoundError:
    raise MissingExtra("--engine torch", "train") from None

from rigdriver.model.checkpoint import load_network
from rigdriver.model.network import State
from rigdriver.model.runtime import Heard


class TorchEngine:
    """Runs `*.safetensors`. State is a `network.State`."""

    def __init__(self, path: Path, threads: int = 1):
        torch.set_num_threads(threads)
        self._network = load_network(path)
        self.settings = self._network.settings

    def start(self) -> State:
        return self._network.start()

    @torch.inference_mode()
    def answer(self, x: np.ndarray, style: np.ndarray, state: State) -> tuple[Heard, State]:
        answer, state = self._network(torch.from_numpy(x)[None], torch.from_numpy(style)[None], state)
        curves, closure, voice, phones = (part[0].numpy() for part in answer.ready())
        return Heard(curves, closure, voice, phones), state
