"""EmoDB's labels, in a file of our own making."""

import os
from pathlib import Path

import numpy as np
import pytest

from rigdriver.audio import Audio
from rigdriver.training.synthesis.sounds import Unknown, phones_of
from rigdriver.training.takes.emodb import CLOSURE_S, labelled, read_labels
from rigdriver.training.takes.sources import SOURCES

DATA = Path(os.environ.get("RIGDRIVER_DATA", Path(__file__).parents[3] / "shared" / "data"))
HEAD = "signal toy\ntype 0\ncolor 125\nnfields 1\n#\n"
ROWS = [(0.10, "_p"), (0.16, "!p\t+asp"), (0.18, "pasp"), (0.20, "a\t\t2"), (0.35, "\t+lar"), (0.40, "m"), (0.50, "!b"),
        (0.52, "aI    +eng    3"), (0.70, "("), (0.90, "t"), (0.97, "!t"), (1.0, "i6"), (1.2, ".")]  # fmt: skip


def labels(folder: Path, rows: list[tuple[float, str]] = ROWS) -> Path:
    path = folder / "toy.lablaut"
    path.write_text(HEAD + "".join(f"    {time:.6f}   -1 {label}\n" for time, label in rows), encoding="latin-1")
    return path


def sound(loud: list[tuple[float, float]], seconds: float) -> Audio:
    times = np.arange(int(seconds * 16000)) / 16000
    heard = sum(((times >= start) & (times < end)).astype(float) for start, end in loud)
    return Audio((0.001 + 0.3 * heard) * np.sin(2 * np.pi * 200 * times), 16000)


VOWELS = [(0.2, 0.4), (0.52, 0.7), (1.0, 1.2)]


def test_a_label_begins_at_its_time(tmp_path: Path) -> None:
    sounds = [(one.token, one.start, one.end) for one in read_labels(labels(tmp_path))]
    begun = 0.5 - CLOSURE_S
    assert sounds == [
        ("", 0.0, 0.1), ("p", 0.1, 0.18), ("asp", 0.18, 0.2), ("a", 0.2, 0.4), ("m", 0.4, begun), ("b", begun, 0.52),
        ("aI", 0.52, 0.7), ("", 0.7, 0.9), ("t", 0.9, 1.0), ("i6", 1.0, 1.2)]  # fmt: skip


def test_labels_become_rows_of_the_teacher(tmp_path: Path) -> None:
    phones = labelled(labels(tmp_path), sound(VOWELS, 1.3))
    assert [phone.name for phone in phones] == ["SIL", "P", "HH", "A", "M", "B", "AY", "SIL", "T", "IY", "AH"]


def test_labels_of_the_whole_are_cut_to_a_recording_of_the_beginning(tmp_path: Path) -> None:
    phones = labelled(labels(tmp_path), sound(VOWELS, 0.8))
    assert phones[-1].name == "SIL"
    assert phones[-1].end == pytest.approx(0.8)


def test_labels_that_do_not_meet_the_sound_are_dropped(tmp_path: Path) -> None:
    quiet_vowels = [(0.1, 0.2), (0.7, 1.0)]
    assert labelled(labels(tmp_path), sound(quiet_vowels, 1.3)) == ()
    assert labelled(labels(tmp_path, []), sound(VOWELS, 1.3)) == ()


def test_the_real_labels_are_all_known_and_all_but_three_files_are_used() -> None:
    files = sorted((DATA / "emodb" / "lablaut").glob("*.lablaut"))
    if not files:
        pytest.skip(f"needs {DATA / 'emodb'}; set RIGDRIVER_DATA to the folder of the test data")
    unknown = Unknown()
    for path in files:
        phones_of(read_labels(path), "emodb", "de", unknown)
    assert str(unknown) == ""
    takes = list(SOURCES["emodb"].takes(DATA))
    assert len(takes) >= len(list((DATA / "emodb" / "audio").glob("*.opus"))) - 3
    speakers = {split: {take.speaker for take in takes if take.split == split} for split in ("validation", "test")}
    assert speakers == {"validation": {"14"}, "test": {"15", "16"}}
