"""Text → words as ARPAbet phones: by espeak-ng where it is installed, else by the rules of English spelling."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache

from rigdriver.errors import InputError
from rigdriver.transcript.inventory import default_inventory
from rigdriver.transcript.words import spelled, words

ESPEAK = "espeak-ng"
TIMEOUT_S = 60.0
LANGUAGE_MARK = re.compile(r"\([a-z-]+\)")  # where espeak-ng changes to another language within a sentence


def pronounce(text: str, voice: str = "en") -> list[tuple[str, ...]]:
    """Each word's phones, silent words left out. voice: espeak-ng's name of a language, `en`, `de`, `fr-ca` …

    Without espeak-ng words are read by the rules of English spelling, whatever the language: of the sounds that lips
    show, most languages of Latin script spell p, b, m and f alike. Raises InputError where espeak-ng fails.
    """
    return list(_pronounced(text, voice, shutil.which(ESPEAK)))


@cache
def _pronounced(text: str, voice: str, espeak: str | None) -> tuple[tuple[str, ...], ...]:
    spoken = _spoken(text, voice, espeak) if espeak else (tuple(spelled(word)) for word in words(text))
    return tuple(word for word in spoken if word)


def _spoken(text: str, voice: str, espeak: str) -> list[tuple[str, ...]]:
    command = [espeak, "-q", "--ipa", "--sep=_", "-v", voice, "--stdin"]
    try:
        done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InputError(f"{ESPEAK} cannot pronounce {text[:40]!r} ({type(error).__name__})") from None
    if done.returncode:
        why = (done.stderr.decode(errors="replace").strip().splitlines() or ["it said nothing"])[-1]
        raise InputError(f"{ESPEAK} cannot pronounce {text[:40]!r} with the voice {voice!r}: {why}")
    plain = LANGUAGE_MARK.sub("", done.stdout.decode("utf-8", "replace"))
    return [_phones(word, voice.split("-")[0]) for word in plain.split()]


def _phones(word: str, language: str) -> tuple[str, ...]:
    """`k_l_ˈaɪ_m_d` → K L AY M D; what the inventory does not know, or no phone is near, is left out."""
    inventory = default_inventory()
    rows = [row for token in word.split("_") for row in inventory.rows(token.strip("ˈˌ"), "ipa", language)]
    named = [name for row in rows if (name := inventory.class_of(row))]
    return tuple(name for k, name in enumerate(named) if k == 0 or name != named[k - 1])
