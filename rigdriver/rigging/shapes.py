"""The shapes of a head as arrays, and which point of one head is which point of another."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rigdriver.errors import InputError, MissingExtra
from rigdriver.formats.gltf import asset as assets
from rigdriver.formats.gltf import links
from rigdriver.preview.actor import Actor, load_actor

MOVES = 1e-5  # of the head's size: a point that no shape moves further says nothing
NORMAL_REACH = 0.08  # of the face's size that a turned normal counts for, so that an upper lip is not taken for a lower
ROUNDS = 40  # of alignment; most heads settle in ten
SAMPLE = 3000  # points that are aligned
TRIM = 0.9  # of the pairs, the nearest, steer the alignment
LIVELY = 0.2  # of the liveliest point's liveliness: chins and necks of two heads have little in common
BENT = 700  # points that are asked where to bend
WARPS = (0.2, 0.1, 0.05, 0.03)  # widths of the bends, as shares of the face's size
TOO_FAR = 0.08  # of the face's size: a point that has no other so near has no counterpart
NEIGHBOURS = 3
BLOCK = 4096  # points at a time


@dataclass(frozen=True, eq=False)
class Shapes:
    """names: of the shapes. rest, normals: (n, 3) of the points that some shape moves, in the model's space.
    deltas: (names, n, 3) float32, what each shape at 1 does. whole: how many points the meshes have in all."""

    names: tuple[str, ...]
    rest: np.ndarray
    normals: np.ndarray
    deltas: np.ndarray
    moved: np.ndarray
    triangles: np.ndarray

    @property
    def size(self) -> float:
        """The diagonal of the box around what moves."""
        return float(np.linalg.norm(np.ptp(self.rest, axis=0)))


def load(path: str | Path) -> Shapes:
    """The shapes of a GLB. Raises InputError for one that has none, or that is no GLB."""
    if Path(path).suffix.lower() == ".gltf":
        raise InputError(f"{path}: shapes are read from one file; export it as .glb")
    asset = assets.load(path)
    links.check(asset.document, str(path))
    try:
        return _shapes(load_actor(path), Path(path))
    except (KeyError, IndexError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise InputError(f"{path}: its meshes cannot be read ({type(error).__name__}: {error})") from None


def _shapes(actor: Actor, path: Path) -> Shapes:
    names = tuple(name for name in actor.target_names if name)
    if not names:
        raise InputError(f"{path}: has no named morph targets, so there are no shapes to fit")
    posed = actor.pose({})
    rest = posed.positions
    deltas = np.stack([(actor.pose({name: 1.0}).positions - rest).astype(np.float32) for name in names])
    if not np.isfinite(deltas).all() or not np.isfinite(rest).all():
        raise InputError(f"{path}: its meshes hold values that are no numbers")
    reach = np.abs(deltas).max(axis=(0, 2))
    moved = reach > MOVES * np.linalg.norm(np.ptp(rest, axis=0))
    if moved.sum() < len(names) // 3 + 1:
        raise InputError(f"{path}: its shapes move {moved.sum()} points in all; there is nothing to fit")
    return Shapes(names, rest[moved], posed.normals[moved], deltas[:, moved], moved, posed.triangles)


@dataclass(frozen=True, eq=False)
class Likened:
    """The shapes of one head, carried onto the points of another.

    points: indices into the other head's points, those that have a counterpart. deltas: (names, points, 3).
    is_exact: counterparts are the same vertices. how: for people. gap: median distance of counterparts, as a share of
    the face's size.
    """

    names: tuple[str, ...]
    points: np.ndarray
    deltas: np.ndarray
    how: str
    gap: float
    is_exact: bool = False


def carried(source: Shapes, target: Shapes) -> Likened:
    """The source's shapes on the target's points: by number where the meshes are built alike, else by nearness."""
    if len(source.moved) == len(target.moved) and np.array_equal(source.triangles, target.triangles):
        return _by_number(source, target)
    return _by_nearness(source, target)


def _by_number(source: Shapes, target: Shapes) -> Likened:
    both = source.moved | target.moved
    at = np.flatnonzero(both[target.moved])  # every point that the target moves
    place = np.full(len(source.moved), -1)
    place[source.moved] = np.arange(source.moved.sum())
    from_source = place[np.flatnonzero(target.moved)]
    deltas = np.where((from_source >= 0)[None, :, None], source.deltas[:, from_source], 0)
    common = source.moved & target.moved
    theirs, ours = source.rest[place[common]], target.rest[np.cumsum(target.moved)[common] - 1]
    scale, turn, shift = _similarity(theirs, ours)
    gap = float(np.median(np.linalg.norm(theirs @ turn.T * scale + shift - ours, axis=1)) / target.size)
    return Likened(source.names, at, scale * (deltas @ turn.T), "the same vertices", gap, True)


def _by_nearness(source: Shapes, target: Shapes) -> Likened:
    try:
        from scipy.spatial import cKDTree
    except ImportError:
        raise MissingExtra("fitting a rig", "solve") from None
    scale, turn, shift = _aligned(source, target)
    placed = _warped(source.rest @ turn.T * scale + shift, source, target)
    normals = source.normals @ turn.T
    reach = NORMAL_REACH * target.size
    tree = cKDTree(np.concatenate([placed, reach * normals], axis=1))
    wanted = np.concatenate([target.rest, reach * target.normals], axis=1)
    distance, nearest = tree.query(wanted, k=NEIGHBOURS)
    apart = np.linalg.norm(placed[nearest[:, 0]] - target.rest, axis=1)
    points = np.flatnonzero(apart < TOO_FAR * target.size)
    if len(points) < 30:
        raise InputError(f"the two heads have {len(points)} points in common after aligning; are both heads, upright, "
                         "facing +Z?")
    share = 1 / np.maximum(distance[points], 1e-9 * target.size)
    share /= share.sum(axis=1, keepdims=True)
    deltas = np.einsum("pk,spkc->spc", share, source.deltas[:, nearest[points]])
    how = f"nearest points ({len(points)} of {len(target.rest)} have one)"
    return Likened(source.names, points, scale * (deltas @ turn.T), how, float(np.median(apart[points]) / target.size))


def _aligned(source: Shapes, target: Shapes) -> tuple[float, np.ndarray, np.ndarray]:
    """Scale, rotation (3, 3) and shift that lay the source's face onto the target's (iterated closest points).

    Only lively points steer it, those that many shapes move: mouth, lids and brows. It begins from their middles and
    spreads; every round pairs each with the nearest of the other head, both ways.
    """
    ours, theirs = _lively(source), _lively(target)
    scale = float(np.linalg.norm(theirs.std(axis=0)) / max(np.linalg.norm(ours.std(axis=0)), 1e-12))
    turn, shift = np.eye(3), theirs.mean(axis=0) - scale * ours.mean(axis=0)
    for _ in range(ROUNDS):
        placed = ours @ turn.T * scale + shift
        pairs = [(ours[near], theirs[kept]) for near, kept in [_nearest(theirs, placed)]]
        pairs += [(ours[kept], theirs[near]) for near, kept in [_nearest(placed, theirs)]]
        scale, turn, shift = _similarity(*(np.concatenate(side) for side in zip(*pairs)))
    return scale, turn, shift


def _lively(shapes: Shapes) -> np.ndarray:
    """(points, 3): those that many shapes move far for their size, SAMPLE at most."""
    reach = np.linalg.norm(shapes.deltas, axis=2)
    liveliness = ((reach / np.maximum(reach.max(axis=1, keepdims=True), 1e-12)) ** 2).sum(axis=0)
    lively = np.flatnonzero(liveliness > LIVELY * liveliness.max())
    return shapes.rest[np.random.default_rng(0).permutation(lively)[:SAMPLE]]


def _nearest(asked: np.ndarray, among: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of the points asked those TRIM that lie nearest: which of `among` is nearest to each, and their own indices."""
    from scipy.spatial import cKDTree
    distance, nearest = cKDTree(among).query(asked)
    kept = np.flatnonzero(distance <= np.quantile(distance, TRIM))
    return nearest[kept], kept


