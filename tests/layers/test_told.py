"""Hints follow what is known to be spoken, as far as it can be trusted, and nothing else does."""

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rigdriver.clip import Clip
from rigdriver.layers.told import CLEAR_S, RAMP_S, Told
from rigdriver.stage import run
from rigdriver.take import Phone
from tests import laws

NAMES = ("jawOpen", "voice", "closure", "labiodental")
PHONES = (Phone("AA", 0.5, 1.0), Phone("M", 1.0, 1.1), Phone("AA", 1.1, 1.5), Phone("F", 1.5, 1.6),
          Phone("IY", 1.6, 2.0))


def heard(level: float = 0.5) -> Clip:
    return Clip(NAMES, np.full((180, 4), level, np.float32), Fraction(60))


def test_a_known_closure_rises_and_a_known_vowel_falls() -> None:
    clip = run(Told(PHONES), heard())
    times = clip.times
    shut = (times >= 1.0) & (times <= 1.1)
    assert (clip["closure"][shut] == 1).all()
    assert (clip["closure"][(times > 0.5) & (times < 1.0 - CLEAR_S)] == 0).all()
    assert (clip["closure"][(times > 1.1 + CLEAR_S) & (times < 2.0)] == 0).all()
    assert (clip["labiodental"][(times >= 1.5) & (times <= 1.6)] == 1).all() and clip["labiodental"][60] == 0
    for name in ("jawOpen", "voice"):
        assert (clip[name] == 0.5).all()


def test_where_nothing_is_known_hearing_stands() -> None:
    clip = run(Told(PHONES), heard())
    outside = (clip.times < 0.5 - RAMP_S) | (clip.times >= 2.0)
    assert (clip["closure"][outside] == 0.5).all()
    assert (run(Told(()), heard()).values == heard().values).all()


def test_half_the_trust_is_half_the_change_and_none_is_none() -> None:
    half = run(Told(tuple(Phone(p.name, p.start, p.end, sure=0.5) for p in PHONES)), heard(0.2))
    assert half["closure"][63] == np.float32(0.5) and half["closure"][40] == np.float32(0.1)
    none = run(Told(tuple(Phone(p.name, p.start, p.end, sure=0.0) for p in PHONES)), heard())
    assert (none.values == heard().values).all()


def test_the_burst_of_a_plosive_opens_the_lips() -> None:
    clip = run(Told((Phone("P", 1.0, 1.2), Phone("AA", 1.2, 1.6))), heard(0.0))
    assert clip["closure"][66] == 1 and clip["closure"][71] < 0.4


def test_a_clip_without_the_hint_passes() -> None:
    clip = heard().pick(("jawOpen",))
    assert (run(Told(PHONES), clip).values == clip.values).all()


@settings(max_examples=30, deadline=None)
@given(laws.cuttings(180), st.integers(0, 9))
def test_laws(lengths: list[int], seed: int) -> None:
    noisy = Clip(NAMES, np.random.default_rng(seed).random((180, 4), np.float32), Fraction(60))
    laws.check_chunking(Told(PHONES), noisy, lengths)
    laws.check_streams_apart(Told(PHONES), noisy, heard(), 7)
