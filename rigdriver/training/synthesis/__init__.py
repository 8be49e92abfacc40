"""Speech made on the spot, with the exact time of every phone: one file a synthesiser, one row in SYNTHESISERS.

Only programs and voices whose licence lets weights ship in a product that is sold; mbrola's voices do not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from rigdriver.training.synthesis import espeak, festival, flite, open_jtalk
from rigdriver.training.synthesis.spoken import Line, Spoken


@dataclass(frozen=True)
class Synthesiser:
    """A row of the table. alphabet: how it spells its phones, a key of `inventory.yaml`."""

    installed: Callable[[], bool]
    speak: Callable[[Iterable[Line]], Iterator[Spoken]]
    alphabet: str


SYNTHESISERS = {
    "espeak": Synthesiser(espeak.installed, espeak.speak, "ipa"),
    "flite": Synthesiser(flite.installed, flite.speak, "arpabet"),
    "festival": Synthesiser(festival.installed, festival.speak, "arpabet"),
    "open_jtalk": Synthesiser(open_jtalk.installed, open_jtalk.speak, "open_jtalk"),
}
