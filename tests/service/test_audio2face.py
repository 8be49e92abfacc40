"""Audio2Face-3D's gRPC call, asked by a client that writes its bytes by hand (`ace`)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction

import grpc
import httpx
import numpy as np
import pytest
import soxr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rigdriver import performance, pipeline, rig
from rigdriver.audio import Audio
from rigdriver.model.runtime import Model
from rigdriver.pipeline import Drive
from rigdriver.service.app import app
from rigdriver.service.audio2face import messages
from rigdriver.service.audio2face.controller import Controller
from rigdriver.service.audio2face.wishes import Wishes
from rigdriver.service.guard import Guard
from rigdriver.service.house import House
from rigdriver.service.limits import Limits
from rigdriver.service.server import Server, listen
from tests.service import ace
from tests.speech import hello

CODES = grpc.StatusCode
SECOND = 32000  # bytes
RAW = (hello().samples * 32767).astype("<i2").tobytes()[: 3 * SECOND]
SUCCESS, ERROR = 0, 3
HEADER, FRAME, EVENT, STATUS = 1, 2, 3, 4


@contextlib.contextmanager
def answering(way: Drive, limits: Limits | None = None, token: str = "") -> Iterator[tuple[House, Server, int]]:
    house, ports = House(way, limits or Limits()), []
    ready = threading.Event()
    beside = Controller(house, Guard(token), way, "127.0.0.1", 0, lambda port: (ports.append(port), ready.set()))
    listener = listen("127.0.0.1", 0)
    guard = Guard(token)
    server = Server(app(house, guard), house, guard, beside)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), daemon=True)
    thread.start()
    assert ready.wait(20)
    try:
        yield house, server, ports[0]
    finally:
        server.stop()
        thread.join(20)
        assert not thread.is_alive()


@pytest.fixture(scope="module")
def way() -> Drive:
    return Drive(Model.load())


@pytest.fixture(scope="module")
def served(way: Drive) -> Iterator[tuple[House, Server, int]]:
    with answering(way, Limits(sessions=3, hello_s=1, idle_s=2, stop_s=1, message_bytes=1 << 19)) as running:
        yield running


@pytest.fixture(scope="module")
def line(served: tuple[House, Server, int]) -> Iterator[grpc.Channel]:
    with ace.channel(served[2]) as channel:
        yield channel


def driven(way: Drive, raw: bytes, rate: int = 16000, **told) -> np.ndarray:
    """What `drive` gives for the same sound on ARKit's 52."""
    sound = Audio(np.frombuffer(raw, "<i2").astype(np.float32) / 2**15, rate)
    return pipeline.drive(sound, replace(way, rig=rig.load("arkit52"), fps=Fraction(30), **told)).values


def refused(heard: ace.Heard, code: grpc.StatusCode, why: str) -> bool:
    """A last status ERROR, and the call's own, with one line."""
    assert heard.error is not None and heard.kinds[-1] == STATUS
    return (heard.error.code() == code and heard.status == (ERROR, heard.error.details())
            and why in heard.status[1] and "\n" not in heard.status[1])


def test_a_sound_gets_the_frames_that_drive_gives_it(way: Drive, line: grpc.Channel) -> None:
    heard = ace.talk(line, ace.spoken(RAW))
    frames = driven(way, RAW)
    assert heard.error is None and heard.status == (SUCCESS, "all frames were sent") and not heard.ignored
    assert heard.kinds == [HEADER, *[FRAME] * len(frames), EVENT, STATUS]
    assert np.abs(np.array(heard.values) - frames).max() < 1e-4 and np.ptp(frames) > 0.2
    assert heard.times == pytest.approx(np.arange(len(frames)) / 30) and len(frames) == 91
    assert abs(heard.began_s - time.time()) < 30 and heard.rate == 16000


def test_names_are_arkits_as_audio2face_spells_and_orders_them(line: grpc.Channel) -> None:
    names = ace.talk(line, ace.spoken(RAW[:SECOND])).names
    assert names[:8] == ["EyeBlinkLeft", "EyeLookDownLeft", "EyeLookInLeft", "EyeLookOutLeft", "EyeLookUpLeft",
                         "EyeSquintLeft", "EyeWideLeft", "EyeBlinkRight"]
    assert names[17] == "JawOpen" and names[41] == "BrowDownLeft" and names[51:] == ["TongueOut"]


