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
from rigdriver.model.condition import Condition
from rigdriver.model.engine import Heard
from rigdriver.model.network import State


class TorchEngine:
    """Runs `*.safetensors`. State is a `network.State`."""

    def __init__(self, path: Path, threads: int = 1):
        torch.set_num_threads(threads)
        self._network = load_network(path)
        self.settings = self._network.settings

    def start(self, condition: Condition | None = None) -> State:
        return self._network.start()

    @torch.inference_mode()
    def answer(self, x: np.ndarray, condition: Condition, state: State) -> tuple[Heard, State]:
        asked = Condition(*(torch.from_numpy(part) for part in condition))
        answer, state = self._network(torch.from_numpy(x)[None], asked, state)
        return Heard(*(part[0].numpy() for part in answer.ready())), state
