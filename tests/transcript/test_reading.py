"""Transcripts as programs write them become words with times; what is none of them gets one line."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rigdriver.errors import InputError
from rigdriver.transcript import pronounce, reading
from rigdriver.transcript.reading import SLACK_S, beside, load, of_text

SRT = ("1\r\n00:00:01,000 --> 00:00:02,500\r\n<i>Big map,</i> [door slams]\r\n\r\n"
       "2\r\n00:00:03,000 --> 00:00:04,000\r\nfive\r\n")
VTT = "WEBVTT\n\n01:00.000 --> 01:02.500 align:start\nBig map,\n\n01:03.000 --> 01:04.000\nfive\n"
WHISPER = {"segments": [{"start": 1.0, "end": 2.5, "text": "Big map, five", "words": [
    {"word": " Big", "start": 1.0, "end": 1.4}, {"word": " map,"}, {"word": " five", "start": 2.0, "end": 2.5}]}]}
CTM = ";; made by hand\nline 1 1.0 0.4 big 0.9\nline 1 1.4 0.4 map\nline 1 2.0 0.5 five\n"
WORD_GRID = '''File type = "ooTextFile"
"IntervalTier" "words" 0 3 3 0 1 "" 1 1.5 "big map" 1.5 3 "five"
'''
PHONE_GRID = WORD_GRID + '"IntervalTier" "phones" 0 3 2 0 1 "B" 1 3 "IH1"\n'

GOOD = {"a.srt": SRT, "a.vtt": VTT, "a.json": json.dumps(WHISPER), "a.ctm": CTM, "a.TextGrid": PHONE_GRID,
        "a.txt": "big map"}


@pytest.fixture(autouse=True)
def by_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same on every machine: no espeak-ng."""
    monkeypatch.setattr(pronounce, "ESPEAK", "no-such-program")


def written(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(("name", "text", "spans"), [
    ("a.srt", SRT, [(1.0, 2.5), (1.0, 2.5), (3.0, 4.0)]),
    ("a.VTT", VTT, [(60.0, 62.5), (60.0, 62.5), (63.0, 64.0)]),
    ("a.json", json.dumps(WHISPER), [(1.0, 1.4), (1.0, 2.5), (2.0, 2.5)]),
    ("a.json", json.dumps(WHISPER["segments"][0]["words"][::2]), [(1.0, 1.4), (2.0, 2.5)]),
    ("a.ctm", CTM, [(1.0, 1.4), (1.4, 1.8), (2.0, 2.5)]),
    ("a.TextGrid", WORD_GRID, [(1.0, 1.5), (1.0, 1.5), (1.5, 3.0)]),
])
def test_words_lie_within_their_times(tmp_path: Path, name: str, text: str, spans: list) -> None:
    words = load(written(tmp_path, name, text)).words
    assert [word.phones for word in (words[0], words[-1])] == [("B", "IH", "G"), ("F", "AY", "V")]
    for word, (start, end) in zip(words, spans, strict=True):
        assert (word.start, word.end) == pytest.approx((start - SLACK_S, end + SLACK_S))


def test_phones_with_times_come_before_words(tmp_path: Path) -> None:
    transcript = load(written(tmp_path, "a.TextGrid", PHONE_GRID))
    assert [phone.name for phone in transcript.phones] == ["B", "IH"] and not transcript.words


@pytest.mark.parametrize("raw", ["Big\r\nmap – 5!\r\n".encode(), "\ufeffbig map 5".encode(),
                                 "big map\n\n5".encode("utf-16"), "big map 5 …".encode("cp1252")])
def test_text_of_any_editor(tmp_path: Path, raw: bytes) -> None:
    words = load(written(tmp_path, "a.txt", raw)).words
    assert [word.phones[0] for word in words] == ["B", "M", "F"] and words[0].end == float("inf")


@pytest.mark.parametrize(("name", "text", "says"), [
    ("a.docx", "x", "a transcript ends in .txt, .srt"),
    ("a.txt", "… 。", "holds no word that can be pronounced in 'en'"),
    ("a.srt", "hello", "has no line `00:00:01,000 --> 00:00:02,500`"),
    ("a.srt", "00:00:05,000 --> 00:00:02,500\nhello", "from 5 to 2.5 s; times should be seconds, start first"),
    ("a.json", "{", "is not {"), ("a.json", '{"segments": 3}', "is not {"),
    ("a.json", '{"words": [{"word": "a"}]}', "is not {"), ("a.json", "[" * 9999, "is not {"),
    ("a.ctm", "line 1 1.0 much big", "a.ctm, line 1: 'line 1 1.0 much big' is not `recording channel"),
    ("a.TextGrid", "nothing", "no interval tier named phones or words"),
    ("a.TextGrid", '"IntervalTier" "words" 0 3 9 0 1 "b"', "breaks off"),
    ("a.phn", "0 100 qq", "not an ARPAbet phone"),
])
def test_what_is_no_transcript(tmp_path: Path, name: str, text: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        load(written(tmp_path, name, text))
    assert says in str(caught.value) and "\n" not in str(caught.value)


def test_nothing_there_and_far_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="no such transcript"):
        load(tmp_path / "a.txt")
    monkeypatch.setattr(reading, "MOST_BYTES", 10)
    with pytest.raises(InputError, match="is no transcript of speech"):
        load(written(tmp_path, "a.txt", "b" * 11))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), name=st.sampled_from(sorted(GOOD)))
def test_damaged_transcripts_end_in_words_or_one_line(tmp_path: Path, data: st.DataObject, name: str) -> None:
    raw = bytearray(GOOD[name].encode())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(raw)))
        raw[at : at + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))
    try:
        load(written(tmp_path, name, bytes(raw)))
    except InputError as error:
        assert "\n" not in str(error)


def test_a_folder_has_the_text_of_a_recording(tmp_path: Path) -> None:
    written(tmp_path, "one [a].srt", SRT)
    assert beside(Path("else/one [a].wav"), tmp_path) == tmp_path / "one [a].srt"
    assert beside(Path("else/two.wav"), tmp_path) is None


def test_espeak_knows_languages(monkeypatch: pytest.MonkeyPatch, espeak: str) -> None:
    monkeypatch.setattr(pronounce, "ESPEAK", espeak)
    assert [word.phones for word in of_text("Ein Pferd", "de").words][1][:2] == ("P", "F")
    with pytest.raises(InputError, match="cannot pronounce 'hello' with the voice 'klingonisch'"):
        of_text("hello", "klingonisch")
