"""Gaze: eyes that rest on the partner, wander over the face, leave and come back.

Two states, mutual and away. A position is a complex number in degrees, yaw + i pitch (left and down positive), so that
its abs is the size of a shift.

Which way: on the face mostly from eye to eye, now and then to the mouth; away from it by the table of Eyes Alive. So
shifts are horizontal, vertical and oblique about as often as an actor's.

How long: the studies disagree (BEHAVIOUR 4.1). By Eyes Alive's stays and times away a partner is looked at .77 of the
time while one talks and .95 while one listens, .86 over both; Argyle and Cook found .41 and .75, .58 over both, and
measured dyads look .6 of it. Two against one for the shares, so the defaults keep Eyes Alive's stays, 3.1 s and 7.9 s,
which nobody contradicts, and the times away follow from shares of .6 and .75.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from rigdriver.clip import SHIFT, Clip
from rigdriver.layers.chance import generator
from rigdriver.layers.eyes import Eyes
from rigdriver.layers.in_place import InPlace, columns
from rigdriver.layers.scene import Cue
from rigdriver.layers.strokes import Glide
from rigdriver.layers.wander import Ahead, Wander
from rigdriver.performance import Gaze, Performance
from rigdriver.tracks import Track, Tracks

# Eyes Alive (Lee, Badler & Badler 2002): size A = -6.9 ln(P / 15.7), P uniform in 0..15 %; and % by direction.
SIZE_DEG, SIZE_FULL = 6.9, 15.7
AWAY_DEG = (4.0, 27.5)  # less is not away from a face; more is not seen while talking
VERTICAL = 0.75  # eyes turn less far up and down than aside before the head takes over
LEFT, RIGHT, UP, DOWN = 1, -1, -1j, 1j
DIRECTIONS = (RIGHT, UP + RIGHT, UP, UP + LEFT, LEFT, DOWN + LEFT, DOWN, DOWN + RIGHT)
SHARES = np.cumsum([15.6, 6.6, 17.6, 7.4, 16.8, 7.8, 20.3, 7.4]) / 99.5
PLANNING = (UP, UP + LEFT, UP + RIGHT, LEFT, RIGHT)  # where people look while they plan what to say
PLANNING_S, PLANNING_SHARE, PLANNING_TOP_DEG = 0.5, 0.5, 10.0
LOOK_BACK_SHARE = 0.2  # of phrases that end while the eyes are away: speakers end turns looking at who listens
FIXATION_SPREAD, FIXATION_S = 3.0, (0.12, 30.0)  # glances in bursts and long rests: median .4 s, mean 1 s or more
MOUTH_SHARE = 0.15  # of the shifts on a face go to the mouth; the others to the other eye
BESIDE_DEG = (1.6, 0.6)  # at most, from the middle of an eye or mouth, aside and up or down
FACE_AT, FACE_HALF_DEG = 1.5j, (4.8, 6.8)  # an ellipse that away lies outside of: its middle, half width and height
ELSEWHERE_S, ELSEWHERE_DEG = 2.4, (5.0, 1.5)  # the longest rest away from a face, and how far on the next lies at most
LISTENING_SPREAD = 0.2  # a listener's dwell varies by a fifth; a talker's is exponential
TALKING_TOP = 3.0  # where the exponential is cut, in means
SHORTEST = 0.2  # share of the mean dwell that every talker's dwell lasts: a glance needs time to be one
LIDS_FIRST_S = 0.04  # at most, by which a blink that comes with a shift begins before the eyes leave
SACCADE_S, SACCADE_S_PER_DEG = 0.025, 0.0024
DIRECTED_DEG_S = 30.0  # a target that moves faster is jumped to, a slower one followed
MICRO_DEG = (0.2, 0.6)
DRIFT_DEG, DRIFT_TAU_S, DRIFT_STEP_S = 0.06, 0.5, 0.2
WIDE_ABOVE_DEG, DROP_BELOW_DEG = -4.0, 5.0  # where lids begin to follow
LOOK_AT = ("look_at_yaw_deg", "look_at_pitch_deg")


class GazeTarget:
    """Decides, frame by frame, where the eyes should rest."""

    def __init__(self, settings: Gaze, rng: np.random.Generator):
        self.settings, self._rng = settings, rng
        self._mutual, self._anchor, self._side = True, 0j, 1
        self._dwelt, self._dwell = 0.0, self._draw_dwell(False)
        self._fixation_s = self._draw_fixation_s()
        self._was_talking, self._was_voiced = False, False

    def step(self, cue: Cue) -> complex | None:
        """A new point in degrees from the partner's nose, or None to stay."""
        self._dwelt += cue.frame_s / self._mean_dwell_s(cue.talking)
        turned, self._was_talking = cue.talking != self._was_talking, cue.talking
        ended, self._was_voiced = self._was_voiced and not cue.voiced, cue.voiced
        if turned and self._mutual != (not self._leaves_to_plan(cue)):
            return self._switch(cue)  # a new speaker looks away to plan, a new listener looks back
        if ended and not self._mutual and self._rng.random() < LOOK_BACK_SHARE:
            return self._switch(cue)
        if self._dwelt >= self._dwell:
            return self._switch(cue)
        self._fixation_s -= cue.frame_s
        return self._refixate() if self._fixation_s <= 0 else None

    def attend(self, cue: Cue) -> complex:
        """Look at the partner from now on, wherever that is."""
        self._mutual = False
        return self._switch(cue)

    def _leaves_to_plan(self, cue: Cue) -> bool:
        return cue.talking and self._rng.random() < PLANNING_SHARE

    def _switch(self, cue: Cue) -> complex:
        self._mutual = not self._mutual
        self._dwelt, self._dwell = 0.0, self._draw_dwell(cue.talking)
        self._anchor = 0j if self._mutual else self._draw_away(cue)
        return self._rest()

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

    def _draw_away(self, cue: Cue) -> complex:
        low, high = (math.exp(-size / SIZE_DEG) * SIZE_FULL for size in reversed(AWAY_DEG))
        size = -SIZE_DEG * math.log(self._rng.uniform(low, high) / SIZE_FULL)
        direction = DIRECTIONS[int(np.searchsorted(SHARES, self._rng.random() * SHARES[-1]))]
        if cue.talking and cue.turn_s < PLANNING_S:
            direction = PLANNING[int(self._rng.integers(len(PLANNING)))]
            size = min(size, PLANNING_TOP_DEG)
        turned = cmath.phase(direction) + self._rng.uniform(-math.pi / 8, math.pi / 8)
        aside = cmath.rect(size, turned)
        return self._off_face(complex(aside.real, aside.imag * VERTICAL))

    def _refixate(self) -> complex:
        if not self._mutual:
            self._anchor = self._off_face(self._anchor + self._beside(ELSEWHERE_DEG))
        return self._rest()

    def _rest(self) -> complex:
        """A point near the anchor: the other eye or the mouth of a partner; anything beside it in an empty place."""
        self._fixation_s = self._draw_fixation_s()
        if self._mutual:
            return self._feature() + self._beside(BESIDE_DEG)
        self._fixation_s = min(self._fixation_s, ELSEWHERE_S)
        return self._anchor

    def _beside(self, most_deg: tuple[float, float]) -> complex:
        aside, down = most_deg
        return complex(self._rng.uniform(-aside, aside), self._rng.uniform(-down, down))

    @staticmethod
    def _off_face(point: complex) -> complex:
        off = point - FACE_AT
        inside = math.hypot(off.real / FACE_HALF_DEG[0], off.imag / FACE_HALF_DEG[1])
        return point if inside >= 1 else FACE_AT + off / max(inside, 1e-3)

    def _feature(self) -> complex:
        half = self.settings.face_deg
        if self._rng.random() < MOUTH_SHARE:
            return 2 * half * DOWN
        self._side = -self._side
        return self._side * half + 0j

    def _draw_fixation_s(self) -> float:
        drawn = self.settings.fixation_s * math.exp(self._rng.normal(0, FIXATION_SPREAD))
        return min(max(drawn, FIXATION_S[0]), FIXATION_S[1])


