"""Strength: how large the model's motion is, by region. Before all other layers: their motion has its own sizes."""

import numpy as np

from rigdriver import rig
from rigdriver.clip import Clip
from rigdriver.layers.in_place import InPlace
from rigdriver.performance import Performance, Strength


class StrengthStream(InPlace):
    def __init__(self, performance: Performance, header: Clip, seed: int):
        super().__init__(performance, header, seed)
        self._gains = np.ones(len(header.names), np.float32)
        self.direct(performance)

    def direct(self, performance: Performance) -> None:
        for name, gain in _gains(performance.strength).items():
            self._gains[self.header.column(name)] = gain

    def change(self, values: np.ndarray, start: int) -> None:
        values *= self._gains


def _gains(strength: Strength) -> dict[str, float]:
    regions = {
        "eyes": strength.upper_face_strength,
        "brows": strength.upper_face_strength,
        "jaw": strength.lower_face_strength * strength.jaw_strength,
        "mouth": strength.lower_face_strength,
        "cheeks": strength.lower_face_strength,
        "nose": strength.lower_face_strength,
        "tongue": strength.tongue_strength,
    }
    gains = {name: gain for region, gain in regions.items() for name in rig.canonical().of_region(region)}
    # mouthClose is measured against the jaw: closed lips are those with mouthClose = jawOpen.
    return {**gains, "mouthClose": gains["jawOpen"]}
