"""Head: a slow wander, nods on accents, a new posture at a turn's start, and eyes that hold their gaze meanwhile.

Sizes are those of an actor speaking (yaw 1.36, pitch 1.23, roll .86 degrees of standard deviation). Signs are
the rig's: yaw left, pitch down and roll towards the right shoulder are positive.
"""

from __future__ import annotations

import math

import numpy as np

from rigdriver.clip import PARTNER, Clip
from rigdriver.layers.accents import Accents
from rigdriver.layers.chance import generator
from rigdriver.layers.eyes import Eyes
from rigdriver.layers.in_place import InPlace
from rigdriver.layers.moments import Moments
from rigdriver.layers.mood import Mood
from rigdriver.layers.rouse import enlivened
from rigdriver.layers.speech import Partner, SpeechState
from rigdriver.layers.strokes import Glide, Pulse
from rigdriver.layers.wander import Wander
from rigdriver.performance import Performance

ANGLES = ("headYaw", "headPitch", "headRoll")
SLOW_TAU_S, SLOW_STEP_S = (1.2, 1.5, 2.0), 0.25  # yaw, pitch, roll
FAST_TAU_S, FAST_STEP_S = (0.1, 0.15, 0.15), 0.1  # the small quick part that only speech has
# Shares of the settings' standard deviation; posture, nods and roll by yaw bring the rest.
SLOW_SHARE, FAST_SHARE = np.array([0.62, 0.72, 0.8]), np.array([0.75, 0.55, 0.65])
POSTURE_SHARE = (0.4, 0.35, 0.3)
POSTURE_S, SETTLE_S = (0.5, 0.8), (1.0, 1.5)
ROLL_BY_YAW = 0.1
ENERGY_S, PAUSE_S = 0.25, 0.4  # half-life of the change between speech and rest; shorter pauses are part of speech
HEED_S, HEED_CYCLES, HEED_HZ = (0.1, 0.4), 3, (1.5, 2.5)  # a listener's nods: how soon, at most how many, how fast
NOD_RISE_S, NOD_FALL_S = (0.14, 0.2), (0.25, 0.4)
FOLLOW_BEYOND_DEG, FOLLOW_S = 12.0, 0.09  # two cascaded half-lives: a lag of about .1 s and .4 s to arrive
EYES_AGAINST_HEAD = [0, 1, 0, 1]  # yaw and pitch, for each eye


