"""Sibilant: on s, z, sh, zh, ch and jh the teeth stay close, for the gap between them makes the hiss.

The jaw gives way to a ceiling, whatever an emotion, a strength or a gain has made of it: the jaw that the model itself
gave, and at least the one that the settings name. Lips stay free to show teeth. Runs after all that moves the jaw.
"""

import numpy as np

from rigdriver.clip import Clip
from rigdriver.layers.gate import Gate, Pace
from rigdriver.layers.in_place import InPlace
from rigdriver.performance import Performance

MOVE_S = 0.05  # to come under the ceiling, or to be let go: of .08 (BEHAVIOUR 1.3, step 9) short sounds see too little


class SibilantStream(InPlace):
    needs = ("sibilant",)

    def __init__(self, performance: Performance, header: Clip, seed: int):
        super().__init__(performance, header, seed)
        self._pace = Pace(self.frame_s, MOVE_S)
        self._hint, self._jaw, self._close = map(header.column, ("sibilant", "jawOpen", "mouthClose"))
        self._spoken = header.columns(["spoken_jaw"])
        self.direct(performance)

    def direct(self, performance: Performance) -> None:
        said = performance.sibilant
        self._gate = Gate(self._hint, said.free_below, said.narrowed_above, said.sibilant_strength)
        self._widest = said.widest_jaw

    def change(self, values: np.ndarray, start: int) -> None:
        wanted = self._gate.shares(values)
        if self._pace.idle(wanted):
            return
        narrowed = self._pace.follow(wanted)
        jaw, ceiling = values[:, self._jaw], np.maximum(self._widest, values[:, self._spoken].sum(1))
        kept = 1 - narrowed * np.maximum(0, jaw - ceiling) / np.maximum(1e-6, np.maximum(jaw, ceiling))
        values[:, self._jaw] *= kept
        values[:, self._close] *= kept  # measured against the jaw
