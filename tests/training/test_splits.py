"""Splits: what the folder says counts; else a draw that repeats itself and never parts a speaker."""

from pathlib import Path

import pytest

from rigdriver.errors import InputError
from rigdriver.training.takes.splits import speaker, split


def test_about_a_twelfth_is_held_out_always_the_same(tmp_path: Path) -> None:
    takes = {f"line_{k:03d}": 4.0 for k in range(200)}
    drawn = split(tmp_path, takes)
    assert 0.07 < list(drawn.values()).count("validation") / 200 < 0.1
    assert drawn == split(tmp_path, dict(reversed(takes.items())))
    more = split(tmp_path, takes | {"line_200": 4.0})
    assert sum(drawn[name] != more[name] for name in takes) <= 2


def test_speakers_stay_whole(tmp_path: Path) -> None:
    takes = {f"{who}/{k}": 3.0 for who in ("aya", "ben", "cleo", "dan", "eve", "fay") for k in range(20)}
    drawn = split(tmp_path, takes)
    sides = {who: {drawn[name] for name in takes if speaker(name) == who} for who in ("aya", "ben", "cleo", "dan")}
    assert all(len(side) == 1 for side in sides.values())
    assert list(drawn.values()).count("validation") == 20


def test_few_takes_leave_one_to_choose_by_and_one_take_none(tmp_path: Path) -> None:
    assert sorted(split(tmp_path, {"a": 90, "b": 60, "c": 100}).values()) == ["train", "train", "validation"]
    assert split(tmp_path, {"a": 90}) == {"a": "train"}


def test_folders_say(tmp_path: Path) -> None:
    takes = {"train/a": 1.0, "dev/b": 1.0, "test/c": 1.0, "Train/aya/d": 1.0}
    assert list(split(tmp_path, takes).values()) == ["train", "validation", "test", "train"]
    assert speaker("Train/aya/d") == "aya"


def test_without_a_validation_folder_it_is_drawn_from_what_trains(tmp_path: Path) -> None:
    drawn = split(tmp_path, {f"train/{k}": 1.0 for k in range(30)} | {"test/x": 9.0})
    assert list(drawn.values()).count("validation") == 3 and drawn["test/x"] == "test"


def test_a_file_says(tmp_path: Path) -> None:
    (tmp_path / "split.csv").write_bytes(b"\xef\xbb\xbftake,split\r\na,val\r\n\r\nb,test\r\n")
    assert split(tmp_path, {"a": 1, "b": 1, "c": 1}) == {"a": "validation", "b": "test", "c": "train"}
    for text, says in (("a,tset\n", "line 1"), ("aa,test\n", "did you mean 'a'"), ("a,test\nb,test\n", "no take is")):
        (tmp_path / "split.csv").write_text(text)
        with pytest.raises(InputError, match=says):
            split(tmp_path, {"a": 1, "b": 1})


def test_a_skipped_take_is_said_and_another_encoding_is_an_error(tmp_path: Path) -> None:
    told: list[str] = []
    (tmp_path / "gone.WAV").touch()
    (tmp_path / "split.csv").write_text("gone,test\na,val\n")
    assert split(tmp_path, {"a": 1, "b": 1}, told.append) == {"a": "validation", "b": "train"}
    assert len(told) == 1 and "'gone' was skipped" in told[0]
    (tmp_path / "split.csv").write_bytes("zoë,test\n".encode("cp1252"))
    with pytest.raises(InputError, match="not UTF-8"):
        split(tmp_path, {"a": 1, "b": 1})
