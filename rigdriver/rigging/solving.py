"""Solve: a map fitted to what a rig does, where its names do not say it. Two ways: the shapes of two heads, or the
curves of one performance on two rigs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rigdriver import formats, resources
from rigdriver import rig as rigs
from rigdriver.channel import Channel
from rigdriver.clip import Clip
from rigdriver.errors import InputError, SettingsError
from rigdriver.layers.resample import Resample
from rigdriver.layers.retarget import ToArkit
from rigdriver.rigging import shapes
from rigdriver.rigging.character import look
from rigdriver.rigging.least_squares import FAINT, Basis, Fit
from rigdriver.rigging.mapping import turned_angles
from rigdriver.rigging.rigtext import Drawn
from rigdriver.spelling import match
from rigdriver.stage import run
from rigdriver.wiring import Derived, Wiring

SHOWN = 0.75  # error above which a curve is said not to be shown at all,
SHOWN_OF_ANOTHER = 0.9  # on a head that is not built like the known one, where no fit is close
STILL = 1e-3  # standard deviation below which a curve of a performance tells nothing
FAINT_OF_ANOTHER = 0.15  # the same as FAINT, for heads that are not alike: a small part is more likely to be chance
HIGHEST = 2.0  # weight; speech seldom needs a shape's full way, so half a shape may be driven at double
FRAMES = 30  # the least that a pair of clips must share
DERIVED = {"lips_shut": Derived("ratio", ("mouthClose", "jawOpen")),
           "close_and_open": Derived("product", ("mouthClose", "jawOpen"))}
"""What is tried beside ARKit's curves where they alone leave much over."""
MUCH, BETTER = 0.15, 0.7  # error above which it is tried, and share of it that must be gained by


def chosen(file: str | None, like: str | None, source: str | None, target: str | None, from_rig: str | None,
           name: str) -> Drawn:
    """What was asked for on the command line. Raises SettingsError for neither way, or both."""
    if bool(file) == bool(source or target) or bool(source) != bool(target):
        raise SettingsError("rig solve needs a character (HERO.glb), or --from CLIP --to CLIP, and not both")
    if file:
        return from_shapes(file, like or str(resources.HEAD), name)
    assert source and target
    return from_clips(source, target, from_rig, name)


@dataclass(frozen=True, eq=False)
class _Fitted:
    """(targets, sources) weights, and the error of each of what was fitted."""

    weights: np.ndarray
    errors: dict[str, float]


def from_shapes(hero: str | Path, like: str | Path, name: str) -> Drawn:
    """A rig for the hero's shapes from those of a head whose names are ARKit's. Raises InputError."""
    target, known = shapes.load(hero), shapes.load(like)
    carried = shapes.carried(known, target)
    curves, theirs = _as_curves(carried, str(like))  # (curves, points · 3)
    ours = target.deltas[:, carried.points].reshape(len(target.names), -1).astype(float)
    faint, shown = (FAINT, SHOWN) if carried.is_exact else (FAINT_OF_ANOTHER, SHOWN_OF_ANOTHER)
    there, back = _fit_all(ours, theirs, faint), _fit_all(theirs, ours, faint)
    errors = {curve: fit.error for curve, fit in zip(curves, there)}
    rows = {shape: {curve: round(float(fit.weights[k]), 4) for curve, fit in zip(curves, there)
                    if fit.weights[k] and fit.error < shown} for k, shape in enumerate(target.names)}
    reading = {curve: {shape: round(float(fit.weights[k]), 4) for shape, fit in zip(target.names, back)
                       if fit.weights[k] and fit.error < shown} for k, curve in enumerate(curves)}
    angles = turned_angles(look(hero))
    head = (f"Fitted by `rigdriver rig solve` to the shapes of {Path(hero).name}, likened to {Path(like).name} by",
            f"{carried.how};",
            f"half of the points lie within {100 * carried.gap:.2f} % of the face's size of their counterparts.")
    return _drawn(name, f"fitted to the shapes of {Path(hero).name}", head, target.names, rows, reading, errors, angles,
                  shown=shown)


