"""The training loop: batches, steps, checkpoints. Killed and started again it goes on as if nothing had been."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

from rigdriver.errors import SettingsError
from rigdriver.model.network import Network
from rigdriver.model.settings import ModelSettings
from rigdriver.rig import Rig
from rigdriver.training import machine, stopping, together
from rigdriver.training.batches import Batch, Batches
from rigdriver.training.begin import begin_from
from rigdriver.training.config import TrainConfig
from rigdriver.training.dataset import Dataset
from rigdriver.training.log import Log
from rigdriver.training.loss import spreads
from rigdriver.training.objective import Objective
from rigdriver.training.stopping import Patience
from rigdriver.training.validate import score, validate, validate_changes

Say = Callable[[str], None]
Progress = Callable[[int, int], None]
"""Told after each step how many of how many are done."""

CHECKPOINT, BEST = "checkpoint.pt", "best.pt"
PROBE = (5, 20)  # steps since a start between which the pace is measured, given minutes; the first are slow
SPARE = 0.92  # of the minutes given, what is spent on steps; the rest looks at validation takes


class Trainer:
    """One run in one folder: `checkpoint.pt` to go on from, `best.pt` by validation, `log.jsonl` to look at.

    settings: by default those that the file asks for. init: a checkpoint (.safetensors) that a new run begins from;
    rig: how its channels map to the outputs, where they are named otherwise.
    """

    def __init__(self, config: TrainConfig, dataset: Dataset, folder: Path, say: Say = print,
                 init: Path | None = None, settings: ModelSettings | None = None, rig: Rig | None = None,
                 progress: Progress | None = None):
        self.config, self.dataset, self.folder, self.say, self._progress = config, dataset, folder, say, progress
        self.settings = settings or config.model()
        self.device = machine.device(config.device)
        folder.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(config.seed)
        self.network = Network(self.settings, config.dropout)
        elder = self._begin(init, rig) if init else None
        self._elder = elder if dataset.changes else None
        self._freeze()
        self.network.to(self.device)
        self.average = copy.deepcopy(self.network).eval()
        self.optimizer = torch.optim.AdamW(_groups(self.network, config.weight_decay), lr=config.rate,
                                           betas=(0.9, 0.98))
        self.batches = Batches(dataset, config.shares, self.settings, size=config.batch, seconds=config.seconds,
                               seed=config.seed, as_recorded=config.as_recorded)
        self.spread = spreads(dataset, self.settings)
        self.step, self.steps, self.patience = 0, 0 if config.minutes else config.steps, Patience(config.patience)
        self.figures: dict[str, float] = {}
        self._resume()
        objective = Objective(self.network, self.spread, config.loss, elder and elder.to(self.device), config.keep,
                              dataset.changes)
        self._objective = together.sharing(objective.to(self.device))
        self._record = Log(folder, self.step) if together.first() else None

    def run(self) -> Network:
        """Trains to the last step and returns the averaged network: the best by validation where patience is asked for.

        `figures` and `step` are then those of the network that it returns.

        Raises KeyboardInterrupt after a Ctrl-C, with everything saved.
        """
        clock = _Clock(self.step)
        terms: dict[str, float] = {}
        with stopping.asked() as wish:
            batches = machine.batches(self.batches, self.step, self.device)
            while not self._over():
                terms = _blended(terms, self._learn(next(batches)))
                clock.tick(self.step)
                self._plan(clock)
                self._look_and_save(terms, clock)
                if together.any_of(wish.stop, self.device):
                    self._stop()
        return self._chosen()

    def _freeze(self) -> None:
        """Leaves to be learned only what the file says."""
        if self.dataset.changes:
            taught = self.network.faces[self.dataset.lessons[0].style].parameters()
        elif self.config.only_faces:
            taught = self.network.own_parts()
        else:
            return
        self.network.requires_grad_(False)
        for weight in taught:
            weight.requires_grad_(True)

    def _over(self) -> bool:
        return self.patience.over or 0 < self.steps <= self.step

    def _learn(self, batch: Batch) -> dict[str, float]:
        """One step. The dice of dropout are thrown anew from seed and step, so that a resumed run is the same run."""
        torch.manual_seed((self.config.seed << 32) + self.step * together.count() + together.rank())
        for group in self.optimizer.param_groups:
            group["lr"] = self._rate()
        self.network.train()
        total, terms = self._objective(batch)
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
        if not self.steps:  # of a run that was given minutes and has not measured its pace
            return config.rate
        progress = (self.step - config.warmup) / max(1, self.steps - config.warmup)
        return config.rate * 0.5 * (1 + math.cos(math.pi * progress))

    @torch.no_grad()
    def _follow(self) -> None:
        decay = min(self.config.average, (1 + self.step) / (10 + self.step))
        for mean, weight in zip(self.average.parameters(), self.network.parameters()):
            mean.lerp_(weight, 1 - decay)

    def _plan(self, clock: _Clock) -> None:
        """A run that was given minutes measures its pace once, in its first steps, and keeps to what it then plans."""
        if self.steps or clock.taken < PROBE[1]:
            return
        left_s = self.config.minutes * 60 * SPARE - clock.elapsed_s
        planned = self.step + max(1, int(left_s / clock.pace_s))
        self.steps = int(together.agreed(max(planned, self.config.warmup + 1), self.device))
        self.say(f"{clock.pace_s:.2f} s a step: {self.steps} steps fit into {self.config.minutes:g} minutes")

    def _look_and_save(self, terms: dict[str, float], clock: _Clock) -> None:
        """Looks at validation takes, then saves: a run that dies between the two looks again, and sees the same."""
        last = self.step == self.steps
        if self.step % self.config.validate_every == 0 or last:
            self._validate()
        if self.step % self.config.save_every == 0 or last or self.patience.over:
            self._save()
            self._log(terms | {"left_s": clock.left_s(self.steps)})
        if self._progress:
            self._progress(self.step, self.steps)

    def _validate(self) -> None:
        self.figures = self._looked() if together.first() else {}
        improved = self.patience.improved(together.agreed(score(self.figures), self.device))
        if improved and self.patience.most and together.first():
            _write({"step": self.step, "figures": self.figures, "average": self.average.state_dict()},
                   self.folder / BEST)
        self._log(self.figures)
        if self.patience.over:
            self.say(f"no better for {self.patience.most} validations: ends at step {self.step}")

    def _looked(self) -> dict[str, float]:
        if self._elder is not None:
            return validate_changes(self.average, self._elder, self.dataset)
        return validate(self.average, self.dataset)

    def _chosen(self) -> Network:
        best = self.folder / BEST
        if self.patience.most and best.is_file():
            state = torch.load(best, weights_only=True, map_location=self.device)
            self.average.load_state_dict(state["average"])
            self.step, self.figures = state["step"], state.get("figures", self.figures)
        return self.average.cpu()

    def _stop(self) -> None:
        self._save()
        self.say(f"stopped at step {self.step} and saved; the same command goes on from there")
        raise KeyboardInterrupt

    def _save(self) -> None:
        if together.first():
            _write({"step": self.step, "steps": self.steps, "settings": self.settings.to_json(),
                    "patience": [self.patience.best, self.patience.since], "figures": self.figures,
                    "network": self.network.state_dict(), "average": self.average.state_dict(),
                    "optimizer": self.optimizer.state_dict()}, self.folder / CHECKPOINT)

    def _resume(self) -> None:
        path = self.folder / CHECKPOINT
        if not path.is_file():
            return
        state = torch.load(path, weights_only=True, map_location=self.device)
        if ModelSettings.from_json(state["settings"], str(path)) != self.settings:
            raise SettingsError(f"{path}: is of another network than this run asks for; choose another -o, or --init")
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.figures = state["step"], state.get("figures", {})
        self.steps = state.get("steps", 0) if self.config.minutes else self.config.steps
        self.patience.best, self.patience.since = state.get("patience", (self.patience.best, 0))
        self.say(f"going on from step {self.step}")

    def _begin(self, init: Path, rig: Rig | None) -> Network:
        elder, said = begin_from(self.network, init, rig)
        self.say(said)
        return elder

    def _log(self, figures: dict[str, float]) -> None:
        if self._record:
            row = self._record.write(self.step, figures)
            self.say("  ".join(f"{name} {value:g}" for name, value in row.items()))


class _Clock:
    """How fast the steps go by."""

    def __init__(self, step: int):
        self._began, self._first, self._step = time.monotonic(), step, step
        self._probed = self._began

    def tick(self, step: int) -> None:
        self._step = step
        if self.taken == PROBE[0]:
            self._probed = time.monotonic()

    @property
    def taken(self) -> int:
        """Steps since the run was started, or started again."""
        return self._step - self._first

    @property
    def elapsed_s(self) -> float:
        return time.monotonic() - self._began

    @property
    def pace_s(self) -> float:
        """Seconds a step, of those taken since the first of PROBE."""
        return max(1e-3, (time.monotonic() - self._probed) / max(1, self.taken - PROBE[0]))

    def left_s(self, steps: int) -> float:
        return self.elapsed_s / max(1, self.taken) * max(0, steps - self._step)


def opened(dataset: Callable[[], Dataset]) -> Dataset:
    """A dataset, in every process: the first one writes its files, the others wait and read them."""
    if together.first():
        found = dataset()
        together.wait()
        return found
    together.wait()
    return dataset()


def _write(state: dict, path: Path) -> None:
    part = path.with_suffix(".part")
    torch.save(state, part)
    part.replace(path)


def _blended(mean: dict[str, float], terms: dict[str, float]) -> dict[str, float]:
    """A running mean over some twenty steps, since a single batch says little."""
    return {name: mean.get(name, value) * 0.95 + value * 0.05 for name, value in terms.items()}


def _groups(network: Network, decay: float) -> list[dict]:
    """Matrices decay towards zero, biases and norms do not."""
    taught = [weight for weight in network.parameters() if weight.requires_grad]
    matrices = [weight for weight in taught if weight.ndim > 1]
    others = [weight for weight in taught if weight.ndim <= 1]
    return [{"params": matrices, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}]