class GazeStream(InPlace):
    keyed = LOOK_AT

    def __init__(self, performance: Performance, header: Clip, seed: int):
        super().__init__(performance, header, seed)
        self._rng = generator(seed, "gaze micro")
        self._target = GazeTarget(performance.gaze, generator(seed, "gaze"))
        self.direct(performance)
        self._drift = Ahead(Wander(generator(seed, "gaze drift"), (DRIFT_TAU_S, DRIFT_TAU_S), DRIFT_STEP_S,
                                   header.start * self.frame_s), header)
        self._looks = Looks(performance)
        self._point, self._next, self._leaves_s = 0j, 0j, math.inf
        self._micro, self._micro_in_s = 0j, self._draw_micro_s()
        self._position: Glide[complex] = Glide(0j)
        self._eyes, self._shift = Eyes(header), header.column(SHIFT)
        self._lids = columns(header, ["eyeBlinkLeft", "eyeBlinkRight"])
        self._wide = columns(header, ["eyeWideLeft", "eyeWideRight"])

    def redirect(self, performance: Performance) -> None:
        self._looks = Looks(performance)
        super().redirect(performance)

    def direct(self, performance: Performance) -> None:
        self._settings = self._target.settings = performance.gaze
        half = self._settings.vergence_deg / 2
        self._vergence = np.array([-half, 0, half, 0])

    def change(self, values: np.ndarray, start: int) -> None:
        steps = np.array([self._step(cue) for cue in self.cues(values, start)])  # (frames, 3): yaw, pitch, shift
        at = steps[:, :2] + DRIFT_DEG * self._drift.at(start, len(values))
        at *= self._settings.saccade_strength
        at += self._looks.at(self.times(values, start)) if self._looks.move else self._looks.still
        values[:, self._shift] = steps[:, 2]
        self._eyes.write(values, (at.take(BOTH, 1) + self._vergence) * (math.pi / 180))
        self._follow_with_lids(values, at[:, 1].tolist())

    def _step(self, cue: Cue) -> tuple[float, float, float]:
        """Where the eyes are from the target, and the size of a shift that is about to begin, degrees."""
        time_s, directed_deg = cue.time_s, self._looks.jump_deg(cue)
        shift_deg = self._plan(cue, directed_deg)
        if time_s >= self._leaves_s:
            self._point, self._micro, self._leaves_s = self._next, 0j, math.inf
        self._micro_in_s -= cue.frame_s
        if self._micro_in_s <= 0:
            self._micro = cmath.rect(self._rng.uniform(*MICRO_DEG), self._rng.uniform(-math.pi, math.pi))
            self._micro_in_s = self._draw_micro_s()
        aim = self._point + self._micro
        if aim != self._position.target:
            size = abs(aim - self._position.at(time_s))
            self._position.to(aim, time_s, SACCADE_S + SACCADE_S_PER_DEG * size)
        at = self._position.at(time_s)
        return at.real, at.imag, shift_deg

    def _plan(self, cue: Cue, directed_deg: float) -> float:
        """Degrees of the shift that is decided on in this frame. The eyes leave a little later, or as they are told."""
        point = self._target.attend(cue) if directed_deg else self._target.step(cue)
        if point is None:
            return 0.0
        shift_deg = self._settings.saccade_strength * abs(point - self._next)
        self._next = point
        self._leaves_s = cue.time_s + (0.0 if directed_deg else self._rng.uniform(0, LIDS_FIRST_S))
        return max(directed_deg, shift_deg)

    def _draw_micro_s(self) -> float:
        rate = self._settings.microsaccades_per_s
        return float(self._rng.exponential(1 / rate)) if rate else math.inf

    def _follow_with_lids(self, values: np.ndarray, down_deg: list[float]) -> None:
        """Looking up widens the eye (.12 at 7.5 degrees, .29 at 12.5); far down lowers the lid a little."""
        if min(down_deg) >= WIDE_ABOVE_DEG and max(down_deg) <= DROP_BELOW_DEG:
            return
        down, follow = np.array(down_deg)[:, None], self._settings.lid_follow
        values[:, self._wide] += np.minimum(np.maximum(-0.034 * (down - WIDE_ABOVE_DEG), 0), 0.35) * follow
        drop = np.minimum(np.maximum(0.006 * (down - DROP_BELOW_DEG), 0), 0.12) * follow
        lids = values[:, self._lids]
        values[:, self._lids] = lids + drop * (1 - lids)


