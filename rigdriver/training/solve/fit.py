"""Fit: a face's channels from the motion of its landmarks, all frames of all clips with one Gram matrix."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rigdriver.training.solve.bounded import Problem, solve
from rigdriver.training.solve.face import Face

LICENCE = 0.4  # how much of itself a shape may change to become the talker's own
SEALED, PARTED = 0.15, 0.5  # model units between the inner lips, more than at rest
PART = 25  # clips solved at once: their frames fit a processor's cache
UNSEEN, MOST_GAIN = 0.1, 1.5  # answer to a motion of size 1 under which a channel is left alone; largest gain
EVERY = 3  # of the frames teach the talker's shapes; neighbours are nearly alike


@dataclass(frozen=True)
class Fit:
    """How measurements and expectations are weighed.

    noise: standard deviation of a landmark in model units, times the root of how many neighbours err together.
    depth: weight of Z, which one camera guesses. gap: weight of the inner lips' distance. aside: weight of a point
    that no channel moves. twins: weight of left against right, in spreads. bend: price of bending in time, which
    takes about twice this share off a 5 Hz motion at 25 fps. drift: how far the head's own motion may still be
    wrong. stiff: a channel that moves this many times its spread takes half of what the talker's shape differs by.
    rounds: how often the talker's shapes are learned. steps: of the bounded solver.
    """

    noise: float = 0.3
    depth: float = 0.3
    gap: float = 6.0
    aside: float = 0.1
    twins: float = 2.0
    bend: float = 0.03
    drift: float = 0.02
    stiff: float = 1.0
    rounds: int = 2
    steps: int = 200


def fit_face(face: Face, moved: np.ndarray, seen: np.ndarray, fit: Fit | None = None,
             say: Callable[[str], None] = lambda line: None) -> tuple[np.ndarray, np.ndarray]:
    """Weights 0..1 (clips, frames, C) float32 of points' motion from rest, and what they explain of it.

    moved: (clips, frames, landmarks, 3), model units. seen: (clips, frames) bool; lost frames are bridged.
    The second result has `moved`'s shape: the motion as the talker's shapes tell it.
    """
    fit = fit or Fit()
    flat = bridge(moved.reshape(*seen.shape, -1), seen)
    mix = sealed(face)
    model = mix @ face.shapes.reshape(len(face), -1)
    shapes, spread = model, face.spread
    for lesson in range(fit.rounds):
        say(f"learning the talker's shapes, {lesson + 1} of {fit.rounds}")
        shapes = personal(model, spread, flat, unknowns(face, shapes, flat, fit), fit.stiff)
    x = unknowns(face, shapes, flat, fit, lambda done: say(f"{done} of {len(flat)} clips"))
    gain = gains(face, problem_of(face, model, measures(face, fit), fit))
    told = (x @ shapes.astype(np.float32)).reshape(moved.shape)
    gap = face.opening(flat.reshape(moved.shape)).mean(-1)
    return close_lips(face, np.minimum(x * gain @ mix.astype(np.float32), 1), gap), told


def bridge(flat: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """(clips, frames, n) float32 with lost frames on a straight line between seen ones, at rest where none was seen."""
    result = np.where(seen[..., None], flat, 0).astype(np.float32)
    for clip in np.flatnonzero(seen.any(1) & ~seen.all(1)):
        lost, found = np.flatnonzero(~seen[clip]), np.flatnonzero(seen[clip])
        after = np.searchsorted(found, lost)
        left, right = found[np.maximum(after - 1, 0)], found[np.minimum(after, len(found) - 1)]
        share = ((lost - left) / np.maximum(right - left, 1)).clip(0, 1)[:, None]
        result[clip, lost] = (1 - share) * flat[clip, left] + share * flat[clip, right]
    return result


def unknowns(face: Face, shapes: np.ndarray, flat: np.ndarray, fit: Fit,
             say: Callable[[int], None] = lambda done: None) -> np.ndarray:
    """(clips, frames, C) float32: how much of each shape (C, 3·landmarks) is in each frame."""
    metric = measures(face, fit)
    problem = problem_of(face, shapes, metric, fit)
    pull = (shapes @ metric).T.astype(np.float32)
    result = np.zeros((*flat.shape[:2], len(face)), np.float32)
    for first in range(0, len(flat), PART):
        part = slice(first, first + PART)
        result[part] = solve(problem, flat[part] @ pull, fit.steps)
        say(min(first + PART, len(flat)))
    return result


def measures(face: Face, fit: Fit) -> np.ndarray:
    """Matrix M (3·landmarks, 3·landmarks): dᵀ M d is the price of a misfit d, after the best small head motion."""
    reach = np.sqrt((face.shapes**2).sum(2)).max(0)
    weight = np.clip(reach / np.quantile(reach, 0.9), fit.aside, 1)
    price = np.diag((weight[:, None] * [1, 1, fit.depth]).ravel())
    for upper, lower in face.gaps:
        row = np.zeros(len(price))
        row[3 * upper + 1], row[3 * lower + 1] = 1, -1
        price += fit.gap * np.outer(row, row)
    motions = _motions(face.rest)
    pull = motions @ price
    held = pull @ motions.T + (fit.noise / fit.drift) ** 2 * np.eye(len(motions))
    return price - pull.T @ np.linalg.solve(held, pull)


def _motions(rest: np.ndarray) -> np.ndarray:
    """(7, 3·landmarks): small shifts, turns and growth of the head about its middle, each of size 1."""
    local = rest - rest.mean(0)
    turns = [np.cross(axis, local) for axis in np.eye(3)]
    shifts = [np.broadcast_to(axis, local.shape) for axis in np.eye(3)]
    rows = np.stack([*shifts, *turns, local]).reshape(7, -1)
    return rows / np.sqrt((rows**2).sum(1, keepdims=True) / len(rest))


def problem_of(face: Face, shapes: np.ndarray, metric: np.ndarray, fit: Fit) -> Problem:
    """The bounded problem of these shapes: Gram matrix, how far channels and twins are expected to move, smoothness."""
    gram = shapes @ metric @ shapes.T
    price = (fit.noise / face.spread) ** 2
    prior = np.diag(price)
    for left, right in face.twins:
        pair = np.zeros(len(face))
        pair[[left, right]] = 1, -1
        prior += fit.twins * price[left] * np.outer(pair, pair)
    sharp = 1 / np.diag(np.linalg.inv(gram + prior))
    return Problem(gram, prior, fit.bend * sharp, np.ones(len(face)))


def sealed(face: Face) -> np.ndarray:
    """(C, C) channels of each unknown: mouthClose's is a jaw opening behind shut lips, so it never exceeds jawOpen."""
    mix = np.eye(len(face))
    mix[face.names.index("mouthClose"), face.names.index("jawOpen")] = 1
    return mix


