"""Where the real programs are. A test of one that is not installed is skipped with a plain word, or fails where
RIGDRIVER_REQUIRE_PROGRAMS=1 says that everything should be there. `install.sh` beside this file installs them."""

import json
import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

HERE = Path(__file__).parent
INSTALL = "run tests/programs/install.sh"


def lacking(what: str) -> NoReturn:
    if os.environ.get("RIGDRIVER_REQUIRE_PROGRAMS") == "1":
        pytest.fail(f"{what} is not installed; {INSTALL}")
    pytest.skip(f"{what} is not installed; {INSTALL}")


def program(name: str) -> str:
    return shutil.which(name) or lacking(name)


@pytest.fixture(scope="session")
def node() -> str:
    """Node, with the packages of package.json."""
    for package in json.loads((HERE / "package.json").read_text(encoding="utf-8"))["dependencies"]:
        if not (HERE / "node_modules" / package).is_dir():
            lacking(f"the npm package {package}")
    return program("node")


@pytest.fixture(scope="session")
def chromium() -> str:
    return program("chromium")


@pytest.fixture(scope="session")
def blender() -> str:
    return program("blender")


@pytest.fixture(scope="session")
def godot() -> str:
    return program("godot3-server")


@pytest.fixture(scope="session")
def assimp() -> str:
    return program("assimp")


@pytest.fixture(scope="session")
def screen() -> str:
    """xvfb-run: a screen for programs with a window."""
    return program("xvfb-run")
