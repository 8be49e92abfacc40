"""The table of formats: found by suffix or by name, light until used, open to other packages."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from rigdriver import formats
from rigdriver.clip import Clip
from rigdriver.errors import InputError, MissingExtra, OutputError
from tests.glb_builder import face
from tests.helpers import assert_same, pose, round_trip, waves


@pytest.mark.parametrize("row", formats.TABLE, ids=lambda row: row.name)
def test_every_row_has_what_it_says(row: formats.Format) -> None:
    for verb, has in (("read", row.reads), ("write", row.writes)):
        assert hasattr(import_module(row.module), verb) == has
        assert not has or callable(row.function(verb))
    assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in row.suffixes)


def test_the_suffix_picks_the_format(tmp_path: Path) -> None:
    assert_same(round_trip(waves(), tmp_path / "a.NPZ"), waves())
    hero = face().write_glb(tmp_path / "hero.glb")
    assert_same(round_trip(pose(jawOpen=1), tmp_path / "a.Gltf", onto=hero).pick(["jawOpen"]), pose(jawOpen=1))


def test_a_name_goes_before_the_suffix(tmp_path: Path) -> None:
    formats.write(waves(), tmp_path / "clip.dat", format="npz")
    assert_same(formats.read(tmp_path / "clip.dat", format="npz"), waves())


def test_errors_list_the_choices(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"end in \.mov; choose one of: gltf \(\.glb \.gltf \.vrm\)"):
        formats.read(tmp_path / "a.mov")
    with pytest.raises(OutputError, match="end in nothing"):
        formats.write(waves(), tmp_path / "a")
    with pytest.raises(OutputError, match="no format 'gtlf' that rigdriver writes; did you mean 'gltf'"):
        formats.write(waves(), tmp_path / "a.glb", format="gtlf")


def test_a_suffix_is_a_name_too(tmp_path: Path) -> None:
    assert [formats.suffix_of(name) for name in ("glb", "gltf", "vrm", "livelink-csv", "npz")] == [
        ".glb", ".gltf", ".vrm", ".csv", ".npz"]  # fmt: skip
    formats.write(waves(), tmp_path / "out", format="csv")
    assert len(formats.read(tmp_path / "out", format="livelink-csv")) == 40


def test_a_suffix_as_a_name_leaves_the_format_to_the_clip(tmp_path: Path) -> None:
    clip = Clip(("CTRL_jaw",), waves().values[:, :1], waves().fps)
    formats.write(clip, tmp_path / "own", format="csv")
    assert formats.read(tmp_path / "own", format="csv").names == ("CTRL_jaw",)
    with pytest.raises(InputError, match="no ARKit curve"):
        formats.write(clip, tmp_path / "own", format="livelink-csv")


def test_an_option_that_a_format_lacks_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="'livelink-csv' has no option 'onto'; known: timecode"):
        formats.write(waves(), tmp_path / "a.csv", onto="hero.glb")
    with pytest.raises(OutputError, match="no option 'ontoo'; did you mean 'onto'"):
        formats.write(waves(), tmp_path / "a.glb", ontoo="hero.glb")


def test_the_table_is_light() -> None:
    code = "import sys, rigdriver.formats; print(' '.join(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"soundfile", "onnxruntime", "soxr", "torch", "rigdriver.formats.gltf", "yaml"} & set(loaded)


class Entry:
    """An installed package's entry point."""

    name = "studio"

    def load(self) -> formats.Format:
        return formats.Format("studio", (".studio",), "tests.formats.studio_format", "a studio's own", extra="studio")


def test_other_packages_add_rows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(formats, "entry_points", lambda group: [Entry()])
    formats.rows.cache_clear()
    try:
        assert [row.name for row in formats.rows()][-1] == "studio"
        with pytest.raises(MissingExtra, match=r"pip install 'rigdriver\[studio\]'"):
            formats.write(waves(), tmp_path / "a.studio")
    finally:
        formats.rows.cache_clear()


def test_an_empty_clip_is_stored(tmp_path: Path) -> None:
    assert_same(round_trip(Clip.header(("jawOpen",), 60, 7), tmp_path / "a.npz"), Clip.header(("jawOpen",), 60, 7))
