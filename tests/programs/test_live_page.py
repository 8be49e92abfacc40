"""`ws://` in a real browser: the page that it serves, its head and its curves, in Chromium."""

import contextlib
import json
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib.image
import numpy as np
import pytest

from rigdriver import outputs, resources
from rigdriver import rig as rigs
from rigdriver.clip import Clip
from tests.programs.conftest import HERE

pytest.importorskip("websockets")
HEADER = Clip.header(rigs.canonical().names, 60)
ENOUGH = "window.rigdriver.received > %d && window.rigdriver.open"


def frame(index: int) -> np.ndarray:
    """A jaw that opens and shuts, a head that turns, and a number of its own for every curve."""
    values = (np.arange(len(HEADER.names)) / 1000).astype(np.float32)
    values[HEADER.names.index("jawOpen")] = 0.5 - 0.5 * np.cos(index / 10)
    values[HEADER.names.index("headYaw")] = -0.3 * np.sin(index / 20)
    return values


class Browser:
    """Chromium, led by live_page.mjs."""

    def __init__(self, node: str, chromium: str):
        self._process = subprocess.Popen([node, str(HERE / "live_page.mjs"), chromium], stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, text=True, cwd=HERE)

    def __call__(self, **told: Any) -> Any:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(told) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the browser went"
        said = json.loads(line)
        assert not isinstance(said, dict) or "failed" not in said, said
        return said

    def close(self) -> None:
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            self._process.communicate("", timeout=10)
        self._process.kill()
        self._process.wait()


@pytest.fixture(scope="module")
def browser(node: str, chromium: str) -> Iterator[Browser]:
    made = Browser(node, chromium)
    yield made
    made.close()


class Show:
    """Frames sixty times a second, and when each was sent (ms, the system's clock)."""

    def __init__(self, port: int = 0, query: str = "", header: Clip = HEADER):
        self.output: Any = outputs.open_output(f"ws://127.0.0.1:{port}{query}", header)
        self.port, self.sent = self.output.port, {}
        self._over, self._width = threading.Event(), len(header.names)
        self._thread = threading.Thread(target=self._send)
        self._thread.start()

    def _send(self) -> None:
        began, index = time.monotonic(), 0
        while not self._over.wait(max(0.0, began + index / 60 - time.monotonic())):
            self.sent[index] = time.time() * 1000
            self.output.send(frame(index)[: self._width], index, index / 60)
            index += 1

    def __enter__(self) -> "Show":
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self.output.close()


@pytest.mark.parametrize(("query", "tolerance"), [("", 1e-5), ("?format=float32", 0)])
def test_a_page_gets_what_was_sent_when_it_was_sent(browser: Browser, query: str, tolerance: float) -> None:
    with Show(query=query) as show:
        browser(open=show.output.url)
        state = browser(waits=ENOUGH % 90)
        assert state["problems"] == [] and all(url.startswith(show.output.url) for url in state["asked"])
        assert state["header"]["names"] == list(HEADER.names) and state["rows"] == len(HEADER.names)
        assert state["header"]["format"] == (query.partition("=")[2] or "json")
        for seen in browser(look=10):
            np.testing.assert_allclose(seen["values"], frame(seen["frame"]), atol=tolerance)
            assert seen["time"] == pytest.approx(seen["frame"] / 60, abs=1e-6)
        came = [each for each in browser(came=True) if each[0] is not None][60:]  # the head is loaded and drawn
        late = [when - show.sent[index] for index, when in came]
        assert np.median(late) < 30 and len(came) > 0.5 * (came[-1][0] - came[0][0]), late


@pytest.mark.skipif(not resources.HEAD.is_file(), reason="the built-in head is not built")
def test_the_head_moves_with_the_curves(browser: Browser, tmp_path: Path) -> None:
    """Two still frames: mouth shut, and open with the head turned; and the numbers beside them."""
    pictures = []
    with outputs.open_output("ws://127.0.0.1:0", HEADER) as output:
        browser(open=output.url)
        browser(waits="window.rigdriver.open")
        for index in (0, 31):
            output.send(frame(index), index, index / 60)
            state = browser(waits=f"window.rigdriver.drawn === {index}")
            browser(shot=str(tmp_path / f"{index}.png"))
            pictures.append(matplotlib.image.imread(tmp_path / f"{index}.png")[60:, :600, :3])
        shown = dict(zip(HEADER.names, browser(look=1)[0]["shown"]))
    assert state["problems"] == [] and state["note"] == ""
    assert shown["jawOpen"] == f"{frame(31)[HEADER.names.index('jawOpen')]:.2f}" and shown["headYaw"].endswith("°")
    rest, open_ = pictures
    assert np.ptp(rest.mean(axis=2)) > 0.5, "something is drawn"
    assert 0.005 < np.abs(open_ - rest).mean() < 0.3
    mouth = open_[330:460, 240:360].mean(axis=2), rest[330:460, 240:360].mean(axis=2)
    assert mouth[0].min() < mouth[1].min() + 0.05 and mouth[0].mean() < mouth[1].mean(), "an open mouth is dark"


def test_it_comes_back_when_the_server_does(browser: Browser) -> None:
    with Show() as show:
        browser(open=show.output.url)
        browser(waits=ENOUGH % 5)
    state = browser(waits="document.querySelector('#told').textContent.includes('no connection')")
    assert not state["open"]
    other = Clip.header(("aa", "blink"), 30)
    with Show(show.port, "?format=float32", other):
        state = browser(waits=f"window.rigdriver.connections === 2 && {ENOUGH % (state['received'] + 10)}")
        assert state["header"]["names"] == ["aa", "blink"] and state["rows"] == 2 and len(state["values"]) == 2
        assert "ARKit" in state["note"], "curves that the head has nothing for are told"


def test_pages_of_other_sites_get_nothing(browser: Browser) -> None:
    """Also one whose name was made to lead here, and that asks at this very port."""
    with Show() as show, Show(query="?origin=*") as anyone:
        assert browser(lure=show.port, **{"from": "evil.example"}) == "refused"
        assert browser(lure=show.port, **{"from": "localhost"}).startswith("read ")
        assert browser(lure=anyone.port, **{"from": "evil.example"}).startswith("read ")
        browser(open=f"http://rebound.example:{show.port}/")
        state = browser(waits="document.querySelector('#told').textContent.includes('no connection')")
        assert state["received"] == 0 and state["connections"] == 0
