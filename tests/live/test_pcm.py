"""Bytes in any portions become sound, with a WAV header before them or not."""

import io

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from rigdriver.errors import RigdriverError, SettingsError
from rigdriver.live.pcm import Pcm, PcmReader

SOUND = np.linspace(-0.9, 0.9, 500).astype(np.float32)


def wav(subtype: str, channels: int = 1) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, np.repeat(SOUND[:, None], channels, 1), 24000, subtype, format="WAV")
    return file.getvalue()


def read(raw: bytes, sizes: list[int], format: Pcm | None = None) -> tuple[np.ndarray, Pcm | None]:
    reader, parts = PcmReader(format), []
    for size in [*sizes, len(raw)]:
        parts.append(reader.push(raw[:size]))
        raw = raw[size:]
    return np.concatenate([part for part in parts if len(part)] or [np.zeros((0, 1))]), reader.format


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(["PCM_16", "PCM_24", "PCM_32", "FLOAT", "PCM_U8"]), st.integers(1, 3),
       st.lists(st.integers(0, 97), max_size=30))
def test_wav_of_every_kind(subtype: str, channels: int, sizes: list[int]) -> None:
    sound, found = read(wav(subtype, channels), sizes)
    assert found is not None and (found.rate, found.channels) == (24000, channels)
    assert sound.shape == (500, channels)
    assert np.abs(sound - SOUND[:, None]).max() < (0.01 if subtype == "PCM_U8" else 1e-4)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 33), max_size=30))
def test_raw_sound_of_a_known_format(sizes: list[int]) -> None:
    raw = (SOUND * 32767).astype("<i2").tobytes()
    sound, _ = read(raw, sizes, Pcm.parse("s16le@48000"))
    assert np.abs(sound[:, 0] - SOUND).max() < 1e-4
    assert len(read(raw + b"\0", sizes, Pcm())[0]) == 500  # half a sample waits


def test_without_a_header_it_is_sixteen_bits_at_16_khz() -> None:
    assert read((SOUND * 32767).astype("<i2").tobytes(), [])[1] == Pcm("s16le", 16000, 1)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200), st.booleans())
def test_garbage_is_sound_or_one_line(raw: bytes, riff: bool) -> None:
    try:
        sound, _ = read(b"RIFF\0\0\0\0WAVE" + raw if riff else raw, [3, 50])
    except RigdriverError as error:
        assert "\n" not in str(error)
    else:
        assert sound.ndim == 2


@pytest.mark.parametrize(("text", "says"), [
    ("16000", "KIND@RATE"), ("s16@16000", "did you mean 's16le'"), ("s16le@7", "7 Hz is outside"),
    ("s16le@16000x99", "99 channels"), ("", "KIND@RATE"),
])
def test_formats_that_are_none(text: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        Pcm.parse(text)
