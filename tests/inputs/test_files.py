"""Recordings of every kind, and what is not one."""

import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from rigdriver.errors import InputError
from rigdriver.inputs import open_sound, read

RATE = 16000


def tone(seconds: float, rate: int, hz: float = 440.0) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * hz * np.arange(int(seconds * rate)) / rate)).astype(np.float32)


def close_to_tone(got: np.ndarray, seconds: float, within: float) -> None:
    """The same tone at 16 kHz, in phase; the first and last 50 ms are the resampler's and the codec's."""
    want = tone(seconds, RATE)
    assert abs(len(got) - len(want)) <= 1200  # mp3 pads to whole frames
    inner = slice(800, min(len(got), len(want)) - 800)
    assert np.abs(got[inner] - want[inner]).max() < within


@pytest.mark.parametrize("suffix, subtype, within", [
    ("wav", "PCM_U8", 0.02), ("wav", "PCM_16", 2e-3), ("wav", "PCM_24", 2e-3), ("wav", "FLOAT", 2e-3),
    ("wav", "DOUBLE", 2e-3),
    ("wav", "ULAW", 0.05), ("flac", "PCM_16", 2e-3), ("aiff", "PCM_16", 2e-3), ("ogg", "VORBIS", 0.1),
])
@pytest.mark.parametrize("rate", [8000, 44100, 48000])
def test_rates_and_depths(tmp_path: Path, suffix: str, subtype: str, within: float, rate: int) -> None:
    path = tmp_path / f"tone.{suffix}"
    soundfile.write(path, tone(1.5, rate), rate, subtype)
    close_to_tone(read(path).samples, 1.5, within)


@pytest.mark.parametrize("suffix, format_, subtype", [("opus", "OGG", "OPUS"), ("mp3", "MP3", "MPEG_LAYER_III")])
def test_codecs_keep_time(tmp_path: Path, suffix: str, format_: str, subtype: str) -> None:
    """A click stays where it is, to a few milliseconds."""
    path, sound = tmp_path / f"click.{suffix}", np.zeros(48000, np.float32)
    sound[24000:24040] = 0.9
    soundfile.write(path, sound, 48000, subtype, format=format_)
    got = read(path).samples
    assert abs(int(np.abs(got).argmax()) - 8000) < 80


def test_many_channels_at_a_high_rate(tmp_path: Path) -> None:
    path = tmp_path / "surround.wav"
    soundfile.write(path, np.repeat(tone(0.5, 192000)[:, None], 6, 1), 192000, "PCM_24")
    sound = open_sound(path)
    assert (sound.channels, sound.rate, sound.duration_s) == (6, 192000, 0.5)
    close_to_tone(read(path).samples, 0.5, 2e-3)


@pytest.mark.parametrize("rate", [8000, 11025, 22050, 44100, 48000])
def test_length_is_kept(tmp_path: Path, rate: int) -> None:
    path = tmp_path / "long.wav"
    soundfile.write(path, tone(21.7, rate), rate)
    assert len(read(path)) == pytest.approx(21.7 * RATE, abs=2)


def test_unknown_length_in_the_header_is_read_to_the_end(tmp_path: Path) -> None:
    """Recorders that stream write the length last, or never."""
    path = tmp_path / "streamed.wav"
    soundfile.write(path, tone(1, RATE), RATE, "PCM_16")
    raw = bytearray(path.read_bytes())
    at = raw.index(b"data") + 4
    raw[4:8] = raw[at : at + 4] = struct.pack("<I", 0xFFFFFFFF)
    path.write_bytes(raw)
    assert len(read(path)) == RATE


@pytest.mark.parametrize("name, content, says", [
    ("empty.wav", b"", "the file is empty"),
    ("picture.wav", b"\x89PNG\r\n\x1a\n" + bytes(100), "it is a PNG picture"),
    ("page.mp3", b"<html><body>404</body></html>", "it is text"),
    ("noise.ogg", bytes(range(7, 107)), "not a recording"),
    ("model.wav", b"glTF" + bytes(40), "it is a GLB model"),
])
def test_what_is_no_sound_is_named(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=says) as raised:
        read(path)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("suffix", ["wav", "flac", "aiff", "au", "ogg", "mp3"])
def test_truncated_files_are_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"cut.{suffix}"
    soundfile.write(path, np.random.default_rng(0).uniform(-0.5, 0.5, 3 * RATE), RATE)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError, match=r"truncated|broken"):
        read(path)


def test_nonsense_in_a_container_is_one_error(tmp_path: Path) -> None:
    pytest.importorskip("av", reason="PyAV comes with the extra [media]")
    for name, head in (("a.aac", b"\xff\xf1"), ("a.m4a", b"\0\0\0\x20ftypM4A ")):
        (tmp_path / name).write_bytes(head + bytes(40))
        with pytest.raises(InputError, match="not a recording"):
            read(tmp_path / name)


def test_a_renamed_recording_is_read_for_what_it_is(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.flac", tone(1, RATE), RATE)
    (tmp_path / "a.flac").rename(tmp_path / "a.wav")
    close_to_tone(read(tmp_path / "a.wav").samples, 1, 2e-3)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_are_found(tmp_path: Path, bad: float) -> None:
    path, sound = tmp_path / "bad.wav", tone(6, RATE)
    sound[5 * RATE] = bad
    soundfile.write(path, sound, RATE, "FLOAT")
    with pytest.raises(InputError, match=r"NaN or infinite samples, the first at 5\.000 s"):
        read(path)


def test_no_samples_no_file_no_folder(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "none.wav", np.zeros(0), RATE)
    cases = {tmp_path / "none.wav": "0 samples", tmp_path / "nope.wav": "no such file", tmp_path: "folder"}
    for path, says in cases.items():
        with pytest.raises(InputError, match=says):
            read(path)


@pytest.mark.parametrize("suffix, codec", [("m4a", "aac"), ("mp4", "aac"), ("webm", "libopus"), ("aac", "aac")])
def test_containers_keep_time(tmp_path: Path, suffix: str, codec: str) -> None:
    """A click half way stays half way, whatever the container pads in front."""
    av = pytest.importorskip("av", reason="PyAV comes with the extra [media]")
    path = tmp_path / f"click.{suffix}"
    sound = np.zeros((1, 48000), np.float32)
    sound[0, 24000:24100] = 0.9
    with av.open(str(path), "w", format="adts" if suffix == "aac" else None) as container:
        stream = container.add_stream(codec, rate=48000, layout="mono")
        resampler = av.AudioResampler(format=stream.codec_context.codec.audio_formats[0], layout="mono", rate=48000,
                                      frame_size=960 if codec == "libopus" else 1024)
        frame = av.AudioFrame.from_ndarray(sound, format="fltp", layout="mono")
        frame.sample_rate, frame.pts = 48000, 0
        for ready in (*resampler.resample(frame), *resampler.resample(None), None):
            container.mux(stream.encode(ready))
    got = read(path).samples
    assert abs(int(np.abs(got).argmax()) - 8000) < 100


def test_a_film_without_the_extra_says_what_to_install(tmp_path: Path, monkeypatch) -> None:
    import sys
    monkeypatch.setitem(sys.modules, "av", None)
    monkeypatch.delitem(sys.modules, "rigdriver.inputs.media", raising=False)
    monkeypatch.delattr("rigdriver.inputs.media", raising=False)
    path = tmp_path / "voice.m4a"
    path.write_bytes(b"\0\0\0\x20ftypM4A " + bytes(100))
    with pytest.raises(Exception, match=r"pip install 'rigdriver\[media\]'"):
        read(path)