def _warped(placed: np.ndarray, source: Shapes, target: Shapes) -> np.ndarray:
    """The placed source's points, bent softly onto the target: first as a whole, then in ever smaller parts.

    Each round, sampled points go towards the nearest of the target by what their neighbourhood goes on average.
    """
    from scipy.spatial import cKDTree
    rng = np.random.default_rng(0)
    sample = rng.permutation(len(placed))[:BENT]
    reach = NORMAL_REACH * target.size
    goal = cKDTree(np.concatenate([target.rest, reach * target.normals], axis=1))
    for width in WARPS:
        for _ in range(2):
            at = placed[sample]
            _, nearest = goal.query(np.concatenate([at, reach * source.normals[sample]], axis=1))
            way = target.rest[nearest] - at
            trusted = np.linalg.norm(way, axis=1) < TOO_FAR * target.size
            if not trusted.any():
                return placed
            placed = placed + _smoothed(placed, at[trusted], way[trusted], width * target.size)
    return placed


def _smoothed(points: np.ndarray, at: np.ndarray, values: np.ndarray, width: float) -> np.ndarray:
    """(points, 3): values that are known at some places, averaged around each point with a bell of that width."""
    result = np.zeros_like(points)
    for first in range(0, len(points), BLOCK):
        block = points[first : first + BLOCK]
        apart = (block**2).sum(axis=1)[:, None] + (at**2).sum(axis=1) - 2 * block @ at.T  # squared
        weight = np.exp(-0.5 * np.maximum(apart, 0) / width**2) + 1e-12
        result[first : first + BLOCK] = weight @ values / weight.sum(axis=1, keepdims=True)
    return result


def _similarity(source: np.ndarray, target: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Scale, rotation and shift of least squares, source onto target, both (n, 3) (Umeyama 1991)."""
    ours, theirs = source - source.mean(axis=0), target - target.mean(axis=0)
    left, size, right = np.linalg.svd(theirs.T @ ours)
    mirror = np.array([1, 1, np.sign(np.linalg.det(left @ right))])
    turn = left @ np.diag(mirror) @ right
    scale = float((size * mirror).sum() / max((ours**2).sum(), 1e-30))
    return scale, turn, target.mean(axis=0) - scale * turn @ source.mean(axis=0)
