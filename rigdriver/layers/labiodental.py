"""Labiodental: on f and v the lower lip lies under the upper teeth.

It does where the lip is rolled in, nothing draws it down, and the jaw is not so wide that teeth and lip part. So this
runs after all that changes jaw or lips, and before closure, which wins where both are heard. The hint may jump; a lip
takes its time.
"""

import numpy as np

from rigdriver.clip import Clip
from rigdriver.layers.gate import Gate, Pace
from rigdriver.layers.in_place import InPlace
from rigdriver.lips import LOWERED
from rigdriver.performance import Performance

ROLLED = 0.25  # mouthRollLower at least, of a lip under the teeth (BEHAVIOUR 1.3, step 9)
MOVE_S = 0.05  # to tuck it in, or to let it go: lower lips reach 250 mm/s (BEHAVIOUR 2.2), and have some 8 mm to go
REACH = 0.15  # jawOpen beyond which the lip, rolled so far, would leave the teeth; the widest jaw of f and v in capture


class LabiodentalStream(InPlace):
    needs = ("labiodental",)

    def __init__(self, performance: Performance, header: Clip, seed: int):
        super().__init__(performance, header, seed)
        self._pace = Pace(self.frame_s, MOVE_S)
        self._hint, self._jaw = header.column("labiodental"), header.column("jawOpen")
        self._roll, self._lowered = header.column("mouthRollLower"), header.columns(LOWERED)
        self.direct(performance)

    def direct(self, performance: Performance) -> None:
        said = performance.labiodental
        self._gate = Gate(self._hint, said.free_below, said.tucked_above, said.labiodental_strength)

    def change(self, values: np.ndarray, start: int) -> None:
        wanted = self._gate.shares(values)
        if self._pace.idle(wanted):
            return
        tucked = self._pace.follow(wanted)
        values[:, self._roll] = np.maximum(values[:, self._roll], tucked * ROLLED)
        values[:, self._lowered] *= (1 - tucked)[:, None]
        values[:, self._jaw] -= tucked * np.maximum(0, values[:, self._jaw] - REACH)
