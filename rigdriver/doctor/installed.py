"""What is installed: versions, the model and its engines, and what each extra would add."""

from __future__ import annotations

import importlib.util
import os
import platform
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rigdriver import __version__
from rigdriver.doctor.finding import BAD, GOOD, NOTE, Finding
from rigdriver.errors import RigdriverError
from rigdriver.model.runtime import DEFAULT, Model

AREA = "installed"
EXTRAS = {
    "mic": (("sounddevice",), "microphones, and playing the sound"),
    "media": (("av",), "m4a, mp4, webm and video"),
    "usd": (("pxr",), "USD files"),
    "serve": (("fastapi", "uvicorn", "websockets"), "many voices in one process, over the network"),
    "grpc": (("grpc", "google.protobuf"), "clients of Audio2Face-3D, at rigdriver serve"),
    "solve": (("scipy",), "rigs from shapes that have no known names"),
    "plots": (("matplotlib",), "pictures of evaluations"),
    "train": (("torch", "safetensors", "onnx", "scipy", "librosa", "pocketsphinx"), "training on your own takes"),
    "cluster": (("ray",), "training on several machines"),
}
"""The modules of each extra, and what it is for. A test holds it to pyproject.toml."""


def look(model: Path = DEFAULT) -> Iterator[Finding]:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    yield Finding(AREA, GOOD, f"rigdriver {__version__}, Python {platform.python_version()}, {platform.platform()}, "
                  f"{cores} cores", {"version": __version__, "python": platform.python_version(), "cores": cores})
    yield _model(model)
    for extra, (modules, purpose) in EXTRAS.items():
        lacking = [module for module in modules if not _there(module)]
        if lacking:
            yield Finding(AREA, NOTE, f"no {', '.join(lacking)}: {purpose}; pip install 'rigdriver[{extra}]'",
                          {"extra": extra, "lacking": lacking})
        else:
            yield Finding(AREA, GOOD, f"{extra}: {purpose}", {"extra": extra, "lacking": []})


def _there(module: str) -> bool:
    """Without loading it: PyTorch alone would take seconds."""
    try:
        return module in sys.modules or importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def _model(path: Path) -> Finding:
    engines = [f"{name} {version(name)}" for name in ("onnxruntime", "torch") if _installed(name)]
    try:
        settings = Model.load(path).settings
    except RigdriverError as error:
        return Finding(AREA, BAD, str(error))
    return Finding(AREA, GOOD, f"model {settings.name} ({path.stat().st_size / 1e6:.1f} MB) runs on {engines[0]}"
                   f"{'; ' + ', '.join(engines[1:]) + ' is there, too' if engines[1:] else ''}",
                   {"model": settings.name, "engines": engines})


def _installed(name: str) -> bool:
    try:
        return bool(version(name))
    except PackageNotFoundError:
        return False
