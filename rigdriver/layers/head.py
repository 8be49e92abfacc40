"""Head: a slow wander, nods and turns on accents, a new posture at a turn's start, and eyes that hold their gaze
meanwhile.

Sizes are those of an actor speaking (yaw 1.36, pitch 1.23, roll .86 degrees of standard deviation). Signs are
the rig's: yaw left, pitch down and roll towards the right shoulder are positive.
"""

from __future__ import annotations

import math

import numpy as np

from rigdriver.clip import Clip
from rigdriver.layers.chance import generator
from rigdriver.layers.eyes import Eyes
from rigdriver.layers.in_place import InPlace, columns
from rigdriver.layers.moments import Moments
from rigdriver.layers.scene import Cue
from rigdriver.layers.strokes import Glide, Pulse
from rigdriver.layers.wander import Ahead, Wander
from rigdriver.performance import Performance

ANGLES = ("headYaw", "headPitch", "headRoll")
SLOW_TAU_S, SLOW_STEP_S = (1.2, 1.5, 2.0), 0.25  # yaw, pitch, roll
FAST_TAU_S, FAST_STEP_S = (0.1, 0.15, 0.15), 0.1  # the small quick part that only speech has
# Shares of the settings' standard deviation; posture, nods and roll by yaw bring the rest.
SLOW_SHARE, FAST_SHARE = np.array([0.38, 0.72, 0.8]), np.array([0.92, 0.55, 0.65])
POSTURE_SHARE = (0.3, 0.35, 0.3)
POSTURE_S, SETTLE_S = (0.5, 0.8), (1.0, 1.5)
POSTURE_AFTER = (0.3, 1.7)  # of the mean time, between new postures in a long silence
ROLL_BY_YAW = 0.1
ENERGY_S, PAUSE_S = 0.25, 0.4  # half-life of the change between speech and rest; shorter pauses are part of speech
HEED_S, HEED_CYCLES, HEED_HZ = (0.1, 0.4), 3, (1.5, 2.5)  # a listener's nods: how soon, at most how many, how fast
HEED_REST_S = 3.0  # after a listener's nods, before the next
NOD_RISE_S, NOD_FALL_S = (0.14, 0.2), (0.25, 0.4)
TURN_RISE_S, TURN_FALL_S = (0.12, 0.17), (0.16, 0.28)
NOD = (0.0, 1.0, 0.0)  # yaw, pitch and roll of a stroke of one degree
TURN_ROLL = 0.45  # at most, of a turn's yaw, to either side
FOLLOW_BEYOND_DEG, FOLLOW_S = 12.0, 0.09  # two cascaded half-lives: a lag of about .1 s and .4 s to arrive
EYES_AGAINST_HEAD = np.array([0, 1, 0, 1])  # yaw and pitch, for each eye


Stroke = tuple[Pulse, tuple[float, float, float]]
"""A pulse, and how much of it goes into yaw, pitch and roll."""


