"""The large forms of the head, neck and shoulders as one melted solid.

Millimetres. The origin lies midway between the ear canals at eye height: +X is the character's left, +Y up,
+Z forward. Sizes follow adult anthropometry (Farkas 1994; head 232 mm high, 152 wide, 195 long; pupils 63 apart),
softened towards neither sex; eyes are drawn a few per cent large and the nose a few per cent small, as
illustrators do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rigdriver.sculpt.field import Field, Vector, capsule, carve, ellipsoid, melt

EYE_CENTRE = np.array([32.0, 0.0, 68.5])
EYE_RADIUS = 12.6  # real eyes 12.0
CHIN_Y, CROWN_Y = -114.0, 117.0


@dataclass(frozen=True)
class Lump:
    """One piece of clay and how far (mm) it flows into what is there already."""

    shape: Field
    reach: float


def _ball(centre: Vector, radii: Vector, reach: float, tilt_deg: float = 0.0) -> Lump:
    return Lump(ellipsoid(centre, radii, tilt_deg), reach)


def _rod(start: Vector, end: Vector, start_radius: float, end_radius: float, reach: float) -> Lump:
    return Lump(capsule(start, end, start_radius, end_radius), reach)


# The half x >= 0; fields are asked at |x|. Order matters a little: each lump melts into those before it.
SKULL = [
    _ball((0, 38, -6), (76, 79, 94), 1),  # braincase
    _ball((0, 40, 34), (60, 52, 59), 30),  # forehead
    _ball((0, -32, 32), (57, 66, 57), 25),  # midface
    _ball((46, -20, 46), (18, 15, 26), 22),  # cheekbone
    _rod((50, -14, 46), (62, -8, 0), 10, 10, 30),  # its arch towards the ear
    _ball((52, 8, 20), (18, 30, 40), 30),  # temple muscle
    _ball((0, -66, 56), (34, 34, 39), 22),  # the muzzle: lips follow the dental arch
    _rod((46, -68, 4), (13, -102, 74), 11, 11, 26),  # lower edge of the jaw
    _rod((50, -66, 4), (58, -22, 0), 11, 12, 24),  # ramus
    _ball((0, -101, 76), (19, 14, 18), 16),  # chin
    _ball((0, -78, 38), (44, 28, 46), 22),  # floor of the mouth
    _rod((9, 15, 83), (40, 16, 68), 8, 7, 14),  # brow ridge
    _ball((34, -48, 56), (24, 26, 26), 22),  # soft cheek
]
NECK = [_rod((0, -60, -18), (0, -200, -36), 52, 54, 24)]  # only its top shows; neck.py lofts the rest
NOSE = [
    _rod((0, 4, 84), (0, -32, 106), 6.5, 7.5, 11),  # bridge
    _rod((0, -14, 84), (0, -40, 92), 9, 12, 10),  # its flanks
    _ball((0, -37, 108), (9.5, 8.5, 9.5), 6),  # tip
    _ball((11.2, -40.5, 99), (6.3, 6.6, 9.0), 4.5),  # wing
    _rod((0, -46.5, 100), (0, -43, 109), 3.4, 4.0, 4),  # columella
]
SOCKET = _ball((33, -1, 89), (19, 13.5, 17), 16)
NOSTRIL = _ball((6.4, -47.0, 103.5), (3.2, 4.5, 5.0), 2.5, tilt_deg=-15)
TEMPLE = _ball((88, 22, 66), (20, 30, 30), 20)


def head_field(points: np.ndarray) -> np.ndarray:
    """Signed distance to skin (without lips, lids, ears and hair)."""
    half = points * [1, 1, 1]
    half[:, 0] = np.abs(half[:, 0])
    skin = _melted(half, SKULL + NECK)
    skin = carve(skin, TEMPLE.shape(half), TEMPLE.reach)
    skin = carve(skin, SOCKET.shape(half), SOCKET.reach)
    for lump in NOSE:
        skin = melt(skin, lump.shape(half), lump.reach)
    return carve(skin, NOSTRIL.shape(half), NOSTRIL.reach)


def _melted(half: np.ndarray, lumps: list[Lump]) -> np.ndarray:
    skin = lumps[0].shape(half)
    for lump in lumps[1:]:
        skin = melt(skin, lump.shape(half), lump.reach)
    return skin
