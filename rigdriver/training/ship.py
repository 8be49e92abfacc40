"""From a training file to files that ship: the ONNX model and the checkpoint, settings and sources inside."""

from __future__ import annotations

from pathlib import Path

from rigdriver.model.checkpoint import save_network
from rigdriver.model.export import export_onnx
from rigdriver.training import config as configs
from rigdriver.training.train import Say, train


def train_and_ship(config_path: Path, data: Path, folder: Path, say: Say, init: Path | None = None) -> Path:
    """Trains, then writes NAME.onnx and NAME.safetensors into `folder`; returns the path of the first."""
    config = configs.load(config_path)
    network = train(config, data, folder, say, init)
    path = folder / f"{config.name}.onnx"
    export_onnx(network, path)
    save_network(network, path.with_suffix(".safetensors"))
    say(f"wrote {path} and {path.with_suffix('.safetensors').name}")
    return path
