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

EYE_CENTRE = np.array([32.0, 0.0, 68.2])
EYE_RADIUS = 13.1  # real eyes 12.0
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
    _ball((0, 38, -6), (74.5, 79, 94), 1),  # braincase
    _ball((0, 40, 34), (60, 52, 59), 30),  # forehead
    _ball((0, -32, 32), (57, 66, 57), 25),  # midface
    _ball((46, -20, 46), (18, 15, 26), 22),  # cheekbone
    _rod((50, -15, 46), (60, -9, 0), 8, 8, 22),  # its arch towards the ear
    _ball((50, 10, 20), (15, 28, 38), 26),  # temple muscle
    _ball((0, -66, 56), (34, 34, 39), 22),  # the muzzle: lips follow the dental arch
    _rod((45, -68, 9), (14, -101.5, 74), 9.0, 11.5, 21),  # lower edge of the jaw
    _rod((45, -64, 8), (57, -22, 0), 8, 10, 24),  # ramus
    _ball((0, -100.5, 76), (19, 14, 18), 18),  # chin
    _ball((48, -48, 22), (13, 26, 22), 22),  # masseter
    _ball((0, -78, 38), (41, 28, 46), 22),  # floor of the mouth
    _rod((9, 15, 83), (40, 16, 68), 8, 7, 14),  # brow ridge
    _ball((34, -48, 56), (24, 26, 26), 22),  # soft cheek
]
NECK = [_rod((0, -60, -18), (0, -200, -36), 52, 54, 24)]  # only its top shows; neck.py lofts the rest
NOSE = [
    _rod((0, 4, 84.5), (0, -31, 105), 5.6, 6.8, 11),  # bridge
    _rod((0, -14, 84), (0, -40, 92), 8, 11, 10),  # its flanks
    _ball((0, -36.5, 107), (9.0, 8.0, 9.0), 7),  # tip
    _ball((10.6, -40.5, 98.5), (6.0, 6.2, 8.6), 6),  # wing
    _rod((0, -46, 100), (0, -42.5, 108), 3.2, 3.8, 5),  # columella
]
SOCKET = _ball((33, 1.5, 89), (19, 11.5, 17), 16)
NOSTRIL = _ball((6.0, -46.5, 102.5), (3.0, 5.0, 5.0), 2.5, tilt_deg=-15)
PHILTRUM = _rod((0, -51, 99.4), (0, -59, 98.2), 2.3, 2.9, 3)
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
    for hollow in (NOSTRIL, PHILTRUM):
        skin = carve(skin, hollow.shape(half), hollow.reach)
    return skin


def _melted(half: np.ndarray, lumps: list[Lump]) -> np.ndarray:
    skin = lumps[0].shape(half)
    for lump in lumps[1:]:
        skin = melt(skin, lump.shape(half), lump.reach)
    return skin
