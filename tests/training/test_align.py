"""Forced alignment: text as an aligner wants it, and phones where they are spoken."""

import difflib
import itertools
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from rigdriver.audio import Audio
from rigdriver.errors import InputError
from rigdriver.inputs import files
from rigdriver.take import Phone
from rigdriver.training.takes.align import align, align_folder
from rigdriver.transcript import labels
from rigdriver.transcript.words import number, spelled, words
from tests.speech import HELLO, hello, hello_phones

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "librivox5"
NEEDS_SPHINX = "pocketsphinx comes with the extra [train]"
SPOKEN = """Hello! My name is Bobby. Papa built me from numbers.
Put me on your own character, and maybe I will speak for them, too.
"""


@pytest.mark.parametrize(("text", "spoken"), [
    ("It’s 1984,\r\nthe 22nd of May!", "it's nineteen eighty four the twenty second of may"),
    ("Dr. Brown — $1,200", "doctor brown one thousand two hundred dollars"),
    ("3.5% of 1,000,000", "three point five percent of one million"),
    ("2005 & 1905, 100", "two thousand five and nineteen oh five one hundred"),
    ("“Quoted” 'twice' (or) [thrice]…", "quoted twice or thrice"),
])
def test_text_becomes_words(text: str, spoken: str) -> None:
    assert words(text) == spoken.split()


def test_hyphens_fall_apart_where_the_dictionary_lacks_the_whole() -> None:
    assert words("well-known half-orc", {"well-known"}.__contains__) == ["well-known", "half", "orc"]


def test_numbers_have_words() -> None:
    assert " ".join(number(1_000_021)) == "one million twenty one"
    assert words("12th 3rd 1000000000000") == ["twelfth", "third", "one", *["zero"] * 12]


@pytest.mark.parametrize(("word", "phones"), [("Zorblax", "Z AO R B L AE K S"), ("lane", "L EY N"),
                                              ("Shimpfer", "SH IH M P F ER"), ("日本", "")])
def test_unknown_words_are_pronounced_by_rule(word: str, phones: str) -> None:
    assert spelled(word) == phones.split()


def starts(made: tuple[Phone, ...], true: tuple[Phone, ...]) -> tuple[np.ndarray, float]:
    """Errors in seconds of where matching phones begin, and the share of phones that match."""
    match = difflib.SequenceMatcher(a=[p.name for p in made], b=[p.name for p in true], autojunk=False)
    pairs = [(made[block.a + k], true[block.b + k]) for block in match.get_matching_blocks() for k in range(block.size)]
    return np.array([abs(a.start - b.start) for a, b in pairs]), len(pairs) / len(true)


def test_known_times_are_found() -> None:
    """The example was spoken by a synthesiser that printed its times."""
    pytest.importorskip("pocketsphinx", reason=NEEDS_SPHINX)
    made = align(hello(), SPOKEN)
    errors, matched = starts(made, hello_phones())
    assert matched > 0.9 and np.median(errors) <= 0.015 and np.quantile(errors, 0.9) < 0.05
    assert made[0].start == 0 and made[-1].end == pytest.approx(float(hello().duration), abs=0.01)
    assert all(one.end == pytest.approx(other.start) for one, other in itertools.pairwise(made))


@pytest.mark.skipif(not shutil.which("flite"), reason="flite speaks the sentence; apt-get install flite")
@pytest.mark.parametrize("voice", ["slt", "rms", "kal16"])
def test_a_synthesisers_times_are_found(tmp_path: Path, voice: str) -> None:
    pytest.importorskip("pocketsphinx", reason=NEEDS_SPHINX)
    text = "My mother baked a big apple pie for Bob, and 3 people walked 27 miles."
    command = ["flite", "-voice", voice, "-psdur", "-t", text, "-o", str(tmp_path / "a.wav")]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    ends = [(labels.arpabet(token.rsplit(":", 1)[0], "flite")[0], float(token.rsplit(":", 1)[1])) for token in printed]
    true = tuple(Phone(name, start, end) for (name, end), start in zip(ends, [0.0, *(end for _, end in ends)]))
    errors, matched = starts(align(files.read(tmp_path / "a.wav"), text), true)
    assert matched > 0.9 and np.median(errors) <= 0.015


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the shared data: librivox5")
def test_read_speech_against_its_reference_times() -> None:
    pytest.importorskip("pocketsphinx", reason=NEEDS_SPHINX)
    for path in sorted(SHARED.glob("*.wav")):
        reference = json.loads(path.with_suffix(".phone.json").read_text(encoding="utf-8"))["w"]
        true = tuple(Phone(part["t"], part["b"], part["b"] + part["d"]) for word in reference for part in word["w"])
        errors, matched = starts(align(files.read(path), path.with_suffix(".txt").read_text()), true)
        assert matched > 0.95 and np.median(errors) <= 0.01


def test_an_unknown_word_does_not_stop_it() -> None:
    pytest.importorskip("pocketsphinx", reason=NEEDS_SPHINX)
    told: list[str] = []
    made = align(hello(), SPOKEN.replace("Bobby", "Bobee"), told.append)
    assert told == ["not in the dictionary, pronounced by rule: bobee (B AA B IY)"]
    assert starts(made, hello_phones())[1] > 0.9


@pytest.mark.parametrize(("text", "says"), [("…", "no English word"), ("你好", "only English"),
                                            ("word " * 400, "do not fit")])
def test_text_that_cannot_be_aligned_is_one_line(text: str, says: str) -> None:
    pytest.importorskip("pocketsphinx", reason=NEEDS_SPHINX)
    with pytest.raises(InputError, match=says):
        align(hello(), text)
    with pytest.raises(InputError):
        align(Audio(np.zeros(8000, np.float32), 16000), "a long sentence that nobody says here at all ever again")


def test_a_folder_is_aligned_once_and_nothing_is_overwritten(tmp_path: Path) -> None:
    pytest.importorskip("pocketsphinx", reason=NEEDS_SPHINX)
    for name in ("one", "two", "mute"):
        shutil.copy(HELLO, tmp_path / f"{name}.wav")
    for name in ("one", "two"):
        (tmp_path / f"{name}.txt").write_bytes(b"\xef\xbb\xbf" + SPOKEN.replace("\n", "\r\n").encode())
    (tmp_path / "two.lab").write_text("0 1 sil\n")
    told: list[str] = []
    assert align_folder(tmp_path, told.append) == 1
    assert told[-1] == "1 aligned, 1 were before, 0 could not be"
    assert starts(labels.read(tmp_path / "one.TextGrid"), hello_phones())[1] > 0.9
    assert not (tmp_path / "two.TextGrid").exists()
    before = (tmp_path / "one.TextGrid").stat().st_mtime_ns
    assert align_folder(tmp_path, told.append) == 0
    assert (tmp_path / "one.TextGrid").stat().st_mtime_ns == before
    with pytest.raises(InputError, match="text beside it"):
        align_folder(_only_sound(tmp_path))


def _only_sound(folder: Path) -> Path:
    (folder / "bare").mkdir()
    shutil.copy(HELLO, folder / "bare" / "a.wav")
    return folder / "bare"
