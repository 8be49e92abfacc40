"""Every numbered example runs, is short, and says first what it shows."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.speech import EXAMPLES

SCRIPTS = sorted(EXAMPLES.glob("[0-9]*.py"))


def test_there_are_examples() -> None:
    assert [script.name[:2] for script in SCRIPTS] == [f"{k:02}" for k in range(1, len(SCRIPTS) + 1)]
    assert SCRIPTS


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_example(script: Path, tmp_path: Path) -> None:
    text = script.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 50
    assert ast.get_docstring(ast.parse(text))
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, cwd=tmp_path, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout
