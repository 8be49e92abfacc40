"""The JavaScript example speaks with our server, in Node and in a page of Chromium."""

import json
import re
import subprocess
from collections.abc import Iterator

import pytest

from rigdriver.model.runtime import Model
from rigdriver.pipeline import Drive
from tests.programs.conftest import HERE
from tests.service.serving import Served, serving
from tests.speech import EXAMPLES

SAID = re.compile(r"1000: (\d+) frames, jawOpen up to (\d\.\d+)")


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(Drive(Model.load())) as running:
        yield running


def check(said: str) -> None:
    found = SAID.search(said)
    assert found, said
    assert 120 <= int(found[1]) < 180 and float(found[2]) > 0.2


def test_node_speaks_with_it(served: Served, node: str) -> None:
    command = [node, "--experimental-websocket", str(EXAMPLES / "07_serve.mjs"), url(served)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    check(done.stdout + done.stderr)


def test_a_page_speaks_with_it(served: Served, node: str, chromium: str) -> None:
    job = json.dumps({"chromium": chromium, "examples": str(EXAMPLES), "url": url(served)})
    done = subprocess.run([node, str(HERE / "speak.mjs")], input=job, capture_output=True, text=True, timeout=120)
    check(done.stdout + done.stderr)


def url(served: Served) -> str:
    return f"ws://127.0.0.1:{served.port}/v1/stream"
