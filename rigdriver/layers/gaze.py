"""Gaze: eyes that rest on the partner, wander over the face, leave and come back.

Two states, mutual and away, with the dwell times measured of talkers and listeners. A position is a complex
number in degrees, yaw + i pitch (left and down positive), so that its abs is the size of a shift.
"""

from __future__ import annotations

import cmath
import math

import numpy as np

from rigdriver.clip import Clip
from rigdriver.layers.chance import generator
from rigdriver.layers.eyes import Eyes
from rigdriver.layers.in_place import InPlace
from rigdriver.layers.speech import SpeechState
from rigdriver.layers.strokes import Glide
from rigdriver.layers.wander import Wander
from rigdriver.performance import Gaze, Performance

# Eyes Alive (Lee, Badler & Badler 2002): size A = -6.9 ln(P / 15.7), P uniform in 0..15 %; and % by direction.
SIZE_DEG, SIZE_FULL = 6.9, 15.7
AWAY_DEG = (4.0, 27.5)  # less is not away from a face; more is not seen while talking
VERTICAL = 0.75  # eyes turn less far up and down than aside before the head takes over
LEFT, RIGHT, UP, DOWN = 1, -1, -1j, 1j
DIRECTIONS = (RIGHT, UP + RIGHT, UP, UP + LEFT, LEFT, DOWN + LEFT, DOWN, DOWN + RIGHT)
SHARES = np.cumsum([15.6, 6.6, 17.6, 7.4, 16.8, 7.8, 20.3, 7.4]) / 99.5
PLANNING = (UP, UP + LEFT, UP + RIGHT, LEFT, RIGHT)  # where people look while they plan what to say
PLANNING_S, PLANNING_SHARE, PLANNING_TOP_DEG = 0.5, 0.5, 10.0
FIXATION_SPREAD, FIXATION_S = 0.9, (0.15, 4.0)
LISTENING_SPREAD = 0.2  # a listener's dwell varies by a fifth; a talker's is exponential
TALKING_TOP = 3.0  # where the exponential is cut, in means
SHORTEST = 0.2  # share of the mean dwell that every talker's dwell lasts: a glance needs time to be one
BLINK_PULL = 0.85  # share of a dwell after which a blink takes the shift along
SACCADE_S, SACCADE_S_PER_DEG = 0.025, 0.0024
MICRO_DEG = (0.2, 0.6)
DRIFT_DEG, DRIFT_TAU_S, DRIFT_STEP_S = 0.06, 0.5, 0.2


class GazeTarget:
    """Decides, frame by frame, where the eyes should rest."""

    def __init__(self, settings: Gaze, rng: np.random.Generator, frame_s: float):
        self.settings, self._rng, self._frame_s = settings, rng, frame_s
        self._mutual, self._anchor = True, 0j
        self._dwelt, self._dwell = 0.0, self._draw_dwell(False)
        self._fixation_s = self._draw_fixation_s()
        self._was_talking = False

    def step(self, speech: SpeechState, blinking: bool) -> complex | None:
        """A new point in degrees from the partner's nose, or None to stay."""
        self._dwelt += self._frame_s / self._mean_dwell_s(speech.talking)
        turned, self._was_talking = speech.talking != self._was_talking, speech.talking
        if turned and self._mutual != (not self._leaves_to_plan(speech)):
            return self._switch(speech)  # a new speaker looks away to plan, a new listener looks back
        if self._dwelt >= self._dwell * (BLINK_PULL if blinking else 1):
            return self._switch(speech)
        self._fixation_s -= self._frame_s
        return self._refixate() if self._fixation_s <= 0 else None

    def _leaves_to_plan(self, speech: SpeechState) -> bool:
        return speech.talking and self._rng.random() < PLANNING_SHARE

    def _switch(self, speech: SpeechState) -> complex:
        self._mutual = not self._mutual
        self._dwelt, self._dwell = 0.0, self._draw_dwell(speech.talking)
        self._anchor = 0j if self._mutual else self._draw_away(speech)
        return self._refixate()

    def _mean_dwell_s(self, talking: bool) -> float:
        s = self.settings
        if talking:
            return s.speaking_mutual_s if self._mutual else s.speaking_away_s
        return s.listening_mutual_s if self._mutual else s.listening_away_s

    def _draw_dwell(self, talking: bool) -> float:
        """In means of the state, so that it keeps its meaning when the turn passes."""
        if not talking:
            return max(0.2, self._rng.normal(1, LISTENING_SPREAD))
        # Cut by folding, not by clipping: the mean of what is left is divided out.
        share = 1 - math.exp(-TALKING_TOP)
        mean = 1 - TALKING_TOP * (1 - share) / share
        return SHORTEST - (1 - SHORTEST) * math.log(1 - self._rng.random() * share) / mean

    def _draw_away(self, speech: SpeechState) -> complex:
        low, high = (math.exp(-size / SIZE_DEG) * SIZE_FULL for size in reversed(AWAY_DEG))
        size = -SIZE_DEG * math.log(self._rng.uniform(low, high) / SIZE_FULL)
        direction = DIRECTIONS[int(np.searchsorted(SHARES, self._rng.random() * SHARES[-1]))]
        if speech.talking and speech.turn_s < PLANNING_S:
            direction = PLANNING[int(self._rng.integers(len(PLANNING)))]
            size = min(size, PLANNING_TOP_DEG)
        turned = cmath.phase(direction) + self._rng.uniform(-math.pi / 8, math.pi / 8)
        aside = cmath.rect(size, turned)
        return complex(aside.real, aside.imag * VERTICAL)

    def _refixate(self) -> complex:
        """A point near the anchor: one eye, the other or the mouth of a partner; anything near of an empty place."""
        self._fixation_s = self._draw_fixation_s()
        half = self.settings.face_deg
        corner = (half, -half, 2 * half * 1j)[int(self._rng.integers(3))] if self._mutual else 0j
        return self._anchor + corner + complex(self._rng.normal(0, 0.7), self._rng.normal(0, 0.7))

    def _draw_fixation_s(self) -> float:
        drawn = self.settings.fixation_s * math.exp(self._rng.normal(0, FIXATION_SPREAD))
        return min(max(drawn, FIXATION_S[0]), FIXATION_S[1])


