"""Dialogue: any chunking gives the same faces, and a listener heeds what the other says."""

from dataclasses import replace

import numpy as np
import pytest

from rigdriver.choose import way
from rigdriver.clip import PARTNER, concatenate
from rigdriver.dialogue import DialogueStream, dialogue
from rigdriver.errors import InputError
from rigdriver.layers import Layers
from rigdriver.performance import Blink, Head, Performance
from rigdriver.stage import run
from tests.layers.speech_like import silent, speech_like
from tests.speech import hello


def test_any_cutting_gives_the_same_faces():
    ways, sound = [way(seed=seed) for seed in (1, 2)], hello().samples
    sounds = [sound, sound[::-1].copy()]
    whole = dialogue([[each] for each in sounds], ways)
    stream, rng, at, parts = DialogueStream(ways), np.random.default_rng(0), 0, []
    while at < len(sound):
        size = int(rng.integers(1, 3000))
        parts.append(stream.push([each[at : at + size] for each in sounds]))
        at += size
    parts.append(stream.flush())
    for face, clips in zip(whole, zip(*parts)):
        np.testing.assert_allclose(concatenate(clips).values, face.values, atol=1e-3)


def test_who_has_said_everything_goes_on_listening():
    ways = [way(seed=seed) for seed in (1, 2)]
    long, short = dialogue([[hello().samples], [hello().samples[:8000]]], ways)
    assert len(long) == len(short)


def test_one_voice_is_no_dialogue():
    with pytest.raises(InputError, match="two voices or more"):
        dialogue([[hello().samples]], [way()])


def test_a_listener_nods_and_blinks_where_the_other_ends_a_phrase():
    still = Head(yaw_deg=0, pitch_deg=0, roll_deg=0, follow_share=0, listening_nod_share=1.0)
    calm = Performance(head=still, blink=Blink(idle_per_min=0, listening_share=1.0))
    other = speech_like(120, pauses=(1.5, 2.5))
    heard = silent(120).with_column(PARTNER, other["voice"])
    out = run(Layers(calm), heard)
    ends = np.flatnonzero((other["voice"][1:] < 0.3) & (other["voice"][:-1] >= 0.3)) + 1
    nod, lids = np.degrees(out["headPitch"]), out["eyeBlinkLeft"]
    assert len(ends) > 15
    assert np.mean([nod[end : end + 60].max() > 1 for end in ends if end < len(nod) - 60]) > 0.9
    assert np.mean([lids[end : end + 60].max() > 0.4 for end in ends if end < len(lids) - 60]) > 0.9
    talking = run(Layers(calm), replace(heard, values=np.where(np.array(heard.names) == "voice", 1, heard.values)))
    assert np.degrees(talking["headPitch"]).max() < 1  # who talks does not listen
