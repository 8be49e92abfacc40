"""From a training file, or a folder of takes, to files that ship: ONNX and checkpoint, settings inside, and a card."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rigdriver.errors import InputError, SettingsError
from rigdriver.formats.atomic import replacing
from rigdriver.model.alone import export_alone
from rigdriver.model.checkpoint import halve, save_network
from rigdriver.model.engine_alone import AloneEngine
from rigdriver.model.engine_steps import StepsEngine
from rigdriver.model.export import export_onnx
from rigdriver.model.network import Network
from rigdriver.model.settings import alone_file, steps_file
from rigdriver.model.steps import export_steps, hold_to_account
from rigdriver.resources import WEIGHTS
from rigdriver.training import config as configs
from rigdriver.training import together
from rigdriver.training.card import card
from rigdriver.training.config import TrainConfig
from rigdriver.training.dataset import open_dataset
from rigdriver.training.edits import edits
from rigdriver.training.studio import studio
from rigdriver.training.takes import edited
from rigdriver.training.train import Progress, Say, Trainer, opened

STUDIO = Path(__file__).with_name("studio.yaml")
EDITED = Path(__file__).with_name("edited.yaml")
SHIPPED = WEIGHTS / "rigdriver-1.safetensors"
NOTHING = "none"  # what `--init` says for a studio's run from nothing


def train_and_ship(what: Path, data: Path | None, folder: Path, say: Say, init: Path | None = None,
                   changes: Mapping[str, Any] | None = None, progress: Progress | None = None) -> Path | None:
    """Trains as a file says, or from a folder of takes, then writes NAME.onnx, NAME.safetensors and MODEL_CARD.md.

    changes: keys of the file to set otherwise. Returns the ONNX file's path; None in a process that writes nothing.
    """
    with together.processes():
        say = say if together.first() else _nothing
        return _run(what, data, folder, say, init, changes or {}, progress)


def _run(what: Path, data: Path | None, folder: Path, say: Say, init: Path | None, changes: Mapping[str, Any],
         progress: Progress | None) -> Path | None:
    config, takes = _plan(what, changes)
    if takes is not None and data is not None:
        raise InputError(f"--data is for a training file of data sets; {what} learns from takes alone")
    init = _init(init, studio=takes is not None)
    trainer = (_sets(config, data, folder, say, init, progress) if takes is None else
               _takes(config, takes, folder, say, init, progress))
    network = trainer.run()
    return _ship(network, trainer, init, say) if together.first() else None


def _plan(what: Path, changes: Mapping[str, Any]) -> tuple[TrainConfig, Path | None]:
    """The training file, and the folder of takes where it is a studio's."""
    if what.is_dir():
        file = EDITED if edited.remembers(what) else STUDIO
        return configs.load(file, {**changes, "takes": str(what)}), what
    config = configs.load(what, changes)
    return config, what.parent / config.takes if config.takes else None


def _init(init: Path | None, studio: bool) -> Path | None:
    """A studio's run begins from the shipped weights unless told otherwise."""
    if init is not None and str(init) == NOTHING:
        return None
    return SHIPPED if init is None and studio else init


def _sets(config: TrainConfig, data: Path | None, folder: Path, say: Say, init: Path | None,
          progress: Progress | None) -> Trainer:
    if data is None:
        raise InputError("a training file of data sets needs --data, the folder that holds them")
    if config.rig:
        raise SettingsError("rig: data sets teach the arkit rig; another rig is learned from takes")
    dataset = opened(lambda: open_dataset(data, config.sources, config.model(), folder.parent / "cache", say))
    return Trainer(config, dataset, folder, say, init, progress=progress)


def _takes(config: TrainConfig, takes: Path, folder: Path, say: Say, init: Path | None,
           progress: Progress | None) -> Trainer:
    if config.unchanged:
        settings, lessons = edits(config, takes, init, say)
        return Trainer(config, lessons, folder, say, init, settings, progress=progress)
    plan = studio(config, takes, init, say)
    dataset = opened(lambda: plan.dataset(folder, say))
    if not dataset.of("validation") and config.patience:
        say("no take is left for validation, so the run goes to its last step")
        config = dataclasses.replace(config, patience=0)
    return Trainer(config, dataset, folder, say, init, plan.settings, plan.rig, progress)


def _ship(network: Network, trainer: Trainer, init: Path | None, say: Say) -> Path:
    name, folder = trainer.settings.name, trainer.folder
    path = folder / f"{name}.onnx"
    halve(network)
    export_onnx(network, path)
    save_network(network, path.with_suffix(".safetensors"))
    export_steps(network, steps_file(path))
    export_alone(network, alone_file(path))
    for engine in (StepsEngine(path), AloneEngine(path)):
        hold_to_account(network, engine)
    text = card(trainer.settings, trainer.config, trainer.figures, sum(w.numel() for w in network.parameters()),
                trainer.step, init.name if init else "")
    with replacing(folder / "MODEL_CARD.md") as file:
        file.write(text.encode())
    say(f"wrote {path}, {name}.safetensors and MODEL_CARD.md; "
        f"try: rigdriver drive --model {path} line.wav -o line.npz")
    return path


def _nothing(line: str) -> None:
    pass