def test_the_sound_comes_back_whole_each_piece_with_its_frame(line: grpc.Channel) -> None:
    raw = RAW[: SECOND + 4242]
    heard = ace.talk(line, ace.spoken(raw, 777))  # odd: samples are cut in two
    assert heard.sound == raw
    begun = np.cumsum([0, *(len(piece) for _, piece in heard.sounds)]) / SECOND
    assert begun[:-1] == pytest.approx(heard.times, abs=1 / 16000)
    assert [at_s for at_s, _ in heard.sounds] == heard.times


@pytest.mark.parametrize("rate", [8000, 22050, 48000])
def test_other_rates_are_heard_as_drive_hears_them(way: Drive, line: grpc.Channel, rate: int) -> None:
    samples = soxr.resample(np.frombuffer(RAW, "<i2")[:32000].astype(np.float32), 16000, rate)
    raw = samples.astype("<i2").tobytes()
    heard = ace.talk(line, ace.spoken(raw, 9999, start=ace.header(rate)))
    frames = driven(way, raw, rate)
    assert len(heard.values) == len(frames) and np.abs(np.array(heard.values) - frames).max() < 1e-4
    assert heard.rate == rate and heard.sound == raw


def test_frames_come_before_the_sound_ends(line: grpc.Channel) -> None:
    """An agent's speech is not whole when its face begins to move."""
    go_on = threading.Event()

    def parts() -> Iterator[bytes]:
        yield ace.header()
        yield ace.sound(RAW[:SECOND])
        assert go_on.wait(10)
        yield ace.END

    call, heard = line.stream_stream(ace.PATH)(parts(), timeout=ace.WAIT_S), ace.Heard()
    while len(heard.times) < 25:  # .1 s of lookahead are missing, not more
        heard.take(next(call))
    go_on.set()
    for raw in call:
        heard.take(raw)
    assert heard.status and len(heard.times) == 31 and heard.sound == RAW[:SECOND]


def test_silence_has_a_face_at_rest(way: Drive, line: grpc.Channel) -> None:
    heard = ace.talk(line, ace.spoken(bytes(SECOND)))
    mouth = [k for k, name in enumerate(heard.names) if name.startswith(("Jaw", "Mouth"))]
    assert heard.status == (SUCCESS, "all frames were sent") and len(heard.times) == 31
    assert np.array(heard.values)[:, mouth].max() < 0.1
    assert np.abs(np.array(heard.values) - driven(way, bytes(SECOND))).max() < 1e-4


def test_a_header_means_what_a_stylization_file_means(way: Drive, line: grpc.Channel, tmp_path) -> None:
    file = tmp_path / "them.yaml"
    file.write_text("""
face_parameters: {lowerFaceStrength: 0.7, lowerFaceSmoothing: 0.006, lipOpenOffset: -0.2, skinStrength: 0.9}
blendshape_parameters: {multipliers: {JawOpen: 1.3, BrowInnerUp: 0.0, EyeLookUpLeft: 0.0}, offsets: {CheekPuff: 0.2}}
post_processing_parameters: {emotion_strength: 0.6, live_blend_coef: 0.7}
live_transition_time: 0.2
emotion_with_timecode_list:
  one: {time_code: 0.0, emotions: {joy: 1.0, anger: 0.0}}
  two: {time_code: 1.0, emotions: {joy: 0.0, fear: 0.8}}
""")
    start = ace.header(16000, 16, 1, 0, ace.face(lowerFaceStrength=0.7, lowerFaceSmoothing=0.006, lipOpenOffset=-0.2,
                                                 skinStrength=0.9), ace.strength(0.6), ace.transition(0.2),
                       ace.blendshapes({"JawOpen": 1.3, "BrowInnerUp": 0, "EyeLookUpLeft": 0}, {"CheekPuff": 0.2}))
    emotions = ace.emotion(0, joy=1, anger=0), ace.emotion(1, joy=0, fear=0.8)
    heard = ace.talk(line, ace.spoken(RAW, SECOND, *emotions, start=start))
    frames = driven(way, RAW, performance=performance.load(file))
    assert np.abs(np.array(heard.values) - frames).max() < 1e-4
    assert np.abs(frames - driven(way, RAW)).max() > 0.2
    assert set(heard.ignored.split(", ")) == set(performance.left_out(file))
    assert [at_s for at_s, _ in heard.said] == [0, 1] and heard.said[1][1] == pytest.approx({"joy": 0, "fear": 0.8})
    assert heard.emotions[0]["joy"] == pytest.approx(0.6) and heard.emotions[60]["fear"] == pytest.approx(0.48)
    assert heard.emotions[60]["joy"] == 0 and len(heard.emotions[0]) == 10


