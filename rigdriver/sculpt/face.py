"""The skin: one sheet from crown to shoulders, laid out on a chart, cut open at eyes and mouth, and mirrored.

The chart unrolls half a head: across is the turn about the vertical axis, up is elevation seen from a point
between the ears, and below the jaw it runs on down the neck. Rings at mouth and eyes are laid first; the rest
is filled with points whose spacing grows away from the features, and all is triangulated in the chart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rigdriver.sculpt.eyes import lid_grid
from rigdriver.sculpt.field import Field, cast
from rigdriver.sculpt.mesh import grid_triangles, mirrored
from rigdriver.sculpt.mouth import MouthGrid, mouth_grid
from rigdriver.sculpt.neck import neck_loft
from rigdriver.sculpt.triangulate import delaunay, inside

HUB = np.array([0.0, 0.0, 10.0])
ACROSS, UP = 75.0, 95.0  # chart mm per radian: about the head's radii, so that chart mm are skin mm
# Elevation where the head's chart ends and the neck's begins: under the chin, and at the nape behind.
JAW_LINE, NAPE_LINE = np.radians(-55.0), np.radians(-36.0)
NECK_LENGTH = 150.0
RIGHT_EDGE, TOP = ACROSS * np.pi, UP * np.pi / 2
BOTTOM = UP * JAW_LINE - NECK_LENGTH
# Spacing of free points: chart centre, reach (both mm) and spacing there; elsewhere it grows to COARSE.
DENSE = (
    ((0.0, -40.0), 18.0, 3.0),  # nose
    ((9.0, -43.0), 9.0, 2.1),  # nostril
    ((0.0, -66.0), 48.0, 4.6),  # mouth
    ((30.0, 0.0), 34.0, 4.6),  # eye
    ((0.0, -15.0), 30.0, 4.2),  # bridge
    ((40.0, -40.0), 40.0, 6.0),  # cheek
    ((0.0, 30.0), 60.0, 7.0),  # forehead
    ((0.0, -96.0), 26.0, 6.2),  # chin
)
COARSE, GROWTH = 15.0, 0.125
SCALP, THROAT = 24.0, 12.0  # spacing under the hair, and at least so much below the jaw
RELAXATIONS = 3
# mm by which the lattice is scattered: on a regular one Delaunay's choice would hang on a processor's last bit.
SCATTER = 0.05
ON_MIRROR = 1e-6  # mm: nearer than this to the middle is on it


@dataclass(frozen=True)
class FaceSheet:
    """The whole skin. Grids index `points`: mouth[side][row, column], eyes likewise; side 0 is left, 1 right."""

    points: np.ndarray
    triangles: np.ndarray
    mouth: np.ndarray
    lids: np.ndarray
    half: MouthGrid


def build_face(field: Field) -> FaceSheet:
    """Lay out, triangulate, place and mirror."""
    half, lids = mouth_grid(field), lid_grid(field)
    rims = [chart_from_head(half.points[0]), chart_from_head(lids[0])]
    holes = [_closed_mouth(rims[0]), rims[1]]
    fixed = np.vstack([*rims, _edges(rims[0])])
    chart = np.vstack([fixed, _fill(fixed, holes)])
    faces = _faces(chart, holes)
    chart = _relaxed(chart, faces, len(fixed))
    faces = _faces(chart, holes)
    rim = len(rims[0]) + len(rims[1])
    return _assemble(half, lids, head_from_chart(field, chart[rim:]), faces)


def chart_from_head(points: np.ndarray) -> np.ndarray:
    """Chart places of points above the jaw line."""
    away = points - HUB
    level = np.hypot(away[:, 0], away[:, 2])
    return np.stack([ACROSS * np.arctan2(away[:, 0], away[:, 2]), UP * np.arctan2(away[:, 1], level)], axis=1)


def head_from_chart(field: Field, chart: np.ndarray) -> np.ndarray:
    """Skin points (n, 3) of chart places (n, 2)."""
    turn = chart[:, 0] / ACROSS
    line = _jaw_line(turn)
    rise = np.maximum(chart[:, 1] / UP, line)
    direction = np.stack([np.sin(turn) * np.cos(rise), np.sin(rise), np.cos(turn) * np.cos(rise)], axis=1)
    points = cast(field, np.broadcast_to(HUB, direction.shape), direction)
    down = np.clip((UP * line - chart[:, 1]) / (UP * line - BOTTOM), 0, 1)
    points = np.where(down[:, None] > 0, neck_loft(points, turn, down), points)
    points[(chart[:, 0] < 1e-6) | (chart[:, 0] > RIGHT_EDGE - 1e-6), 0] = 0.0
    return points


def _jaw_line(turn: np.ndarray) -> np.ndarray:
    share = np.clip((turn - 1.7) / (np.pi - 1.7), 0, 1)
    return JAW_LINE + (NAPE_LINE - JAW_LINE) * share * share * (3 - 2 * share)


def spacing(chart: np.ndarray) -> np.ndarray:
    """Wanted distance (mm) between neighbours at each chart place."""
    wanted = np.full(len(chart), COARSE)
    for centre, reach, fine in DENSE:
        away = np.linalg.norm(chart - centre, axis=1)
        wanted = np.minimum(wanted, fine + GROWTH * np.maximum(away - reach, 0))
    wanted = np.where(chart[:, 1] < UP * JAW_LINE - 20, np.maximum(wanted, THROAT), wanted)
    return np.where(chart[:, 1] > 92 - 0.55 * chart[:, 0], np.maximum(wanted, SCALP), wanted)


def _closed_mouth(rim: np.ndarray) -> np.ndarray:
    """The half mouth's hole, closed beyond the mirror line."""
    return np.vstack([rim, rim[-1] - [40, 0], rim[0] - [40, 0]])


