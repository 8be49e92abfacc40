"""Phone times beside a recording, in the forms that aligners and corpora write, as ARPAbet phones.

- `.TextGrid` (Praat; Montreal Forced Aligner): the interval tier named `phones` or `phone`; long and short text form.
- `.phn` (TIMIT): `first last label`, sample numbers at 16 kHz.
- `.lab`: festival and ESPS (`end colour label` in seconds, after a line `#`), HTK (`first last label` in 100 ns), or
  `first last label` in seconds, told apart by their numbers.
- `alignments.jsonl`, also `.gz`: ours; one line a recording, `{"utt": stem, "phones": [[name, start s, end s], …]}`.

https://www.fon.hum.uva.nl/praat/manual/TextGrid_file_formats.html, https://catalog.ldc.upenn.edu/docs/LDC93S1/
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from rigdriver.errors import InputError
from rigdriver.phones import PHONES
from rigdriver.take import Phone

TIMIT_RATE = 16000  # Hz
HTK_UNITS = 10_000_000  # of 100 ns in a second
LONGEST_S = 24 * 3600  # a time past a day is no number of seconds
ALIGNMENTS = ("alignments.jsonl", "alignments.jsonl.gz")
TIERS = ("phones", "phone", "phonemes", "segments")
WORD_TIERS = ("words", "word")

SILENT = {"", "sil", "sp", "spn", "pau", "epi", "h#", "#", "<eps>", "<sil>", "ssil", "q", "noise", "+spn+", "+nsn+"}
SPELLINGS = {  # of TIMIT, flite and festival, where they are not the CMU dictionary's
    "bcl": "B", "pcl": "P", "tcl": "T", "dcl": "D", "kcl": "K", "gcl": "G", "dx": "D", "nx": "N", "en": "N",
    "em": "M", "eng": "NG", "el": "L", "hv": "HH", "ax": "AH", "ax-h": "AH", "ix": "IH", "axr": "ER", "ux": "UW",
}  # fmt: skip


def beside(recording: Path) -> Path | None:
    """The label file of a recording: same place and stem, one of the suffixes that are read."""
    spelled = (recording.with_suffix(suffix) for suffix in WRITTEN)  # to list a large folder for each take is slow
    return next((path for path in spelled if path.is_file()), None)


def read(path: Path) -> tuple[Phone, ...]:
    """Phones of a label file, in time order. Raises InputError, naming a label that is not ARPAbet."""
    return READERS[path.suffix.lower()](path)


def read_alignments(folder: Path) -> dict[str, tuple[Phone, ...]]:
    """Phones by recording (its stem) from a folder's `alignments.jsonl`, or nothing where there is none."""
    for path in (folder / name for name in ALIGNMENTS):
        if path.is_file():
            return dict(_line(line, f"{path}, line {k}") for k, line in enumerate(_lines(path), 1) if line.strip())
    return {}




def arpabet(label: str, where: str) -> tuple[str, int]:
    """A label as a phone of the model and its stress (−1 where it has none): `AA1` → AA, 1; `pau` → SIL."""
    plain = label.strip().strip('"').lower()
    if plain in SILENT:
        return "SIL", -1
    stress = int(plain[-1]) if plain[-1] in "012" else -1
    name = SPELLINGS.get(plain.rstrip("012"), plain.rstrip("012").upper())
    if name not in PHONES:
        raise InputError(f"{where}: {label!r} is not an ARPAbet phone; align with an ARPAbet dictionary "
                         "(for the Montreal aligner: english_us_arpa)")
    return name, stress


def text_of(path: Path) -> str:
    """UTF-8, or UTF-16 as Praat writes it where a label is not ASCII; any line ends."""
    raw = path.read_bytes()
    try:
        return raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not text ({error})") from None


def _lines(path: Path) -> list[str]:
    if path.suffix != ".gz":
        return text_of(path).splitlines()
    try:
        return gzip.decompress(path.read_bytes()).decode("utf-8").splitlines()
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: is not gzipped text ({error})") from None


def _line(line: str, where: str) -> tuple[str, tuple[Phone, ...]]:
    try:
        row = json.loads(line)
        rows = [(str(name), float(start), float(end)) for name, start, end, *_ in row["phones"]]
        return str(row["utt"]), _phones(rows, where)
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f'{where}: is not {{"utt": …, "phones": [[name, start, end], …]}} '
                         f"({type(error).__name__}: {error})") from None


