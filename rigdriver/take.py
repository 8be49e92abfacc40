"""Take: a recording with the curves that belong to it; what training and evaluation read."""

from dataclasses import dataclass, field

from rigdriver.audio import Audio
from rigdriver.clip import Clip


@dataclass(frozen=True)
class Phone:
    """One spoken sound: ARPAbet name without stress digit, start and end in seconds; silence is SIL."""

    name: str
    start: float
    end: float
    stress: int = -1
    """1 or 2 stressed, 0 unstressed, −1 not known."""
    sure: float = 1.0
    """How far it can be trusted that it is spoken here, 0..1."""


@dataclass(frozen=True, eq=False)
class Take:
    """What one recording teaches.

    name: unique within its data set.
    audio: the sound.
    clip: captured or made curves, or None where only phones are known.
    phones: in time order, or empty where unknown.
    live: channels of the clip that carry truth; the others are to be masked.
    split: "train", "validation" or "test".
    text: what is said, in words, or "" where unknown.
    """

    name: str
    audio: Audio
    clip: Clip | None = None
    phones: tuple[Phone, ...] = ()
    live: tuple[str, ...] = ()
    speaker: str = ""
    language: str = ""
    emotion: str = ""
    split: str = "train"
    text: str = ""
    source: str = field(default="", compare=False)