def _as_curves(carried: shapes.Likened, where: str) -> tuple[list[str], np.ndarray]:
    """ARKit's curves that the known head shows, and their shapes in rows; halves of one curve are added up."""
    weights = rigs.canonical().weights
    found: dict[str, np.ndarray] = {}
    for at, curve in enumerate(match(carried.names, weights).channels):
        if curve:
            found[curve] = found.get(curve, 0) + carried.deltas[at].reshape(-1).astype(float)
    if not found:
        raise InputError(f"{where}: none of its shapes has a name of ARKit's, so it cannot say what a shape means")
    curves = [curve for curve in weights if curve in found and np.abs(found[curve]).max() > 0]
    return curves, np.stack([found[curve] for curve in curves])


def _fit_all(columns: np.ndarray, results: np.ndarray, faint: float) -> list[Fit]:
    """Each row of results as a sum of the rows of columns."""
    basis, pulls = Basis(columns @ columns.T, faint), columns @ results.T
    return [basis.fit(pull, float(result @ result), 0.0, HIGHEST) for pull, result in zip(pulls.T, results)]


def from_clips(source: str | Path, target: str | Path, from_rig: str | None, name: str) -> Drawn:
    """A rig for the target's curves from the same performance on ARKit's. Raises InputError."""
    played, shown = _together(_on_arkit(Path(source), from_rig), formats.read(target), f"{source} and {target}")
    curves = [curve for curve in played.names if played[curve].std() > STILL]
    if not curves:
        raise InputError(f"{source}: none of its curves moves")
    dead = [curve for curve in played.names if curve not in curves]
    basis = np.stack([played[curve].astype(float) for curve in curves], axis=1)
    made = _made(played)
    rows, errors, channels = {}, {}, []
    for shape in shown.names:
        values = shown[shape].astype(float)
        base, row, error = _fit_curve(values, basis, curves, made)
        channels.append(_channel(shape, values, base))
        rows[shape] = row
        if values.std() > STILL:
            errors[shape] = error
    reading = _read_back(played, shown, curves)
    head = ("Fitted by `rigdriver rig solve` to one performance on two rigs,",
            f"{Path(source).name} and {Path(target).name}, {len(played)} frames at {float(played.fps):g} fps.")
    used = {name: DERIVED[name] for name in DERIVED if any(name in row for row in rows.values())}
    quiet = (("Curves that the performance never moved, so that nothing is known of them", tuple(dead)),)
    return _drawn(name, f"fitted to {Path(target).name}", head, shown.names, rows, reading, errors, (), channels, used,
                  quiet)


def _on_arkit(path: Path, from_rig: str | None) -> Clip:
    clip = formats.read(path)
    if from_rig:
        rig = rigs.load(from_rig)
        if not clip.columns(rig.names):
            raise InputError(f"{path}: has no curve of the rig {rig.name!r}")
        return run(ToArkit(rig), clip)
    weights = rigs.canonical().weights
    known = [(name, curve) for name, curve in zip(clip.names, match(clip.names, weights).channels) if curve]
    if not known:
        raise InputError(f"{path}: has no curve of ARKit's; name its rig with --from-rig")
    values = np.stack([clip[name] for name, _ in known], axis=1)
    return Clip(tuple(curve for _, curve in known), values, clip.fps, clip.start) if len(
        {curve for _, curve in known}) == len(known) else clip.pick([c for c in weights if c in clip])


def _together(one: Clip, other: Clip, where: str) -> tuple[Clip, Clip]:
    """The frames that both have, at the first one's rate."""
    if other.fps != one.fps:
        other = run(Resample(one.fps), other)
    first, last = max(one.start, other.start), min(one.end, other.end)
    if last - first < FRAMES:
        raise InputError(f"{where}: share {max(last - first, 0)} frames; a fit needs {FRAMES}, of the same performance")
    return one.cut(first, last), other.cut(first, last)


def _made(played: Clip) -> dict[str, np.ndarray]:
    """The derived curves, where they move, (frames,) each."""
    if not {"mouthClose", "jawOpen"} <= set(played.names):
        return {}
    close, jaw = played["mouthClose"].astype(float), played["jawOpen"].astype(float)
    made = {"lips_shut": np.clip(close / np.maximum(jaw, 0.02), 0, 1), "close_and_open": close * jaw}
    return {name: values for name, values in made.items() if values.std() > STILL}


