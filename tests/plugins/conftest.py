"""The importer for Unreal, loaded afresh on a stand-in of each version; the package for Unity, compiled once."""

import importlib
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.plugins.unreal_stand_in import Unreal
from tests.programs.conftest import program

PLUGINS = Path(__file__).parents[2] / "plugins"
UNREAL = PLUGINS / "unreal" / "RigdriverImporter" / "Content" / "Python"
PACKAGE = PLUGINS / "unity"
CHECK = Path(__file__).parent / "unity"
VERSIONS = ((5, 1), (5, 3), (5, 5), (5, 8))


@pytest.fixture
def version() -> tuple[int, int]:
    """Unreal's version; a test that should run on several is parametrized over it."""
    return VERSIONS[-1]


@pytest.fixture
def unreal(version: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A fresh editor, in which `import unreal` and `import rigdriver_unreal` work."""
    engine = Unreal(version)
    forget()
    monkeypatch.setitem(sys.modules, "unreal", engine)
    monkeypatch.syspath_prepend(str(UNREAL))
    yield engine
    assert engine.desk.brackets == 0 and engine.desk.in_transaction == 0, "a bracket or a transaction was left open"
    forget()


def forget() -> None:
    for name in [name for name in sys.modules if name.split(".")[0] in ("rigdriver_unreal", "init_unreal")]:
        del sys.modules[name]


@pytest.fixture
def importer(unreal: Any) -> ModuleType:
    return importlib.import_module("rigdriver_unreal")


@pytest.fixture
def part(unreal: Any) -> Any:
    """A module of the importer by its name."""
    return lambda name: importlib.import_module(f"rigdriver_unreal.{name}")


@pytest.fixture(scope="session")
def check(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Runs a command of Check.cs; gives its lines as JSON."""
    program("mcs")
    mono, out = program("mono"), tmp_path_factory.mktemp("unity")
    built = subprocess.run(["sh", str(CHECK / "build.sh"), str(PACKAGE), str(out)], capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr

    def run(*arguments: object, rc: int = 0) -> list[Any]:
        done = subprocess.run([mono, str(out / "Check.exe"), *map(str, arguments)], capture_output=True, text=True,
                              encoding="utf-8", env={**os.environ, "LC_ALL": "C.UTF-8"})  # fmt: skip
        assert done.returncode == rc, done.stdout[-2000:] + done.stderr[-2000:]
        return [json.loads(line) if line[0] in '{["' else line for line in done.stdout.splitlines() if line]

    return run


def blender_build() -> ModuleType:
    """The build script of the add-on for Blender."""
    return _loaded("blender_build", PLUGINS / "blender" / "build.py")


def _loaded(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def in_blender(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A module of the add-on for Blender that needs no Blender, by its name."""
    package = ModuleType("rigdriver_blender")
    package.__path__ = [str(PLUGINS / "blender" / "rigdriver_blender")]
    monkeypatch.setitem(sys.modules, "rigdriver_blender", package)
    yield lambda name: importlib.import_module(f"rigdriver_blender.{name}")
    for name in [name for name in sys.modules if name.startswith("rigdriver_blender.")]:
        del sys.modules[name]
