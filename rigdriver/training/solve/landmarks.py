"""Landmarks: tracked points with the head's own motion taken off, and the face at rest that they move from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

CLOSED = 0.25  # lips count as shut where their gap is in the lowest quarter of its range over the recordings …
STILL = 0.5  # … and at rest where the points also move slower than this quantile of all frames
FEW = 4  # frames at rest that weigh as much as what all clips know of the talker's neutral
MANY = 5000  # frames are enough for a median


@dataclass(frozen=True, eq=False)
class Track:
    """points: (clips, frames, landmarks, 3), any unit, +Y up, +Z out of the face. seen: (clips, frames) bool."""

    points: np.ndarray
    seen: np.ndarray


def align(points: np.ndarray, target: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Frames (n, landmarks, 3) brought onto `target` (landmarks, 3) by the best similarity of the weighted points.

    Least squares of rotation, scale and shift (Umeyama 1991), one for each frame.
    """
    weights = (weights / weights.sum()).astype(np.float32)
    middle = weights @ target
    local = points - np.einsum("k,fkj->fj", weights, points)[:, None]
    held = np.flatnonzero(weights)
    near = local[:, held] * weights[held, None]
    cross = np.einsum("ki,fkj->fij", (target - middle)[held], near, optimize=True)
    left, sizes, right = np.linalg.svd(cross)
    sign = np.sign(np.linalg.det(left @ right))
    left[:, :, 2] *= sign[:, None]
    sizes[:, 2] *= sign
    scale = sizes.sum(1) / (near * local[:, held]).sum((1, 2))
    target_from_frame = scale[:, None, None] * (left @ right)
    return (local @ target_from_frame.transpose(0, 2, 1) + middle).astype(np.float32)


def align_all(track: Track, rest: np.ndarray, held: np.ndarray) -> np.ndarray:
    """Every frame of a track on a model's head: first on `rest`, then on the talker's own mean head, whose
    proportions leave less to guess. Lost frames get the talker's mean."""
    flat = track.points.reshape(-1, *rest.shape)[track.seen.ravel()]
    target = rest
    for _ in range(2):
        placed = align(flat, target, held.astype(np.float32))
        target = np.median(placed[:: max(1, len(placed) // MANY)], 0)
    result = np.repeat(target[None].astype(np.float32), track.seen.size, 0)
    result[track.seen.ravel()] = placed
    return result.reshape(track.points.shape)


def resting(points: np.ndarray, gap: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Which frames (clips, frames) show a mouth at rest: shut and still. gap: (clips, frames) between inner lips."""
    low, high = np.quantile(gap[seen], [0.02, 0.98])
    speed = np.abs(np.gradient(points[..., 1], axis=1)).mean(2)
    return seen & (gap < low + CLOSED * (high - low)) & (speed <= np.quantile(speed[seen], STILL))


def neutrals(points: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """(clips, landmarks, 3): the face at rest in each clip, near the talker's own where a clip rests little.

    A tracker's idea of the same face drifts from one recording to the next, by as much as a tenth of an open jaw.
    """
    talker = np.median(points[rest][:: max(1, rest.sum() // MANY)], 0)
    result = np.repeat(talker[None], len(points), 0)
    for clip, (frames, still) in enumerate(zip(points, rest)):
        if still.any():
            share = still.sum() / (still.sum() + FEW)
            result[clip] += share * (np.median(frames[still], 0) - talker)
    return result
