"""Files appear whole or not at all."""

import os
import stat
from pathlib import Path

import pytest

from rigdriver.errors import OutputError
from rigdriver.formats.atomic import replacing


def test_the_file_appears_at_the_end(tmp_path: Path) -> None:
    place = tmp_path / "a.bin"
    with replacing(place) as file:
        file.write(b"new")
        assert not place.exists()
    assert place.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [place]


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    place = tmp_path / "a.bin"
    place.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), replacing(place) as file:
        file.write(b"half")
        raise KeyboardInterrupt
    assert place.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [place]


def test_permissions_are_those_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"")
    with replacing(tmp_path / "ours") as file:
        file.write(b"")
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("plain", "ours")}
    assert len(modes) == 1


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with replacing(tmp_path / "link") as file:
        file.write(b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


def test_places_that_cannot_be_written_are_named(tmp_path: Path) -> None:
    cases = ((tmp_path, "is a folder"), (tmp_path / "no" / "a", "does not exist"), (Path(os.devnull), "plain"))
    for place, says in cases:
        with pytest.raises(OutputError, match=says), replacing(place):
            raise AssertionError("the block must not run")


def test_an_input_is_not_overwritten_unless_asked(tmp_path: Path) -> None:
    place = tmp_path / "hero.glb"
    place.write_bytes(b"precious")
    (tmp_path / "same").symlink_to(place)
    with pytest.raises(OutputError, match="also the input"), replacing(tmp_path / "same", [place]):
        pass
    assert place.read_bytes() == b"precious"
    with replacing(place, [place], overwrite_input=True) as file:
        file.write(b"asked")
    assert place.read_bytes() == b"asked"
