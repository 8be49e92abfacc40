"""Bare arrays of research code: FACEGOOD's, EmoFace's, and others where the rig is named."""

import io
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest

from rigdriver import formats
from rigdriver import rig as rigs
from rigdriver.errors import InputError, RigdriverError
from tests.helpers import waves

DATA = Path(os.environ.get("RIGDRIVER_DATA", Path(__file__).parents[3] / "shared" / "data")) / "facegood" / "bs_value"


def test_a_bare_array_is_told_by_its_width(tmp_path: Path) -> None:
    values = np.random.default_rng(0).random((5, 116))
    np.save(tmp_path / "a.npy", values)
    clip = formats.read(tmp_path / "a.npy")
    assert clip.names == rigs.load("facegood").names and clip.fps == 30
    np.testing.assert_array_equal(clip.values, values.astype(np.float32))


def test_real_facegood_is_read() -> None:
    take = DATA / "bs_value_1114_2_01.npz"
    if not take.is_file():
        pytest.skip(f"needs {take}; set RIGDRIVER_DATA to the folder of the test data")
    clip = formats.read(take)
    assert (len(clip), clip.fps) == (3295, 30)
    np.testing.assert_array_equal(clip["mouth_stretch_c"], np.load(take)["bs"][:, clip.column("mouth_stretch_c")])


def test_emofaces_lines_of_numbers_are_read(tmp_path: Path) -> None:
    if "emoface" not in rigs.available():
        pytest.skip("needs the rig emoface")
    values = np.random.default_rng(0).random((3, 174)).round(4)
    (tmp_path / "a.txt").write_text("".join(",".join(map(str, row)) + ",\n" for row in values))
    clip = formats.read(tmp_path / "a.txt")
    assert clip.names == rigs.load("emoface").names and clip.fps == 60
    np.testing.assert_allclose(clip.values, values, atol=1e-7)


def test_an_archive_may_say_names_and_rate(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "a.npz", W=np.eye(3), names=np.array(["a", "b", "c"]), fps=25)
    clip = formats.read(tmp_path / "a.npz")
    assert (clip.names, clip.fps) == (("a", "b", "c"), 25)
    formats.write(waves(), tmp_path / "own.npz")
    assert formats.reader(tmp_path / "own.npz").name == "npz" and formats.reader(tmp_path / "a.npz").name == "array"


def test_the_rig_and_the_rate_may_be_said(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros((4, 65), np.float32))
    with pytest.raises(InputError, match="does not say its frame rate"):
        formats.read(tmp_path / "a.npy", rig="arkit")
    assert formats.read(tmp_path / "a.npy", rig="arkit", fps=25).fps == 25
    with pytest.raises(InputError, match="has 65 channels, and the rig facegood 116"):
        formats.read(tmp_path / "a.npy", rig="facegood")


def save(path: Path, array: np.ndarray, **options: bool) -> Path:
    with path.open("wb") as file:
        np.save(file, array, **options)
    return path


@pytest.mark.parametrize(("array", "says"), [
    (np.zeros((4, 3, 2)), "should hold one array of frames × channels"),
    (np.zeros((4, 7)), "has 7 channels, as none of ours; name the rig"),
    (np.full((4, 116), np.inf), "frame 0, channel 0 is not a number"),
    (np.full((4, 116), "x"), "should hold one array"),
])
def test_what_is_no_such_array_is_named(tmp_path: Path, array: np.ndarray, says: str) -> None:
    with pytest.raises(InputError, match=says):
        formats.read(save(tmp_path / "a.npy", array))


def test_objects_are_not_unpickled(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Python objects"):
        formats.read(save(tmp_path / "a.npy", np.array([[{}]], object), allow_pickle=True))


def header(shape: str, descr: str = "<f4") -> bytes:
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


@pytest.mark.parametrize("data", [header("(99999999999, 116)"), header("(3,)", "<U99999999"), header("(-1, -116)")])
def test_a_header_gets_no_more_memory_than_its_file_has_bytes(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.npy").write_bytes(data + b"\0" * 64)
    with pytest.raises(InputError, match="are there"):
        formats.read(tmp_path / "a.npy")
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("bs.npy", data + b"\0" * 64)
    with pytest.raises(InputError, match="are there"):
        formats.read(tmp_path / "a.npz")


@pytest.mark.parametrize("name", ["bs.npy", "values.npy"])
def test_an_archive_that_unfolds_into_gigabytes_is_refused(tmp_path: Path, name: str) -> None:
    """A gibibyte of zeros in a mebibyte of zip, for the reader of arrays and for our own."""
    block = bytes(1 << 20)
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        if name == "values.npy":
            own = io.BytesIO()
            np.save(own, np.int64(1))
            archive.writestr("version.npy", own.getvalue())
        with archive.open(name, "w", force_zip64=True) as entry:
            entry.write(header("(2314098, 116)"))
            for _ in range(1024):
                entry.write(block)
    with pytest.raises(RigdriverError, match="unfold into"):
        formats.read(tmp_path / "a.npz")
