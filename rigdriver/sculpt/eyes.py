"""Eyelids as rings about the eyeball, posed by how far each margin is turned.

A lid is described by angles seen from the eye's centre, so every pose of it lies on a sphere outside the eyeball.
Columns run from the inner corner over the upper lid to the outer corner and back along the lower lid.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rigdriver.sculpt.field import Field, cast
from rigdriver.sculpt.skull import EYE_CENTRE, EYE_RADIUS

SEGMENTS = 15  # per lid
COLUMNS = 2 * SEGMENTS
INNER_AZIMUTH, OUTER_AZIMUTH = -57.0, 57.0  # degrees: the corners, seen from the eye's centre
INNER_ELEVATION, OUTER_ELEVATION = -4.0, 3.0  # outer corner 1.5 mm higher: a friendly eye
UPPER_PEAK, LOWER_PEAK = 23.8, -23.0  # the upper lid covers the iris's rim, the lower one touches it
CLOSED_BOW = -13.0  # where the lids meet in a blink: the upper lid makes four fifths of the way
MARGIN_CLEARANCE, LID_CLEARANCE = 0.75, 2.0  # mm outside the eyeball: inner edge, front edge
CLOSED_EXTRA = 1.15  # mm further out when shut, for the cornea and so that half-way chords stay clear
INNER_PULL, OUTER_PULL = np.array([-4.0, -0.8, 1.2]), np.array([1.8, 0.0, -1.0])  # tear duct, outer fold

# Rows outside to inside. Plate rows have a share of the way from crease (0) to margin (1).
PLATE = (0.0, 0.36, 0.70, 1.0)
CREASE_UP, CREASE_DOWN = 11.0, 9.0  # degrees from the margin to the crease at rest
ORBIT = ((21.5, 18.0, 16.5), (18.6, 14.0, 13.0))  # outer rings: half width, up, down (mm)
ORBIT_MIDDLE = np.array([1.6, 1.0])
FOLD_ROW, CREASE_ROW = len(ORBIT), len(ORBIT) + 1
FRONT_ROW = CREASE_ROW + len(PLATE) - 1
MARGIN_ROW, TUCK_ROW = FRONT_ROW + 1, FRONT_ROW + 2
ROWS = TUCK_ROW + 1


@dataclass(frozen=True)
class LidPose:
    """How a pair of lids stands. `blink` 0..1 turns both to the closed line; the rest are degrees, up positive."""

    blink: float = 0.0
    upper: float = 0.0
    lower: float = 0.0
    sideways: float = 0.0


REST = LidPose()


def columns() -> tuple[np.ndarray, np.ndarray]:
    """Each column's place from inner (0) to outer corner (1), and its lid: +1 upper, −1 lower, 0 corner."""
    step = np.arange(COLUMNS)
    place = np.where(step <= SEGMENTS, step, COLUMNS - step) / SEGMENTS
    side = np.where(step % SEGMENTS == 0, 0, np.where(step < SEGMENTS, 1, -1))
    return place, side.astype(float)


def lid_grid(field: Field, pose: LidPose = REST) -> np.ndarray:
    """The left eye's lids (rows, columns, 3) in mm. Only rows from the fold inwards depend on the pose."""
    place, side = columns()
    rows = [*_orbit_rows(field), _fold_row(place, side)]
    rows += [_plate_row(share, place, side, pose) for share in PLATE]
    rows += [_margin_row(place, side, pose), _tuck_row(place, side, pose)]
    return np.stack(rows)


def _arch(place: np.ndarray) -> np.ndarray:
    """0 at both corners, 1 between them, rounder than a sine."""
    return np.sin(np.pi * place) ** 0.75


def _margin(place: np.ndarray, side: np.ndarray, pose: LidPose) -> tuple[np.ndarray, np.ndarray]:
    """Azimuth and elevation (degrees) of the margin."""
    azimuth = INNER_AZIMUTH + (OUTER_AZIMUTH - INNER_AZIMUTH) * place
    line = INNER_ELEVATION + (OUTER_ELEVATION - INNER_ELEVATION) * place
    lean = place + 0.10 * side * np.sin(np.pi * place)  # upper lid peaks towards the nose, lower away from it
    arch = _arch(np.clip(lean, 0, 1))
    opened = line + arch * np.where(side > 0, UPPER_PEAK + pose.upper, LOWER_PEAK + pose.lower) * np.abs(side)
    overlap = np.where(side > 0, -1.5, 0.0) * arch
    closed = line + _arch(place) * CLOSED_BOW + overlap
    turn = np.abs(side) * pose.sideways * _arch(place)
    return azimuth + turn, opened + pose.blink * (closed - opened)


