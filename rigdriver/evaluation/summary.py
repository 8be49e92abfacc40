"""Summary: the figures by which a model is judged first, each beside what is aimed at."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from rigdriver.evaluation import dynamics, emotions, voices
from rigdriver.evaluation.report import Goal, Report

Aim = tuple[str, Callable[[float], bool]]


def at_least(least: float) -> Aim:
    return f"≥ {least:g}", lambda got: got >= least


def at_most(most: float) -> Aim:
    return f"≤ {most:g}", lambda got: got <= most


def within(most: float) -> Aim:
    return f"± {most:g}", lambda got: abs(got) <= most


def between(low: float, high: float) -> Aim:
    return f"{low:g} to {high:g}", lambda got: low <= got <= high


OWN, DEFAULT = "own style", "default style"
SINGLE: tuple[tuple[str, str, str, str, Aim], ...] = (
    ("GRID talker s1, its own style: jawOpen r", "grid_s1.r", "jawOpen", OWN, at_least(0.94)),
    ("the same: lip aperture r", "grid_s1.r", "lip aperture", OWN, at_least(0.95)),
    ("the same: mouthPucker r", "grid_s1.r", "mouthPucker", OWN, at_least(0.80)),
    ("the same: mouthClose r", "grid_s1.r", "mouthClose", OWN, at_least(0.80)),
    ("FACEGOOD, default style (whose own layers never saw this face): jawOpen r", "facegood.r", "jawOpen", DEFAULT,
     at_least(0.82)),
    ("FACEGOOD, its own style: jawOpen r", "facegood.r", "jawOpen", OWN, at_least(0.90)),
    ("the same: mouthFunnel r", "facegood.r", "mouthFunnel", OWN, at_least(0.70)),
    ("unseen voices: bilabials closed", "voices", "bilabials closed", "all", at_least(0.95)),
    ("the same: vowels falsely closed", "voices", "vowels falsely closed", "all", at_most(0.02)),
    ("the same: rounded vs spread vowels, AUC of pucker + funnel", "voices",
     "rounded vs spread: AUC of pucker + funnel", "all", at_least(0.95)),
    ("the same: open vs close vowels, AUC of jaw", "voices", "open vs close: AUC of jaw", "all", at_least(0.90)),
    ("the same: lag of the jaw against the teacher, ms", "voices", "jaw: lag against teacher ms", "all", within(17)),
    ("the same: lag of closures, ms", "voices", "closure: lag against teacher ms", "all", within(17)),
    ("the same: mouth speed in silence, 1/s", "voices", "mouth speed in silence 1/s", "all", at_most(0.05)),
)  # fmt: skip
"""What, where it stands (table, row, column), and the aim."""


def goals(report: Report) -> list[Goal]:
    """Every goal whose figure was measured."""
    found = [(what, report.figure(table, row, column), aim) for what, table, row, column, aim in SINGLE]
    found += [*_rest(report), *_lively(report), *_noise(report), *_lookaheads(report), *_emotions(report)]
    return [Goal(what, got, says, reached(got)) for what, got, (says, reached) in found if got is not None]


Row = tuple[str, "float | None", Aim]


def _rest(report: Report) -> Iterator[Row]:
    for sound in ("breath", "music", "room noise"):
        speeds = [report.figure("rest", sound, f"{when}: mouth 1/s") for when in ("alone", "after speech")]
        yield f"mouth speed on {sound}, 1/s", _worst(speeds), at_most(0.05)


def _lively(report: Report) -> Iterator[Row]:
    for figure in ("p90", "speed p95"):
        ratios = {name: report.figure("dynamics", name, figure) for name in voices.LIVELY}
        known = {name: ratio for name, ratio in ratios.items() if ratio is not None}
        if known:
            name = max(known, key=lambda name: abs(math.log(max(known[name], 1e-9))))  # a dead channel is the farthest
            yield (f"unseen voices: {figure} against real speech, farthest of {len(known)} channels ({name})",
                   known[name], between(*dynamics.GOOD))


def _noise(report: Report) -> Iterator[Row]:
    if "noise" not in report.tables:
        return
    losses = {name: report.figure("noise", name, "loss %") for name in report.tables["noise"].rows}
    known = {name: loss for name, loss in losses.items() if loss is not None}
    if known:
        name = max(known, key=lambda name: known[name])
        yield f"the same at 10 dB noise: largest loss, % ({name})", known[name], at_most(10)


def _lookaheads(report: Report) -> Iterator[Row]:
    """None at all, and the lookahead nearest to 80 ms."""
    rows = report.tables["lookahead"].rows if "lookahead" in report.tables else {}
    finite = {float(label.split()[0]): label for label in rows if label.endswith(" ms")}
    for aim_ms, most in ((0, 10), (80, 3)):
        if finite:
            label = finite[min(finite, key=lambda ms: abs(ms - aim_ms))]
            losses = [loss for name, loss in rows[label].items() if name.startswith("loss %")]
            yield f"lookahead {label}: largest loss against the whole file, %", _worst(losses), at_most(most)


def _emotions(report: Report) -> Iterator[Row]:
    """The worst that any emotion does to lips and teeth."""
    rows = report.tables["emotions"].rows if "emotions" in report.tables else {}
    columns = [(f"{sound}: {emotions.LOSS}", at_most(1)) for sound in (emotions.BILABIAL, emotions.LABIODENTAL)]
    for column, aim in (*columns, (f"{emotions.JAW} p90 {emotions.OVER}", at_most(1.25))):
        got = {name: row[column] for name, row in rows.items() if name != emotions.NONE}
        if got:
            name = max(got, key=lambda name: got[name])
            yield f"under any emotion at 1.0: {column} ({name})", _worst([got[name]]), aim


def _worst(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None and not math.isnan(value)]
    return max(known) if known else None
