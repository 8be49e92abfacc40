"""The training loop: batches, steps, checkpoints. Killed and started again it goes on as if nothing had been."""

from __future__ import annotations

import copy
import json
import math
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

from rigdriver.errors import SettingsError
from rigdriver.model.checkpoint import load_network
from rigdriver.model.condition import Condition
from rigdriver.model.network import Answer, Network
from rigdriver.training.batches import Batches
from rigdriver.training.config import TrainConfig
from rigdriver.training.dataset import Dataset, open_dataset
from rigdriver.training.loss import loss, spreads
from rigdriver.training.validate import validate

Say = Callable[[str], None]
PIECE = 102  # steps heard at a time in training; a third of a crop


class Trainer:
    """One run in one folder: `checkpoint.pt` to go on from, `log.jsonl` to look at."""

    def __init__(self, config: TrainConfig, dataset: Dataset, folder: Path, say: Say = print,
                 init: Path | None = None):
        self.config, self.dataset, self.folder, self.say = config, dataset, folder, say
        self.settings = config.model()
        folder.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(config.seed)
        self.network = Network(self.settings, config.dropout)
        if init:
            self._begin_from(init)
        self.average = copy.deepcopy(self.network).eval()
        self.optimizer = torch.optim.AdamW(_groups(self.network, config.weight_decay), lr=config.rate,
                                           betas=(0.9, 0.98))
        self.batches = Batches(dataset, config.shares, self.settings, size=config.batch, seconds=config.seconds,
                               seed=config.seed)
        self.spread = spreads(dataset, self.settings)
        self.step = 0
        self._resume()

    def run(self) -> Network:
        """Trains to the last step and returns the averaged network."""
        began, first = time.monotonic(), self.step
        terms: dict[str, float] = {}
        while self.step < self.config.steps:
            terms = _blended(terms, self._learn())
            if self.step % self.config.save_every == 0 or self.step == self.config.steps:
                self._save()
                self._log(terms | {"left_s": _left(began, first, self.step, self.config.steps)})
            if self.step % self.config.validate_every == 0 or self.step == self.config.steps:
                self._log(validate(self.average, self.dataset))
        return self.average

    def _learn(self) -> dict[str, float]:
        """One step. The dice of dropout are thrown anew from seed and step, so that a resumed run is the same run."""
        torch.manual_seed((self.config.seed << 32) + self.step)
        for group in self.optimizer.param_groups:
            group["lr"] = self._rate()
        batch = self.batches.draw(self.step)
        self.network.train()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            answer = listen(self.network, batch["x"], batch.condition)
        total, terms = loss(answer, batch, self.spread, self.settings, self.config.loss)
        self.optimizer.zero_grad(set_to_none=True)
        total.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self._follow()
        self.step += 1
        return terms

    def _rate(self) -> float:
        config = self.config
        if self.step < config.warmup:
            return config.rate * (self.step + 1) / config.warmup
        progress = (self.step - config.warmup) / (config.steps - config.warmup)
        return config.rate * 0.5 * (1 + math.cos(math.pi * progress))

    @torch.no_grad()
    def _follow(self) -> None:
        decay = min(self.config.average, (1 + self.step) / (10 + self.step))
        for mean, weight in zip(self.average.parameters(), self.network.parameters()):
            mean.lerp_(weight, 1 - decay)

    def _save(self) -> None:
        state = {"step": self.step, "settings": self.settings.to_json(), "network": self.network.state_dict(),
                 "average": self.average.state_dict(), "optimizer": self.optimizer.state_dict()}
        part = self.folder / "checkpoint.part"
        torch.save(state, part)
        part.replace(self.folder / "checkpoint.pt")

    def _resume(self) -> None:
        path = self.folder / "checkpoint.pt"
        if not path.is_file():
            return
        state = torch.load(path, weights_only=True)
        if state["settings"] != self.settings.to_json():
            raise SettingsError(f"{path}: is of another network than this file asks for; choose another -o, or --init")
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step = state["step"]
        self.say(f"going on from step {self.step}")

    def _begin_from(self, init: Path) -> None:
        """Weights of an earlier model, where name and shape agree; the rest begins anew."""
        earlier, own = load_network(init).state_dict(), self.network.state_dict()
        taken = {name: weight for name, weight in earlier.items() if own.get(name, weight[:0]).shape == weight.shape}
        self.network.load_state_dict(own | taken)
        self.say(f"begins from {init.name}: {len(taken)} of {len(own)} weights")

    def _log(self, figures: dict[str, float]) -> None:
        row = {"step": self.step} | {name: round(value, 5) for name, value in figures.items()}
        with (self.folder / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(row) + "\n")
        self.say("  ".join(f"{name} {value:g}" for name, value in row.items()))


def train(config: TrainConfig, data: Path, folder: Path, say: Say = print, init: Path | None = None) -> Network:
    """Trains from the data folder into `folder`, going on where an earlier run stopped; returns the network.

    init: a checkpoint (.safetensors) whose weights a new run begins from.
    """
    dataset = open_dataset(data, config.sources, config.model(), folder.parent / "cache", say)
    return Trainer(config, dataset, folder, say, init).run()


def listen(network: Network, x: Tensor, condition: Condition) -> Answer:
    """Answers of whole crops, heard in pieces as a stream hears them: attention never meets keys out of its reach."""
    state, answers = network.start(len(x)), []
    for piece in x.split(PIECE, 1):
        answer, state = network(piece, condition, state)
        answers.append(answer)
    return Answer(*(torch.cat(parts, 1) for parts in zip(*answers)))


def _blended(mean: dict[str, float], terms: dict[str, float]) -> dict[str, float]:
    """A running mean over some twenty steps, since a single batch says little."""
    return {name: mean.get(name, value) * 0.95 + value * 0.05 for name, value in terms.items()}


def _groups(network: Network, decay: float) -> list[dict]:
    """Matrices decay towards zero, biases and norms do not."""
    matrices = [weight for weight in network.parameters() if weight.ndim > 1]
    others = [weight for weight in network.parameters() if weight.ndim <= 1]
    return [{"params": matrices, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}]


def _left(began: float, first: int, step: int, steps: int) -> float:
    return (time.monotonic() - began) / max(1, step - first) * (steps - step)
