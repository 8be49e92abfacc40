"""`rigdriver doctor` says what is wrong, and does not say what cannot be known."""

import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rigdriver import outputs
from rigdriver.doctor import budget, devices, installed, receiver
from rigdriver.doctor.finding import BAD, GOOD, NOTE, Finding
from rigdriver.doctor.hints import ENGINES, hints
from tests.outputs.sending import HEADER, LISTENING

ROOT = Path(__file__).parents[2]


def doctor(*arguments: str) -> tuple[int, list[dict], str]:
    command = [sys.executable, "-m", "rigdriver", "doctor", "--json", "--quick", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def states(findings: list[Finding]) -> set[str]:
    return {finding.state for finding in findings}


def test_the_extras_are_those_of_the_project() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8").partition("[project.optional-dependencies]")[2]
    there = set(re.findall(r"^(\w+) = \[", text.partition("\n[")[0], re.MULTILINE))
    assert there - set(installed.EXTRAS) == {"dev"} and set(installed.EXTRAS) <= there


def test_what_is_installed_is_told_and_a_model_that_is_none_is_bad(tmp_path: Path) -> None:
    found = list(installed.look())
    assert found[0].text.startswith("rigdriver ") and "onnxruntime" in found[1].text
    assert BAD not in states(found)
    (tmp_path / "model.onnx").write_bytes(b"nothing")
    assert list(installed.look(tmp_path / "model.onnx"))[1].state == BAD


@pytest.mark.parametrize("scheme", LISTENING)
def test_a_receiver_that_is_there(scheme: str) -> None:
    """It cannot be known that it reads; it is known that the port is held, and what it would see."""
    with outputs.open_listener(f"{scheme}://127.0.0.1:0") as listener:
        found = list(receiver.look(f"{scheme}://127.0.0.1:{listener.port}"))
        heard = 0
        while listener.receive(0.05):
            heard += 1
    assert BAD not in states(found) and heard > 20
    assert any("only it can say" in finding.text for finding in found)
    (echo,) = [finding for finding in found if "names" in finding.figures]
    assert any("jawopen" in name.lower() for name in echo.figures["names"]) and echo.figures["bytes"] > 250


def test_a_receiver_that_is_not_there_is_bad_and_says_why() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    code, found, _ = doctor(f"livelink://127.0.0.1:{port}")
    bad = [finding["text"] for finding in found if finding["state"] == "bad"]
    assert code == 1 and len(bad) == 1 and f"nobody listens at 127.0.0.1:{port}" in bad[0]


def test_a_silent_receiver_on_another_machine_is_never_called_good(monkeypatch: pytest.MonkeyPatch) -> None:
    """UDP gives no proof of arrival. 192.0.2.1 is nobody's address."""
    found = list(receiver.look("osc://192.0.2.1:9000"))
    told = [finding for finding in found if "figures" in vars(finding) and "sent" in finding.figures]
    if not told:
        pytest.skip("this machine has no way to other networks")
    assert told[0].state != GOOD and ("no proof" in told[0].text or told[0].state == BAD)


def test_names_and_addresses_that_are_none() -> None:
    found = list(receiver.look("vmc://no.such.host.invalid"))
    assert found[0].state == BAD and "no.such.host.invalid" in found[0].text
    code, found_, complaint = doctor("pigeon://here")
    assert code == 2 and not found_ and "no output 'pigeon'" in complaint


def test_a_port_that_askers_should_find_but_another_program_holds() -> None:
    with outputs.open_listener("osc://:0") as other:
        assert next(receiver.look(f"ifacialmocap://:{other.port}")).state == BAD
        port = other.port
    assert next(receiver.look(f"ifacialmocap://:{port}")).state == GOOD


def test_recordings_are_tried_and_nothing_is_written(tmp_path: Path) -> None:
    assert states(list(receiver.look(f"npz:{tmp_path / 'a.npz'}"))) == {GOOD}
    assert not list(tmp_path.iterdir())


def test_a_port_that_pages_connect_to() -> None:
    pytest.importorskip("websockets")
    assert next(receiver.look("ws://127.0.0.1:0")).state == GOOD
    with outputs.open_output("ws://127.0.0.1:0", HEADER) as other:
        assert next(receiver.look(f"ws://127.0.0.1:{other.port}")).state == BAD


def test_the_budget_is_the_sum_of_its_parts() -> None:
    whole, hearing = budget.look()
    parts = whole.figures
    assert parts["step_ms"] == pytest.approx(1000 / 60) and parts["lookahead_ms"] == pytest.approx(4000 / 60)
    named = sum(parts[f"{name}_ms"] for name in ("capture", "step", "lookahead", "wake", "send"))
    assert parts["total_ms"] == pytest.approx(named)
    assert hearing.figures["compute_p99_ms"] == parts["compute_ms"] > 0.2


@pytest.mark.parametrize(("sound", "state", "says"), [
    (np.zeros(0), BAD, "gave no sound"), (np.zeros(480), NOTE, "silence"), (np.full(480, 0.002), GOOD, "faint"),
    (np.full(480, 0.3), GOOD, "-10 dB"), (np.full(480, 1.0), NOTE, "too loud"),
])
def test_levels_are_judged(sound: np.ndarray, state: str, says: str) -> None:
    found = devices._judged("Headset", 48000, sound, [0.0, 0.005, 0.02], 8.0)
    assert found.state == state and says in found.text


def test_no_sounddevice_is_a_note_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    (found,) = devices.look()
    assert found.state == NOTE and "rigdriver[mic]" in found.text


@pytest.mark.parametrize("scheme", LISTENING)
@pytest.mark.parametrize("system", ["win32", "darwin", "linux"])
def test_every_receiver_has_words_for_its_engine_and_the_firewall(scheme: str, system: str,
                                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", system)
    said = hints(scheme, 4321)
    assert len(said) == len(ENGINES[scheme]) + 1 and not any("{" in text for text in said)
    assert any("4321" in text for text in said) or system == "darwin"
