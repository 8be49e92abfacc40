"""The shipped model against the test splits: real faces by correlation, unseen voices by their closures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from rigdriver import pipeline
from rigdriver import rig as rigs
from rigdriver.clip import Clip
from rigdriver.evaluation import metrics
from rigdriver.model.runtime import Model
from rigdriver.pipeline import Drive
from rigdriver.take import Take
from rigdriver.training.takes.sources import SOURCES

Say = Callable[[str], None]
FACES = ("grid_s1", "facegood")
VOICES = ("speechocean762_adult", "speechocean762_child")
LEVEL_S = 0.1  # width of the level that the loudness answer moves the jaw by


@dataclass
class Report:
    """Figures by name, each a mapping of column to number, in the order they were measured."""

    tables: dict[str, dict[str, dict[str, float]]] = field(default_factory=dict)

    def markdown(self) -> str:
        parts = []
        for title, rows in self.tables.items():
            columns = list(dict.fromkeys(column for row in rows.values() for column in row))
            lines = [f"**{title}**", "", f"| | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
            for name, row in rows.items():
                cells = (f"{row[column]:.3f}" if column in row else "–" for column in columns)
                lines.append(f"| {name} | {' | '.join(cells)} |")
            parts.append("\n".join(lines))
        return "\n\n".join(parts)


def evaluate(model: Model, data: Path, say: Say = print) -> Report:
    """All that the data folder allows; a set that is not there is left out."""
    report = Report()
    for name in FACES:
        takes = [take for take in SOURCES[name].takes(data) if take.split == "test"]
        if takes:
            say(f"{name}: {len(takes)} test takes")
            report.tables[f"{name} test, r over pooled frames"] = faces(model, takes, SOURCES[name].style)
    voices_rows: dict[str, dict[str, float]] = {}
    for name in VOICES:
        takes = [take for take in SOURCES[name].takes(data) if take.split == "test"]
        if takes:
            say(f"{name}: {len(takes)} test takes")
            voices_rows[name] = voices(model, takes)
    if voices_rows:
        report.tables["unseen speakers, natural style, whole product"] = voices_rows
    return report


def faces(model: Model, takes: list[Take], style: str) -> dict[str, dict[str, float]]:
    """Per live channel: the model, the default style, a null (takes shuffled, or one take turned by half), loudness
    alone, and lag in ms."""
    made = [_heard(model, take, style) for take in takes]
    plain = [_heard(model, take, model.settings.default_style) for take in takes]
    level = np.concatenate([_level(take) for take in takes])
    rows = {}
    for name in takes[0].live:
        true = _pooled([take.clip for take in takes], takes, name)
        ours = _pooled(made, takes, name)
        rows[name] = {"r": metrics.pearson(ours, true),
                      "natural style": metrics.pearson(_pooled(plain, takes, name), true),
                      "null": metrics.pearson(np.roll(ours, len(ours) // (2 * len(takes))) if len(takes) == 1 else
                                              _pooled(made[1:] + made[:1], takes, name), true),
                      "loudness": metrics.pearson(level, true),
                      "lag ms": 1000 * metrics.best_lag_s(ours, true, _rate(takes[0]))}
    return rows


def _heard(model: Model, take: Take, style: str) -> Clip:
    stream = model.start(style)
    return stream.push(take.audio.samples).then(stream.flush())


def _times(take: Take) -> np.ndarray:
    assert take.clip is not None
    return take.clip.times[take.clip.times <= float(take.audio.duration)]


def _rate(take: Take) -> float:
    assert take.clip is not None
    return float(take.clip.fps)


def _pooled(clips: list, takes: list[Take], name: str) -> np.ndarray:
    return np.concatenate([metrics.at_times(clip, name, _times(take)) for clip, take in zip(clips, takes)])


def _level(take: Take) -> np.ndarray:
    from rigdriver.training.teacher.articulation import level_db
    return level_db(take.audio, _times(take), LEVEL_S)


def voices(model: Model, takes: list[Take]) -> dict[str, float]:
    """Bilabials closed, vowels falsely closed, and the mouth's speed in silence, through every layer."""
    way = Drive(model)
    mouth = rigs.canonical().of_region("jaw", "mouth")
    counts = np.zeros(6)
    for clip, take in _driven(way, takes):
        counts += [*metrics.closures(clip, take.phones), *metrics.false_closures(clip, take.phones),
                   *metrics.silent_speed(clip, take.phones, mouth)]
    hit, bilabials, false, vowels, speed, still = counts
    return {"bilabials closed": hit / bilabials, "vowels falsely closed": false / vowels,
            "speed in silence 1/s": speed / max(still, 1), "bilabials": bilabials}


def _driven(way: Drive, takes: list[Take]) -> Iterator[tuple[Clip, Take]]:
    for take in takes:
        yield pipeline.drive(take.audio, way), take
