"""Eyes: the angles of both eyes and the eyeLook weights that say the same, written together."""

from __future__ import annotations

import math

import numpy as np

from rigdriver.clip import Clip

# Degrees at weight 1, measured against the angles that ARKit capture carries beside the weights.
IN_DEG, OUT_DEG, UP_DEG, DOWN_DEG = 35.0, 36.0, 24.0, 41.0
ANGLES = ("leftEyeYaw", "leftEyePitch", "rightEyeYaw", "rightEyePitch")
# Which angle a weight shows, in which direction and at how many degrees it is 1. Yaw is positive towards the
# character's left, where the left eye looks out and the right one in; pitch is positive down.
WEIGHTS = {"eyeLookOutLeft": (0, OUT_DEG), "eyeLookInLeft": (0, -IN_DEG),
           "eyeLookDownLeft": (1, DOWN_DEG), "eyeLookUpLeft": (1, -UP_DEG),
           "eyeLookInRight": (2, IN_DEG), "eyeLookOutRight": (2, -OUT_DEG),
           "eyeLookDownRight": (3, DOWN_DEG), "eyeLookUpRight": (3, -UP_DEG)}
# All twelve at once: which angle, times what, and no lower than.
_SOURCE = np.array([*range(len(ANGLES)), *(source for source, _ in WEIGHTS.values())])
_GAIN = np.array([1.0] * len(ANGLES) + [1 / math.radians(degrees) for _, degrees in WEIGHTS.values()])
_LOW = np.array([-np.inf] * len(ANGLES) + [0.0] * len(WEIGHTS))
_HIGH = np.array([np.inf] * len(ANGLES) + [1.0] * len(WEIGHTS))


class Eyes:
    """Where a clip keeps its eyes."""

    def __init__(self, header: Clip):
        self._angles = np.array(header.columns(ANGLES))
        self._all = np.array(header.columns((*ANGLES, *WEIGHTS)))

    def read(self, values: np.ndarray) -> np.ndarray:
        """(frames, 4) float64: left yaw, left pitch, right yaw, right pitch in radians."""
        return values.take(self._angles, 1).astype(np.float64)

    def write(self, values: np.ndarray, angles: np.ndarray) -> None:
        """Set angles, as `read` gives them, and the weights that show them."""
        values[:, self._all] = np.minimum(np.maximum(angles.take(_SOURCE, 1) * _GAIN, _LOW), _HIGH)