class HeadStream(InPlace):
    def __init__(self, performance: Performance, header: Clip, seed: int):
        super().__init__(performance, header, seed)
        begin_s = header.start * self.frame_s
        self._rng, self._nod_rng = generator(seed, "head"), generator(seed, "head nods")
        self.direct(performance)
        self._slow, self._fast = (
            Ahead(Wander(generator(seed, f"head {kind}"), tau_s, step_s, begin_s), header)
            for kind, tau_s, step_s in (("slow", SLOW_TAU_S, SLOW_STEP_S), ("fast", FAST_TAU_S, FAST_STEP_S)))
        self._heed_rng = generator(seed, "head listening")
        self._posture = [Glide(0.0) for _ in ANGLES]
        self._moves_s = begin_s + self._settings.posture_s * self._rng.uniform(*POSTURE_AFTER)
        self._heeds_s = -math.inf
        self._energy, self._talked, self._strokes = [0.0, 0.0], False, list[Stroke]()
        self._follow = [0.0, 0.0, 0.0, 0.0]  # two averages of yaw, two of pitch, degrees
        self._energy_share, self._follow_share = (1 - 0.5 ** (self.frame_s / s) for s in (ENERGY_S, FOLLOW_S))
        self._columns, self._eyes = columns(header, ANGLES), Eyes(header)
        self._asked = Moments(performance.head.nods_at_s)

    def redirect(self, performance: Performance) -> None:
        self._asked = Moments(performance.head.nods_at_s)
        super().redirect(performance)

    def direct(self, performance: Performance) -> None:
        self._settings = settings = performance.head
        self._size = np.array([settings.yaw_deg, settings.pitch_deg, settings.roll_deg])
        self._slow_size, self._fast_size = SLOW_SHARE * self._size, FAST_SHARE * self._size

    def change(self, values: np.ndarray, start: int) -> None:
        eyes = self._eyes.read(values)
        gaze = (eyes[:, :2] + eyes[:, 2:]) * (90 / math.pi)  # mean of both eyes, degrees
        moves = np.array([self._step(*each) for each in zip(self.cues(values, start), gaze.tolist())])
        head = self._slow.at(start, len(values)) * self._slow_size * moves[:, 3:4]
        head += self._fast.at(start, len(values)) * self._fast_size * moves[:, 4:5]
        head += moves[:, :3]
        head[:, 2] += ROLL_BY_YAW * head[:, 0]
        if self.scene.mood.any:
            self._hold(head, self.scene.mood.at(self.times(values, start)))
        head[:, :2] += moves[:, 5:]
        head *= math.pi / 180
        values[:, self._columns] += head
        self._eyes.write(values, eyes - head.take(EYES_AGAINST_HEAD, 1))

    def _hold(self, head: np.ndarray, emotion: np.ndarray) -> None:
        """Livelier or calmer, and held as the emotion has it; head (frames, 3) in degrees."""
        mood = self.scene.mood
        head *= mood.factors(emotion, "head_motion")[:, None]
        head[:, 1] += mood.angles(emotion, "head_pitch_deg")
        head[:, 2] += mood.angles(emotion, "head_roll_deg")

    def _step(self, cue: Cue, gaze: list[float]) -> tuple[float, ...]:
        """One frame: posture, nods and turns (yaw, pitch, roll), how much there is of slow wander and of quick, and the
        yaw and pitch that a wide gaze draws the head to; angles in degrees."""
        time_s = cue.time_s
        if cue.talking != self._talked:
            self._talked = cue.talking
            self._take_posture(time_s, POSTURE_S if cue.talking else SETTLE_S, 1.0 if cue.talking else 0.0)
        elif not cue.talking and time_s >= self._moves_s:
            self._take_posture(time_s, SETTLE_S, self._settings.idle_share)
        if cue.accent:
            self._accent(cue.accent, time_s)
        if cue.partner_ends and not cue.talking:
            self._heed(time_s)
        if self._asked.now(time_s, self.frame_s):
            self._strokes.append((self._nod(1.0, time_s, deep=True), NOD))
        yaw, pitch, roll = (glide.at(time_s) for glide in self._posture)
        if self._strokes:
            self._strokes = [stroke for stroke in self._strokes if stroke[0].end_s > time_s]
            for pulse, way in self._strokes:
                size = pulse.at(time_s)
                yaw, pitch, roll = yaw + way[0] * size, pitch + way[1] * size, roll + way[2] * size
        size, energy = self._settings.head_strength * cue.rouse, self._liveliness(cue)
        slow = self._settings.idle_share * (1 - energy) + energy
        return size * yaw, size * pitch, size * roll, size * slow, size * energy, *self._followed(*gaze)

    def _accent(self, accent: float, time_s: float) -> None:
        """A nod, a turn to either side, both or neither."""
        rng, settings = self._nod_rng, self._settings
        if rng.random() < settings.nod_share * accent:
            self._strokes.append((self._nod(accent, time_s), NOD))
        if rng.random() < settings.turn_share * accent:
            low, high = settings.turn_deg
            size = math.copysign(low + (high - low) * accent * rng.random(), rng.random() - 0.5)
            turn = Pulse(size, time_s, rng.uniform(*TURN_RISE_S), rng.uniform(*TURN_FALL_S))
            self._strokes.append((turn, (1.0, 0.0, rng.uniform(-TURN_ROLL, TURN_ROLL))))

    def _take_posture(self, time_s: float, take_s: tuple[float, float], share: float) -> None:
        """A turn begins with a shift; after it the head settles back to rest, and sits otherwise now and then.
        share: of the size that a talker's postures have."""
        takes_s = self._rng.uniform(*take_s)
        for glide, part, size in zip(self._posture, POSTURE_SHARE, self._size.tolist()):
            glide.to(self._rng.normal(0, part * size) * share, time_s, takes_s)
        self._moves_s = time_s + takes_s + self._settings.posture_s * self._rng.uniform(*POSTURE_AFTER)

    def _heed(self, time_s: float) -> None:
        """A listener's nod, or a few, after what the partner said."""
        rng = self._heed_rng
        if time_s < self._heeds_s or rng.random() >= self._settings.listening_nod_share:
            return
        self._heeds_s = time_s + HEED_REST_S
        cycle_s, begin_s = 1 / rng.uniform(*HEED_HZ), time_s + rng.uniform(*HEED_S)
        for cycle in range(int(rng.integers(1, HEED_CYCLES + 1))):
            depth = rng.uniform(*self._settings.listening_nod_deg) * 0.7**cycle
            self._strokes.append((Pulse(depth, begin_s + cycle * cycle_s, cycle_s / 2, cycle_s / 2), NOD))

    def _nod(self, accent: float, time_s: float, deep: bool = False) -> Pulse:
        low, high = self._settings.nod_deg
        depth = high if deep else low + (high - low) * accent * self._nod_rng.random()
        return Pulse(depth, time_s, self._nod_rng.uniform(*NOD_RISE_S), self._nod_rng.uniform(*NOD_FALL_S))

    def _liveliness(self, cue: Cue) -> float:
        energy = self._energy
        lively = 1.0 if cue.voiced or (cue.talking and cue.since_s < PAUSE_S) else 0.0
        energy[0] += (lively - energy[0]) * self._energy_share
        energy[1] += (energy[0] - energy[1]) * self._energy_share
        return energy[1]

    def _followed(self, yaw: float, pitch: float) -> tuple[float, float]:
        """What the head takes over of a wide gaze, later than the eyes."""
        follow, share = self._follow, self._follow_share
        follow[0] += (self._beyond(yaw) - follow[0]) * share
        follow[1] += (follow[0] - follow[1]) * share
        follow[2] += (self._beyond(pitch) - follow[2]) * share
        follow[3] += (follow[2] - follow[3]) * share
        return follow[1], follow[3]

    def _beyond(self, degrees: float) -> float:
        if -FOLLOW_BEYOND_DEG <= degrees <= FOLLOW_BEYOND_DEG:
            return 0.0
        return self._settings.follow_share * (degrees - math.copysign(FOLLOW_BEYOND_DEG, degrees))
