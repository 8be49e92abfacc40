"""Blink: lids that close at the times and in the shape that people's do.

Gaps are log-normal in a clock that runs faster where blinks are likelier: at the end of a phrase, slower inside
one, and that a large shift of the gaze puts on, so that a blink which is nearly due comes with it. A running mean of
its pace is divided out. So the rate of a state is what the settings say however the speech is paused. Double blinks
stand in for the shortest gaps, which keeps rate and distribution as they are with them. Incomplete blinks stay the
minority: viewers find full closure the most natural.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from statistics import NormalDist

import numpy as np

from rigdriver.clip import SHIFT, Clip
from rigdriver.layers.chance import generator
from rigdriver.layers.in_place import InPlace, columns
from rigdriver.layers.moments import Moments
from rigdriver.layers.scene import Cue
from rigdriver.layers.strokes import minimum_jerk
from rigdriver.performance import Blink, Performance

PAUSE_S, ONSET_S = 0.4, 0.2  # how long a pause and a phrase count as just begun
LEVEL_S = 20.0  # half-life of the running mean that keeps the rate while speech, pauses and glances push it
USUAL_PACE = (1.05, 1.0)  # that mean before anything was heard: alone or listening, and talking
# What a shift of so many degrees puts the clock on by, in mean gaps: as much as brings a blink in .35, .65 and .97 of
# them (BEHAVIOUR 3.4) where gaps have their usual spread and one is met anywhere.
SHIFTS_DEG, HASTENED = (10.0, 20.0, 33.0), (0.0, 0.5, 0.95, 3.0)
DOUBLE_S = (0.3, 0.55)  # onset of the second of two blinks after the first
SECOND_SIZE = 0.8
FULL_SIZE, HALF_SIZE = (0.95, 1.0), (0.5, 0.85)
OPEN_RATES = 4.74  # (1 + x) exp(-x) is down to .05 there: the lid counts as open
GONE_RATES = 9.0  # and to .001 there
HEED_S = (0.25, 0.5)  # a listener's blink after a speaker's phrase (Nakano & Kitazawa 2010)
APART_S = 0.1  # beyond the refractory time, from a blink of one's own: lids are open by then
SQUINT, BROW_DOWN = 0.05, 0.02  # what cheek and brow add at the peak


class LidStroke:
    """One blink: minimum jerk down, a short hold, and a fast opening with a long tail."""

    __slots__ = ("_close_s", "_hold_s", "_open_rate", "_shut_s", "_size", "end_s")

    def __init__(self, size: float, shut_s: float, close_s: float, hold_s: float, open_s: float):
        self._size, self._shut_s, self._close_s, self._hold_s = size, shut_s, close_s, hold_s
        self._open_rate = OPEN_RATES / open_s
        self.end_s = shut_s + hold_s + GONE_RATES / self._open_rate

    def at(self, time_s: float) -> float:
        since_shut_s = time_s - self._shut_s
        if since_shut_s <= 0:
            return self._size * minimum_jerk(1 + since_shut_s / self._close_s)
        rates = max(0.0, since_shut_s - self._hold_s) * self._open_rate
        return self._size * (1 + rates) * math.exp(-rates)


class BlinkClock:
    """Says in which frames a blink begins. Its time runs in gaps: a mean gap passes in 1."""

    def __init__(self, settings: Blink, rng: np.random.Generator, frame_s: float):
        self.settings, self._rng, self._frame_s = settings, rng, frame_s
        self._level_share = 1 - 0.5 ** (frame_s / LEVEL_S)
        self._level = list(USUAL_PACE)
        doubles = settings.double_share / (1 + settings.double_share)  # share of gaps that lie inside a pair
        self._shortest = NormalDist().inv_cdf(doubles) if doubles else -math.inf  # of the others, in sigmas
        self._since_s = math.inf  # since the last onset
        self._gap = self._draw_gap()
        self._passed = rng.random() * self._gap  # a clip opens anywhere between two blinks
        self._second_in_s = math.inf

    def step(self, cue: Cue, often: float = 1.0, shift_deg: float = 0.0) -> float:
        """0, or the share of its size that a blink beginning now has. often: a factor on the rate. shift_deg: of the
        gaze, about to begin."""
        self._since_s += self._frame_s
        if self._second_in_s < math.inf:
            return self._step_to_second()
        self._passed += self._gaps(cue, often, shift_deg)
        if self._passed < self._gap or self._since_s < self.settings.refractory_s:
            return 0.0
        self._passed, self._gap, self._since_s = 0.0, self._draw_gap(), 0.0
        if self._rng.random() < self.settings.double_share:
            self._second_in_s = self._rng.uniform(*DOUBLE_S)
        return 1.0

    def spare_one(self, in_s: float) -> bool:
        """Whether a blink may come for a reason of its own so soon. It stands in for the next, which keeps the rate."""
        if self._second_in_s < math.inf or self._since_s + in_s < self.settings.refractory_s + APART_S:
            return False
        self._passed, self._gap = max(self._passed - self._gap, -1.0), self._draw_gap()
        self._since_s = -in_s
        return True

    def _step_to_second(self) -> float:
        self._second_in_s -= self._frame_s
        if self._second_in_s > 0:
            return 0.0
        self._second_in_s, self._since_s = math.inf, 0.0
        return SECOND_SIZE

    def _draw_gap(self) -> float:
        sigma, drawn = self.settings.spread, -math.inf
        while drawn <= self._shortest:
            drawn = self._rng.standard_normal()
        return math.exp(sigma * drawn - sigma * sigma / 2)  # mean 1, were none drawn again

    def _gaps(self, cue: Cue, often: float, shift_deg: float) -> float:
        """How many mean gaps pass in this frame."""
        settings = self.settings
        usual = self._frame_s * often * (settings.speaking_per_min if cue.talking else settings.idle_per_min) / 60
        if not usual:
            return 0.0
        pace = self._factor(cue) if cue.talking else 1.0
        if shift_deg >= SHIFTS_DEG[0]:
            pace += settings.shift_factor * HASTENED[bisect_right(SHIFTS_DEG, shift_deg)] / usual
        level = self._level[cue.talking]
        self._level[cue.talking] = level = level + (pace - level) * self._level_share
        return usual * pace / max(level, 0.05)

    def _factor(self, cue: Cue) -> float:
        if cue.voiced:
            return self.settings.onset_factor if cue.since_s < ONSET_S else self.settings.phrase_factor
        return self.settings.pause_factor if cue.since_s < PAUSE_S else 1.0


class BlinkStream(InPlace):
    def __init__(self, performance: Performance, header: Clip, seed: int):
        super().__init__(performance, header, seed)
        self._settings, self._rng = performance.blink, generator(seed, "blink")
        self._clock = BlinkClock(performance.blink, generator(seed, "blink clock"), self.frame_s)
        self._heed_rng = generator(seed, "blink listening")
        self._strokes: list[LidStroke] = []
        self._asked = Moments(performance.blink.at_s)
        self._lids = columns(header, ["eyeBlinkLeft", "eyeBlinkRight"])
        self._wide = columns(header, ["eyeWideLeft", "eyeWideRight"])
        self._squint = columns(header, ["eyeSquintLeft", "eyeSquintRight"])
        self._brows = columns(header, ["browDownLeft", "browDownRight"])

    def redirect(self, performance: Performance) -> None:
        self._asked = Moments(performance.blink.at_s)
        super().redirect(performance)

    def direct(self, performance: Performance) -> None:
        self._settings = self._clock.settings = performance.blink

    def change(self, values: np.ndarray, start: int) -> None:
        hints = zip(self.cues(values, start), self.hint(values, SHIFT), self._often(values, start))
        shares = [self._shut(*hint) for hint in hints]
        offset = self._settings.eyelid_open_offset
        if offset:
            values[:, self._wide] += max(0.0, offset)
            values[:, self._lids] += max(0.0, -offset)
        if any(shares):
            shut = np.array(shares, np.float32)[:, None]
            values[:, self._lids] += shut * (1 - values[:, self._lids])  # closes what is still open
            values[:, self._wide] *= 1 - shut
            values[:, self._squint] += SQUINT * shut
            values[:, self._brows] += BROW_DOWN * shut

    def _often(self, values: np.ndarray, start: int) -> list[float]:
        """How much more often than usual each frame's mood blinks."""
        mood = self.scene.mood
        if not mood.any:
            return [1.0] * len(values)
        often: list[float] = mood.factors(mood.at(self.times(values, start)), "blinks").tolist()
        return often

    def _shut(self, cue: Cue, shift_deg: float, often: float) -> float:
        """How far this frame's lids are shut, 0..1."""
        time_s = cue.time_s
        size = self._clock.step(cue, often, shift_deg)
        if size:
            self._strokes.append(self._stroke(size, time_s))
        if self._asked.now(time_s, self.frame_s):
            self._strokes.append(self._stroke(1.0, time_s, full=True))
        if cue.partner_ends and not cue.talking:
            self._heed(time_s)
        if not self._strokes:
            return 0.0
        self._strokes = [stroke for stroke in self._strokes if stroke.end_s > time_s]
        return max((stroke.at(time_s) for stroke in self._strokes), default=0.0)

    def _heed(self, time_s: float) -> None:
        in_s = self._heed_rng.uniform(*HEED_S)
        if self._heed_rng.random() < self._settings.listening_share and self._clock.spare_one(in_s):
            self._strokes.append(self._stroke(1.0, time_s + in_s))

    def _stroke(self, share: float, begin_s: float, full: bool = False) -> LidStroke:
        settings, rng = self._settings, self._rng
        size = rng.uniform(*(FULL_SIZE if full or rng.random() < settings.full_share else HALF_SIZE))
        close_s, hold_s, open_s = (rng.uniform(*span) for span in (settings.close_s, settings.hold_s, settings.open_s))
        # A frame falls on the shut lid, or 24 frames a second would show most blinks half done.
        shut_s = math.ceil((begin_s + close_s) / self.frame_s - 1e-6) * self.frame_s
        return LidStroke(size * share * settings.blink_strength, shut_s, close_s, hold_s, open_s)
