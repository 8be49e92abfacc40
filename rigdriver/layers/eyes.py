"""Eyes: the angles of both eyes and the eyeLook weights that say the same, written together."""

from __future__ import annotations

import math

import numpy as np

from rigdriver.clip import Clip

# Degrees at weight 1, measured against the angles that ARKit capture carries beside the weights.
IN_DEG, OUT_DEG, UP_DEG, DOWN_DEG = 35.0, 36.0, 24.0, 41.0
ANGLES = ("leftEyeYaw", "leftEyePitch", "rightEyeYaw", "rightEyePitch")
WEIGHTS = ("eyeLookOutLeft", "eyeLookInLeft", "eyeLookDownLeft", "eyeLookUpLeft",
           "eyeLookInRight", "eyeLookOutRight", "eyeLookDownRight", "eyeLookUpRight")
# Which angle a weight shows and in which direction. Yaw is positive towards the character's left, where the left
# eye looks out and the right one in; pitch is positive down.
_SOURCE = [0, 0, 1, 1, 2, 2, 3, 3]
_GAIN = np.array([sign / math.radians(degrees) for sign, degrees in
                  [(1, OUT_DEG), (-1, IN_DEG), (1, DOWN_DEG), (-1, UP_DEG),
                   (1, IN_DEG), (-1, OUT_DEG), (1, DOWN_DEG), (-1, UP_DEG)]])


class Eyes:
    """Where a clip keeps its eyes."""

    def __init__(self, header: Clip):
        self._angles = [header.column(name) for name in ANGLES]
        self._weights = [header.column(name) for name in WEIGHTS]

    def read(self, values: np.ndarray) -> np.ndarray:
        """(frames, 4) float64: left yaw, left pitch, right yaw, right pitch in radians."""
        return values[:, self._angles].astype(np.float64)

    def write(self, values: np.ndarray, angles: np.ndarray) -> None:
        """Set angles, as `read` gives them, and the weights that show them."""
        values[:, self._angles] = angles
        values[:, self._weights] = np.clip(angles[:, _SOURCE] * _GAIN, 0, 1)
