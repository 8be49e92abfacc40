"""Emotion: poses added to speech, which wins at the lips.

A mood widens or narrows the jaw of speech itself; then poses are added. Upper face: all of the pose. Mouth corners,
pressed or rolled lips and the jaw give way while a person talks, corners most on rounded sounds; the jaw is the wider
of the two, not their sum. Where the network begins to hear p, b or m nothing of a pose parts the lips, and on f and v
nothing lowers the lip: what half a hint would just have done is done. What lips and teeth must do for these sounds and
the sibilants is made sure of by layers after this one.
"""

from __future__ import annotations

import numpy as np

from rigdriver import rig
from rigdriver.clip import Clip
from rigdriver.layers.chance import generator
from rigdriver.layers.gate import Pace
from rigdriver.layers.guess import Guess
from rigdriver.layers.in_place import InPlace
from rigdriver.layers.mood import Mood
from rigdriver.layers.rouse import enlivened
from rigdriver.layers.speech import SpeechState
from rigdriver.layers.wander import Wander
from rigdriver.lips import LOWERED, PARTING
from rigdriver.performance import EMOTIONS, Performance

UPPER = ("eyes", "brows")
CORNERS = ("mouthSmile", "mouthFrown", "mouthDimple", "mouthStretch")
YIELDING = ("mouthPress", "mouthRoll", "jaw")
CORNERS_KEEP, ROUNDED_KEEP, YIELDING_KEEP = 0.7, 0.3, 0.4  # of the pose while talking
ROUND, ROUND_FULL = 0.2, 0.4  # funnel + pucker from which corners give way, and where they have
HALF_HEARD = 0.02, 0.1  # hint from which what works against it gives way, and where it has: there closing begins
AGAINST = {"closure": ("jawOpen", *PARTING), "labiodental": LOWERED}  # such sounds, and what works against them
YIELD_S = 0.03, 0.2  # it gives way in, and comes back in: in no hurry, or hints that waver would shake the lips
TALK_S = 0.12  # half-life, twice cascaded, of the change between talking and not
VARY_TAU_S, VARY_STEP_S = 1.2, 0.6  # an expression held by a person comes and goes at .2 to .5 Hz
VARY_TOP = 2.0  # standard deviations at most


class EmotionStream(InPlace):
    keyed = EMOTIONS

    def __init__(self, performance: Performance, header: Clip, seed: int):
        super().__init__(performance, header, seed)
        names = rig.canonical().weights
        self._mood = Mood(performance)
        self._guess = Guess(header, self.frame_s)
        self._poses = self._mood.poses.table(names)
        self._speech, self._talk = SpeechState(performance.speech, self.frame_s), [0.0, 0.0]
        self._talk_share = 1 - 0.5 ** (self.frame_s / TALK_S)
        self._vary = Wander(generator(seed, "emotion"), (VARY_TAU_S,), VARY_STEP_S, header.start * self.frame_s)
        self._is_upper = np.isin(names, rig.canonical().of_region(*UPPER))
        self._keep = np.array([_kept(name) for name in names], np.float32)
        self._corner = np.array([name.startswith(CORNERS) for name in names], np.float32)
        self._against = [(hint, Pace(self.frame_s, *YIELD_S), np.isin(names, against).astype(np.float32))
                         for hint, against in AGAINST.items()]
        self._columns = header.columns(names)
        self._jaw, self._round = header.column("jawOpen"), header.columns(["mouthFunnel", "mouthPucker"])
        self._spoken = header.columns(["jawOpen", "mouthClose"])  # which is measured against the jaw
        self._jaw_of_pose = names.index("jawOpen")
        self.direct(performance)

    def redirect(self, performance: Performance) -> None:
        self._mood = Mood(performance)
        self._poses = self._mood.poses.table(rig.canonical().weights)
        super().redirect(performance)

    def direct(self, performance: Performance) -> None:
        settings = performance.emotion
        self._variation, self._auto, self._jaw_follows = settings.variation, settings.auto, settings.jaw_follow_voice
        size = settings.emotion_strength * np.where(self._is_upper, settings.upper_strength, settings.lower_strength)
        self._pose = (self._poses * size).astype(np.float32)  # (emotions, weights)

    def change(self, values: np.ndarray, start: int) -> None:
        if self._jaw_follows:
            values[:, self._spoken] *= enlivened(self.hint(values, "arousal"), self._jaw_follows)[:, None]
        if not self._mood.any:
            return
        times = self.times(values, start)
        weights = self._weights(times, values)
        values[:, self._spoken] *= self._mood.factors(weights, "jaw_motion")[:, None]
        posed = self._mood.mixed(weights, self._pose) * self._alive(times) * self._left(values)
        wider = np.maximum(values[:, self._jaw], posed[:, self._jaw_of_pose])
        values[:, self._columns] += posed
        values[:, self._jaw] = wider

    def _weights(self, times: np.ndarray, values: np.ndarray) -> np.ndarray:
        """(frames, emotions): what is said, and what is guessed in the room that it leaves."""
        said = self._mood.at(times)
        if not self._mood.guessed:
            return said
        return np.asarray(said + self._auto * self._guess.of(values) * (1 - said.sum(1, keepdims=True)))

    def _alive(self, times: np.ndarray) -> np.ndarray:
        """(frames, 1) around 1."""
        return 1 + self._variation * np.clip(self._vary.at(times), -VARY_TOP, VARY_TOP) / VARY_TOP

    def _left(self, values: np.ndarray) -> np.ndarray:
        """(frames, weights) what speech leaves of the pose."""
        talk = np.array([self._talking(voice) for voice in self.hint(values, "voice")], np.float32)[:, None]
        rounded = np.clip((values[:, self._round].sum(1, keepdims=True) - ROUND) / (ROUND_FULL - ROUND), 0, 1)
        keep = self._keep + rounded * self._corner * (ROUNDED_KEEP - CORNERS_KEEP)
        left = 1 + talk * (keep - 1)
        for name, pace, against in self._against:
            heard = np.clip((np.array(self.hint(values, name)) - HALF_HEARD[0]) / (HALF_HEARD[1] - HALF_HEARD[0]), 0, 1)
            left *= 1 - against * pace.follow(heard)[:, None]
        return np.asarray(left)

    def _talking(self, voice: float) -> float:
        self._speech.step(voice)
        talk = self._talk
        talk[0] += (self._speech.voiced - talk[0]) * self._talk_share
        talk[1] += (talk[0] - talk[1]) * self._talk_share
        return talk[1]


def _kept(name: str) -> float:
    if name.startswith(CORNERS):
        return CORNERS_KEEP
    return YIELDING_KEEP if name.startswith(YIELDING) else 1.0
