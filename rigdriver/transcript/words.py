"""English text as an aligner wants it: words of a pronouncing dictionary, numbers spoken, the rest spelled."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

ONES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
        "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
TENS = ("zero", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
SCALES = ((10**9, "billion"), (10**6, "million"), (1000, "thousand"), (100, "hundred"))
ORDINALS = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
            "twelve": "twelfth"}
SIGNS = {"%": " percent ", "&": " and ", "+": " plus ", "=": " equals ", "@": " at ", "$": " dollars ",
         "€": " euros ", "£": " pounds ", "°": " degrees "}
SHORT = {"mr.": "mister", "mrs.": "missus", "dr.": "doctor", "st.": "saint", "vs.": "versus", "no.": "number"}
APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'"})
PARTS = r"\d+(?:,\d{3})*(?:\.\d+)?(?:(?:st|nd|rd|th)(?![a-z]))?|[^\W\d_]+(?:['-][^\W\d_]+)*'?"  # numbers, words
YEARS = range(1100, 2000)  # four bare digits in here are spoken in pairs
DIGITS = 13  # numbers so long are read digit by digit

# Spelling to sound, longest first, for words that no dictionary has (names, mostly); vowels as in closed syllables.
LETTERS = {
    "tion": "SH AH N", "sion": "ZH AH N", "ough": "OW", "eigh": "EY", "igh": "AY", "tch": "CH", "sch": "SH",
    "dge": "JH", "air": "EH R", "ear": "IH R", "eer": "IH R", "our": "AW R", "ch": "CH", "ck": "K", "gh": "G",
    "kn": "N", "ng": "NG", "ph": "F", "qu": "K W", "sh": "SH", "th": "TH", "wh": "W", "wr": "R", "zh": "ZH",
    "ai": "EY", "ar": "AA R", "au": "AO", "aw": "AO", "ay": "EY", "ea": "IY", "ee": "IY", "ei": "EY", "er": "ER",
    "eu": "Y UW", "ew": "UW", "ey": "IY", "ie": "IY", "ir": "ER", "oa": "OW", "oi": "OY", "oo": "UW", "or": "AO R",
    "ou": "AW", "ow": "OW", "oy": "OY", "ue": "UW", "ui": "UW", "ur": "ER", "ce": "S EH", "ci": "S IH", "cy": "S IY",
    "ge": "JH EH", "gi": "JH IH", "a": "AE", "b": "B", "c": "K", "d": "D", "e": "EH", "f": "F", "g": "G", "h": "HH",
    "i": "IH", "j": "JH", "k": "K", "l": "L", "m": "M", "n": "N", "o": "AA", "p": "P", "q": "K", "r": "R", "s": "S",
    "t": "T", "u": "AH", "v": "V", "w": "W", "x": "K S", "y": "IY", "z": "Z",
}  # fmt: skip
LONG = {"a": "EY", "e": "IY", "i": "AY", "o": "OW", "u": "UW", "y": "AY"}  # before a consonant and a silent e
_LONGEST = max(map(len, LETTERS))


def words(text: str, known: Callable[[str], bool] = lambda _: True) -> list[str]:
    """Words in order, lower case: no punctuation, numbers as they are spoken, any line ends, typographic apostrophes.

    known: whether the dictionary has a word; a hyphenated one that it lacks falls into its parts.
    """
    text = re.sub(r"([$€£])(\d[\d,.]*\d|\d)", r"\2\1", text.translate(APOSTROPHES).lower())  # $5 is "five dollars"
    for sign, spoken in SIGNS.items():
        text = text.replace(sign, spoken)
    return [word for token in text.split() for word in _token(token, known)]


def number(value: int) -> list[str]:
    """A whole number, 0 or more, in words: 1984 → one thousand nine hundred eighty four."""
    if value < 20:
        return [ONES[value]]
    if value < 100:
        return [TENS[value // 10]] + ([ONES[value % 10]] if value % 10 else [])
    for size, name in SCALES:
        if value >= size:
            return [*number(value // size), name] + (number(value % size) if value % size else [])
    raise AssertionError("every number from 100 has a scale")


def spelled(word: str) -> list[str]:
    """ARPAbet by the rules of spelling, for a word that is in no dictionary; [] where it has no letter."""
    letters = re.sub(r"(.)\1", r"\1", re.sub(r"[^a-z]", "", word.lower()).replace("ee", "\0").replace("oo", "\1"))
    letters = letters.replace("\0", "ee").replace("\1", "oo")
    letters, long_at = _silent_e(letters)
    phones: list[str] = []
    at = 0
    while at < len(letters):
        if at == long_at:
            phones, at = [*phones, LONG[letters[at]]], at + 1
            continue
        size = next(size for size in range(_LONGEST, 0, -1)
                    if letters[at : at + size] in LETTERS and not at < long_at < at + size)
        phones, at = phones + LETTERS[letters[at : at + size]].split(), at + size
    return phones


def _silent_e(letters: str) -> tuple[str, int]:
    """`lane` → `lan`, with the vowel that the e makes long; −1 where there is none."""
    ends = re.search(r"(?:^|[^aeiouy])[aeiouy][^aeiouywx]e$", letters)
    return (letters[:-1], len(letters) - 3) if ends else (letters, -1)


def _token(token: str, known: Callable[[str], bool]) -> Iterator[str]:
    if token in SHORT:
        yield SHORT[token]
        return
    for part in re.findall(PARTS, token):
        if part[0].isdecimal():
            yield from _spoken(part)
        elif "-" in part and not known(part):
            yield from part.split("-")
        else:
            bare = part.rstrip("'")
            yield part if known(part) and not known(bare) else bare


def _spoken(digits: str) -> list[str]:
    ordinal = digits[-2:] in ("st", "nd", "rd", "th")
    whole, _, decimals = digits.removesuffix(digits[-2:] if ordinal else "").partition(".")
    plain = whole.replace(",", "")
    value = int(plain[:DIGITS])
    if len(plain) >= DIGITS:
        spoken = [ONES[int(digit)] for digit in plain]
    elif value in YEARS and "," not in whole and not decimals and value % 100:
        pair = number(value % 100)
        spoken = [*number(value // 100), *(["oh"] if value % 100 < 10 else []), *pair]
    else:
        spoken = number(value)
    if decimals:
        spoken += ["point", *(ONES[int(digit)] for digit in decimals)]
    return [*spoken[:-1], _ordinal(spoken[-1])] if ordinal else spoken


def _ordinal(word: str) -> str:
    return ORDINALS.get(word) or (word[:-1] + "ieth" if word.endswith("y") else word + "th")
