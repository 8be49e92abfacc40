"""Phone times in the forms that others write."""

import gzip
from pathlib import Path

import pytest

from rigdriver.errors import InputError
from rigdriver.take import Phone
from rigdriver.training.takes.textgrid import write_textgrid
from rigdriver.transcript import labels

SHORT = '''File type = "ooTextFile"
Object class = "TextGrid"

0
0.9
<exists>
2
"IntervalTier"
"words"
0
0.9
1
0
0.9
"b1 ""1"""
"IntervalTier"
"phones"
0
0.9
3
0
0.25
""
0.25
0.5
"B"
0.5
0.9
"AA1"
'''
EXPECTED = (Phone("SIL", 0, 0.25), Phone("B", 0.25, 0.5), Phone("AA", 0.5, 0.9, 1))


def written(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.replace("\n", "\r\n").encode(encoding))
    return path


@pytest.mark.parametrize(("name", "text"), [
    ("a.TextGrid", SHORT),
    ("a.phn", "0 4000 h#\n4000 7000 bcl\n7000 8000 b\n8000 14400 aa1\n"),
    ("a.lab", "separator ;\nnfields 1\n#\n0.25 100 pau\n0.5 100 b\n0.9 100 aa1\n"),
    ("b.lab", "0 2500000 sil\n2500000 5000000 b\n5000000 9000000 aa1\n"),
    ("c.lab", "0 0.25 sil\n0.25 0.5 B\n0.5 0.9 AA1\n"),
])
def test_each_form_gives_the_same_phones(tmp_path: Path, name: str, text: str) -> None:
    assert labels.read(written(tmp_path, name, text)) == EXPECTED


def test_praats_utf16_is_read(tmp_path: Path) -> None:
    assert labels.read(written(tmp_path, "a.TextGrid", SHORT, "utf-16")) == EXPECTED


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    write_textgrid(EXPECTED[1:], tmp_path / "a.TextGrid")
    again = labels.read(tmp_path / "a.TextGrid")
    assert [(phone.name, phone.start, phone.end) for phone in again] == [
        (phone.name, phone.start, phone.end) for phone in EXPECTED]


def test_our_own_lines(tmp_path: Path) -> None:
    line = '{"utt": "a", "text": "ba", "phones": [["SIL", 0, 0.25, "", -3], ["B", 0.25, 0.5], ["AA1", 0.5, 0.9]]}\n'
    (tmp_path / "alignments.jsonl.gz").write_bytes(gzip.compress(line.encode()))
    assert labels.read_alignments(tmp_path) == {"a": EXPECTED}
    (tmp_path / "alignments.jsonl").write_text(line + '{"utt": "b"}\n')
    with pytest.raises(InputError, match="line 2"):
        labels.read_alignments(tmp_path)


@pytest.mark.parametrize(("name", "text", "says"), [
    ("a.phn", "0 100 b\n100 200 ʃ\n", "'ʃ' is not an ARPAbet phone"),
    ("a.phn", "0 16000 b\n100 200 aa\n", "only grow"),
    ("a.phn", "zero one b\n", "line 1"),
    ("a.lab", "#\n0.5 b\n", "end number label"),
    ("a.TextGrid", SHORT.replace('"phones"', '"tones"'), "no interval tier"),
    ("a.TextGrid", SHORT[:-12], "breaks off"),
])
def test_damage_is_one_line(tmp_path: Path, name: str, text: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        labels.read(written(tmp_path, name, text))


def test_the_label_file_of_a_recording(tmp_path: Path) -> None:
    written(tmp_path, "take [1].lab", "0 0.25 sil\n")
    assert labels.beside(tmp_path / "take [1].wav") == tmp_path / "take [1].lab"
    assert labels.beside(tmp_path / "take 1.wav") is None