class GazeStream(InPlace):
    def __init__(self, performance: Performance, header: Clip, seed: int):
        super().__init__(performance, header, seed)
        self._settings, self._rng = performance.gaze, generator(seed, "gaze micro")
        self._speech = SpeechState(performance.speech, self.frame_s)
        self._target = GazeTarget(performance.gaze, generator(seed, "gaze"), self.frame_s)
        self._drift = Wander(generator(seed, "gaze drift"), (DRIFT_TAU_S, DRIFT_TAU_S), DRIFT_STEP_S,
                             header.start * self.frame_s)
        self._point, self._micro, self._micro_in_s = 0j, 0j, self._draw_micro_s()
        self._position: Glide[complex] = Glide(0j)
        self._lid, self._eyes = 0.0, Eyes(header)
        self._lids = header.columns(["eyeBlinkLeft", "eyeBlinkRight"])
        self._wide = header.columns(["eyeWideLeft", "eyeWideRight"])

    def direct(self, performance: Performance) -> None:
        self._settings = self._target.settings = performance.gaze

    def change(self, values: np.ndarray, start: int) -> None:
        frames = zip(range(start, start + len(values)), self.hint(values, "voice"), values[:, self._lids[0]].tolist())
        points = np.array([self._step(*frame) for frame in frames])
        at = np.stack([points.real, points.imag], 1) + DRIFT_DEG * self._drift.at(self.times(values, start))
        at *= self._settings.saccade_strength
        at += (self._settings.look_at_yaw_deg, self._settings.look_at_pitch_deg)
        half = self._settings.vergence_deg / 2
        degrees = at[:, [0, 1, 0, 1]] + np.array([-half, 0, half, 0])
        self._eyes.write(values, degrees * (math.pi / 180))
        self._follow_with_lids(values, at[:, 1])

    def _step(self, frame: int, voice: float, lid: float) -> complex:
        self._speech.step(voice)
        closing, self._lid = lid > self._lid and lid > 0.1, lid
        point = self._target.step(self._speech, closing)
        if point is not None:
            self._point, self._micro = point, 0j
        self._micro_in_s -= self.frame_s
        if self._micro_in_s <= 0:
            self._micro = cmath.rect(self._rng.uniform(*MICRO_DEG), self._rng.uniform(-math.pi, math.pi))
            self._micro_in_s = self._draw_micro_s()
        time_s, aim = frame * self.frame_s, self._point + self._micro
        if aim != self._position.target:
            size = abs(aim - self._position.at(time_s))
            self._position.to(aim, time_s, SACCADE_S + SACCADE_S_PER_DEG * size)
        return self._position.at(time_s)

    def _draw_micro_s(self) -> float:
        rate = self._settings.microsaccades_per_s
        return float(self._rng.exponential(1 / rate)) if rate else math.inf

    def _follow_with_lids(self, values: np.ndarray, down_deg: np.ndarray) -> None:
        """Looking up widens the eye (.12 at 7.5 degrees, .29 at 12.5); far down lowers the lid a little."""
        down, shut = down_deg[:, None], values[:, self._lids]
        wide = np.clip(-0.034 * (down + 4), 0, 0.35) * self._settings.lid_follow
        drop = np.clip(0.006 * (down - 5), 0, 0.12) * self._settings.lid_follow
        values[:, self._wide] += wide * (1 - shut)
        values[:, self._lids] = shut + drop * (1 - shut)
