"""The mouth's rings: skin, vermilion, the seam where the lips meet, and on into a dark pocket behind the teeth.

Half a mouth (x >= 0) is a grid of rows (outside to inside) by columns, running from the middle of the upper lip
round the corner to the middle of the lower lip. The two lips are separate vertices that meet at rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rigdriver.sculpt.field import Field, cast

SEGMENTS = 13  # per half lip
COLUMNS = 2 * SEGMENTS + 1
CORNER_X, SEAM_Y = 24.5, -67.0  # mouth 49 mm wide: pupils' inner rims, the painter's rule
UPPER_HEIGHT, LOWER_HEIGHT = 7.6, 9.2  # vermilion at the middle
UPPER_FULLNESS, LOWER_FULLNESS = 3.4, 4.6  # how far the lips stand out of the muzzle

SKIN_UP, SKIN_SIDE, SKIN_DOWN = (8.0, 5.0, 2.4), (12.5, 7.5, 3.2), (13.0, 7.6, 3.2)
LIP_HEIGHTS = (1.0, 0.74, 0.44, 0.16, 0.0)  # share of the vermilion: border first, seam last
LIP_BULGES = (0.06, 0.72, 1.0, 0.66, 0.0)
# Inside rows: how far up or down (mm), back from the seam (mm), and how wide compared with the lips.
INNER = ((0.0, 4.5, 1.0), (6.0, 6.8, 1.03), (13.0, 8.5, 1.12), (16.0, 30.0, 1.28), (9.0, 52.0, 0.9))
BORDER_ROW, SEAM_ROW = len(SKIN_UP), len(SKIN_UP) + len(LIP_HEIGHTS) - 1
ROWS = SEAM_ROW + 1 + len(INNER)
CONTACT_ROW = SEAM_ROW + 1


@dataclass(frozen=True)
class MouthGrid:
    """Half a mouth: `points` (rows, columns, 3) in mm."""

    points: np.ndarray
    across: np.ndarray
    """(columns,) 0 in the middle, 1 at the corner."""
    side: np.ndarray
    """(columns,) +1 upper lip, −1 lower lip, 0 at the corner."""


def mouth_grid(field: Field) -> MouthGrid:
    """The half mouth at rest on the given skin."""
    step = np.arange(COLUMNS)
    ramp = np.sin(0.5 * np.pi * np.minimum(step, COLUMNS - 1 - step) / SEGMENTS)  # denser towards the corner
    side = np.sign(SEGMENTS - step).astype(float)
    lips = _lip_rows(field, ramp, side)
    points = np.stack([*_skin_rows(field, lips[0]), *lips, *_inner_rows(lips[-1], ramp, side)])
    points[:, [0, -1], 0] = 0.0
    return MouthGrid(points, ramp, side)


def seam_height(across: np.ndarray) -> np.ndarray:
    """The closed mouth's line: the upper lip's tubercle dips in the middle, corners turn up a hair."""
    dip = -0.9 * np.exp(-((across / 0.28) ** 2)) + 0.5 * np.exp(-(((across - 0.5) / 0.25) ** 2))
    return SEAM_Y + dip + 1.5 * across**4


def on_skin(field: Field, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Points (n, 3) of the face's front at given x and y."""
    origins = np.stack([x, y, np.full_like(x, 20.0)], axis=1)
    return cast(field, origins, np.broadcast_to([0.0, 0.0, 1.0], origins.shape))


def _vermilion(across: np.ndarray, side: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Height and fullness of the lips along the mouth; the bow's notch is in the upper one."""
    bow = 1.12 * (1 - across**1.8) - 0.16 * np.exp(-((across / 0.13) ** 2))
    below = (1 - across**2.6) ** 0.68
    height = np.where(side >= 0, UPPER_HEIGHT * bow, LOWER_HEIGHT * below)
    round_off = np.clip(1 - across**2.2, 0, 1) ** 0.8
    lobes = np.exp(-(((across - np.where(side >= 0, 0.0, 0.3)) / 0.2) ** 2))  # one above, in the middle; two below
    return height, np.where(side >= 0, UPPER_FULLNESS, LOWER_FULLNESS) * round_off * (1 + 0.1 * lobes)


def _lip_rows(field: Field, across: np.ndarray, side: np.ndarray) -> list[np.ndarray]:
    height, fullness = _vermilion(across, side)
    rows = []
    for share, bulge in zip(LIP_HEIGHTS, LIP_BULGES, strict=True):
        x = across * (CORNER_X + 1.6 * share)
        row = on_skin(field, x, seam_height(across) + side * height * share)
        tuck = (1 - share) * (0.2 + 2.2 * across**6)  # corners are pulled in by the muscle knot behind them
        row[:, 2] += bulge * fullness - tuck
        rows.append(row)
    return rows


def _skin_rows(field: Field, border: np.ndarray) -> list[np.ndarray]:
    turn = 0.5 * np.pi * (1 - np.arange(COLUMNS) / SEGMENTS)
    rows = []
    for up, sideways, down in zip(SKIN_UP, SKIN_SIDE, SKIN_DOWN, strict=True):
        vertical = np.where(turn >= 0, up, down) * np.sin(turn)
        rows.append(on_skin(field, border[:, 0] + sideways * np.cos(turn), border[:, 1] + vertical))
    return rows


def _inner_rows(seam: np.ndarray, across: np.ndarray, side: np.ndarray) -> list[np.ndarray]:
    rows = []
    for apart, back, wide in INNER:
        row = seam * [wide, 1, 1]
        row[:, 1] += side * apart * (1 - 0.5 * across**3)
        row[:, 2] -= back
        rows.append(row)
    return rows
