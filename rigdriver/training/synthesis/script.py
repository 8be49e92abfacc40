"""The script: who says what, drawn from a seed, until each part has its share of the hours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from rigdriver.settings import build, read_yaml
from rigdriver.training.synthesis import festival, flite, open_jtalk
from rigdriver.training.synthesis.spoken import Line

# espeak-ng's variants that are near enough to a human voice: no robots, echoes or whispers.
VARIANTS = (
    "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "f1", "f2", "f3", "f4", "f5", "adam", "Alex", "Alicia", "Andrea",
    "Andy", "Annie", "antonio", "aunty", "belinda", "benjamin", "boris", "caleb", "david", "Denis", "Diogo", "ed",
    "edward", "Gene", "grandma", "grandpa", "Henrique", "Hugo", "iven", "Jacky", "john", "kaukovalta",
    "klatt", "klatt2", "klatt3", "klatt4", "Lee", "linda", "Marco", "Mario", "max", "Michael", "michel", "miguel",
    "Mike", "norbert", "pablo", "paul", "pedro", "quincy", "rob", "robert", "sandro", "shelby", "steph", "steph2",
    "travis", "victor", "zac",
)  # fmt: skip
ESPEAK = {  # language of `sentences.yaml` → voices; "en" is British, and so espeak-ng calls it beside a variant
    "en": ("en-us", "en", "en-gb-x-rp", "en-us-nyc"), "de": ("de",), "fr": ("fr", "fr-be"),
    "es": ("es", "es-419"), "it": ("it",), "ja": ("ja",), "cmn": ("cmn-latn-pinyin",), "pt": ("pt", "pt-br"),
    "ru": ("ru",), "nl": ("nl",), "pl": ("pl",), "tr": ("tr",), "ko": ("ko",), "hi": ("hi",), "ar": ("ar",),
}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """A share of the hours for one synthesiser; texts is a key of `sentences.yaml`, a language first."""

    synthesiser: str
    texts: str
    share: float

    @property
    def language(self) -> str:
        return self.texts.partition("_")[0]


PARTS = (
    *(Part("espeak", language, 0.10) for language in ("de", "fr", "cmn")),
    *(Part("espeak", language, 0.07) for language in ("en", "it", "pt")),
    Part("espeak", "ja", 0.05), Part("espeak", "ru", 0.06), Part("espeak", "es", 0.05),
    *(Part("espeak", language, 0.02) for language in ("nl", "pl", "tr", "ko", "hi", "ar")),
    Part("flite", "en", 0.10), Part("festival", "en", 0.06),
    Part("open_jtalk", "ja_kanji", 0.05),
)  # fmt: skip
HELD_OUT_LANGUAGE = "es"  # no training voice speaks it
HELD_OUT_VOICES = ("Annie", "f5", "m7", "awb")


@dataclass(frozen=True)
class Sentences:
    """`sentences.yaml`."""

    version: int
    lines: dict[str, tuple[str, ...]]


@cache
def sentences() -> dict[str, tuple[str, ...]]:
    path = Path(__file__).with_name("sentences.yaml")
    return build(Sentences, read_yaml(path), str(path)).lines


def split_of(line: Line) -> str:
    held = line.language == HELD_OUT_LANGUAGE or line.voice.rpartition("+")[2] in HELD_OUT_VOICES
    return "validation" if held else "train"


def draw(part: Part, rng: np.random.Generator) -> Iterator[Line]:
    """Lines without end: each of one to three sentences, in any voice of the part's."""
    texts = sentences()[part.texts]
    voices = _voices(part)
    while True:
        count = rng.choice([1, 2, 3], p=[0.5, 0.3, 0.2])
        text = " ".join(rng.choice(texts, count, replace=False))
        voice = str(rng.choice(voices))
        if part.synthesiser == "espeak":
            voice += f"+{rng.choice(VARIANTS)}"
        speed, pitch, liveliness = np.exp(rng.uniform(-0.3, 0.3)), rng.uniform(0.25, 0.75), rng.uniform(0.2, 0.9)
        yield Line(text, part.language, voice, float(speed), float(pitch), float(liveliness))


def _voices(part: Part) -> tuple[str, ...]:
    if part.synthesiser == "espeak":
        return ESPEAK[part.language]
    others = {"flite": flite.VOICES, "festival": festival.voices(), "open_jtalk": tuple(open_jtalk.VOICES)}
    return others[part.synthesiser]
