"""Takes strung together: sound and frames stay together, and only one voice speaks."""

import numpy as np

from rigdriver.model.settings import FrontendSettings
from rigdriver.training.dataset import Lesson
from rigdriver.training.strung import Voices

FRONTEND = FrontendSettings()


def lesson(speaker: str, frames: int, mark: int, manner: float = 0.0) -> Lesson:
    """Each frame's samples hold the frame's number × 10 + mark, and so does its curve."""
    value = np.arange(frames) * 10 + mark
    at = np.arange(frames) * FRONTEND.rate // FRONTEND.fps
    samples = np.repeat(value, np.diff(at, append=at[-1] + 100)).astype(np.int16)
    track = value.astype(np.float32)
    return Lesson(samples=samples, curves=track[:, None], live=np.ones(1, bool), phones=np.full(frames, mark, np.int8),
                  gate=track, accent=track, manner=np.full(5, manner, np.float32), style=0, source="set", split="train",
                  name=f"{speaker}{mark}", speaker=speaker)


def test_sound_and_frames_stay_together() -> None:
    lessons = [lesson("a", 40, 1), lesson("a", 25, 2), lesson("a", 33, 3)]
    for seed in range(20):
        rng = np.random.default_rng(seed)
        strung = Voices(lessons, FRONTEND).strung(lessons[seed % 3], 200, rng)
        assert len(strung) >= 200
        heard = strung.samples[np.arange(len(strung)) * FRONTEND.rate // FRONTEND.fps + 8]  # parts round by a sample
        np.testing.assert_array_equal(heard, strung.curves[:, 0])
        np.testing.assert_array_equal(strung.gate, strung.curves[:, 0])


def test_only_the_same_voice_in_the_same_manner_follows() -> None:
    lessons = [lesson("a", 40, 1), lesson("b", 40, 2), lesson("a", 40, 3, manner=0.5), lesson("a", 40, 4)]
    strung = Voices(lessons, FRONTEND).strung(lessons[0], 600, np.random.default_rng(0))
    assert set(strung.phones.tolist()) == {1, 4}
