"""Compare: one clip against another, for whoever has a truth of his own: `rigdriver eval CLIP --against TRUTH`."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from rigdriver.clip import HINTS, Clip
from rigdriver.errors import InputError
from rigdriver.evaluation import dynamics, metrics
from rigdriver.evaluation.closures import NEEDED, agreement
from rigdriver.evaluation.plots import Sheet
from rigdriver.evaluation.report import Report, Table
from rigdriver.evaluation.sync import lag_s

DRAWN = 8  # channels of a picture
LEAST = 10  # frames of truth that a figure may rest on


def compare(made: Clip, true: Clip, names: tuple[str, str] = ("the clip", "the truth")) -> Report:
    """Per shared channel: r, MAE, velocity r, lag and liveliness at the truth's frames; and whether lips shut alike.

    The clips may differ in rate; both lie on the clock of their sound. names: what to call them in errors. Raises
    InputError where they share no channels or fewer than 10 frames of the truth lie inside the other clip.
    """
    shared = [name for name in true.names if name in made and name not in HINTS]
    if not shared:
        raise InputError(f"{names[0]} and {names[1]} share no channels; the first has {_few(made)}, the second "
                         f"{_few(true)}")
    true = _inside(true, made, names)
    rows = {name: _row(made, true, name) for name in shared}
    report = Report({"clip": names[0], "truth": names[1], "frames compared": len(true), "at fps": str(true.fps)})
    moving = {name: row for name, row in rows.items() if _moves(true, name) or _moves(made, name)}
    report.tables["channels"] = Table("Channels", moving or rows,
                                      "lag: above 0 comes after the truth. p50, p90, p99 (levels), speed p95 and "
                                      "jitter: made over true, 1 is alike. Channels at rest in both are left out.")
    report.tables["closures"] = _closures(made, true)
    return report


def sheet(made: Clip, true: Clip, names: tuple[str, str]) -> Sheet:
    """A picture of the channels that move most in the truth."""
    shared = [name for name in true.names if name in made and name not in HINTS]
    most = sorted(shared, key=lambda name: -float(true[name].std()))[:DRAWN]
    title = f"{names[0]} against {names[1]}"
    drawn = tuple(name for name in shared if name in most)
    return Sheet("clips", title, None, made, names[1], true, drawn, by=names[0])


def _moves(clip: Clip, name: str) -> bool:
    return float(np.ptp(clip[name])) > 0


def _few(clip: Clip) -> str:
    shown = ", ".join(clip.names[:3]) or "none"
    return f"{shown} …" if len(clip.names) > 3 else shown


def _inside(true: Clip, made: Clip, names: tuple[str, str]) -> Clip:
    """The frames of the truth whose time lies in the other clip."""
    within = np.zeros(0, int)
    if len(made) and len(true):
        within = np.flatnonzero((true.times >= made.times[0]) & (true.times <= made.times[-1]))
    if len(within) < LEAST:
        raise InputError(f"{names[0]} ({_lies(made)}) and {names[1]} ({_lies(true)}) have {len(within)} frames of time "
                         f"in common; a comparison needs {LEAST}")
    return true.cut(true.start + int(within[0]), true.start + int(within[-1]) + 1)


def _lies(clip: Clip) -> str:
    return f"{clip.times[0]:.2f} to {clip.times[-1]:.2f} s" if len(clip) else "no frames"


def _row(made: Clip, true: Clip, name: str) -> dict[str, float]:
    fps, wanted = float(true.fps), true[name].astype(np.float64)
    given = metrics.at_times(made, name, true.times)
    speeds = metrics.velocity(given, fps), metrics.velocity(wanted, fps)
    still = metrics.jitter(wanted, fps)
    return {"r": metrics.pearson(given, wanted), "MAE": metrics.mae(given, wanted),
            "velocity r": metrics.pearson(*speeds), "velocity MAE 1/s": metrics.mae(*speeds),
            "lag ms": 1000 * lag_s([(made.times, made[name])], [(true.times, wanted)]),
            **dynamics.ratios(dynamics.of([given], fps), dynamics.of([wanted], fps)),
            "jitter": metrics.jitter(given, fps) / still if still else float("nan")}


def _closures(made: Clip, true: Clip) -> Table:
    found = agreement(_cut_to(made, true), true)
    if found is None:
        return Table("Closures", {}, f"Not told: both clips need {', '.join(NEEDED)}.")
    there = found.found + found.missed
    row = {"in the truth": there, **asdict(found), "share found": found.found / there if there else float("nan")}
    return Table("Closures", {"lips shut against an open jaw": row},
                 "found: sealed in the clip while sealed in the truth; false: sealed where the truth is not.")


def _cut_to(made: Clip, true: Clip) -> Clip:
    """The part of the made clip that lies in the truth's time."""
    within = np.flatnonzero((made.times >= true.times[0] - 1e-9) & (made.times <= true.times[-1] + 1e-9))
    return made.cut(made.start + int(within[0]), made.start + int(within[-1]) + 1)