def _phones(rows: Iterable[tuple[str, float, float]], where: str) -> tuple[Phone, ...]:
    """Checked and in order; a stop's closure and its burst become one phone."""
    phones: list[Phone] = []
    closure = False
    for label, start, end in rows:
        name, stress = arpabet(label, where)
        if not 0 <= start <= end <= LONGEST_S or (phones and start < phones[-1].end - 0.02):
            raise InputError(f"{where}: {label!r} from {start:g} to {end:g} s; times should be seconds that only grow")
        if closure and phones[-1].name == name:
            phones[-1] = Phone(name, phones[-1].start, end)
        elif end > start:
            phones.append(Phone(name, start, end, stress))
        closure = label.lower().endswith("cl")
    return tuple(phones)


def _phn(path: Path) -> tuple[Phone, ...]:
    rows = [(label, first / TIMIT_RATE, last / TIMIT_RATE) for first, last, label in _three(path)]
    return _phones(rows, str(path))


def _three(path: Path) -> list[tuple[float, float, str]]:
    rows = []
    for k, line in enumerate(text_of(path).splitlines(), 1):
        cells = line.split()
        if not cells:
            continue
        try:
            rows.append((float(cells[0]), float(cells[1]), cells[2]))
        except (ValueError, IndexError):
            raise InputError(f"{path}, line {k}: {line.strip()!r} is not `first last label`") from None
    return rows


def _lab(path: Path) -> tuple[Phone, ...]:
    lines = [line.strip() for line in text_of(path).splitlines()]
    if "#" in lines:
        return _phones(_ends(lines[lines.index("#") + 1 :], path), str(path))
    rows = _three(path)
    unit = HTK_UNITS if rows and rows[-1][1] > LONGEST_S else 1
    return _phones([(label, first / unit, last / unit) for first, last, label in rows], str(path))


def _ends(lines: list[str], path: Path) -> Iterable[tuple[str, float, float]]:
    """festival's rows: each phone begins where the one before it ended."""
    start = 0.0
    for line in filter(None, lines):
        try:
            end, _, label = line.split()[:3]
            yield label, start, float(end)
            start = float(end)
        except ValueError:
            raise InputError(f"{path}: {line!r} is not `end number label`") from None


def has_phones(path: Path) -> bool:
    """Whether a TextGrid has a tier of phones."""
    return _tier(path, TIERS) is not None


def words_of(path: Path) -> list[tuple[str, float, float]]:
    """Words of a TextGrid with their start and end, silences left out. Raises InputError where it has no such tier."""
    tokens = _tier(path, WORD_TIERS)
    if tokens is None:
        raise InputError(f"{path}: has no interval tier named {TIERS[0]} or {WORD_TIERS[0]}")
    return [row for row in _intervals(tokens, path) if row[0].strip().lower() not in SILENT]


def _textgrid(path: Path) -> tuple[Phone, ...]:
    tokens = _tier(path, TIERS)
    if tokens is None:
        raise InputError(f"{path}: has no interval tier named {' or '.join(TIERS[:2])}")
    return _phones(_intervals(tokens, path), str(path))


def _tier(path: Path, names: tuple[str, ...]) -> list[str] | None:
    """Count, then start, end and label of each interval. Both text forms: what is a number or stands in quotes counts,
    the rest is decoration."""
    text = re.sub(r"\bitem *\[\d*\]:?|\bintervals *\[\d+\]:?", " ", text_of(path))
    tokens = re.findall(r'"(?:[^"]|"")*"|(?<![\w.\[])-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?', text)
    for k in range(len(tokens) - 4):
        if tokens[k] == '"IntervalTier"' and tokens[k + 1].strip('"').lower() in names:
            return tokens[k + 4 :]
    return None


def _intervals(tokens: list[str], path: Path) -> Iterable[tuple[str, float, float]]:
    """tokens: count, then start, end and label of each interval."""
    try:
        for k in range(1, 1 + 3 * int(tokens[0]), 3):
            yield tokens[k + 2].strip('"'), float(tokens[k]), float(tokens[k + 1])
    except (ValueError, IndexError):
        raise InputError(f"{path}: its phone tier breaks off or is damaged") from None


READERS: dict[str, Callable[[Path], tuple[Phone, ...]]] = {".textgrid": _textgrid, ".phn": _phn, ".lab": _lab}
WRITTEN = (".TextGrid", ".textgrid", ".TEXTGRID", ".Textgrid", ".phn", ".PHN", ".Phn", ".lab", ".LAB", ".Lab")
"""The readers' suffixes as programs spell them."""
