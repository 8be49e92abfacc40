"""Our own format loses nothing, gives the same bytes every time, and refuses what is damaged."""

import zipfile
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from rigdriver.clip import Clip
from rigdriver.errors import InputError
from rigdriver.formats import npz
from tests.helpers import assert_same, round_trip, waves

rates = st.fractions(min_value=Fraction(1, 1000), max_value=1000, max_denominator=2000)
any_names = st.lists(st.text().filter(lambda name: not name.endswith("\0")), unique=True, max_size=5)


@given(any_names, st.integers(0, 9), st.data(), rates, st.integers(-(2**40), 2**40))
def test_every_clip_comes_back_bit_for_bit(
    tmp_path_factory, names, frames: int, data, fps: Fraction, start: int
) -> None:
    values = data.draw(arrays.arrays(np.float32, (frames, len(names))))
    clip = Clip(tuple(names), values, fps, start)
    again = round_trip(clip, tmp_path_factory.getbasetemp() / "a.npz")
    assert (again.names, again.fps, again.start) == (clip.names, clip.fps, clip.start)
    assert again.values.tobytes() == np.ascontiguousarray(clip.values).tobytes()


def test_the_same_clip_gives_the_same_bytes(tmp_path: Path) -> None:
    npz.write(waves(), tmp_path / "a.npz", metadata={"seed": 1, "rig": "arkit"})
    with zipfile.ZipFile(tmp_path / "a.npz") as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}
    npz.write(waves(), tmp_path / "b.npz", metadata={"rig": "arkit", "seed": 1})
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    assert npz.read_metadata(tmp_path / "a.npz") == {"rig": "arkit", "seed": 1}


def test_a_long_clip_is_streamed_from_a_memory_map(tmp_path: Path) -> None:
    values = np.memmap(tmp_path / "values", np.float32, "w+", shape=(100_000, 60))
    values[:, 3] = np.arange(100_000)
    clip = Clip(tuple(map(str, range(60))), values, Fraction(60))
    assert_same(round_trip(clip, tmp_path / "a.npz"), clip)


def test_plain_numpy_reads_it(tmp_path: Path) -> None:
    npz.write(waves(3), tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz", allow_pickle=False) as archive:
        assert sorted(archive) == ["fps", "metadata", "names", "start", "values", "version"]


def damaged(path: Path) -> dict[str, bytes]:
    npz.write(waves(20), path)
    sound = path.read_bytes()
    np.savez(path, a=np.arange(3))
    other = path.read_bytes()
    return {"cut": sound[: len(sound) // 2], "empty": b"", "other arrays": other, "text": b"hello" * 50,
            "flipped": sound[:2000] + bytes([sound[2000] ^ 255]) + sound[2001:]}  # fmt: skip


@pytest.mark.parametrize("how", ["cut", "empty", "other arrays", "text", "flipped"])
def test_damage_is_an_input_error(tmp_path: Path, how: str) -> None:
    (tmp_path / "a.npz").write_bytes(damaged(tmp_path / "b.npz")[how])
    with pytest.raises(InputError, match=r"a\.npz: is not") as error:
        npz.read(tmp_path / "a.npz")
    assert "\n" not in str(error.value)


def test_arrays_that_do_not_fit_and_other_versions_are_refused(tmp_path: Path) -> None:
    values = np.zeros((2, 1), np.float32)
    good = {"version": 1, "names": np.array(["a"]), "fps": np.array([30, 1]), "start": 0, "values": values}
    cases = (
        ({"version": 9}, "version 9"),
        ({"names": np.array(["a", "b"])}, "do not fit"),
        ({"fps": np.array([1, 0])}, "sound"),
        ({"names": np.array([{}], object)}, "Python objects"),
        ({"values": values[:, 0]}, "do not fit"),
    )
    for change, says in cases:
        np.savez(tmp_path / "a.npz", **{**good, **change}, allow_pickle=True)
        with pytest.raises(InputError, match=says):
            npz.read(tmp_path / "a.npz")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        npz.read(tmp_path / "a.npz")
