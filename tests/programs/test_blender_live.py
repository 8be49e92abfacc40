"""The add-on's receiver in a Blender with a window, and `rigdriver live` on the other side of the loopback."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rigdriver
from rigdriver import rotation
from rigdriver.outputs import open_listener
from rigdriver.resources import HEAD
from tests.plugins.conftest import blender_build
from tests.programs.conftest import HERE

SPEECH = HERE.parents[1] / "examples" / "moons.wav"
REST, START, FPS = 0.125, 11, 24  # the jaw before anything comes; where the recording begins; Blender's default
ANGLES = [0.4, -0.2, 0.1, 0.3, 0.15, 0.0, 0.0, 0.0, 0.0]  # yaw, pitch, roll of head, left and right eye
FEWEST = 60  # moves of the face, before the sender is killed


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Blender:
    """A session of blender_live.py, and the lines that it says."""

    def __init__(self, blender: str, screen: str, folder: Path, picture: str = ""):
        self.folder, self.port = folder, free_port()
        told = {"zip": str(blender_build().build(folder)), "head": str(HEAD), "port": self.port, "folder": str(folder),
                "picture": picture, "angles": ANGLES}
        (folder / "told.json").write_text(json.dumps(told))
        size = ["--window-geometry", "0", "0", "900", "700"]
        self._process = subprocess.Popen(
            [screen, "-a", "-s", "-screen 0 900x700x24", blender, "--factory-startup", "-noaudio", *size, "--python",
             str(HERE / "blender_live.py"), "--", str(folder / "told.json")], text=True, start_new_session=True,
            env={**os.environ, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder / "config")},
            stdout=subprocess.PIPE, stderr=(folder / "errors").open("w"))

    def step(self, name: str) -> dict[str, Any]:
        for line in self._process.stdout or ():
            if line.startswith("STEP "):
                said = json.loads(line[5:])
                assert said.pop("step") == name
                return said
        pytest.fail(f"Blender ended before {name}: " + (self.folder / "errors").read_text()[-3000:])

    def goes_on(self, name: str) -> None:
        (self.folder / name).touch()

    @property
    def moves(self) -> list[list[Any]]:
        """Time (s), frame, jaw, head (w x y z), left eye, of every move so far."""
        path = self.folder / "moves.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()[:-1]] if path.exists() else []

    def close(self) -> None:
        """It and the screen that it was given."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait(20)


