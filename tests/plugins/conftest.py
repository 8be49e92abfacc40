"""The importer for Unreal, loaded afresh on a stand-in of each version."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.plugins.unreal_stand_in import Unreal

PLUGINS = Path(__file__).parents[2] / "plugins"
UNREAL = PLUGINS / "unreal" / "RigdriverImporter" / "Content" / "Python"
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
