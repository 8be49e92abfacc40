"""Streams over the loopback: agents speak, are interrupted and directed, and nobody's trouble is another's."""

from __future__ import annotations

import asyncio
import json
import socket as sockets
import struct
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed

from rigdriver import pipeline
from rigdriver import rig as rigs
from rigdriver.audio import Audio
from rigdriver.model.runtime import Model
from rigdriver.pipeline import Drive
from rigdriver.service.hello import Hello
from rigdriver.service.house import House
from rigdriver.service.limits import Limits
from rigdriver.service.session import Session
from rigdriver.service.voice import Voice
from tests.service.serving import RATE, WAIT_S, Served, heard, pcm, serving, until, values
from tests.speech import hello


@pytest.fixture(scope="module")
def way() -> Drive:
    return Drive(Model.load())


@pytest.fixture(scope="module")
def served(way: Drive) -> Iterator[Served]:
    with serving(way) as running:
        yield running


def spoken(seconds: float = 2.0) -> np.ndarray:
    return hello().samples[: round(seconds * RATE)]


def driven(way: Drive, sound: np.ndarray) -> np.ndarray:
    heard_as = np.frombuffer(pcm(sound), "<i2").astype(np.float32) / 2**15
    return pipeline.drive(Audio(heard_as, RATE), way).values


def say(served: Served, sound: np.ndarray, **wants) -> tuple[dict, list[dict], dict]:
    with served.stream(**wants) as (socket, ready):
        socket.send(pcm(sound))
        socket.send('{"end": true}')
        frames, last = until(socket, "ended")
    return ready, frames, last["ended"]


def test_a_voice_becomes_frames_as_drive_has_them(served: Served, way: Drive) -> None:
    sound = np.concatenate([np.zeros(RATE, np.float32), spoken()])
    ready, frames, ended = say(served, sound)
    assert ready["names"] == list(rigs.canonical().names) and ready["fps"] == "60"
    assert ended["dropped"] == 0 and ended["frames"] == len(frames)
    assert [frame["frame"] for frame in frames] == list(range(len(frames)))
    clip = driven(way, sound)
    jaw, mine = clip[:, ready["names"].index("jawOpen")], values(frames)[:, ready["names"].index("jawOpen")]
    lags = [np.abs(mine[lag : lag + len(jaw) - 5] - jaw[: len(mine[lag : lag + len(jaw) - 5])]).mean()
            for lag in range(12)]
    assert min(lags) < 0.02  # the same speech, some ticks later
    assert jaw.max() > 0.2


def test_frames_leave_sixty_times_a_second(served: Served) -> None:
    with served.stream() as (socket, _):
        arrived = []
        for _ in range(150):
            heard(socket)
            arrived.append(time.perf_counter())
    gaps = np.diff(arrived[30:])
    assert 1 / np.mean(gaps) == pytest.approx(60, rel=0.05)


