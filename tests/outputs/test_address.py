"""Addresses are read strictly, and what is wrong with one is said in a line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rigdriver import formats, outputs
from rigdriver.errors import InputError, OutputError, RigdriverError, SettingsError
from rigdriver.outputs.address import parse
from tests.outputs.sending import HEADER, header


def test_the_parts_of_an_address() -> None:
    place = parse("livelink://[::1]:11111?subject=Hero%20One&timecode=clock")
    assert (place.scheme, place.host, place.port) == ("livelink", "::1", 11111)
    assert place.options == {"subject": "Hero One", "timecode": "clock"}
    assert parse("csv:/takes/a.csv").path == "/takes/a.csv"
    assert parse("osc://:9000").host == ""


@pytest.mark.parametrize("text, says", [
    ("", "no address"), ("livelink", "no address"), ("osc://a:70000", "Port out of range"),
    ("osc://a:b", "a port is a number, as in osc://"),
    ("osc://a:1/path", "should look like"), ("osc://a:1?prefix", "options look like"),
    ("osc://a:1?prefix=/a&prefix=/b", "twice"),
])  # fmt: skip
def test_what_is_no_address(text: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        outputs.open_output(text, HEADER)


@pytest.mark.parametrize("text, says", [
    ("livlink://127.0.0.1:1", "did you mean 'livelink'"),
    ("livelink://127.0.0.1:1?subjekt=A", "did you mean 'subject'"),
    ("livelink://127.0.0.1:1?subject=H%C3%A9ro", "ASCII"),
    ("livelink://127.0.0.1:1?timecode=noon", "stream or clock"),
    ("osc://127.0.0.1:1?layout=table", "each or array"),
    ("vmc://127.0.0.1:1?names=vrm2", "perfectsync"),
    ("vmc://127.0.0.1:1?head_at=1,2", "3 values"),
    ("vmc://127.0.0.1:1?head_at=a,b,c", "a number"),
    ("ifacialmocap://127.0.0.1:1?version=3", "1 or 2"),
    ("vrchat://127.0.0.1:1?gaze=maybe", "true or false"),
    ("print:?every=0", "1 or more"),
])  # fmt: skip
def test_unknown_words_are_errors_that_name_the_known(text: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        outputs.open_output(text, HEADER)


def test_a_host_that_does_not_resolve_is_said_when_opening() -> None:
    with pytest.raises(OutputError, match=r"nowhere\.invalid' is not found"):
        outputs.open_output("livelink://nowhere.invalid:11111", HEADER)


def test_a_port_in_use_is_said_when_opening() -> None:
    with outputs.open_listener("osc://127.0.0.1:0") as first, pytest.raises(OutputError, match="is in use"):
        outputs.open_listener(f"osc://127.0.0.1:{first.port}")
    with outputs.open_listener("ifacialmocap://:0") as first, pytest.raises(OutputError, match="in use"):
        outputs.open_output(f"ifacialmocap://:{first.port}", HEADER)


@pytest.mark.parametrize("scheme", ["livelink", "vmc", "ifacialmocap", "facecap"])
def test_a_clip_without_any_of_the_curves_is_an_error(scheme: str) -> None:
    with pytest.raises(InputError, match="retarget it to the rig"):
        outputs.open_output(f"{scheme}://127.0.0.1:1", header(("CTRL_jaw",)))


@pytest.mark.parametrize("text, says", [
    ("livelink://127.0.0.1:0", "as in livelink://127.0.0.1:9000"), ("ws://240.1.2.3:0", "no address of this machine"),
])  # fmt: skip
def test_a_place_that_cannot_be_says_what_could(text: str, says: str) -> None:
    with pytest.raises(OutputError, match=says):
        outputs.open_output(text, HEADER)


def test_a_recording_within_a_file_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "a.wav").touch()
    with pytest.raises(OutputError, match=r"the folder .*a\.wav does not exist"):
        outputs.open_output(f"npz:{tmp_path}/a.wav/b.npz", HEADER, write=formats.write)


def test_there_is_nothing_to_hear_on_a_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="nothing to hear"):
        outputs.open_listener(f"csv:{tmp_path}/a.csv")


def test_what_rig_an_address_wants() -> None:
    assert outputs.wants("livelink://127.0.0.1") == "arkit"
    assert outputs.wants("vmc://127.0.0.1") == "perfectsync"
    assert outputs.wants("vmc://127.0.0.1?names=vrm1") == "vrm1"
    assert outputs.wants("vmc://127.0.0.1?names=own") == ""
    assert outputs.wants("vrchat://127.0.0.1") == "vrchat"
    assert outputs.wants("npz:a.npz") == ""


def test_options_may_be_given_beside_the_address() -> None:
    with outputs.open_listener("livelink://127.0.0.1:0") as listener:
        address = f"livelink://127.0.0.1:{listener.port}?subject=A"
        with outputs.open_output(address, HEADER, subject="B") as output:
            output.send(HEADER.pick(HEADER.names).values.sum(axis=0), 0, 0.0)
        packet = listener.receive(2.0)
    assert packet and packet.subject == "B"


@given(st.text(max_size=60))
def test_no_text_breaks_the_reading_of_addresses(text: str) -> None:
    try:
        parse(text)
    except RigdriverError as error:
        assert "\n" not in str(error).replace(text, "")