def test_emotions_may_come_with_any_portion(way: Drive, line: grpc.Channel) -> None:
    """Ahead of their time they hold from it; too late, from the next frame on. What was given before is as it was."""
    plain = driven(way, RAW)
    parts = [ace.header(16000, 16, 1, 0, ace.transition(0.2)), ace.sound(RAW[:SECOND]),
             ace.sound(RAW[SECOND : 2 * SECOND], ace.emotion(1.5, joy=0.9)),
             ace.sound(RAW[2 * SECOND :], ace.emotion(0.1, joy=0, anger=1)), ace.END]
    heard = ace.talk(line, parts)
    smile, frown = heard.names.index("CheekSquintLeft"), heard.names.index("BrowDownLeft")
    values = np.array(heard.values)
    apart = np.abs(values - plain)
    assert apart[:45].max() < 1e-4
    assert (values - plain)[52:56, smile].min() > 0.1 and (values - plain)[80:, frown].min() > 0.1
    felt = [each["joy"] for each in heard.emotions]
    assert felt[44] == 0 and felt[55] == pytest.approx(0.9) and felt[80] == 0
    assert np.abs(np.diff(felt)).max() < 0.25  # eased, also where it came too late


def test_emotions_that_are_over_are_forgotten() -> None:
    """An agent that feels something anew with each portion, for hours, and a face that shows the same as if all were
    remembered."""
    header = messages.AudioStream.FromString(ace.header(16000, 16, 1, 0, ace.transition(0.2))).audio_stream_header
    wishes, whole = Wishes(header), Wishes(header)
    for k in range(400):
        feeling = messages.AudioStream.FromString(ace.sound(b"", ace.emotion(k, **{("joy", "fear")[k % 2]: k % 5 / 5})))
        wishes.feel(feeling.audio_with_emotion.emotions, k - 0.5)
        if k >= 390:
            whole.feel(feeling.audio_with_emotion.emotions, 0)
    assert wishes.felt([398.9, 399.1, 400]) == whole.felt([398.9, 399.1, 400])
    assert max(len(keys) for keys in wishes.performance.tracks.values()) < 10


def test_two_clients_at_once_do_not_touch(way: Drive, line: grpc.Channel) -> None:
    sounds = RAW[: 2 * SECOND], RAW[SECOND:]
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda raw: ace.talk(line, ace.spoken(raw, 3200)), sounds))
    for raw, heard in zip(sounds, both):
        assert np.abs(np.array(heard.values) - driven(way, raw)).max() < 1e-4 and heard.sound == raw


@pytest.mark.parametrize("start, why", [
    (ace.header(bits=8), "16 bits_per_sample"), (ace.header(channels=2), "1 channel_count"),
    (ace.header(format=1), "PCM"), (ace.header(rate=4000), "4000 Hz"), (ace.header(rate=0), "0 Hz"),
    (ace.header(rate=2**32 - 1), "4294967295 Hz"), (ace.part(1, b""), "PCM"), (ace.END, "first message"),
    (ace.sound(RAW[:SECOND]), "first message"), (b"", "first message"), (b"\xff\xfe garbage", "message 1"),
    (ace.header(16000, 16, 1, 0, ace.face(lowerFaceStrength=9)), "lower_face_strength"),
    (ace.header(16000, 16, 1, 0, ace.face(lowerFaceStrength=float("nan"))), "lower_face_strength"),
    (ace.header(16000, 16, 1, 0, ace.blendshapes({"JawOpen": float("inf")}, {})), "weight_multipliers"),
    (ace.header(16000, 16, 1, 0, ace.transition(-1)), "live_transition_time")])
def test_a_bad_beginning_is_one_clear_line(line: grpc.Channel, start: bytes, why: str) -> None:
    assert refused(ace.talk(line, [start, ace.sound(RAW[:SECOND]), ace.END]), CODES.INVALID_ARGUMENT, why)


@pytest.mark.parametrize("part, why", [
    (ace.header(), "message 3"), (b"", "message 3"), (b"\x12\x7f", "message 3 is no"),
    (ace.sound(b"", *[ace.emotion(9 + k, joy=0.1) for k in range(301)]), "more than 300"),
    (ace.sound(b"", ace.emotion(0, dread=1)), "dread"), (ace.sound(b"", ace.emotion(0, joy=7)), "joy"),
    (ace.sound(b"", ace.emotion(float("nan"), joy=1)), "nan"), (ace.sound(b"", ace.emotion(-2, joy=1)), "-2")])
def test_a_bad_portion_ends_the_call(line: grpc.Channel, part: bytes, why: str) -> None:
    assert refused(ace.talk(line, [ace.header(), ace.sound(RAW[:SECOND]), part]), CODES.INVALID_ARGUMENT, why)


