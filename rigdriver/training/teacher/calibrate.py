"""Calibrate: fit the teacher's targets to a real face, and bring their levels to what face capture of speech shows.

    python -m rigdriver.training.teacher.calibrate --data DATA [-o teacher.yaml]

Given who dominates when, a curve is linear in the targets, so they are found by least squares: not below 0, and drawn
towards what phonetics expects (`phonetics.yaml`). Everything is fitted on GRID's training utterances and judged on its
validation utterances; its test utterances are never read. One face says what is wide and what is narrow; how far a
mouth goes is taken from capture.
"""

from __future__ import annotations

import argparse
import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import nnls

from rigdriver.evaluation import metrics
from rigdriver.settings import build, read_yaml
from rigdriver.take import Phone, Take
from rigdriver.training.teacher import likeness
from rigdriver.training.teacher.articulation import (
    GROUPS,
    LEAK,
    PARTING,
    Teacher,
    closure_gate,
    default_teacher,
    dominances,
    emphasis,
    omega,
    parts_of,
)
from rigdriver.training.teacher.likeness import FPS, Observed, spoken_curves
from rigdriver.training.teacher.manner import Manner, manner_factors
from rigdriver.training.teacher.prosody import prosody

LEVELS = {  # p90 over frames in speech, of 60 fps face capture (BEHAVIOUR 2.1)
    # Capture's jaw has p90 .22, p99 .60, speed p95 3.1 /s; no read speech is so uneven, and .26 lies between the three.
    "jaw": 0.26, "funnel": 0.278, "pucker": 0.234, "lower": 0.35, "upper": 0.30, "stretch": 0.115,
}  # fmt: skip


@dataclass(frozen=True)
class Fitted:
    """How one group of curves is fitted. solved: by the landmarks' solve, else by the tracker's own weights.

    strength: frames' worth of evidence that a target's prior counts for. held: classes of rows whose prior counts eight
    times as much; free: the only classes for which it does not, where any are named.
    """

    solved: bool
    strength: float
    held: tuple[str, ...] = ()
    free: tuple[str, ...] = ()

    def strengths(self, teacher: Teacher) -> np.ndarray:
        """(rows,)"""
        loose = {name for name in teacher.rows if not self.free or any(teacher.is_a(name, kind) for kind in self.free)}
        loose -= {name for kind in self.held for name in teacher.classes[kind]}
        strength = np.array([self.strength * (1 if name in loose else 8) for name in teacher.rows])
        strength[teacher.rows["SIL"]] = 1e9
        return strength


@dataclass(frozen=True)
class Phonetics:
    """`phonetics.yaml`."""

    targets: dict[str, dict[str, float]]


PLAN = {
    # The tracker takes parted lips for an open jaw, so what s and sh do with the jaw is left to phonetics.
    "jaw": Fitted(False, 60, held=("sibilant",)),
    # GRID's sentences say the same words in the same places: a spread sound's pucker would be its neighbour's.
    "pucker": Fitted(True, 60, free=("rounded",)),
    # The solve's funnel is an opening of the lips more than a rounding: half believed.
    "funnel": Fitted(True, 2000),
    "lower": Fitted(True, 60, held=("lip_free", "bilabial")),
    "upper": Fitted(True, 60, held=("lip_free", "bilabial")),
    "stretch": Fitted(True, 100, free=("vowel", "sibilant")),
}


SWEEPS: tuple[tuple[str, str, tuple], ...] = (  # constants that are tried one after another: field, key, values
    ("reach_ms", "jaw", ((20, 25), (45, 40), (70, 55), (90, 70))),
    ("reach_ms", "jaw_vowel", ((20, 25), (30, 30), (45, 40))),
    ("reach_ms", "lips", ((10, 35), (10, 60), (20, 25), (20, 45), (40, 45))),
    ("reach_ms", "rounded", ((15, 55), (25, 55), (45, 35), (45, 60), (80, 50))),
    ("sustain", "jaw", (0.5, 0.75, 1.0)),
    ("sustain", "lips", (0.75, 0.9, 1.0)),
    ("smooth_rad_s", "jaw", (50, 70, 100, 130)),
    ("smooth_rad_s", "lips", (50, 70, 110)),
    ("emphasis", "slow", (0.0, 0.06, 0.15, 0.3)),
    ("emphasis", "fast", (0.0, 0.1, 0.2, 0.3)),
    ("emphasis", "pitch", (0.0, 0.05, 0.15, 0.3)),
)