def _fit_curve(values: np.ndarray, basis: np.ndarray, curves: Sequence[str], made: Mapping[str, np.ndarray]
               ) -> tuple[float, dict[str, float], float]:
    """Rest, row and error of one curve: from ARKit's alone, or with what is derived of them if that is much better."""
    plain = _fit_plain(values, basis, curves)
    if plain[2] > MUCH and made:
        wide = np.column_stack([basis, *made.values()])
        richer = _fit_plain(values, wide, [*curves, *made])
        if richer[2] < BETTER * plain[2]:
            return richer
    return plain


def _fit_plain(values: np.ndarray, basis: np.ndarray, curves: Sequence[str]) -> tuple[float, dict[str, float], float]:
    """Weights are 0 or more, unless the curve goes below its rest, or negative ones show it much better."""
    if values.std() <= STILL:
        return float(np.median(values)), {}, 0.0
    columns = np.column_stack([basis, np.ones(len(values))])
    span = float(np.ptp(values))
    gram = Basis(columns.T @ columns)
    pull, square = columns.T @ values, float(values @ values)
    high = HIGHEST * span / np.maximum(np.ptp(basis, axis=0), STILL)  # the curve's whole way, twice
    fits = []
    for low in (np.zeros(len(high)), -high):
        fit = gram.fit(pull, square, np.append(low, values.min() - 1e-9), np.append(high, values.max() + 1e-9))
        left = float(np.sqrt(np.mean((values - columns @ fit.weights) ** 2)) / values.std())
        fits.append((float(fit.weights[-1]), {c: round(float(w), 4) for c, w in zip(curves, fit.weights) if w}, left))
    plain, signed = fits
    return signed if signed[2] < BETTER * plain[2] and plain[2] > 0.05 else plain


def _channel(name: str, values: np.ndarray, rest: float) -> Channel:
    """A channel whose range holds 0..1 and all that was seen."""
    low, high = min(0.0, float(values.min())), max(1.0, float(values.max()))
    near = rest if abs(rest) > 0.02 * max(float(np.ptp(values)), 1e-6) else 0.0
    rest = round(float(np.clip(near, low, high)), 4)
    return Channel(name, low=round(low, 4), high=round(high, 4), rest=rest, region="face")


def _read_back(played: Clip, shown: Clip, curves: Sequence[str]) -> dict[str, dict[str, float]]:
    live = [name for name in shown.names if shown[name].std() > STILL]
    if not live:
        return {}
    basis = np.stack([shown[name].astype(float) for name in live], axis=1)
    fits = {curve: _fit_plain(played[curve].astype(float), basis, live) for curve in curves}
    return {curve: row for curve, (rest, row, error) in fits.items() if error < SHOWN / 2 and abs(rest) < 0.05}


def _drawn(name: str, description: str, head: tuple[str, ...], names: Sequence[str], rows: dict[str, dict[str, float]],
           reading: dict[str, dict[str, float]], errors: dict[str, float], angles: tuple[str, ...],
           channels: Sequence[Channel] = (), derived: Mapping[str, Derived] | None = None,
           more: tuple[tuple[str, tuple[str, ...]], ...] = (), shown: float = SHOWN) -> Drawn:
    canonical = rigs.canonical()
    turning = {angle: {angle: 1.0} for angle in angles}
    live = {shape: row for shape, row in rows.items() if row}
    listed = list(channels) or [Channel(shape, region="face") for shape in names if shape in live]
    figures = [f"{curve}: {error:.2f}" for curve, error in sorted(errors.items(), key=lambda each: -each[1])]
    middle = float(np.median(list(errors.values()))) if errors else 0.0
    said = (f"{name}: {len(live)} shapes mapped; error (0 exact, 1 nothing shown) {middle:.3f} in the middle, "
            f"worst {figures[0] if figures else '–'}",)
    back = {c: {s: w for s, w in row.items() if s in {each.name for each in listed}} for c, row in reading.items()}
    back = {curve: row for curve, row in back.items() if row} | turning
    return Drawn(
        name, description, (*head, "Every key is explained in rigs/reference.yaml."),
        (*listed, *(canonical[angle] for angle in angles)), Wiring(live | turning, derived or {}),
        Wiring(back) if back else None, {},
        (("Shapes that nothing drives", tuple(shape for shape in names if shape not in live)),
         ("Not shown by any mixture of these shapes, so left out",
          tuple(curve for curve, error in errors.items() if error >= shown) if not channels else ()), *more),
        said, tuple(figures),
    )