def speaking(*places: str, seconds: float) -> subprocess.Popen:
    to = [word for place in places for word in ("--to", place)]
    return subprocess.Popen([sys.executable, "-m", "rigdriver", "live", "--from", str(SPEECH), "--seconds",
                             str(seconds), *to], stderr=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def seen(blender: str, screen: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """A voice that dies, and another that is recorded; what each step showed, and when each frame came by."""
    folder = tmp_path_factory.mktemp("live")
    hero = Blender(blender, screen, folder)
    try:
        steps = {name: hero.step(name) for name in ("objects", "listening")}
        with open_listener("osc://127.0.0.1:0") as other:
            first = speaking(f"osc://127.0.0.1:{hero.port}", f"osc://127.0.0.1:{other.port}", seconds=60)
            deadline = time.monotonic() + 40
            came: dict[int, tuple[float, dict[str, float]]] = {}
            while len(hero.moves) < FEWEST and time.monotonic() < deadline:
                _listen(other, came)
            first.kill()
            first.wait()
        first_moves = hero.moves
        hero.goes_on("died")
        steps["rested"] = hero.step("rested")
        second = speaking(f"osc://127.0.0.1:{hero.port}", f"npz:{folder / 'live.npz'}", seconds=4)
        steps["again"] = hero.step("again")
        second.wait(30)
        hero.goes_on("over")
        steps |= {name: hero.step(name) for name in ("kept", "opened")}
    finally:
        hero.close()
    yield {**steps, "moves": first_moves, "came": came, "clip": rigdriver.read(folder / "live.npz"), "all": hero.moves}


def _listen(other: Any, came: dict[int, tuple[float, dict[str, float]]]) -> None:
    """When each frame's first packet is there, and what the frame holds, by another receiver."""
    until = time.monotonic() + 0.1
    while time.monotonic() < until:
        packet = other.receive(0.02)
        if packet is not None and packet.frame is not None:
            came.setdefault(packet.frame, (time.monotonic(), {}))[1].update(zip(packet.names, packet.values.tolist()))


def test_shape_keys_and_bones_are_those_of_the_frame(seen: dict[str, Any]) -> None:
    whole = max(len(values) for _, values in seen["came"].values())
    sent = {frame: values for frame, (_, values) in seen["came"].items() if len(values) == whole}
    rows = [row for row in seen["moves"] if row[1] in sent]
    assert len(rows) > FEWEST / 2
    held = {name: np.array([sent[row[1]][name] for row in rows]) for name in sent[rows[0][1]]}
    np.testing.assert_allclose([row[2] for row in rows], held["jawOpen"], atol=1e-5)
    assert np.ptp([row[2] for row in rows]) > 0.1, "it speaks"
    for column, of, share in ((3, "head", 0.65), (4, "leftEye", 1.0)):
        turn = rotation.from_angles(*(held[f"{of}{part}"] for part in ("Yaw", "Pitch", "Roll")))
        angle = 2 * np.arccos(np.clip(np.abs([row[column][0] for row in rows]), 0, 1))
        meant = 2 * np.arccos(np.clip(np.abs(turn[:, 3]), 0, 1)) * share
        np.testing.assert_allclose(angle, meant, atol=1e-3)
        assert np.ptp(angle) > 0.01, f"the {of} turns"


def test_heads_that_are_objects_turn_in_their_characters_own_axes(seen: dict[str, Any]) -> None:
    """Up is the root's Z and the face looks along its −Y; the eye is carried by the head."""
    before, now, half, after = np.array(seen["objects"]["turns"])[:, :, [1, 2, 3, 0]]

    def turned(yaw: float, pitch: float, roll: float) -> np.ndarray:
        x, y, z, w = rotation.from_angles(np.array(yaw), np.array(pitch), np.array(roll))
        root = before[0]
        return rotation.multiply(rotation.multiply(root, np.array([x, -z, y, w])), rotation.inverse(root))

    head = turned(*ANGLES[:3])
    eye = rotation.multiply(head, turned(*ANGLES[3:6]))
    for k, turn in ((1, head), (2, eye)):
        assert abs(rotation.multiply(turn, before[k]) @ now[k]) == pytest.approx(1, abs=1e-5)
        assert abs(before[k] @ after[k]) == pytest.approx(1, abs=1e-6)
    assert abs(rotation.multiply(rotation.part(head, 0.5), before[1]) @ half[1]) == pytest.approx(1, abs=1e-5)
    assert before[0] == pytest.approx(now[0], abs=1e-6)


def test_it_moves_when_the_frame_is_there(seen: dict[str, Any]) -> None:
    """Not queued: a screen drawn without a graphics card shows some thirty frames a second, each of them a new one."""
    late = [row[0] - seen["came"][row[1]][0] for row in seen["moves"] if row[1] in seen["came"]]
    frames = [row[1] for row in seen["moves"] if row[1] is not None]
    assert len(late) > FEWEST / 2 and np.median(late) < 0.1 and np.percentile(late, 90) < 0.4, late
    assert frames == sorted(frames) and len(set(frames)) > 0.5 * len(frames)


def test_a_sender_that_dies_leaves_a_face_at_rest_and_a_new_one_is_followed(seen: dict[str, Any]) -> None:
    rested, again = seen["rested"], seen["again"]
    assert rested["jaw"] == pytest.approx(REST) and rested["head"] == pytest.approx([1, 0, 0, 0])
    assert "none for" in rested["told"] and "face rests" in rested["told"]
    assert again["seconds"] > 0.5 and "packets" in again["told"]
    assert len(seen["all"]) > len(seen["moves"]) + FEWEST / 4, "it goes on"


def test_what_was_recorded_plays_back(seen: dict[str, Any]) -> None:
    kept = seen["kept"]
    times, sent, shown = np.array(kept["jaws"]).T
    assert kept["told"].startswith("recorded 1: ") and "rigdriver live" in kept["tracks"]
    assert len(sent) > 60 and kept["end"] >= START + FPS
    assert np.ptp(sent) > 0.1 and np.abs(shown - sent).mean() < 0.02, "Blender's 24 frames a second hold sixty"
    clip = seen["clip"]
    begins = np.arange(len(clip)) / 60
    off = [np.abs(np.interp(begin + times, clip.times - clip.times[0], clip["jawOpen"]) - sent).mean()
           for begin in begins if begin == 0 or begin + times[-1] < len(clip) / 60]
    assert min(off) < 0.01, "each key lies where its sound is"


def test_stopping_gives_everything_back(seen: dict[str, Any]) -> None:
    assert seen["listening"]["timer"] and "nothing has come yet" in seen["listening"]["told"]
    assert not seen["kept"]["timer"] and seen["kept"]["receiver"] and seen["kept"]["handlers"] == 1


def test_another_file_is_opened_and_nothing_listens_on(seen: dict[str, Any]) -> None:
    assert seen["opened"] == {"receiver": True, "timer": False, "scene": True}