BOTH = np.array([0, 1, 0, 1])
"""Yaw and pitch, for each eye."""


class Looks:
    """The target: where partner or camera are over the take, and when the eyes must jump to it."""

    def __init__(self, performance: Performance):
        tracks = Tracks(performance.tracks).of("gaze")
        self.still = np.array([[getattr(performance.gaze, name) for name in LOOK_AT]])
        self._tracks = {k: tracks[name] for k, name in enumerate(LOOK_AT) if name in tracks}
        self.move = bool(self._tracks)  # or it stays where `still` (1, 2) says
        self._jumps = sorted(self._found(), reverse=True)  # (seconds, degrees)

    def at(self, times: np.ndarray) -> np.ndarray:
        """(frames, 2) degrees of yaw and pitch."""
        looks = np.repeat(self.still, len(times), 0)
        for k, track in self._tracks.items():
            looks[:, k] = track.at(times)
        return looks

    def jump_deg(self, cue: Cue) -> float:
        """The size of a jump that begins in this frame, or 0."""
        degrees = 0.0
        while self._jumps and self._jumps[-1][0] <= cue.time_s + 1e-9:
            begin_s, size = self._jumps.pop()
            if begin_s > cue.time_s - cue.frame_s + 1e-9:
                degrees = size
        return degrees

    def _found(self) -> set[tuple[float, float]]:
        return {(begin_s, self._size(begin_s, end_s)) for track in self._tracks.values()
                for begin_s, end_s in _fast(track) if begin_s > 0}

    def _size(self, begin_s: float, end_s: float) -> float:
        before, after = self.at(np.array([begin_s - 1e-6, end_s]))
        return float(np.hypot(*(after - before)))


def _fast(track: Track) -> Iterator[tuple[float, float]]:
    """Begin and end of what is faster than eyes would follow."""
    for (begin_s, was), (end_s, becomes) in pairwise(zip(track.times.tolist(), track.values.tolist())):
        if abs(becomes - was) > DIRECTED_DEG_S * (end_s - begin_s):
            yield begin_s, end_s