def test_no_sound_is_no_success_but_a_closed_side_is_an_end(line: grpc.Channel) -> None:
    for parts in ([ace.header()], [ace.header(), ace.END], [ace.header(), ace.sound(b""), ace.END], []):
        heard = ace.talk(line, parts)
        assert refused(heard, CODES.INVALID_ARGUMENT, "sound" if parts else "first message")
    assert ace.talk(line, [ace.header(), ace.sound(RAW[:SECOND])]).status == (SUCCESS, "all frames were sent")
    one = ace.talk(line, [ace.header(), ace.sound(b"\0\0\0"), ace.END])  # a sample and a half
    assert one.status == (SUCCESS, "all frames were sent") and len(one.times) == 1


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(st.binary(max_size=80), st.just(ace.header()), st.just(ace.END), st.just(ace.sound(b"ab")),
                          st.binary(max_size=40).map(lambda raw: ace.part(1, raw)),
                          st.binary(max_size=40).map(lambda raw: ace.part(2, raw))), max_size=5))
def test_garbage_breaks_nothing(served: tuple[House, Server, int], line: grpc.Channel, parts: list[bytes]) -> None:
    heard = ace.talk(line, parts)
    assert heard.status is not None and (heard.status[0] == SUCCESS) == (heard.error is None)
    assert heard.error is None or heard.error.code() == CODES.INVALID_ARGUMENT
    assert served[0].counted["calls_failed"] == 0 and served[0].alive


def test_who_goes_in_the_middle_leaves_his_place(served: tuple[House, Server, int], line: grpc.Channel) -> None:
    house = served[0]
    for _ in range(5):
        call = line.stream_stream(ace.PATH)(ace.spoken(RAW * 20, 3200), timeout=ace.WAIT_S)
        for _ in range(4):
            next(call)
        call.cancel()
    await_that(lambda: not house.guests)
    assert house.counted["calls_failed"] == 0
    assert ace.talk(line, ace.spoken(RAW[:SECOND])).status == (SUCCESS, "all frames were sent")


