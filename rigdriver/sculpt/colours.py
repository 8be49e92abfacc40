"""Materials, and the paint on the skin: lips, blush, the dark of nostrils and mouth, and soft shade in folds.

All colours are linear RGB. A material's colour is its lightest; vertex colours only darken or tint it, so the head
stays believable in programs that ignore them.
"""

from __future__ import annotations

import numpy as np

from rigdriver.sculpt.face import FaceSheet
from rigdriver.sculpt.field import Field, openness
from rigdriver.sculpt.mouth import BORDER_ROW, CONTACT_ROW, SEAM_ROW
from rigdriver.sculpt.skull import NOSTRIL
from rigdriver.sculpt.strokes import Skin, bump, ramp

POCKET = np.array([0.26, 0.085, 0.085])  # the inside of the mouth, as a factor on skin
SKIN = (0.680, 0.400, 0.285)
# name: linear RGB, roughness, two-sided
MATERIALS: dict[str, tuple[tuple[float, float, float], float, bool]] = {
    "Skin": (SKIN, 0.52, False),
    "Mouth": ((SKIN[0] * POCKET[0], SKIN[1] * POCKET[1], SKIN[2] * POCKET[2]), 1.0, False),
    "EyeWhite": ((0.820, 0.800, 0.780), 0.18, False),
    "EyeIris": ((0.200, 0.105, 0.045), 0.10, False),
    "Teeth": ((0.830, 0.780, 0.680), 0.25, True),
    "Tongue": ((0.450, 0.150, 0.140), 0.42, False),
    "Hair": ((0.082, 0.045, 0.026), 0.58, True),
    "Brow": ((0.060, 0.034, 0.022), 0.75, True),
    "Cloth": ((0.055, 0.105, 0.150), 0.90, True),
    "Lash": ((0.018, 0.013, 0.012), 0.70, True),
}
LIPS = np.array([0.74, 0.46, 0.47])
WARM = np.array([1.0, 0.80, 0.76])  # blush on cheeks, nose and ears
LID_RIM = np.array([0.86, 0.60, 0.57])


def paint_skin(field: Field, sheet: FaceSheet, skin: Skin) -> np.ndarray:
    """Vertex colours (n, 3) of the face sheet."""
    tint = _shade(field, sheet.points) * _blush(skin)
    tint *= 1 - (0.8 * ramp(NOSTRIL.shape(skin.half), 2.2, 0.4) * (skin.points[:, 1] < -41))[:, None]
    for rings in sheet.mouth:
        _mix(tint, rings[BORDER_ROW], LIPS, 0.55)
        _mix(tint, rings[BORDER_ROW + 1 : SEAM_ROW], LIPS, 1.0)
        _mix(tint, rings[SEAM_ROW], LIPS * 0.62, 1.0)
        _mix(tint, rings[CONTACT_ROW], LIPS * 0.42, 1.0)
        for depth, row in enumerate(rings[CONTACT_ROW + 1 :]):
            _mix(tint, row, POCKET * 0.5**depth, 1.0)
    for rings in sheet.lids:
        _mix(tint, rings[-2], LID_RIM * 0.8, 1.0)
        _mix(tint, rings[-1], LID_RIM * 0.55, 1.0)
        _mix(tint, rings[-3], LID_RIM, 0.6)
    return np.clip(tint, 0, 1)


def _mix(tint: np.ndarray, where: np.ndarray, colour: np.ndarray, share: float) -> None:
    tint[where] = tint[where] * (1 - share) + colour * share


def _shade(field: Field, points: np.ndarray) -> np.ndarray:
    """Light lost in folds, redder than grey because it bounces between skins."""
    light = np.clip(0.45 + 0.62 * openness(field, points, 14.0), 0, 1)[:, None]
    return light ** np.array([0.8, 1.1, 1.15])


def _blush(skin: Skin) -> np.ndarray:
    warm = 0.75 * bump(skin, (40, -34, 72), (30, 26, 40)) + 0.9 * bump(skin, (0, -38, 112), (14, 13, 18))
    warm = np.clip(warm + 0.3 * bump(skin, (0, -104, 90), (20, 16, 24)), 0, 1)[:, None]
    return 1 + warm * (WARM - 1)
