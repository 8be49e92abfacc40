"""Recordings in, clips out, over HTTP; who may come in; health and figures; a stop by signal."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

import rigdriver
from rigdriver import formats
from rigdriver.model.runtime import Model
from rigdriver.pipeline import Drive
from rigdriver.service.guard import Guard
from rigdriver.service.limits import Limits
from tests.service.serving import Served, heard, pcm, serving, until
from tests.speech import HELLO

TOKEN = "a token, with spaces"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def way() -> Drive:
    return Drive(Model.load())


@pytest.fixture(scope="module")
def served(way: Drive) -> Iterator[Served]:
    with serving(way, Limits(upload_bytes=1 << 20, jobs=1)) as running:
        yield running


def post(served: Served, body: bytes, **query) -> httpx.Response:
    return httpx.post(served.http("/v1/drive"), content=body, params=query, timeout=60)


@pytest.mark.parametrize("format, query", [
    ("npz", {}), ("csv", {"fps": "30"}), ("glb", {}),
    ("plain-json", {"rig": "vrm1", "fps": "24", "emotion": "joy=.5", "set": ["blink.spread=.3", "seed=4"]})])
def test_a_recording_comes_back_as_drive_would_write_it(
        served: Served, tmp_path: Path, format: str, query: dict) -> None:
    answer = post(served, HELLO.read_bytes(), format=format, **query)
    assert answer.status_code == 200, answer.text
    path = tmp_path / f"clip{formats.suffix_of(format)}"
    path.write_bytes(answer.content)
    clip = formats.read(path, format)
    if format == "npz":
        ours = rigdriver.drive(HELLO)
        assert clip.names == ours.names and np.abs(clip.values - ours.values).max() < 1e-4
    assert clip.fps == int(query.get("fps", 60)) and len(clip) > 50


@pytest.mark.parametrize("query, why", [
    ({"format": "docx"}, "no format"), ({"format": "gltf"}, "ask for glb"),
    ({"rig": "/etc/passwd"}, "no rig"), ({"fps": "fast"}, "not a frame rate"),
    ({"onto": "x.glb"}, "unknown option"), ({"set": "emotion.poses=/etc/passwd"}, "names a file"),
    ({"seed": "-1"}, "whole number"), ({"direct": "1 dance"}, "dance"), ({"set": "no such"}, "NAME=VALUE")])
def test_a_wish_that_cannot_be_is_one_clear_line(served: Served, query: dict, why: str) -> None:
    answer = post(served, HELLO.read_bytes(), **query)
    assert answer.status_code == 400 and why in answer.json()["error"] and "\n" not in answer.json()["error"]


def test_a_form_is_told_what_a_body_is(served: Served) -> None:
    answer = httpx.post(served.http("/v1/drive"), files={"file": HELLO.read_bytes()})
    assert answer.status_code == 400 and "not a part of a form" in answer.json()["error"]


def test_a_body_that_is_no_sound_is_refused_and_no_folder_told_or_left(
        served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for body, status in ((b"", 400), (b"no sound at all, but long enough", 400), (HELLO.read_bytes()[:3000], 400),
                         (bytes(2 << 20), 413)):
        answer = post(served, body)
        assert answer.status_code == status and str(tmp_path) not in answer.text and answer.json()["error"]
    assert not list(tmp_path.iterdir())


def test_a_job_that_takes_too_long_is_ended(way: Drive) -> None:
    with serving(way, Limits(job_s=0.05)) as served:
        answer = post(served, HELLO.read_bytes())
        assert answer.status_code == 413 and "0.05 s" in answer.json()["error"]
        assert served.house.jobs == 0


def test_a_client_that_goes_takes_its_job_along(
        served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(served.http("/v1/drive"), content=HELLO.read_bytes(), timeout=0.15)
    deadline = time.perf_counter() + 5
    while (served.house.jobs or list(tmp_path.iterdir())) and time.perf_counter() < deadline:
        time.sleep(0.02)
    assert not served.house.jobs and not list(tmp_path.iterdir())


def test_health_and_figures(served: Served) -> None:
    with served.stream() as (socket, _):
        socket.send(pcm(np.zeros(1600)))
        for _ in range(5):
            heard(socket)
        word = httpx.get(served.http("/health")).json()
        assert word["status"] == "ok" and word["sessions"] == 1 and word["room"]
        text = httpx.get(served.http("/metrics")).text
    rows = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert int(rows["rigdriver_sessions"]) == 1 and int(rows["rigdriver_sessions_total"]) >= 1
    assert int(rows["rigdriver_frames_sent_total"]) >= 5 and float(rows['rigdriver_tick_seconds{quantile="0.99"}']) > 0
    assert text.count("# TYPE") == len({line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")})


def test_a_stream_that_is_asked_for_by_http_is_told_how(served: Served) -> None:
    answer = httpx.get(served.http("/v1/stream"))
    assert answer.status_code == 426 and "ws://" in answer.json()["error"]


def test_without_the_token_nobody_comes_in(way: Drive) -> None:
    with serving(way, token=TOKEN) as served:
        assert httpx.get(served.http("/health")).status_code == 200
        for path in ("/metrics", "/v1/drive"):
            for headers in ({}, {"Authorization": "Bearer other"}, {"Authorization": TOKEN}):
                method = "POST" if path == "/v1/drive" else "GET"
                assert httpx.request(method, served.http(path), headers=headers).status_code == 401
        assert httpx.get(served.http("/metrics"), headers=BEARER).status_code == 200
        for hello in ("{}", '{"token": ""}', '{"token": "a token"}', '{"token": "\\ud800"}'):
            with served.connect() as socket:
                socket.send(hello)
                assert heard(socket) == {"error": "the token is wrong"}
        with served.stream(token=TOKEN) as (socket, ready):
            assert ready["names"]
        with served.connect(additional_headers=BEARER) as socket:
            socket.send("{}")
            assert "ready" in heard(socket)


def test_a_page_of_another_origin_is_kept_out_where_there_is_no_token(served: Served) -> None:
    url = f"ws://127.0.0.1:{served.port}/v1/stream"
    with pytest.raises(InvalidStatus, match="403"):
        connect(url, origin="https://evil.example")
    with connect(url, origin="http://localhost:3000") as socket:
        socket.send("{}")
        assert "ready" in heard(socket)
    for headers in ({"Origin": "null"}, {"Host": "evil.example"}):
        assert httpx.post(served.http("/v1/drive"), content=b"x", headers=headers).status_code == 401


def test_the_guard_knows_the_loopback_by_all_its_names() -> None:
    guard = Guard()
    for host in ("localhost:8765", "127.0.0.1", "[::1]:80"):
        assert guard.admits({"host": host})
    for host in ("", "localhost.evil.example", "evil.example", "[", "127.0.0.1.evil.example:8765"):
        assert not guard.admits({"host": host})


@pytest.mark.parametrize("arguments, why", [
    (["--host", "0.0.0.0"], "--token"), (["--sessions", "0"], "above 0"),
    (["--waiting-s", "1000"], "600 at most"), (["--port", "99999"], "65535"),
    (["--token", ""], "token is empty"), (["--token-file", "nowhere"], "cannot be read"),
    (["--host", "no-such-host.invalid"], "--token")])
def test_the_command_says_what_is_wrong(arguments: list[str], why: str) -> None:
    ran = subprocess.run([sys.executable, "-m", "rigdriver", "serve", *arguments], capture_output=True, text=True,
                         timeout=60)
    assert ran.returncode == 2 and why in ran.stderr and "Traceback" not in ran.stderr


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals to send")
@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_gracefully_and_a_port_in_use_is_said(sign: signal.Signals) -> None:
    command = [sys.executable, "-m", "rigdriver", "serve", "--stop-s", "3"]
    with subprocess.Popen([*command, "--port", "0"], stderr=subprocess.PIPE, text=True) as process:
        try:
            line = process.stderr.readline()
            port = int(line.split("127.0.0.1:")[1].split("/")[0])
            taken = subprocess.run([*command, "--port", str(port)], capture_output=True, text=True, timeout=60)
            assert taken.returncode == 2 and "--port" in taken.stderr
            with connect(f"ws://127.0.0.1:{port}/v1/stream") as socket:
                socket.send(json.dumps({"fps": 30}))
                assert "ready" in heard(socket)
                heard(socket)
                process.send_signal(sign)
                assert until(socket, "stopping")[1]["stopping"] == 3.0
                assert "ended" in until(socket, "ended")[1]
            assert process.wait(20) == 0
            assert "Traceback" not in process.stderr.read()
        finally:
            process.kill()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals to send")
def test_a_second_signal_waits_for_nobody() -> None:
    command = [sys.executable, "-m", "rigdriver", "serve", "--stop-s", "60", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            port = int(process.stderr.readline().split("127.0.0.1:")[1].split("/")[0])
            with connect(f"ws://127.0.0.1:{port}/v1/stream") as socket:
                socket.send("{}")
                assert "ready" in heard(socket)
                socket.send(pcm(np.ones(30 * 16000) * 0.1))
                for sign in ("stopping", ""):
                    process.send_signal(signal.SIGINT)
                    if sign:
                        until(socket, sign)
                assert process.wait(20) == 0
            assert process.stderr.read() == ""
        finally:
            process.kill()