def gains(face: Face, problem: Problem) -> np.ndarray:
    """(C,) float32: half of what the prior takes off each channel's level, given back, on a logarithmic scale.

    A ridge answers a motion with less than it; given back whole, channels that share a motion would tell it twice.
    A channel that the landmarks hardly show keeps its small answer: it is mostly noise.
    """
    kept = np.linalg.solve(problem.gram + problem.prior, problem.gram)
    both = np.eye(len(face))
    for left, right in face.twins:
        both[left, right] = both[right, left] = 1
    answer = np.diag(kept @ both)
    return np.where(answer < UNSEEN, 1, np.minimum(np.maximum(answer, UNSEEN) ** -0.5, MOST_GAIN)).astype(np.float32)


def personal(shapes: np.ndarray, spread: np.ndarray, flat: np.ndarray, x: np.ndarray, stiff: float) -> np.ndarray:
    """Shapes (C, 3·landmarks) as this talker makes them: the model's, moved by what their weights x left over.

    The idea is example-based facial rigging (Li, Weise and Pauly 2010).
    """
    rows = x.reshape(-1, len(shapes))[::EVERY].astype(float)
    left_over = flat.reshape(-1, shapes.shape[1])[::EVERY] - rows @ shapes
    hold = np.diag(len(rows) * (stiff * spread) ** 2)
    change = np.linalg.solve(rows.T @ rows + hold, rows.T @ left_over)
    room = LICENCE * np.linalg.norm(shapes, axis=1) / np.maximum(np.linalg.norm(change, axis=1), 1e-9)
    return shapes + np.minimum(1, room)[:, None] * change


def close_lips(face: Face, weights: np.ndarray, gap: np.ndarray) -> np.ndarray:
    """mouthClose as ARKit means it: equal to jawOpen, it seals. gap: (clips, frames) of the middle lips, from rest.

    A talker's upper lip comes down to meet the lower one, which no ARKit shape does, and a pucker brings lips together
    by the way, so that the fit leaves mouthClose too small to seal another face. Near a seal it becomes what makes up
    for all that parts the lips; where they are well apart the fit's own stays.
    """
    opens = face.opening(face.shapes).mean(-1)
    close, jaw = face.names.index("mouthClose"), face.names.index("jawOpen")
    others = np.delete(np.arange(len(face)), close)
    parting = weights[..., others] @ np.maximum(opens[others], 0)
    near = np.clip((PARTED - gap) / (PARTED - SEALED), 0, 1)
    needed = np.minimum((parting - gap) / opens[jaw], weights[..., jaw])
    result = weights.copy()
    result[..., close] += near * np.maximum(needed - weights[..., close], 0)
    return result
