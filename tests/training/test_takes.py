"""A folder of takes as studios have them: paired, measured, split, and what is wrong said in a line."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from rigdriver import formats
from rigdriver.clip import Clip
from rigdriver.errors import InputError
from rigdriver.training.takes.folder import look
from rigdriver.training.takes.textgrid import write_textgrid
from rigdriver.transcript import labels
from tests.training import toy_takes
from tests.training.toy_takes import OWN, toy, write


def silent(_: str) -> None:
    pass


def test_a_folder_becomes_takes(tmp_path: Path) -> None:
    told: list[str] = []
    found = look(toy_takes.make(tmp_path), told.append)
    takes = list(found.takes())
    assert [take.name for take in takes] == ["take_0", "take_1", "take_2"]
    assert sorted(take.split for take in takes) == ["train", "train", "validation"]
    assert set(found.live) == {"jawOpen", "mouthPucker", "mouthClose"}
    assert "3 takes, 0.3 min: 2 train, 1 validation" in told
    for k, take in enumerate(takes):
        made = toy(k)
        assert take.audio.rate == 16000 and take.clip is not None and take.clip.fps == 60
        np.testing.assert_allclose(take.clip["jawOpen"], made.clip["jawOpen"][: len(take.clip)], atol=1e-6)
        assert abs(float(take.audio.duration - take.clip.duration)) <= 2 / 60


def test_what_does_not_move_or_is_moved_by_layers_is_left_out_and_said(tmp_path: Path) -> None:
    told: list[str] = []
    look(toy_takes.make(tmp_path), told.append)
    text = "\n".join(told)
    assert "mouthLeft" not in look(tmp_path, silent).live and "hardly move" in text
    assert "layers move them" in text and "eyeBlinkLeft" in text


def test_a_rig_of_ones_own_keeps_its_names(tmp_path: Path) -> None:
    found = look(toy_takes.make(tmp_path, names=OWN), silent)
    assert found.live == tuple(OWN.values())
    take = next(found.takes())
    assert take.clip is not None and take.clip.names == take.live == found.live and take.clip.fps == 30


def test_a_plain_table_will_do(tmp_path: Path) -> None:
    for k in range(2):
        write(tmp_path, f"t{k}", toy(k, 3, 30, OWN), ".csv")
    assert look(tmp_path, silent).live == tuple(OWN.values())


def test_controls_may_run_as_their_rig_likes(tmp_path: Path) -> None:
    """Maya attributes of −5..10 are kept as they are, with their range."""
    for k in range(2):
        made = toy(k, 3, 30, OWN)
        values = made.clip.values.copy()
        values[:, 0] = values[:, 0] * 15 - 5
        write(tmp_path, f"t{k}", replace(made, clip=replace(made.clip, values=values)), ".npz")
    found = look(tmp_path, silent)
    low, high = found.ranges[OWN["jaw"]]
    assert low == pytest.approx(-5) and 4 < high < 10
    assert found.ranges[OWN["round"]] == (0.0, 1.0)


def test_per_cent_is_found_and_scaled(tmp_path: Path) -> None:
    told: list[str] = []
    toy_takes.make(tmp_path)
    made = toy(9)
    write(tmp_path, "percent", replace(made, clip=replace(made.clip, values=made.clip.values * 100)), ".csv")
    takes = {take.name: take for take in look(tmp_path, told.append).takes()}
    clip = takes["percent"].clip
    assert clip is not None
    np.testing.assert_allclose(clip["jawOpen"], made.clip["jawOpen"][: len(clip)], atol=1e-5)
    assert any("percent.csv" in line and "divided by 100" in line for line in told)


def test_what_cannot_be_used_is_named_and_skipped(tmp_path: Path) -> None:
    told: list[str] = []
    toy_takes.make(tmp_path)
    soundfile.write(tmp_path / "lonely.wav", toy(5).sound, 16000)
    write(tmp_path, "both", toy(6), ".csv")
    formats.write(toy(6).clip, tmp_path / "both.npz")
    write(tmp_path, "broken", toy(7), ".csv").with_suffix(".csv").write_text("nothing", encoding="utf-8")
    wild = toy(8)
    write(tmp_path, "wild", replace(wild, clip=replace(wild.clip, values=wild.clip.values * 3000)), ".npz")
    assert [source.name for source in look(tmp_path, told.append).sources] == ["take_0", "take_1", "take_2"]
    for name, says in (("lonely", "without curves"), ("both", "both.csv and both.npz"), ("broken", "Live Link Face"),
                       ("wild", "should run 0 to 1")):
        assert [line for line in told if line.startswith("skipped") and name in line and says in line], (name, told)


def test_curves_that_outlast_their_sound_are_named(tmp_path: Path) -> None:
    told: list[str] = []
    toy_takes.make(tmp_path)
    long = toy(4, 8)
    path = write(tmp_path, "long", long)
    soundfile.write(path, long.sound[: 5 * 16000], 16000)
    take = next(take for take in look(tmp_path, told.append).takes() if take.name == "long")
    assert any("long.csv" in line and "3.02 s longer" in line for line in told), told
    assert take.clip is not None and float(take.audio.duration) == 5 and len(take.clip) == 301


def test_a_clip_that_begins_late_is_cut_out_with_its_sound(tmp_path: Path) -> None:
    made = toy(3, 4, 30)
    late = made.clip.cut(30, made.clip.end)
    write(tmp_path, "late", replace(made, clip=late), ".npz")
    write_textgrid(made.phones, tmp_path / "late.TextGrid")
    take = next(look(tmp_path, silent).takes())
    assert take.clip is not None and take.clip.start == 0
    assert float(take.audio.duration) == pytest.approx(3)
    np.testing.assert_allclose(take.audio.samples[:100], made.sound[16000:16100], atol=1e-4)
    phone = next(phone for phone in made.phones if phone.start > 1)
    assert any(other.start == pytest.approx(phone.start - 1, abs=1e-3) for other in take.phones)


def test_curves_may_lie_in_a_folder_of_their_own(tmp_path: Path) -> None:
    for k in range(2):
        path = write(tmp_path / "wav", f"t{k}", toy(k))
        (tmp_path / "csv").mkdir(exist_ok=True)
        path.with_suffix(".csv").rename(tmp_path / "csv" / f"t{k}.csv")
    assert len(look(tmp_path, silent).sources) == 2


def test_phones_come_along(tmp_path: Path) -> None:
    toy_takes.make(tmp_path)
    write_textgrid(toy(0).phones, tmp_path / "take_0.TextGrid")
    rows = [[phone.name, phone.start, phone.end] for phone in toy(1).phones]
    (tmp_path / "alignments.jsonl").write_text(f'{{"utt": "take_1", "phones": {rows!r}}}'.replace("'", '"'))
    (tmp_path / "take_2.txt").write_text("mama", encoding="utf-8")
    told: list[str] = []
    takes = list(look(tmp_path, told.append).takes())
    assert [bool(take.phones) for take in takes] == [True, True, False]
    assert [phone.name for phone in takes[0].phones] == [phone.name for phone in toy(0).phones]
    assert any("1 takes have a text and no phone times" in line for line in told)


@pytest.mark.parametrize(("prepare", "says"), [
    (lambda folder: None, "no recordings"),
    (lambda folder: soundfile.write(folder / "a.wav", toy(0).sound, 16000), "no take is left"),
    (lambda folder: write(folder, "still", replace(toy(0), clip=Clip(("jawOpen",), np.full((361, 1), 0.3), 60))),
     "no channel moves"),
    (lambda folder: [write(folder / "test", f"{k}", toy(k)) for k in range(2)], "no take is left to train on"),
])
def test_nothing_to_learn_is_one_clear_line(tmp_path: Path, prepare, says: str) -> None:
    prepare(tmp_path)
    with pytest.raises(InputError, match=says):
        look(tmp_path, silent)
    with pytest.raises(InputError, match="no such folder"):
        look(tmp_path / "nowhere", silent)


def test_curves_beside_a_recording_are_not_anothers(tmp_path: Path) -> None:
    told: list[str] = []
    write(tmp_path / "aya", "line_01", toy(0))
    write(tmp_path / "ben", "line_01", toy(1)).with_suffix(".csv").unlink()
    write(tmp_path / "ben", "line_02", toy(2))
    assert [source.name for source in look(tmp_path, told.append).sources] == ["aya/line_01", "ben/line_02"]
    assert any("skipped" in line and "without curves" in line for line in told)


def test_a_quiet_take_among_others_in_per_cent_is_in_per_cent(tmp_path: Path) -> None:
    told: list[str] = []
    for k, gain in enumerate((100, 80, 3)):
        made = toy(k)
        write(tmp_path, f"t{k}", replace(made, clip=replace(made.clip, values=made.clip.values * gain)), ".csv")
    found = look(tmp_path, told.append)
    assert [source.scale for source in found.sources] == [0.01] * 3
    assert len([line for line in told if "divided by 100" in line and "2 of 3 takes" in line]) == 1


def test_a_damaged_label_file_skips_its_take(tmp_path: Path) -> None:
    told: list[str] = []
    toy_takes.make(tmp_path)
    (tmp_path / "take_1.TextGrid").write_text("nothing", encoding="utf-8")
    found = look(tmp_path, told.append)
    assert [source.name for source in found.sources] == ["take_0", "take_2"] and len(list(found.takes())) == 2
    assert any(line.startswith("skipped") and "take_1.TextGrid" in line for line in told)


def test_alignments_are_read_once_a_folder(tmp_path: Path, monkeypatch) -> None:
    read: list[Path] = []
    toy_takes.make(tmp_path)
    for k in range(3):
        (tmp_path / f"take_{k}.txt").write_text("mama", encoding="utf-8")
    monkeypatch.setattr(labels, "read_alignments", lambda place: read.append(place) or {})
    look(tmp_path, silent)
    assert read == [tmp_path]