def test_two_agents_talk_at_once_each_with_a_rig_a_rate_and_a_form_of_its_own(served: Served) -> None:
    results: dict[str, tuple] = {}

    def talk(name: str, sound: np.ndarray, **wants) -> None:
        results[name] = say(served, sound, **wants)

    def talk_in_bytes(sound: np.ndarray) -> None:
        with served.stream(format="float32", rig="vrm1", fps=30, sound="f32le@48000") as (socket, ready):
            socket.send(np.repeat(sound, 3).astype("<f4").tobytes())
            socket.send('{"end": true}')
            frames = []
            while isinstance(raw := socket.recv(WAIT_S), bytes):
                frames.append((*struct.unpack_from("<qdd", raw), np.frombuffer(raw, "<f4", offset=24)))
            results["bytes"] = ready, frames, json.loads(raw)["ended"]

    threads = [threading.Thread(target=talk, args=("json", spoken(1.5))),
               threading.Thread(target=talk_in_bytes, args=(spoken(1.5),))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
    ready, frames, _ = results["json"]
    assert values(frames)[:, ready["names"].index("jawOpen")].max() > 0.2
    ready, frames, ended = results["bytes"]
    assert ready["rig"] == "vrm1" and tuple(ready["names"]) == rigs.load("vrm1").names
    assert [frame[0] for frame in frames] == list(range(ended["frames"]))
    assert frames[30][1] == pytest.approx(1.0) and frames[-1][2] == pytest.approx(1.5, abs=0.04)
    shown = np.array([frame[3] for frame in frames])
    assert shown.shape[1] == len(ready["names"]) and shown[:, ready["names"].index("aa")].max() > 0.1


def test_what_was_said_by_a_frame_is_told(served: Served) -> None:
    _, frames, _ = say(served, spoken(1.0))
    said = [frame["said"] for frame in frames]
    assert said[0] < 0.02 and said[-1] == pytest.approx(1.0, abs=0.001) and (np.diff(said) > -1e-6).all()
    middle = frames[len(frames) // 2]
    assert 0 <= middle["time"] - middle["said"] < 0.15  # it began to speak as soon as it could


def test_a_flush_stops_a_sentence(served: Served) -> None:
    with served.stream() as (socket, ready):
        socket.send(pcm(spoken(8.0)))
        frames = [heard(socket) for _ in range(90)]
        socket.send('{"flush": true}')
        after = [heard(socket) for _ in range(90)]
    jaw = ready["names"].index("jawOpen")
    assert values(frames)[:, jaw].max() > 0.1
    assert values(after)[45:, jaw].max() < 0.03
    assert np.abs(np.diff(values([*frames, *after])[:, jaw])).max() < 0.25


def test_an_emotion_set_now_is_shown_from_now_on_and_given_up_again(served: Served) -> None:
    with served.stream(set={"emotion.variation": 0}) as (socket, ready):
        before = [heard(socket) for _ in range(60)]
        socket.send('{"emotion": {"joy": 0.8}}')
        joyful = [heard(socket) for _ in range(120)]
        socket.send('{"direct": "neutral over .3; blink"}')
        after = [heard(socket) for _ in range(120)]
    smile, lid = (ready["names"].index(name) for name in ("mouthSmileLeft", "eyeBlinkLeft"))
    assert values(before)[:, smile].max() < 0.1
    assert values(joyful)[-30:, smile].min() > 0.25
    assert values(after)[-30:, smile].max() < 0.1
    assert values(after)[:45, lid].max() > 0.6
    assert np.abs(np.diff(values([*before, *joyful])[:, smile])).max() < 0.1


@pytest.mark.parametrize("wants, why", [
    ({"rig": "../../etc/passwd"}, "no rig"),
    ({"rgi": "arkit"}, "did you mean 'rig'"),
    ({"fps": 100000}, "outside 1 to 240"),
    ({"fps": "1e999999999"}, "not a frame rate"),
    ({"emotion": {"joy": 10**400}}, "number"),
    ({"lookahead": 10**400}, "lookahead"),
    ({"sound": "mp3@16000"}, "not known"),
    ({"set": {"emotion.poses": "/etc/passwd"}}, "names a file"),
    ({"performance": {"emotion": {"poses": "/etc/passwd"}}}, "names a file"),
    ({"emotion": {"glee": 1}}, "glee"),
    ({"style": "nobody"}, "no style"),
    ({"format": "xml"}, "not known"),
])
def test_a_hello_that_wants_what_is_not_there_is_told_so(served: Served, wants: dict, why: str) -> None:
    with served.connect() as socket:
        socket.send(json.dumps(wants))
        assert why in heard(socket)["error"]
        with pytest.raises(ConnectionClosed):
            socket.recv(WAIT_S)
        assert socket.close_code == 1008


@pytest.mark.parametrize("garbage", ["{", "[]", '{"nan": NaN}', '{"flush": true, "x": 1}', "{}", "[" * 100000,
                                     '{"dance": true}'])
def test_garbage_ends_its_own_stream_with_a_word(served: Served, garbage: str) -> None:
    with served.stream() as (other, _), served.stream() as (socket, _):
        socket.send(garbage)
        _, word = until(socket, "error")
        assert word["error"] and "Traceback" not in word["error"]
        before = heard(other)["frame"]
        assert heard(other)["frame"] == before + 1


@pytest.mark.parametrize("wish", ['{"emotion": {"glee": 0.5}}', '{"emotion": {"joy": "much"}}', '{"direct": "dance"}',
                                  '{"emotion": {"a; b": 1}}', '{"emotion": {"joy": 1' + "0" * 400 + "}}",
                                  '{"direct": "set manner.jaw .5"}', '{"direct": 5}'])
def test_what_cannot_be_followed_is_told_and_the_stream_goes_on(served: Served, wish: str) -> None:
    with served.stream() as (socket, _):
        socket.send(wish)
        frames, word = until(socket, "warning")
        assert word["warning"] and "Traceback" not in word["warning"]
        socket.send('{"emotion": {"joy": 0.5}, "end": true}')
        more, ended = until(socket, "ended")
        assert ended["ended"]["frames"] == len(frames) + len(more) and not ended["ended"]["dropped"]


def test_warnings_for_one_who_reads_nothing_are_not_kept(way: Drive) -> None:
    class Deaf:
        writable = False

    async def kept() -> int:
        session = Session(Deaf(), Hello.read("{}"), Voice(way, 1, 2.0), Limits())
        for _ in range(1000):
            session.warn("no emotion 'glee'")
        return len(session._words)

    assert 0 < asyncio.run(kept()) < 100


def test_half_samples_wait_for_their_other_half_and_bytes_that_are_no_sound_stop_nothing(served: Served) -> None:
    raw = pcm(spoken(1.0))
    with served.stream() as (socket, _):
        for at in range(0, len(raw), 333):
            socket.send(raw[at : at + 333])
        socket.send('{"end": true}')
        frames, _ = until(socket, "ended")
    assert frames[-1]["said"] == pytest.approx(1.0, abs=0.001)
    with served.stream(sound="f32le@16000") as (socket, _):
        socket.send(b"\xff\xff\xff\x7f" * 100)
        assert "NaN" in until(socket, "error")[1]["error"]


def test_a_client_that_sends_for_ever_is_stopped_before_it_fills_the_memory(way: Drive) -> None:
    with serving(way, Limits(waiting_s=3.0, message_bytes=1 << 16)) as served, served.stream() as (socket, _):
        sent = 0
        with pytest.raises(ConnectionClosed):
            while sent < 1 << 30:
                socket.send(bytes(1 << 15))
                sent += 1 << 15
        assert sent < 1 << 26
    with serving(way, Limits(message_bytes=1 << 16)) as served, served.stream() as (socket, _):
        socket.send(bytes(1 << 17))
        with pytest.raises(ConnectionClosed):
            while True:
                socket.recv(WAIT_S)
        assert socket.close_code == 1009


def test_who_says_nothing_is_let_go_and_who_is_too_many_turned_away(way: Drive) -> None:
    with serving(way, Limits(sessions=1, hello_s=0.3, idle_s=0.5)) as served:
        with served.connect() as mute:
            assert "no hello" in heard(mute)["error"]
        with served.stream() as (idle, _):
            with served.connect() as second:
                assert "1 streams are all" in heard(second)["error"]
            assert "not a word" in until(idle, "error")[1]["error"]
        with served.stream() as (again, _):
            assert heard(again)["frame"] == 0


def test_a_place_is_taken_while_its_voice_is_being_made(way: Drive, monkeypatch: pytest.MonkeyPatch) -> None:
    made, make = threading.Event(), House._voice
    monkeypatch.setattr(House, "_voice", lambda house, hello: made.wait(WAIT_S) and make(house, hello))
    with serving(way, Limits(sessions=1)) as served, served.connect() as first:
        first.send("{}")
        time.sleep(0.2)
        with served.connect() as second:
            assert "1 streams are all" in heard(second)["error"]
        made.set()
        assert "ready" in heard(first)


def test_a_fault_of_ours_closes_the_socket(way: Drive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(House, "_voice", lambda house, hello: 1 / 0)
    with serving(way) as served, served.connect() as socket:
        socket.send("{}")
        with pytest.raises(ConnectionClosed):
            socket.recv(WAIT_S)
        assert socket.close_code == 1011


def test_a_client_that_reads_slowly_gets_the_newest_frames_and_holds_up_nobody(way: Drive) -> None:
    with serving(way) as served, served.stream() as (brisk, _):
        with sockets.socket() as slow:
            slow.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
            slow.connect(("127.0.0.1", served.port))
            slow.sendall(b"GET /v1/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                         b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
            assert b" 101 " in slow.recv(4096)
            slow.sendall(masked(b'{"fps": 240}'))
            deadline = time.perf_counter() + WAIT_S
            while not dropped(served) and time.perf_counter() < deadline:
                heard(brisk)
            first = heard(brisk)["frame"]
            rest = [heard(brisk)["frame"] for _ in range(60)]
            assert rest == list(range(first + 1, first + 61))
            assert dropped(served) > 0
            session = next(session for voice, session in served.house.sessions.items() if voice.dropped)
            assert len(session._outbox) <= 16
        deadline = time.perf_counter() + WAIT_S
        while len(served.house.sessions) > 1 and time.perf_counter() < deadline:
            heard(brisk)
        assert len(served.house.sessions) == len(served.house.ensemble) == 1


def dropped(served: Served) -> int:
    return sum(voice.dropped for voice in list(served.house.sessions))


def masked(text: bytes) -> bytes:
    """A WebSocket text frame with a mask of zeros."""
    return bytes([0x81, 0x80 | len(text)]) + bytes(4) + text


def test_a_client_that_vanishes_leaves_nothing_behind(way: Drive) -> None:
    with serving(way) as served:
        for _ in range(5):
            with served.stream() as (socket, _):
                socket.send(pcm(spoken()))
                heard(socket)
                socket.socket.shutdown(sockets.SHUT_RDWR)
        deadline = time.perf_counter() + WAIT_S
        while served.house.sessions and time.perf_counter() < deadline:
            time.sleep(0.05)
        assert not served.house.sessions and not len(served.house.ensemble)


def test_a_stop_lets_a_sentence_end(way: Drive) -> None:
    with serving(way, Limits(stop_s=5.0)) as served, served.stream() as (socket, _):
        socket.send(pcm(spoken(1.5)))
        heard(socket)
        served.server.stop()
        _, word = until(socket, "stopping")
        assert word["stopping"] == 5.0
        frames, _ = until(socket, "ended")
        assert frames[-1]["said"] == pytest.approx(1.5, abs=0.001)


def test_a_stop_waits_for_nobody_longer_than_it_said(way: Drive) -> None:
    with serving(way, Limits(stop_s=0.5)) as served, served.stream() as (socket, _):
        socket.send(pcm(spoken(8.0)))
        heard(socket)
        began = time.perf_counter()
        served.server.stop()
        until(socket, "stopping")
        assert "stopped" in until(socket, "error")[1]["error"]
        served.thread.join(WAIT_S)
        assert time.perf_counter() - began < 5


@pytest.mark.parametrize("options", [{"hop": 2}, {"hop": 4}, {"batched": False}])
def test_other_ways_to_hear_many_give_the_same_faces(way: Drive, options: dict) -> None:
    with serving(way, **options) as served, served.stream(seed=3, fps=60) as (_, _):
        _, frames, ended = say(served, spoken(1.0), seed=3)
    assert [frame["frame"] for frame in frames] == list(range(ended["frames"]))
    assert frames[-1]["said"] == pytest.approx(1.0, abs=0.001)