def _crease(place: np.ndarray, side: np.ndarray, pose: LidPose) -> tuple[np.ndarray, np.ndarray]:
    """Azimuth and elevation of the crease: outside the open margin, and hardly moved by it."""
    azimuth, elevation = _margin(place, side, REST)
    moved = _margin(place, side, pose)[1] - elevation
    widen = (place - 0.5) * 2 * 8.0
    reach = np.where(side > 0, CREASE_UP, CREASE_DOWN) * (0.35 + 0.65 * _arch(place))
    upwards = np.clip(moved * side, 0, None)  # a lid that opens wider pushes its crease along
    return azimuth + widen, elevation + side * reach + side * upwards * 0.8 + 0.10 * np.minimum(moved * side, 0) * side


def _plate_row(share: float, place: np.ndarray, side: np.ndarray, pose: LidPose) -> np.ndarray:
    margin, crease = _margin(place, side, pose), _crease(place, side, pose)
    azimuth, elevation = (c + share * (m - c) for m, c in zip(margin, crease, strict=True))
    dip = -0.5 * (1 - share) ** 2 * (side > 0)  # the crease lies deeper than the lid
    radius = EYE_RADIUS + LID_CLEARANCE + dip + _closing(place, side, pose) * CLOSED_EXTRA
    return _on_sphere(azimuth, elevation, radius) + _corner_pull(place, share)


def _margin_row(place: np.ndarray, side: np.ndarray, pose: LidPose) -> np.ndarray:
    azimuth, elevation = _margin(place, side, pose)
    radius = EYE_RADIUS + MARGIN_CLEARANCE + _closing(place, side, pose) * CLOSED_EXTRA
    return _on_sphere(azimuth, elevation - side * 1.2, radius) + _corner_pull(place, 0.85)


def _tuck_row(place: np.ndarray, side: np.ndarray, pose: LidPose) -> np.ndarray:
    """Behind the margin, hidden in the eyeball: closes the slit between lid and eye."""
    azimuth, elevation = _margin(place, side, pose)
    return _on_sphere(azimuth * 0.93, elevation + side * 2.5, np.full_like(azimuth, EYE_RADIUS - 1.0))


def _closing(place: np.ndarray, side: np.ndarray, pose: LidPose) -> np.ndarray:
    """0 at rest to 1 shut: how far this part of the margin has been turned downwards (or the lower one up)."""
    moved = _margin(place, side, pose)[1] - _margin(place, side, REST)[1]
    whole = np.where(side > 0, UPPER_PEAK - CLOSED_BOW, CLOSED_BOW - LOWER_PEAK)
    return np.clip(-moved * np.where(side > 0, 1, -1) / whole, 0, 1)


def _fold_row(place: np.ndarray, side: np.ndarray) -> np.ndarray:
    """Skin just outside the crease: on the upper lid it hangs over a little."""
    azimuth, elevation = _crease(place, side, REST)
    reach = np.where(side > 0, 4.0, 7.0) * (0.5 + 0.5 * _arch(place))
    radius = EYE_RADIUS + np.where(side > 0, 3.2, 2.6)
    lid = _on_sphere(azimuth + (place - 0.5) * 8, elevation + side * reach, radius)
    return lid + _corner_pull(place, 0.5)


def _orbit_rows(field: Field) -> list[np.ndarray]:
    turn = np.pi - 2 * np.pi * np.arange(COLUMNS) / COLUMNS
    rows = []
    for wide, up, down in ORBIT:
        x = EYE_CENTRE[0] + ORBIT_MIDDLE[0] + wide * np.cos(turn)
        y = EYE_CENTRE[1] + ORBIT_MIDDLE[1] + np.where(np.sin(turn) > 0, up, down) * np.sin(turn)
        start = np.stack([x, y, np.full_like(x, EYE_CENTRE[2] - 30)], axis=1)
        rows.append(cast(field, start, np.broadcast_to([0.0, 0.0, 1.0], start.shape)))
    return rows


def _corner_pull(place: np.ndarray, share: float) -> np.ndarray:
    inner, outer = np.clip(1 - place / 0.22, 0, 1) ** 1.5, np.clip(1 - (1 - place) / 0.2, 0, 1) ** 1.5
    return (inner[:, None] * INNER_PULL + outer[:, None] * OUTER_PULL) * share


def _on_sphere(azimuth: np.ndarray, elevation: np.ndarray, radius: np.ndarray) -> np.ndarray:
    a, e = np.radians(azimuth), np.radians(elevation)
    direction = np.stack([np.sin(a) * np.cos(e), np.sin(e), np.cos(a) * np.cos(e)], axis=1)
    return EYE_CENTRE + radius[:, None] * direction
