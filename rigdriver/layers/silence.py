"""Silence: the mouth eases to rest while nobody speaks, and is exactly still there.

The commonest complaint about lip-sync is a mouth that flickers on breath, music and hum. Jaw, mouth and tongue
are scaled by a gate: open at once when the voice starts, closing slowly after a pause has lasted a while.
"""

import numpy as np

from rigdriver import rig
from rigdriver.clip import Clip
from rigdriver.layers.in_place import InPlace, columns
from rigdriver.layers.scene import Cue
from rigdriver.performance import Performance

REGIONS = ("jaw", "mouth", "tongue")


class SilenceStream(InPlace):
    needs = ("voice",)

    def __init__(self, performance: Performance, header: Clip, seed: int):
        super().__init__(performance, header, seed)
        self._settings = performance.silence
        self._columns = columns(header, rig.canonical().of_region(*REGIONS))
        self._open = 0.0  # how far the gate is open, 0..1

    def direct(self, performance: Performance) -> None:
        self._settings = performance.silence

    def change(self, values: np.ndarray, start: int) -> None:
        gate = [self._gate(cue) for cue in self.cues(values, start)]
        if min(gate) < 1:
            values[:, self._columns] *= np.array(gate, np.float32)[:, None]

    def _gate(self, cue: Cue) -> float:
        if cue.voiced:
            self._open = min(1.0, self._open + _share(self.frame_s, self._settings.attack_s))
        elif cue.since_s > self._settings.hold_s:
            self._open = max(0.0, self._open - _share(self.frame_s, self._settings.release_s))
        return self._open * self._open * (3 - 2 * self._open)  # eases at both ends


def _share(frame_s: float, ramp_s: float) -> float:
    return frame_s / ramp_s if ramp_s else 1.0