def _edges(mouth_rim: np.ndarray) -> np.ndarray:
    """Points along the chart's border: mirror lines front and back, crown and hem."""
    front = _walk((0.0, TOP - 14), (0.0, mouth_rim[0, 1]))[:-1]
    chin = _walk((0.0, mouth_rim[-1, 1]), (0.0, BOTTOM))[1:]
    back = _walk((RIGHT_EDGE, TOP - 14), (RIGHT_EDGE, BOTTOM))
    hem = _walk((0.0, BOTTOM), (RIGHT_EDGE, BOTTOM))[1:-1]
    crown = np.array([[RIGHT_EDGE / 2, TOP]])
    return np.vstack([front, chin, back, hem, crown])


def _walk(start: tuple[float, float], end: tuple[float, float]) -> np.ndarray:
    """Places from start to end, both included, at the wanted spacing."""
    a, b = np.array(start), np.array(end)
    length, places = np.linalg.norm(b - a), [0.0]
    while places[-1] < length:
        here = a + (b - a) * places[-1] / length
        places.append(places[-1] + float(spacing(here[None])[0]))
    return a + (b - a) * (np.array(places) / places[-1])[:, None]


def _fill(fixed: np.ndarray, holes: list[np.ndarray]) -> np.ndarray:
    """Free places: a fine lattice thinned, densest regions first, until none is nearer than its spacing."""
    lattice = _lattice()
    lattice = lattice[~np.any([inside(hole, lattice) for hole in holes], axis=0)]
    kept, count = np.vstack([fixed, np.zeros_like(lattice)]), len(fixed)
    for place, apart in zip(lattice, spacing(lattice), strict=True):
        if ((kept[:count] - place) ** 2).sum(axis=1).min() > (0.86 * apart) ** 2:
            kept[count] = place
            count += 1
    return kept[len(fixed) : count]


def _lattice() -> np.ndarray:
    """Candidate places (n, 2) in staggered rows, ordered from the densest regions to the coarsest."""
    across, up = np.meshgrid(np.arange(1.5, RIGHT_EDGE - 3, 1.6), np.arange(BOTTOM + 3, TOP - 12, 1.4))
    across[1::2] += 0.8
    number = np.arange(across.size)
    scatter = np.stack([np.sin(7.13 * number), np.sin(11.71 * number + 1)], axis=1)
    places = np.stack([across.ravel(), up.ravel()], axis=1) + SCATTER * scatter
    return places[np.argsort(np.round(spacing(places), 6), kind="stable")]


def _faces(chart: np.ndarray, holes: list[np.ndarray]) -> np.ndarray:
    """Triangles of the chart, less those that span a hole or are slivers on the border."""
    faces = delaunay(chart)
    middle = chart[faces].mean(axis=1)
    a, b = chart[faces[:, 1]] - chart[faces[:, 0]], chart[faces[:, 2]] - chart[faces[:, 0]]
    thin = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0] < 1e-6
    return faces[~(thin | np.any([inside(hole, middle) for hole in holes], axis=0))]


def _relaxed(chart: np.ndarray, faces: np.ndarray, fixed: int) -> np.ndarray:
    """Free places moved to the middle of their neighbours, a few times: evens out the triangles."""
    edges = np.unique(np.vstack([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=0)
    edges = np.unique(np.sort(edges, axis=1), axis=0)
    both = np.vstack([edges, edges[:, ::-1]])
    degree = np.bincount(both[:, 0], minlength=len(chart))[:, None]
    for _ in range(RELAXATIONS):
        total = np.zeros_like(chart)
        np.add.at(total, both[:, 0], chart[both[:, 1]])
        chart = np.vstack([chart[:fixed], (total / np.maximum(degree, 1))[fixed:]])
    return chart


def _assemble(half: MouthGrid, lids: np.ndarray, free: np.ndarray, faces: np.ndarray) -> FaceSheet:
    """Both halves as one sheet; vertices on the mirror line are shared."""
    shapes = [half.points.shape[:2], lids.shape[:2]]
    starts = np.cumsum([0, shapes[0][0] * shapes[0][1], shapes[1][0] * shapes[1][1]])
    mouth, eye = (start + np.arange(r * c).reshape(r, c) for start, (r, c) in zip(starts[:2], shapes, strict=True))
    points = np.vstack([half.points.reshape(-1, 3), lids.reshape(-1, 3), free])
    points[np.abs(points[:, 0]) < ON_MIRROR, 0] = 0.0
    order = np.concatenate([mouth[0], eye[0], np.arange(starts[2], len(points))])
    ring = np.hstack([eye, eye[:, :1]])
    triangles = np.vstack([order[faces], grid_triangles(mouth), _throat(mouth[-1]), grid_triangles(ring)])
    points, triangles, other = mirrored(points, triangles)
    return FaceSheet(points, triangles, np.stack([mouth, other[mouth]]), np.stack([eye, other[eye]]), half)


def _throat(row: np.ndarray) -> np.ndarray:
    """The pocket's back wall: upper columns joined straight to the lower ones."""
    middle = len(row) // 2
    faces = grid_triangles(np.stack([row[: middle + 1], row[: middle - 1 : -1]], axis=0))
    return faces[faces[:, 1] != faces[:, 2]]  # the corner column stands in both rows
