"""Transcripts as people have them: plain text, subtitles, what a recogniser wrote, phone times of an aligner.

- text (`.txt`): the words, no times;
- subtitles (`.srt`, `.vtt`): each cue's words lie within its times;
- `.json` as Whisper, WhisperX and their kin write it: `{"segments": [{"start", "end", "text", "words": [{"word",
  "start", "end"}]}]}`, words where there are any, or a list of such words;
- `.ctm` (NIST): `recording channel start seconds word`, a line a word;
- `.TextGrid`, `.phn`, `.lab`: phones with times (`transcript.labels`); a TextGrid without them, but with a tier
  `words`, gives words with times.

Times of others are trusted to about `SLACK_S`; where exactly a word lies, the sound says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from rigdriver.errors import InputError
from rigdriver.transcript import Transcript, Word, labels
from rigdriver.transcript.pronounce import pronounce

SLACK_S = 0.4  # recognisers' word times are off by up to this (Whisper's come from attention)
MOST_BYTES = 2**24  # of a transcript: hours of speech are a megabyte
CLOCK = r"(?:(\d+):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
CUE = re.compile(rf"{CLOCK}\s*-->\s*{CLOCK}")
TAG = re.compile(r"<[^>]*>|\{[^}]*\}|\[[^\]]*\]|♪")  # mark-up and "[laughs]" of subtitles
BREAK = re.compile(r"(?<=[.!?…。！？])\s+|\n\s*\n")
Timed = tuple[str, float, float]

SUFFIXES = (".txt", ".srt", ".vtt", ".json", ".ctm", *labels.WRITTEN)


def load(path: str | Path, voice: str = "en") -> Transcript:
    """A transcript file. voice: language of its words (`pronounce`). Raises InputError."""
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in {known.lower() for known in SUFFIXES}:
        raise InputError(f"{path}: a transcript ends in {', '.join(dict.fromkeys(s.lower() for s in SUFFIXES))}")
    if not path.is_file():
        raise InputError(f"{path}: no such transcript")
    if path.stat().st_size > MOST_BYTES:
        raise InputError(f"{path}: {path.stat().st_size >> 20} MB is no transcript of speech; {MOST_BYTES >> 20} MB is "
                         "the most")
    if suffix == ".txt":
        return of_text(plain_text(path), voice, str(path))
    if suffix in TIMED:
        return _of_timed(TIMED[suffix](path), voice, path)
    if suffix == ".textgrid" and not labels.has_phones(path):
        return _of_timed(labels.words_of(path), voice, path)
    return Transcript(str(path), phones=labels.read(path))


def known(given: str | Path, voice: str = "en") -> Transcript:
    """A transcript from what stands for one: a `Path` to a file of it, or the words themselves."""
    return load(given, voice) if isinstance(given, Path) else of_text(given, voice)


def plain_text(path: Path) -> str:
    """UTF-8, UTF-16, or what older Windows editors write."""
    raw = path.read_bytes()
    try:
        return raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def of_text(text: str, voice: str = "en", name: str = "the transcript") -> Transcript:
    """Words without times."""
    sentences = (" ".join(sentence.split()) for sentence in BREAK.split(text))
    words = tuple(Word(phones) for sentence in sentences if sentence for phones in pronounce(sentence, voice))
    if not words:
        raise InputError(f"{name}: holds no word that can be pronounced in {voice!r}")
    return Transcript(name, words)


def beside(recording: Path, folder: Path) -> Path | None:
    """The transcript in `folder` that has the recording's name."""
    found = (folder / f"{recording.stem}{suffix}" for suffix in SUFFIXES)
    return next((path for path in found if path.is_file() and path != recording), None)


def _of_timed(timed: Iterable[Timed], voice: str, path: Path) -> Transcript:
    words = []
    for text, start, end in timed:
        if not 0 <= start <= end <= labels.LONGEST_S:
            raise InputError(f"{path}: {text[:40]!r} from {start:g} to {end:g} s; times should be seconds, start first")
        words += [Word(phones, max(0.0, start - SLACK_S), end + SLACK_S) for phones in pronounce(text, voice)]
    if not words:
        raise InputError(f"{path}: holds no word that can be pronounced in {voice!r}")
    return Transcript(str(path), tuple(words))


def _subtitles(path: Path) -> Iterator[Timed]:
    lines = labels.text_of(path).splitlines()
    at = [k for k, line in enumerate(lines) if CUE.search(line)]
    if not at:
        raise InputError(f"{path}: has no line `00:00:01,000 --> 00:00:02,500`")
    for here, after in zip(at, [*at[1:], len(lines) + 2]):
        cue = CUE.search(lines[here])
        assert cue
        said = [line for line in lines[here + 1 : after] if not line.strip().isdigit()]  # the number of the next cue
        text = TAG.sub(" ", " ".join(_up_to_blank(said)))
        if text.strip():
            yield text.strip(), _seconds(cue.groups()[:4]), _seconds(cue.groups()[4:])


def _up_to_blank(lines: list[str]) -> list[str]:
    return lines[: next((k for k, line in enumerate(lines) if not line.strip()), len(lines))]


def _seconds(clock: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, fraction = clock
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0) + float(f"0.{fraction}")


def _json(path: Path) -> list[Timed]:
    try:
        given = json.loads(labels.text_of(path))
        rows = (given.get("segments") or given["words"]) if isinstance(given, dict) else given
        return [row for segment in rows for row in _segment(segment)]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(f'{path}: is not {{"segments": [{{"start": …, "end": …, "text": …}}]}} '
                         f"({type(error).__name__}: {error})") from None


def _segment(row: dict) -> list[Timed]:
    """A segment's words, or itself where it has none; a word that nobody could place keeps its segment's times."""
    if not row.get("words"):
        return [(str(row["text"] if "text" in row else row["word"]), float(row["start"]), float(row["end"]))]
    return [(str(word["word"]), float(word.get("start", row["start"])), float(word.get("end", row["end"])))
            for word in row["words"]]


def _ctm(path: Path) -> Iterator[Timed]:
    for k, line in enumerate(labels.text_of(path).splitlines(), 1):
        cells = line.split()
        if not cells or line.startswith(";;"):
            continue
        try:
            start, seconds = float(cells[2]), float(cells[3])
            yield cells[4], start, start + seconds
        except (ValueError, IndexError):
            what = f"{line.strip()!r} is not `recording channel start seconds word`"
            raise InputError(f"{path}, line {k}: {what}") from None


TIMED: dict[str, Callable[[Path], Iterable[Timed]]] = {
    ".srt": _subtitles, ".vtt": _subtitles, ".json": _json, ".ctm": _ctm}