def await_that(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not holds() and time.monotonic() < end:
        time.sleep(0.01)
    assert holds()


def waiting(line: grpc.Channel, *parts: bytes) -> tuple[grpc.Call, threading.Event]:
    """A call that says these, and then nothing until the event."""
    over = threading.Event()

    def said() -> Iterator[bytes]:
        yield from parts
        over.wait(20)

    return line.stream_stream(ace.PATH)(said(), timeout=ace.WAIT_S), over


def ended(call: grpc.Call) -> ace.Heard:
    heard = ace.Heard()
    try:
        for raw in call:
            heard.take(raw)
    except grpc.RpcError as error:
        heard.error = error
    return heard


def test_who_says_nothing_is_not_waited_for(line: grpc.Channel) -> None:
    for parts, why in (((), "not a word for 1 s"), ((ace.header(), ace.sound(RAW[:SECOND])), "not a word for 2 s")):
        call, over = waiting(line, *parts)
        assert refused(ended(call), CODES.DEADLINE_EXCEEDED, why)
        over.set()


def test_a_full_house_says_so_whichever_door_its_guests_took(
        served: tuple[House, Server, int], line: grpc.Channel) -> None:
    await_that(lambda: not served[0].guests)
    calls = [waiting(line, ace.header()) for _ in range(3)]
    for call, _ in calls:
        next(call)
    assert served[0].full
    heard = ace.talk(line, ace.spoken(RAW[:SECOND]))
    assert heard.error is not None and heard.error.code() == CODES.RESOURCE_EXHAUSTED
    assert heard.error.details() == "3 streams are all that this server carries"
    for call, over in calls:
        call.cancel()
        over.set()
    await_that(lambda: not served[0].guests)


def test_a_message_too_large_is_refused(line: grpc.Channel) -> None:
    heard = ace.talk(line, [ace.header(), ace.sound(bytes(1 << 20))])
    assert heard.error is not None and heard.error.code() == CODES.RESOURCE_EXHAUSTED


def test_health_is_asked_as_kubernetes_asks(line: grpc.Channel) -> None:
    check = line.unary_unary(ace.HEALTH)
    assert check(b"") == check(ace.part(1, messages.CONTROLLER.encode())) == ace.whole(1, 1)
    for service, code in ((b"else", CODES.NOT_FOUND), (b"", CODES.INVALID_ARGUMENT)):
        with pytest.raises(grpc.RpcError) as caught:
            check(ace.part(1, service) if service else b"\x0a\x7f")
        assert caught.value.code() == code


def test_the_table_of_messages_is_whole() -> None:
    """Every type that a field names stands in it, numbers are not taken twice, and all that is said survives."""
    for name, fields in messages.TABLE.items():
        numbers = [number for number, _ in fields.values()]
        assert len(set(numbers)) == len(numbers), name
    stream = messages.AudioStream.FromString(ace.header(48000, 16, 1, 0, ace.face(a=1.5), ace.strength(0.0)))
    header = stream.audio_stream_header
    assert header.audio_header.samples_per_second == 48000 and dict(header.face_params.float_params) == {"a": 1.5}
    params = header.emotion_post_processing_params
    assert params.HasField("emotion_strength") and not params.HasField("max_emotions")  # 0 is said, nothing is not


def test_who_reads_late_gets_all_and_who_never_reads_is_let_go(way: Drive) -> None:
    with answering(way, Limits(waiting_s=30, idle_s=3)) as (house, _, port), ace.channel(port) as line:
        call = line.stream_stream(ace.PATH)(ace.spoken(RAW * 6), timeout=ace.WAIT_S)
        time.sleep(1.0)
        assert len(ended(call).times) == 18 * 30 + 1
        call = line.stream_stream(ace.PATH)(ace.spoken(RAW * 200), timeout=60)  # ten minutes
        await_that(lambda: house.counted["calls_refused"] == 1)
        heard = ended(call)
        assert heard.error is not None
        assert heard.error.code() in (CODES.RESOURCE_EXHAUSTED, CODES.DEADLINE_EXCEEDED)


@contextlib.contextmanager
def command(*options: str, port: str = "0") -> Iterator[tuple[subprocess.Popen, int, int]]:
    """`rigdriver serve` as users start it, and its two ports."""
    process = subprocess.Popen([sys.executable, "-m", "rigdriver", "serve", "--port", "0", "--audio2face", port,
                                "--engine", "onnx", *options], stderr=subprocess.PIPE, text=True)
    assert process.stderr
    try:
        ports = [int(re.search(r":(\d+)(?:/v1/stream| \(gRPC\))", process.stderr.readline())[1]) for _ in range(2)]
        yield process, *ports
    finally:
        process.kill()
        process.wait()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals to send")
def test_the_command_answers_with_a_token_and_stops_gracefully() -> None:
    with command("--token", "secret", "--stop-s", "1") as (process, http, port), ace.channel(port) as line:
        heard = ace.talk(line, ace.spoken(RAW[:SECOND]), token="wrong")
        assert heard.error is not None and heard.error.code() == CODES.UNAUTHENTICATED and not heard.kinds
        assert ace.talk(line, ace.spoken(RAW[:SECOND])).error.code() == CODES.UNAUTHENTICATED
        assert ace.talk(line, ace.spoken(RAW[:SECOND]), token="secret").status == (SUCCESS, "all frames were sent")
        counted = httpx.get(f"http://127.0.0.1:{http}/metrics", headers={"Authorization": "Bearer secret"}).text
        assert "rigdriver_calls_total 3" in counted and "rigdriver_calls_refused_total 2" in counted
        over = threading.Event()

        def parts() -> Iterator[bytes]:
            yield ace.header()
            yield ace.sound(RAW[:SECOND])
            over.wait(20)

        call = line.stream_stream(ace.PATH)(parts(), timeout=ace.WAIT_S, metadata=(("authorization", "Bearer secret"),))
        next(call)
        process.send_signal(signal.SIGTERM)
        heard = ended(call)
        over.set()
        assert refused(heard, CODES.UNAVAILABLE, "the server stopped") and len(heard.times) > 20
        assert process.wait(10) == 0 and process.stderr.read() == ""


def test_a_port_in_use_is_one_line() -> None:
    with contextlib.closing(listen("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        run = subprocess.run([sys.executable, "-m", "rigdriver", "serve", "--port", "0", "--engine", "onnx",
                              "--audio2face", str(port)], capture_output=True, text=True, timeout=60)
    assert run.returncode == 2
    assert run.stderr.splitlines()[1:] == [
        f"rigdriver: 127.0.0.1:{port}: cannot be listened at; choose another with --audio2face"]


def test_without_the_extra_it_is_named(tmp_path) -> None:
    code = ("import sys; sys.modules['grpc'] = None; from rigdriver.cli import main; "
            "main(['serve', '--port', '0', '--engine', 'onnx', '--audio2face'])")
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert run.returncode == 2 and run.stderr.strip().endswith("pip install 'rigdriver[grpc]'")
