"""Restraint: keeps a face from over-acting. Beyond a knee weights bend towards a highest level, and changes towards a
highest speed, so that what is small stays as it is and what is large still shows which is larger.

After all that moves the face, before the user's own channels. Lids, gaze and head are no part of it: a blink is fast
and whole, and eyes turn against the head.
"""

import numpy as np

from rigdriver import rig
from rigdriver.clip import Clip
from rigdriver.layers.in_place import InPlace
from rigdriver.performance import Performance

KNEE = 2 / 3  # of the highest level or speed, from which on it bends
OWN_WAY = ("eyeBlink", "eyeLook", "mouthClose")  # the last goes with the jaw


class RestraintStream(InPlace):
    def __init__(self, performance: Performance, header: Clip, seed: int):
        super().__init__(performance, header, seed)
        parts = [_names("eyes", "brows"), _names("mouth", "cheeks", "nose"), _names("jaw")]
        self._columns = [header.column(name) for part in parts for name in part]
        self._sizes = [len(part) for part in parts]
        self._jaw, self._close = header.column("jawOpen"), header.column("mouthClose")
        self._last: np.ndarray | None = None  # (columns,) of the frame before
        self.direct(performance)

    def direct(self, performance: Performance) -> None:
        said = performance.restraint
        self._off = said == type(said)()
        self._most = self._spread(said.upper_face_most, said.lower_face_most, said.jaw_most)
        fastest = (said.upper_face_per_s, said.lower_face_per_s, said.lower_face_per_s)
        self._step = self._spread(*(np.inf if speed >= said.OFF_PER_S else speed * self.frame_s for speed in fastest))

    def _spread(self, *of_parts: float) -> np.ndarray:
        """(columns,) float32, each with its part's."""
        return np.repeat(np.array(of_parts, np.float32), self._sizes)

    def change(self, values: np.ndarray, start: int) -> None:
        if self._off:
            self._last = values[-1, self._columns]
            return
        jaw = values[:, self._jaw].copy()
        bent = _bent(values[:, self._columns], np.where(self._most >= 1, np.inf, self._most))
        values[:, self._columns] = self._paced(bent) if np.isfinite(self._step).any() else bent
        self._last = values[-1, self._columns]
        values[:, self._close] *= np.where(jaw > 0, values[:, self._jaw] / np.maximum(jaw, 1e-6), 1)

    def _paced(self, wanted: np.ndarray) -> np.ndarray:
        """(frames, columns), frame by frame, each from where the one before had come."""
        last = wanted[0] if self._last is None else self._last
        for row in wanted:
            last = row[:] = np.where(np.isinf(self._step), row, last + _bent(row - last, self._step))
        return wanted


def _names(*regions: str) -> list[str]:
    return [name for name in rig.canonical().of_region(*regions)
            if name in rig.canonical().weights and not name.startswith(OWN_WAY)]


def _bent(values: np.ndarray, most: np.ndarray) -> np.ndarray:
    """Values of either sign that nowhere pass `most`, and are as they were up to its knee; infinity bends nothing."""
    knee = np.where(np.isinf(most), np.inf, KNEE * most)
    rest = np.where(np.isinf(most), 1, most - KNEE * np.where(np.isinf(most), 0, most))
    beyond = np.maximum(0, np.abs(values) - knee)
    within = np.minimum(np.abs(values), knee)
    return np.asarray(np.sign(values) * (within + rest * np.tanh(beyond / rest)), np.float32)