class HeadStream(InPlace):
    def __init__(self, performance: Performance, header: Clip, seed: int):
        super().__init__(performance, header, seed)
        begin_s = header.start * self.frame_s
        self._rng, self._nod_rng = generator(seed, "head"), generator(seed, "head nods")
        self.direct(performance)
        self._slow = Wander(generator(seed, "head slow"), SLOW_TAU_S, SLOW_STEP_S, begin_s)
        self._fast = Wander(generator(seed, "head fast"), FAST_TAU_S, FAST_STEP_S, begin_s)
        self._speech, self._accents = SpeechState(performance.speech, self.frame_s), Accents(self.frame_s)
        self._partner, self._heed_rng = Partner(performance.speech, self.frame_s), generator(seed, "head listening")
        self._posture = [Glide(0.0) for _ in ANGLES]
        self._energy, self._talked, self._nods = [0.0, 0.0], False, list[Pulse]()
        self._follow = [0.0, 0.0, 0.0, 0.0]  # two averages of yaw, two of pitch, degrees
        self._energy_share, self._follow_share = (1 - 0.5 ** (self.frame_s / s) for s in (ENERGY_S, FOLLOW_S))
        self._columns, self._eyes = header.columns(ANGLES), Eyes(header)
        self._mood, self._asked = Mood(performance), Moments(performance.head.nods_at_s)

    def direct(self, performance: Performance) -> None:
        self._settings, self._follow_voice = performance.head, performance.emotion.follow_voice
        self._size = np.array([self._settings.yaw_deg, self._settings.pitch_deg, self._settings.roll_deg])

    def change(self, values: np.ndarray, start: int) -> None:
        times, eyes = self.times(values, start), self._eyes.read(values)
        hints = zip(times.tolist(), self.hint(values, "voice"), self.hint(values, "accent"),
                    self.hint(values, PARTNER))
        moves = np.array([self._step(*hint) for hint in hints])  # (frames, 4): yaw, pitch, roll, energy
        energy = moves[:, 3:]
        wander = SLOW_SHARE * self._slow.at(times) * (self._settings.idle_share * (1 - energy) + energy)
        wander += FAST_SHARE * self._fast.at(times) * energy
        head = (wander * self._size + moves[:, :3]) * self._settings.head_strength
        head *= enlivened(self.hint(values, "arousal"), self._follow_voice)[:, None]
        head[:, 2] += ROLL_BY_YAW * head[:, 0]
        if self._mood.any:
            self._hold(head, self._mood.at(times))
        head[:, :2] += self._gaze_share(eyes)
        head *= math.pi / 180
        values[:, self._columns] += head
        self._eyes.write(values, eyes - head[:, EYES_AGAINST_HEAD])

    def _hold(self, head: np.ndarray, emotion: np.ndarray) -> None:
        """Livelier or calmer, and held as the emotion has it; head (frames, 3) in degrees."""
        head *= self._mood.factors(emotion, "head_motion")[:, None]
        head[:, 1] += self._mood.angles(emotion, "head_pitch_deg")
        head[:, 2] += self._mood.angles(emotion, "head_roll_deg")

    def _step(self, time_s: float, voice: float, accented: float, partner: float) -> tuple[float, float, float, float]:
        """Posture and nods of one frame in degrees (yaw, pitch, roll), and how lively the head is, 0..1."""
        self._speech.step(voice)
        accent = self._accents.step(accented, self._speech)
        if self._speech.talking != self._talked:
            self._talked = self._speech.talking
            self._take_posture(time_s)
        if accent and self._nod_rng.random() < self._settings.nod_share * accent:
            self._nods.append(self._nod(accent, time_s))
        if self._partner.ends_phrase(partner) and not self._speech.talking:
            self._heed(time_s)
        if self._asked.now(time_s, self.frame_s):
            self._nods.append(self._nod(1.0, time_s, deep=True))
        if self._nods:
            self._nods = [nod for nod in self._nods if nod.end_s > time_s]
        yaw, pitch, roll = (glide.at(time_s) for glide in self._posture)
        return yaw, pitch + sum(nod.at(time_s) for nod in self._nods), roll, self._liveliness()

    def _take_posture(self, time_s: float) -> None:
        """A turn begins with a shift; a long pause settles the head back to rest."""
        take_s = self._rng.uniform(*(POSTURE_S if self._talked else SETTLE_S))
        for glide, share, size in zip(self._posture, POSTURE_SHARE, self._size.tolist()):
            drawn = self._rng.normal(0, share * size)
            glide.to(drawn if self._talked else 0.0, time_s, take_s)

    def _heed(self, time_s: float) -> None:
        """A listener's nod, or a few, after what the partner said."""
        rng = self._heed_rng
        if rng.random() >= self._settings.listening_nod_share:
            return
        cycle_s, begin_s = 1 / rng.uniform(*HEED_HZ), time_s + rng.uniform(*HEED_S)
        for cycle in range(int(rng.integers(1, HEED_CYCLES + 1))):
            depth = rng.uniform(*self._settings.listening_nod_deg) * 0.7**cycle
            self._nods.append(Pulse(depth, begin_s + cycle * cycle_s, cycle_s / 2, cycle_s / 2))

    def _nod(self, accent: float, time_s: float, deep: bool = False) -> Pulse:
        low, high = self._settings.nod_deg
        depth = high if deep else low + (high - low) * accent * self._nod_rng.random()
        return Pulse(depth, time_s, self._nod_rng.uniform(*NOD_RISE_S), self._nod_rng.uniform(*NOD_FALL_S))

    def _liveliness(self) -> float:
        speech, energy = self._speech, self._energy
        lively = 1.0 if speech.voiced or (speech.talking and speech.since_s < PAUSE_S) else 0.0
        energy[0] += (lively - energy[0]) * self._energy_share
        energy[1] += (energy[0] - energy[1]) * self._energy_share
        return energy[1]

    def _gaze_share(self, eyes: np.ndarray) -> np.ndarray:
        """(frames, 2) degrees of yaw and pitch that the head takes over from a wide gaze, later than the eyes."""
        gaze = (eyes[:, :2] + eyes[:, 2:]) * (90 / math.pi)  # mean of both eyes, degrees
        beyond = gaze - np.clip(gaze, -FOLLOW_BEYOND_DEG, FOLLOW_BEYOND_DEG)
        return np.array([self._followed(yaw, pitch) for yaw, pitch in (beyond * self._settings.follow_share).tolist()])

    def _followed(self, yaw: float, pitch: float) -> tuple[float, float]:
        follow, share = self._follow, self._follow_share
        follow[0] += (yaw - follow[0]) * share
        follow[1] += (follow[0] - follow[1]) * share
        follow[2] += (pitch - follow[2]) * share
        follow[3] += (follow[2] - follow[3]) * share
        return follow[1], follow[3]
