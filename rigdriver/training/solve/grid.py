"""GRID: the talker's landmarks as a track, its weights solved, and kept."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rigdriver.errors import InputError
from rigdriver.formats.atomic import replacing
from rigdriver.training.solve.face import Face, arrays, read_ict
from rigdriver.training.solve.fit import Fit, fit_face
from rigdriver.training.solve.landmarks import Track, align_all, neutrals, resting

LANDMARKS = "mediapipe_face_landmarks.npz"
FPS = 25
LIPS = frozenset((  # MediaPipe's rings of lip landmarks, from the outer rim to the inner
    0, 11, 12, 13, 14, 15, 16, 17, 37, 38, 39, 40, 41, 42, 61, 62, 72, 73, 74, 76, 77, 78, 80, 81, 82, 84, 85, 86, 87,
    88, 89, 90, 91, 95, 96, 146, 178, 179, 180, 181, 183, 184, 185, 191, 267, 268, 269, 270, 271, 272, 291, 292, 302,
    303, 304, 306, 307, 308, 310, 311, 312, 314, 315, 316, 317, 318, 319, 320, 321, 324, 325, 375, 402, 403, 404, 405,
    407, 408, 409, 415,
))  # fmt: skip
LOST, PIXEL = -32000, 1 / 32  # in the file: mark of a frame that was not tracked; size of a step
LAYOUT = 1  # raise when what is solved from the same data changes


@dataclass(frozen=True, eq=False)
class Solution:
    """weights: (utterances, frames, names) float32, 0..1, at FPS. seen: (utterances, frames) bool.

    points, told: (utterances, frames, landmarks, 3), aligned landmarks and the fit's, in the face's units; their
    difference is what the fit does not explain. neutral: (utterances, landmarks, 3), the face at rest in each.
    """

    utterances: tuple[str, ...]
    face: Face
    weights: np.ndarray
    points: np.ndarray
    told: np.ndarray
    neutral: np.ndarray
    seen: np.ndarray


def explained(solution: Solution, marks: Container[int] | None = None) -> float:
    """Share of the landmarks' variance about their mean that the fit explains; of all landmarks, or of `marks`."""
    chosen = np.array([marks is None or mark in marks for mark in solution.face.landmarks])
    points = solution.points[:, :, chosen][solution.seen]
    left_over = points - solution.told[:, :, chosen][solution.seen]
    return float(1 - (left_over**2).sum() / ((points - points.mean(0)) ** 2).sum())


def read_track(path: Path) -> tuple[tuple[str, ...], np.ndarray, Track]:
    """Utterances, MediaPipe indices, and points in pixels with +Y up and +Z towards the camera."""
    names, landmark, delta = arrays(path, "utt", "landmark", "xyz_px32_delta")
    steps = np.cumsum(delta, axis=1, dtype=np.int16)
    points = steps * np.array([PIXEL, -PIXEL, -PIXEL], np.float32)
    seen = ~(steps == LOST).any((2, 3))
    if not seen.any():
        raise InputError(f"{path}: no frame in it was tracked")
    return tuple(map(str, names)), landmark, Track(points, seen)


def solve_grid(data: Path, fit: Fit | None = None, say: Callable[[str], None] = lambda line: None) -> Solution:
    """All utterances of GRID's talker: about half a minute on one core. Raises InputError where files are missing."""
    utterances, marks, track = read_track(data / "grid_s1" / LANDMARKS)
    face, found = read_ict(data / "ict_facekit", marks)
    say("aligning")
    points = align_all(Track(track.points[:, :, found], track.seen), face.rest, face.held)
    neutral = neutrals(points, resting(points, face.opening(points).mean(-1), track.seen))
    weights, told = fit_face(face, points - neutral[:, None], track.seen, fit, say)
    return Solution(utterances, face, weights, points, told + neutral[:, None], neutral, track.seen)


def write(path: Path, solution: Solution) -> None:
    """An npz of `utt`, `names`, `fps` and `W` (float16: steps of 0.0005 near 1). Raises OutputError."""
    with replacing(path) as file:
        np.savez_compressed(file, utt=np.array(solution.utterances), names=np.array(solution.face.names), fps=FPS,
                            W=solution.weights.astype(np.float16))


def curves_of(solution: Solution) -> tuple[tuple[str, ...], tuple[str, ...], np.ndarray]:
    """The same as `read` gives of its file."""
    return solution.face.names, solution.utterances, solution.weights


def read(path: Path) -> tuple[tuple[str, ...], tuple[str, ...], np.ndarray]:
    """Names, utterances, and weights (utterances, frames, names) float32 of a file that `write` wrote."""
    names, utterances, weights = arrays(path, "names", "utt", "W")
    return tuple(map(str, names)), tuple(map(str, utterances)), weights.astype(np.float32)