def influence(take: Observed, group: str, teacher: Teacher) -> np.ndarray:
    """(frames, rows): what a target of 1 adds to the curve at the face's frames; curve = influence @ targets."""
    times = np.arange(len(take.audio) * FPS // take.audio.rate + 1) / FPS
    parts = [part for phone in take.phones for part in parts_of(phone, teacher)]
    rows = np.array([teacher.rows[part.name] for part in parts])
    spans = np.array([(part.start, part.end) for part in parts])
    index = list(GROUPS).index(group)
    factors = manner_factors(Manner(), teacher.manner)
    dominance = next(found for groups, found in dominances(rows, spans, times, teacher, factors) if index in groups)
    weighted = teacher.weight_table[index, rows][:, None] * dominance
    share = np.zeros((len(teacher.rows), len(times)))
    np.add.at(share, rows, weighted / (weighted.sum(0) + LEAK))
    return _smoothing(times, take.times, omega(group, teacher)) @ (share * _gain(take, group, parts, times, teacher)).T


def _gain(take: Observed, group: str, parts: list[Phone], times: np.ndarray, teacher: Teacher) -> np.ndarray:
    by = teacher.emphasis
    gain = emphasis(prosody(take.audio, take.phones, times, by.slow_ms / 1000, by.fast_ms / 1000), teacher)
    if group == "jaw":
        return gain
    return gain**by.lips_share * (1 - closure_gate(parts, times, teacher)) if group in PARTING else np.ones(len(times))


def _smoothing(times: np.ndarray, at: np.ndarray, omega_rad_s: float) -> np.ndarray:
    """(at, times): the teacher's smoothing, read off at the face's frames."""
    distance = np.abs(at[:, None] - times) * omega_rad_s
    kernel = (1 + distance) * np.exp(-distance)
    return kernel / kernel.sum(1, keepdims=True)


def fit_targets(basis: np.ndarray, truth: np.ndarray, prior: np.ndarray, strength: np.ndarray) -> np.ndarray:
    """(rows,): targets ≥ 0 with the least squared error plus strength × squared distance from the prior.

    basis: (frames, rows). truth: (frames,). strength: (rows,) frames. The truth's scale is its tracker's own; targets
    come back in the prior's, by the single factor that fits the prior best.
    """
    by_prior = basis @ prior
    scale = max(float(by_prior @ truth) / max(float(by_prior @ by_prior), 1e-12), 1e-6)
    upper = np.linalg.cholesky(basis.T @ basis + np.diag(strength + 1e-6)).T
    return nnls(upper, np.linalg.solve(upper.T, basis.T @ (truth / scale) + strength * prior))[0]


def fitted(group: str, teacher: Teacher, takes: list[Observed]) -> np.ndarray:
    basis = np.concatenate([influence(take, group, teacher) for take in takes])
    truth = np.concatenate([take.truth[_truth(group)] for take in takes])
    prior = teacher.target_table[list(GROUPS).index(group)]
    return fit_targets(basis, truth, prior, PLAN[group].strengths(teacher))


def sweep(teacher: Teacher, train: list[Observed], validation: list[Observed]) -> Iterator[str]:
    """One line a value tried: r on validation of each group, its targets fitted anew. Nothing is chosen for you: what
    is good for one talker's tracker, at 25 frames a second, may be too slow for a face."""
    for field, key, values in SWEEPS:
        for value in values:
            tried = with_constant(teacher, field, key, value)
            found = {group: _fit_of(group, tried, train, validation) for group in PLAN}
            yield f"{field} {key} {value}: {', '.join(f'{group} {r:.3f}' for group, r in found.items())}"


def with_constant(teacher: Teacher, field: str, key: str, value: Any) -> Teacher:
    """The teacher with one constant changed: `key` of its table or section `field`."""
    part: Any = getattr(teacher, field)
    changed: Any = {**part, key: value} if isinstance(part, dict) else dataclasses.replace(part, **{key: value})
    return dataclasses.replace(teacher, **{field: changed})


def without_emphasis(teacher: Teacher) -> Teacher:
    still = dataclasses.replace(teacher.emphasis, slow=0.0, fast=0.0, pitch=0.0)
    return dataclasses.replace(teacher, emphasis=still)


def _fit_of(group: str, teacher: Teacher, train: list[Observed], validation: list[Observed]) -> float:
    targets = fitted(group, teacher, train)
    made = np.concatenate([influence(take, group, teacher) @ targets for take in validation])
    return metrics.pearson(made, np.concatenate([take.truth[_truth(group)] for take in validation]))


def _truth(group: str) -> str:
    return f"{group} solved" if PLAN[group].solved else group


def with_targets(teacher: Teacher, targets: dict[str, np.ndarray]) -> Teacher:
    """The teacher with these groups' targets (rows,)."""
    table = {name: dict(row) for name, row in teacher.targets.items()}
    for group, values in targets.items():
        for name, k in teacher.rows.items():
            if values[k] >= 0.005:
                table[name][group] = round(float(values[k]), 3)
            else:
                table[name].pop(group, None)
    return dataclasses.replace(teacher, targets=table)


def spread_to_relatives(teacher: Teacher, before: Teacher, seen: set[str]) -> Teacher:
    """Rows that the face never spoke follow the row most like them, as far as that one moved."""
    table = {name: dict(row) for name, row in teacher.targets.items()}
    for name in table:
        kin = teacher.relatives.get(name)
        if name in seen or kin is None:
            continue
        for group in PLAN:
            was, now = before.targets[kin].get(group, 0.0), teacher.targets[kin].get(group, 0.0)
            if group in table[name] and was > 0:
                table[name][group] = round(table[name][group] * min(max(now / was, 0.5), 1.5), 3)
    return dataclasses.replace(teacher, targets=table)


def rescaled(teacher: Teacher, takes: list[Take]) -> Teacher:
    """Targets of each group times one factor, so that these voices reach the levels of real capture."""
    for _ in range(3):  # ceilings and clipping bend the way there a little
        values = spoken_curves(teacher, takes)
        scaled = {}
        for group, level in LEVELS.items():
            factor = level / max(float(np.quantile(values[group], 0.9)), 1e-6)
            scaled[group] = teacher.target_table[list(GROUPS).index(group)] * factor
        teacher = with_targets(teacher, scaled)
    return teacher


def phonetic(teacher: Teacher) -> Teacher:
    """The teacher with the targets that phonetics expects."""
    path = Path(__file__).with_name("phonetics.yaml")
    return dataclasses.replace(teacher, targets=build(Phonetics, read_yaml(path), str(path)).targets)


def calibrated(teacher: Teacher, train: list[Observed], heard: list[Take]) -> Teacher:
    """The whole way: fit, carry over to rows that were not spoken, rescale."""
    found = with_targets(teacher, {group: fitted(group, teacher, train) for group in PLAN})
    seen = {part.name for take in train for phone in take.phones for part in parts_of(phone, teacher)}
    return rescaled(spread_to_relatives(found, teacher, seen), heard)


def target_lines(teacher: Teacher) -> Iterator[str]:
    """The rows of `targets` as `teacher.yaml` writes them."""
    for name, row in teacher.targets.items():
        key = '"ON"' if name == "ON" else name  # YAML reads a bare ON as true
        yield f"  {key}: {{{', '.join(f'{group}: {row[group]:.3g}' for group in GROUPS if group in row)}}}"


def write_targets(teacher: Teacher, path: Path) -> None:
    """Puts the targets into a teacher file; everything else in it, comments too, stays as it is."""
    text = path.read_text(encoding="utf-8")
    for line in target_lines(teacher):
        key = line.split(":")[0]
        text = re.sub(rf"^{re.escape(key)}: \{{.*\}}$", line, text, flags=re.MULTILINE)
    path.write_text(text, encoding="utf-8")


def table(title: str, columns: dict[str, dict[str, float]]) -> str:
    names = list(dict.fromkeys(name for column in columns.values() for name in column))
    lines = ["", f"| {title} | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    lines += [f"| {name} | {' | '.join(f'{column.get(name, np.nan):.3f}' for column in columns.values())} |"
              for name in names]
    return "\n".join(lines)


def report(teachers: dict[str, Teacher], validation: list[Observed], heard: list[Take], data: Path) -> Iterator[str]:
    """Tables of likeness, a column for each teacher."""
    yield table("r, GRID validation", {name: likeness.agreement(it, validation) for name, it in teachers.items()})
    yield table("ms, GRID validation", {"face": likeness.timing(None, validation)} | {
        name: likeness.timing(it, validation) for name, it in teachers.items()})
    yield table("speechocean762, training voices", {
        name: likeness.statistics(it, heard) for name, it in teachers.items()})
    yield table("contrasts", {name: likeness.contrasts(it, heard) for name, it in teachers.items()})
    last = list(teachers.values())[-1]
    yield table("jaw and voice", {"GRID": likeness.grid_shares(without_emphasis(last), validation),
                                  "FACEGOOD": likeness.facegood_shares(data, last)})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of grid_s1/, speechocean762_adult/, facegood/")
    parser.add_argument("--solve", type=Path, help="curves solved from GRID's landmarks (.npz)")
    parser.add_argument("--sweep", action="store_true", help="also try other reaches, smoothing and emphasis")
    parser.add_argument("-o", type=Path, help="teacher file that gets the fitted targets")
    options = parser.parse_args()
    before = default_teacher()
    train, validation = likeness.observed(options.data, options.solve)
    heard = likeness.voices(options.data)
    if options.sweep:
        for line in sweep(phonetic(before), train[::2], validation):
            print(line, flush=True)
    after = calibrated(phonetic(before), train, heard)
    for lines in report({"before": before, "after": after}, validation, heard, options.data):
        print(lines, flush=True)
    if options.o:
        write_targets(after, options.o)
    else:
        print("targets:", *target_lines(after), sep="\n")


if __name__ == "__main__":
    main()
