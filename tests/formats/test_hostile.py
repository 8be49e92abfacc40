"""Files from strangers: whatever was done to them, a reader gives a clip or one of our own errors, soon and in little
memory. Every row of the table that reads is put through it, so that a new format is covered the day it is added."""

import sys
import time
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rigdriver import formats
from rigdriver.clip import Clip
from rigdriver.errors import RigdriverError
from rigdriver.formats.livelink_csv import header
from tests.helpers import ANGLES, TONGUE, WEIGHTS, waves

resource = pytest.importorskip("resource", reason="this system does not say how much memory a process has held")
SOON_S = 5.0  # for files of kilobytes, on a busy machine; they take milliseconds
LITTLE = 256 << 20  # bytes that reading one may add to the process
LARGE = 10_000_000  # values, that no text of some kilobytes means
READS = [row for row in formats.TABLE if row.reads]
FULL = tuple(name for name in (*WEIGHTS, *ANGLES) if name not in TONGUE)
DAMAGE = [
    b"", b"\0", b"\xff\xfe", b"\x00\x00\x00\x00", b"\xff" * 8, b"nan", b"NaN", b"-1", b"1e999", b"9" * 30, b"99999999",
    b"4294967295", b"{", b"[" * 50, b"]", b'"', b",", b"\n", b"\r", b";", b":", b"\t", b"../../etc/passwd", b"null",
    b"\xed\xa0\x80", b"\xf0\x9f", b"true", b"0.5.5", b"<!ENTITY a 'b'>",
]  # fmt: skip


def suffixes(row: formats.Format) -> list[str]:
    return [suffix for suffix in row.suffixes if suffix != ".vrm"]


@cache
def sound(name: str, suffix: str, folder: Path) -> bytes | None:
    """A good file of that format; None where it cannot be written here."""
    row = next(row for row in formats.TABLE if row.name == name)
    path = folder / f"good{suffix}"
    if row.writes:
        shapes = tuple("ABCDEFGHX") if name == "rhubarb" else FULL
        try:
            formats.write(waves(12, 30, 0, shapes), path, name)
        except RigdriverError:
            return None
    elif suffix == ".npy":
        np.save(path, waves(3, 30, 0, tuple(map(str, range(116)))).values)
    elif suffix == ".npz":
        np.savez_compressed(path, bs=waves(3, 30, 0, tuple(map(str, range(116)))).values, fps=30)
    else:
        path.write_text("\n".join(",".join(["0.5"] * 116) for _ in range(3)))
    return path.read_bytes()


def peak() -> int:
    """Bytes that the process has held at most so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def read(path: Path, row: formats.Format) -> Clip | None:
    """The clip, or None where one of our own errors says in one line why there is none; nothing else may come."""
    began, before = time.perf_counter(), peak()
    try:
        clip = formats.read(path, row.name)
        assert clip.values.shape == (len(clip), len(clip.names))
    except RigdriverError as error:
        clip = None
        assert str(error) and "\n" not in str(error) and len(str(error)) < 3000
    assert time.perf_counter() - began < SOON_S
    assert peak() - before < LITTLE
    return clip


CASES = [(row, suffix) for row in READS for suffix in suffixes(row)]


@pytest.mark.parametrize(("row", "suffix"), CASES, ids=lambda value: getattr(value, "name", value))
@settings(max_examples=60)
@given(data=st.data())
def test_a_good_file_mutated(tmp_path_factory, row: formats.Format, suffix: str, data: st.DataObject) -> None:
    good = sound(row.name, suffix, tmp_path_factory.getbasetemp())
    if good is None:
        pytest.skip(f"{row.name} is not installed here")
    bad = bytearray(good)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(bad))) if data.draw(st.booleans()) else data.draw(st.integers(0, 400))
        length = data.draw(st.sampled_from([0, 1, 2, 4, 8, 50]))
        bad[at : at + length] = data.draw(st.sampled_from(DAMAGE) | st.binary(max_size=8))
    if data.draw(st.integers(0, 3)) == 0:
        del bad[data.draw(st.integers(0, len(bad))) :]
    path = tmp_path_factory.getbasetemp() / f"bad{suffix}"
    path.write_bytes(bad)
    read(path, row)
    formats.reader(path)  # telling whose it is may not fail either


@pytest.mark.parametrize(("row", "suffix"), CASES, ids=lambda value: getattr(value, "name", value))
@settings(max_examples=25)
@given(data=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_noise(tmp_path_factory, row: formats.Format, suffix: str, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / f"noise{suffix}"
    path.write_bytes(data)
    read(path, row)


def bombs() -> dict[str, bytes]:
    """Texts that are small and want much."""
    deep = 100_000
    row = ",61" + ",0" * 61 + "\n"
    gaps = "".join(f"{k // 60:02d}:{k % 60:02d}:00:00.000{row}{k // 60:02d}:{k % 60:02d}:00:01.000{row}"
                   for k in range(300))
    return {
        "lists in lists": b"[" * deep + b"]" * deep,
        "objects in objects": b'{"a":' * deep + b"1" + b"}" * deep,
        "a long whole number": b'{"start": ' + b"9" * 1_000_000 + b"}",
        "lists in an object": b'{"weightMat": ' + b"[" * deep,
        "a wide name": b'{"facsNames": ["' + b"a_" * 500_000 + b'"], "weightMat": [[0]], "exportFps": 30}',
        "tags in tags": b"<rhubarbResult>" + b"<a>" * deep,
        "a long line": b"time_s," + b"a," * deep + b"\n",
        "a wide cell": b'time_s,"' + b"a" * 1_000_000 + b'"\n0,0\n1,1\n',
        "far times": b"time_s,a\n-1e300,0\n1e300,0\n",
        "far cues": b"0.00\tA\n99999999999\tB\n",
        "gaps of a minute": (",".join(header()) + "\n" + gaps).encode(),
        "far table": b"timeCode,blendShapes.JawOpen\n0,0\n0.03,0\n99999999,0\n",
        "nothing": b"",
        "spaces": b" " * 1_000_000,
    }


@pytest.mark.parametrize("bomb", bombs())
@pytest.mark.parametrize(("row", "suffix"), CASES, ids=lambda value: getattr(value, "name", value))
def test_bombs(tmp_path: Path, row: formats.Format, suffix: str, bomb: str) -> None:
    path = tmp_path / f"bomb{suffix}"
    path.write_bytes(bombs()[bomb])
    clip = read(path, row)
    assert clip is None or clip.values.size < LARGE
    formats.reader(path)


@pytest.mark.parametrize(("row", "suffix"), CASES, ids=lambda value: getattr(value, "name", value))
def test_no_file_and_a_folder(tmp_path: Path, row: formats.Format, suffix: str) -> None:
    assert read(tmp_path / f"none{suffix}", row) is None
    (tmp_path / f"folder{suffix}").mkdir()
    assert read(tmp_path / f"folder{suffix}", row) is None
